"""A stranger adds up the groups that two breakdowns divide, though no row is of them."""

from __future__ import annotations

from itertools import permutations

import pytest
from counting import study

from countersign.model.contribution import Nesting
from countersign.protection.figures.reading import Known, Recalled, Seen, Withheld, forms_of, in_common, put_together

PLAN = study([{"area": "a", "answer": "yes"}]).plan
REGIONS = Nesting("district", "area", {"a1": "a", "a2": "a", "b1": "b"})


def row(n: int, **domain: str) -> Seen:
    return Seen("/".join(["food", *domain.values()]), "food", frozenset(domain.items()), n, None, True)


def said(known: Known, **domain: str) -> set[frozenset[float]]:
    """The numbers of the parts, of each sum that makes up the people of a group."""
    total = ("food", "n", frozenset(domain.items()))
    return {frozenset(known.values[part] for part in parts) for whole, parts in known.equations if whole == total}


def size(known: Known, **domain: str) -> float | None:
    return known.values.get(("food", "n", frozenset(domain.items())))


SEXES = [row(2, area="a", sex="f"), row(4, area="a", sex="m"), row(7, area="b", sex="f")]
AGES = [row(1, area="a", age="o"), row(5, area="a", age="y"), row(7, area="b", age="o")]


def test_areas_by_sex_and_by_age_tell_how_many_each_area_has() -> None:
    known = put_together(PLAN, [*SEXES, *AGES])
    assert (size(known, area="a"), size(known, area="b")) == (6, 7)
    assert said(known, area="a") == {frozenset({2, 4}), frozenset({1, 5})}
    assert said(known, area="b") == {frozenset({7})}
    shared = {("food", "n", frozenset({("area", area)})) for area in "ab"}
    assert known.shared == shared
    assert not known.shown & shared


def test_the_fullest_breakdown_tells_how_many_and_the_others_leave_people_out() -> None:
    known = put_together(PLAN, [*SEXES, *(row(one.n - (one.n > 4), **dict(one.group)) for one in AGES)])
    assert size(known, area="a") == 6
    assert said(known, area="a") == {frozenset({2, 4}), frozenset({1, 4})}, "1 and 4, and 1 without an age"


def test_a_single_breakdown_shares_nothing_and_a_row_of_its_own_is_enough() -> None:
    assert put_together(PLAN, SEXES).shared == set()
    own = put_together(PLAN, [*SEXES, *AGES, row(6, area="a"), row(7, area="b")])
    assert own.shared == set()


def test_where_a_part_is_withheld_nobody_knows_how_many_there_are() -> None:
    """Of an earlier release the women of a are withheld; of the new one nothing is of areas."""
    sexes = Recalled(shown=tuple(SEXES[1:]), withheld=(Withheld("food/a/f", "food", SEXES[0].group, False),))
    other = Recalled(
        shown=(row(7, area="b", work="town"),),
        withheld=(Withheld("food/a/t", "food", row(1, area="a", work="town").group, False),),
    )
    known = put_together(PLAN, [row(13)], recalled=[sexes, other])
    unknown, told = (("food", "n", frozenset({("area", area)})) for area in "ab")
    assert unknown in known.open & known.shared
    assert unknown not in known.values
    assert known.values[told] == 7
    complete = put_together(PLAN, [row(13), *AGES], recalled=[sexes, other])
    assert complete.values[unknown] == 6
    assert unknown not in complete.open


def test_districts_by_sex_and_areas_by_age_share_the_areas() -> None:
    districts = [row(2, district="a1", sex="f"), row(4, district="a2", sex="f"), row(7, district="b1", sex="m")]
    known = put_together(PLAN, [*districts, *AGES], nestings=[REGIONS])
    assert said(known, area="a") == {frozenset({2, 4}), frozenset({1, 5})}
    assert said(known, area="b") == {frozenset({7})}
    assert put_together(PLAN, [*districts, *AGES]).shared == set()


def test_a_group_of_a_district_and_of_another_area_lies_in_neither_twice() -> None:
    """Its wider form would have two areas, and no group has."""
    odd = [row(3, district="a1", area="b", sex="f"), row(4, district="a2", area="a", sex="f")]
    known = put_together(PLAN, [*odd, *AGES], nestings=[REGIONS])
    assert size(known, area="a") == 6
    assert size(known, area="b") == 7
    assert all(len(dict(group)) == len(group) for _, _, group in known.shared)


def test_breakdowns_without_a_variable_in_common_share_everybody() -> None:
    known = put_together(PLAN, [row(6, sex="f"), row(7, sex="m"), row(13, age="o")])
    assert size(known) == 13
    assert {frozenset({6, 7}), frozenset({13})} <= said(known)


def of(*names: str) -> dict[frozenset[str], list[tuple[frozenset[tuple[str, str]], list[frozenset[tuple[str, str]]]]]]:
    """Breakdowns by letters, each of one group."""
    groups = {frozenset(own): frozenset((name, "x") for name in own) for own in names}
    return {own: [(group, [group])] for own, group in groups.items()}


@pytest.mark.parametrize(
    ("names", "common"),
    [
        (("ab", "ac"), ["a"]),
        (("abc", "abd", "ae"), ["a", "ab"]),
        (("abx", "acx", "bcx"), ["ax", "bx", "cx", "x"]),
        (("a", "b"), [""]),
        (("ab", "a"), []),
        (("abc",), []),
        ((), []),
    ],
)
def test_what_any_two_have_in_common_is_named_in_one_order(names: tuple[str, ...], common: list[str]) -> None:
    expected = sorted((frozenset(one) for one in common), key=sorted)
    for order in permutations(names):
        assert in_common(of(*order)) == expected


def test_a_group_lies_within_others_step_by_step() -> None:
    land = Nesting("area", "country", {"a": "x"})
    own = frozenset({("district", "a1"), ("sex", "f")})
    assert forms_of(own, [land, REGIONS]) == [
        own, frozenset({("area", "a"), ("sex", "f")}), frozenset({("country", "x"), ("sex", "f")}),
    ]  # fmt: skip
    assert forms_of(own, []) == [own]
