"""The choice of what to withhold: what it costs, what it rests on, where none is found, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from counting import Made, hidden, people, study

from countersign.errors import ProtectionError
from countersign.model.contribution import Contribution, Nesting, Overlap, Told
from countersign.model.disclosure import RuleApplied
from countersign.model.estimate import EstimateTable
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection import unsafe_figures, withhold
from countersign.protection.cells import exact
from countersign.protection.figures import withholding
from countersign.protection.figures.records import records_of
from countersign.protection.figures.withholding import Chosen, applied, choose, notes

ROWS = people(north_yes=1, north_no=1, south_yes=20, south_no=20, east_yes=15, east_no=15)


def made(**options: object) -> Made:
    return study(ROWS, **options)  # type: ignore[arg-type]


AREAS = ((), ("area",))


def means(*, minimum: int = 3, by: tuple[tuple[str, ...], ...] = AREAS, where: bool = False, **sizes: int) -> Made:
    """Means: of each group only the people behind it are told."""
    rows = [{"area": area, "answer": "yes"} for area, n in sizes.items() for _ in range(n)]
    one = study(rows, minimum=minimum, by=by, where={"food": lambda row: True} if where else None)
    behind = tuple(replace(each, numerator=None) for each in one.contributions)
    return replace(one, contributions=replace(one.contributions, figures=behind))


def chosen(one: Made, **options: object) -> Chosen:
    records = records_of(one.plan, one.figures, one.contributions)
    return choose(one.plan, records, one.contributions, **options)  # type: ignore[arg-type]


def with_rules(one: Made, **rules: object) -> Made:
    return replace(one, plan=replace(one.plan, protection=replace(one.plan.protection, **rules)))  # type: ignore[arg-type]


# What it costs --------------------------------------------------------------------------------------------------------


def test_a_figure_costs_its_people_and_one_times_its_weight() -> None:
    """A base costs 1 and twice the price of its figure, which is what withholding a mean of east costs."""
    own = means(north=2, south=40, east=30)
    (pattern,) = chosen(own).patterns
    assert (pattern.cost, pattern.bound, pattern.method) == (1 + 2 * 31, 63, "exact")
    assert pattern.secondary.sum() == 1
    (pattern,) = chosen(own, weights={"food/east": 1.25}).patterns
    assert pattern.cost == np.ceil(1 + 2 * 31 * 1.25)
    (pattern,) = chosen(own, weights={"food/east": 4.0}).patterns
    assert pattern.cost == 1 + 2 * 41
    assert chosen(own, weights={"food/east": 4.0}).hidden == {"food/north", "food/south"}


def test_what_is_withheld_anyway_costs_nothing_more() -> None:
    own = means(north=2, south=40, east=30)
    found = chosen(own, also=["food/south"])
    assert found.hidden == found.unsafe | {"food/south"} == {"food/north", "food/south"}
    assert found.patterns[0].cost == 0


def test_where_every_figure_is_unsafe_all_are_withheld_and_their_cost_is_that_of_what_was_not() -> None:
    own = means(north=2, south=1)
    found = chosen(own)
    assert found.hidden == {"food", "food/north", "food/south"}
    (pattern,) = found.patterns
    assert pattern.hidden.all()
    assert pattern.cost == pattern.bound == 1 + 2 * 4, "the total, which everybody knows"
    assert (pattern.method, pattern.proven) == ("exact", True)
    assert pattern.secondary.sum() == 1


def test_one_figure_that_is_safe_may_still_be_shown() -> None:
    """North and west hide each other, and everybody knows how many took part."""
    assert hidden(withhold((own := means(north=2, west=2, south=3)).plan, own.figures, own.contributions).figures) == {
        "food/north", "food/west",
    }  # fmt: skip


def test_systems_are_chosen_for_one_by_one_and_all_are_told() -> None:
    answers = {"food": lambda row: row["answer"] == "yes", "south": lambda row: row["area"] == "south" or None}
    both = study([*ROWS, *people(far_yes=1)], indicators=answers, where={"south": lambda row: row["area"] == "south"})
    found = chosen(both)
    assert len(found.systems) == 2
    assert len(found.patterns) == 2
    assert found.unsafe == {"food/far", "food/north", "south", "south/south"}
    assert found.hidden == found.unsafe | {"food/east"}
    safe = study(people(north_yes=9, north_no=9, south_yes=9, south_no=9))
    assert (chosen(safe).patterns, len(chosen(safe).systems)) == ((), 1)
    assert (chosen(safe).hidden, chosen(safe).unsafe) == (frozenset(), frozenset())


# What it rests on -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [False, True])
def test_the_number_of_those_who_meet_a_condition_is_known_from_its_figure_alone(where: bool) -> None:
    """Without a figure of all of them, a group of few is withheld and nothing follows; else everybody can subtract."""
    own = means(north=2, south=40, east=30, by=(("area",),), where=where)
    gone = hidden(withhold(own.plan, own.figures, own.contributions).figures)
    assert gone == ({"food/north"} if where else {"food/north", "food/east"})


def test_people_of_a_condition_and_of_everybody_are_known_if_they_are_the_same() -> None:
    answers = {"all": lambda row: True, "some": lambda row: True}
    rows = [
        {"area": area, "answer": "yes"} for area, n in (("north", 2), ("south", 40), ("east", 30)) for _ in range(n)
    ]
    for order in (answers, dict(reversed(answers.items()))):
        one = study(rows, by=[("area",)], indicators=order, where={"some": lambda row: True}, group_disclosure=False,
                    numerators=False)  # fmt: skip
        assert len(hidden(withhold(one.plan, one.figures, one.contributions).figures)) == 4


def test_an_indicator_that_the_plan_does_not_know_is_of_everybody() -> None:
    own = means(north=2, south=40, east=30, by=(("area",),))
    unknown = replace(own, plan=replace(own.plan, indicators={}))
    assert hidden(withhold(unknown.plan, unknown.figures, unknown.contributions).figures) == {"food/north", "food/east"}


def test_what_lies_within_what_and_what_other_tables_tell_is_looked_at() -> None:
    rows = [
        {"d": d, "region": region, "answer": "yes" if at % 2 else "no"}
        for d, region, n in (("a", "r", 2), ("b", "r", 40), ("c", "s", 20), ("e", "s", 30)) for at in range(n)
    ]  # fmt: skip
    one = study(rows, by=[("region",), ("d",)], numerators=False, group_disclosure=False)
    assert chosen(one).hidden == {"food/a", "food/c"}
    nested = replace(one.contributions, nestings=(Nesting("d", "region", {"a": "r", "b": "r", "c": "s", "e": "s"}),))
    assert chosen(replace(one, contributions=nested)).hidden == {"food/a", "food/b"}
    told = tuple(Told({"d": d}, n, d in "ce") for d, n in (("a", 2), ("b", 40), ("c", 20), ("e", 30)))
    assert chosen(replace(one, contributions=replace(one.contributions, told=told))).hidden == {"food/a", "food/b"}


def test_who_is_in_one_condition_alone_is_looked_at() -> None:
    answers = {"food": lambda row: row["answer"] == "yes", "young": lambda row: row["answer"] == "yes"}
    rows = [{"answer": "yes" if at % 2 else "no", "young": "" if at < 2 else "1"} for at in range(40)]
    one = study(rows, by=[()], indicators=answers, where={"young": lambda row: bool(row["young"])})
    assert chosen(one).hidden == frozenset()
    overlaps = tuple(
        Overlap(inside, ("food", "young"), {}, Contribution("", "", n, n, numerator=n // 2))
        for inside, n in ((("food", "young"), 38), (("food",), 2))
    )
    found = chosen(replace(one, contributions=replace(one.contributions, overlaps=overlaps)))
    assert len(found.hidden) == 1
    assert found.unsafe == frozenset(), "neither of both is withheld for its own sake"


def test_a_minimum_of_its_own_is_held_in_both_ways_of_asking() -> None:
    own = means(north=4, south=40, east=30)
    assert chosen(own).unsafe == unsafe_figures(own.plan, own.figures, own.contributions) == frozenset()
    for minimum, unsafe in ((4, frozenset()), (5, {"food/north"})):
        asked = {"food/north": minimum}
        assert chosen(own, minimums=asked).unsafe == unsafe
        assert unsafe_figures(own.plan, own.figures, own.contributions, minimums=asked) == unsafe


def incomes(**areas: tuple[float, ...]) -> Made:
    """Totals of amounts by area."""
    whole = tuple(value for values in areas.values() for value in values)
    groups = {"": whole, **areas}
    one = study([{"area": area, "answer": "yes"} for area, values in areas.items() for _ in values], minimum=0,
                dominance=(1, 90.0))  # fmt: skip
    behind = tuple(
        replace(each, numerator=None, total=float(sum(values)), largest=tuple(sorted(values, reverse=True)[:3]))
        for each in one.contributions
        for values in [groups[each.figure_id.partition("/")[2]]]
    )
    return replace(one, contributions=replace(one.contributions, figures=behind))


def test_a_dominated_total_is_withheld_for_its_own_sake_and_another_for_it() -> None:
    own = incomes(a=(100, 1, 1), b=(20, 20, 20, 20), c=(30, 30, 30, 30, 30))
    assert unsafe_figures(own.plan, own.figures, own.contributions) == {"food/a"}
    assert chosen(own).unsafe == {"food/a"}
    assert chosen(own).hidden == {"food/a", "food/b"}
    dear = chosen(own, weights={"food/b": 50.0})
    assert dear.hidden == {"food/a", "food/c"}


def test_a_dominated_total_does_not_keep_a_group_of_few_from_being_unsafe() -> None:
    own = with_rules(incomes(a=(100, 1, 1, 1), b=(20, 20), c=(30,) * 6), minimum_contributors=3)
    assert unsafe_figures(own.plan, own.figures, own.contributions) == {"food/a", "food/b"}
    assert chosen(own).unsafe == {"food/a", "food/b"}


# Where no pattern is found --------------------------------------------------------------------------------------------


def test_up_to_a_number_of_cells_the_cheapest_pattern_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    own = means(north=2, south=40, east=30)
    cells = len(chosen(own).systems[0][0].table)
    for small, method in ((cells, "exact"), (cells - 1, "heuristic")):
        monkeypatch.setattr(withholding, "SMALL", small)
        (pattern,) = chosen(own).patterns
        assert (pattern.method, pattern.proven) == (method, method == "exact")
        assert pattern.cost == 63
        assert pattern.secondary.sum() == 1
        assert withhold(own.plan, own.figures, own.contributions).disclosure.optimal is (method == "exact")


@pytest.mark.parametrize(("limit", "method"), [(10.0, "exact"), (0.0, "heuristic")])
def test_a_proof_that_takes_too_long_leaves_a_good_pattern(
    limit: float, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withholding, "LIMIT", limit)
    sizes = np.random.default_rng(5).choice([1, 2, 5, 9, 14], size=(6, 6))
    rows = [
        {"area": f"a{at}", "sex": f"s{by}", "answer": "yes"}
        for at in range(6) for by in range(6) for _ in range(sizes[at, by])
    ]  # fmt: skip
    one = study(rows, by=[(), ("area",), ("sex",), ("area", "sex")])
    behind = tuple(replace(each, numerator=None) for each in one.contributions)
    one = replace(one, contributions=replace(one.contributions, figures=behind))
    (pattern,) = chosen(one).patterns
    assert (pattern.method, pattern.proven) == (method, method == "exact")
    assert withhold(one.plan, one.figures, one.contributions).disclosure.optimal is (method == "exact")


def test_a_safe_pattern_that_may_not_be_the_cheapest_is_taken_and_said_to_be_a_good_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = means(north=2, south=40, east=30)
    prove = exact.prove
    monkeypatch.setattr(exact, "prove", lambda *given, **more: replace(prove(*given, **more), bound=62.0))
    found = chosen(own)
    assert found.hidden == {"food/north", "food/east"}
    assert (found.patterns[0].method, found.patterns[0].cost, found.patterns[0].bound) == ("heuristic", 63, 62)
    assert not withhold(own.plan, own.figures, own.contributions).disclosure.optimal


def test_a_good_pattern_counts_only_what_was_not_withheld_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withholding, "SMALL", 0)
    own = means(north=2, south=40, east=30, west=20)
    assert chosen(own).patterns[0].cost == 1 + 2 * 21
    found = chosen(own, also=["food/south"])
    assert (found.patterns[0].cost, found.hidden) == (0, {"food/north", "food/south"})


@pytest.mark.parametrize("small", [0, 1200])
def test_what_nothing_can_fulfil_is_not_asked_for(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many there are of the north is told elsewhere: to within more than these two nobody can be hidden."""
    monkeypatch.setattr(withholding, "SMALL", small)
    own = means(north=2, south=40, east=30)
    told = tuple(Told({"area": area}, n, True) for area, n in (("north", 2), ("south", 41), ("east", 31)))
    found = chosen(replace(own, contributions=replace(own.contributions, told=told)))
    assert "food/north" in found.hidden
    assert found.hidden < {"food", "food/north", "food/south", "food/east"}


def test_where_the_search_takes_too_long_everything_small_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withholding, "_searched", lambda linked, protect, already: (None, np.array([0])))
    own = means(north=2, south=40, east=30)
    cells = len(chosen(own).systems[0][0].table)
    assert chosen(own).hidden == {"food", "food/north", "food/south", "food/east"}
    monkeypatch.setattr(withholding, "SMALL", cells)
    assert chosen(own).patterns[0].hidden.all()
    monkeypatch.setattr(withholding, "SMALL", cells - 1)
    with pytest.raises(ProtectionError, match="in too many ways") as stop:
        chosen(own)
    assert stop.value.where == "protection.method"


# What is told of it ---------------------------------------------------------------------------------------------------


def test_a_compared_answer_is_withheld_like_a_figure_and_is_none() -> None:
    own = means(south=40, east=30)
    answers = tuple(Contribution(f"compare:radio:{word}", "rows|radio", 50, 50, numerator=n)
                    for word, n in (("yes", 30), ("no", 18), ("never", 2)))  # fmt: skip
    left = withhold(own.plan, own.figures, replace(own.contributions, compared=answers))
    assert left.compared == {"compare:radio:never", "compare:radio:no"}
    assert hidden(left.figures) == set()
    assert (left.disclosure.withheld, left.disclosure.figures) == (0, 3)
    assert {one.rule: one.asked for one in left.disclosure.rules}["minimum_contributors"] == 3
    assert left.unsafe == {"compare:radio:never"}


def test_figures_withheld_before_are_counted_and_not_withheld_again() -> None:
    own = means(north=2, south=40, east=30)
    table = replace(own.figures, estimates=tuple(
        one.withheld() if one.figure_id == "food/north" else one for one in own.figures
    ))  # fmt: skip
    left = withhold(own.plan, table, own.contributions)
    assert hidden(left.figures) == {"food/north", "food/east"}
    assert left.disclosure.withheld == 2
    assert left.figures.notes[0].startswith("1 of 4 figures are withheld: ")
    assert left.disclosure.notes == left.figures.notes


@pytest.mark.parametrize(("minimum", "said"), [(0, False), (1, False), (2, True)])
def test_a_sentence_is_said_where_there_is_a_rule(minimum: int, said: bool) -> None:
    rules = ProtectionPlan(minimum_contributors=minimum)
    assert bool(notes(rules, 0, 4)) is said
    assert bool(notes(rules, 1, 4)) is said
    if said:
        assert notes(rules, 0, 4) == ("No figure had to be withheld: each rests on at least 2 people.",)
        assert notes(rules, 1, 4)[0].startswith("1 of 4 figures are withheld: figures from fewer than 2 people, ")


def asked(own: Made, **rules: object) -> dict[str, RuleApplied]:
    records = records_of(own.plan, own.figures, own.contributions)
    found = applied(ProtectionPlan(**rules), records)  # type: ignore[arg-type]
    assert len({one.rule for one in found}) == len(found)
    return {one.rule: one for one in found}


def test_rules_are_told_with_their_limits_and_how_many_figures_they_were_asked_of() -> None:
    own = made()
    mean = replace(own.contributions.figures[0], numerator=None, total=12.0)
    own = replace(own, contributions=replace(own.contributions, figures=(mean, *own.contributions.figures[1:])))
    everything = {"minimum_households": 2, "zeros": "protect", "dominance": (2, 85.0), "p_percent": 0.0}
    assert asked(own, minimum_contributors=2, **everything) == {
        "minimum_contributors": RuleApplied("minimum_contributors", 2, 4, "study file"),
        "numerators": RuleApplied("numerators", 2, 3, "study file"),
        "group_disclosure": RuleApplied("group_disclosure", None, 3, "study file"),
        "minimum_households": RuleApplied("minimum_households", 2, 4, "study file"),
        "zeros": RuleApplied("zeros", None, 4, "study file"),
        "dominance": RuleApplied("dominance", 85.0, 1, "study file"),
        "p_percent": RuleApplied("p_percent", 0.0, 1, "study file"),
    }


def test_rules_that_are_off_are_not_told() -> None:
    own = made()
    for minimum in (0, 1):
        assert asked(own, minimum_contributors=minimum, minimum_households=minimum) == {}
    assert set(asked(own, minimum_contributors=2)) == {"minimum_contributors", "numerators", "group_disclosure"}
    assert set(asked(own, minimum_contributors=2, numerators=False)) == {"minimum_contributors", "group_disclosure"}
    assert set(asked(own, minimum_contributors=2, group_disclosure=False)) == {"minimum_contributors", "numerators"}


def test_a_limit_of_the_catalogue_says_so() -> None:
    sources = {name: one.source for name, one in asked(made(), minimum_contributors=3, minimum_households=2,
                                                       by_default=True).items()}  # fmt: skip
    assert sources == {
        "minimum_contributors": "catalogue, list protection", "numerators": "catalogue, list protection",
        "group_disclosure": "catalogue, list protection", "minimum_households": "study file",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["minimum_contributors", "minimum_households"])
def test_a_limit_below_nothing_is_refused_and_nothing_is_none(name: str) -> None:
    own = made(minimum=0)
    with pytest.raises(ProtectionError, match="negative") as stop:
        withhold(with_rules(own, **{name: -1}).plan, own.figures, own.contributions)
    assert stop.value.where == f"protection.{name}"
    for limit in (0, 1):
        left = withhold(with_rules(own, **{name: limit}).plan, own.figures, own.contributions)
        assert hidden(left.figures) == set()
    assert isinstance(left.figures, EstimateTable)
