"""The lines that close a run give the plausible range of people who chose themselves, and no bare interval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.fan import Part, PartKind, PlausibleRange
from countersign.study.telling import tell_estimates

RANGE = PlausibleRange(
    (Part(PartKind.SAMPLING, 0.2433, 0.2585, "chance"), Part(PartKind.TOTAL_ERROR, 0.0475, 0.3037, "experience"))
)


def figure(**more: Any) -> Estimate:
    settings: dict[str, Any] = {
        "indicator": "food", "statistic": "proportion", "domain": {}, "value": 0.2508, "standard_error": 0.004,
        "lower": 0.2433, "upper": 0.2585, "n": 900, "method": "raked", "convention": "logit", "figure_id": "food",
    }  # fmt: skip
    return Estimate(**(settings | more))


def lines(*figures: Estimate) -> tuple[str, ...]:
    plan = SimpleNamespace(minimum_contributors=0)
    study: Any = SimpleNamespace(plan=plan, path=Path("study"), data_folder=None, given_folder=None)
    return tell_estimates(study, EstimateTable(figures)).sentences[1:]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("", "  food: 25.1 %, plausibly 4.8 to 30.4 %"),
        ("share of adults", "  food: 25.1 %, plausibly 4.8 to 30.4 % of adults"),
    ],
)
def test_a_share_stands_with_its_plausible_range_in_percent(unit: str, said: str) -> None:
    assert lines(figure(plausible=RANGE, unit=unit)) == (said,)


def test_a_mean_keeps_its_unit() -> None:
    whole = PlausibleRange((Part(PartKind.METHODS, 19.2, 28.74, "methods"),))
    one = figure(statistic="mean", value=27.43, lower=26.1, upper=28.7, plausible=whole, unit="minutes")
    assert lines(one) == ("  food: 27.43, plausibly 19.2 to 28.74 minutes",)


def test_a_sample_drawn_by_chance_reads_as_before() -> None:
    before = ("  food: 0.2508 (0.2433 to 0.2585) share of adults",)
    assert lines(figure(unit="share of adults")) == before
    chance = PlausibleRange((Part(PartKind.SAMPLING, 0.2433, 0.2585, "chance"),))
    assert lines(figure(unit="share of adults", plausible=chance)) == before


def test_a_withheld_figure_says_so_and_no_number() -> None:
    hidden = replace(
        figure(plausible=RANGE), value=None, lower=None, upper=None, status=Status.SUPPRESSED, figure_id="hidden"
    )
    assert lines(hidden, figure()) == (
        "  hidden: withheld to protect people",
        "  food: 0.2508 (0.2433 to 0.2585)",
    )
