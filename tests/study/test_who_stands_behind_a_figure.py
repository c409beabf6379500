"""Who stands behind each figure is counted as one would count it by hand, on every engine."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from countersign.errors import StudyError
from countersign.model.contribution import Contribution, Contributions, Nesting
from countersign.study import Study

ENGINES = ["duckdb", "polars", pytest.param("spark", marks=pytest.mark.slow)]

STUDY = """\
countersign: 1
title: Who stands behind
initiative: {organiser: {name: Neighbours, kind: community}, selection: open-web}
population: {who: everybody, area: Hilltown, period: 2024, groups: {sex: [f, m]}}
data:
  people:
    file: people.csv
    unit: person
    variables: {day: {type: date}, sex: {type: category}}
indicators:
  piped: {proportion: water = 'piped', by: [region, village, sex, [region, sex]]}
  piped_old: {proportion: water = 'piped', where: age >= 40, by: [sex]}
  water: {distribution: water, by: [region]}
  income: {mean: income, by: [region]}
  pipes: {total: "if(water = 'piped', 1, 0)", by: [region]}
  age: {median: age, by: [region]}
protection: {minimum_contributors: 3, contributor: phone, household: home, refusal: shown = 'no'}
"""

Row = Mapping[str, str]


def rows() -> list[dict[str, str]]:
    draw = random.Random(7)
    found = []
    for number in range(80):
        village = draw.randrange(6)
        found.append({
            "id": str(number), "phone": f"p{draw.randrange(50)}", "home": f"h{draw.randrange(30)}",
            "region": f"R{village // 3}", "village": f"V{village}", "sex": draw.choice("fm"),
            "water": draw.choice(["piped", "piped", "well", "river", ""]), "age": str(draw.randrange(18, 80)),
            "income": str(draw.randrange(-50, 900)), "shown": draw.choice(["yes", "yes", "no"]),
            "day": f"2024-03-{draw.randrange(1, 28):02d}",
        })  # fmt: skip
    return found


def write(folder: Path, study: str = STUDY) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows()[0]))
        writer.writeheader()
        writer.writerows(rows())
    return folder


@pytest.fixture(scope="module", params=ENGINES)
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contributions]:
    folder = write(tmp_path_factory.mktemp(request.param) / "study")
    with Study.open(folder, engine=request.param) as study:
        yield study.contributions


def inside(by: tuple[str, ...]) -> Iterator[tuple[dict[str, str], list[Row]]]:
    for codes in product(*(sorted({row[name] for row in rows()}) for name in by)):
        labels = dict(zip(by, codes, strict=True))
        yield labels, [row for row in rows() if all(row[name] == code for name, code in labels.items())]


def name(indicator: str, labels: Mapping[str, str]) -> str:
    tail = ",".join(f"{key}={value}" for key, value in labels.items())
    return f"{indicator}/{tail}" if tail else indicator


def share(found: Contribution, base: list[Row], counts: Callable[[Row], bool]) -> None:
    yes, no = [row for row in base if counts(row)], [row for row in base if not counts(row)]
    assert (found.units, found.numerator, found.remainder) == (len(base), len(yes), len(no))
    for column, numbers in (
        ("phone", (found.contributors, found.numerator_contributors, found.remainder_contributors)),
        ("home", (found.households, found.numerator_households, found.remainder_households)),
    ):
        assert numbers == tuple(len({row[column] for row in some}) for some in (base, yes, no))
    assert found.refusals == sum(row["shown"] == "no" for row in base)


@pytest.mark.parametrize("by", [(), ("region",), ("village",), ("sex",), ("region", "sex")])
def test_the_people_of_a_share_are_counted(counted: Contributions, by: tuple[str, ...]) -> None:
    behind = counted.by_figure()
    for labels, some in inside(by):
        answered = [row for row in some if row["water"]]
        share(behind[name("piped", labels)], answered, lambda row: row["water"] == "piped")


def test_a_condition_leaves_out_those_who_do_not_meet_it(counted: Contributions) -> None:
    for labels, some in inside(("sex",)):
        old = [row for row in some if row["water"] and int(row["age"]) >= 40]
        share(counted.by_figure()[name("piped_old", labels)], old, lambda row: row["water"] == "piped")


def test_a_total_of_ones_and_noughts_counts_people(counted: Contributions) -> None:
    for labels, some in inside(("region",)):
        answered = [row for row in some if row["water"]]
        share(counted.by_figure()[name("pipes", labels)], answered, lambda row: row["water"] == "piped")


@pytest.mark.parametrize("category", ["piped", "river", "well"])
def test_each_category_of_a_question_has_its_people(counted: Contributions, category: str) -> None:
    for labels, some in inside(("region",)):
        found = counted.by_figure()[name(f"water:{category}", labels)]
        answered = [row for row in some if row["water"]]
        own = [row for row in answered if row["water"] == category]
        assert (found.units, found.numerator) == (len(answered), len(own))
        assert found.contributors == len({row["phone"] for row in answered})
        assert found.numerator_contributors == len({row["phone"] for row in own})


def test_amounts_keep_their_sum_and_the_largest_contributions_of_single_people(counted: Contributions) -> None:
    for labels, some in inside(("region",)):
        found = counted.by_figure()[name("income", labels)]
        amounts = [float(row["income"]) for row in some]
        by_person: dict[str, float] = {}
        for row in some:
            by_person[row["phone"]] = by_person.get(row["phone"], 0.0) + float(row["income"])
        assert found.numerator is None
        assert found.total == sum(amounts)
        assert found.squares == sum(amount**2 for amount in amounts)
        assert found.largest == tuple(sorted((abs(one) for one in by_person.values()), reverse=True)[:3])


def test_a_median_has_people_and_no_sum(counted: Contributions) -> None:
    found = counted.by_figure()["age"]
    assert (found.units, found.total, found.largest, found.numerator) == (80, None, (), None)


def test_every_figure_has_a_contribution(tmp_path: Path) -> None:
    with Study.open(write(tmp_path / "study")) as study:
        assert {one.figure_id for one in study.estimates if one.n} == set(study.contributions.by_figure())
        assert study.contributions.exempt == ()


def test_two_conditions_divide_the_people(counted: Contributions) -> None:
    found = {(one.indicators, tuple(one.domain.items())): one.behind for one in counted.overlaps}
    for labels, some in (*inside(()), *inside(("sex",))):
        answered = [row for row in some if row["water"]]
        for indicators, own in (
            (("piped", "piped_old"), [row for row in answered if int(row["age"]) >= 40]),
            (("piped",), [row for row in answered if int(row["age"]) < 40]),
        ):
            behind = found[indicators, tuple(labels.items())]
            assert (behind.units, behind.numerator) == (len(own), sum(row["water"] == "piped" for row in own))
    assert {one.family for one in counted.overlaps} == {("piped", "piped_old")}


def test_villages_are_found_to_be_parts_of_regions_and_nothing_else_is(counted: Contributions) -> None:
    assert counted.nestings == (Nesting("village", "region", {f"V{at}": f"R{at // 3}" for at in range(6)}),)


def test_groups_that_other_tables_tell_of_are_known(counted: Contributions) -> None:
    assert [(one.domain, one.units, one.shown) for one in counted.told] == [
        ({"sex": sex}, sum(row["sex"] == sex for row in rows()), True) for sex in "fm"
    ]


@pytest.mark.parametrize(
    ("rules", "unit", "counts"),
    [
        ("", "person", True),
        ("", "record", True),
        ("", "survey event", False),
        ("protection: {minimum_contributors: 0}", "person", False),
        ("protection: {minimum_contributors: 3}", "survey event", True),
        ("protection: {keys: [sex]}", "case of a service", True),
        ("protection: {minimum_households: 2, minimum_contributors: 0}", "person", True),
    ],
)
def test_rows_that_are_people_are_protected_unless_the_study_says_no(
    tmp_path: Path, rules: str, unit: str, counts: bool
) -> None:
    text = STUDY[: STUDY.index("protection:")].replace("unit: person", f"unit: {unit}") + rules + "\n"
    with Study.open(write(tmp_path / "study", text)) as study:
        assert bool(study.contributions.figures) is counts
        assert (study.leaving.disclosure.reason == "") is counts
        default = "minimum_contributors" not in rules
        assert study.plan.minimum_contributors == (3 if counts and default else study.plan.minimum_contributors)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "study", STUDY.replace("contributor: phone", "contributor: phones"))
    with Study.open(folder) as study, pytest.raises(StudyError, match="Did you mean 'phone'") as stop:
        _ = study.contributions
    assert "protection.contributor" in stop.value.where
