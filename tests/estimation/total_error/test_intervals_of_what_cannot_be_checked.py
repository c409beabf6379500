"""TotalError.interval: what it gives, widens for and refuses; and figures checked elsewhere."""

from __future__ import annotations

import math

import pytest

from countersign.errors import EstimationError
from countersign.estimation.total_error import learn_total_error
from countersign.model.total_error import Checked


def checked(count: int, *, kind: str = "", raw: bool = True, error: float = 0.05) -> list[Checked]:
    found = []
    for k in range(count):
        truth = 0.3 + 0.02 * k
        estimate = truth + error * (1 + k % 3)
        found.append(Checked(f"{kind}q{k}", "yes", estimate, truth, estimate + 0.1 if raw else None, 0.01, 500, kind))
    return found


@pytest.mark.parametrize(("count", "refused"), [(0, True), (1, True), (9, True), (10, False), (11, False)])
def test_ten_questions_are_the_fewest(count: int, refused: bool) -> None:
    learnt = learn_total_error(checked(count))
    assert bool(learnt.refused) is refused
    assert len(learnt.items) == count
    if refused:
        with pytest.raises(EstimationError, match=f"{count} questions have an official answer"):
            learnt.interval(0.4, raw=0.4)
        assert learnt.coverage is None
    else:
        lower, upper = learnt.interval(0.4, raw=0.4)
        assert 0 <= lower < 0.4 < upper <= 1


def test_a_level_that_the_questions_cannot_support_is_refused() -> None:
    learnt = learn_total_error(checked(18))
    with pytest.raises(EstimationError, match="at least 19"):
        learnt.interval(0.4, raw=0.4, level=0.95)
    assert learn_total_error(checked(19)).interval(0.4, raw=0.4, level=0.95)
    for level in (0.0, 1.0, 1.5):
        with pytest.raises(EstimationError, match="not between 0 and 1"):
            learnt.interval(0.4, raw=0.4, level=level)


def test_it_grows_with_the_level_the_movement_and_the_sampling_error() -> None:
    learnt = learn_total_error(checked(20))

    def width(**words: float) -> float:
        lower, upper = learnt.interval(0.4, words.pop("se", 0.0), raw=words.pop("raw", 0.4), **words)
        return upper - lower

    assert width(level=0.5) < width(level=0.8) < width(level=0.95)
    assert width(raw=0.4) < width(raw=0.5) < width(raw=0.7)
    assert width(se=0.005) == width() < width(se=0.05) < width(se=0.2)


def test_yes_and_no_are_mirrored() -> None:
    learnt = learn_total_error(checked(12))
    lower, upper = learnt.interval(0.2, 0.02, raw=0.3)
    assert learnt.interval(0.8, 0.02, raw=0.7) == pytest.approx((1 - upper, 1 - lower))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_none_and_all_have_an_interval_within_zero_and_one(value: float) -> None:
    lower, upper = learn_total_error(checked(12)).interval(value, raw=value)
    assert 0 <= lower <= value <= upper <= 1
    assert upper - lower > 0


@pytest.mark.parametrize("value", [-0.1, 1.1, 40.0, math.nan])
def test_what_is_not_a_share_is_refused(value: float) -> None:
    with pytest.raises(EstimationError, match="not a share"):
        learn_total_error(checked(12)).interval(value, raw=0.5)
    with pytest.raises(EstimationError, match="not all of its figures are shares"):
        learn_total_error([*checked(12), Checked("x", "yes", value, 0.5, 0.5)])


def test_the_raw_share_is_needed_where_movements_scale() -> None:
    with pytest.raises(EstimationError, match="unweighted share is not given"):
        learn_total_error(checked(12)).interval(0.4)
    lower, upper = learn_total_error(checked(12, raw=False)).interval(0.4)
    assert lower < 0.4 < upper


def test_a_kind_with_enough_questions_stands_alone_and_another_does_not() -> None:
    good, bad = checked(12, kind="home", error=0.01), checked(4, kind="civic", error=0.15)
    learnt = learn_total_error([*good, *bad])
    pooled = learnt.interval(0.4, raw=0.45)
    alone = learnt.interval(0.4, raw=0.45, kind="home")
    assert alone[1] - alone[0] < pooled[1] - pooled[0]
    assert learnt.interval(0.4, raw=0.45, kind="civic") == pooled == learnt.interval(0.4, raw=0.45, kind="new")


def test_a_category_that_is_there_twice_is_refused() -> None:
    with pytest.raises(EstimationError, match="there twice"):
        learn_total_error([*checked(12), checked(1)[0]])


def test_intervals_of_checked_figures_come_from_the_other_questions() -> None:
    figures = checked(14)
    learnt = learn_total_error(figures)
    wild = [Checked("q0", "yes", 0.9, 0.1, 0.95, 0.01, 500), *figures[1:]]
    again = learn_total_error(wild)
    assert again.checked[0].lower != learnt.checked[0].lower  # another estimate
    own = learnt.without("q0").interval(0.35, 0.01, raw=0.45)
    assert again.without("q0").interval(0.35, 0.01, raw=0.45) == own
    assert (learnt.checked[0].lower, learnt.checked[0].upper) == pytest.approx(own)


def test_it_says_what_it_rests_on() -> None:
    learnt = learn_total_error(checked(12))
    assert learnt.sentence().startswith("Rests on 12 questions with an official answer (12 categories)")
    assert len(learnt.rows()) == 12
    assert learnt.rows()[0]["item"] in learnt.items
    assert "0 questions" in learn_total_error([]).sentence()
