"""Replicate variances are those of R survey: stored results of 4.5, and further ones of 4.1.1 (typed in, R 4.2.2)."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from reduction import expected, field, one, people, present, reduced, schools

from countersign.errors import WeightingError
from countersign.estimation import estimate_ratio
from countersign.estimation.interval import interval
from countersign.estimation.replication import (
    estimate_function,
    estimate_ratio_of,
    replicate_totals,
    replicate_variance,
)
from countersign.estimation.replication_figures import design_effect
from countersign.estimation.replication_quantile import estimate_quantile_by_replicates
from countersign.model.benchmark import Margin, NumberTotal
from countersign.model.design import Design
from countersign.model.replicates import ReplicateCells, ReplicateWeights
from countersign.weighting import post_stratify, rake
from countersign.weighting.calibrating import calibrate_to
from countersign.weighting.replication import replicate_weights
from countersign.weighting.replication_calibration import refit
from real_data import shared

POINT, ERROR = 1e-10, 1e-10
BY = ["stype", "sch.wide", "awards"]
MEASURES = {"one": one, "api99": field("api99"), "api00": field("api00"), "enroll": field("enroll"),
            "stu": field("api.stu"), "api00^2": lambda row: row["api00"] ** 2}  # fmt: skip
NAMES = ["api00", "api99", "enroll", "stu", "one"]
FILES = {"boot": "apistrat_boot_repweights.csv.gz", "subboot": "apistrat_subboot_repweights.csv.gz"}


def close(found, wanted, tolerance=ERROR):
    np.testing.assert_allclose(found, wanted, rtol=tolerance)


def api_rows():
    return [{**row, "_row": number} for number, row in enumerate(schools(), start=1)]


def margins(*names):
    counts = expected("api_population_totals.json")
    return [Margin((name,), {(key,): float(value) for key, value in counts[name].items()}) for name in names]


def raked(rows):
    return rake(reduced(rows, BY, {"one": one}, "pw"), margins("stype", "sch.wide"), base_column="pw", tolerance=1e-13)


def stored_columns(kind):
    with gzip.open(shared("inference", FILES[kind]), "rt", newline="") as lines:
        return np.array([[float(cell) for cell in line] for line in list(csv.reader(lines))[1:]])


def case(kind, calibrated=False):
    """Return the cells, replicates and refit of one stored case."""
    rows, told = api_rows(), expected("apistrat_replicates.json")[kind]
    weights = raked(rows) if calibrated else None
    fit = refit(weights, tolerance=1e-13) if weights else None
    if kind == "jk":
        cells = reduced(rows, [*BY, "fpc", "_row"], MEASURES, "pw")
        design = Design(strata=("stype",), psu="_row", fpc="fpc")
        return cells, replicate_weights(cells, "JKn", design=design, weight="pw", calibration=weights), fit, told
    found = stored_columns(kind)
    cells = reduced(rows, [*BY, "_row"], MEASURES, "pw")
    order = np.array([int(value) - 1 for value in cells.keys["_row"]])
    values = np.array([[measure(rows[place]) for measure in MEASURES.values()] for place in order])
    given = ReplicateCells(cells, found[order], values[:, :, None] * found[order][:, None, :])
    names = tuple(f"r{number}" for number in range(1, 201))
    replicates = ReplicateWeights(
        kind="given", scale=told["scale"], rscales=np.full(200, told["rscales"]), degrees=told["degf"], weight="pw",
        columns=names, calibration=weights,
    )  # fmt: skip
    return given, replicates, fit, told


@pytest.mark.parametrize("kind", ["jk", "boot", "subboot"])
def test_stored_replicates_of_means_totals_ratios_and_domains(kind):
    cells, replicates, _, told = case(kind)
    everybody, parts = replicate_totals(
        cells, replicates, measures=NAMES, by=[(), ("stype",)], square="api00^2", counted="one"
    )
    assert everybody.degrees[0] == told["degf"] == 197
    for name in ("api99", "api00"):
        found = estimate_ratio_of(everybody, name, "one")
        close(found.value[0], told["mean"]["est"][name], POINT)
        close(found.se[0], told["mean"]["se"][name])
        limits = interval("t", value=found.value[0], se=found.se[0], n=200, degrees=everybody.degrees[0])
        wanted = (told["mean"]["lo"][name], told["mean"]["hi"][name])
        close([limits.lower, limits.upper], wanted)
    total = estimate_ratio_of(everybody, "enroll")
    close(total.value[0], told["total"]["est"]["enroll"], POINT)
    close(total.se[0], told["total"]["se"]["enroll"])
    ratio = estimate_ratio_of(everybody, "stu", "enroll")
    close(ratio.value[0], told["ratio"]["est"], POINT)
    close(ratio.se[0], told["ratio"]["se"])
    mean = estimate_ratio_of(parts, "api00", "one")
    for row in told["domain"]:
        place = parts.domains.index((row["stype"],))
        close(mean.value[place], row["api00"], POINT)
        close(mean.se[place], row["se"])


@pytest.mark.parametrize("kind", ["jk", "boot", "subboot"])
def test_stored_replicates_that_are_raked_again(kind):
    """R stops its raking of the bootstrap replicates after ten passes; that is worth 4e-9 of the error."""
    cells, replicates, fit, told = case(kind, calibrated=True)
    everybody, parts = replicate_totals(cells, replicates, measures=NAMES, by=[(), ("awards",)], refit=fit)
    mean = estimate_ratio_of(everybody, "api00", "one")
    close(mean.value[0], told["raked_mean"]["est"]["api00"], POINT)
    close(mean.se[0], told["raked_mean"]["se"]["api00"], 1e-8)
    mean = estimate_ratio_of(parts, "api00", "one")
    for row in told["raked_domain"]:
        place = parts.domains.index((row["awards"],))
        close(mean.value[place], row["api00"], POINT)
        close(mean.se[place], row["se"], 1e-8)


@pytest.mark.parametrize("kind", ["jk", "boot", "subboot"])
def test_the_median_with_its_woodruff_interval(kind):
    _, replicates, _, told = case(kind)
    rows = api_rows()
    columns = {name: np.array([row[name] for row in rows], dtype=object) for name in ("stype", "_row")}
    columns |= {name: np.array([row[name] for row in rows]) for name in ("api00", "pw")}
    given = None if kind == "jk" else stored_columns(kind)
    found = estimate_quantile_by_replicates(
        columns, "api00", replicates, given=None if given is None else lambda at: given[:, at]
    )
    close([found.value[0], found.lower[0], found.upper[0]], [told["median"][name] for name in ("q", "lo", "hi")])
    close(found.se[0], told["median"]["se"])


def test_the_jackknife_with_a_population_size_is_taylor_for_a_stratified_mean():
    cells, replicates, _, _ = case("jk")
    found = estimate_ratio_of(replicate_totals(cells, replicates, measures=NAMES)[0], "api00", "one")
    close(found.se[0], 9.40894080278462, 1e-13)


# --- NHANES: clusters -------------------------------------------------------------------------------------------------

HIGH = {"high": field("HI_CHOL"), "known": present("HI_CHOL")}


def two_unit_strata():
    told = expected("nhanes_brr.json")
    rows = [row for row in people() if row["SDMVSTRA"] in told["strata_used"]]
    return reduced(rows, ["SDMVSTRA", "SDMVPSU", "race"], HIGH, "WTMEC2YR"), told


@pytest.mark.parametrize(("key", "rho"), [("brr", 0.0), ("fay05", 0.5)])
def test_balanced_half_samples_with_the_stored_matrix(key, rho):
    cells, file = two_unit_strata()
    told, matrix = file[key], np.array(file["brr_factors"], dtype=float)
    keys = {}
    for name in ("SDMVSTRA", "SDMVPSU"):
        keys[name] = np.empty(len(matrix), dtype=object)
        keys[name][:] = [unit[name] for unit in file["psu"]]
    replicates = ReplicateWeights(
        kind="BRR", scale=told["scale"], rscales=np.ones(16), degrees=14, weight="WTMEC2YR", strata=("SDMVSTRA",),
        unit="SDMVPSU", keys=keys, factors=np.where(matrix == 2, 2 - rho, rho),
    )  # fmt: skip
    everybody, races = replicate_totals(
        cells, replicates, measures=("high", "known"), by=[(), ("race",)], counted="known"
    )
    found = estimate_ratio_of(everybody, "high", "known")
    close(found.value[0], told["mean"]["est"]["HI_CHOL"], POINT)
    close(found.se[0], told["mean"]["se"]["HI_CHOL"])
    limits = interval("t", value=found.value[0], se=found.se[0], n=1, degrees=everybody.degrees[0])
    close([limits.lower, limits.upper], [told["mean"]["lo"]["HI_CHOL"], told["mean"]["hi"]["HI_CHOL"]])
    found = estimate_ratio_of(races, "high", "known")
    close(found.se, [row["se"] for row in told["by_race"]])


@pytest.mark.parametrize("kind", ["BRR", "Fay"])
def test_our_own_half_samples_are_as_many_and_as_wide(kind):
    """Another Hadamard matrix moves the error of a ratio a little (2 % here), that of a total not at all."""
    cells, file = two_unit_strata()
    told, design = file["brr" if kind == "BRR" else "fay05"], Design(strata=("SDMVSTRA",), psu="SDMVPSU")
    replicates = replicate_weights(cells, kind, design=design, rho=0.5)
    assert (len(replicates), replicates.scale, replicates.degrees) == (16, told["scale"], 14)
    totals = replicate_totals(cells, replicates, measures=("high", "known"))[0]
    close(estimate_ratio_of(totals, "high").se[0], estimate_ratio(cells, "high", design=design).se[0], 1e-12)


def test_the_stratified_jackknife_of_a_clustered_sample_against_r():
    cells = reduced(people(), ["SDMVSTRA", "SDMVPSU", "race"], HIGH, "WTMEC2YR")
    replicates = replicate_weights(cells, "JKn", design=Design(strata=("SDMVSTRA",), psu="SDMVPSU"))
    everybody, races = replicate_totals(cells, replicates, measures=("high", "known"), by=[(), ("race",)])
    found = estimate_ratio_of(everybody, "high", "known")
    assert everybody.degrees[0] == 16
    close(found.se[0], 0.00544966126723046)
    close(estimate_ratio_of(everybody, "high").se[0], 2020710.74369962)
    full = replicate_variance(found.theta, found.value, 1.0, replicates.rscales, "full")
    close(np.sqrt(full[0]), 0.00544966390308158)
    wanted = [0.00625933531349296, 0.00661576647321267, 0.01039221691047205, 0.02484061663590039]
    close(estimate_ratio_of(races, "high", "known").se, wanted)


# --- further values of R, survey 4.1.1 --------------------------------------------------------------------------------


def test_the_jackknife_of_a_simple_sample_with_its_design_effect_and_a_function_of_totals():
    rows = [{**row, "all": 6194.0} for row in api_rows()]
    rows = [{**row, "d": 6194 / 200} for row in rows]
    cells = reduced(rows, ["all", "_row"], MEASURES, "d")
    replicates = replicate_weights(cells, "JK1", design=Design(psu="_row", fpc="all"), weight="d")
    assert (replicates.scale, replicates.degrees) == (pytest.approx(0.962872134323539, rel=1e-14), 199)
    totals = replicate_totals(cells, replicates, measures=NAMES, counted="one", square="api00^2")[0]
    found = estimate_ratio_of(totals, "api00", "one")
    close(found.se[0], 8.4147380833148, 1e-13)
    close(design_effect(totals, found, "api00", "one")[0], 0.96771, 1e-5)
    close(estimate_ratio_of(totals, "stu", "enroll").se[0], 0.0107740806720138)
    # The stored value of svycontrast() on replicates, of a smooth function of two totals.
    found = estimate_function(totals, lambda t: t["stu"] / t["enroll"] - 0.5 * t["stu"] / 6194)
    close(found.value[0], -308.7034154463, 1e-12)
    close(found.se[0], 16.0774760456975)


def test_replicates_that_are_post_stratified_again():
    rows = api_rows()
    counts = expected("api_population_totals.json")["stype_x_sch.wide"]
    joint = Margin(("stype", "sch.wide"), {(row["stype"], row["sch.wide"]): float(row["Freq"]) for row in counts})
    cells = reduced(rows, [*BY, "fpc", "_row"], MEASURES, "pw")
    weights = post_stratify(reduced(rows, BY, {"one": one}, "pw"), joint, base_column="pw")
    design = Design(strata=("stype",), psu="_row", fpc="fpc")
    replicates = replicate_weights(cells, "JKn", design=design, weight="pw", calibration=weights)
    totals = replicate_totals(cells, replicates, measures=NAMES, refit=refit(weights))[0]
    found = estimate_ratio_of(totals, "api00", "one")
    close(found.value[0], 662.727710104268, 1e-12)
    close(found.se[0], 9.38920645826237)


@pytest.mark.parametrize("by_row", [False, True])
def test_replicates_that_are_calibrated_to_a_number_again(by_row):
    """R calibrate(as.svrepdesign(design, "JKn"), ~stype + api99): linear, within every replicate."""
    rows = api_rows()
    cells = reduced(rows, ["stype", "api99", "fpc", "_row"], MEASURES, "pw")
    numbers = [NumberTotal("api99", {(): 3914069.0})]
    known = reduced(rows, ["stype", "api99"], {"one": one}, "pw")
    weights = calibrate_to(known, margins("stype"), numbers, base_column="pw", by_row=by_row)
    design = Design(strata=("stype",), psu="_row", fpc="fpc")
    replicates = replicate_weights(cells, "JKn", design=design, weight="pw", calibration=weights)
    totals = replicate_totals(cells, replicates, measures=NAMES, refit=refit(weights))[0]
    found = estimate_ratio_of(totals, "api00", "one")
    close(found.value[0], 664.6302002609, 1e-12)
    close(found.se[0], 1.91131341269137, 1e-9)
    close(estimate_ratio_of(totals, "enroll").se[0], 111177.3564263, 1e-9)


def test_bounds_that_are_not_kept_with_the_weights_are_noticed():
    known = reduced(api_rows(), ["stype", "api99"], {"one": one}, "pw")
    numbers = [NumberTotal("api99", {(): 3914069.0})]
    bound = calibrate_to(known, margins("stype"), numbers, base_column="pw", bounds=(0.97, 1.05))
    with pytest.raises(WeightingError, match="do not come out again"):
        refit(bound)(known)
    kept = calibrate_to(known, margins("stype"), numbers, base_column="pw", bounds=(0.97, 1.05), by_row=True)
    close(refit(kept)(known)(known.weight[:, None])[:, 0], bound.factor, 1e-9)
