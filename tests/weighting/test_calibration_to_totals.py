"""Calibration from cells or row by row meets its totals; weights, figures and errors are those of R survey."""

from __future__ import annotations

import csv
import json
import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import countersign
from countersign import inference
from countersign.errors import BenchmarkError, CountersignWarning, WeightingError
from countersign.model.benchmark import Margin, NumberTotal
from countersign.model.cells import Cells
from countersign.study import weighing
from countersign.tables import collect, join_back
from countersign.weighting import calibrate_to, rake
from real_data import shared

pandas = pytest.importorskip("pandas")
SAMPLE = {"weight": "pw", "stratum": "stype", "fpc": "fpc"}


def told(name):
    return json.loads(shared("inference", name).read_text())


@pytest.fixture(scope="module")
def schools():
    return countersign.read(shared("inference", "apistrat.csv"), roles=SAMPLE, selection="probability")


@pytest.fixture(scope="module")
def known():
    found = told("api_population_totals.json")
    return {"stype": found["stype"], "sch_wide": found["sch.wide"], "api99": found["sum_api99"]}


@pytest.fixture(params=["by cell", "by row"])
def way(request, monkeypatch):
    if request.param == "by row":
        monkeypatch.setattr(weighing, "FEW", 0)
    return request.param


def weights_of(table, weights):
    return collect(join_back(table.kept(), weights, name="_w"), ["_w"])["_w"]


CASES = [
    ("greg_linear", "linear", None),
    ("greg_linear_bounded", "linear", (0.8, 1.25)),
    ("greg_raking", "raking", None),
    ("greg_logit", "logit", (0.6, 1.6)),
]


@pytest.mark.parametrize(("case", "distance", "bounds"), CASES)
def test_a_number_among_the_totals_gives_the_results_of_r(schools, known, way, case, distance, bounds):
    # calibrate(d, ~stype + sch.wide + api99, totals, calfun=distance, bounds=bounds, epsilon=1e-12)
    weights = inference.calibrate(schools, known, distance=distance, bounds=bounds, weight="pw")
    assert (weights.formula is not None) == (way == "by row")
    with shared("inference", "apistrat_calibration_weights.csv").open(newline="") as lines:
        theirs = np.array([float(row[case]) for row in csv.DictReader(lines)])
    np.testing.assert_allclose(weights_of(schools, weights), theirs, rtol=1e-8)
    expected = told("apistrat_calibration.json")[case]
    assert weights.design_effect == pytest.approx(expected["weights"]["deff_kish"], rel=1e-8)
    means = list(countersign.estimate(schools, mean="api00", by=["stype", "awards"], weights=weights))
    rows = [{"api00": expected["mean"]["est"]["api00"], "se": expected["mean"]["se"]["api00"]}]
    rows += expected["domain"] + expected["domain2"]
    for ours, theirs_ in zip(means, rows, strict=True):
        assert ours.value == pytest.approx(theirs_["api00"], rel=1e-10)
        assert ours.standard_error == pytest.approx(theirs_["se"], rel=1e-8)
    total = next(iter(countersign.estimate(schools, total="enroll", weights=weights)))
    assert total.value == pytest.approx(expected["total_enroll"]["est"]["enroll"], rel=1e-10)
    assert total.standard_error == pytest.approx(expected["total_enroll"]["se"]["enroll"], rel=1e-8)
    itself = next(iter(countersign.estimate(schools, mean="api99", weights=weights)))
    assert itself.standard_error < 1e-5  # a calibration variable has no error
    assert "total of api99" in total.method
    assert "joint regression" in total.method


def test_margins_alone_give_the_weights_of_raking_and_the_errors_of_r_calibrate(schools):
    found = told("api_population_totals.json")
    margins = {"stype": found["stype"], "sch_wide": found["sch.wide"], "awards": found["awards"]}
    expected = told("apistrat_calibration.json")["cal_raking_3margins"]
    weights = inference.calibrate(schools, margins, distance="raking", weight="pw")
    with shared("inference", "apistrat_calibration_weights.csv").open(newline="") as lines:
        theirs = np.array([float(row["cal_raking_3margins"]) for row in csv.DictReader(lines)])
    np.testing.assert_allclose(weights_of(schools, weights), theirs, rtol=1e-8)
    np.testing.assert_allclose(weights_of(schools, countersign.weight(schools, margins, base="pw")), theirs, rtol=1e-8)
    for ours, row in zip(
        countersign.estimate(schools, mean="api00", by=["stype"], weights=weights),
        [{"api00": expected["mean"]["est"]["api00"], "se": expected["mean"]["se"]["api00"]}, *expected["domain"]],
        strict=True,
    ):
        assert (ours.value, ours.standard_error) == pytest.approx((row["api00"], row["se"]), rel=1e-8)


# b <- c(0.97, 1.03); calibrate(d, ~stype+sch.wide+api99, pop, calfun=f, bounds=b, epsilon=1e-13, maxit=500)
# svymean(~api00), svytotal(~enroll), svyby(~api00, ~awards); linear: 15 factors at 0.97, 22 at 1.03   (survey 4.1.1)
BINDING = [
    ("linear", [664.557164984956, 1.55629313074091, 3681496.865791, 110714.981079014, 635.950312912609, 12.6631268892407]),  # noqa: E501
    ("logit", [664.551465064751, 1.55485391693143, 3681379.18444129, 110691.91940787, 635.959179414979, 12.6605865658994]),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("distance", "numbers"), BINDING)
def test_bounds_that_bind_give_the_results_of_r(schools, known, way, distance, numbers):
    weights = inference.calibrate(schools, known, distance=distance, bounds=(0.97, 1.03), weight="pw")
    base = collect(schools.kept(), ["pw"])["pw"]
    g = weights_of(schools, weights) / base
    assert (np.sum(g <= 0.97 + 1e-9), np.sum(g >= 1.03 - 1e-9)) == ((15, 22) if distance == "linear" else (0, 0))
    mean, no, _ = countersign.estimate(schools, mean="api00", by=["awards"], weights=weights)
    total = next(iter(countersign.estimate(schools, total="enroll", weights=weights)))
    ours = [mean.value, mean.standard_error, total.value, total.standard_error, no.value, no.standard_error]
    assert ours == pytest.approx(numbers, rel=1e-8)


def test_parts_of_the_population_are_calibrated_on_their_own(schools, way):
    # popw <- colSums(model.matrix(~0+stype:sch.wide+stype:api99, apipop))
    # calibrate(d, ~0+stype:sch.wide+stype:api99, popw, calfun="raking", epsilon=1e-13, maxit=500)
    wide = {(s, a): n for s, counts in {"E": (472, 3949), "H": (334, 421), "M": (266, 752)}.items()
            for a, n in zip(("No", "Yes"), counts, strict=True)}  # fmt: skip
    totals = {("stype", "sch_wide"): wide, "api99": {"E": 2799206, "H": 468895, "M": 645968}}
    weights = inference.calibrate(
        schools, totals, by=["sch_wide"], numeric=["api99"], within="stype", distance="raking", weight="pw"
    )
    means = list(countersign.estimate(schools, mean="api00", by=["stype"], weights=weights))
    assert [one.value for one in means] == pytest.approx(
        [664.439358986754, 671.128291700681, 630.672634917602, 660.433568361943], rel=1e-10
    )
    assert [one.standard_error for one in means] == pytest.approx(
        [1.55399082788569, 2.09387420870775, 2.04331611107414, 2.10142193164644], rel=1e-8
    )
    total = next(iter(countersign.estimate(schools, total="enroll", weights=weights)))
    assert (total.value, total.standard_error) == pytest.approx((3670621.28449352, 106304.971575939), rel=1e-8)
    alone = inference.calibrate(  # one part by itself has the same weights
        countersign.read(shared("inference", "apistrat.csv"), keep=["stype = 'H'"], roles={"weight": "pw"}),
        {"sch_wide": {"No": 334, "Yes": 421}, "api99": 468895},
        distance="raking",
        weight="pw",
    )
    high = np.array([stype == "H" for stype in collect(schools.kept(), ["stype"])["stype"]])
    assert alone.total == pytest.approx(755)
    np.testing.assert_allclose(np.sort(weights_of(schools, weights)[high]).sum(), 755, rtol=1e-10)


# i <- 0:119; u <- i %/% 5
# q <- data.frame(psu=u, h=u %% 3, size=40, sex=ifelse((i*i)%%7 < 3,"f","m"), age=(i%/%3)%%3, x=10+(i*7)%%31, d=5+u%%3)
# q$y <- 3*q$x + (i*i)%%17 + 10*(q$sex=="f"); des <- svydesign(id=~psu, strata=~h, weights=~d, fpc=~size, data=q)
# calibrate(des, ~sex+age+x, c(740, 239, 250, 230, 18700), calfun=..., bounds=..., epsilon=1e-13)
# svymean(~y), svytotal(~y), svyby(~y, ~age, svymean), svyratio(~y, ~x)                                (survey 4.1.1)
CLUSTERS = [
    ("linear", None, [
        9.05178023092623e+01, 5.86470925853435e-01, 6.69831737088541e+04, 4.33988485131542e+02,
        8.62649226203355e+01, 8.48230076694682e+01, 1.01515399609565e+02, 2.82152329536054e+00,
        3.32032830760753e+00, 2.82369640528767e+00, 3.58198789886920e+00, 2.32079403813659e-02,
    ]),
    ("raking", None, [
        9.05192635398053e+01, 5.86452606766995e-01, 6.69842550194559e+04, 4.33974929007576e+02,
        8.62679868822616e+01, 8.48488372988268e+01, 1.01488561327657e+02, 2.82327830623388e+00,
        3.32390685778558e+00, 2.82669991764978e+00, 3.58204572296556e+00, 2.32072154549506e-02,
    ]),
    ("linear", (0.9, 1.2), [
        9.05099840414570e+01, 5.85017420700684e-01, 6.69773881906782e+04, 4.32912891318506e+02,
        8.63211546692076e+01, 8.48887468027028e+01, 1.01355222939168e+02, 2.81501799306164e+00,
        3.33764624660947e+00, 2.85677207901131e+00, 3.58167851287049e+00, 2.31504219956420e-02,
    ]),
    ("logit", (0.9, 1.2), [
        9.05097342778033e+01, 5.84212125467801e-01, 6.69772033655744e+04, 4.32316972846173e+02,
        8.62477002340685e+01, 8.51540640600410e+01, 1.01149066476984e+02, 2.83074491896209e+00,
        3.35809966407077e+00, 2.86901365880445e+00, 3.58166862917510e+00, 2.31185546976563e-02,
    ]),
]  # fmt: skip
TOTALS = {"sex": {"f": 501, "m": 239}, "age": {"a0": 260, "a1": 250, "a2": 230}, "x": 18700}


@cache
def unchanged():
    return _clusters({})


def clusters(**columns):
    return _clusters(columns) if columns else unchanged()


def _clusters(columns):
    i = np.arange(120)
    unit = i // 5
    sex, x = np.where(i * i % 7 < 3, "f", "m"), 10 + i * 7 % 31
    table = {
        "psu": [f"u{k}" for k in unit], "h": [f"h{k}" for k in unit % 3], "size": 40, "sex": sex,
        "age": [f"a{k}" for k in i // 3 % 3], "x": x, "d": 5 + unit % 3, "y": 3 * x + i * i % 17 + 10 * (sex == "f"),
    }  # fmt: skip
    roles = {"weight": "d", "stratum": "h", "psu": "psu", "fpc": "size"}
    return countersign.read(pandas.DataFrame(table | columns), roles=roles, selection="probability")


@pytest.mark.parametrize(("distance", "bounds", "numbers"), CLUSTERS)
def test_clusters_in_strata_with_a_finite_population_are_those_of_r(way, distance, bounds, numbers):
    table = clusters()
    weights = inference.calibrate(table, TOTALS, distance=distance, bounds=bounds, weight="d")
    means = list(countersign.estimate(table, mean="y", by=["age"], weights=weights))
    total = next(iter(countersign.estimate(table, total="y", weights=weights)))
    ratio = next(iter(countersign.estimate(table, ratio=("y", "x"), weights=weights)))
    ours = [means[0].value, means[0].standard_error, total.value, total.standard_error]
    ours += [one.value for one in means[1:]] + [one.standard_error for one in means[1:]]
    assert [*ours, ratio.value, ratio.standard_error] == pytest.approx(numbers, rel=1e-8)


def test_calibration_by_hand():
    # g = 1 + a + b x with x = 1, 3: sum g = 4, sum g x = 9 -> 1.5 and 2.5; without base weights d = 4 / 2
    table = countersign.read(pandas.DataFrame({"x": [1.0, 3.0], "sex": ["f", "m"]}))
    weights = inference.calibrate(table, {"x": 9}, size=4)
    np.testing.assert_allclose(weights_of(table, weights), [1.5, 2.5], rtol=1e-12)
    assert weights.met == ("everybody", "total of x")


# --- against the slow, obvious form --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_cells_rows_and_a_plain_matrix_agree(data):
    n = data.draw(st.integers(8, 40))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    a, b = rng.integers(0, 3, n), rng.integers(0, 2, n)
    a[:6], b[:6] = [0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1]
    x, d = rng.integers(1, 6, n).astype(float), rng.uniform(1, 4, n)
    pull = rng.uniform(0.8, 1.2, n) * d
    distance = data.draw(st.sampled_from(["linear", "raking"]))
    dense = np.column_stack([*(a == k for k in range(3)), *(b == k for k in range(2)), x]).astype(float)
    goal = dense.T @ pull
    margins = [
        Margin(("a",), {(str(k),): goal[k] for k in range(3)}),
        Margin(("b",), {(str(k),): goal[3 + k] for k in range(2)}),
    ]
    found = calibrate_to(
        Cells(
            {"a": _objects(a), "b": _objects(b), "x": x}, (), np.ones(n, dtype=np.int64), d, d**2, np.zeros((n, 0)),
            np.zeros((n, 0)), np.zeros((n, 0, 0)), np.zeros((n, 0)),
        ),
        margins, [NumberTotal("x", {(): goal[5]})], distance=distance, base_column="d", negative=True,
    )  # fmt: skip
    lam = np.zeros(6)
    for _ in range(60):  # Newton's method on a matrix, nothing else
        u = dense @ lam
        g, slope = (1 + u, np.ones(n)) if distance == "linear" else (np.exp(u), np.exp(u))
        lam = lam + np.linalg.pinv(dense.T @ ((d * slope)[:, None] * dense)) @ (goal - dense.T @ (d * g))
    u = dense @ lam
    np.testing.assert_allclose(found.factor, 1 + u if distance == "linear" else np.exp(u), rtol=1e-7)


def _objects(values):
    return np.array([str(value) for value in values], dtype=object)


# --- refusals -------------------------------------------------------------------------------------------------------


def test_weights_below_zero_are_refused_unless_wanted():
    table = countersign.read(pandas.DataFrame({"x": [1.0, 2.0, 3.0, 40.0], "d": [1.0, 1.0, 1.0, 1.5]}))
    with pytest.raises(WeightingError, match="1 rows would get a weight below zero"):
        inference.calibrate(table, {"x": 6.0}, size=4.5, weight="d")
    raked = inference.calibrate(table, {"x": 9.0}, size=4.5, weight="d", distance="raking")
    assert weights_of(table, raked).min() > 0


def test_totals_out_of_reach_of_the_bounds_are_named(schools, known):
    far = {**known, "sch_wide": {"No": 1400, "Yes": 4794}}
    with pytest.raises(WeightingError, match=r"sch_wide = 'No' is out of reach: it is 1400.*0\.9 to 1\.2") as found:
        inference.calibrate(schools, far, distance="logit", bounds=(0.9, 1.2), weight="pw")
    assert "widen the bounds" in found.value.sentence()
    # each total by itself is within reach, all of them together are not
    table = countersign.read(pandas.DataFrame({"z": [1.0, 2, 3, 4], "a": ["x", "x", "y", "y"], "d": [1.0, 1, 1, 1.1]}))
    for distance in ("linear", "logit", "raking"):
        with pytest.raises(WeightingError, match=r"no weights between 0.6 and 1.4 times the base weights meet all"):
            inference.calibrate(
                table, {"a": {"x": 2.0, "y": 2.1}, "z": 12.5}, weight="d", bounds=(0.6, 1.4), distance=distance
            )


def test_totals_that_contradict_each_other_are_refused_and_repeated_ones_are_not():
    table = clusters(twice=2 * (10 + np.arange(120) * 7 % 31))
    good = inference.calibrate(table, {**TOTALS, "twice": 37400}, weight="d")
    np.testing.assert_allclose(
        weights_of(table, good), weights_of(table, inference.calibrate(table, TOTALS, weight="d")), rtol=1e-9
    )
    mean = next(iter(countersign.estimate(table, mean="y", weights=good)))
    assert mean.standard_error == pytest.approx(CLUSTERS[0][2][1], rel=1e-8)
    with pytest.raises(BenchmarkError, match=r"contradict each other.*twice"):
        inference.calibrate(table, {**TOTALS, "twice": 40000}, weight="d")
    with pytest.raises(BenchmarkError, match="different totals"):
        inference.calibrate(table, {**TOTALS, "sex": {"f": 501, "m": 300}}, weight="d")


def test_missing_auxiliaries_unknown_categories_and_texts_are_refused(schools):
    x = np.where(np.arange(120) == 3, np.nan, 2.0)
    with pytest.raises(WeightingError, match="1 rows have no value of the auxiliary variable 'x'"):
        inference.calibrate(clusters(x=x), TOTALS, weight="d")
    with pytest.raises(BenchmarkError, match=r"a2.*not in the benchmark"):
        inference.calibrate(clusters(), {**TOTALS, "age": {"a0": 370, "a1": 370}}, weight="d")
    with pytest.raises(BenchmarkError, match=r"a3.*no row in the data"):
        inference.calibrate(clusters(), {**TOTALS, "age": {"a0": 260, "a1": 250, "a2": 200, "a3": 30}}, weight="d")
    with pytest.raises(countersign.CountersignError, match="'sex' does not hold numbers"):
        inference.calibrate(clusters(), {"age": TOTALS["age"], "sex": 4.0}, weight="d")
    with pytest.raises(BenchmarkError, match="not known how many"):
        inference.calibrate(clusters(), {"x": 18700}, weight="d")
    with pytest.raises(WeightingError, match="no distance"):
        inference.calibrate(clusters(), TOTALS, distance="cubic", weight="d")
    with pytest.raises(WeightingError, match="bounds"):
        inference.calibrate(clusters(), TOTALS, distance="logit", weight="d")


def test_base_weights_that_meet_every_total_already_raise_a_warning():
    table = clusters()
    first = weights_of(table, inference.calibrate(table, TOTALS, weight="d"))
    with pytest.warns(CountersignWarning, match="meet every total already"):
        inference.calibrate(clusters(d=first), TOTALS, weight="d")
    with warnings.catch_warnings():
        warnings.simplefilter("error", CountersignWarning)
        inference.calibrate(table, TOTALS, weight="d")


def test_rows_that_were_not_weighted_are_refused_when_estimating(monkeypatch):
    monkeypatch.setattr(weighing, "FEW", 0)
    weights = inference.calibrate(clusters(), TOTALS, weight="d")
    with pytest.raises(WeightingError, match="was not weighted"):
        countersign.estimate(clusters(age=["a9"] * 120), mean="y", weights=weights)


# --- a benchmark that is a sample itself ----------------------------------------------------------------------------


def test_the_error_of_a_benchmark_sample_enters_the_intervals():
    # Post-stratified mean sum p_h ybar_h, p from m people: V = V(given p) + [sum p ybar^2 - (sum p ybar)^2] / (m - 1)
    sex, y = ["f"] * 4 + ["m"] * 4, [1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 16.0]
    table = countersign.read(pandas.DataFrame({"sex": sex, "y": y}))
    survey = countersign.read(pandas.DataFrame({"sex": ["f"] * 6 + ["m"] * 14}))
    fixed = inference.calibrate(table, survey, by=["sex"])
    moving = inference.calibrate(table, survey, by=["sex"], benchmark_error=True)
    before, after = (next(iter(countersign.estimate(table, mean="y", weights=w))) for w in (fixed, moving))
    assert before.value == after.value == pytest.approx(0.3 * 2.5 + 0.7 * 13)
    extra = (0.3 * 2.5**2 + 0.7 * 13**2 - (0.3 * 2.5 + 0.7 * 13) ** 2) / 19
    assert after.standard_error**2 - before.standard_error**2 == pytest.approx(extra, rel=1e-9)
    assert "whose error is in the interval" in after.method


def test_the_error_of_a_number_is_that_of_its_sum(way):
    # Regression estimate ybar + b (X - xbar): its extra variance is b^2 times that of the survey's mean of x
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0], [2.0, 3.0, 7.0, 8.0, 9.0, 15.0]
    table = countersign.read(pandas.DataFrame({"x": x, "y": y}))
    z = np.array([2.0, 3.0, 3.0, 4.0, 6.0, 5.0, 4.5, 1.0])
    survey = countersign.read(pandas.DataFrame({"x": z}))
    fixed = inference.calibrate(table, survey, numeric=["x"])
    moving = inference.calibrate(table, survey, numeric=["x"], benchmark_error=True)
    before, after = (next(iter(countersign.estimate(table, mean="y", weights=w))) for w in (fixed, moving))
    slope = np.polyfit(x, y, 1)[0]
    assert after.value == pytest.approx(np.mean(y) + slope * (z.mean() - np.mean(x)))
    extra = slope**2 * z.var(ddof=1) / len(z)
    assert after.standard_error**2 - before.standard_error**2 == pytest.approx(extra, rel=1e-9)


def test_raking_and_calibration_meet_at_the_same_weights():
    rng = np.random.default_rng(5)
    cells = Cells(
        {"a": _objects(rng.integers(0, 3, 30)), "b": _objects(rng.integers(0, 2, 30))}, (), np.ones(30, dtype=np.int64),
        np.ones(30), np.ones(30), np.zeros((30, 0)), np.zeros((30, 0)), np.zeros((30, 0, 0)), np.zeros((30, 0)),
    )  # fmt: skip
    margins = [Margin(("a",), {("0",): 40, ("1",): 30, ("2",): 50}), Margin(("b",), {("0",): 70, ("1",): 50})]
    theirs = rake(cells, margins)
    ours = calibrate_to(cells, margins, distance="raking")
    np.testing.assert_allclose(ours.factor, theirs.factor_of(cells)[0], rtol=1e-8)
    assert {(one.variable, one.category): one.share_weighted for one in ours.balance} == pytest.approx(
        {(one.variable, one.category): one.share_weighted for one in theirs.balance}
    )


# --- ugly inputs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [1000, 0])
def test_ugly_inputs_are_met_or_refused_in_plain_words(monkeypatch, few):
    monkeypatch.setattr(weighing, "FEW", few)

    def weighted(columns, totals, **options):
        table = countersign.read(pandas.DataFrame(columns))
        return weights_of(table, inference.calibrate(table, totals, **options))

    np.testing.assert_allclose(weighted({"x": [2.0, 2.0, 2.0]}, {"x": 6.0}, size=3), 1)  # a constant says nothing new
    with pytest.raises(BenchmarkError, match="contradict"):
        weighted({"x": [2.0, 2.0, 2.0]}, {"x": 7.0}, size=3)
    np.testing.assert_allclose(weighted({"x": [0.0, 0.0]}, {"x": 0.0}, size=4), 2)
    np.testing.assert_allclose(weighted({"größe": ["ö", "ü", "ö"]}, {"größe": {"ö": 5, "ü": 2}}), [2.5, 2, 2.5])
    years = {"x": [2001.0, 2002.0, 2003.0, 2010.0]}  # far from zero, near each other
    assert weighted(years, {"x": 8018.0}, size=4) @ years["x"] == pytest.approx(8018, rel=1e-12)
    huge = {"x": [1.0, 2.0, 3.0, 4.0], "w": [1e-9, 1.0, 1e9, 1.0]}
    met = weighted(huge, {"x": 9.0}, size=3, weight="w", distance="raking")
    assert (met.sum(), met @ huge["x"]) == pytest.approx((3, 9), rel=1e-9)
    with pytest.raises(WeightingError, match="1 rows have base weights of zero or less"):
        weighted({"x": [1.0, 2.0], "w": [0.0, 1.0]}, {"x": 3.0}, size=2, weight="w")
    with pytest.raises(WeightingError, match="1 rows have no value"):
        weighted({"x": [1.0, np.inf]}, {"x": 3.0}, size=2)
    with pytest.raises(WeightingError, match="below or above every number of the data"):
        weighted({"x": [1.0, 2.0]}, {"x": 1e6}, size=2, distance="raking")
    with pytest.raises(BenchmarkError, match="no total of x"):
        weighted({"x": [1.0, 2.0]}, {"x": float("nan")}, size=2)


def test_medians_and_distributions_use_weights_that_differ_by_row(way):
    table = clusters()
    weights = inference.calibrate(table, TOTALS, weight="d")
    median = next(iter(countersign.estimate(table, median="y", weights=weights)))
    values, w = collect(table.kept(), ["y"])["y"], weights_of(table, weights)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(w[order]) / w.sum() >= 0.5
    assert median.value == values[order][reached][0]
    shares = list(countersign.estimate(table, distribution="age", weights=weights))
    assert [one.value for one in shares] == pytest.approx([260 / 740, 250 / 740, 230 / 740])
    assert max(one.standard_error for one in shares) < 1e-7
