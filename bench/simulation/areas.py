"""Small areas: Fay-Herriot from direct values, Battese-Harter-Fuller from units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign import inference
from simulation.scenario import Outcome, Scenario, attempt, outcome
from simulation.tables import table

AREAS = 40
METHODS = ("REML", "ML", "FH")
DIRECT = "Fay-Herriot, {}"
ALONE = "Fay-Herriot, REML, four areas without a direct value"
BENCHMARKED = "Fay-Herriot, REML, benchmarked to the direct total"
AREA_MODELS = (*(DIRECT.format(one) for one in METHODS), ALONE, BENCHMARKED)


def area_model(
    rng: np.random.Generator, *, heavy: bool = False, understated: float = 1.0, shifted: float = 0.0
) -> Mapping[str, Any]:
    """Make areas: value x b + u, direct value with error; estimate the values."""
    x = rng.uniform(0, 4, AREAS)
    u = rng.normal(0, 1, AREAS)
    if heavy:
        u = np.where(rng.random(AREAS) < 0.1, rng.normal(0, 3.2, AREAS), rng.normal(0, 0.35, AREAS))
    truth = 10 + 1.5 * x + u
    psi = rng.uniform(0.5, 2.0, AREAS)
    direct = truth + shifted + rng.normal(0, np.sqrt(psi))
    columns = {"area": np.array([f"a{d:02}" for d in range(AREAS)]), "x": x, "y": direct, "v": psi * understated}
    gone = direct.copy()
    gone[:4] = np.nan

    def made(y: Any, **options: Any) -> Any:
        return inference.estimate_areas(
            table(columns | {"y": y}), value="y", area="area", variance="v", on=["x"], **options
        ).estimates  # fmt: skip

    found = {
        DIRECT.format(one): attempt(lambda one=one: outcome(truth, list(made(direct, method=one))))  # type: ignore[misc]
        for one in METHODS
    }
    return found | {
        ALONE: attempt(lambda: outcome(truth[:4], list(made(gone))[:4])),
        BENCHMARKED: attempt(lambda: outcome(truth, list(made(direct, benchmark="ratio")))),
    }


REML = "unit level (BHF), REML"
ML = "unit level (BHF), ML"
BOOTSTRAP = "unit level (BHF), REML, bootstrap of 100 draws"
UNIT_MODELS = (REML, ML)


def unit_model(rng: np.random.Generator, *, selective: float = 0.0, skewed: bool = False) -> Mapping[str, Any]:
    """Make areas of 400 units, draw 3 to 10 of each, and estimate the means of the areas."""
    count, size = 30, 400
    area = np.repeat(np.arange(count), size)
    x = rng.normal(2, 1, count * size) + rng.normal(0, 0.5, count)[area]
    e = (rng.exponential(2.0, count * size) - 2.0) * 1.0 if skewed else rng.normal(0, 2.0, count * size)
    y = 5 + 2 * x + rng.normal(0, 1.0, count)[area] + e
    units = rng.integers(3, 11, count)
    key = np.log(rng.random(count * size)) / np.exp(selective * (y - 9))
    rows = np.concatenate([d * size + np.argsort(-key[d * size : (d + 1) * size])[: units[d]] for d in range(count)])
    name = np.array([f"a{d:02}" for d in range(count)])
    sample = table({"area": name[area[rows]], "x": x[rows], "y": y[rows]})
    known = table({"area": name, "x": np.bincount(area, x) / size, "size": np.full(count, size)})
    truth = np.bincount(area, y) / size

    def made(**options: Any) -> Outcome:
        found = inference.estimate_areas_from_units(
            sample, known, mean="y", area="area", on=["x"], size="size", **options
        )
        return outcome(truth, list(found.estimates))

    return {REML: attempt(made), ML: attempt(lambda: made(method="ML"))}


def bootstrapped(rng: np.random.Generator) -> Mapping[str, Any]:
    """The same with a parametric bootstrap."""
    count, n = 20, 5
    area = np.repeat(np.arange(count), n)
    x = rng.normal(2, 1, count * n)
    means = rng.normal(2, 0.3, count)
    u = rng.normal(0, 1.0, count)
    y = 5 + 2 * x + u[area] + rng.normal(0, 2.0, count * n)
    name = np.array([f"a{d:02}" for d in range(count)])
    sample, known = table({"area": name[area], "x": x, "y": y}), table({"area": name, "x": means})
    truth = 5 + 2 * means + u

    def made() -> Outcome:
        found = inference.estimate_areas_from_units(
            sample, known, mean="y", area="area", on=["x"], mse="bootstrap", draws=100, seed=int(rng.integers(1 << 30))
        )
        return outcome(truth, list(found.estimates))

    return {BOOTSTRAP: attempt(made)}


def world(made: Callable[..., Mapping[str, Any]], **options: Any) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: made(rng, **options)


SCENARIOS = (
    Scenario(
        "areas: normal areas, known variances",
        "40 areas; the value is a line in one covariate plus a normal effect; sampling variances from 0.5 to 2 are"
        " known. Coverage is the mean over areas.",
        dict.fromkeys(AREA_MODELS, ""),
        world(area_model),
    ),
    Scenario(
        "areas: a few areas unlike the others",
        "As before, but one area in ten differs by far more: effects are not normal.",
        dict.fromkeys(AREA_MODELS, "effects of areas are far from normal"),
        world(area_model, heavy=True),
    ),
    Scenario(
        "areas: variances said to be half of what they are",
        "As the first, but the sampling variances handed over are half the true ones.",
        dict.fromkeys(AREA_MODELS, "the sampling variances are half of the true ones"),
        world(area_model, understated=0.5),
    ),
    Scenario(
        "areas: direct values that are biased",
        "As the first, but every direct value is 1 too high.",
        dict.fromkeys(AREA_MODELS, "the direct values are biased; a model of areas cannot see that"),
        world(area_model, shifted=1.0),
    ),
    Scenario(
        "areas: units drawn by chance",
        "30 areas of 400 units; 3 to 10 of each are drawn by chance; means of one covariate are known.",
        dict.fromkeys(UNIT_MODELS, ""),
        world(unit_model),
    ),
    Scenario(
        "areas: skewed units",
        "As before, with errors of units that are strongly skewed.",
        dict.fromkeys(UNIT_MODELS, "errors of units are exponential, not normal"),
        world(unit_model, skewed=True),
    ),
    Scenario(
        "areas: units with high answers come more often",
        "As before, but within areas units with high answers are more likely to be seen.",
        dict.fromkeys(UNIT_MODELS, "the answer itself decides which units are seen"),
        world(unit_model, selective=0.3),
    ),
    Scenario(
        "areas: units, bootstrap",
        "20 areas with 5 units each of very many.",
        {BOOTSTRAP: ""},
        bootstrapped,
        populations=150,
    ),
)
