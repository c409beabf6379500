"""Fay-Herriot on the milk data (You and Chapman 2006), against R sae 1.3: variance, coefficients, values, errors."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from countersign import inference
from countersign.estimation.small_areas.fay_herriot import AreaModel, fay_herriot
from real_data import shared


def milk() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with shared("inference", "milk.csv").open() as file:
        rows = list(csv.DictReader(file))
    y, sd, major = (np.array([float(row[name]) for row in rows]) for name in ("yi", "SD", "MajorArea"))
    return y, sd**2, np.column_stack([np.ones(len(y)), *(major == k for k in (2, 3, 4))])


@pytest.mark.parametrize("method", ["REML", "ML", "FH"])
def test_all_three_methods_agree_with_r(method: str) -> None:
    known = json.loads(shared("inference", "fay_herriot_milk.json").read_text())[method]
    y, psi, x = milk()
    made: AreaModel = fay_herriot(y, psi, x=x, method=method)  # type: ignore[arg-type]
    assert made.between == pytest.approx(known["refvar"], rel=1e-11)
    np.testing.assert_allclose(made.coefficients, list(known["beta"].values()), rtol=1e-11)
    np.testing.assert_allclose(np.sqrt(np.diag(made.covariance)), known["se_beta"], rtol=1e-11)
    np.testing.assert_allclose(made.values, known["eblup"], rtol=1e-11)
    np.testing.assert_allclose(made.mse, known["mse"], rtol=1e-11)
    assert (made.log_likelihood, made.aic, made.bic) == pytest.approx(
        (known["loglik"], known["aic"], known["bic"]), rel=1e-11
    )


def test_the_verb_gives_the_same_figures_from_the_file() -> None:
    known = json.loads(shared("inference", "fay_herriot_milk.json").read_text())["REML"]
    table = inference.estimate_areas(
        shared("inference", "milk.csv"), value="yi", standard_error="SD", area="SmallArea", on=["MajorArea"],
        categories=["MajorArea"], n="ni",
    )  # fmt: skip
    np.testing.assert_allclose([one.value for one in table], known["eblup"], rtol=1e-11)
    np.testing.assert_allclose([one.standard_error**2 for one in table], known["mse"], rtol=1e-10)
    assert [one.n for one in table][:2] == [191, 633]
    assert all(one.convention == "t" and one.degrees == 39 for one in table)
