"""Totals and means of amounts: nobody makes up nearly all of one, and no withheld sum follows from others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from countersign.errors import ProtectionError
from countersign.model.contribution import Contribution, Contributions, Nesting
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.protection_plan import ProtectionPlan
from countersign.model.source import Source
from countersign.protection import audit_release, refuse
from countersign.protection.figures.magnitudes import _padded, _table, dominated, withhold_magnitudes
from countersign.protection.figures.records import Record
from countersign.protection.figures.sums import recovered_sums
from countersign.protection.figures.withholding import choose


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


@pytest.mark.parametrize(("rest", "unsafe"), [(9, True), (10, False), (11, False)])
def test_a_total_is_all_that_was_added_up_and_not_only_the_largest(rest: int, unsafe: bool) -> None:
    own = [amounts("a", 60, 30, *[1] * rest)]
    assert dominated(plan(dominance=(2, 90.0)), own) == ({"a"} if unsafe else set())


def test_a_total_of_nothing_is_no_less_than_those_who_make_it_up() -> None:
    own = [amounts("a", 0.3, -0.3)]
    assert dominated(plan(dominance=(1, 49.0)), own) == {"a"}
    assert dominated(plan(dominance=(1, 51.0)), own) == set()


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


@pytest.mark.parametrize(("b", "more"), [(17.5, True), (18, False), (18.5, False)])
def test_the_interval_of_a_sum_is_held_against_the_rule_to_the_digit(b: float, more: bool) -> None:
    """60 % of 100 upwards and downwards are 120: a and b together are 102 and b."""
    own = by_area(a=(100, 1, 1), b=(b / 2, b / 2), c=(300, 300, 300, 300, 300))
    assert ("c" in withheld(own, "a", p_percent=60)) is more


def crossed(**sums: tuple[float, ...]) -> list[Record]:
    """Return a total by area (the first letter), by kind (the second) and by both."""
    found = [amounts("t", *(value for values in sums.values() for value in values))]
    for at, name in enumerate(("area", "kind")):
        for code in dict.fromkeys(key[at] for key in sums):
            own = [value for key, values in sums.items() if key[at] == code for value in values]
            found.append(amounts(code, *own, **{name: code}))
    return found + [amounts(key, *values, area=key[0], kind=key[1]) for key, values in sums.items()]


def test_without_a_rule_a_sum_must_only_not_be_known() -> None:
    small = crossed(nx=(100, 1), ny=(0.1,), sx=(0.1,), sy=(0.1,), ex=(90, 90, 90), ey=(80, 80, 80))
    assert withheld(small, "nx") == {"nx", "ny", "sx", "sy"}
    assert withheld(small, "nx", p_percent=1) == {"nx", "sx", "n", "s"}, "0.2 is less than 2 % of 100"


def test_all_that_is_withheld_is_returned_whether_or_not_more_is() -> None:
    own = by_area(a=(1, 2), b=(3, 4))
    assert withheld(own, *(one.name for one in own)) == {one.name for one in own}


def test_one_rule_does_not_undo_another() -> None:
    own = [amounts("big", 95, 3, 2), amounts("pair", 50, 44, 4, 2), amounts("even", *[10] * 12)]
    assert dominated(plan(dominance=(1, 90.0)), own) == {"big"}
    assert dominated(plan(p_percent=13), own) == {"big", "pair"}
    assert dominated(plan(dominance=(1, 90.0), p_percent=1), own) == {"big"}
    assert dominated(plan(dominance=(2, 96.0), p_percent=13), own) == {"big", "pair"}


def test_each_figure_is_held_against_its_own_amounts() -> None:
    """The sum of a figure's largest amounts is no part of another's, and a total of nothing has no size."""
    own = [amounts("a", 60, 30, 10), amounts("b", 6, 3, 1), amounts("nought", 0, 0, 0)]
    assert dominated(plan(dominance=(2, 89.9)), own) == {"a", "b"}
    assert dominated(plan(dominance=(2, 90.0)), own) == set()


def test_two_contributors_are_padded_with_nothing() -> None:
    assert _padded(amounts("a", 5, 2)) == [5.0, 2.0, 0.0]
    assert _padded(amounts("a", 1, 2, 3, 4)) == [4.0, 3.0, 2.0]


def test_an_indicator_of_which_nothing_is_withheld_does_not_keep_the_next_from_its_turn() -> None:
    first = by_area(a=(1, 2), b=(3, 4))
    second = [
        replace(one, name=f"second {one.name}", of="rent")
        for one in by_area(a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30, 30, 30))
    ]
    third = [replace(one, name=f"third {one.name}", of="land") for one in second]
    found = withheld([*first, *second, *third], "second a", "third second a")
    assert found == {"second a", "second b", "third second a", "third second b"}


def test_without_a_rule_on_widths_the_cheapest_cell_is_enough() -> None:
    # b and a have 2 together: wide enough for a sum that shall only not be known, not for one of a percent of 100.
    own = by_area(a=(1,), b=(1,), c=(100, 100, 100))
    assert withheld(own, "a") == {"a", "b"}
    assert withheld(own, "a", p_percent=100) == {"a", "b"}


def test_the_table_of_sums_is_what_the_records_say() -> None:
    own = by_area(a=(-6, 0), b=(4, 4, 4), c=(0,))
    table = _table(own, {one.name: number + 2.5 for number, one in enumerate(own)})
    # The lowest mean is -3: every amount is shifted by 3, and the sums by 3 a person.
    assert table.values.tolist() == [6 + 18, 0, 12 + 9, 3]
    assert table.contributors.tolist() == [6, 2, 3, 1]
    assert table.equations == ((0, (1, 2, 3)),)
    assert table.costs is not None
    assert table.costs.tolist() == [2.5, 3.5, 4.5, 5.5]
    assert not table.counted
    positive = _table(by_area(a=(1, 2), b=(3,)), {"t": 1.0, "a": 1.0, "b": 1.0})
    assert positive.values.tolist() == [6, 3, 3]


def test_a_single_debt_decides_how_far_sums_are_shifted() -> None:
    own = by_area(a=(-6,), b=(4, 4))
    assert _table(own, dict.fromkeys("tab", 1.0)).values.tolist() == [2 + 18, 0, 8 + 12]


def test_sums_by_two_variables_add_up_to_those_by_one() -> None:
    own = crossed(nx=(1,), ny=(2,), sx=(3,), sy=(4,))
    table = _table(own, {one.name: 1.0 for one in own})
    places = {one.name: at for at, one in enumerate(own)}
    expected = {("t", "ns"), ("t", "xy"), ("n", "nx ny"), ("s", "sx sy"), ("x", "nx sx"), ("y", "ny sy")}
    assert set(table.equations) == {
        (places[whole], tuple(places[part] for part in (parts.split() if " " in parts else parts)))
        for whole, parts in expected
    }
    alone = _table(own[5:], {one.name: 1.0 for one in own})
    assert alone.equations == ()


@pytest.mark.parametrize(
    ("whole", "part", "adds_up"),
    [(1e-9, 0.0, True), (1.1e-9, 0.0, False), (1.0, 1 - 0.9e-9, True), (1.0, 1 - 1.1e-9, False)],
)
def test_small_sums_add_up_to_within_a_thousand_millionth(whole: float, part: float, adds_up: bool) -> None:
    own = by_area(a=(part,), b=(0,))
    total = replace(own[0], behind=replace(own[0].behind, total=whole))
    assert bool(_table([total, *own[1:]], dict.fromkeys("tab", 1.0)).equations) == adds_up


@pytest.mark.parametrize(("missing", "adds_up"), [(0.9e-6, True), (1.1e-6, False), (0.4, False)])
def test_a_small_sum_beside_a_large_one_must_add_up_as_well(missing: float, adds_up: bool) -> None:
    """What is nothing to the large sum may be much of the small one, and no reason to stop the release."""
    own = [amounts("t", 1e9, 1.0), amounts("large", 1e9, kind="x"), amounts("small", 1.0, kind="y")]
    own.append(amounts("part", 1.0 - missing, kind="y", area="n"))
    table = _table(own, {one.name: 1.0 for one in own})
    assert ((2, (3,)) in table.equations) is adds_up
    assert withheld(own, "part") >= {"part"}


@pytest.mark.parametrize(("off", "adds_up"), [(0.0, True), (1e-7, True), (3e-7, False), (1.0, False)])
def test_sums_add_up_to_within_a_thousand_millionth_of_the_largest(off: float, adds_up: bool) -> None:
    own = by_area(a=(100, 50), b=(50,))
    total = replace(own[0], behind=replace(own[0].behind, total=200 + off))
    table = _table([total, *own[1:]], dict.fromkeys("tab", 1.0))
    assert bool(table.equations) == adds_up


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


def without(table: EstimateTable, *names: str) -> EstimateTable:
    return replace(table, estimates=tuple(one.withheld() if one.figure_id in names else one for one in table))


def told(records: list[Record], statistic: str = "total", indicator: str = "income") -> EstimateTable:
    made = []
    for one in records:
        n, total = one.behind.units, float(one.behind.total or 0.0)
        value = total / n if statistic != "total" else total
        made.append(Estimate(indicator, statistic, dict(one.domain), value, 1.0, value - 2, value + 2, n, "m", "t",
                             raw=value, figure_id=f"{indicator} {one.name}"))  # fmt: skip
    return EstimateTable(tuple(made))


def recovered(table: EstimateTable, *names: str, asked: str = "") -> set[str]:
    found = recovered_sums(table, without(table, *names), frozenset(asked.split(",") if asked else names))
    assert len(found) == len(set(found))
    return set(found)


def test_shares_have_no_sums() -> None:
    table = told(by_area(a=(1, 0, 0), b=(1, 1, 0)), "proportion")
    assert recovered(table, "income a") == set()


def test_who_has_no_amount_keeps_no_sum_from_being_found() -> None:
    table = told(by_area(a=(100, 1, 1), b=(20, 20)))
    nobody = replace(table.estimates[1], domain={"area": "c"}, raw=None, n=0, figure_id="income c")
    assert recovered(EstimateTable((*table, nobody)), "income a") == {"income a"}
    unknown = replace(nobody, raw=0.0)
    assert recovered(EstimateTable((*table, unknown)), "income a") == {"income a"}


def test_sums_of_every_indicator_are_looked_for() -> None:
    both = [told(by_area(a=(100, 1, 1), b=(20, 20)), indicator=name).estimates for name in ("income", "rent")]
    table = EstimateTable((*both[0], *both[1]))
    assert recovered(table, "income a", "rent b") == {"income a", "rent b"}


def test_only_what_was_asked_for_is_told() -> None:
    table = told([*by_area(a=(100, 1), b=(20, 20)), amounts("x", 100, 1, 20, kind="x"), amounts("y", 20, kind="y")])
    assert recovered(table, "income a", "income b", "income x", asked="income a") == set()
    assert recovered(table, "income a", "income b", "income x", asked="income x") == {"income x"}


def test_sums_by_two_variables_are_added_up_over_each() -> None:
    table = told(crossed(nx=(5,), ny=(7,), sx=(11,), sy=(13,)))
    assert recovered(table, "income nx", "income ny", "income n", asked="income nx") == {"income nx"}
    assert recovered(table, "income nx", "income ny", "income x", "income y", asked="income nx") == set()
    inner = EstimateTable(table.estimates[5:])
    assert recovered(inner, "income nx") == set(), "no total is told that it could follow from"


@pytest.mark.parametrize("count", [49, 98, 103, 107])
def test_debts_of_many_are_shifted_to_nothing_and_not_below(count: int) -> None:
    """A 49th of 1 times 49 is a last digit less than 1."""
    table = told(by_area(a=(-1, *[0] * (count - 1)), b=(20, 20)))
    assert recovered(table, "income a") == {"income a"}
    assert withheld(by_area(a=(-1, *[0] * (count - 1)), b=(20, 20)), "a") == {"a", "b"}


@pytest.mark.parametrize(
    ("whole", "parts", "off", "found"),
    [
        (1e6, 1e6, 0.09, True),
        (1e6, 1e6, 0.11, False),
        (0.5, 0.5, 0.9e-7, True),
        (0.5, 0.5, 1.1e-7, False),
        (1e-7, 0.0, 0.0, True),
    ],
)
def test_sums_follow_from_each_other_to_a_ten_millionth(whole: float, parts: float, off: float, found: bool) -> None:
    """A sum that is missing a part, of those whose group is not known, tells nothing of the others."""
    table = told(by_area(a=(parts / 2,), b=(parts / 2,)))
    first = replace(table.estimates[0], raw=whole + off)
    assert (recovered(EstimateTable((first, *table.estimates[1:])), "income a") == {"income a"}) is found


@pytest.mark.parametrize("missing", [1.5e-6, 0.4])
def test_a_small_sum_that_lacks_a_part_does_not_stop_the_release(missing: float) -> None:
    own = [amounts("t", 1e9, 1.0), amounts("large", 1e9, kind="x"), amounts("small", 1.0, kind="y")]
    table = told([*own, amounts("part", 1 - missing, kind="y", area="n")])
    assert recovered(table, "income part") == set()


def test_a_release_that_gives_a_sum_away_is_stopped() -> None:
    table = figures("total", a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30))
    gone = replace(table, estimates=tuple(one.withheld() if one.figure_id == "a" else one for one in table))
    found = audit_release(plan(dominance=(1, 90.0)), table, gone, unsafe=["a"])
    assert (found.recovered, found.result.points > 0) == (("a",), True)
    with pytest.raises(ProtectionError, match="could be computed"):
        refuse(found)


def test_a_sum_is_found_where_its_people_are_told_by_another_figure() -> None:
    table = figures("total", a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30))
    rents = tuple(
        replace(one, indicator="rent", statistic="quantile", figure_id=f"rent {one.figure_id}") for one in table
    )
    before = replace(table, estimates=(*table, *rents))
    gone = replace(before, estimates=tuple(one.withheld() if one.figure_id == "a" else one for one in before))
    found = audit_release(plan(dominance=(1, 90.0)), before, gone, unsafe=["a"])
    assert (found.recovered, found.result.points, found.result.hidden) == (("a",), 1, 0)


LIES = Nesting("district", "area", {"a1": "a", "a2": "a", "b1": "b", "b2": "b"})


def districts() -> list[Record]:
    """Areas and their districts; in a1 one has nearly everything, and b1 is the cheapest to withhold beside it."""
    parts = {"a1": (100.0, 1.0, 1.0), "a2": (20.0,) * 6, "b1": (20.0,) * 4, "b2": (30.0,) * 7}
    areas = {name: tuple(x for part in "12" for x in parts[f"{name}{part}"]) for name in "ab"}
    return [
        amounts("all", *areas["a"], *areas["b"]),
        *(amounts(name, *values, area=name) for name, values in areas.items()),
        *(amounts(name, *values, district=name) for name, values in parts.items()),
    ]


@pytest.mark.parametrize(("nestings", "expected"), [((), {"a1", "b1"}), ((LIES,), {"a1", "a2"})])
def test_the_choice_knows_in_which_area_a_district_lies(nestings: tuple[Nesting, ...], expected: set[str]) -> None:
    asked = plan(dominance=(1, 90.0), minimum_contributors=0)
    assert choose(asked, districts(), Contributions(nestings=nestings)).hidden == expected


@pytest.mark.parametrize(("nestings", "told_too_much"), [((), ()), ((LIES,), ("income a1",))])
def test_the_audit_of_a_release_knows_in_which_area_a_district_lies(
    nestings: tuple[Nesting, ...], told_too_much: tuple[str, ...]
) -> None:
    """How many people each district has is told by the rents, so only the sums are secret."""
    own = told(districts())
    rents = (replace(one, indicator="rent", statistic="quantile", figure_id=f"rent {one.figure_id}") for one in own)
    table = replace(own, estimates=(*own, *rents))
    gone = without(table, "income a1", "income b1")
    asked = plan(dominance=(1, 90.0), minimum_contributors=0)
    found = audit_release(asked, table, gone, unsafe=["income a1"], nestings=nestings)
    assert found.recovered == told_too_much
