"""Points, standard errors, covariances and design effects are those of R survey 4.5."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from reduction import equals, expected, field, one, people, present, reduced, schools

from countersign.estimation import covariance_of, estimate_ratio, fit_regression, prepare, rao_scott
from countersign.model.benchmark import Margin
from countersign.model.design import Design
from countersign.weighting import post_stratify, rake, trim
from real_data import shared

POINT, ERROR = 1e-10, 1e-8
FILES = [
    ("apistrat_taylor.json", Design(strata=("stype",), fpc="fpc")),
    ("apistrat_nofpc_taylor.json", Design(strata=("stype",))),
]
NHANES = Design(strata=("SDMVSTRA",), psu="SDMVPSU")


def close(found, wanted, tolerance):
    np.testing.assert_allclose(found, wanted, rtol=tolerance)


def api(rows=None, extra=()):
    measures = {
        "one": one,
        "api99": field("api99"),
        "api00": field("api00"),
        "enroll": field("enroll"),
        "enrolled": present("enroll"),
        "stu": field("api.stu"),
        **{f"wide{v}": equals("sch.wide", v) for v in ("No", "Yes")},
        **{f"awards{v}": equals("awards", v) for v in ("No", "Yes")},
        **{f"stype{v}": equals("stype", v) for v in "EHM"},
    }
    keys = ["stype", "fpc", "sch.wide", "awards", "comp.imp", "pw", *extra]
    return reduced(rows or schools(), keys, measures, "pw")


@pytest.mark.parametrize(("file", "design"), FILES)
def test_means_with_covariances(file, design):
    told = expected(file)
    value, matrix = covariance_of(api(), [("api99", "one"), ("api00", "one")], design=design)
    close(value, [told["mean"]["est"]["api99"], told["mean"]["est"]["api00"]], POINT)
    close(matrix, told["mean"]["vcov"], ERROR)
    result = estimate_ratio(api(), "api00", "one", design=design)
    close(result.se[0], told["mean"]["se"]["api00"], ERROR)
    assert result.degrees[0] == told["degf"] == 197


@pytest.mark.parametrize(("file", "design"), FILES)
@pytest.mark.parametrize("variable", ["api99", "api00"])
def test_design_effects_without_replacement(file, design, variable):
    """R's default deff has the finite population correction of the simple random sample, (W - n)/W; ours has not."""
    told = expected(file)
    total = told["weights"]["sum"]
    found = estimate_ratio(api(), variable, "one", design=design).deff[0]
    close(found * total / (total - 200), told["mean"]["deff"][variable], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_a_mean_with_missing_values_counts_those_present(file, design):
    told = expected(file)["mean_enroll_na_rm"]
    result = estimate_ratio(api(), "enroll", "enrolled", design=design)
    close(result.value[0], told["est"]["enroll"], POINT)
    close(result.se[0], told["se"]["enroll"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_totals_with_covariances(file, design):
    told = expected(file)["total"]
    value, matrix = covariance_of(api(), [("enroll", None), ("stu", None)], design=design)
    close(value, list(told["est"].values()), POINT)
    close(matrix, told["vcov"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_totals_of_strata_have_no_sampling_error(file, design):
    told = expected(file)["total_factor"]
    for level in "EHM":
        result = estimate_ratio(api(), f"stype{level}", None, design=design)
        close(result.value[0], told["est"][f"stype{level}"], POINT)
        assert result.se[0] == told["se"][f"stype{level}"] == 0


@pytest.mark.parametrize(("file", "design"), FILES)
def test_shares_of_categories_with_covariances(file, design):
    told = expected(file)["mean_factor"]
    pairs = [("wideNo", "one"), ("wideYes", "one"), ("awardsNo", "one"), ("awardsYes", "one")]
    value, matrix = covariance_of(api(), pairs, design=design)
    close(value, list(told["est"].values()), POINT)
    close(matrix, told["vcov"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_a_ratio_in_all_and_in_domains(file, design):
    told = expected(file)
    result = estimate_ratio(api(), "stu", "enroll", design=design)
    close(result.value[0], told["ratio"]["est"], POINT)
    close(result.se[0], told["ratio"]["se"], ERROR)
    parts = estimate_ratio(api(), "stu", "enroll", by=("sch.wide",), design=design)
    for row in told["domain_ratio"]:
        place = parts.place(row["sch.wide"])
        close(parts.value[place], row["api.stu/enroll"], POINT)
        close(parts.se[place], row["se.api.stu/enroll"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
@pytest.mark.parametrize(("key", "by"), [("domain_mean", ("stype",)), ("domain_mean2", ("sch.wide", "awards"))])
def test_means_of_domains(file, design, key, by):
    told = expected(file)[key]
    result = estimate_ratio(api(), "api00", "one", by=by, design=design)
    assert len(result.domains) == len(told)  # a combination without schools is absent
    for row in told:
        place = result.place(*(row[name] for name in by))
        close(result.value[place], row["api00"], POINT)
        close(result.se[place], row["se"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_totals_of_domains(file, design):
    result = estimate_ratio(api(), "enroll", None, by=("comp.imp",), design=design)
    for row in expected(file)["domain_total"]:
        place = result.place(row["comp.imp"])
        close(result.value[place], row["enroll"], POINT)
        close(result.se[place], row["se"], ERROR)


@pytest.mark.parametrize(("file", "design"), FILES)
def test_a_subset_keeps_the_strata_and_counts_its_own_degrees_of_freedom(file, design):
    rows = [{**row, "poor": str(row["meals"] > 50)} for row in schools()]
    told = expected(file)["subset_mean"]
    result = estimate_ratio(api(rows, ["poor"]), "api00", "one", by=("poor",), design=design)
    place = result.place("True")
    close(result.value[place], told["est"]["api00"], POINT)
    close(result.se[place], told["se"]["api00"], ERROR)
    assert result.degrees[place] == told["df"] == 77


@pytest.mark.parametrize(("file", "design"), FILES)
def test_the_rao_scott_test(file, design):
    told = expected(file)["chisq_F"]
    found = rao_scott(api(), "sch.wide", "stype", design=design)
    close(found.statistic, told["stat"], ERROR)
    close(found.numerator_degrees, told["ndf"], ERROR)
    close(found.denominator_degrees, told["ddf"], ERROR)
    close(found.p_value, told["p"], 1e-7)


@pytest.mark.parametrize(("file", "design"), FILES)
@pytest.mark.parametrize("family", ["gaussian", "logit"])
def test_regressions(file, design, family):
    rows = schools()
    told = expected(file)[f"glm_{family}"]
    names = list(told["coef"])[1:]
    x = np.array([[1.0, *(row[name] for name in names)] for row in rows])
    y = [row["api00"] if family == "gaussian" else float(row["sch.wide"] == "Yes") for row in rows]
    found = fit_regression(
        np.array(y),
        x,
        family=family,
        weight=np.array([row["pw"] for row in rows]),
        stratum=np.array([row["stype"] for row in rows]),
        fpc=np.array([row["fpc"] for row in rows]) if design.fpc else None,
    )
    close(found.coefficients, list(told["coef"].values()), POINT)
    close(found.se, list(told["se"].values()), ERROR)
    if "vcov" in told:
        np.testing.assert_allclose(found.covariance, told["vcov"], rtol=ERROR)


# --- clusters: NHANES ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nhanes():
    measures = {"high": field("HI_CHOL"), "known": present("HI_CHOL")}
    keys = ["SDMVSTRA", "SDMVPSU", "race", "RIAGENDR", "agecat"]
    return prepare(reduced(people(), keys, measures, "WTMEC2YR"), design=NHANES)


def test_a_clustered_mean_with_both_design_effects(nhanes):
    told = expected("nhanes_taylor.json")
    result = estimate_ratio(nhanes, "high", "known")
    close(result.value[0], told["mean"]["est"]["HI_CHOL"], POINT)
    close(result.se[0], told["mean"]["se"]["HI_CHOL"], ERROR)
    assert result.degrees[0] == told["degf"] == 16
    close(result.deff[0], told["deff_replace"], ERROR)
    n, total = result.n[0], result.denominator[0]
    assert n == 8591 - 745
    close(result.deff[0] * total / (total - n), told["deff"], ERROR)
    _, matrix = covariance_of(nhanes, [("high", "known")])
    close(matrix, told["mean"]["vcov"], ERROR)


@pytest.mark.parametrize(
    ("key", "by"), [("by_race", ("race",)), ("by_race_sex", ("race", "RIAGENDR")), ("by_age", ("agecat",))]
)
def test_clustered_domains(nhanes, key, by):
    result = estimate_ratio(nhanes, "high", "known", by=by)
    told = expected("nhanes_taylor.json")[key]
    assert len(told) == len(result.domains)
    for row in told:
        labels = [row[name] if name == "agecat" else float(row[name]) for name in by]
        place = result.place(*labels)
        close(result.value[place], row["HI_CHOL"], POINT)
        close(result.se[place], row["se"], ERROR)


def test_a_clustered_total(nhanes):
    told = expected("nhanes_taylor.json")["total"]
    result = estimate_ratio(nhanes, "high", None)
    close(result.value[0], told["est"]["HI_CHOL"], POINT)
    close(result.se[0], told["se"]["HI_CHOL"], ERROR)


# --- calibrated weights --------------------------------------------------------------------------------------------

CASES = [
    ("rake2", "alternating"),
    ("rake3", "alternating"),
    ("rake3_trim", "alternating"),
    ("rake3_trim_strict", "alternating"),
    ("cal_raking_3margins", "joint"),
    ("poststrat_stype", "joint"),
    ("poststrat_stype_schwide", "joint"),
]


def api_weights(case):
    """Fit to 1e-12, as the reference was."""
    counts = expected("api_population_totals.json")
    margins = [
        Margin((name,), {(key,): float(value) for key, value in counts[name].items()})
        for name in ("stype", "sch.wide", "awards")
    ]
    cells = api()
    if case == "poststrat_stype":
        return post_stratify(cells, margins[0])
    if case == "poststrat_stype_schwide":
        joint = {(row["stype"], row["sch.wide"]): float(row["Freq"]) for row in counts["stype_x_sch.wide"]}
        return post_stratify(cells, Margin(("stype", "sch.wide"), joint))
    weights = rake(cells, margins[:2] if case == "rake2" else margins, base="pw", tolerance=1e-12)
    bounds = expected("apistrat_calibration.json")["trim_bounds"]
    if case == "rake3_trim":
        return trim(weights, upper=bounds["upper"], lower=bounds["lower"], absolute=True)
    if case == "rake3_trim_strict":
        return trim(weights, upper=bounds["upper"], absolute=True, strict=True)
    return weights


@pytest.mark.parametrize(("case", "residuals"), CASES)
def test_calibrated_estimates(case, residuals):
    told = expected("apistrat_calibration.json")[case]
    sample = prepare(api(), design=FILES[0][1], weights=api_weights(case), residuals=residuals)
    value, matrix = covariance_of(sample, [("api00", "one"), ("api99", "one")])
    close(value, list(told["mean"]["est"].values()), POINT)
    close(matrix, told["mean"]["vcov"], ERROR)
    total = estimate_ratio(sample, "enroll", None)
    close(total.value[0], told["total_enroll"]["est"]["enroll"], POINT)
    close(total.se[0], told["total_enroll"]["se"]["enroll"], ERROR)
    for key, name in (("domain", "stype"), ("domain2", "awards")):
        result = estimate_ratio(sample, "api00", "one", by=(name,))
        for row in told[key]:
            place = result.place(row[name])
            close(result.value[place], row["api00"], POINT)
            close(result.se[place], row["se"], ERROR)


def test_the_two_residual_conventions_differ_as_stated():
    told = expected("apistrat_calibration.json")
    weights = api_weights("rake3")
    joint = estimate_ratio(api(), "api00", "one", design=FILES[0][1], weights=weights)
    none = estimate_ratio(api(), "api00", "one", design=FILES[0][1], weights=weights, residuals="none")
    close(joint.se[0], told["cal_raking_3margins"]["mean"]["se"]["api00"], ERROR)
    assert none.se[0] > told["rake3"]["mean"]["se"]["api00"] > joint.se[0]


def test_a_calibrated_margin_has_no_sampling_error():
    result = estimate_ratio(api(), "wideYes", None, design=FILES[0][1], weights=api_weights("rake3"))
    assert result.value[0] == pytest.approx(5122, rel=1e-9)
    assert result.se[0] < 1e-4


def test_the_weights_file_holds_as_many_rows_as_the_sample():
    with shared("inference", "apistrat_calibration_weights.csv").open(newline="") as lines:
        assert len(list(csv.DictReader(lines))) == 200
