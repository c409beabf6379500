"""The two tables whose optimum is known: value 117 and 705, and no unsafe cell that can be computed.

Source of the optima: an independent exact solver, data folder protection/tab_audit_exact_expected.json.
"""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from countersign.model.additive_table import AdditiveTable, Protect, equations_of
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.attacking import interval, unprotected
from countersign.protection.cells.suppressing import suppress
from real_data import shared


def read(name: str, *, costs: str) -> tuple[AdditiveTable, Protect]:
    """Return a shared table; zeros are known, cells of 1 to 3 unsafe, the interval must not be a point."""
    lists: dict[str, list[tuple[str, str]]] = {}
    with shared("protection", f"{name}_hierarchies.csv").open() as file:
        for row in csv.DictReader(file):
            lists.setdefault(row["dim"], []).append((row["level"], row["name"]))
    hierarchies = [Hierarchy.indented(variable, lines) for variable, lines in lists.items()]
    with shared("protection", f"{name}_cells_primary.csv").open() as file:
        rows = list(csv.DictReader(file))
    cells = tuple(tuple(row[variable] for variable in lists) for row in rows)
    values = np.array([float(row["freq"]) for row in rows])
    state = np.array([row["sdcStatus"] for row in rows])
    table = AdditiveTable(
        tuple(lists), cells, values, values.astype(np.int64), equations_of(cells, [one.children for one in hierarchies])
    )
    # The published optima are of the value hidden, not of value + 1. Zeros are known, so their cost does not matter.
    table = replace(table, costs=np.maximum(values, 1e-3) if costs == "value" else None)
    return table, Protect(state == "u", np.zeros(len(cells)), state == "z")


@pytest.mark.parametrize(("name", "optimum"), [("tab_synth2d_s11", 117.0), ("tab_synth3d_s21", 705.0)])
def test_the_value_hidden_is_the_proven_optimum(name: str, optimum: float) -> None:
    table, protect = read(name, costs="value")
    pattern = suppress(table, protect)
    assert pattern.proven
    assert pattern.method == "exact"
    assert table.values[pattern.secondary].sum() == optimum
    assert not unprotected(table, protect, pattern.hidden).size
    assert interval(table, protect, pattern.hidden, np.flatnonzero(protect.unsafe)).width.min() >= 1


@pytest.mark.parametrize("name", ["tab_synth2d_s11", "tab_synth3d_s21"])
@pytest.mark.parametrize("width", [0.0, 2.0])
def test_wider_intervals_cost_more_and_are_reached(name: str, width: float) -> None:
    table, protect = read(name, costs="default")
    least = suppress(table, protect)
    protect = replace(protect, width=np.full(len(table), width))
    pattern = suppress(table, protect)
    assert pattern.proven
    assert pattern.cost >= least.cost
    assert interval(table, protect, pattern.hidden, np.flatnonzero(protect.unsafe)).width.min() >= max(width, 1.0)


@pytest.mark.parametrize(
    ("name", "method", "recoverable"),
    [
        ("tab_synth2d_s11", "OPT", 0),
        ("tab_synth2d_s11", "GAUSS", 0),
        ("tab_synth2d_s11", "HITAS", 1),
        ("tab_synth3d_s21", "GAUSS", 0),
        ("tab_synth3d_s21", "SIMPLEHEURISTIC_OLD", 7),
    ],
)
def test_the_attacker_finds_what_patterns_of_other_programs_give_away(name: str, method: str, recoverable: int) -> None:
    table, protect = read(name, costs="value")
    with shared("protection", f"{name}_{method}_cells.csv").open() as file:
        state = {row["strID"]: row["sdcStatus"] for row in csv.DictReader(file)}
    with shared("protection", f"{name}_cells_primary.csv").open() as file:
        hidden = np.array([state[row["strID"]] in "ux" for row in csv.DictReader(file)])
    assert len(unprotected(table, protect, hidden)) == recoverable
