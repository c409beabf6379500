"""What a form will bring about, before anybody is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from countersign.errors import ProtectionError
from countersign.model.benchmark import Margin
from countersign.model.foreseen_risk import Change, ForeseenRisk
from countersign.protection.risk import spreading
from countersign.protection.risk.blocks import bands, blocks_of, changed, choices
from countersign.protection.risk.foreseeing import foresee
from countersign.protection.risk.spreading import Counted, Spread

SEX = Margin(("sex",), {("f",): 50.0, ("m",): 50.0})


def made(*margins: Margin, keys: tuple[str, ...] = (), **options: object) -> Any:
    names = keys or tuple(name for margin in margins for name in margin.variables)
    blocks, equal = blocks_of(names, margins, {})
    return foresee(names, blocks, equal=equal, **{"respondents": 10, "limit": 0.05, **options})  # type: ignore[arg-type]


# Spreads ------------------------------------------------------------------------------------------------------------

shares = st.lists(st.floats(0.01, 1), min_size=1, max_size=5)


@settings(deadline=None)
@given(shares, shares, st.integers(1, 12))
def test_a_spread_counts_as_the_list_of_all_combinations(one: list[float], other: list[float], n: int) -> None:
    p = np.multiply.outer(np.array(one) / sum(one), np.array(other) / sum(other)).ravel()
    spread = Spread.of(one).times(Spread.of(other))
    assert spread.combinations == len(p)
    assert spread.alone(n) == pytest.approx((p * (1 - p) ** (n - 1)).sum(), rel=1e-9, abs=1e-12)
    assert spread.groups(n) == pytest.approx((1 - (1 - p) ** n).sum(), rel=1e-9)
    assert spread.below(2, n) == pytest.approx(spread.alone(n), rel=1e-9, abs=1e-12)
    two = p * ((1 - p) ** (n - 1) + (n - 1) * p * (1 - p) ** max(n - 2, 0))
    assert spread.below(3, n) == pytest.approx(two.sum() if n >= 3 else 1.0, rel=1e-9, abs=1e-12)


def test_answers_that_nobody_gives_are_no_combinations() -> None:
    assert Spread.of([0.5, 0.0, 0.5]).combinations == 2


def test_groups_of_fewer_than_k_hold_everybody_where_fewer_than_k_are_asked() -> None:
    spread = Spread.of([1.0])
    assert [spread.below(3, n) for n in (1, 2, 3, 4)] == [1.0, 1.0, pytest.approx(0.0), pytest.approx(0.0)]


def test_millions_of_combinations_are_put_together_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.gamma(0.5, size=90), rng.gamma(0.5, size=80)
    exact = Spread.of(first).times(Spread.of(second))
    monkeypatch.setattr(spreading, "_MOST", 2000)
    rough = Spread.of(first).times(Spread.of(second))
    assert len(rough.chance) <= 2001 < len(exact.chance)
    assert rough.combinations == exact.combinations == 7200
    assert float((rough.chance * rough.many).sum()) == pytest.approx(1)
    for n in (10, 1000, 100_000):
        assert rough.alone(n) == pytest.approx(exact.alone(n), rel=1e-3)


def test_equal_chances_are_kept_as_one() -> None:
    spread = Spread.of([1.0] * 1000).times(Spread.of([1.0] * 1000))
    assert (len(spread.chance), spread.many.tolist()) == (1, [1_000_000.0])


def test_so_many_chances_are_kept_apart_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, left in ((4, 4), (3, 4), (2, 3), (1, 2)):
        monkeypatch.setattr(spreading, "_MOST", most)
        assert len(Spread.of([1.0, 2.0, 4.0, 8.0]).chance) == left


@pytest.mark.parametrize(("most", "together"), [(4, [1.0, 1.0, 1.0, 1.0]), (3, [2.0, 1.0, 1.0])])
def test_chances_are_put_together_in_equal_steps_from_the_smallest_on(
    most: int, together: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "_MOST", most)
    assert Spread.of(2 ** np.array([0.0, 0.9, 1.1, 3.0])).many.tolist() == together  # steps of one doubling


def test_as_many_chances_as_are_kept_apart_stay_apart_however_close(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, left in ((4, 3), (3, 3), (2, 2)):
        monkeypatch.setattr(spreading, "_MOST", most)
        assert len(Spread.of([1.0, 1.01, 8.0]).chance) == left


def test_the_range_is_that_of_drawing() -> None:
    rng, p, n = np.random.default_rng(7), np.array([0.4, 0.3] + [0.01] * 30), 60
    drawn = [(np.bincount(rng.choice(32, n, p=p)) == 1).sum() / n for _ in range(4000)]
    spread = Spread.of(p)
    assert spread.alone(n) == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 4000**0.5)
    assert spread.spread_of_alone(n) == pytest.approx(np.std(drawn), rel=0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=6), st.data())
def test_drawing_from_a_counted_population_is_drawing_without_replacement(
    people: list[int], data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, sum(people)))
    total, counted = sum(people), Counted(np.array(people, dtype=float))
    for k in (2, 3, 5):
        wanted = sum(c / total * hypergeom.cdf(k - 2, total - 1, c - 1, n - 1) for c in people)
        assert counted.below(k, n) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert counted.alone(n) == counted.below(2, n)
    assert counted.groups(n) == pytest.approx(sum(1 - hypergeom.pmf(0, total, c, n) for c in people), rel=1e-9)


def test_whoever_asks_everybody_meets_the_truth() -> None:
    counted = Counted(np.array([1.0, 1.0, 2.0, 6.0]))
    assert [counted.below(k, 10) for k in (2, 3, 5)] == [pytest.approx(0.2), pytest.approx(0.4), pytest.approx(0.4)]
    assert counted.groups(10) == pytest.approx(4)


# Blocks -------------------------------------------------------------------------------------------------------------


def test_a_question_that_no_table_knows_takes_its_answers_as_equally_frequent() -> None:
    [block], equal = blocks_of(["job"], [], {"job": ["a", "b", "a"]})
    assert (block.names, block.codes.tolist(), block.counts.tolist()) == (("job",), [[0, 1]], [1.0, 1.0])
    assert (block.answers, equal) == ((("a", "b"),), ("job",))
    with pytest.raises(ProtectionError) as caught:
        blocks_of(["job"], [], {})
    assert caught.value.where == "population"


def test_shares_are_taken_as_well_as_people() -> None:
    [block], _ = blocks_of(["sex"], [Margin(("sex",), {("f",): 0.25, ("m",): 0.75, ("x",): 0.0})], {})
    assert block.counts.tolist() == [0.25, 0.75]
    assert block.detail("sex") == pytest.approx(-0.25 * np.log(0.25) - 0.75 * np.log(0.75))


def test_bands_of_one_question_of_several() -> None:
    people = {("f", "0-4"): 1.0, ("m", "0-4"): 2.0, ("f", "5-9"): 4.0, ("m", "10-14"): 8.0, ("f", "30+"): 16.0}
    [block], _ = blocks_of(["sex", "age"], [Margin(("sex", "age"), people)], {})
    assert choices(block, "age") == [2, 0]
    wide = changed(block, "age", 2)
    assert wide.names == ("sex", "age")
    assert wide.answers == (("f", "m"), ())
    found = {(int(s), int(a)): n for s, a, n in zip(*wide.codes, wide.counts, strict=True)}
    assert found == {(0, 0): 5.0, (1, 0): 2.0, (1, 1): 8.0, (0, 1): 16.0}
    gone = changed(wide, "sex", 0)
    assert (gone.names, gone.answers, gone.counts.tolist()) == (("age",), ((),), [7.0, 24.0])
    assert gone.detail("age") == pytest.approx(-(7 / 31) * np.log(7 / 31) - (24 / 31) * np.log(24 / 31))
    assert changed(gone, "age", 0).counts.tolist() == [31.0]


def test_a_band_that_nobody_is_in_is_no_detail() -> None:
    ages = Margin(("age",), {(str(age),): 1.0 for age in (0, 1, 2, 40)})
    [block], _ = blocks_of(["age"], [ages], {})
    wide = changed(block, "age", 10)
    assert wide.codes.tolist() == [[0, 4]]
    assert wide.detail("age") == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))


def test_the_margin_that_knows_most_questions_jointly_is_taken() -> None:
    joint = Margin(("sex", "area"), {("f", "n"): 1.0, ("m", "n"): 2.0, ("m", "s"): 0.0})
    blocks, equal = blocks_of(["area", "sex", "job"], [SEX, joint], {"job": ["a", "b", "a"]})
    assert [block.names for block in blocks] == [("area", "sex"), ("job",)]
    assert blocks[0].counts.tolist() == [1.0, 2.0]  # nobody lives in the south
    assert blocks[1].counts.tolist() == [1.0, 1.0]
    assert equal == ("job",)


def test_a_question_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(ProtectionError, match="distributed"):
        blocks_of(["sex", "job"], [SEX], {"job": []})
    with pytest.raises(ProtectionError, match="counts nobody"):
        blocks_of(["sex"], [Margin(("sex",), {("f",): 0.0})], {})
    with pytest.raises(ProtectionError, match="below zero"):
        blocks_of(["sex"], [Margin(("sex",), {("f",): 5.0, ("m",): -1.0})], {})


def test_bands_of_numbers_and_of_ranges() -> None:
    assert bands(["10", "4", "5", "12"], 5, number=True) == [2, 0, 1, 2]
    assert bands(["31", "20", "24"], 5, number=True) == [2, 0, 0]
    assert bands(["10", "4"], 5, number=False) == []  # codes have no order
    assert bands(["15-19", "under 15", "20 to 24", "25+"], 2, number=False) == [0, 0, 1, 1]
    assert bands(["25+", "under 15", "20-24", "15-19"], 2, number=False) == [1, 0, 1, 0]
    assert bands(["1-4", "under 1", "5-9"], 2, number=False) == [0, 0, 1]
    assert bands(["1-4", "5-9", "under 1"], 2, number=False) == [0, 1, 0]
    assert bands(["65 and over", "< 65"], 2, number=False) == [0, 0]
    assert bands(["0-4", "north"], 2, number=True) == []
    assert bands(["north", "south"], 2, number=True) == []


def test_only_bands_that_change_something_and_leave_something_are_offered() -> None:
    ages = Margin(("age",), {(str(age),): 1.0 for age in range(8)})
    [block], _ = blocks_of(["age"], [ages], {})
    assert choices(block, "age", number=True) == [2, 5, 0]
    assert choices(block, "age") == [0]
    assert changed(block, "age", 5).counts.tolist() == [5.0, 3.0]
    assert changed(block, "age", 0).counts.tolist() == [8.0]
    two, _ = blocks_of(["age"], [Margin(("age",), {("0",): 1.0, ("2",): 1.0})], {})
    assert choices(two[0], "age", number=True) == [0]  # bands of 2 change nothing, bands of 5 leave nothing


def test_leaving_a_question_out_adds_up_the_others() -> None:
    joint = Margin(("sex", "area"), {("f", "n"): 1.0, ("m", "n"): 2.0, ("f", "s"): 4.0})
    [block], _ = blocks_of(["sex", "area"], [joint], {})
    rest = changed(block, "sex", 0)
    assert (rest.names, sorted(rest.counts.tolist())) == (("area",), [3.0, 4.0])
    assert block.detail("sex") == pytest.approx(-(5 / 7) * np.log(5 / 7) - (2 / 7) * np.log(2 / 7))


# What is told -------------------------------------------------------------------------------------------------------


def test_everything_that_is_told_of_two_groups_of_questions() -> None:
    joint = Margin(("sex", "area"), {("f", "n"): 20.0, ("m", "n"): 20.0, ("f", "s"): 60.0})
    ages = Margin(("age",), {("0-4",): 50.0, ("5-9",): 25.0, ("10-14",): 25.0})
    found = foresee(
        ("sex", "area", "age"),
        blocks_of(["sex", "area", "age"], [joint, ages], {})[0],
        respondents=8,
        limit=0.2,
        population=100.0,
        equal=["age"],
        sensitive=["hiv"],
        notes=["a note"],
    )
    p = np.multiply.outer([0.2, 0.2, 0.6], [0.5, 0.25, 0.25]).ravel()

    def alone(p: Any, n: int = 8) -> Any:
        return pytest.approx((p * (1 - p) ** (n - 1)).sum())

    a = 8 * p * (1 - p) ** 7
    sd = np.sqrt((a * (1 - a)).sum() - (a * (1 - 8 * p)).sum() ** 2 / 8) / 8
    by_sex, by_area = np.multiply.outer([0.8, 0.2], [0.5, 0.25, 0.25]), np.multiply.outer([0.4, 0.6], [0.5, 0.25, 0.25])
    banded = np.multiply.outer([0.2, 0.2, 0.6], [0.75, 0.25])
    single = {
        ("age", 0): alone(np.array([0.2, 0.2, 0.6])),
        ("age", 2): alone(banded.ravel()),
        ("sex", 0): alone(by_area.ravel()),
        ("area", 0): alone(by_sex.ravel()),
    }
    assert {(one.question, one.band): one.alone for one in found.single} == single
    both = alone(np.multiply.outer([0.4, 0.6], [0.75, 0.25]).ravel())
    assert found.steps == (Change("age", 2, single["age", 2], neighbours=True), Change("sex", 0, both))
    assert {one.band: one.neighbours for one in found.single if one.question == "age"} == {0: False, 2: True}
    assert found == ForeseenRisk(
        respondents=8,
        population=100.0,
        keys=("sex", "area", "age"),
        together=(("sex", "area"), ("age",)),
        combinations=9,
        groups=pytest.approx((1 - (1 - p) ** 8).sum()),
        alone=alone(p),
        lower=pytest.approx(a.sum() / 8 - 1.959963984540054 * sd),
        upper=pytest.approx(a.sum() / 8 + 1.959963984540054 * sd),
        below={k: pytest.approx(sum(x * binom.cdf(k - 2, 7, x) for x in p)) for k in (2, 3, 5)},
        alone_in_population=alone(p, 100),
        limit=0.2,
        single=found.single,
        steps=found.steps,
        model="Respondents are drawn by chance from the shares of the table, one independently of the other."
        " Questions are taken as independent, except those known jointly (sex and area).",
        equal=("age",),
        sensitive=("hiv",),
        notes=("a note",),
    )


def test_everything_that_is_told_of_counted_people() -> None:
    joint = Margin(("sex",), {("f",): 1.0, ("m",): 9.0, ("x",): 10.0})
    found = made(joint, respondents=5, population=20.0, limit=0.2)
    p = np.array([1, 9, 10]) / 20
    a = 5 * p * (1 - p) ** 4
    sd = np.sqrt((a * (1 - a)).sum() - (a * (1 - 5 * p)).sum() ** 2 / 5) / 5 * 0.75**0.5
    expected = sum(c / 20 * hypergeom.cdf(0, 19, c - 1, 4) for c in (1, 9, 10))
    assert found.alone == pytest.approx(expected)
    assert found.alone_in_population == pytest.approx(0.05)
    assert found.lower == pytest.approx(max(0, expected - 1.959963984540054 * sd))
    assert found.upper == pytest.approx(expected + 1.959963984540054 * sd)
    assert found.groups == pytest.approx(sum(1 - hypergeom.pmf(0, 20, c, 5) for c in (1, 9, 10)))
    assert found.below[3] == pytest.approx(sum(c / 20 * hypergeom.cdf(1, 19, c - 1, 4) for c in (1, 9, 10)))
    assert found.model == "Respondents are drawn by chance, each person once, from the people that the table counts."


def test_the_assumptions_are_said() -> None:
    words = "Respondents are drawn by chance from the shares of the table, one independently of the other."
    other = Margin(("area",), {("n",): 1.0, ("s",): 1.0})
    assert made(SEX).model == words
    assert made(SEX, other).model == words + " Questions are taken as independent."
    joint = [Margin((f"a{n}", f"b{n}"), {("x", "y"): 1.0, ("z", "y"): 1.0}) for n in (1, 2)]
    assert made(*joint).model.endswith(" except those known jointly (a1 and b1; a2 and b2).")


def test_the_range_stays_within_nobody_and_everybody() -> None:
    found = made(SEX, respondents=3)
    assert (found.lower, found.alone, found.upper) == (0.0, pytest.approx(0.25), pytest.approx(0.674345, abs=1e-5))
    many = made(Margin(("id",), {(str(n),): 1.0 for n in range(400)}), respondents=4)
    assert 0 < many.lower < many.alone < many.upper == 1.0


def test_equal_changes_are_told_bands_first() -> None:
    block, _ = blocks_of(["sex", "age"], [SEX, Margin(("age",), {("0-4",): 2.0, ("5-9",): 1.0, ("10-14",): 1.0})], {})
    found = foresee(("sex", "age"), block, respondents=1, limit=1.0)
    assert [(one.question, one.band) for one in found.single] == [("age", 2), ("sex", 0), ("age", 0)]


def test_changes_are_told_the_one_that_helps_most_first() -> None:
    few, many = (
        Margin(("few",), {(str(n),): 1.0 for n in range(3)}),
        Margin(("many",), {(str(n),): 1.0 for n in range(9)}),
    )
    last = Margin(("last",), {(str(n),): 1.0 for n in range(2)})
    found = made(few, many, last, respondents=6, limit=0.04)
    assert [one.question for one in found.steps] == ["many", "few"]
    p, q = np.full(6, 1 / 6), np.full(2, 1 / 2)
    assert [one.alone for one in found.steps] == pytest.approx([(x * (1 - x) ** 5).sum() for x in (p, q)])


def test_more_than_three_questions_are_not_changed() -> None:
    margins = [Margin((name,), {("x",): 1.0, ("y",): 1.0}) for name in "abcd"]
    one_left = 0.5**9
    assert made(*margins, respondents=10, limit=one_left).steps[-1].alone == pytest.approx(one_left)
    assert made(*margins, respondents=10, limit=one_left / 2).steps == ()
    assert len(made(*margins[:3], respondents=10, limit=one_left / 2).steps) == 3


def test_a_change_that_leaves_exactly_the_limit_is_enough() -> None:
    other = Margin(("area",), {("n",): 1.0, ("s",): 1.0})
    assert [one.alone for one in made(SEX, other, respondents=2, limit=0.5).steps] == [0.5]
    assert len(made(SEX, other, respondents=2, limit=0.4999).steps) == 2


def test_questions_that_do_not_help_do_not_end_the_search() -> None:
    flat = [Margin((name,), {("x",): 99.0, ("y",): 1.0}) for name in ("a", "b")]
    steep = Margin(("c",), {(str(n),): 1.0 for n in range(20)})
    found = made(*flat, steep, respondents=30, limit=0.1)
    assert [one.question for one in found.steps] == ["c"]


def test_the_limit_itself_is_met_and_a_hair_above_is_not() -> None:
    at = made(SEX, respondents=2, limit=0.5)  # the other one has the other sex
    assert (at.alone, at.safe, at.steps) == (0.5, True, ())
    above = made(SEX, respondents=2, limit=0.4999)
    assert not above.safe
    assert [(one.question, one.band, one.alone) for one in above.steps] == [("sex", 0, pytest.approx(0))]


def test_the_proposal_costs_least_detail() -> None:
    ages = Margin(("age",), {(f"{age}-{age + 4}",): 1.0 for age in range(0, 40, 5)})
    area = Margin(("area",), {(str(number),): 1.0 for number in range(3)})
    found = made(ages, area, respondents=20, limit=0.3)
    [step] = found.steps
    assert (step.question, step.band, step.neighbours) == ("age", 2, True)
    assert step.sentence() == "put 2 neighbouring answers of 'age' together"
    everything = {(one.question, one.band): one.alone for one in found.single}
    assert everything["area", 0] < everything["age", 2] <= 0.3 < found.alone
    assert list(everything.values()) == sorted(everything.values())


def test_several_questions_are_changed_where_one_is_not_enough() -> None:
    margins = [Margin((name,), {(str(n),): 1.0 for n in range(6)}) for name in "abcd"]
    found = made(*margins, respondents=20, limit=0.1)
    assert [one.band for one in found.steps] == [0, 0, 0]
    left = [one.alone for one in found.steps]
    assert left == sorted(left, reverse=True)
    assert left[-1] <= 0.1 < left[-2]
    assert made(*margins, respondents=2, limit=0.0).steps == ()


def test_whole_numbers_go_into_bands_only_where_they_are_amounts() -> None:
    ages = Margin(("age",), {(str(age),): 1.0 for age in range(100)})
    plain = made(ages, respondents=50)
    assert {one.band for one in plain.single} == {0}
    years = made(ages, respondents=50, numbers=["age"])
    assert {one.band for one in years.single} == {0, 2, 5, 10, 20}
    assert not any(one.neighbours for one in years.single)


def test_one_table_of_whole_people_is_drawn_from_without_replacement() -> None:
    joint = Margin(("sex",), {("f",): 1.0, ("m",): 9.0})
    assert made(joint, respondents=10, population=10).alone == pytest.approx(0.1)
    assert made(joint, respondents=10, population=10).upper == pytest.approx(0.1)
    assert made(joint, respondents=10).alone == pytest.approx(0.1 * 0.9**9 + 0.9 * 0.1**9)
    estimated = Margin(("sex",), {("f",): 0.5, ("m",): 9.5})
    assert made(estimated, respondents=10, population=10).alone != pytest.approx(0.05)


@pytest.mark.parametrize(
    ("options", "where", "problem", "expected"),
    [
        ({"respondents": 0}, "respondents", "Nobody is to be asked.", "a whole number from 1 on"),
        ({"limit": -0.01}, "limit", "-0.01 is no part of the respondents.", "a number from 0 to 1, such as 0.05"),
        ({"limit": 1.01}, "limit", "1.01 is no part of the respondents.", "a number from 0 to 1, such as 0.05"),
        (
            {"respondents": 101, "population": 100.0},
            "respondents",
            "There are 100 people, and 101 are to be asked.",
            "no more respondents than people",
        ),
        (
            {"keys": ()},
            "keys",
            "It is not said by which questions people could be recognised.",
            "at least one question",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(options: Any, where: str, problem: str, expected: str) -> None:
    blocks, _ = blocks_of(["sex"], [SEX], {})
    with pytest.raises(ProtectionError) as caught:
        foresee(**{"keys": ("sex",), "blocks": blocks, "respondents": 10, "limit": 0.05, **options})
    error = caught.value
    assert (error.where, error.problem, error.expected, error.action) == (where, problem, expected, f"correct {where}=")


def test_boundaries_of_what_can_be_meant() -> None:
    assert made(SEX, respondents=1, limit=1).alone == pytest.approx(1)
    assert made(SEX, respondents=100, population=100, limit=0).alone == pytest.approx(0)
    with pytest.raises(ProtectionError, match="by which questions"):
        foresee((), (), respondents=1, limit=0.1)
