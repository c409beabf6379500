"""Two breakdowns that divide the same groups tell these groups, also where no figure is of them.

Areas by sex and areas by age both divide the areas: who adds up the ages of an area has its women and men together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
from counting import Made, Row, belongs, hidden, study, without
from scipy.optimize import linprog
from test_amounts_give_no_contributor_away import amounts, plan, told

from countersign.model.contribution import Nesting
from countersign.model.estimate import EstimateTable
from countersign.protection import audit_release, withhold
from countersign.protection.figures.auditing import Found
from countersign.protection.figures.linking import Linked, link
from countersign.protection.figures.magnitudes import withhold_magnitudes
from countersign.protection.figures.records import Domain, Record, records_of
from countersign.protection.figures.sums import recovered_sums
from countersign.protection.figures.system import nested, shared

SEX, AGE, AREA, DISTRICT = ("area", "sex"), ("area", "age"), ("area",), ("district",)
REGIONS = Nesting("district", "area", {"a1": "a", "a2": "a", "b1": "b", "b2": "b"})


def people(sizes: dict[str, int]) -> list[dict[str, str]]:
    """``{"a1 f o": 2}`` are two old women of the district a1, which lies in the area a; two of three say yes."""
    return [
        {"district": code[:2], "area": code[0], "sex": code[3], "age": code[5], "answer": "yes" if at % 3 else "no"}
        for code, size in sizes.items()
        for at in range(size)
    ]


def by_all(*districts: str) -> list[dict[str, str]]:
    """Many people of each sex and age in each district, but few women in the first."""
    return people(
        {
            f"{name} {sex} {age}": 1 if (name, sex) == (districts[0], "f") else 20 + 3 * at
            for at, name in enumerate(districts)
            for sex, age in product("fm", "oy")
        }
    )


def audited(made: Made, *gone: str, unsafe: Sequence[str] = (), nestings: Sequence[Nesting] = ()) -> Found:
    return audit_release(made.plan, made.figures, without(made, *gone), unsafe=unsafe or gone, nestings=nestings)


# The attack -----------------------------------------------------------------------------------------------------------


def test_the_ages_of_an_area_tell_its_women_where_its_men_are_shown() -> None:
    made = study(by_all("a1", "b1", "c1"), by=[(), SEX, AGE])
    assert audited(made, "food/a/f", "food/b/f", unsafe=["food/a/f"]).recovered == ("food/a/f",)
    assert audited(made, "food/a/f", "food/a/m", unsafe=["food/a/f"]).safe
    apart = study(by_all("a1", "b1", "c1"), by=[(), SEX, ("age",)])
    assert audited(apart, "food/a/f", "food/b/f", unsafe=["food/a/f"]).safe


def test_breakdowns_without_a_variable_in_common_tell_how_many_say_yes() -> None:
    """Nobody shows the total. The sexes tell it, so a single area that is withheld follows from the others."""
    made = study(by_all("a1", "b1", "c1"), by=[("sex",), AREA])
    assert audited(made, "food/a", unsafe=["food/a"]).recovered == ("food/a",)
    alone = study(by_all("a1", "b1", "c1"), by=[AREA])
    yes = [cell for cell in cells_of(alone) if cell[1] != "all"]
    assert ("food counted", "all") not in {cell[1:] for cell in yes}


def test_districts_by_sex_and_areas_by_age_both_divide_the_areas() -> None:
    made = study(by_all("a1", "a2", "b1", "b2"), by=[(), ("district", "sex"), AGE])
    gone = ("food/a1/f", "food/b1/f")
    assert audited(made, *gone, unsafe=["food/a1/f"]).safe, "nobody knows where the districts are"
    assert audited(made, *gone, unsafe=["food/a1/f"], nestings=[REGIONS]).recovered == ("food/a1/f",)
    assert audited(made, "food/a1/f", "food/a2/f", unsafe=["food/a1/f"], nestings=[REGIONS]).safe


def test_districts_by_sex_add_up_to_areas_alone() -> None:
    made = study(by_all("a1", "a2", "b1", "b2"), by=[(), ("district", "sex"), AREA])
    gone = ("food/a1/f", "food/b1/f")
    assert audited(made, *gone, unsafe=["food/a1/f"]).safe
    assert audited(made, *gone, unsafe=["food/a1/f"], nestings=[REGIONS]).recovered == ("food/a1/f",)


# The choice -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "nestings", "expected"),
    [
        ([(), SEX, AGE], (), {"food/a/f", "food/a/m"}),
        ([(), SEX, ("age",)], (), {"food/a/f", "food/b/f"}),
        ([(), ("district", "sex"), AGE], (REGIONS,), {"food/a1/f", "food/a1/m"}),
        ([(), ("district", "sex"), AREA], (REGIONS,), {"food/a1/f", "food/a1/m"}),
    ],
)
def test_another_figure_is_withheld_within_the_group_that_is_told(
    by: list[tuple[str, ...]], nestings: tuple[Nesting, ...], expected: set[str]
) -> None:
    """The cheapest to hide beside the two women of a are the women of b, but the ages tell how many a has."""
    rows = by_all("a1", "b1", "c1")
    for place, row in enumerate(row for row in list(rows) if row["area"] == "b" and row["sex"] == "f"):
        if place % 3:
            rows.remove(row)
    made = study(rows, by=by)
    behind = replace(made.contributions, nestings=nestings)
    chosen = withhold(made.plan, made.figures, behind)
    assert hidden(chosen.figures) == expected
    assert audit_release(made.plan, made.figures, chosen.figures, unsafe=chosen.unsafe, nestings=nestings).safe


# Held against all that the finest groups could be ---------------------------------------------------------------------

FINEST = list(product(("a1", "a2", "b1"), "fm", "oy"))
BREAKDOWNS = [AREA, ("sex",), DISTRICT, SEX, AGE, ("district", "sex"), ("sex", "age"), ("district", "age"),
              ("district", "sex", "age")]  # fmt: skip


def bounds(made: Made, shown: set[str], of: str) -> list[tuple[int, float, float]]:
    """Return each number behind a figure with its bounds, by a linear program over the people of the finest groups."""
    rows = [{"district": d, "area": d[0], "sex": sex, "age": age} for d, sex, age in FINEST]

    def within(domain: Row, *answers: int) -> list[float]:
        return [float(belongs(row, domain) and answer in answers) for answer in (1, 0) for row in rows]

    figures = {one.figure_id: one for one in made.figures}
    known = [(within({}, 0, 1), float(figures["food"].n))]
    for name in shown:
        one = figures[name]
        known += [(within(one.domain, 0, 1), float(one.n)), (within(one.domain, 1), float(round(one.raw * one.n)))]
    left, right = np.array([row for row, _ in known]), np.array([number for _, number in known])
    one, found = figures[of], []
    yes = round(one.raw * one.n)
    for number, answers in ((one.n, (0, 1)), (yes, (1,)), (one.n - yes, (0,))):
        aim = np.array(within(one.domain, *answers))
        ends = [sign * linprog(sign * aim, A_eq=left, b_eq=right).fun for sign in (1, -1)]
        found.append((number, *ends))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_exactly_known_from_the_finest_groups_is_found(seed: int) -> None:
    rng = Random(seed)
    sizes = {f"{d} {sex} {age}": rng.choice([0, 1, 2, 3, 5, 8]) for d, sex, age in FINEST}
    made = study(people(sizes), by=[(), *rng.sample(BREAKDOWNS, 3)])
    names = [one.figure_id for one in made.figures if one.domain]
    gone = set(rng.sample(names, min(len(names), 4)))
    shown = {one.figure_id for one in made.figures} - gone
    regions = replace(REGIONS, part_of={"a1": "a", "a2": "a", "b1": "b"})
    found = audited(made, *sorted(gone), nestings=[regions])
    for name in sorted(gone):
        secret = [own for own in bounds(made, shown, name) if own[0] < 3]
        exact = any(high - low < 1e-6 for _, low, high in secret)
        assert name in found.recovered or not exact, (name, secret)


# Amounts --------------------------------------------------------------------------------------------------------------


def incomes() -> list[Record]:
    own = [
        amounts(f"{area}/{other}", *[float(10 + at)] * 4, area=area, **{name: other})
        for at, (area, (name, other)) in enumerate(
            product("abc", [("sex", "f"), ("sex", "m"), ("age", "o"), ("age", "y")])
        )
    ]
    sizes = {one.name: float(one.behind.total or 0.0) for one in own}
    fitting = [
        amounts(one.name, *[(sizes[f"{area}/f"] + sizes[f"{area}/m"] - sizes[f"{area}/o"]) / 4] * 4, **dict(one.domain))
        if one.name.endswith("y")
        else one
        for one in own
        for area in [dict(one.domain)["area"]]
    ]
    total = sum(float(one.behind.total or 0.0) for one in fitting if "sex" in dict(one.domain))
    return [*fitting, amounts("all", *[total / 24] * 24)]


def test_sums_of_ages_tell_those_of_women_and_men_together() -> None:
    records = incomes()
    table = told(records)

    def found(*names: str) -> tuple[str, ...]:
        gone = [one.withheld() if one.figure_id in {f"income {name}" for name in names} else one for one in table]
        return recovered_sums(table, replace(table, estimates=tuple(gone)), frozenset({f"income {names[0]}"}))

    assert found("a/f", "b/f") == ("income a/f",)
    assert found("a/f", "a/m") == ()
    costs = {one.name: 10.0 - 9 * (one.name == "b/f") for one in records}
    away = withhold_magnitudes(plan(p_percent=10), records, frozenset({"a/f"}), costs)
    assert found("a/f", *away) == ()
    assert away != {"a/f", "b/f"}


def test_what_nobody_publishes_is_not_taken_for_shown() -> None:
    """Of a and b neither the sexes nor the ages are complete, so nobody knows how much either has."""
    records = incomes()
    table = told(records)
    gone = [one.withheld() if one.figure_id[-3:] in ("a/f", "b/f", "a/o", "b/o") else one for one in table]
    assert recovered_sums(table, replace(table, estimates=tuple(gone)), frozenset({"income a/f"})) == ()


def test_the_fullest_breakdown_says_how_large_a_group_is() -> None:
    """Somebody of each area has told no age. Work and sex agree on the sum of an area, whatever the ages add up to."""
    own = [one for one in incomes() if "age" not in dict(one.domain)]
    for area in "abc":
        parts = [one for one in own if dict(one.domain).get("area") == area]
        total = sum(float(one.behind.total or 0.0) for one in parts)
        own += [amounts(f"{area}/{work}", *[total / 8] * 4, area=area, work=work) for work in ("field", "town")]
        own += [amounts(f"{area}/{age}", *[total / 8] * 3, area=area, age=age) for age in ("o", "y")]
    for records in (own, own[::-1]):
        table = told(records)

        def found(*names: str, table: EstimateTable = table) -> tuple[str, ...]:
            gone = [one.withheld() if one.figure_id.removeprefix("income ") in names else one for one in table]
            return recovered_sums(table, replace(table, estimates=tuple(gone)), frozenset({"income a/f"}))

        assert found("a/f", "b/f") == ("income a/f",)
        costs = {one.name: 10.0 - 9 * (one.name == "b/f") for one in records}
        away = withhold_magnitudes(plan(p_percent=10), records, frozenset({"a/f"}), costs)
        assert found("a/f", *away) == ()


@pytest.mark.parametrize(("price", "expected"), [(2.5, {"a/f", "a/m"}), (3.5, {"a/f", "b/f", "a/o", "b/o"})])
def test_a_sum_that_nobody_publishes_costs_nothing_and_needs_no_protection(price: float, expected: set[str]) -> None:
    costs = {one.name: 50.0 for one in incomes()} | {"a/m": price, "b/f": 1.0, "a/o": 1.0, "b/o": 1.0}
    assert withhold_magnitudes(plan(p_percent=0), incomes(), frozenset({"a/f"}), costs) == expected


def test_sums_of_districts_add_up_to_those_of_areas() -> None:
    own = [
        amounts(name, *[value] * 4, district=name)
        for name, value in (("a1", 10.0), ("a2", 20.0), ("b1", 5.0), ("b2", 7.0))
    ]
    own += [amounts("a", *[15.0] * 8, area="a"), amounts("b", *[6.0] * 8, area="b"), amounts("all", *[10.5] * 16)]
    table = told(own)
    gone = [one.withheld() if one.figure_id in {"income a1", "income b1"} else one for one in table]
    published = replace(table, estimates=tuple(gone))
    assert recovered_sums(table, published, frozenset({"income a1"})) == ()
    assert recovered_sums(table, published, frozenset({"income a1"}), nestings=[REGIONS]) == ("income a1",)
    costs = {one.name: 1.0 + 9 * (one.name == "a2") for one in own}
    without_regions = withhold_magnitudes(plan(p_percent=10), own, frozenset({"a1"}), costs)
    with_regions = withhold_magnitudes(plan(p_percent=10), own, frozenset({"a1"}), costs, nestings=[REGIONS])
    assert "a2" not in without_regions
    assert "a2" in with_regions or "a" in with_regions


# Cells ----------------------------------------------------------------------------------------------------------------


def cells_of(made: Made) -> Iterator[tuple[str, ...]]:
    for found in systems(made):
        yield from found.table.cells


def systems(made: Made, *nestings: Nesting) -> list[Linked]:
    return link(records_of(made.plan, made.figures, made.contributions), nestings=nestings)


def test_a_group_that_breakdowns_share_is_a_cell_that_nobody_sees() -> None:
    made = study(by_all("a1", "b1"), by=[(), SEX, AGE])
    (found,) = systems(made)
    own = [at for at, cell in enumerate(found.table.cells) if cell[2] == "area=a"]
    assert {found.table.cells[at][1] for at in own} == {"all", "food counted", "food not counted"}
    assert not found.shown[own].any()
    assert not found.known[own].any()
    assert found.open[own].all()
    assert found.table.values[own].tolist()[0] == sum(row["area"] == "a" for row in by_all("a1", "b1"))


def domain(**own: str) -> Domain:
    return frozenset(own.items())


def test_what_breakdowns_share_is_what_two_of_them_have_in_common() -> None:
    groups = {
        frozenset(SEX): [domain(area="a", sex="f"), domain(area="a", sex="m")],
        frozenset(AGE): [domain(area="a", age="o")],
    }
    assert shared(groups, ()) == {
        frozenset({"area"}): {domain(area="a"): [groups[frozenset(SEX)], groups[frozenset(AGE)]]}
    }
    assert shared({**groups, frozenset({"area"}): [domain(area="a")]}, ()) == {}
    assert shared({frozenset(SEX): groups[frozenset(SEX)]}, ()) == {}
    apart = {frozenset({"sex"}): [domain(sex="f")], frozenset({"age"}): [domain(age="o")]}
    assert shared(apart, ()) == {frozenset(): {domain(): [[domain(sex="f")], [domain(age="o")]]}}


def test_what_is_shared_is_shared_with_further_breakdowns_too() -> None:
    groups = {frozenset(names): [frozenset((name, "x") for name in names)] for names in ("abc", "abd", "ae")}
    assert set(shared(groups, ())) == {frozenset("ab"), frozenset("a")}


def test_a_category_lies_in_others_step_by_step_and_never_twice() -> None:
    country = Nesting("area", "country", {"a": "x"})
    found = dict(nested([domain(district="a1", sex="f")], [frozenset({"country"}), frozenset(SEX)], [REGIONS, country]))
    assert found == {
        domain(country="x"): [domain(district="a1", sex="f")],
        domain(area="a", sex="f"): [domain(district="a1", sex="f")],
    }
    both = domain(district="a1", area="b")
    assert dict(nested([both], [frozenset({"area"})], [REGIONS])) == {}
    assert dict(nested([domain(district="z9")], [frozenset({"area"})], [REGIONS])) == {}
    wider = Nesting("age", "age", {"o": "old", "y": "young"})
    assert dict(nested([domain(age="o")], [frozenset({"age"})], [wider])) == {domain(age="old"): [domain(age="o")]}
