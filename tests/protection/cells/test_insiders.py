"""A contributor who is alone in a hidden cell knows more than an outsider."""

from __future__ import annotations

import numpy as np
import pytest
from attackers import halves

from countersign.model.additive_table import AdditiveTable, Protect
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.auditing import attack, audit
from countersign.protection.cells.crossing import Crossing
from countersign.protection.cells.insiders import insiders


def sums(values: list[float], people: list[int], *, counted: bool = False) -> AdditiveTable:
    crossing = Crossing([Hierarchy.flat("x", [f"c{n}" for n in range(len(values))])])
    return crossing.table(
        crossing.added(np.array(values)), np.asarray(crossing.added(np.array(people))), counted=counted
    )


def rule(table: AdditiveTable, *places: int, width: float = 0.0) -> Protect:
    unsafe = np.isin(np.arange(len(table)), places)
    return Protect(unsafe, np.where(unsafe, width, 0.0), np.zeros(len(table), dtype=bool))


def test_two_single_contributors_that_hide_each_other_know_each_other() -> None:
    table = sums([30.0, 50.0, 200.0], [1, 1, 9])
    protect = rule(table, 1, 2, width=6)
    assert attack(table, protect.unsafe, protect).safe
    assert insiders(table, protect.unsafe, protect) == ((1, 2), (2, 1))


def test_a_third_hidden_cell_protects_them_if_it_is_large_enough() -> None:
    table = sums([30.0, 50.0, 5.0, 200.0], [1, 1, 4, 9])
    hidden = np.array([False, True, True, True, False])
    assert insiders(table, hidden, rule(table, 1, 2, width=30)) == ()
    # the first knows that the other two make up 55, the second that they make up 35
    assert insiders(table, hidden, rule(table, 1, 2, width=36)) == ((2, 1),)
    assert insiders(table, hidden, rule(table, 1, 2, width=56)) == ((1, 2), (2, 1))


@pytest.mark.parametrize(("people", "told"), [(1, ((1, 2),)), (2, ())])
def test_two_people_in_a_cell_are_no_insiders(people: int, told: tuple[tuple[int, int], ...]) -> None:
    table = sums([30.0, 50.0, 200.0], [people, 2, 9])
    assert insiders(table, np.array([False, True, True, False]), rule(table, 1, 2)) == told


@pytest.mark.parametrize(("width", "told"), [(2, ()), (3, ((1, 2),))])
def test_in_a_count_one_knows_only_to_be_in_it(width: float, told: tuple[tuple[int, int], ...]) -> None:
    # 1 + 2 people: an outsider knows 0 to 3 of the second cell, whoever is in the first 0 to 2
    table = sums([1, 2, 20], [1, 2, 20], counted=True)
    hidden = np.array([False, True, True, False])
    assert audit(table, hidden).width.tolist() == [3, 3]
    assert insiders(table, hidden, rule(table, 1, 2, width=width)) == told


def test_cells_that_hang_together_with_nothing_hidden_tell_nothing() -> None:
    table = sums([30.0, 50.0, 200.0], [1, 1, 9])
    nothing = np.zeros(len(table), dtype=bool)
    assert insiders(table, nothing, rule(table)) == ()
    assert insiders(table, np.array([True, True, True, True]), rule(table, 1, width=5)) == ()


def test_an_insider_need_not_be_unsafe_himself() -> None:
    table = sums([30.0, 50.0, 200.0], [1, 1, 9])
    hidden = np.array([False, True, True, False])
    assert insiders(table, hidden, rule(table, 1)) == ((2, 1),)
    assert insiders(table, hidden, rule(table, 2)) == ((1, 2),)


def test_cells_that_everybody_knows_do_not_help() -> None:
    table = sums([30.0, 50.0, 0.0, 200.0], [1, 1, 0, 9])
    hidden = np.array([False, True, True, True, False])
    free = rule(table, 1, 2, width=6)
    assert insiders(table, hidden, free) == ()
    known = Protect(free.unsafe, free.width, np.array([False, False, False, True, False]))
    assert insiders(table, hidden, known) == ((1, 2), (2, 1))


@pytest.mark.parametrize(("at_most", "told"), [(None, ()), (85.0, ((1, 2),)), (90.0, ())])
def test_what_bounds_the_total_bounds_what_an_insider_computes(
    at_most: float | None, told: tuple[tuple[int, int], ...]
) -> None:
    table = sums([30.0, 50.0], [1, 1])
    everything = np.ones(3, dtype=bool)
    assert insiders(table, everything, rule(table, 2, width=58), at_most=at_most) == told


def test_without_a_width_only_exact_knowledge_counts() -> None:
    counts = sums([1, 1, 20], [1, 1, 20], counted=True)
    assert insiders(counts, np.array([False, True, True, False]), rule(counts, 1, 2)) == ()
    small = sums([0.3, 0.5, 0.4, 2.0], [1, 1, 4, 9])
    assert insiders(small, np.array([False, True, True, True, False]), rule(small, 1, 2)) == ()


@pytest.mark.parametrize(("width", "told"), [(1, False), (2, False), (3, True), (4, True)])
def test_only_whole_numbers_between_two_halves_hide_a_count(width: float, told: bool) -> None:
    # z is between 1.5 and 4.5, that is 2, 3 or 4; to see how wide g is, both of its ends are tried, and z with it
    table, hidden = halves()
    z, g, v = (table.cells.index((name,)) for name in "zgv")
    protect = rule(table, z, g, width=3)
    protect.width[z] = width
    assert audit(table, hidden, ask=np.array([z, g])).width.tolist() == [2, 3]
    assert insiders(table, hidden, protect) == (((v, z),) if told else ())
    assert attack(table, hidden, protect).narrow.tolist() == ([z] if told else [])


@pytest.mark.parametrize(("part", "told"), [(1e-8, ((1, 2),)), (4e-7, ((1, 2),)), (1.25e-6, ()), (1e-3, ())])
def test_an_interval_as_wide_as_the_rounding_of_the_solver_is_a_point(
    part: float, told: tuple[tuple[int, int], ...]
) -> None:
    # whoever is alone with 30 knows what the other two are together
    table = sums([30.0, part, part, 200.0], [1, 4, 4, 9])
    assert insiders(table, np.array([False, True, True, True, False]), rule(table, 2)) == told
