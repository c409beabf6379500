"""Each rule on figures at its limit: one less, the limit, one more; and what nothing can fulfil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from countersign.model.additive_table import Protect
from countersign.model.contribution import Contribution
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.figures.judging import judge_linked, unsafe_records, within_reach
from countersign.protection.figures.linking import Linked, link
from countersign.protection.figures.records import Record, Remembered


def record(name: str, n: int, x: int | None = None, households: int | None = None, **domain: str) -> Record:
    behind = Contribution(name, "all", n, n, households=households, numerator=x)
    return Record(name, "food", "all", frozenset(domain.items()), behind)


def groups(*, opened: bool = False, whole: int | None = None, **sizes: int) -> Linked:
    """One indicator, a mean, by area."""
    total = sum(sizes.values()) if whole is None else whole
    records = [record("t", total), *(record(name, n, area=name) for name, n in sizes.items())]
    (linked,) = link(records, open_totals=["all"] if opened else [])
    return linked


def asked(linked: Linked, *names: str, width: float) -> Protect:
    """Require a width of the bases of some figures."""
    unsafe = np.zeros(len(linked.table), dtype=bool)
    unsafe[[linked.shows[name][0] for name in names]] = True
    return Protect(unsafe, np.where(unsafe, width, 0.0), linked.known.copy())


@pytest.mark.parametrize(("n", "unsafe"), [(1, True), (2, False), (3, False)])
def test_a_minimum_of_two_is_a_rule(n: int, unsafe: bool) -> None:
    linked = groups(a=n, b=40)
    plan = ProtectionPlan(minimum_contributors=2)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == ({"a"} if unsafe else set())


def test_a_minimum_of_two_also_guards_what_a_whole_group_answered() -> None:
    (linked,) = link([record("t", 40, 20), record("a", 10, 10, area="a"), record("b", 30, 10, area="b")])
    plan = ProtectionPlan(minimum_contributors=2)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == {"a"}


@pytest.mark.parametrize(("n", "unsafe"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_total_known_to_everybody_is_held_against_the_minimum(n: int, unsafe: bool) -> None:
    linked = groups(a=n, whole=n)
    plan = ProtectionPlan(minimum_contributors=3)
    found = unsafe_records(linked, judge_linked(linked, plan), plan=plan)
    assert ("t" in found) is unsafe


def test_few_people_are_few_however_many_households_they_are() -> None:
    (linked,) = link([record("t", 2, households=5)])
    plan = ProtectionPlan(minimum_contributors=3, minimum_households=2)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == {"t"}


@pytest.mark.parametrize("households", [0, 1])
def test_no_rule_on_households_is_none(households: int) -> None:
    (linked,) = link(
        [record("t", 40, households=1), record("a", 20, households=1, area="a"), record("b", 20, area="b")]
    )
    plan = ProtectionPlan(minimum_contributors=3, minimum_households=households)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == set()


def test_a_minimum_of_its_own_is_of_that_figure_only() -> None:
    linked = groups(a=2, b=2, c=40)
    protect = judge_linked(linked, ProtectionPlan(minimum_contributors=3), minimums={"a": 2})
    assert [bool(protect.unsafe[linked.shows[name][0]]) for name in "abc"] == [False, True, False]


@pytest.mark.parametrize(("minimum", "unsafe"), [(0, False), (1, False), (4, False), (5, True), (6, True), (50, True)])
def test_a_decision_may_lower_or_raise_the_minimum_of_a_figure(minimum: int, unsafe: bool) -> None:
    linked = groups(a=4, b=40)
    plan = ProtectionPlan(minimum_contributors=5)
    protect = judge_linked(linked, plan, minimums={"a": minimum})
    assert unsafe_records(linked, protect, plan=plan) == ({"a"} if unsafe else set())
    above = judge_linked(linked, ProtectionPlan(minimum_contributors=3), minimums={"a": minimum})
    assert bool(above.unsafe[linked.shows["a"][0]]) is unsafe


@pytest.mark.parametrize(("minimum", "unsafe"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_group_shown_whoever_is_in_it_may_be_shown_to_agree(minimum: int, unsafe: bool) -> None:
    (linked,) = link([record("t", 40, 20), record("a", 10, 10, area="a"), record("b", 30, 10, area="b")])
    plan = ProtectionPlan(minimum_contributors=3)
    protect = judge_linked(linked, plan, minimums={"a": minimum})
    assert unsafe_records(linked, protect, plan=plan) == ({"a"} if unsafe else set())


@pytest.mark.parametrize(("x", "few", "unsafe"), [(0, False, True), (1, True, False), (9, True, False),
                                                  (10, False, True)])  # fmt: skip
def test_where_only_bases_count_a_whole_group_is_still_guarded(x: int, few: bool, unsafe: bool) -> None:
    (linked,) = link([record("t", 40, 20), record("a", 10, x, area="a"), record("b", 30, 20 - x, area="b")])
    plan = ProtectionPlan(minimum_contributors=3, numerators=False)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == ({"a"} if unsafe else set())
    counted = ProtectionPlan(minimum_contributors=3, group_disclosure=False)
    assert unsafe_records(linked, judge_linked(linked, counted), plan=counted) == ({"a"} if few else set())
    neither = ProtectionPlan(minimum_contributors=3, numerators=False, group_disclosure=False)
    assert unsafe_records(linked, judge_linked(linked, neither), plan=neither) == set()


@pytest.mark.parametrize("zeros", ["show", "protect"])
def test_beforehand_only_the_total_and_zeros_that_are_shown_are_known(zeros: str) -> None:
    (linked,) = link([record("t", 40, 20), record("a", 10, 0, area="a"), record("b", 30, 20, area="b")])
    plan = ProtectionPlan(minimum_contributors=3, group_disclosure=False, zeros=zeros)  # type: ignore[arg-type]
    known = judge_linked(linked, plan).known
    zero = [bool(value == 0) and zeros == "show" for value in linked.table.values]
    total = linked.shows["t"][0]
    assert known.tolist() == [place == total or zero[place] for place in range(len(linked.table))]


def test_of_an_unsafe_base_no_part_is_told_either() -> None:
    (linked,) = link([record("t", 44, 22), record("a", 4, 2, area="a"), record("b", 40, 20, area="b")])
    protect = judge_linked(linked, ProtectionPlan(minimum_contributors=5, numerators=False))
    assert protect.unsafe[list(linked.shows["a"])].all()
    assert not protect.unsafe[list(linked.shows["b"])].any()
    assert (protect.width[~protect.unsafe] == 0).all()
    assert protect.known[linked.shows["t"][0]]


def test_without_a_minimum_an_interval_must_only_be_none() -> None:
    (linked,) = link([record("t", 40, households=9), record("a", 20, households=1, area="a"),
                      record("b", 20, households=8, area="b")])  # fmt: skip
    assert judge_linked(linked, ProtectionPlan(minimum_households=2)).width.max() == 1


# What an earlier release withholds ------------------------------------------------------------------------------------


def beside(*, guarded: bool, women: int = 7, zeros: str = "show") -> tuple[Linked, Protect, dict[str, int]]:
    """Areas of the new release, and the women of a, whom an earlier one withholds; its cells by name."""
    records = [record("t", 60), record("a", 20, area="a"), record("b", 40, area="b")]
    old = Remembered("w", "food", frozenset({("area", "a"), ("sex", "f")}), women, shown=False)
    (linked,) = link(records, before=[[old]], guarded=["w"] if guarded else [])
    protect = judge_linked(linked, ProtectionPlan(minimum_contributors=3, zeros=zeros))  # type: ignore[arg-type]
    return linked, protect, {cell[2]: at for at, cell in enumerate(linked.table.cells) if "left of" not in cell[1]}


@pytest.mark.parametrize("women", [0, 2, 3, 7])
def test_what_is_guarded_may_not_be_told_whatever_its_number_is(women: int) -> None:
    linked, protect, place = beside(guarded=True, women=women)
    at = place["area=a, sex=f"]
    assert np.flatnonzero(protect.unsafe).tolist() == [at]
    assert (protect.width[at], protect.width.sum()) == (3, 3)
    assert not protect.known[at]
    assert unsafe_records(linked, protect, plan=ProtectionPlan(minimum_contributors=3)) == set()
    assert not beside(guarded=False, women=women)[1].unsafe.any(), "it is asked for by name"


def test_what_everybody_knows_cannot_be_guarded() -> None:
    linked, _, place = beside(guarded=True)
    at = place["area=a, sex=f"]
    known = replace(linked, known=linked.known | (np.arange(len(linked.table)) == at))
    protect = judge_linked(known, ProtectionPlan(minimum_contributors=3))
    assert not protect.unsafe.any()
    assert not protect.width.any()


@pytest.mark.parametrize(("women", "zeros"), [(0, "show"), (0, "protect"), (1, "show")])
def test_nobody_knows_that_nobody_is_in_a_group_whose_number_only_fits(women: int, zeros: str) -> None:
    linked, protect, place = beside(guarded=False, women=women, zeros=zeros)
    at = place["area=a, sex=f"]
    assert not protect.known[at]
    seen = judge_linked(replace(linked, open=np.zeros(len(linked.table), dtype=bool)), ProtectionPlan(zeros=zeros))  # type: ignore[arg-type]
    assert bool(seen.known[at]) is (women == 0 and zeros == "show")


# What nothing can fulfil ----------------------------------------------------------------------------------------------


def reached(linked: Linked, protect: Protect) -> dict[str, float | None]:
    """Figure -> the width still asked for, None where nothing is."""
    found = within_reach(linked, protect, np.flatnonzero(protect.unsafe))
    return {
        name: float(found.width[places[0]]) if found.unsafe[places[0]] else None
        for name, places in linked.shows.items()
        if protect.unsafe[places[0]]
    }


def test_in_a_study_of_four_people_no_interval_is_wider_than_four() -> None:
    linked = groups(a=2, b=2)
    assert reached(linked, asked(linked, "a", width=9)) == {"a": 4}
    assert reached(linked, asked(linked, "a", width=3)) == {"a": 3}


def test_where_nobody_knows_the_total_the_largest_number_bounds_all() -> None:
    linked = groups(a=2, b=2, opened=True)
    assert reached(linked, asked(linked, "a", width=9)) == {"a": 4}


def test_what_follows_from_the_total_alone_is_no_longer_asked_for() -> None:
    linked = groups(a=2)
    assert reached(linked, asked(linked, "a", width=3)) == {"a": None}


def test_an_interval_of_one_is_still_one() -> None:
    linked = groups(a=1, b=0)
    assert reached(linked, asked(linked, "a", width=3)) == {"a": 1}
    known = asked(linked, "a", width=3)
    known.known[linked.shows["b"][0]] = True
    assert reached(linked, known) == {"a": None}


def test_only_the_cells_in_question_are_looked_at() -> None:
    linked = groups(a=2, b=2, c=4)
    protect = asked(linked, "a", "b", width=9)
    found = within_reach(linked, protect, np.array([linked.shows["a"][0]]))
    assert found.width[linked.shows["a"][0]] == 8
    assert found.width[linked.shows["b"][0]] == 9
    assert (found.width[~found.unsafe] == 0).all()
    assert replace(found, width=protect.width).unsafe.tolist() == protect.unsafe.tolist()


def test_households_that_nobody_counted_are_held_against_nothing() -> None:
    linked = groups(a=20, b=20)
    plan = ProtectionPlan(minimum_contributors=3, minimum_households=2)
    assert unsafe_records(linked, judge_linked(linked, plan), plan=plan) == set()
