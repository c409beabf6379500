"""The Polish job-vacancy survey and central job offers: R nonprobsvy 0.2.3, and an independent dense computation."""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from slow_two_samples import Rows, slow

import countersign
from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double
from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted
from countersign.estimation.nonprobability.target import Target, TwoPartResult
from countersign.model.propensity import KnownTotals, Propensity
from countersign.study.inferring.propensity import reference_sample
from countersign.study.inferring.rows import cells_of
from countersign.weighting.propensity import fit_propensity
from real_data import shared

ON = ["region", "private", "nace", "size"]
N = 51870.0
SHIFT = Target("single_shift", "y", share=True)


@cache
def expected() -> dict[str, Any]:
    return json.loads(shared("inference", "nonprob_jvs_admin.json").read_text())


@cache
def sides() -> tuple[Any, Any]:
    text = {"region": {"type": "category"}}
    admin = countersign.read(shared("inference", "admin.csv"), variables=text)
    jvs = countersign.read(shared("inference", "jvs.csv"), variables=text)
    volunteers = cells_of(admin, by=ON, measures={"y": "single_shift"})
    return volunteers, reference_sample(jvs, on=ON, weight="weight", strata="size")


@cache
def fitted(method: str) -> Propensity:
    volunteers, reference = sides()
    return fit_propensity(volunteers, [reference], on=ON, method=method)  # type: ignore[arg-type]


@cache
def rows() -> Rows:
    """Treatment coding by hand, rows in the order of the files."""

    def read(name: str) -> list[dict[str, str]]:
        with shared("inference", name).open(newline="") as lines:
            return list(csv.DictReader(lines))

    admin, jvs = read("admin.csv"), read("jvs.csv")
    levels = {name: sorted({row[name] for row in jvs}) for name in ON}

    def matrix(table: list[dict[str, str]]) -> np.ndarray:
        columns = [[1.0] * len(table)]
        columns += [[float(row[name] == level) for row in table] for name in ON for level in levels[name][1:]]
        return np.array(columns).T

    y = np.array([float(row["single_shift"] == "TRUE") for row in admin])
    return Rows(
        matrix(admin), y, matrix(jvs), np.array([float(row["weight"]) for row in jvs]),
        stratum=np.array([row["size"] for row in jvs]),
    )  # fmt: skip


@cache
def dense(method: str, family: str, known: float | None) -> Any:
    return slow(rows(), method, family, known, start=np.round(fitted(method).coefficients, 3))


def weighted(method: str, **options: Any) -> TwoPartResult:
    return estimate_weighted(fitted(method), SHIFT, **options)


def double(method: str, family: Any, **options: Any) -> TwoPartResult:
    return estimate_double(fit_double(fitted(method), SHIFT, family=family), **options)


KNOWN: dict[str, Any] = {"estimator": "horvitz-thompson", "population": N}


@pytest.mark.parametrize(
    ("key", "result", "tolerance"),
    [
        # their maximum likelihood fit stops early: the sum of weights is 3e-8 short of the solution
        ("ipw_logit_mle", lambda: weighted("mle", **KNOWN), 1e-6),
        ("ipw_logit_gee_h1", lambda: weighted("calibrated", **KNOWN), 1e-9),
        ("ipw_logit_gee_h1", lambda: weighted("calibrated"), 1e-9),
        ("dr_logit_gaussian", lambda: double("mle", "linear", **KNOWN), 1e-6),
        ("dr_logit_binomial", lambda: double("mle", "logistic", **KNOWN), 1e-6),
    ],
)
def test_points_are_those_of_nonprobsvy(key: str, result: Any, tolerance: float) -> None:
    assert float(result().value[0]) == pytest.approx(expected()[key]["est"], rel=tolerance)


def test_coefficients_and_weights_are_those_of_nonprobsvy() -> None:
    for method, key, tolerance in (("mle", "ipw_logit_mle", 1e-6), ("calibrated", "ipw_logit_gee_h1", 1e-9)):
        told = expected()[key]
        assert fitted(method).coefficients == pytest.approx(list(told["selection_coef"].values()), rel=tolerance)
        weights = fitted(method).weights
        assert weights.total == pytest.approx(told["ipw_weights"]["sum"], rel=tolerance)
        assert weights.weight2.sum() == pytest.approx(told["ipw_weights"]["sumsq"], rel=tolerance)
        # where they stop early, their largest weight is 1.2e-6 from the solution
        largest = pytest.approx(told["ipw_weights"]["max"], rel=max(tolerance, 2e-6) if method == "mle" else tolerance)
        assert weights.factor.max() == largest


def test_the_hajek_mean_divides_by_the_sum_of_weights() -> None:
    """0.7083229 = sum_A(wy)/sum_A w; the package divides by 51,870 without being told that number."""
    result = weighted("mle")
    assert float(result.value[0]) == pytest.approx(0.7083229, abs=5e-8)
    assert result.size[0] == pytest.approx(52898.1325640, abs=1e-6)
    assert np.sqrt([result.own[0], result.reference[0]]) == pytest.approx([0.00486, 0.00840], abs=5e-6)


def test_the_parts_that_the_package_has_right_are_met() -> None:
    """V_B with N taken as known; the minus sign in V_A gives 0.005676 where the package has 0.01698."""
    result = weighted("mle", **KNOWN)
    assert np.sqrt(result.reference[0]) == pytest.approx(expected()["ipw_logit_mle"]["se_prob"], rel=1e-6)
    assert np.sqrt(result.own[0]) == pytest.approx(0.005676, abs=5e-7)
    result = weighted("calibrated", **KNOWN)
    assert np.sqrt(result.reference[0]) == pytest.approx(expected()["ipw_logit_gee_h1"]["se_prob"], rel=1e-9)
    assert np.sqrt(result.own[0]) == pytest.approx(0.004626, abs=5e-7)


def test_totals_in_place_of_the_survey_give_the_same_point() -> None:
    volunteers, reference = sides()
    counts = {}
    for name in ON:
        code, labels = reference.cells.codes([name])
        counts[name] = dict(zip([label[0] for label in labels], np.bincount(code, reference.cells.weight), strict=True))
    known = fit_propensity(volunteers, KnownTotals(counts), on=ON, method="calibrated")
    result = estimate_weighted(known, SHIFT)
    assert float(result.value[0]) == pytest.approx(expected()["ipw_logit_poptotals"]["est"], rel=1e-9)
    assert result.reference[0] == 0
    assert result.own[0] == pytest.approx(weighted("calibrated").own[0], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mle", "calibrated"])
@pytest.mark.parametrize("family", ["", "linear", "logistic"])
@pytest.mark.parametrize("known", [None, N])
def test_an_independent_dense_computation_gives_the_same(method: str, family: str, known: float | None) -> None:
    options = {} if known is None else KNOWN
    result = double(method, family, **options) if family else weighted(method, **options)
    told = dense(method, family, known)
    assert float(result.value[0]) == pytest.approx(told.value, rel=1e-9)
    assert result.own[0] == pytest.approx(told.own, rel=1e-8)
    assert result.reference[0] == pytest.approx(told.reference, rel=1e-8)


def test_chances_above_one_are_refused_where_so_many_took_part() -> None:
    with pytest.raises(countersign.errors.WeightingError, match="chance of taking part above 1"):
        fitted("adjusted-logistic")
