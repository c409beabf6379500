"""Answers and their relations, beside slow forms: dense matrices, and leaving a question out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from studies import cells_of, prepared, study

from countersign.errors import EstimationError
from countersign.estimation import total_error as room


def test_shares_and_correlations_are_those_of_dense_dummies_also_with_missing_answers() -> None:
    rng = np.random.default_rng(3)
    size = 400
    columns = {f"q{k}": rng.choice(["a", "b", "ü"], size=size).astype(object) for k in range(4)}
    columns["q1"][rng.random(size) < 0.3] = None
    columns["q3"][rng.random(size) < 0.1] = None
    weight = rng.uniform(0.5, 3, size)
    answers = room.answers_of(cells_of(columns, weight), list(columns))
    dense, asked = [], []
    for name, values in columns.items():
        known = np.array([value is not None for value in values])
        for category in answers.categories[answers.questions.index(name)]:
            dense.append((values == category).astype(float))
            asked.append(known.astype(float))
    x, there = np.array(dense).T, np.array(asked).T
    w = weight[:, None]
    share = (w * x).sum(0) / (w * there).sum(0)
    assert answers.share == pytest.approx(share, rel=1e-12)
    assert answers.raw == pytest.approx(x.sum(0) / there.sum(0), rel=1e-12)
    centred = there * (x - share)
    spread = np.sqrt((w * there).sum(0) * share * (1 - share))
    alike = (centred * w).T @ centred / np.outer(spread, spread)
    assert answers.alike == pytest.approx(alike, abs=1e-12)
    assert answers.n == pytest.approx(there.sum(0))
    assert answers.n_effective == pytest.approx((w * there).sum(0) ** 2 / (w**2 * there).sum(0))


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("nugget", [0.03, 1.0])
def test_leaving_a_question_out_in_one_step_is_solving_again_without_it(power: int, nugget: float) -> None:
    answers, truth = prepared(*study(1, items=9))
    names = list(answers.questions)
    whole = room.Relations(answers, truth, names, powers=(power,), nuggets=(nugget,))
    for name in ("q0", "q5"):
        rest = [other for other in names if other != name]
        without = room.Relations(answers, truth, rest, powers=(power,), nuggets=(nugget,))
        fast, slow = whole.left_out(name), without.other(name)
        assert fast.estimate == pytest.approx(slow.estimate, rel=1e-9)
        assert fast.standard_error == pytest.approx(slow.standard_error, rel=1e-8)


def test_a_question_is_estimated_the_same_whatever_else_was_asked() -> None:
    columns, truth = study(7, items=9)
    answers, official = prepared(columns, truth)
    few = {name: values for name, values in columns.items() if name not in ("q7", "q8")}
    less, own = prepared(few, {name: truth[name] for name in few})
    known = [name for name in few if name != "q0"]
    more = room.Relations(answers, official, known).other("q0")
    assert more.estimate == pytest.approx(room.Relations(less, own, known).other("q0").estimate, rel=1e-9)


def test_with_power_one_it_is_ridge_calibration() -> None:
    answers, truth = prepared(*study(2, items=6))
    names = [name for name in answers.questions if name != "q2"]
    nugget = 0.3
    found = room.Relations(answers, truth, names, powers=(1,), nuggets=(nugget,))
    at = np.concatenate([answers.places[name] for name in names])
    own = answers.places["q2"]
    turned = 2 * np.arcsin(np.sqrt(answers.share))
    error = turned[at] - 2 * np.arcsin(np.sqrt(truth[at]))
    slope = np.linalg.solve(answers.alike[np.ix_(at, at)] + nugget * np.eye(len(at)), answers.alike[np.ix_(at, own)])
    assert found.other("q2").estimate == pytest.approx(np.sin((turned[own] - error @ slope) / 2) ** 2, rel=1e-9)


def test_errors_that_have_nothing_to_do_with_each_other_correct_nothing() -> None:
    columns, truth = study(4, items=25, people=3000, selection=0.0, misreporting=0.15)
    answers, official = prepared(columns, truth)
    items = [name for name in truth if name.startswith("q")]
    relations = room.Relations(answers, official, [*items, "age", "sex"], judged=items)
    before, after = [], []
    for name in items:
        places = answers.places[name]
        before += np.abs(answers.share[places] - official[places]).tolist()
        after += np.abs(relations.left_out(name).estimate - official[places]).tolist()
    assert np.mean(after) < 1.1 * np.mean(before)


def test_selection_on_what_answers_share_is_corrected_for_a_question_never_checked() -> None:
    before, after = [], []
    for seed in range(8):
        columns, truth = study(seed, items=20, people=2000)
        answers, official = prepared(columns, truth)
        known = [name for name in truth if name not in ("q0", "q1", "q2", "q3")]
        relations = room.Relations(answers, official, known)
        for name in ("q0", "q1", "q2", "q3"):
            places = answers.places[name]
            before += np.abs(answers.share[places] - official[places]).tolist()
            after += np.abs(relations.other(name).estimate - official[places]).tolist()
    assert np.mean(after) < 0.6 * np.mean(before)


def test_an_answer_nobody_gave_and_one_the_benchmark_lacks_have_their_place() -> None:
    columns = {"q": np.array(["a", "a", "c", "c"], dtype=object), "r": np.array(["x", "y", "x", "y"], dtype=object)}
    answers = room.answers_of(cells_of(columns), ["q", "r"], also={"q": ("a", "b")})
    truth = room.official_shares(answers, {"q": {"a": 30.0, "b": 70.0}, "r": {"x": 0.5, "y": 0.5}})
    assert answers.categories[0] == ("a", "b", "c")
    assert truth[answers.places["q"]].tolist() == [0.3, 0.7, 0.0]
    assert room.Relations(answers, truth, ["q", "r"]).left_out("q").estimate == pytest.approx([0.5, 0.0, 0.5], abs=1e-9)


def test_everybody_answering_alike_is_no_obstacle() -> None:
    columns, truth = study(6, items=5)
    columns["q1"][:] = "0"
    answers, official = prepared(columns, truth)
    relations = room.Relations(answers, official, list(truth))
    for name in truth:
        found = relations.left_out(name)
        assert np.isfinite(found.estimate).all()
        assert ((found.estimate >= 0) & (found.estimate <= 1)).all()


def test_numbers_and_words_for_the_same_category_meet() -> None:
    columns = {"q": [1, 0, 1, 1], "r": [1.0, 2.0, 1.0, 2.0]}
    answers = room.answers_of(cells_of(columns), ["q", "r"])
    assert answers.categories == (("0", "1"), ("1", "2"))
    assert room.official_shares(answers, {"q": {"1": 1, 0: 3}})[:2].tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("columns", "questions", "truth", "words"),
    [
        ({"q": ["a", "b"]}, ["p"], {}, "'p' is not in the data"),
        ({"q": [None, None]}, ["q"], {}, "Nobody answered"),
        ({"q": []}, ["q"], {}, "no respondents"),
        ({"q": ["a", "b"]}, ["q"], {"q": {"a": 0.0}}, "are not counts"),
        ({"q": ["a", "b"]}, ["q"], {"q": {"a": -1.0, "b": 2.0}}, "are not counts"),
        ({"q": ["a", "b"], "r": ["a", "b"]}, ["q", "r"], {"q": {"a": 1.0}}, "'r' has no official shares"),
    ],
)
def test_what_cannot_be_used_is_refused(
    columns: dict[str, list[object]], questions: list[str], truth: dict[str, dict[object, float]], words: str
) -> None:
    def tried() -> room.Relations:
        answers = room.answers_of(cells_of(columns), questions)
        return room.Relations(answers, room.official_shares(answers, truth), questions)

    with pytest.raises(EstimationError, match=words):
        tried()
