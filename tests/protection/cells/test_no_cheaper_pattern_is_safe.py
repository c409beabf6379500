"""The exact method against trying every pattern of small tables with another formulation of the attacker."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import patterns, protects, safe, tables

from countersign.model.additive_table import AdditiveTable, Bools, Protect
from countersign.protection.cells.attacking import unprotected
from countersign.protection.cells.exact import lost
from countersign.protection.cells.suppressing import suppress

Case = tuple[AdditiveTable, Protect, Bools]


def cheapest(table: AdditiveTable, protect: Protect, already: Bools, places: list[int]) -> float:
    """Return the cost of the cheapest pattern that protects `places`."""
    return next(cost for cost, hidden in patterns(table, protect, already) if protects(table, protect, hidden, places))


def hold(case: Case) -> None:
    """Compare."""
    table, protect, already = case
    pattern = suppress(table, protect, already=already)
    unsafe = np.flatnonzero(protect.unsafe).tolist()
    everything = np.ones(len(table), dtype=bool)
    beyond = [place for place in unsafe if not safe(table, protect, everything, place)]
    assert lost(table, protect).tolist() == beyond
    assert pattern.method == "exact"
    assert pattern.proven
    assert pattern.hidden[protect.unsafe | already].all()
    assert unprotected(table, protect, pattern.hidden).tolist() == beyond
    assert protects(table, protect, pattern.hidden, [place for place in unsafe if place not in beyond])
    if not beyond:
        assert pattern.cost == pytest.approx(cheapest(table, protect, already, unsafe))
        assert pattern.cost == pytest.approx(table.price[pattern.secondary & ~already].sum())


@settings(max_examples=12, deadline=None)
@given(tables(counted=True))
def test_of_counts(case: Case) -> None:
    hold(case)


@settings(max_examples=12, deadline=None)
@given(tables(counted=False))
def test_of_magnitudes(case: Case) -> None:
    hold(case)


@settings(max_examples=12, deadline=None)
@given(tables(counted=True), st.data())
def test_the_attacker_agrees_with_the_other_formulation(case: Case, data: st.DataObject) -> None:
    table, protect, already = case
    hidden = already | (protect.unsafe & data.draw(st.booleans()))
    hidden[list(data.draw(st.sets(st.integers(0, len(table) - 1))))] = True
    expected = [p for p in np.flatnonzero(protect.unsafe).tolist() if not safe(table, protect, hidden, p)]
    assert unprotected(table, protect, hidden).tolist() == expected
