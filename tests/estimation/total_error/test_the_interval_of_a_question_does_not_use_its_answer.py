"""The heart of the promise: coverage is measured on questions whose official answer was used nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from studies import prepared, study

from countersign.errors import EstimationError
from countersign.estimation import total_error as room
from countersign.estimation.total_error.learning import checked_of
from countersign.model.total_error import of_checked


def test_another_official_answer_changes_no_interval_of_its_own_question() -> None:
    columns, truth = study(11, items=12)
    other = {**truth, "q3": dict(zip(truth["q3"], reversed(list(truth["q3"].values())), strict=True))}
    found = []
    for official in (truth, other):
        answers, shares = prepared(columns, official)
        learnt = room.learn_from_answers(answers, shares, [f"q{k}" for k in range(12)], by=["age", "sex"])
        found.append({(one.item, one.category): one for one in learnt.checked})
    assert {key for key in found[0] if key[0] == "q3"} == {key for key in found[1] if key[0] == "q3"}
    moved = 0
    for key, one in found[0].items():
        again = found[1][key]
        if key[0] == "q3":
            assert one.lower is not None
            assert (one.estimate, one.lower, one.upper) == (again.estimate, again.lower, again.upper)
        else:
            moved += (one.lower, one.upper) != pytest.approx((again.lower, again.upper), abs=1e-12)
    assert moved > 0  # the others do learn from it


def test_the_left_out_question_is_estimated_and_learnt_without_its_answer() -> None:
    columns, truth = study(12, items=12)
    items = [f"q{k}" for k in range(12)]
    answers, shares = prepared(columns, truth)
    learnt = room.learn_from_answers(answers, shares, items, by=["age", "sex"])
    rest = [name for name in items if name != "q7"]
    blind = shares.copy()
    blind[answers.places["q7"]] = np.nan
    relations = room.Relations(answers, blind, ["age", "sex", *rest], judged=rest)
    others = [one for name in rest for one in checked_of(answers, blind, name, relations.left_out(name), 0.02)]
    without = of_checked(others, level=0.9, minimum=11)
    predicted = relations.other("q7")
    full = {one.category: one for one in learnt.checked if one.item == "q7"}
    assert full
    for place, value, error in zip(predicted.places, predicted.estimate, predicted.standard_error, strict=True):
        one = full.get(answers.category(int(place)))
        if one is not None:
            ends = without.interval(float(value), float(error), raw=float(answers.raw[place]))
            assert (one.estimate, one.lower, one.upper) == pytest.approx((value, *ends), abs=1e-12)


@pytest.mark.parametrize("misreporting", [0.0, 0.12])
def test_simulated_studies_are_held_as_often_as_said(misreporting: float) -> None:
    held = []
    for seed in range(10):
        answers, shares = prepared(*study(100 + seed, items=14, people=500, misreporting=misreporting))
        learnt = room.learn_from_answers(answers, shares, [f"q{k}" for k in range(14)], by=["age", "sex"])
        held.append(learnt.coverage_by_item)
    assert 0.85 <= np.mean(held) <= 0.96


def test_advice_ranks_and_refuses() -> None:
    answers, shares = prepared(*study(21, items=14))
    items = [f"q{k}" for k in range(14)]
    advice = room.advise_questions(answers, shares, items, have=["q0", "q1"], by=["age", "sex"])
    assert [one.rank for one in advice.advised] == list(range(1, 13))
    gains = [one.gain for one in advice.advised]
    assert gains == sorted(gains, reverse=True)
    assert {one.item for one in advice.advised} == set(items) - {"q0", "q1"}
    assert len(room.advise_questions(answers, shares, items).advised) == 14
    with pytest.raises(EstimationError, match="on the form already"):
        room.advise_questions(answers, shares, items, have=items)
    with pytest.raises(EstimationError, match="takes more than 10"):
        room.advise_questions(answers, shares, items[:10])


def test_the_question_that_tells_most_is_advised_first() -> None:
    rng = np.random.default_rng(9)
    size = 30_000
    factor = rng.normal(size=size)
    chosen = np.argsort(-(factor + rng.gumbel(size=size)))[:2000]
    columns, truth = {}, {}
    for k in range(13):
        load = 2.0 if k == 0 else 0.6 if k < 7 else 0.0
        yes = factor * load + rng.normal(size=size) > 0
        columns[f"q{k}"] = np.where(yes[chosen], "yes", "no").astype(object)
        truth[f"q{k}"] = {"yes": float(yes.mean()), "no": float(1 - yes.mean())}
    answers, shares = prepared(columns, truth)
    advice = room.advise_questions(answers, shares, list(truth), have=["q12"])
    assert advice.advised[0].item == "q0"
    assert advice.advised[0].error_with < 0.6 * advice.advised[0].error_without
