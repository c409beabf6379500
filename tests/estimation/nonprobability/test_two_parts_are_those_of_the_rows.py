from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slow_two_samples import Rows, slow

from countersign.errors import CountersignError, EstimationError
from countersign.estimation.nonprobability.doubly_robust import covariance_double, estimate_double, fit_double
from countersign.estimation.nonprobability.propensity_weighted import covariance_weighted, estimate_weighted
from countersign.estimation.nonprobability.target import Target
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.reference import Reference
from countersign.weighting.propensity import fit_propensity

ON = ["x", "z"]
Y, V = Target("y", "y", "y there"), Target("v", "v", "v there", share=True)
METHODS = ["mle", "calibrated", "adjusted-logistic"]


def cells_of(keys: dict[str, np.ndarray], measures: dict[str, np.ndarray], weight: np.ndarray) -> Cells:
    """Rows to cells, plainly; nan is missing and comes with a measure of presence."""
    v = np.stack(list(measures.values()), axis=1) if measures else np.zeros((len(weight), 0))
    rows = list(zip(*[column.tolist() for column in keys.values()], strict=True))
    labels = sorted(set(rows))
    place = {label: number for number, label in enumerate(labels)}
    own = np.array([place[row] for row in rows])
    C, p = len(labels), v.shape[1]
    plain, first, cross, second = np.zeros((C, p)), np.zeros((C, p)), np.zeros((C, p)), np.zeros((C, p, p))
    np.add.at(plain, own, v)
    np.add.at(first, own, v * weight[:, None])
    np.add.at(cross, own, v * weight[:, None] ** 2)
    np.add.at(second, own, v[:, :, None] * v[:, None, :] * weight[:, None, None] ** 2)
    held: dict[str, Any] = {}
    for number, name in enumerate(keys):
        held[name] = np.empty(C, dtype=object)
        held[name][:] = [label[number] for label in labels]
    sums = np.bincount(own, weight), np.bincount(own, weight**2)
    return Cells(held, tuple(measures), np.bincount(own), *sums, first, cross, second, plain)


class Drawn:
    """Volunteers with a number y and a condition v, some missing, and a clustered, stratified survey."""

    def __init__(self, seed: int, clustered: bool = True, volunteers: int = 120, survey: int = 90) -> None:
        random = np.random.default_rng(seed)
        self.x, self.z = random.integers(0, 3, volunteers), random.integers(0, 4, volunteers) / 2
        self.g = random.integers(0, 2, volunteers)
        self.y = 10 + 3 * self.x - 2 * self.z + random.normal(size=volunteers)
        self.v = (random.random(volunteers) < 0.2 + 0.2 * self.x).astype(float)
        self.y[:7] = np.nan
        self.v[3:9] = np.nan
        self.xb, self.zb, self.gb = (
            random.integers(0, 3, survey), random.integers(0, 4, survey) / 2, random.integers(0, 2, survey),
        )  # fmt: skip
        self.d = random.uniform(20, 60, survey)
        self.stratum = np.arange(survey) % 2
        self.psu = self.stratum * 10 + (np.arange(survey) // 2) % 5 if clustered else None
        measures = {}
        for name, values in (("y", self.y), ("v", self.v)):
            measures[name] = np.nan_to_num(values)
            measures[f"{name} there"] = (~np.isnan(values)).astype(float)
        keys = {"x": self.x, "z": self.z, "g": self.g}
        self.volunteers = cells_of(keys, measures, np.ones(volunteers))
        keys = {"x": self.xb, "z": self.zb, "g": self.gb, "stratum": self.stratum}
        if self.psu is not None:
            keys["psu"] = self.psu
        self.reference = Reference(
            cells_of(keys, {}, self.d), Design(("stratum",), "psu" if clustered else "")
        )  # fmt: skip

    def rows(self, y: np.ndarray, inside: int | None = None) -> Rows:
        def matrix(x: np.ndarray, z: np.ndarray) -> np.ndarray:
            return np.column_stack([np.ones(len(x)), x == 1, x == 2, z])

        return Rows(
            matrix(self.x, self.z), y, matrix(self.xb, self.zb), self.d, stratum=self.stratum, psu=self.psu,
            inside=None if inside is None else self.g == inside,
            inside_reference=None if inside is None else self.gb == inside,
        )  # fmt: skip

    def fit(self, method: Any) -> Any:
        return fit_propensity(self.volunteers, [self.reference], on=ON, numeric=["z"], method=method)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(METHODS), st.booleans())
def test_cells_give_the_weighted_figures_of_the_rows(seed: int, method: str, clustered: bool) -> None:
    drawn = Drawn(seed, clustered)
    try:
        fitted = drawn.fit(method)
    except CountersignError:
        assume(False)
    for target, y in ((Y, drawn.y), (V, drawn.v)):
        whole, parts = estimate_weighted(fitted, target), estimate_weighted(fitted, target, by=["g"])
        for result, place, inside in ((whole, 0, None), (parts, 0, 0), (parts, 1, 1)):
            told = slow(drawn.rows(y, inside), method)
            assert result.value[place] == pytest.approx(told.value, rel=1e-9)
            assert result.own[place] == pytest.approx(told.own, rel=1e-8)
            assert result.reference[place] == pytest.approx(told.reference, rel=1e-7, abs=1e-14)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(METHODS))
def test_cells_give_the_doubly_robust_figures_of_the_rows(seed: int, method: str) -> None:
    drawn = Drawn(seed)
    try:
        fitted = drawn.fit(method)
        models = [(fit_double(fitted, Y), drawn.y, "linear"), (fit_double(fitted, V), drawn.v, "logistic")]
    except CountersignError:
        assume(False)
    for model, y, family in models:
        assert model.outcome.family == family
        for by, inside in (((), None), (("g",), 1)):
            result = estimate_double(model, by=by)
            told = slow(drawn.rows(y, inside), method, family)
            assert result.value[-1] == pytest.approx(told.value, rel=1e-9)
            assert result.own[-1] == pytest.approx(told.own, rel=1e-8)
            assert result.reference[-1] == pytest.approx(told.reference, rel=1e-7, abs=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_each_of_several_targets_has_its_own_standard_error_and_they_have_a_covariance(method: str) -> None:
    drawn = Drawn(11)
    fitted = drawn.fit(method)
    for by in ((), ("g",)):
        alone = np.concatenate([estimate_weighted(fitted, target, by=by).se for target in (Y, V)])
        joint = covariance_weighted(fitted, [Y, V], by=by)
        np.testing.assert_allclose(np.sqrt(np.diag(joint)), alone, rtol=1e-9)
        assert len(set(np.round(alone, 9))) == len(alone)
        assert np.linalg.eigvalsh(joint).min() > -1e-12
        models = [fit_double(fitted, target) for target in (Y, V)]
        alone = np.concatenate([estimate_double(model, by=by).se for model in models])
        np.testing.assert_allclose(np.sqrt(np.diag(covariance_double(models, by=by))), alone, rtol=1e-9)


def test_the_covariance_is_that_of_a_sum_of_two_targets() -> None:
    drawn = Drawn(12)
    drawn.y, drawn.v = np.nan_to_num(drawn.y), np.nan_to_num(drawn.v)
    keys = {"x": drawn.x, "z": drawn.z, "g": drawn.g}
    measures = {"y": drawn.y, "v": drawn.v, "both": drawn.y + drawn.v}
    drawn.volunteers = cells_of(keys, measures, np.ones(len(drawn.y)))
    fitted = drawn.fit("mle")
    both = estimate_weighted(fitted, Target("both", "both"))
    joint = covariance_weighted(fitted, [Target("y", "y"), Target("v", "v")])
    assert joint.sum() == pytest.approx(both.se[0] ** 2, rel=1e-10)


@pytest.mark.parametrize("population", [None, 4_000.0])
def test_totals_of_a_partition_add_up(population: float | None) -> None:
    drawn = Drawn(13)
    there = Target("there", "y there", statistic="total")
    fitted = drawn.fit("mle")
    whole = estimate_weighted(fitted, there, population=population)
    parts = estimate_weighted(fitted, there, by=["g", "x"], population=population)
    assert parts.value.sum() == pytest.approx(whole.value[0], rel=1e-12)
    joint = covariance_weighted(fitted, [there], by=["g", "x"], population=population)
    assert joint.sum() == pytest.approx(whole.se[0] ** 2, rel=1e-9)
    double = fit_double(fitted, there)
    whole = estimate_double(double, population=population)
    parts = estimate_double(double, by=["g", "x"], population=population)
    assert parts.value.sum() == pytest.approx(whole.value[0], rel=1e-12)
    joint = covariance_double([double], by=["g", "x"], population=population)
    assert joint.sum() == pytest.approx(whole.se[0] ** 2, rel=1e-9)


def test_a_total_counts_missing_answers_for_nothing_so_they_are_refused() -> None:
    fitted = Drawn(14).fit("mle")
    with pytest.raises(EstimationError, match="7 volunteers gave no answer to 'y'"):
        estimate_weighted(fitted, Target("y", "y", "y there", "total"))
    with pytest.raises(EstimationError, match="needs the known size of the population of every domain"):
        estimate_weighted(fitted, Target("y", "y there"), by=["g"], estimator="horvitz-thompson", population=100.0)


def test_sizes_of_domains_serve_the_mean_over_a_known_number_of_people() -> None:
    fitted = Drawn(15).fit("calibrated")
    there = Target("there", "y there")
    sizes = {0: 1_000.0, 1: 2_000.0}
    result = estimate_weighted(fitted, there, by=["g"], estimator="horvitz-thompson", population=sizes)
    total = estimate_weighted(fitted, Target("there", "y there", statistic="total"), by=["g"])
    assert result.value == pytest.approx(total.value / [1_000, 2_000])
    assert result.se == pytest.approx(total.se / [1_000, 2_000])


def test_many_domains_come_out_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = Drawn(16).fit("mle")
    double = fit_double(fitted, Y)
    at_once = estimate_weighted(fitted, Y, by=["g", "x"]), estimate_double(double, by=["g", "x"])
    monkeypatch.setattr("countersign.estimation.nonprobability.target.BLOCK", 60)
    in_blocks = estimate_weighted(fitted, Y, by=["g", "x"]), estimate_double(double, by=["g", "x"])
    for one, other in zip(at_once, in_blocks, strict=True):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
        np.testing.assert_allclose(one.se, other.se, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_two_surveys_with_designs_of_their_own_add_their_variances_by_the_square_of_their_shares(method: Any) -> None:
    first, second = Drawn(17, clustered=True), Drawn(17, clustered=False)  # the same people, drawn in different ways
    options: dict[str, Any] = {"on": ON, "numeric": ["z"], "method": method}
    alone = [
        estimate_weighted(fit_propensity(first.volunteers, [each.reference], **options), Y) for each in (first, second)
    ]
    both = fit_propensity(first.volunteers, [first.reference, second.reference], shares=[0.3, 0.7], **options)
    found = estimate_weighted(both, Y)
    assert found.value[0] == pytest.approx(alone[0].value[0], rel=1e-10)
    assert found.own[0] == pytest.approx(alone[0].own[0], rel=1e-9)
    expected = 0.3**2 * alone[0].reference[0] + 0.7**2 * alone[1].reference[0]
    assert found.reference[0] == pytest.approx(expected, rel=1e-8)
    double = estimate_double(fit_double(both, Y))
    single = [
        estimate_double(fit_double(fit_propensity(first.volunteers, [each.reference], **options), Y))
        for each in (first, second)
    ]
    expected = 0.3**2 * single[0].reference[0] + 0.7**2 * single[1].reference[0]
    assert double.reference[0] == pytest.approx(expected, rel=1e-8)
