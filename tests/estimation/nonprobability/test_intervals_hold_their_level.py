"""Simulation: hundreds of populations, each with volunteers and a survey of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from self_selection import World

from countersign.estimation.nonprobability.bootstrap import bootstrap_double, bootstrap_weighted
from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double
from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted
from countersign.estimation.nonprobability.target import Target, TwoPartResult
from countersign.weighting.propensity import fit_propensity, refit

YES = Target("yes", "yes", share=True)
ON = ["x1", "x2"]
METHODS = ["mle", "calibrated", "adjusted-logistic", "doubly robust"]


def figure(world: World, method: str, by: tuple[str, ...] = ()) -> list[TwoPartResult]:
    volunteers, survey = world.volunteers(), world.survey()
    model: Any = "mle" if method == "doubly robust" else method
    fitted = fit_propensity(volunteers, [survey], on=ON, method=model)
    if method != "doubly robust":
        return [estimate_weighted(fitted, YES, by=group) for group in ((), by)]
    double = fit_double(fitted, YES)
    return [estimate_double(double, by=group) for group in ((), by)]


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True], ids=["strata", "clusters"])
@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_the_truth_as_often_as_they_say(method: str, clustered: bool) -> None:
    gaps, errors, gaps_of_g, errors_of_g = [], [], [], []
    for seed in range(600):
        world = World(seed, link="log" if method == "adjusted-logistic" else "logit", clustered=clustered)
        everybody, parts = figure(world, method, ("g",))
        gaps.append(everybody.value[0] - world.truth)
        errors.append(everybody.se[0])
        gaps_of_g.append(parts.value - world.truth_of_g)
        errors_of_g.append(parts.se)
    gap, error = np.array(gaps), np.array(errors)
    assert abs(gap.mean()) < 3.5 * gap.std() / np.sqrt(600)
    assert np.sqrt((error**2).mean()) == pytest.approx(gap.std(ddof=1), rel=0.10)
    assert 0.93 <= (np.abs(gap) < 1.96 * error).mean() <= 0.97
    # each of two domains by itself: the chance of leaving 92.5 to 97.5 % at a true 95 % is below 1 in 200
    inside = np.abs(np.array(gaps_of_g)) < 1.96 * np.array(errors_of_g)
    assert (inside.mean(0) >= 0.925).all()
    assert (inside.mean(0) <= 0.975).all()


@pytest.mark.slow
def test_doubly_robust_is_right_if_either_model_is_and_wrong_if_neither() -> None:
    found: dict[str, list[float]] = {"both": [], "chances": [], "answers": [], "neither": [], "weighted": []}
    for seed in range(200):
        world = World(seed, size=20_000)
        volunteers, survey = world.volunteers(), world.survey(1_500)
        right = fit_propensity(volunteers, [survey], on=ON)
        wrong = fit_propensity(volunteers, [survey], on=["x1"])
        for name, chances, answers in (
            ("both", right, ON),
            ("chances", right, ["x1"]),
            ("answers", wrong, ON),
            ("neither", wrong, ["x1"]),
        ):
            double = fit_double(chances, YES, on=answers)
            found[name].append(float(estimate_double(double).value[0]) - world.truth)
        found["weighted"].append(float(estimate_weighted(wrong, YES).value[0]) - world.truth)
    bias = {name: float(np.mean(gaps)) for name, gaps in found.items()}
    noise = float(np.std(found["both"])) / np.sqrt(200)
    assert max(abs(bias["both"]), abs(bias["chances"]), abs(bias["answers"])) < 3.5 * noise
    assert min(bias["neither"], bias["weighted"]) > 20 * noise


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("clustered", [False, True], ids=["strata", "clusters"])
def test_drawing_both_samples_again_gives_the_standard_error(method: str, clustered: bool) -> None:
    world = World(3, size=24_000, link="log" if method == "adjusted-logistic" else "logit", clustered=clustered)
    volunteers, survey = world.volunteers(), world.survey(1_500)
    model: Any = "mle" if method == "doubly robust" else method
    fitted = fit_propensity(volunteers, [survey], on=ON, method=model)
    if method == "doubly robust":
        double = fit_double(fitted, YES)
        formula, spread = estimate_double(double).se, bootstrap_double(double, refit, replicates=400, seed=8)
    else:
        formula, spread = (
            estimate_weighted(fitted, YES).se,
            bootstrap_weighted(fitted, YES, refit, replicates=400, seed=8),
        )
    assert spread.failed == 0
    assert spread.values.shape == (400, 1)
    assert spread.se == pytest.approx(formula, rel=0.10)


def test_drawing_again_is_the_same_for_the_same_seed() -> None:
    world = World(4)
    fitted = fit_propensity(world.volunteers(), [world.survey()], on=ON)
    first, second, other = (bootstrap_weighted(fitted, YES, refit, replicates=3, seed=seed) for seed in (1, 1, 2))
    assert (first.values == second.values).all()
    assert (first.values != other.values).all()
