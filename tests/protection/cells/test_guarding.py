"""Cells are hidden against contributors who are alone in a cell, too."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import pytest

from countersign import disclosure
from countersign.model.additive_table import AdditiveTable, Pattern, Protect
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells import guarding
from countersign.protection.cells.crossing import Crossing
from countersign.protection.cells.guarding import alone, ceiling_of, guard
from countersign.protection.cells.insiders import insiders
from countersign.protection.cells.rules import judge
from countersign.protection.cells.suppressing import suppress


def boats() -> pd.DataFrame:
    """Two coasts of one boat each, and three of several."""
    return pd.DataFrame(
        {
            "coast": ["a", "b", *["c"] * 4, *["d"] * 5, *["e"] * 6],
            "tonnes": [30.0, 50.0, 20, 21, 22, 23, 40, 41, 42, 43, 44, 60, 61, 62, 63, 64, 65],
        }
    )


def sums(coasts: dict[str, list[float]]) -> AdditiveTable:
    """The table of what everybody on a coast has, the three largest of each kept."""
    crossing = Crossing([Hierarchy.flat("coast", list(coasts))])
    largest = np.array([sorted([*tonnes, 0.0, 0.0, 0.0], reverse=True)[:3] for tonnes in coasts.values()])
    return crossing.table(
        crossing.added(np.array([sum(tonnes) for tonnes in coasts.values()])),
        crossing.added(np.array([len(tonnes) for tonnes in coasts.values()])),
        largest=crossing.topped(largest),
        counted=False,
    )


def guarded_boats() -> tuple[AdditiveTable, Protect, Pattern]:
    table = sums({str(coast): rows.to_list() for coast, rows in boats().groupby("coast")["tonnes"]})
    protect = judge(table, minimum=3, p_percent=10)
    return table, protect, suppress(table, protect)


def test_two_single_contributors_do_not_protect_each_other() -> None:
    table, protect, pattern = guarded_boats()
    assert insiders(table, pattern.hidden, protect)
    guarded = guard(table, protect, pattern)
    assert not insiders(table, guarded.hidden, protect)
    assert (guarded.hidden >= pattern.hidden).all()
    assert guarded.cost == table.price[guarded.hidden & ~protect.unsafe].sum()
    assert guarded.reason == (
        "1 of the hidden cells keep contributors who are alone in a cell from computing others."
        f" The cells that keep outsiders out: {pattern.reason}"
    )
    assert guarded.method == "heuristic"
    again = guard(table, protect, guarded)
    assert again is guarded


def test_the_verb_hides_against_insiders_in_sums() -> None:
    found = disclosure.suppress(boats(), by=["coast"], magnitude="tonnes", p_percent=10)
    assert [row["coast"] for row in found.rows() if row["state"] == "suppressed"] == ["a", "b", "c"]
    counts = disclosure.suppress(boats(), by=["coast"])
    assert not alone(counts.table)
    assert alone(found.table)
    assert not np.isin([row["coast"] for row in counts.rows() if row["state"] == "suppressed"], ["e"]).any()


def test_out_of_time_it_says_how_many_cells_are_open() -> None:
    table, protect, pattern = guarded_boats()
    found = guard(table, protect, pattern, limit=-1.0)
    assert (found.hidden == pattern.hidden).all()
    open_ = len({other for _, other in insiders(table, pattern.hidden, protect)})
    assert found.reason == (
        f"{open_} cells could still be computed by a contributor who is alone in another one."
        f" The cells that keep outsiders out: {pattern.reason}"
    )


def test_the_clock_counts_from_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    table, protect, pattern = guarded_boats()
    monkeypatch.setattr(time, "process_time", lambda: 1000.0)
    found = guard(table, protect, pattern, limit=0.0)
    assert not insiders(table, found.hidden, protect)
    assert found.seconds == pytest.approx(pattern.seconds)


def test_what_cannot_be_guarded_is_told_and_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    table, protect, pattern = guarded_boats()
    asked: list[dict[str, object]] = []

    def in_vain(*_: object, **named: object) -> Pattern:
        asked.append(named)
        return pattern

    monkeypatch.setattr(guarding, "suppress", in_vain)
    found = guard(table, protect, pattern, limit=7.0)
    alone_ones = {one for one, _ in insiders(table, pattern.hidden, protect)}
    assert len(asked) == len(alone_ones)  # one round, then it sees that nothing has changed
    assert all(one["limit"] == 7.0 and one["ceiling"] == ceiling_of(table, protect) for one in asked)
    assert all((one["already"] == pattern.hidden).all() for one in asked)  # type: ignore[attr-defined]
    assert "of the hidden cells keep" not in found.reason
    assert "could still be computed" in found.reason


def test_where_the_largest_cell_is_hidden_it_bounds_nothing_for_insiders_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What the two in the north have together is shown; what all have is unsafe, and so is what each of the two has.
    crossing = Crossing([Hierarchy("coast", {"T": "", "N": "T", "a": "N", "b": "N", "S": "T"})])
    table = crossing.table(
        crossing.added(np.array([30.0, 50.0, 400.0])), crossing.added(np.array([1, 2, 9])), counted=False
    )
    hidden = np.isin([code for (code,) in table.cells], ["T", "a", "b", "S"])
    unsafe = hidden & ~np.isin([code for (code,) in table.cells], ["S"])
    protect = Protect(unsafe, np.where(unsafe, 3.0, 0.0), np.zeros(len(table), dtype=bool))
    pattern = Pattern(hidden, protect.unsafe, "exact", 0.0, reason="Proven.")
    asked: list[object] = []

    def in_vain(*_: object, **named: object) -> Pattern:
        asked.append(named["ceiling"])
        return pattern

    monkeypatch.setattr(guarding, "suppress", in_vain)
    assert insiders(table, hidden, protect)
    guard(table, protect, pattern)
    assert ceiling_of(table, protect) is not None
    assert asked == [ceiling_of(table, protect)]


def test_the_time_it_took_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    table, protect, pattern = guarded_boats()
    clock = count(1000.0, 1e-4)
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    found = guard(table, protect, pattern)
    assert pattern.seconds < found.seconds < pattern.seconds + 60


def test_who_is_alone_matters_in_sums_only() -> None:
    table, _, _ = guarded_boats()
    assert alone(table)
    assert not alone(replace(table, contributors=np.full(len(table), 2)))
    assert not alone(replace(table, counted=True))


def test_the_largest_cell_is_looked_for_wherever_it_stands() -> None:
    cells = (("a",), ("b",), ("T",))
    table = AdditiveTable(("x",), cells, np.array([1.0, 4.0, 5.0]), np.array([1, 4, 5]), ((2, (0, 1)),))
    width = np.array([1.0, 2.0, 6.0])
    bound = ceiling_of(table, Protect(np.array([False, False, True]), width, np.zeros(3, dtype=bool)))
    assert bound is not None
    assert bound > 5.0 + 6.0
    assert ceiling_of(table, Protect(np.array([True, True, False]), width, np.zeros(3, dtype=bool))) is None


def test_a_largest_cell_that_may_not_be_shown_bounds_nothing() -> None:
    small, large = (replace(sums({"a": [1.0] * count, "b": [1.0] * count}), counted=True) for count in (1, 5))
    bound = ceiling_of(small, judge(small))
    assert bound is not None
    assert bound > small.values.max() + 3
    assert ceiling_of(large, judge(large)) is None
