"""Two-phase samples: R's results where R is right, and a simulation where nobody else can be asked."""

from __future__ import annotations

import numpy as np
import pytest

import countersign
from countersign import inference
from countersign.errors import EstimationError
from countersign.estimation.two_phase import TwoPhase
from countersign.model.auxiliaries import Auxiliaries
from real_data import shared

pandas = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def schools():
    # R: x <- apistrat; x$row <- 1:200; x$N <- 6194
    #    x$in2 <- (x$row %% 3) != 0 & !(x$stype=="E" & x$row %% 2 == 0)
    table = pandas.read_csv(shared("inference", "apistrat.csv"))
    table.columns = [name.replace(".", "_") for name in table.columns]
    row = np.arange(1, 201)
    table["in2"] = np.where((row % 3 != 0) & ~((table.stype == "E") & (row % 2 == 0)), "yes", "no")
    return countersign.read(table.assign(N=6194, w=6194 / 200))


DRAWN = {"observed": "in2 = 'yes'", "weight": "w", "fpc": "N", "second_strata": "stype"}


def test_without_calibration_means_totals_and_domains_are_those_of_r(schools):
    # tp <- twophase(id=list(~row,~row), strata=list(NULL,~stype), fpc=list(~N,NULL), subset=~in2, data=x,
    #                method="full")
    # svymean(~api00, tp); svyby(~api00, ~awards, tp, svymean); svytotal(~enroll, tp)     (survey 4.1.1)
    means = list(inference.estimate_two_phase(schools, mean="api00", by=["awards"], **DRAWN))
    assert [one.value for one in means] == pytest.approx([668.220439189189, 636.945454545455, 686.716397849462])
    assert [one.standard_error for one in means] == pytest.approx(
        [12.5278845189479, 18.639946718952, 16.7570083078322], rel=1e-8
    )
    total = next(iter(inference.estimate_two_phase(schools, total="enroll", **DRAWN)))
    assert (total.value, total.standard_error) == pytest.approx((4782313.3754223, 279500.479240866), rel=1e-8)


def test_calibrated_to_the_first_phase_the_figures_are_those_of_r(schools):
    # tc <- calibrate(tp, ~stype+api99, phase=2, calfun="linear", epsilon=1e-13)
    # svymean(~api00, tc); svytotal(~enroll, tc)
    # domains: svyratio(~y0, ~d0, update(tc, y0=api00*(awards=="No"), d0=1*(awards=="No"))), because subset() of a
    # calibrated two-phase design drops the residuals outside the domain (16.10 instead of 17.57)
    known = {"margins": ["stype"], "numeric": ["api99"], **DRAWN}
    means = list(inference.estimate_two_phase(schools, mean="api00", by=["awards"], **known))
    assert means[0].value == pytest.approx(651.179070765247, rel=1e-10)
    assert means[0].standard_error == pytest.approx(8.15260133092436, rel=1e-8)
    assert (means[1].value, means[1].standard_error) == pytest.approx((621.3395984907, 17.5713239221), rel=1e-10)
    total = next(iter(inference.estimate_two_phase(schools, total="enroll", **known)))
    assert (total.value, total.standard_error) == pytest.approx((4865475.72636291, 301231.553919395), rel=1e-8)
    assert "linear calibration to stype, total of api99 of the first phase" in total.method


def test_a_second_phase_that_asked_everybody_is_the_first_phase(schools):
    both = inference.estimate_two_phase(
        schools, mean="api00", observed="api00 > 0", weight="w", strata="stype", fpc="fpc"
    )
    one = countersign.estimate(
        countersign.read(
            pandas.read_csv(shared("inference", "apistrat.csv")).assign(w=6194 / 200),
            roles={"weight": "w", "stratum": "stype", "fpc": "fpc"},
            selection="probability",
        ),
        mean="api00",
    )
    ours, theirs = next(iter(both)), next(iter(one))
    assert ours.value == pytest.approx(theirs.value, rel=1e-12)
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=1e-10)


def test_nobody_in_the_second_phase_or_in_one_of_its_strata_is_refused(schools):
    with pytest.raises(EstimationError, match="Nobody is in the second phase"):
        inference.estimate_two_phase(schools, mean="api00", observed="api00 < 0", weight="w")
    with pytest.raises(EstimationError, match="Nobody of the stratum M"):
        inference.estimate_two_phase(schools, mean="api00", observed="stype != 'M'", weight="w", second_strata="stype")


def simulated(clusters: bool, runs: int):
    """Draw both phases again and again; return true and estimated variance of the calibrated total, and V1, V2."""
    rng = np.random.default_rng(20260101)
    size, units = 3000, 300
    unit_of = np.arange(size) // (size // units)
    h = (unit_of % 3).astype(np.int64)
    x = rng.gamma(4.0, 5.0, size) + rng.normal(0, 3, units)[unit_of]
    y = 3 * x + 20 * h + rng.normal(0, 12, size) + rng.normal(0, 8, units)[unit_of]
    g = (x > np.median(x)).astype(np.int64)
    sizes = np.bincount(h) if not clusters else np.bincount(h[:: size // units])
    take = np.array([60, 30, 90]) if not clusters else np.array([25, 15, 30])
    fraction = take / sizes
    totals, parts = [], []
    for _ in range(runs):
        drawn = []
        for k in range(3):
            if clusters:
                mine = np.flatnonzero(h[:: size // units] == k)
                picked = rng.choice(mine, take[k], replace=False)
                drawn.append(np.flatnonzero(np.isin(unit_of, picked)))
            else:
                drawn.append(rng.choice(np.flatnonzero(h == k), take[k], replace=False))
        first = np.concatenate(drawn)
        w1 = 1 / fraction[h[first]]
        asked = np.bincount(g[first], minlength=2).astype(float)
        part, w2 = [], np.zeros(size)
        for k, share in enumerate((0.3, 0.5)):
            mine = first[g[first] == k]
            picked = rng.choice(mine, int(share * len(mine)), replace=False)
            w2[picked] = len(mine) / len(picked)
            part.append(picked)
        second = np.concatenate(part)
        base = w2[second] / fraction[h[second]]
        columns = np.column_stack([np.ones(len(second)), x[second]])
        goal = np.array([w1.sum(), (w1 * x[first]).sum()])
        lam = np.linalg.solve(columns.T @ (base[:, None] * columns), goal - columns.T @ base)
        factor = 1 + columns @ lam
        unit = None
        if clusters:
            _, unit = np.unique(unit_of[second], return_inverse=True)
        own = TwoPhase(
            base, factor, Auxiliaries(2, (np.zeros(len(second), int), np.ones(len(second), int)), (None, x[second])),
            h[second], unit, take.astype(float), fraction, g[second], asked,
        )  # fmt: skip
        totals.append((base * factor) @ y[second])
        parts.append(own.variance(y[second]))
    return np.var(totals, ddof=1), np.mean(parts, axis=0), np.mean(totals) / y.sum()


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [False, True])
def test_the_variance_of_both_phases_is_that_of_repeated_draws(clusters):
    # With 3000 draws the simulated variance is known to about 2.6 % (one standard error).
    true, (first, second), centre = simulated(clusters, 3000)
    assert centre == pytest.approx(1, abs=0.003)
    assert (first + second) / true == pytest.approx(1, abs=0.08)
    assert 0.1 < second / (first + second) < 0.9  # both matter, so that neither could be wrong unseen
