"""Two crowds held against the truth: agreement, majority, and labels that weigh people by their errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_runs import PROJECT, Run, run_example, shared

NAME = "crowd-labels"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_example(NAME, data=shared("cases", "crowd_labels_duck_product"), folder=tmp_path_factory.mktemp("crowd"))


def value(run: Run, check: str, subject: str) -> float:
    (finding,) = [one for one in run.findings if (one["check"], one["subject"]) == (check, subject)]
    return float(finding["value"])


@pytest.mark.parametrize(("subject", "majority", "weighed"), [("duck", 0.759, 0.898), ("same", 0.897, 0.940)])
def test_majority_and_weighed_labels_stand_beside_each_other(
    run: Run, subject: str, majority: float, weighed: float
) -> None:
    assert value(run, "validity", subject) == pytest.approx(majority, abs=0.0005)
    assert value(run, "consensus", subject) == pytest.approx(weighed, abs=0.0005)


def test_hardly_any_agreement_is_a_failure_and_blocks_what_needs_it(run: Run) -> None:
    states = {one["subject"]: one["state"] for one in run.findings if one["check"] == "reliability"}
    assert states == {"duck": "fail", "same": "fail"}


def test_the_page_says_the_numbers_the_run_gives(run: Run) -> None:
    page = (PROJECT / "examples" / NAME / "README.md").read_text(encoding="utf-8")
    for check, subject in (("validity", "duck"), ("validity", "same"), ("consensus", "duck"), ("consensus", "same")):
        assert f"**{100 * value(run, check, subject):.1f} %**" in page
    told = {one["subject"]: one["evidence"] for one in run.findings if one["check"] == "validity"}
    for subject in ("duck", "same"):
        assert f"{100 * told[subject]['single_answers']['accuracy']['value']:.1f} %" in page
        assert f"{told[subject]['kappa']:.2f}" in page


def test_no_answer_of_a_person_is_in_the_release(run: Run) -> None:
    assert not list(Path(run.folder).rglob("*answer*.csv"))
