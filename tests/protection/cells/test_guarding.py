"""Cells are hidden against contributors who are alone in a cell, too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from countersign import disclosure
from countersign.protection.cells.guarding import alone, ceiling_of, guard
from countersign.protection.cells.insiders import insiders
from countersign.protection.cells.rules import judge
from countersign.protection.cells.suppressing import suppress
from countersign.protection.cells.tabulating import tabulate


def boats() -> pd.DataFrame:
    """Two coasts of one boat each, and three of several."""
    return pd.DataFrame(
        {
            "coast": ["a", "b", *["c"] * 4, *["d"] * 5, *["e"] * 6],
            "tonnes": [30.0, 50.0, 20, 21, 22, 23, 40, 41, 42, 43, 44, 60, 61, 62, 63, 64, 65],
        }
    )


def test_two_single_contributors_do_not_protect_each_other() -> None:
    import countersign

    dataset = countersign.read(boats())
    table = tabulate(dataset.kept(), ["coast"], magnitude="tonnes")
    protect = judge(table, minimum=3, p_percent=10)
    pattern = suppress(table, protect)
    assert insiders(table, pattern.hidden, protect)
    guarded = guard(table, protect, pattern)
    assert not insiders(table, guarded.hidden, protect)
    assert (guarded.hidden >= pattern.hidden).all()
    assert guarded.cost == table.price[guarded.hidden & ~protect.unsafe].sum()
    assert guarded.reason.startswith("1 of the hidden cells keep contributors")
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


def test_a_largest_cell_that_may_not_be_shown_bounds_nothing() -> None:
    import countersign

    few, many = (countersign.read(pd.DataFrame({"coast": ["a", "b"] * count})) for count in (1, 5))
    small, large = (tabulate(dataset.kept(), ["coast"]) for dataset in (few, many))
    bound = ceiling_of(small, judge(small))
    assert bound is not None
    assert bound > small.values.max() + 3
    assert ceiling_of(large, judge(large)) is None
