"""Standard errors of mass imputation: against resampling, and against what happens in repeated samples."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_samples import gathered, population

from countersign.errors import BenchmarkError, EstimationError
from countersign.estimation.nonprobability.imputation import impute, impute_from_totals
from countersign.estimation.nonprobability.imputation_bootstrap import bootstrap_imputation
from countersign.model.design import Design
from countersign.model.reference import Reference

ON = ["a", "b", "x"]


@pytest.mark.parametrize(("model", "answer"), [("linear", "income"), ("logistic", "yes")])
def test_drawing_both_samples_again_gives_the_same_standard_error(model: str, answer: str) -> None:
    rng = np.random.default_rng(8)
    people = population(3)
    keys, answers = people.volunteers(rng)
    rows, weight = people.survey(rng, (240, 160))
    held = {name: column[rows] for name, column in people.columns.items()} | {
        "stratum": people.stratum[rows].astype(float),
        "weight": weight,
    }
    reference = Reference(gathered(held, {}, weight), Design(strata=("stratum",)))
    own = np.round(answers[answer], 1)
    volunteers = gathered({**keys, "answer": own}, {"y": own})
    found = impute(volunteers, reference, "y", ON, model=model, numeric=["x"])  # type: ignore[arg-type]
    spread = bootstrap_imputation(
        volunteers, reference, "y", ON, model=model, numeric=["x"], replicates=600, seed=5  # type: ignore[arg-type]
    )  # fmt: skip
    assert spread.failed == 0
    assert spread.se[0] == pytest.approx(found.se[0], rel=0.1)


def test_cells_that_mix_answers_are_not_resampled() -> None:
    cells = gathered({"a": np.zeros(3)}, {"y": np.array([0.0, 1.0, 1.0])})
    with pytest.raises(EstimationError, match="cannot be drawn again"):
        bootstrap_imputation(cells, Reference(cells, Design()), "y", ["a"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "answer", "k", "digits"),
    [
        ("linear", "income", 5, 0),
        ("logistic", "yes", 5, 0),
        ("nearest", "yes", 5, 0),
        ("nearest", "income", 1, 1),
        ("predictive-mean", "income", 1, 1),
        ("predictive-mean", "yes", 5, 1),
    ],
)
def test_intervals_hold_what_they_promise(model: str, answer: str, k: int, digits: int) -> None:
    # 1000 populations of 20 000, about 1 700 volunteers and 500 surveyed each. About a tenth of the population takes
    # part, which makes intervals a little too wide: they are for any population like this one.
    inside, gap, variance = [], [], []
    for run in range(1000):
        people, rng = population(1000 + run, rough=digits), np.random.default_rng([7, run])
        keys, answers = people.volunteers(rng)
        reference = people.reference(rng, (300, 200))
        found = impute(gathered(keys, answers), reference, answer, ON, model=model, k=k, numeric=["x"])  # type: ignore[arg-type]
        error = found.value[0] - people.answers[answer].mean()
        gap.append(error)
        variance.append(found.se[0] ** 2)
        inside.append(abs(error) < 1.96 * found.se[0])
    assert 0.93 <= np.mean(inside) <= 0.975
    assert np.sqrt(np.mean(variance)) / np.std(gap) == pytest.approx(1.03, abs=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["linear", "nearest"])
def test_intervals_of_domains_hold_too(model: str) -> None:
    inside = []
    for run in range(400):
        people, rng = population(1000 + run), np.random.default_rng([8, run])
        keys, answers = people.volunteers(rng)
        volunteers, reference = gathered(keys, answers), people.reference(rng, (300, 200))
        found = impute(volunteers, reference, "income", ON, model=model, numeric=["x"], by=["b"])  # type: ignore[arg-type]
        truth = [people.answers["income"][people.columns["b"] == b].mean() for b in range(3)]
        inside.append(np.abs(found.value - truth) < 1.96 * found.se)
    assert 0.93 <= np.mean(inside) <= 0.975


def small() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(2)
    a = rng.integers(0, 3, 40).astype(float)
    there = (rng.random(40) < 0.8) * 1.0
    return {"a": a}, {"y": (a + rng.normal(size=40)) * there, "there": there, "z": rng.normal(10, 5, 40)}


def test_each_target_has_its_own_standard_error_and_only_those_who_answered_count() -> None:
    keys, answers = small()
    both = gathered(keys, answers)
    reference = Reference(gathered({"a": np.array([0.0, 1.0, 1.0, 2.0])}, {}), Design())
    there = answers["there"] == 1
    for model in ("linear", "nearest"):
        asked = {"counted": "there", "model": model, "k": 3}
        alone = gathered({"a": keys["a"][there]}, {"y": answers["y"][there]})
        one = impute(both, reference, "y", ["a"], **asked)  # type: ignore[arg-type]
        expected = impute(alone, reference, "y", ["a"], model=model, k=3)  # type: ignore[arg-type]
        assert one.value[0] == pytest.approx(expected.value[0])
        assert one.se[0] == pytest.approx(expected.se[0])
        assert one.answered == int(there.sum())
        other = impute(both, reference, "z", ["a"], model=model, k=3)  # type: ignore[arg-type]
        assert other.se[0] > 1.5 * one.se[0]


def test_a_known_size_scales_the_mean_and_is_not_centred() -> None:
    keys, answers = small()
    reference = Reference(gathered({"a": np.array([0.0, 1.0, 1.0, 2.0])}, {}, np.array([10.0, 20, 30, 10])), Design())
    sample = gathered(keys, {"z": answers["z"]})
    estimated, known = (impute(sample, reference, "z", ["a"], population=size) for size in (None, 140.0))
    assert known.value[0] == pytest.approx(estimated.value[0] / 2)
    assert known.reference_part[0] > estimated.reference_part[0]


@pytest.mark.parametrize("model", ["linear", "nearest"])
def test_an_answer_that_never_varies_has_no_error(model: str) -> None:
    sample = gathered({"a": np.array([0.0, 0.0, 1.0, 1.0])}, {"y": np.full(4, 3.0)})
    found = impute(sample, Reference(sample, Design()), "y", ["a"], model=model, k=2)  # type: ignore[arg-type]
    assert found.value[0] == pytest.approx(3.0)
    assert found.se[0] == pytest.approx(0.0, abs=1e-9)


def test_an_unknown_model_is_refused_with_the_nearest() -> None:
    sample = gathered({"a": np.array([0.0, 1.0])}, {"y": np.array([0.0, 1.0])})
    with pytest.raises(EstimationError, match="Did you mean 'logistic'"):
        impute(sample, Reference(sample, Design()), "y", ["a"], model="logistics")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ({}, "no totals of a"),
        ({"a": {0.0: 5.0, 1.0: 5.0}}, "categories of 'a' differ"),
        ({"a": {0.0: 5.0, 1.0: 5.0, 2.0: 5.0}, "b": {0.0: 7.0, 1.0: 7.0}}, "disagree about the size"),
        ({"a": 3.0}, "needs a total for each"),
    ],
)
def test_totals_that_do_not_fit_are_refused(totals: dict[str, object], words: str) -> None:
    rng = np.random.default_rng(1)
    sample = gathered(
        {"a": rng.integers(0, 3, 30).astype(float), "b": rng.integers(0, 2, 30).astype(float)},
        {"y": rng.normal(size=30)},
    )
    terms = ["a", "b"] if "b" in totals else ["a"]
    with pytest.raises(BenchmarkError, match=words):
        impute_from_totals(sample, totals, "y", terms)  # type: ignore[arg-type]


def test_the_error_of_the_totals_is_carried_on() -> None:
    keys, answers = small()
    sample = gathered(keys, {"z": answers["z"]})
    totals = {"a": {0.0: 50.0, 1.0: 30.0, 2.0: 20.0}}
    exact = impute_from_totals(sample, totals, "z", ["a"])
    known = (["a=1.0", "a=2.0"], np.array([[9.0, -4.0], [-4.0, 16.0]]))
    found = impute_from_totals(sample, totals, "z", ["a"], covariance=known)
    mean = [answers["z"][keys["a"] == level].mean() for level in (0.0, 1.0, 2.0)]
    slope = np.array([mean[1] - mean[0], mean[2] - mean[0]]) / 100
    assert found.reference_part[0] ** 2 == pytest.approx(slope @ known[1] @ slope)
    assert found.value[0] == exact.value[0]
    assert found.volunteers_part[0] == exact.volunteers_part[0]
