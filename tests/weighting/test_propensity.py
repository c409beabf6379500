from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import countersign
from countersign import inference
from countersign.errors import WeightingError
from countersign.estimation.regression import fit_regression
from countersign.estimation.sample import prepare
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.propensity import KnownTotals
from countersign.model.reference import Reference, Replicates
from countersign.weighting.propensity import fit_propensity

METHODS = ["mle", "calibrated", "adjusted-logistic"]


def cells(rows: list[tuple[Any, ...]], names: list[str], weight: list[float] | None = None) -> Cells:
    """One cell a row: (categories ..., n), all of one base weight."""
    n = np.array([row[-1] for row in rows], dtype=np.int64)
    d = np.ones(len(rows)) if weight is None else np.array(weight)
    keys: dict[str, Any] = {}
    for place, name in enumerate(names):
        keys[name] = np.empty(len(rows), dtype=object)
        keys[name][:] = [row[place] for row in rows]
    none = np.zeros((len(rows), 0))
    return Cells(keys, (), n, n * d, n * d**2, none, none, np.zeros((len(rows), 0, 0)), none)


def volunteers(**changed: int) -> Cells:
    count = {"nf": 9, "nm": 5, "sf": 6, "sm": 8} | changed
    rows = [(place, sex, n) for (place, sex), n in zip(count, count.values(), strict=True) if n]
    return cells(rows, ["place", "sex"])


def survey(n: list[int] | None = None, d: list[float] | None = None, name: str = "") -> Reference:
    rows = [("n", "f"), ("n", "m"), ("s", "f"), ("s", "m")]
    many = n or [5, 6, 4, 7]
    held = cells(
        [(*row, count) for row, count in zip(rows, many, strict=True)], ["place", "sex"], d or [20.0, 15, 25, 30]
    )
    return Reference(held, Design(), name=name)


ON = ["place", "sex"]


def dense(one: Cells) -> np.ndarray:
    return np.column_stack([np.ones(len(one)), one.keys["place"] == "s", one.keys["sex"] == "m"]).astype(float)


def test_maximum_likelihood_is_the_score_with_h_of_x() -> None:
    """The general form sum_A h = sum_B d pi h, with h = x."""
    own, other = volunteers(), survey()
    fitted = fit_propensity(own, [other], on=ON)
    x, z = dense(own), dense(other.cells)
    rate = 1 / (1 + np.exp(-z @ fitted.coefficients))
    np.testing.assert_allclose(own.n @ x, (other.cells.weight * rate) @ z, rtol=1e-13)


def test_calibrated_chances_meet_the_totals_of_the_reference() -> None:
    """The general form with h = x / pi."""
    own, other = volunteers(), survey()
    fitted = fit_propensity(own, [other], on=ON, method="calibrated")
    np.testing.assert_allclose((own.n / fitted.rate) @ dense(own), other.cells.weight @ dense(other.cells), rtol=1e-12)
    assert [one.after for one in fitted.weights.balance] == pytest.approx([0.0] * 4, abs=1e-12)
    assert max(one.before for one in fitted.weights.balance) > 0.05


def test_adjusted_logistic_is_a_weighted_logistic_regression_of_being_a_volunteer() -> None:
    own, other = volunteers(), survey()
    fitted = fit_propensity(own, [other], on=ON, method="adjusted-logistic")
    x = np.concatenate([dense(own), dense(other.cells)])
    part = np.concatenate([np.ones(len(own)), np.zeros(len(other.cells))])
    weight = np.concatenate([own.n, other.cells.weight])
    slow = fit_regression(part, x, family="logit", weight=weight)
    np.testing.assert_allclose(fitted.coefficients, slow.coefficients, rtol=1e-6)
    np.testing.assert_allclose(fitted.rate, np.exp(dense(own) @ fitted.coefficients), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_with_a_saturated_model_all_methods_weight_to_the_cell_counts(method: Any) -> None:
    own, other = volunteers(), survey()
    fitted = fit_propensity(own, [other], on=[("place", "sex")], method=method)
    np.testing.assert_allclose(own.n / fitted.rate, other.cells.weight, rtol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_survey_twice_is_the_survey_once(method: Any) -> None:
    once = fit_propensity(volunteers(), [survey()], on=ON, method=method)
    twice = fit_propensity(volunteers(), [survey(), survey()], on=ON, method=method)
    np.testing.assert_allclose(once.coefficients, twice.coefficients, rtol=1e-11)
    assert twice.shares == (0.5, 0.5)
    larger = fit_propensity(
        volunteers(), [survey(), survey([50, 60, 40, 70], [2.0, 1.5, 2.5, 3])], on=ON, method=method
    )
    np.testing.assert_allclose(once.coefficients, larger.coefficients, rtol=1e-11)
    assert larger.shares == pytest.approx((1 / 11, 10 / 11))


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(WeightingError, match="do not add up to 1"):
        fit_propensity(volunteers(), [survey(), survey()], on=ON, shares=[0.5, 0.6])


def test_known_totals_take_the_place_of_a_survey_when_calibrated() -> None:
    totals = KnownTotals({"place": {"n": 190.0, "s": 310.0}, "sex": {"f": 200.0, "m": 300.0}})
    known = fit_propensity(volunteers(), totals, on=ON, method="calibrated")
    sampled = fit_propensity(volunteers(), [survey()], on=ON, method="calibrated")
    np.testing.assert_allclose(known.coefficients, sampled.coefficients, rtol=1e-11)
    with pytest.raises(WeightingError, match="needs a reference sample"):
        fit_propensity(volunteers(), totals, on=ON)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"place": {"n": 190.0, "s": 310.0}}, "no totals of sex"),
        ({"place": {"n": 190.0}, "sex": {"f": 200.0, "m": 300.0}}, "no total of place = s"),
        ({"place": {"n": 190.0, "s": 310.0, "w": 5.0}, "sex": {"f": 200.0, "m": 305.0}}, "None of the volunteers has"),
        ({"place": {"n": 190.0, "s": 310.0}, "sex": {"f": 200.0, "m": 301.0}}, "add up to"),
        (
            {"place": {"n": 190.0, "s": 310.0}, "sex": {"f": 15.0, "m": 485.0}},
            "17 volunteers with the first category of sex",
        ),
    ],
)
def test_totals_that_do_not_fit_are_refused(counts: Any, words: str) -> None:
    with pytest.raises(WeightingError, match=words):
        fit_propensity(volunteers(nf=9, sf=8), KnownTotals(counts), on=ON, method="calibrated")


@pytest.mark.parametrize("method", ["mle", "calibrated"])
@pytest.mark.parametrize(("people", "fits"), [(13.0, False), (14.0, False), (16.0, True)])
def test_a_category_must_hold_more_people_than_volunteers(method: Any, people: float, fits: bool) -> None:
    """14 volunteers live in the north."""
    other = survey([2, 2, 4, 7], [people / 4, people / 4, 25.0, 30])
    if fits:
        assert (fit_propensity(volunteers(), [other], on=["place"], method=method).rate < 1).all()
    else:
        with pytest.raises(WeightingError, match="14 volunteers with place=n, and the reference counts 1"):
            fit_propensity(volunteers(), [other], on=["place"], method=method)


@pytest.mark.parametrize("method", ["mle", "calibrated"])
def test_separation_is_refused_with_its_sentence(method: Any) -> None:
    """A number that only volunteers exceed: the chances run to 1 above it and to 0 below."""
    own = cells([("n", 4.0, 20), ("s", 5.0, 20)], ["place", "x"])
    other = Reference(cells([("n", 1.0, 30), ("s", 2.0, 30)], ["place", "x"], [10.0, 10.0]), Design())
    with pytest.raises(WeightingError, match=r"decide who took part \(separation\); the coefficients of .*x"):
        fit_propensity(own, [other], on=["place", "x"], numeric=["x"], method=method)


def test_columns_that_follow_from_each_other_are_refused() -> None:
    own, other = volunteers(), survey()
    for one in (own, other.cells):
        one.keys["copy"] = one.keys["place"]  # type: ignore[index]
    with pytest.raises(WeightingError, match=r"depend on each other: .*copy=s"):
        fit_propensity(own, [other], on=["place", "copy"])


def test_a_missing_value_and_an_unknown_variable_are_refused() -> None:
    own = cells([("n", "f", 3), (None, "m", 2)], ["place", "sex"])
    with pytest.raises(WeightingError, match="2 rows of the volunteers have no value of 'place'"):
        fit_propensity(own, [survey()], on=ON)
    with pytest.raises(WeightingError, match=r"'plaice' is not in the volunteers. Did you mean 'place'"):
        fit_propensity(volunteers(), [survey()], on=["plaice"])
    with pytest.raises(WeightingError, match="Did you mean 'calibrated'"):
        fit_propensity(volunteers(), [survey()], on=ON, method="calibrate")  # type: ignore[arg-type]


def test_a_category_without_volunteers_is_refused_or_left_out_by_name() -> None:
    own = volunteers(sf=0, sm=0)
    with pytest.raises(WeightingError, match=r"None of the volunteers has place = s, which is 62.0% of the population"):
        fit_propensity(own, [survey()], on=["sex", "place"])
    other = survey()
    fitted = fit_propensity(volunteers(), [_with_west(other)], on=ON, restrict=True)
    assert fitted.restriction is not None
    assert fitted.restriction.words == "without place=w"
    assert fitted.restriction.share == pytest.approx(40 / 540)
    np.testing.assert_allclose(
        fitted.coefficients, fit_propensity(volunteers(), [other], on=ON).coefficients, rtol=1e-11
    )
    # rows that are left out keep their place in the design: a part of a sample is a domain of it
    assert fitted.references[0].n == other.n + 4
    assert fitted.references[0].size == pytest.approx(500)
    assert prepare(fitted.references[0].cells, design=Design()).sampled.tolist() == [26.0]


def _with_west(other: Reference) -> Reference:
    held = other.cells
    rows = [*zip(held.keys["place"], held.keys["sex"], held.n.tolist(), strict=True), ("w", "f", 4)]
    return Reference(cells(rows, ["place", "sex"], [20.0, 15, 25, 30, 10]), Design())


def test_volunteers_nobody_in_the_survey_is_like_are_counted_when_left_out() -> None:
    own = cells([("n", "f", 9), ("n", "m", 5), ("s", "f", 6), ("s", "m", 8), ("e", "f", 2)], ["place", "sex"])
    with pytest.raises(WeightingError, match="Nobody in the reference has place = e"):
        fit_propensity(own, [survey()], on=ON)
    fitted = fit_propensity(own, [survey()], on=ON, restrict=True)
    assert fitted.restriction is not None
    assert (fitted.restriction.volunteers, fitted.restriction.share) == (2, 0.0)
    with pytest.raises(WeightingError, match="no combination of categories in common"):
        fit_propensity(cells([("x", "f", 3)], ["place", "sex"]), [survey()], on=["place"], restrict=True)


def test_replicates_follow_a_restriction() -> None:
    other = _with_west(survey())
    table = np.abs(np.random.default_rng(1).normal(other.cells.weight[:, None], 3, (5, 20)))
    held = Reference(other.cells, Design(), Replicates(table, 1 / 20))
    fitted = fit_propensity(volunteers(), [held], on=ON, restrict=True)
    kept = fitted.references[0].replicates
    assert kept is not None
    assert (kept.weight[-1] == 0).all()
    assert (kept.weight[:-1] == table[:-1]).all()


def test_combinations_without_volunteers_are_told_but_the_model_speaks_for_them() -> None:
    fitted = fit_propensity(volunteers(nm=0), [survey()], on=ON)
    assert fitted.unseen == pytest.approx(90 / 500)
    assert fit_propensity(volunteers(), [survey()], on=ON).unseen == 0


TABLE = {"place": ["n", "n", "n", "s", "s", "s"], "sex": ["f", "m", "f", "f", "m", "m"], "yes": [1, 0, 1, 0, 0, 1]}
PEOPLE = {"place": ["n", "n", "s", "s"], "sex": ["f", "m", "f", "m"], "d": [10.0, 12.5, 8.0, 20.0]}


def frame(columns: dict[str, list[Any]]) -> Any:
    import pandas

    return pandas.DataFrame(columns)


def test_weights_go_where_weights_go() -> None:
    weights = inference.weigh_by_propensity(frame(TABLE), frame(PEOPLE), on=ON, weight="d", method="calibrated")
    assert weights.total == pytest.approx(50.5)
    found = countersign.estimate(frame(TABLE), mean="yes", weights=weights).estimates[0]
    told = inference.estimate_by_propensity(
        frame(TABLE), frame(PEOPLE), mean="yes", on=ON, weight="d", method="calibrated"
    )
    assert found.value == pytest.approx(told["yes"].value)


def test_a_survey_that_writes_numbers_as_text_is_told_so() -> None:
    numbers = TABLE | {"place": [1, 1, 1, 2, 2, 2]}
    texts = PEOPLE | {"place": ["1", "1", "2", "2"]}
    people = countersign.read(frame(texts), variables={"place": {"type": "category"}})
    table = countersign.read(frame(numbers), variables={"place": {"type": "integer"}})
    with pytest.raises(WeightingError, match="as numbers on one side and as text on the other"):
        inference.weigh_by_propensity(table, people, on=ON, weight="d")


def test_replicate_weights_of_the_survey_carry_its_part_of_the_standard_error() -> None:
    people = frame(
        PEOPLE | {"r1": [0, 25, 16, 20], "r2": [20, 0, 8, 40], "r3": [20.0, 25, 0, 20], "r4": [10.0, 12.5, 16, 0]}
    )
    made = inference.replicate(people, weight="d", columns=["r1", "r2", "r3", "r4"], scale=0.25, degrees=3)
    options: dict[str, Any] = {"mean": "yes", "on": ["place"], "weight": "d"}
    found = inference.estimate_by_propensity(frame(TABLE), people, **options, replicates=made)["yes"]
    without = inference.estimate_by_propensity(frame(TABLE), people, **options)["yes"]
    assert found.value == without.value
    assert found.standard_error != without.standard_error
