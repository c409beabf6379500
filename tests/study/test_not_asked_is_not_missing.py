"""A question that was not put to a group gives *not asked*; one that nobody answered gives *no data*."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import STUDY, countersign, write_study

from countersign.study import Study

ENGINES = ("duckdb", "polars")
ASKED = STUDY.replace(
    '      water: {type: category, missing: {"9": don\'t know}}\n',
    '      water: {type: category, missing: {"9": don\'t know}}\n'
    "      minutes: {type: integer, asked_if: water != 'piped'}\n"
    "      answered: {type: integer}\n",
)


def people(
    *,
    version: bool = False,
    count: int = 80,
    blank: tuple[str, ...] = (),
    columns: str = "id,sex,region,day,water,minutes,answered",
) -> str:
    """Two of five have piped water and were not asked how far they walk; nobody at the river says so."""
    lines = [columns + (",version" if version else "")]
    for number in range(count):
        water = ("piped", "well", "well", "piped", "river")[number % 5]
        minutes = "" if water == "piped" else str(number % 30 + 1)
        answered = "" if water == "river" else str(number % 7)
        form = "v1" if number < count // 2 else "v2"
        if version and form == "v1":
            answered = ""
        cells = [
            str(number),
            "fm"[number % 2],
            "east" if number % 3 else "west",
            "2024-03-01",
            water,
            minutes,
            answered,
        ]
        cells = ["" if name in blank else cell for name, cell in zip(columns.split(","), cells, strict=False)]
        lines.append(",".join([*cells, *([form] if version else [])]))
    return "\n".join(lines) + "\n"


def states(folder: Path, study: str, rows: str, engine: str = "duckdb") -> dict[str, tuple[str, str]]:
    write_study(folder, study=f"{study}settings: {{engine: {engine}}}\n", people=rows)
    with Study.open(folder) as opened:
        return {one.figure_id: (str(one.status), one.note) for one in opened.estimate()}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_question_for_some_people_only_was_not_asked_of_the_others(tmp_path: Path, engine: str) -> None:
    study = ASKED + "  walking: {mean: minutes, by: [water, [sex, water]]}\n  said: {mean: answered, by: [water]}\n"
    found = states(tmp_path, study, people(), engine)
    status, note = found["walking/water=piped"]
    assert status == "not_asked"
    assert note == "The question was not put to this group ('minutes' is asked only if water != 'piped')."
    assert found["walking/sex=f,water=piped"][0] == "not_asked"
    assert found["walking/water=well"][0] not in ("not_asked", "no_data")
    assert found["said/water=river"][0] == "no_data"  # asked, and nobody answered


def test_a_derived_variable_was_not_asked_where_what_it_rests_on_was_not(tmp_path: Path) -> None:
    study = ASKED.replace("benchmark:", "    derive: {far: minutes > 15}\nbenchmark:")
    study += "  far: {proportion: far, by: [water]}\n  kinds: {distribution: far, by: [water]}\n"
    found = states(tmp_path, study, people())
    assert found["far/water=piped"][0] == "not_asked"
    assert found["far/water=river"][0] not in ("not_asked", "no_data")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_question_that_came_with_a_later_form_was_not_asked_before(tmp_path: Path, engine: str) -> None:
    study = ASKED.replace("    unit: person\n", "    unit: person\n    roles: {form_version: version}\n")
    study += "  said: {mean: answered, by: [version]}\n"
    found = states(tmp_path, study, people(version=True), engine)
    assert found["said/version=v1"] == (
        "not_asked",
        "The question ('answered') was not in the version of the form that this group was asked by.",
    )
    assert found["said/version=v2"][0] not in ("not_asked", "no_data")


@pytest.mark.parametrize(("count", "status"), [(58, "no_data"), (60, "not_asked"), (62, "not_asked")])
def test_a_version_of_few_records_may_only_have_been_left_blank(tmp_path: Path, count: int, status: str) -> None:
    study = ASKED.replace("    unit: person\n", "    unit: person\n    roles: {form_version: version}\n")
    study += "  said: {mean: answered, by: [version]}\n"
    assert states(tmp_path, study, people(version=True, count=count))["said/version=v1"][0] == status


def test_a_question_that_no_version_has_answers_to_is_missing(tmp_path: Path) -> None:
    study = ASKED.replace("    unit: person\n", "    unit: person\n    roles: {form_version: version}\n")
    study += "  said: {mean: answered, by: [version], if_empty: report}\n"
    found = states(tmp_path, study, people(version=True, blank=("answered",)))
    assert found["said"][0] == "no_data"


def test_a_column_that_a_delivery_lacks_was_not_asked(tmp_path: Path) -> None:
    study = ASKED.replace("answered: {type: integer}", "answered: {type: integer, optional: true}")
    study += "  said: {mean: answered, by: [sex], if_empty: report}\n"
    rows = "\n".join(line.rsplit(",", 1)[0] for line in people().splitlines()) + "\n"
    assert states(tmp_path, study, rows)["said"] == (
        "not_asked",
        "The question was not asked: the file of this delivery has no column 'answered'.",
    )


def test_every_output_of_a_run_keeps_them_apart(tmp_path: Path) -> None:
    study = ASKED + "  walking: {mean: minutes, by: [water]}\n  said: {mean: answered, by: [water]}\n"
    write_study(tmp_path, study=study, people=people())
    done = countersign("run", tmp_path)
    assert done.exit_code == 0, done.output
    release = tmp_path / "release"
    lines = (release / "estimates.csv").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("walking/water=piped") and ",not_asked," in line for line in lines)
    assert any(line.startswith("said/water=river") and ",no_data," in line for line in lines)
    said = (release / "sentences.csv").read_text(encoding="utf-8")
    assert "No figure may be written of this. Not asked. The question was not put to this group" in said
    assert "No figure may be written of this. No data. Nobody answered." in said
    page = (release / "report.html").read_text(encoding="utf-8")
    assert "not asked: The question was not put to this group" in page
    assert "no data: nobody answered" in page
    answer = countersign("retrace", release, "walking/water=piped")
    assert "no number: not asked" in answer.output, answer.output
