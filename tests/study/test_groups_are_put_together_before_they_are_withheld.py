"""protection.coarsen, pool, decisions and visible, from the study file to the release."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from small_study import countersign, write_study

from countersign.study import Study

STUDY = """\
countersign: 1
title: A study of old and young
initiative: {organiser: {name: Neighbours, kind: community}, selection: open-web}
population: {who: everybody, area: Hilltown, period: 2024}
data:
  people:
    file: data/people.csv
    unit: person
    variables: {year: {type: integer}, minutes: {type: number}}
benchmark:
  census: {file: data/margins.csv, source: Census 2020, year: 2020}
weights: {rake: census, by: [sex, age]}
indicators:
  piped: {proportion: water = 'piped', by: [age, [sex, age]]}
  fetching: {mean: minutes, by: [age, year]}
protection:
  minimum_contributors: 4
"""
MARGINS = "variable,category,count\nsex,f,520\nsex,m,480\nage,20-64,800\nage,65-79,150\nage,80+,50\n"


def people(oldest: int = 4, *, refusing: bool = False) -> str:
    """180 people; few of 80 or more; few in the first year."""
    lines = ["id,sex,age,year,water,minutes,says"]
    for number in range(180):
        age = "80+" if number < oldest else "65-79" if number < 60 else "20-64"
        year = 2021 if number in (70, 71) else 2022 + number % 2
        water = "piped" if number % 3 else "well"
        says = "no" if refusing and number == 1 else "yes"
        lines.append(f"{number},{'fm'[number % 2]},{age},{year},{water},{(number * 7) % 31 + 1},{says}")
    return "\n".join(lines) + "\n"


def figures(
    folder: Path, rules: str = "", rows: str | None = None, engine: str = "duckdb"
) -> dict[str, dict[str, str]]:
    """Run the study and return the rows of estimates.csv."""
    text = STUDY + rules + f"settings: {{engine: {engine}}}\n"
    write_study(folder, study=text, people=rows or people(), margins=MARGINS)
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output + done.stderr
    with (folder / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


COARSEN = '  coarsen: {age: {"80+": "65+", "65-79": "65+"}}\n'


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_wider_ages_take_the_place_of_withheld_ones(tmp_path: Path, engine: str) -> None:
    before = figures(tmp_path / "a", engine=engine)
    assert before["piped/age=80+"]["status"] == "suppressed"
    after = figures(tmp_path / "b", COARSEN, engine=engine)
    assert not any("80+" in name or "_wider_" in name for name in after)
    old = after["piped/age=65+"]
    assert old["status"] != "suppressed"
    assert old["n"] == "60"
    assert old["age"] == "65+"
    assert old["note"].startswith("80+ and 65-79 are put together, so that fewer people have to be withheld.")
    assert {name for name in after if name.startswith("piped/sex=f")} == {
        "piped/sex=f,age=65+",
        "piped/sex=f,age=20-64",
    }
    # The same estimator on the rows of both: between the two narrow shares, with its own standard error.
    assert float(old["standard_error"]) > 0
    disclosure = json.loads((tmp_path / "b" / "release" / "disclosure.json").read_text(encoding="utf-8"))
    assert disclosure["merged"] == 8
    assert disclosure["withheld"] < sum(row["status"] == "suppressed" for row in before.values())


def test_nothing_is_put_together_where_nothing_would_be_withheld(tmp_path: Path) -> None:
    found = figures(tmp_path, COARSEN, people(30))
    assert "piped/age=80+" in found
    assert found["piped/age=80+"]["status"] != "suppressed"
    assert not any("65+" in name for name in found)


def test_the_wider_figure_is_that_of_a_study_that_asks_for_wider_categories(tmp_path: Path) -> None:
    derived = "derive: {old: \"if(age = '20-64', '20-64', '65+')\"}"
    text = STUDY.replace("    variables: {year", f"    {derived}\n    variables: {{year").replace(
        "[age, [sex, age]]", "[old, [sex, old]]"
    )
    write_study(tmp_path / "a", study=text.replace("by: [age, year]", "by: [old]"), people=people(), margins=MARGINS)
    with Study.open(tmp_path / "a") as study:
        wanted = {one.figure_id.replace("old=", "age="): one for one in study.estimate()}
    found = figures(tmp_path / "b", COARSEN)
    for name in ("piped/age=65+", "piped/sex=f,age=65+", "fetching/age=65+"):
        assert float(found[name]["value"]) == pytest.approx(wanted[name].value, rel=1e-12)
        assert float(found[name]["standard_error"]) == pytest.approx(wanted[name].standard_error, rel=1e-12)


def test_years_of_few_people_are_put_together(tmp_path: Path) -> None:
    rows = people(30)
    before = figures(tmp_path / "a", rows=rows)
    assert before["fetching/year=2021"]["status"] == "suppressed"
    after = figures(tmp_path / "b", "  pool: {variable: year, periods: 3}\n", rows=rows)
    assert after["fetching/year=2021-2023"]["n"] == "180"
    assert not any(name in after for name in ("fetching/year=2021", "fetching/year=2022"))


DECISION = """\
  decisions:
    - {{group: {{age: "80+"}}, action: {action}, minimum: 2, by: Council of elders, role: community body,
       date: 2026-02-01, statement: "We are here."}}
"""


def decided(folder: Path) -> dict[str, object]:
    kept = json.loads((folder / "release" / "disclosure.json").read_text(encoding="utf-8"))
    (one,) = kept["decisions"]
    return one


def test_a_community_may_be_shown_and_is_quoted(tmp_path: Path) -> None:
    rows = people(14)
    low = STUDY.replace("minimum_contributors: 4", "minimum_contributors: 15")
    text = low + DECISION.format(action="show")
    write_study(tmp_path, study=text.replace("[age, [sex, age]]", "[age]"), people=rows, margins=MARGINS)
    done = countersign("run", tmp_path)
    assert done.exit_code == 0, done.output + done.stderr
    one = decided(tmp_path)
    assert one["statement"] == "We are here."
    assert one["followed"] == 2
    text = (tmp_path / "release" / "estimates.csv").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("piped/age=80+")]
    assert ",suppressed," not in line
    page = (tmp_path / "release" / "report.html").read_text(encoding="utf-8")
    assert "We are here." in page


def test_one_person_who_says_no_is_heard_before_the_community(tmp_path: Path) -> None:
    low = STUDY.replace("minimum_contributors: 4", "minimum_contributors: 15\n  refusal: says = 'no'")
    text = low + DECISION.format(action="show")
    rows = people(14, refusing=True)
    write_study(tmp_path, study=text.replace("[age, [sex, age]]", "[age]"), people=rows, margins=MARGINS)
    done = countersign("run", tmp_path)
    assert done.exit_code == 0, done.output + done.stderr
    assert (decided(tmp_path)["followed"], decided(tmp_path)["refused"]) == (0, True)


def test_a_community_may_ask_to_be_put_together_with_others(tmp_path: Path) -> None:
    found = figures(tmp_path, COARSEN + DECISION.format(action="coarsen"), people(30))
    assert "piped/age=65+" in found
    assert decided(tmp_path)["followed"] == 4


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("  coarsen: {agee: {a: b}}\n", "Did you mean 'age'?"),
        ("  coarsen: {water: {well: other}}\n", "No figure is broken down by 'water'"),
        ("  pool: {variable: day, periods: 2}\n", "'day' is not a column"),
    ],
)
def test_a_variable_that_cannot_be_made_wider_is_refused(tmp_path: Path, rules: str, says: str) -> None:
    write_study(tmp_path, study=STUDY + rules, people=people(), margins=MARGINS)
    done = countersign("run", tmp_path)
    assert done.exit_code == 2
    assert says in done.stderr
    assert not (tmp_path / "release").exists()
