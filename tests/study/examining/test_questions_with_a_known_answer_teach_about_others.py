"""The interval learnt from checkable questions: enough of them, each about the others and never about itself."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from self_selected import Row, figures, make, office, people, run

from countersign.study import Study

ITEMS = [f"q{number}" for number in range(14)]
REST = "compare: {{benchmark: office, items: [{}]}}"
ASKED = "  q0: {proportion: q0 = 'yes', by: [sex]}\n  every: {distribution: q0}\n  piped: {proportion: water = 'piped'}"


def answered(rows: Sequence[Row], *, off: int = 0) -> list[dict[str, object]]:
    """Give every row an answer to each question; among the office's, `off` in ten less of them say yes."""
    return [
        {
            **row,
            **{
                name: "yes" if (place * 7 + k * 3) % 10 < 3 + k % 4 - off * (k % 3 > 0) else "no"
                for k, name in enumerate(ITEMS)
            },
        }
        for place, row in enumerate(rows)
    ]


def study(folder: Path, *, reference: Sequence[Row] = (), items: Sequence[str] = ITEMS, weights: str = "") -> Path:
    more = {"weights": weights} if weights else {}
    return make(
        folder,
        volunteers=answered(people()),
        reference=reference or answered(office(), off=1),
        indicators=ASKED,
        rest=REST.format(", ".join(items)) if items else "",
        **more,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(study(tmp_path_factory.mktemp("learnt") / "study"))


def test_every_share_gets_one(folder: Path) -> None:
    for name, row in figures(folder).items():
        assert row["total_error_lower"], name
        assert 0 <= float(row["total_error_lower"]) <= float(row["total_error_upper"]) <= 1


def test_the_official_answer_of_a_question_says_nothing_about_itself(folder: Path, tmp_path: Path) -> None:
    """Half of the office's answers to q0 are turned round; what is said of q0 stays as it was."""
    other = answered(office(), off=1)
    for row in other[::2]:
        row["q0"] = "no" if row["q0"] == "yes" else "yes"
    changed, before = figures(run(study(tmp_path / "study", reference=other))), figures(folder)
    for name in ("q0", "q0/sex=f", "every:yes"):
        for end in ("lower", "upper"):
            assert float(changed[name][f"total_error_{end}"]) == pytest.approx(
                float(before[name][f"total_error_{end}"]), rel=1e-9
            ), name
    assert changed["piped"]["total_error_lower"] != before["piped"]["total_error_lower"]


def test_one_question_less_stands_behind_a_figure_that_asks_one(folder: Path) -> None:
    with Study.open(folder) as opened:
        items = {one.figure_id: one.items for one in opened.experience.figures}
    assert (items["piped"], items["q0"], items["every:yes"]) == (14, 13, 13)


def test_too_few_questions_say_so(tmp_path: Path) -> None:
    folder = run(study(tmp_path / "study", items=ITEMS[:3]))
    assert not figures(folder)["piped"]["total_error_lower"]
    with Study.open(folder) as opened:
        assert "3" in opened.experience.reason


def test_no_question_at_all_says_so(tmp_path: Path) -> None:
    with Study.open(study(tmp_path / "study", items=())) as opened:
        assert opened.experience.reason.startswith("No question with a known answer")


def test_questions_held_out_of_weighting_teach_too(tmp_path: Path) -> None:
    weights = f"weights: {{rake: office, by: [sex, age], hold_out: [{', '.join(ITEMS[7:])}]}}"
    folder = run(study(tmp_path / "study", items=ITEMS[:7], weights=weights))
    with Study.open(folder) as opened:
        assert {one.items for one in opened.experience.figures if one.figure_id == "piped"} == {14}


def test_two_benchmarks_may_know_other_questions(tmp_path: Path) -> None:
    folder = study(tmp_path / "study")
    text = (folder / "study.yaml").read_text("utf-8")
    census = "  census: {file: census.csv, kind: margins}\nweights: {rake: census, by: [sex], hold_out: [age]}"
    text = text.replace("weights: {rake: office, by: [sex, age]}", census)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    with (folder / "census.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["sex", "age", "count"], ["f", "", 500], ["m", "", 480], ["", "young", 400], ["", "old", 580]]
        )
    assert figures(run(folder))["piped"]["total_error_lower"]
    with Study.open(folder) as opened:
        assert {one.items for one in opened.experience.figures if one.figure_id == "piped"} == {15}


def test_a_variable_that_is_true_or_false_is_corrected_like_a_condition(tmp_path: Path) -> None:
    folder = study(tmp_path / "study")
    text = (folder / "study.yaml").read_text("utf-8")
    text = text.replace("unit: person}", "unit: person, derive: {has_pipe: \"water = 'piped'\"}}")
    text = text.replace("  piped:", "  same: {proportion: has_pipe}\n  piped:")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    found = figures(run(folder))
    for end in ("lower", "upper"):
        assert float(found["same"][f"total_error_{end}"]) == pytest.approx(
            float(found["piped"][f"total_error_{end}"]), rel=1e-9
        )
