"""Calibration on numbers meets its totals; weights and errors are those of R survey 4.5."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "estimation"))
from reduction import expected, schools

from countersign.errors import WeightingError
from countersign.estimation.regression import row_covariance
from countersign.weighting import calibrate
from real_data import shared

CASES = [
    ("greg_linear", "linear", 0.0, np.inf),
    ("greg_linear_bounded", "linear", 0.8, 1.25),
    ("greg_raking", "raking", 0.0, np.inf),
    ("greg_logit", "logit", 0.6, 1.6),
]


def api(distance, lower, upper):
    rows = schools()
    x = np.array(
        [[1.0, r["stype"] == "H", r["stype"] == "M", r["sch.wide"] == "Yes", r["api99"]] for r in rows], dtype=float
    )
    totals = np.array(list(expected("apistrat_calibration.json")["greg_totals"].values()))
    base = np.array([r["pw"] for r in rows])
    return rows, calibrate(x, totals, base=base, distance=distance, lower=lower, upper=upper), base


@pytest.mark.parametrize(("case", "distance", "lower", "upper"), CASES)
def test_weights_are_those_of_r_survey(case, distance, lower, upper):
    _, found, base = api(distance, lower, upper)
    with shared("inference", "apistrat_calibration_weights.csv").open(newline="") as lines:
        theirs = np.array([float(row[case]) for row in csv.DictReader(lines)])
    np.testing.assert_allclose(found.factor * base, theirs, rtol=1e-8)


@pytest.mark.parametrize(("case", "distance", "lower", "upper"), CASES)
def test_estimates_and_errors_are_those_of_r_survey(case, distance, lower, upper):
    rows, found, base = api(distance, lower, upper)
    told = expected("apistrat_calibration.json")[case]
    w = found.factor * base
    columns = {name: np.array([r[name] for r in rows]) for name in ("api00", "api99", "enroll")}
    strata = {
        "stratum": np.array([r["stype"] for r in rows]),
        "fpc": np.array([r["fpc"] for r in rows]),
    }

    def mean(y, inside=None):
        inside = np.ones(len(rows)) if inside is None else inside
        total = (w * inside).sum()
        value = (w * inside * y).sum() / total
        return value, inside * (y - value) / total

    scores = []
    for name in ("api00", "api99"):
        value, u = mean(columns[name])
        np.testing.assert_allclose(value, told["mean"]["est"][name], rtol=1e-10)
        scores.append(u)
    matrix, degrees = row_covariance(found.residuals(np.stack(scores, axis=1)), **strata)
    np.testing.assert_allclose(matrix[0, 0], told["mean"]["vcov"][0][0], rtol=1e-8)
    assert np.sqrt(abs(matrix[1, 1])) < 1e-8  # api99 is a calibration variable: no error
    assert degrees == told["mean"]["df"]
    total, _ = row_covariance(found.residuals(columns["enroll"][:, None]), **strata)
    np.testing.assert_allclose((w * columns["enroll"]).sum(), told["total_enroll"]["est"]["enroll"], rtol=1e-10)
    np.testing.assert_allclose(np.sqrt(total[0, 0]), told["total_enroll"]["se"]["enroll"], rtol=1e-8)
    for key, name in (("domain", "stype"), ("domain2", "awards")):
        for row in told[key]:
            value, u = mean(columns["api00"], np.array([float(r[name] == row[name]) for r in rows]))
            v, _ = row_covariance(found.residuals(u[:, None]), **strata)
            np.testing.assert_allclose(value, row["api00"], rtol=1e-10)
            np.testing.assert_allclose(np.sqrt(v[0, 0]), row["se"], rtol=1e-8)


def test_linear_calibration_of_two_rows_by_hand():
    # g = 1 + a + b x with x = 1, 3; sum g = 4, sum g x = 9 -> g = 1.5, 2.5
    found = calibrate(np.array([[1.0, 1.0], [1.0, 3.0]]), np.array([4.0, 9.0]))
    assert found.factor == pytest.approx([1.5, 2.5])


@pytest.mark.parametrize("distance", ["linear", "logit"])
def test_bounds_that_bind_are_kept_and_totals_are_met(distance):
    x = np.column_stack([np.ones(5), [1.0, 2.0, 3.0, 4.0, 10.0]])
    totals = np.array([5.0, 24.0])
    free = calibrate(x, totals)
    assert free.factor.max() > 1.4
    bound = calibrate(x, totals, distance=distance, lower=0.6, upper=1.4)
    assert bound.factor.max() <= 1.4 + 1e-12
    assert bound.factor.min() >= 0.6
    np.testing.assert_allclose(x.T @ bound.factor, totals, rtol=1e-10)


def test_totals_that_cannot_be_met_are_refused():
    x = np.column_stack([np.ones(3), [1.0, 2.0, 3.0]])
    with pytest.raises(WeightingError, match="did not converge"):
        calibrate(x, np.array([3.0, 30.0]), distance="raking")
    with pytest.raises(WeightingError, match="bounds"):
        calibrate(x, np.array([3.0, 6.0]), distance="logit", lower=1.1, upper=2.0)
    with pytest.raises(WeightingError, match="missing"):
        calibrate(np.array([[np.nan]]), np.array([1.0]))
