"""Codes and numbers do what the plain matrix of dummies does, and refuse what does not match."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.model.cells import Cells
from countersign.model.regressors import regress_on


def cells(**keys: list[object]) -> Cells:
    length = len(next(iter(keys.values())))
    n = np.ones(length)
    empty = np.zeros((length, 0))
    columns = {name: np.fromiter(values, dtype=object, count=length) for name, values in keys.items()}
    return Cells(columns, (), n.astype(np.int64), n, n, empty, empty, np.zeros((length, 0, 0)), empty)


@given(st.integers(3, 25), st.integers(0, 2**32 - 1))
def test_products_agree_with_the_plain_matrix(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = cells(
        a=[*"xyz", *rng.choice(list("xyz"), length)],
        b=["u", "v", "u", *rng.choice(["u", "v"], length)],
        c=rng.normal(size=length + 3).tolist(),
    )
    (model,) = regress_on([one], ["a", "b", ("a", "b"), "c"], numeric=["c"])
    x = model.dense()
    amount, b = rng.normal(size=len(model)), rng.normal(size=(model.size, 2))
    np.testing.assert_allclose(model.times(b), x @ b, atol=1e-12)
    np.testing.assert_allclose(model.times(b[:, 0]), x @ b[:, 0], atol=1e-12)
    np.testing.assert_allclose(model.sums(amount), x.T @ amount, atol=1e-12)
    np.testing.assert_allclose(model.sums(np.column_stack([amount, amount])), np.column_stack([x.T @ amount] * 2))
    np.testing.assert_allclose(model.gram(amount), x.T @ (amount[:, None] * x), atol=1e-11)


def test_two_samples_have_the_same_columns_in_the_same_order() -> None:
    first, second = regress_on([cells(a=["x", "y", "z"]), cells(a=["z", "y", "x"])], ["a"])
    assert first.columns == second.columns == ("(intercept)", "a=y", "a=z")
    np.testing.assert_array_equal(first.dense(), second.dense()[::-1])


def test_a_category_that_one_sample_lacks_is_refused_by_name() -> None:
    with pytest.raises(EstimationError, match=r"In the volunteers nobody has a = z") as caught:
        regress_on([cells(a=["x", "y"]), cells(a=["x", "y", "z"])], ["a"], names=["the volunteers", "the survey"])
    assert "not lumped" in caught.value.problem


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(EstimationError, match="1 rows of sample 1 have no value of 'a'"):
        regress_on([cells(a=["x", None])], ["a"])


def test_an_unknown_variable_is_refused_with_the_nearest() -> None:
    with pytest.raises(EstimationError, match="Did you mean 'region'"):
        regress_on([cells(region=["x"])], ["regoin"])
