"""Numbers are said with the digits their interval supports, and intervals of shares in people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from release_samples import estimate, sparse

from countersign.model.estimate import EstimateTable
from countersign.publishing.digits import decimals, in_people, number, scale, show
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.opening import key_figure
from countersign.publishing.report import render

WORDS = Words()


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        (41.2, 46.9, "Between 41 and 47 in 100"),
        (41.0, 47.0, "Between 41 and 47 in 100"),
        (2.12, 2.34, "Between 21 and 24 in 1,000"),
        (0.0, 0.031, "Between 0 and 4 in 10,000"),
        (98.4, 100.0, "Between 98 and 100 in 100"),
    ],
)
def test_an_interval_of_a_share_is_said_in_people_and_rounded_outwards(lower: float, upper: float, said: str) -> None:
    assert in_people(lower, upper, WORDS) == said


@pytest.mark.parametrize(
    ("lower", "upper", "places"), [(385, 461, 0), (41.2, 46.9, 1), (2.12, 2.34, 2), (5, 5, 0), (0.5, 0.5, 4)]
)
def test_the_interval_decides_how_many_decimals_are_shown(lower: float, upper: float, places: int) -> None:
    assert decimals(lower, upper) == places


def test_numbers_have_groups_a_true_minus_and_no_minus_zero() -> None:
    assert number(47_564_296, 0, WORDS) == "47,564,296"
    assert number(-1234.56, 1, WORDS) == "−1,234.6"
    assert number(-0.04, 1, WORDS) == "0.0"


@pytest.mark.parametrize(
    ("statistic", "unit", "factor", "shown"),
    [
        ("proportion", "", 100, "%"),
        ("proportion", "share of adults", 100, "% of adults"),
        ("ratio", "share", 100, "%"),
        ("proportion", "adults", 100, "% (adults)"),
        ("proportion", "%", 1, "%"),
        ("mean", "", 1, ""),
        ("quantile", "items per 100 m", 1, "items per 100 m"),
        ("mean", "shares of stock", 1, "shares of stock"),
    ],
)
def test_shares_become_percent_and_other_units_stay(statistic: str, unit: str, factor: float, shown: str) -> None:
    assert (scale(statistic, unit).factor, scale(statistic, unit).unit) == (factor, shown)


def test_a_share_of_somebody_names_them() -> None:
    one = estimate("water", "proportion", 0.44, 0.03, 500, unit="share of adults")
    assert key_figure(one, Labels(None, (), WORDS), WORDS).sentence == "Between 41 and 47 in 100 adults"


def test_a_counted_total_is_said_exactly_and_without_an_interval() -> None:
    one = estimate("people", "total", 47_564_296.0, 0.0, 900, unit="persons", convention="t")
    told = key_figure(one, Labels(None, (), WORDS), WORDS)
    assert told.sentence == "47,564,296 persons"
    assert "no interval" in told.details
    assert show(one, WORDS).line == "47,564,296"
    assert "47,564,296 persons" in render(replace(sparse(), estimates=EstimateTable((one,))), words=WORDS)
