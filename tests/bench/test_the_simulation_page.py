"""The published page of the simulation has a line for every estimator of every scenario, as the script writes it."""

from __future__ import annotations

import re
import sys

import numpy as np
import polars as pl
import pytest

from real_data import PROJECT

sys.path.append(str(PROJECT / "bench"))

from simulation.page import CLOSING, HEAD, OPENING, PAGE, title
from simulation.people import cells_from, people, survey
from simulation.running import FAMILIES, scenarios
from simulation.scenario import Outcome, Scenario, repeat

import countersign
from countersign.study.inferring.rows import cells_of

LINE = re.compile(r"\d+\.\d ± \d+\.\d|\*\*\d+\.\d ± \d+\.\d\*\*")
SLOW = {"total_error", "multilevel", "areas"}
EVERY = [(family, scenario) for family in FAMILIES for scenario in scenarios(family)]


def sections() -> dict[str, list[list[str]]]:
    """Cells of the table below each heading of the page."""
    found: dict[str, list[list[str]]] = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n### ")[1:]:
        head, _, rest = part.partition("\n")
        rows = [line for line in rest.splitlines() if line.startswith("| ")]
        found[head] = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return found


def test_the_page_opens_and_closes_as_the_script_writes_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(OPENING)
    assert text.endswith(CLOSING)
    for heading in FAMILIES.values():
        assert f"\n## {heading}\n" in text


@pytest.mark.parametrize(("family", "scenario"), EVERY, ids=[scenario.name for _, scenario in EVERY])
def test_the_page_has_a_full_line_for_every_estimator(family: str, scenario: Scenario) -> None:
    head, *rows = sections()[title(scenario.name)]
    assert tuple(head) == HEAD
    assert [row[0] for row in rows] == list(scenario.models)
    for row in rows:
        wrong = scenario.models[row[0]]
        assert row[1] == (f"wrong: {wrong}" if wrong else "right")
        assert len(row) == len(HEAD)
        assert row[-1]
        assert LINE.fullmatch(row[3])
        coverage = float(row[3].strip("*").split(" ")[0])
        assert row[3].startswith("**") == (not wrong and not 90 <= coverage <= 98)
        wanted = scenario.populations or 500
        assert int(row[2]) + int((re.search(r"Refused in (\d+)", row[-1]) or [0, 0])[1]) >= wanted


def test_the_page_has_no_scenario_that_the_script_does_not_know() -> None:
    assert set(sections()) == {title(scenario.name) for _, scenario in EVERY}


def test_every_estimator_is_right_somewhere_or_said_to_be_a_contrast() -> None:
    """Shares and means without correction, and Chao's bound with other models, need no scenario of their own."""
    right = {name for _, scenario in EVERY for name, wrong in scenario.models.items() if not wrong}
    every = {name for _, scenario in EVERY for name in scenario.models}
    contrasts = {
        "JK1, every person taken as drawn alone",
        "raked once, weights taken as fixed (JKn)",
        "share of majority labels",
        "share without weights, tree bootstrap",
        "share of sites where it was found",
        "10 other questions, sampling error alone",
        "both models use age alone",
        "calibrated to a survey, taken as exact",
        "Fay-Herriot, REML, covariate taken as exact",
    }
    assert every - right == contrasts


@pytest.mark.parametrize(
    ("family", "scenario"),
    [
        pytest.param(family, scenario, id=scenario.name, marks=[pytest.mark.slow] if family in SLOW else [])
        for family, scenario in EVERY
    ],
)
@pytest.mark.filterwarnings("default::countersign.errors.CountersignWarning")
def test_a_scenario_runs(family: str, scenario: Scenario) -> None:
    lines = repeat(scenario, 3)
    assert [line["estimator"] for line in lines] == list(scenario.models)
    assert all(line["populations"] + line["refused"] == 3 for line in lines)
    assert any(line["populations"] for line in lines)


def test_a_population_is_the_same_for_the_same_seed() -> None:
    (_, scenario) = EVERY[0]
    assert repeat(scenario, 2) == repeat(scenario, 2)


def test_coverage_and_bias_are_counted_as_said() -> None:
    """Values 1 above the truth with spread 2 and standard error 2: half of the wide intervals, all seen by hand."""
    values = iter([1.0, 3.0, -1.0, 1.0])

    def draw(rng: np.random.Generator) -> dict[str, Outcome]:
        value = next(values)
        return {"one": Outcome(0.0, value, 2.0, value - 1.0, value + 1.0)}

    (line,) = repeat(Scenario("made up", "", {"one": ""}, draw), 4)
    assert line["coverage"] == 0.75
    assert line["bias"] == pytest.approx(1.0 / np.sqrt(8 / 3))
    assert line["se_ratio"] == pytest.approx(2.0 / np.sqrt(8 / 3))
    assert line["coverage_error"] == pytest.approx(0.25)


def test_cells_made_without_an_engine_are_those_of_the_engine() -> None:
    rng = np.random.default_rng(1)
    sample = survey(rng, people(rng, 3000), 400)
    sample["weight"] = sample["weight"] * rng.uniform(0.5, 2.0, 400)
    ours = cells_from(sample, ("age", "school"), ("amount", "yes"), sample["weight"])
    table = countersign.read(pl.DataFrame(sample), engine="polars")
    theirs = cells_of(table, by=["age", "school"], measures={"amount": "amount", "yes": "yes"}, weight="weight")
    assert {name: keys.tolist() for name, keys in ours.keys.items()} == {
        name: keys.tolist() for name, keys in theirs.keys.items()
    }
    for name in ("n", "weight", "weight2", "first", "cross", "second", "plain"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9)
