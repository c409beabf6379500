"""Published figures without an error and interviews: what may be said is said, what may not is refused in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from example_runs import PROJECT, Run, run_example, shared


def refused(run: Run, indicator: str) -> dict[str, str]:
    """The one row of an indicator that has no value."""
    own = [row for row in run.figures if row["indicator"] == indicator]
    assert [row["status"] for row in own] == ["refused"]
    assert not own[0]["value"]
    return own[0]


def claims(run: Run, indicator: str) -> set[str]:
    return {
        one["evidence"]["claim"]
        for one in run.findings
        if one["check"] == "blocked_claim" and one["subject"] == indicator
    }


@pytest.fixture(scope="module")
def learning(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("aser")
    return run_example("aser-india", data=shared("cases", "aser_india_state"), folder=folder)


def test_an_order_of_states_without_number_and_error_is_refused(learning: Run) -> None:
    row = refused(learning, "reading")
    assert "neither number of records nor standard error" in row["note"]
    assert claims(learning, "reading") == {"figures_without_error", "ranking_without_error"}
    assert "Show the figures without an order." in learning.report


def test_two_names_of_one_construct_are_told(learning: Run) -> None:
    assert learning.found("G2", "category_spellings", "indicator")["count"] == 252


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("uwezo")
    return run_example("uwezo", data=shared("cases", "uwezo_kenya_uganda"), folder=folder)


def test_the_jump_in_maths_is_a_break_and_reading_has_none(rounds: Run) -> None:
    broken = [one for one in rounds.findings if one["check"] == "scale_break"]
    assert [(one["subject"], one["state"], one["count"]) for one in broken] == [("maths", "fail", 14)]
    refusals = {"figures_without_error", "ranking_without_error"}
    assert claims(rounds, "maths") == refusals | {"trend_across_a_break"}
    assert claims(rounds, "reading") == refusals


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("hours")
    return run_example("unpaid-work-survey", data=shared("cases", "geah_unpaid_work"), folder=folder)


def test_hours_of_both_beside_those_of_women_and_men_cannot_be(hours: Run) -> None:
    found = hours.found("G2", "parts_and_whole")
    assert found["evidence"]["impossible"] == ["Philippines / 2020 / B.3 / c1c_hours_care"]
    assert "8.8 stands beside groups of 0.65 to 7.57" in found["message"]
    assert hours.found("E9", "check", "Not more than half")["count"] == 2


def test_a_comparison_with_diaries_is_refused(hours: Run) -> None:
    refused(hours, "hours")
    assert "comparison_of_different_concepts" in claims(hours, "hours")
    assert "Show them apart, each with its definition." in hours.report


@pytest.fixture(scope="module")
def interviews(tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = tmp_path_factory.mktemp("interviews")
    script = PROJECT / "examples" / "interviews" / "interviews.py"
    subprocess.run([sys.executable, str(script), str(data)], check=True)
    return run_example("interviews", data=data, folder=tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize(("theme", "many"), [("information", 65), ("protection", 53), ("health", 40)])
def test_themes_are_counted(interviews: Run, theme: str, many: int) -> None:
    assert interviews.value(theme) == many
    assert int(interviews.figure(theme)["n"]) == 91
    page = (PROJECT / "examples" / "interviews" / "README.md").read_text(encoding="utf-8")
    assert f"| {many} |" in page


def test_a_prevalence_from_interviews_is_refused(interviews: Run) -> None:
    row = refused(interviews, "share_without_health_care")
    assert "qualitative" in row["note"]
    assert "population_from_qualitative" in claims(interviews, "share_without_health_care")


def test_the_made_up_interviews_are_always_the_same(tmp_path: Path) -> None:
    script = PROJECT / "examples" / "interviews" / "interviews.py"
    for name in ("a", "b"):
        subprocess.run([sys.executable, str(script), str(tmp_path / name)], check=True)
    assert (tmp_path / "a/interviews.csv").read_bytes() == (tmp_path / "b/interviews.csv").read_bytes()
    assert len((tmp_path / "a/interviews.csv").read_text().splitlines()) == 92
