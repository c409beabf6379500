"""Small areas: Fay-Herriot from direct values, Battese-Harter-Fuller from units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.estimation import interval
from countersign.estimation.small_areas.benchmarking import benchmark_areas
from countersign.estimation.small_areas.fay_herriot import fay_herriot
from countersign.estimation.small_areas.measurement_error import fay_herriot_with_error
from countersign.estimation.small_areas.unit_bootstrap import bootstrap_mse
from countersign.estimation.small_areas.unit_level import predict_means
from countersign.estimation.small_areas.unit_moments import UnitMoments, unit_moments
from simulation.people import cells_from
from simulation.scenario import Outcome, Scenario, attempt

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
    x = np.column_stack([np.ones(AREAS), x])
    v = psi * understated
    gone = direct.copy()
    gone[:4] = np.nan

    def made(y: Any, method: Any = "REML", *, benchmark: bool = False) -> Outcome:
        model = fay_herriot(y, v, x=x, method=method)
        values, mse = model.values, model.mse
        if benchmark:
            w = np.ones(AREAS)
            done = benchmark_areas(values, mse, weights=w, total=float(w @ y), method="ratio")
            values, mse = done.values, done.mse
        return within(truth, values, mse, int(model.sampled.sum()) - 2)

    found = {DIRECT.format(one): attempt(lambda one=one: made(direct, one)) for one in METHODS}  # type: ignore[misc]
    return found | {
        ALONE: attempt(lambda: Outcome(*(column[:4] for column in made(gone)))),
        BENCHMARKED: attempt(lambda: made(direct, benchmark=True)),
    }


def within(truth: Any, values: Any, mse: Any, degrees: int) -> Outcome:
    """Return figures with the t intervals that `inference.estimate_areas` gives."""
    half = interval("t", value=0.0, se=1.0, n=1, degrees=degrees).upper * np.sqrt(mse)
    return Outcome(truth, values, np.sqrt(mse), values - half, values + half)


WITH_ERROR = "Fay-Herriot, error of the covariate known (Ybarra and Lohr)"
WITHOUT_ERROR = "Fay-Herriot, REML, covariate taken as exact"


def measured(rng: np.random.Generator) -> Mapping[str, Any]:
    """Make areas whose covariate is known with an error that differs between areas."""
    exact = rng.uniform(0, 4, AREAS)
    truth = 10 + 1.5 * exact + rng.normal(0, 1, AREAS)
    psi, c = rng.uniform(0.5, 2.0, AREAS), np.where(rng.random(AREAS) < 0.5, 0.05, 1.0)
    direct = truth + rng.normal(0, np.sqrt(psi))
    x = np.column_stack([np.ones(AREAS), exact + rng.normal(0, np.sqrt(c))])
    error = np.column_stack([np.zeros(AREAS), c])

    def made(model: Any) -> Outcome:
        return within(truth, model.values, model.mse, AREAS - 2)

    return {
        WITH_ERROR: attempt(lambda: made(fay_herriot_with_error(direct, psi, x=x, error=error))),
        WITHOUT_ERROR: attempt(lambda: made(fay_herriot(direct, psi, x=x))),
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
    moments = moments_of(area[rows], x[rows], y[rows])
    means = np.column_stack([np.ones(count), np.bincount(area, x) / size])
    truth, names = np.bincount(area, y) / size, tuple(f"{one:02}" for one in range(count))

    def made(method: Any) -> Outcome:
        model = predict_means(moments, areas=names, means=means, sizes=np.full(count, float(size)), method=method)
        return within(truth, model.values, model.mse, len(rows) - 2)

    return {REML: attempt(lambda: made("REML")), ML: attempt(lambda: made("ML"))}


def moments_of(area: Any, x: Any, y: Any) -> UnitMoments:
    """Reduce units to areas."""
    names = np.array([f"{one:02}" for one in range(int(area.max()) + 1)], dtype=object)
    cells = cells_from({"area": names[area].astype(str), "x": x, "y": y}, ("area",), ("y", "x"))
    return unit_moments(cells, area="area", y="y", x=["x"])


def bootstrapped(rng: np.random.Generator) -> Mapping[str, Any]:
    """The same with a parametric bootstrap."""
    count, n = 20, 5
    area = np.repeat(np.arange(count), n)
    x = rng.normal(2, 1, count * n)
    means = rng.normal(2, 0.3, count)
    u = rng.normal(0, 1.0, count)
    y = 5 + 2 * x + u[area] + rng.normal(0, 2.0, count * n)
    moments, columns = moments_of(area, x, y), np.column_stack([np.ones(count), means])
    truth, names = 5 + 2 * means + u, tuple(f"{one:02}" for one in range(count))
    seed = int(rng.integers(1 << 30))

    def made() -> Outcome:
        model = predict_means(moments, areas=names, means=columns)
        model = bootstrap_mse(model, moments, means=columns, draws=100, seed=seed)
        return within(truth, model.values, model.mse, count * n - 2)

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
        "areas: a covariate with an error of its own",
        "As the first, but the covariate is known with an error, variance 0.05 in half of the areas and 1 elsewhere.",
        {WITH_ERROR: "", WITHOUT_ERROR: "the covariate errs, more in some areas than in others"},
        measured,
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
