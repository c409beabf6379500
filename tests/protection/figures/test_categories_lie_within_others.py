"""Groups lie within wider ones where their categories lie in those of another variable: districts by sex in areas."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, product

import pytest

from countersign.model.contribution import Nesting
from countersign.protection.figures.records import Domain
from countersign.protection.figures.system import nested, shared

AREAS = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}
LANDS = {"a": "n", "b": "n", "c": "s"}
DECADES = {"20": "20s", "21": "20s", "30": "30s"}
NESTINGS = [Nesting("district", "area", AREAS), Nesting("area", "land", LANDS), Nesting("age", "decade", DECADES)]
FROM = {"district": {"district"}, "area": {"area", "district"}, "land": {"land", "area", "district"},
        "age": {"age"}, "decade": {"decade", "age"}, "sex": {"sex"}}  # fmt: skip
"""Variable -> those that tell it."""

PEOPLE = [
    {"district": district, "area": area, "land": LANDS[area], "age": age, "decade": DECADES[age], "sex": sex}
    for district, area in AREAS.items()
    for age in DECADES
    for sex in "fm"
    if (district, age, sex) not in {("a1", "20", "m"), ("b1", "30", "f"), ("c1", "21", "f")}
]
BREAKDOWNS = [
    frozenset(names)
    for size in range(4)
    for names in combinations(FROM, size)
    if sum(name in names for name in ("district", "area", "land")) < 2 and not {"age", "decade"} <= {*names}
]


def group(person: dict[str, str], names: frozenset[str]) -> Domain:
    return frozenset((name, person[name]) for name in names)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("names", BREAKDOWNS, ids=lambda names: " ".join(sorted(names)) or "all")
def test_the_groups_within_a_wider_one_are_those_of_its_people(names: frozenset[str], turned: bool) -> None:
    """In whatever order nestings are named; of breakdowns that the group is not a part of nothing is said."""
    expected: dict[Domain, set[Domain]] = defaultdict(set)
    for kept in BREAKDOWNS:
        if not kept <= names and all(FROM[name] & names for name in kept):
            for person in PEOPLE:
                expected[group(person, kept)].add(group(person, names))
    domains = dict.fromkeys(group(person, names) for person in PEOPLE)
    found = list(nested(domains, BREAKDOWNS, NESTINGS[::-1] if turned else NESTINGS))
    assert {whole: set(parts) for whole, parts in found} == expected
    assert [len(parts) for _, parts in found] == [len(expected[whole]) for whole, _ in found], "each once"


def test_a_wider_category_of_the_same_variable_takes_the_place_of_the_narrow_one() -> None:
    wider = Nesting("area", "area", {"a": "a and b", "b": "a and b", "a and b": "a and b"})
    domains = [frozenset({("area", area), ("sex", "f")}) for area in ("a", "b", "c", "a and b")]
    found = dict(nested(domains, [frozenset({"area"}), frozenset({"area", "sex"}), frozenset({"sex"})], [wider]))
    assert found == {
        frozenset({("area", "a and b")}): domains[:2],
        frozenset({("area", "a and b"), ("sex", "f")}): domains[:2],
    }


def test_a_category_that_lies_in_no_other_is_left_out() -> None:
    domains = [frozenset({("district", district)}) for district in ("a1", "x", "a2")]
    found = dict(nested(domains, [frozenset({"area"})], NESTINGS))
    assert found == {frozenset({("area", "a")}): [domains[0], domains[2]]}


def test_a_group_that_has_both_variables_lies_in_its_own_category() -> None:
    moved = frozenset({("district", "a1"), ("area", "b")})
    assert dict(nested([moved], [frozenset({"area"})], NESTINGS[:1])) == {}
    assert dict(nested([moved], [frozenset({"land"})], NESTINGS)) == {frozenset({("land", "n")}): [moved]}


def test_everybody_is_in_no_category_though_one_has_no_name() -> None:
    blank = Nesting("district", "area", {"": "a", "a1": "a"})
    women = frozenset({("sex", "f")})
    assert dict(nested([women, frozenset()], [frozenset({"area"}), frozenset({"area", "sex"})], [blank])) == {}


# What breakdowns have in common ---------------------------------------------------------------------------------------


def told_by(names: frozenset[str]) -> set[frozenset[str]]:
    """Breakdowns by as many variables that the categories of these lie in."""
    wider = [[name for name in FROM if one in FROM[name]] for one in sorted(names)]
    return {frozenset(each) for each in product(*wider)}


def common(breakdowns: list[frozenset[str]]) -> set[frozenset[str]]:
    """Every breakdown that two of these, or of those found so, have in common; by definition, again and again."""
    found = set(breakdowns)
    while True:
        pairs = combinations([told_by(one) if one in breakdowns else {one} for one in found], 2)
        more = {a & b for one, other in pairs for a in one for b in other}
        if more <= found:
            return found - {*breakdowns}
        found |= more


SOME = [frozenset(names.split()) for names in ("district sex", "area age", "decade", "land sex age", "area decade sex")]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_groups_that_several_breakdowns_divide_are_told_by_each_of_them(size: int, turned: bool) -> None:
    for breakdowns in map(list, combinations(SOME, size)):
        groups = {names: list({group(person, names): None for person in PEOPLE}) for names in breakdowns}
        expected = {
            kept: {
                group(person, kept): {
                    frozenset(group(other, names) for other in PEOPLE if group(other, kept) == group(person, kept))
                    for names in breakdowns
                    if all(FROM[name] & names for name in kept)
                }
                for person in PEOPLE
            }
            for kept in common(breakdowns)
        }
        found = shared(groups, NESTINGS[::-1] if turned else NESTINGS)
        assert {
            kept: {whole: {*map(frozenset, divisions)} for whole, divisions in own.items()}
            for kept, own in found.items()
        } == expected
        for own in found.values():
            for divisions in own.values():
                assert all(len(parts) == len({*parts}) for parts in divisions), "each once"


def test_what_breakdowns_have_in_common_comes_in_the_same_order_in_every_run() -> None:
    groups = {
        names: list({group(person, names): None for person in PEOPLE})
        for names in (frozenset({"district", "age", "sex"}), frozenset({"area", "age", "sex"}))
    }
    assert [" ".join(sorted(names)) for names in shared(groups, NESTINGS)] == [
        "sex", "age sex", "area sex", "decade sex", "land sex",
        "age land sex", "area decade sex", "decade land sex",
    ]  # fmt: skip
