from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.outcome import fit_outcome
from countersign.estimation.regression import fit_regression
from countersign.model.cells import Cells
from countersign.model.regressors import regress_on


def cells_of(x: np.ndarray, z: np.ndarray, y: np.ndarray) -> Cells:
    """Rows to cells by x and z, with the measures y and answered."""
    answered = ~np.isnan(y)
    v = np.stack([np.where(answered, y, 0.0), answered.astype(float)], axis=1)
    pairs = sorted(set(zip(x.tolist(), z.tolist(), strict=True)))
    own = np.array([pairs.index(pair) for pair in zip(x.tolist(), z.tolist(), strict=True)])
    keys: dict[str, Any] = {name: np.empty(len(pairs), dtype=object) for name in ("x", "z")}
    keys["x"][:], keys["z"][:] = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    n = np.bincount(own)
    first = np.stack([np.bincount(own, column, len(pairs)) for column in v.T], axis=1)
    second = np.zeros((len(pairs), 2, 2))
    np.add.at(second, own, v[:, :, None] * v[:, None, :])
    return Cells(keys, ("y", "answered"), n, n.astype(float), n.astype(float), first, first, second, first)


def rows(seed: int, binary: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x, z = random.integers(0, 3, 200), random.integers(0, 4, 200) / 2
    mean = 0.4 * x - 0.7 * z + 0.3
    y = (random.random(200) < 1 / (1 + np.exp(-mean))).astype(float) if binary else mean + random.normal(size=200)
    y[:9] = np.nan
    return x, z, y


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_cells_give_the_coefficients_and_residuals_of_the_rows(seed: int, binary: bool) -> None:
    x, z, y = rows(seed, binary)
    cells = cells_of(x, z, y)
    (regressors,) = regress_on([cells], ["x", "z"], numeric=["z"])
    fitted = fit_outcome(cells, "y", regressors, "logistic" if binary else "linear", counted="answered")
    there = ~np.isnan(y)
    design = np.column_stack([np.ones(200), x == 1, x == 2, z])[there]
    slow = fit_regression(y[there], design, family="logit" if binary else "gaussian")
    np.testing.assert_allclose(fitted.coefficients, slow.coefficients, rtol=1e-6, atol=1e-8)
    linear = design @ fitted.coefficients
    mean = 1 / (1 + np.exp(-linear)) if binary else linear
    np.testing.assert_allclose(design.T @ (y[there] - mean), 0, atol=1e-9)  # the score, to the precision of floats
    assert fitted.residual2.sum() == pytest.approx(((y[there] - mean) ** 2).sum(), rel=1e-10)
    slope = mean * (1 - mean) if binary else np.ones(there.sum())
    np.testing.assert_allclose(fitted.inverse, np.linalg.inv(design.T @ (slope[:, None] * design)), rtol=1e-8)
    np.testing.assert_allclose(fitted.predict(regressors), fitted.predicted)


def test_columns_that_follow_from_each_other_are_named() -> None:
    x, _, y = rows(1, False)
    cells = cells_of(x, x.astype(float), y)
    (regressors,) = regress_on([cells], ["x", "z"], numeric=["z"])
    with pytest.raises(EstimationError, match=r"depend on each other: .*x=2"):
        fit_outcome(cells, "y", regressors, counted="answered")


def test_a_category_in_which_all_say_the_same_is_refused_in_a_logistic_model() -> None:
    x, z, y = rows(2, True)
    y[x == 2] = 1.0
    cells = cells_of(x, z, y)
    (regressors,) = regress_on([cells], ["x"])
    with pytest.raises(EstimationError, match=r"separation.*x=2"):
        fit_outcome(cells, "y", regressors, "logistic")


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_one_answer_for_everybody_has_a_linear_model_and_no_logistic_one(answer: float) -> None:
    x, z, y = rows(3, True)
    cells = cells_of(x, z, np.full_like(y, answer))
    (regressors,) = regress_on([cells], ["x"])
    assert fit_outcome(cells, "y", regressors).predicted == pytest.approx(np.full(len(cells), answer))
    with pytest.raises(EstimationError, match="Everybody gives the same answer"):
        fit_outcome(cells, "y", regressors, "logistic")


def test_numbers_are_refused_in_a_logistic_model_and_fewer_answers_than_columns_in_any() -> None:
    x, z, y = rows(4, False)
    cells = cells_of(x, z, y)
    (regressors,) = regress_on([cells], ["x"])
    with pytest.raises(EstimationError, match="answers other than 0 and 1"):
        fit_outcome(cells, "y", regressors, "logistic", counted="answered")
    few = cells_of(x, z, np.where(np.arange(200) < 10, y, np.nan))
    (regressors,) = regress_on([few], ["x", "z"])
    with pytest.raises(EstimationError, match="1 answers to 'y' and 6 columns"):
        fit_outcome(few, "y", regressors, counted="answered")
