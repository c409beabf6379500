"""What a form will bring about, before anybody is asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from countersign.errors import ProtectionError
from countersign.model.benchmark import Margin
from countersign.protection.risk import spreading
from countersign.protection.risk.blocks import bands, blocks_of, changed, choices
from countersign.protection.risk.foreseeing import foresee
from countersign.protection.risk.spreading import Counted, Spread

SEX = Margin(("sex",), {("f",): 50.0, ("m",): 50.0})


def made(*margins: Margin, keys: tuple[str, ...] = (), **options: object) -> object:
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
    assert bands(["10", "4"], 5, number=False) == []  # codes have no order
    assert bands(["15-19", "under 15", "20 to 24", "25+"], 2, number=False) == [0, 0, 1, 1]
    assert bands(["65 and over", "< 65"], 2, number=False) == [0, 0]
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


def test_the_limit_itself_is_met_and_a_hair_above_is_not() -> None:
    at = made(SEX, respondents=2, limit=0.5)  # the other one has the other sex
    assert (at.alone, at.safe, at.steps) == (0.5, True, ())  # type: ignore[attr-defined]
    above = made(SEX, respondents=2, limit=0.4999)
    assert not above.safe  # type: ignore[attr-defined]
    assert [(one.question, one.band, one.alone) for one in above.steps] == [("sex", 0, pytest.approx(0))]  # type: ignore[attr-defined]


def test_the_proposal_costs_least_detail() -> None:
    ages = Margin(("age",), {(f"{age}-{age + 4}",): 1.0 for age in range(0, 40, 5)})
    area = Margin(("area",), {(str(number),): 1.0 for number in range(3)})
    found = made(ages, area, respondents=20, limit=0.3)
    [step] = found.steps  # type: ignore[attr-defined]
    assert (step.question, step.band, step.neighbours) == ("age", 2, True)
    assert step.sentence() == "put 2 neighbouring answers of 'age' together"
    everything = {(one.question, one.band): one.alone for one in found.single}  # type: ignore[attr-defined]
    assert everything["area", 0] < everything["age", 2] <= 0.3 < found.alone  # type: ignore[attr-defined]
    assert list(everything.values()) == sorted(everything.values())


def test_several_questions_are_changed_where_one_is_not_enough() -> None:
    margins = [Margin((name,), {(str(n),): 1.0 for n in range(6)}) for name in "abcd"]
    found = made(*margins, respondents=20, limit=0.1)
    assert [one.band for one in found.steps] == [0, 0, 0]  # type: ignore[attr-defined]
    left = [one.alone for one in found.steps]  # type: ignore[attr-defined]
    assert left == sorted(left, reverse=True)
    assert left[-1] <= 0.1 < left[-2]
    assert made(*margins, respondents=2, limit=0.0).steps == ()  # type: ignore[attr-defined]


def test_whole_numbers_go_into_bands_only_where_they_are_amounts() -> None:
    ages = Margin(("age",), {(str(age),): 1.0 for age in range(100)})
    plain = made(ages, respondents=50)
    assert {one.band for one in plain.single} == {0}  # type: ignore[attr-defined]
    years = made(ages, respondents=50, numbers=["age"])
    assert {one.band for one in years.single} == {0, 2, 5, 10, 20}  # type: ignore[attr-defined]
    assert not any(one.neighbours for one in years.single)  # type: ignore[attr-defined]


def test_one_table_of_whole_people_is_drawn_from_without_replacement() -> None:
    joint = Margin(("sex",), {("f",): 1.0, ("m",): 9.0})
    assert made(joint, respondents=10, population=10).alone == pytest.approx(0.1)  # type: ignore[attr-defined]
    assert made(joint, respondents=10, population=10).upper == pytest.approx(0.1)  # type: ignore[attr-defined]
    assert made(joint, respondents=10).alone == pytest.approx(0.1 * 0.9**9 + 0.9 * 0.1**9)  # type: ignore[attr-defined]
    estimated = Margin(("sex",), {("f",): 0.5, ("m",): 9.5})
    assert made(estimated, respondents=10, population=10).alone != pytest.approx(0.05)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"respondents": 0}, "Nobody is to be asked"),
        ({"limit": -0.01}, "no part of the respondents"),
        ({"limit": 1.01}, "no part of the respondents"),
        ({"respondents": 101, "population": 100.0}, "There are 100 people"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, float], problem: str) -> None:
    with pytest.raises(ProtectionError, match=problem):
        made(SEX, **options)


def test_boundaries_of_what_can_be_meant() -> None:
    assert made(SEX, respondents=1, limit=1).alone == pytest.approx(1)  # type: ignore[attr-defined]
    assert made(SEX, respondents=100, population=100, limit=0).alone == pytest.approx(0)  # type: ignore[attr-defined]
    with pytest.raises(ProtectionError, match="by which questions"):
        foresee((), (), respondents=1, limit=0.1)
