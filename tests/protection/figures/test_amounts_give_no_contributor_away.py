"""Totals and means of amounts: nobody makes up nearly all of one, and no withheld sum follows from others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from countersign.errors import ProtectionError
from countersign.model.contribution import Contribution
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.protection_plan import ProtectionPlan
from countersign.model.source import Source
from countersign.protection import audit_release, refuse
from countersign.protection.figures.magnitudes import dominated, withhold_magnitudes
from countersign.protection.figures.records import Record
from countersign.protection.figures.sums import recovered_sums


def amounts(name: str, *values: float, **domain: str) -> Record:
    behind = Contribution(
        name, "all", len(values), len(values), total=float(sum(values)), squares=float(sum(v * v for v in values)),
        largest=tuple(sorted((abs(value) for value in values), reverse=True)[:3]),
    )  # fmt: skip
    return Record(name, "income", "all", frozenset(domain.items()), behind)


def plan(**rules: object) -> Plan:
    indicators = {"income": IndicatorPlan("income", "total", "income")}
    return Plan(title={}, data={"rows": Source("rows", "rows.csv")}, indicators=indicators,
                protection=ProtectionPlan(**rules))  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(("rest", "unsafe"), [(9, True), (10, False), (11, False)])
def test_two_who_make_up_more_than_ninety_percent_dominate(rest: float, unsafe: bool) -> None:
    own = [amounts("a", 60, 30, rest)]
    assert dominated(plan(dominance=(2, 90.0)), own) == ({"a"} if unsafe else set())


@pytest.mark.parametrize(("rest", "unsafe"), [(9, True), (10, False), (11, False)])
def test_the_second_largest_must_not_know_the_largest_to_ten_percent(rest: float, unsafe: bool) -> None:
    own = [amounts("a", 100, 50, rest)]
    assert dominated(plan(p_percent=10), own) == ({"a"} if unsafe else set())


def test_no_rule_and_no_amount_withhold_nothing() -> None:
    assert dominated(plan(), [amounts("a", 100)]) == set()
    counted = Record("x", "share", "all", frozenset(), Contribution("x", "all", 5, 5, numerator=1))
    assert dominated(plan(dominance=(1, 50.0)), [counted]) == set()


def test_debts_count_with_their_size() -> None:
    assert dominated(plan(dominance=(1, 90.0)), [amounts("a", -100, 2, 3)]) == {"a"}
    assert dominated(plan(dominance=(1, 90.0)), [amounts("a", -100, 80, 60)]) == set()


def by_area(**areas: tuple[float, ...]) -> list[Record]:
    return [
        amounts("t", *(value for values in areas.values() for value in values)),
        *(amounts(name, *values, area=name) for name, values in areas.items()),
    ]


def withheld(records: list[Record], *hidden: str, **rules: object) -> set[str]:
    costs = {one.name: float(one.behind.units + 1) for one in records}
    return withhold_magnitudes(plan(**rules), records, frozenset(hidden), costs)


def test_a_sum_that_follows_from_the_total_takes_the_cheapest_other_with_it() -> None:
    own = by_area(a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30, 30, 30))
    assert withheld(own, "a") == {"a", "b"}


def test_two_withheld_sums_protect_each_other() -> None:
    own = by_area(a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30, 30, 30))
    assert withheld(own, "a", "c") == {"a", "c"}


def test_nothing_withheld_takes_nothing_with_it() -> None:
    assert withheld(by_area(a=(1, 2), b=(3, 4))) == set()


def test_sums_below_zero_are_protected_like_others() -> None:
    own = by_area(a=(-100, -1, -1), b=(20, 20, 20, 20), c=(30, 30, 30, 30, 30))
    assert withheld(own, "a") == {"a", "b"}


def test_the_interval_of_a_sum_is_wide_where_the_rule_says_how_wide() -> None:
    """a and b have 132 together; twice 60 % of the largest, 100, is 120, and twice 70 % is more than they can hide."""
    own = by_area(a=(100, 1, 1), b=(10, 10, 10), c=(300, 300, 300, 300, 300))
    assert withheld(own, "a", p_percent=60) == {"a", "b"}
    assert "c" in withheld(own, "a", p_percent=70)


# Read as a stranger ---------------------------------------------------------------------------------------------------


def figures(statistic: str, **areas: tuple[float, ...]) -> EstimateTable:
    made = []
    for one in by_area(**areas):
        n, total = one.behind.units, float(one.behind.total or 0.0)
        value = total if statistic == "total" else total / n
        made.append(Estimate("income", statistic, dict(one.domain), value, 1.0, value - 2, value + 2, n, "m", "t",
                             raw=value, figure_id=one.name))  # fmt: skip
    return EstimateTable(tuple(made))


@pytest.mark.parametrize("statistic", ["mean", "total"])
@pytest.mark.parametrize("first", [100, -100])
def test_a_stranger_finds_a_single_withheld_sum_and_none_of_two(statistic: str, first: float) -> None:
    table = figures(statistic, a=(first, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30))

    def found(*names: str) -> tuple[str, ...]:
        gone = tuple(one.withheld() if one.figure_id in names else one for one in table)
        return recovered_sums(table, replace(table, estimates=gone), frozenset({"a"}))

    assert found("a") == ("a",)
    assert found("a", "b") == ()
    assert found("b") == (), "nobody asks for b"


def test_a_release_that_gives_a_sum_away_is_stopped() -> None:
    table = figures("total", a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30))
    gone = replace(table, estimates=tuple(one.withheld() if one.figure_id == "a" else one for one in table))
    found = audit_release(plan(dominance=(1, 90.0)), table, gone, unsafe=["a"])
    assert (found.recovered, found.result.points > 0) == (("a",), True)
    with pytest.raises(ProtectionError, match="could be computed"):
        refuse(found)
