"""Every interval convention gives the limits of the package it is named after, and says what it did at 0 and 1."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reduction import expected, people, schools

from countersign.errors import EstimationError
from countersign.estimation import conventions, fit_regression, interval

CLOSED = ["asin", "beta", "mean", "xlogit", "wilson"]


def spread(entries):
    """Recover the standard error R used from its own Wald interval."""
    from scipy.stats import t

    wald = next(entry for entry in entries if entry["method"] == "mean")
    return (wald["hi"] - wald["lo"]) / 2 / t.ppf(0.975, wald["df"])


def sets():
    """(name, entries, n): every set of proportion intervals of the reference."""
    for file in ("apistrat_taylor.json", "apistrat_nofpc_taylor.json"):
        for key in ("prop_sch_wide", "prop_small"):
            yield f"{file}:{key}", expected(file)[key], 200
    told = expected("nhanes_taylor.json")
    yield "nhanes", told["ciprop"], 7846
    sizes = [sum(1 for r in people() if r["HI_CHOL"] is not None and r["race"] == race) for race in (1, 2, 3, 4)]
    for race, entries in enumerate(told["ciprop_by_race"]):
        yield f"nhanes race {race + 1}", entries, sizes[race]


def test_closed_forms_are_those_of_svyciprop():
    seen = 0
    for name, entries, n in sets():
        se = spread(entries)
        for entry in entries:
            if entry["method"] in CLOSED:
                found = interval(entry["method"], value=entry["est"], se=se, n=n, degrees=entry["df"])
                wanted = (entry["lo"], entry["hi"])
                np.testing.assert_allclose((found.lower, found.upper), wanted, rtol=1e-8, err_msg=name)
                seen += 1
    assert seen == 9 * len(CLOSED)  # four sets of apistrat, five of nhanes


def test_logit_is_the_converged_limit_of_r():
    """R fits a model and stops early: its share is off by up to 3.2e-9 (relative), its limits by up to 4.0e-9.

    `test_logit_with_r_s_own_stop` reproduces that stop and agrees to all digits.
    """
    for name, entries, n in sets():
        entry = next(each for each in entries if each["method"] == "logit")
        exact = next(each["est"] for each in entries if each["method"] == "mean")
        found = interval("logit", value=exact, se=spread(entries), n=n, degrees=entry["df"])
        np.testing.assert_allclose((found.lower, found.upper), (entry["lo"], entry["hi"]), rtol=1e-8, err_msg=name)


@pytest.mark.parametrize("key", ["prop_sch_wide", "prop_small"])
def test_logit_with_r_s_own_stop(key):
    from scipy.stats import t

    rows = schools()
    y = [r["sch.wide"] == "No" if key == "prop_sch_wide" else r["emer"] is not None and r["emer"] > 40 for r in rows]
    fit = fit_regression(
        np.array(y, dtype=float),
        np.ones((200, 1)),
        family="logit",
        weight=np.array([r["pw"] for r in rows]),
        stratum=np.array([r["stype"] for r in rows]),
        fpc=np.array([r["fpc"] for r in rows]),
    )
    entry = next(each for each in expected("apistrat_taylor.json")[key] if each["method"] == "logit")
    odds, half = fit.coefficients[0], t.ppf(0.975, entry["df"]) * fit.se[0]
    found = [1 / (1 + math.exp(-x)) for x in (odds, odds - half, odds + half)]
    np.testing.assert_allclose(found, [entry["est"], entry["lo"], entry["hi"]], rtol=1e-10)


def test_likelihood_limits_are_within_the_interpolation_of_r():
    """R profiles the likelihood at a few points and interpolates with splines; ours solves the equation.

    Measured relative difference of the limits: 2.4e-4 at the share of 0.026, at most 7e-5 in the other seven sets.
    """
    for name, entries, n in sets():
        entry = next(each for each in entries if each["method"] == "likelihood")
        exact = next(each["est"] for each in entries if each["method"] == "mean")
        found = interval("likelihood", value=exact, se=spread(entries), n=n, degrees=entry["df"])
        np.testing.assert_allclose((found.lower, found.upper), (entry["lo"], entry["hi"]), rtol=3e-4, err_msg=name)


# apistrat, sch.wide = "No": limits of the Python package svy 0.35, to the digits on record
SVY = [("korn-graubard", 0.122470, 0.231636, 6e-7), ("wilson-svy", 0.1293601, 0.2251890, 6e-8)]


@pytest.mark.parametrize(("name", "low", "high", "digits"), SVY)
def test_the_two_conventions_of_svy(name, low, high, digits):
    entries = expected("apistrat_taylor.json")["prop_sch_wide"]
    found = interval(name, value=0.172051988584177, se=spread(entries), n=200, degrees=197)
    assert found.lower == pytest.approx(low, abs=digits)
    assert found.upper == pytest.approx(high, abs=digits)


def test_plain_binomial_intervals():
    for case in expected("binomial_intervals.json")["cases"]:
        p, n = case["x"] / case["n"], case["n"]
        for name, key in (("wilson-plain", "wilson"), ("clopper-pearson", "clopper_pearson")):
            found = interval(name, value=p, se=0.0, n=n, degrees=math.inf)
            np.testing.assert_allclose((found.lower, found.upper), case[key], rtol=1e-10)


# by hand: nothing seen in 10 rows, adjusted size 10 (t of 9 over t of 9): upper limit 1 - 0.025^(1/10) = 0.3085
@pytest.mark.parametrize("name", ["korn-graubard", "logit", "xlogit", "asin", "wilson", "beta", "likelihood"])
def test_at_zero_and_at_all_the_interval_is_exact_and_one_sided(name):
    none = interval(name, value=0.0, se=0.0, n=10, degrees=9)
    every = interval(name, value=1.0, se=0.0, n=10, degrees=9)
    assert none.lower == 0
    assert none.upper == pytest.approx(1 - 0.025 ** (1 / 10), rel=1e-12)
    assert (every.lower, every.upper) == pytest.approx((1 - none.upper, 1.0))
    assert none.convention == "korn-graubard"
    assert (name in none.note) == (name != "korn-graubard")


def test_a_smaller_effective_size_widens_the_interval_at_zero():
    plain = interval("korn-graubard", value=0.0, se=0.0, n=100, degrees=99)
    weighted = interval("korn-graubard", value=0.0, se=0.0, n=100, degrees=99, n_effective=40)
    assert weighted.upper == pytest.approx(1 - 0.025 ** (1 / 40))
    assert weighted.upper > plain.upper


def test_korn_graubard_is_not_narrower_than_the_exact_interval_of_n_rows():
    tight = interval("korn-graubard", value=0.3, se=1e-6, n=50, degrees=49)
    exact = interval("clopper-pearson", value=0.3, se=0.0, n=50, degrees=49)
    assert (tight.lower, tight.upper) == pytest.approx((exact.lower, exact.upper))


def test_without_degrees_of_freedom_nothing_is_excluded():
    found = interval("korn-graubard", value=1.0, se=0.0, n=1, degrees=0)
    assert (found.lower, found.upper) == (0.0, 1.0)
    with pytest.raises(EstimationError, match="no degrees of freedom"):
        interval("t", value=1.0, se=0.0, n=1, degrees=0)


def test_it_names_the_nearest_convention_and_refuses_what_is_no_share():
    with pytest.raises(EstimationError, match="Did you mean 'wilson'"):
        interval("wilsen", value=0.1, se=0.1, n=10, degrees=9)
    with pytest.raises(EstimationError, match="not a share"):
        interval("logit", value=12.0, se=0.1, n=10, degrees=9)


@given(
    st.sampled_from([name for name in conventions() if name not in ("t", "mean")]),
    st.integers(0, 40),
    st.integers(2, 40),
    st.floats(0.3, 3.0),
)
@settings(max_examples=150, deadline=None)
def test_limits_enclose_the_share_and_stay_between_zero_and_one(name, x, n, deff):
    p = min(x, n) / n
    se = math.sqrt(deff * p * (1 - p) / n)
    found = interval(name, value=p, se=se, n=n, degrees=n - 1)
    assert -1e-12 <= found.lower <= p + 1e-9
    assert p - 1e-9 <= found.upper <= 1 + 1e-12
