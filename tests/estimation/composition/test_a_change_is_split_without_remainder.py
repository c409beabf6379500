"""The split of a change: exact, symmetric, with standard errors that a bootstrap confirms."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign import inference
from countersign.errors import CountersignError
from countersign.estimation.composition import Period, decompose_periods

numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def periods(draw: st.DrawFn) -> tuple[Period, Period]:
    parts = [f"p{number}" for number in range(draw(st.integers(1, 5)))]
    made = []
    for name in ("before", "after"):
        weights = [Fraction(draw(st.integers(1, 1000))) for _ in parts]
        shares = {part: weight / sum(weights) for part, weight in zip(parts, weights, strict=True)}
        made.append(Period(name, shares, {part: Fraction(draw(numbers)) for part in parts}))
    return made[0], made[1]


@given(periods())
def test_the_components_sum_to_the_change_exactly_and_reverse_with_it(both: tuple[Period, Period]) -> None:
    found, back = decompose_periods(*both), decompose_periods(both[1], both[0])
    change = found.component("change").exact
    assert change == both[1].overall - both[0].overall
    within = sum((one.exact for one in found.contributions if one.component == "within"), Fraction(0))
    mixed = [one.exact for one in found.contributions if one.component == "mix" and one.part]
    assert found.component("mix").exact + within == change
    assert sum(mixed, Fraction(0)) == found.component("mix").exact
    assert [one.exact for one in back.contributions] == [-one.exact for one in found.contributions]


@given(periods())
def test_it_is_the_shapley_value_of_shares_and_means(both: tuple[Period, Period]) -> None:
    before, after = both

    def value(shares: Period, means: Period) -> Fraction:
        return sum((shares.shares[part] * (means.means[part] or 0) for part in shares.shares), Fraction(0))

    one = value(after, before) - value(before, before)
    other = value(after, after) - value(before, after)
    assert decompose_periods(before, after).component("mix").exact == (one + other) / 2


def test_the_published_prices_of_cannabis_to_the_cent() -> None:
    found = inference.decompose_published(
        {"name": "Q4 2018", "overall": 7.46, "means": {"legal": 9.69, "illegal": 6.44}},
        {"name": "Q4 2019", "overall": 7.50, "means": {"legal": 10.30, "illegal": 5.73}},
    )
    assert round(found.change, 2) == 0.04
    assert (round(found.mix, 2), round(found.within["legal"], 2), round(found.within["illegal"], 2)) == (
        0.29,
        0.21,
        -0.46,
    )
    assert round(0.29 + 0.21 - 0.46, 2) == 0.04
    assert round(100 * float(found.before.shares["legal"])) == 31
    assert round(100 * float(found.after.shares["legal"])) == 39


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"overall": 11, "means": {"a": 10, "b": 5}}, "not between the parts"),
        ({"overall": 4.99, "means": {"a": 10, "b": 5}}, "share of 'a' would be -0.2%"),
        ({"overall": 5, "means": {"a": 5, "b": 5}}, "same mean"),
        ({"overall": 5, "means": {"a": 5, "b": 4, "c": 6}}, "3 parts do not follow"),
        ({"means": {"a": 5, "b": 4}, "shares": {"a": 0.5, "b": 0.4}}, "not shares of a whole"),
        ({"means": {"a": 5, "b": 4}, "shares": {"a": 1.2, "b": -0.2}}, "not shares of a whole"),
        ({"overall": 9, "means": {"a": 5, "b": 4}, "shares": {"a": 0.5, "b": 0.5}}, "average to 4.5"),
        ({"means": {"a": 5, "b": 4}, "shares": {"a": 1}}, "not of the same parts"),
        ({"overall": float("nan"), "means": {"a": 5, "b": 4}}, "no number"),
        ({"overall": "7", "means": {"a": 5, "b": 4}}, "no number"),
        ({"means": {"a": 5, "b": 4}}, "neither shares nor an overall figure"),
        ({"mean": 3}, "expected: means".capitalize()),
    ],
)
def test_figures_that_contradict_each_other_are_refused(figures: dict[str, object], words: str) -> None:
    good = {"overall": 7, "means": {"a": 10, "b": 5}}
    with pytest.raises(CountersignError) as caught:
        inference.decompose_published(figures, good)
    assert words in caught.value.sentence()


def test_the_ends_are_in_the_corners() -> None:
    found = inference.decompose_published(
        {"overall": 7.5, "means": {"a": 10, "b": 5}}, {"overall": 8, "means": {"a": 11, "b": 5}}, rounding=1
    )
    for row in found.rows():
        assert row["low"] <= row["value"] <= row["high"]
    assert found.component("change").low == pytest.approx(-0.5)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_standard_errors_agree_with_a_bootstrap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, held = [], []
    for year, share, means in ((1, 0.3, (10.0, 6.0)), (2, 0.45, (11.0, 5.5))):
        part = (rng.random(150) >= share).astype(int)
        value = np.array(means)[part] + rng.normal(0, 1.5, 150)
        held.append((part, value))
        rows += [{"year": year, "part": "ab"[p], "y": v} for p, v in zip(part, value, strict=True)]
    found = inference.decompose(pa.Table.from_pylist(rows), period="year", part="part", value="y")
    drawn = []
    for _ in range(400):
        s, m = [], []
        for part, value in held:
            at = rng.integers(0, 150, 150)
            s.append(np.bincount(part[at], minlength=2) / 150)
            m.append([value[at][part[at] == k].mean() for k in (0, 1)])
        (s0, s1), (m0, m1) = np.array(s), np.array(m)
        drawn.append([((s1 - s0) * (m0 + m1) / 2).sum(), *((s0 + s1) / 2 * (m1 - m0))])
    expected = np.std(drawn, axis=0)
    keys = ("mix/1-2", "within/1-2/a", "within/1-2/b")
    assert [found[key].standard_error for key in keys] == pytest.approx(expected.tolist(), rel=0.2)


def test_clusters_met_twice_share_their_errors_and_weights_count() -> None:
    rng = np.random.default_rng(4)
    rows = []
    for place in range(30):
        level = rng.normal(0, 3)
        for year in (1, 2):
            for part in "ab":
                value = level + year + (part == "a") + rng.normal(0, 0.1)
                rows.append({"year": year, "part": part, "place": place, "y": value, "w": 2.0})
    table = pa.Table.from_pylist(rows)
    options = {"period": "year", "part": "part", "value": "y", "psu": "place", "weight": "w"}
    apart = inference.decompose(table, **options)["change/1-2"]
    panel = inference.decompose(table, panel=True, **options)["change/1-2"]
    assert panel.value == apart.value
    assert panel.standard_error < apart.standard_error / 5


def test_three_periods_are_two_steps_and_their_order_may_be_given() -> None:
    rows = [{"t": t, "p": p, "y": y} for t, p, y in [
        ("jan", "a", 1.0), ("jan", "a", 2.0), ("feb", "a", 3.0), ("feb", "a", 5.0), ("mar", "a", 9.0), ("mar", "a", 9.5)
    ]]  # fmt: skip
    found = inference.decompose(
        pa.Table.from_pylist(rows), period="t", part="p", value="y", periods=["jan", "feb", "mar"]
    )
    assert [one.degrees for one in found if one.statistic in ("mean", "change")] == [1, 1, 1, 2, 2]
    changes = [one.figure_id for one in found if one.statistic == "change"]
    assert changes == ["change/jan-feb", "change/feb-mar"]
    with pytest.raises(CountersignError, match="no period 'apr'"):
        inference.decompose(pa.Table.from_pylist(rows), period="t", part="p", value="y", periods=["jan", "apr"])
    with pytest.raises(CountersignError, match="one period only"):
        inference.decompose(pa.Table.from_pylist(rows[:2]), period="t", part="p", value="y")
