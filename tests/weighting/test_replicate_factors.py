"""Replicate factors: what they are by hand, what all of them must fulfil, and which designs are refused."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import EstimationError, WeightingError
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.replicates import ReplicateWeights
from countersign.weighting.replication import KINDS, RANDOM, replicate_weights
from countersign.weighting.replication_hadamard import hadamard

STRATIFIED = Design(strata=("h",), psu="i")


def units(sizes, population=None, **more):
    """Return cells of units: stratum number -> how many units."""
    h = [stratum for stratum, count in sizes.items() for _ in range(count)]
    i = [unit for count in sizes.values() for unit in range(1, count + 1)]
    keys = {"h": h, "i": i, **more}
    if population:
        keys["N"] = [population[stratum] for stratum in h]
    size = len(h)
    none = np.zeros((size, 0))
    columns = {}
    for name, values in keys.items():
        columns[name] = np.empty(size, dtype=object)
        columns[name][:] = values
    return Cells(
        keys=columns, measures=(), n=np.ones(size, dtype=np.int64), weight=np.ones(size), weight2=np.ones(size),
        first=none, cross=none, second=np.zeros((size, 0, 0)), plain=none,
    )  # fmt: skip


def spread(found: ReplicateWeights, y):
    """Variance of the total of one number a unit."""
    gap = np.asarray(y, dtype=float) @ (found.factors - 1)
    return float(found.scale * (found.rscales * gap**2).sum())


# --- Hadamard matrices -----------------------------------------------------------------------------------------------


def test_every_hadamard_matrix_up_to_order_300_is_balanced_and_hardly_larger_than_needed():
    for least in (1, 2, 3, 4, *range(5, 301, 3)):
        signs = hadamard(least).astype(float)
        size = len(signs)
        assert least <= size <= max(least + 11, 4)
        assert np.array_equal(signs @ signs.T, size * np.eye(size))
        assert (signs[0] == 1).all()
        assert (signs[:, 0] == 1).all()
        assert set(np.unique(signs)) <= {1, -1}


@pytest.mark.parametrize("order", [1, 2, 4, 12, 20, 28, 36, 60, 76, 140, 1000, 2048])
def test_orders_of_every_construction_exist(order):
    assert len(hadamard(order)) == order


def test_an_order_beyond_the_largest_is_refused():
    with pytest.raises(WeightingError, match="too many for balanced half samples"):
        hadamard(2049)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_the_jackknife_of_three_units_by_hand():
    found = replicate_weights(units({1: 3}), "JK1", design=Design(psu="i"))
    np.testing.assert_allclose(found.factors, [[0, 1.5, 1.5], [1.5, 0, 1.5], [1.5, 1.5, 0]])
    assert (found.scale, found.degrees) == (pytest.approx(2 / 3), 2)
    assert (found.rscales == 1).all()


def test_the_stratified_jackknife_by_hand():
    cells = units({1: 2, 2: 3}, population={1: 4, 2: 30})
    found = replicate_weights(cells, "JKn", design=Design(strata=("h",), psu="i", fpc="N"))
    np.testing.assert_allclose(
        found.factors,
        [[0, 2, 1, 1, 1], [2, 0, 1, 1, 1], [1, 1, 0, 1.5, 1.5], [1, 1, 1.5, 0, 1.5], [1, 1, 1.5, 1.5, 0]],
    )
    np.testing.assert_allclose(found.rscales, [0.5 * 0.5] * 2 + [0.9 * 2 / 3] * 3)
    assert (found.scale, found.degrees) == (1, 3)


def test_half_samples_double_one_unit_of_each_pair_and_fay_softens_it():
    whole = replicate_weights(units({1: 2, 2: 2, 3: 2}), "BRR", design=STRATIFIED)
    soft = replicate_weights(units({1: 2, 2: 2, 3: 2}), "Fay", design=STRATIFIED, rho=0.3)
    assert whole.factors.shape == (6, 4)
    assert set(np.unique(whole.factors)) == {0.0, 2.0}
    np.testing.assert_allclose(whole.factors[::2] + whole.factors[1::2], 2)
    np.testing.assert_allclose(soft.factors - 1, 0.7 * (whole.factors - 1))
    assert whole.scale == 1 / 4
    assert soft.scale == pytest.approx(1 / (4 * 0.49))


def test_three_strata_need_four_half_samples_and_four_need_eight():
    """Full orthogonal balance: the constant row is not used, so the mean of the replicates is the total."""
    for strata, replicates in ((1, 2), (3, 4), (4, 8), (7, 8), (8, 12)):
        found = replicate_weights(units(dict.fromkeys(range(strata), 2)), "BRR", design=STRATIFIED)
        assert len(found) == replicates
        np.testing.assert_allclose(found.factors.mean(axis=1), 1, rtol=1e-14)


def test_successive_differences_are_half_the_squared_differences_of_neighbours():
    y = [3.0, 5.0, 4.0, 9.0, 1.0, 7.0]
    order = [1, 3, 2, 1, 3, 2]  # within strata: numbers are different over all
    cells = units({1: 3, 2: 3}, order=[10 * h + o for h, o in zip([1, 1, 1, 2, 2, 2], order, strict=True)])
    found = replicate_weights(cells, "SDR", design=STRATIFIED, order="order", replicates=20)
    first, second = [3.0, 4.0, 5.0], [9.0, 7.0, 1.0]
    wanted = sum((np.subtract(part, np.roll(part, 1)) ** 2).sum() / 2 for part in (first, second))
    assert spread(found, y) == pytest.approx(wanted, rel=1e-13)
    assert found.scale == 4 / 20


def test_successive_differences_with_a_population_size_shrink_by_the_part_not_drawn():
    y = [3.0, 5.0, 4.0]
    cells = units({1: 3}, population={1: 12}, order=[1, 2, 3])
    plain = replicate_weights(cells, "SDR", design=STRATIFIED, order="order", replicates=4)
    found = replicate_weights(cells, "SDR", design=Design(strata=("h",), psu="i", fpc="N"), order="order", replicates=4)
    assert spread(found, y) == pytest.approx(0.75 * spread(plain, y), rel=1e-13)


# --- what every kind must fulfil -------------------------------------------------------------------------------------


def taylor(sizes, y, population=None):
    """Variance of a total: sum of (1 - f) n/(n-1) times the squared distances from the stratum mean."""
    total, start = 0.0, 0
    for stratum, n in sizes.items():
        part = np.array(y[start : start + n])
        start += n
        f = n / population[stratum] if population else 0.0
        total += (1 - f) * n / (n - 1) * ((part - part.mean()) ** 2).sum()
    return total


@pytest.mark.parametrize("kind", ["JKn", "BRR", "Fay"])
def test_exact_kinds_have_the_linearised_variance_of_a_total(kind):
    sizes = dict.fromkeys(range(5), 2)
    y = np.random.default_rng(3).normal(size=10).tolist()
    assert spread(replicate_weights(units(sizes), kind, design=STRATIFIED), y) == pytest.approx(
        taylor(sizes, y), rel=1e-12
    )


@pytest.mark.parametrize("kind", RANDOM)
def test_random_kinds_have_it_on_average_and_factors_sum_to_the_units(kind):
    """20,000 replicates: a relative error of sqrt(2 / R) = 1 %. The bootstrap needs strata of one size."""
    sizes = {1: 4, 2: 4} if kind == "bootstrap" else {1: 2, 2: 7}
    size = sum(sizes.values())
    y = np.random.default_rng(4).normal(size=size).tolist()
    found = replicate_weights(units(sizes), kind, design=STRATIFIED, replicates=20_000, seed=5)
    assert spread(found, y) == pytest.approx(taylor(sizes, y), rel=0.05)
    np.testing.assert_allclose(found.factors.sum(axis=0), size, rtol=1e-12)
    np.testing.assert_allclose(found.factors.mean(axis=1), 1, atol=0.05)
    assert (found.factors >= 0).all()
    assert found.degrees == size - 2


@pytest.mark.parametrize("draws", [0, 2])
def test_the_rescaled_bootstrap_with_a_population_size(draws):
    sizes, population = {1: 5, 2: 5}, {1: 10, 2: 23}
    y = np.random.default_rng(6).normal(size=10).tolist()
    design = Design(strata=("h",), psu="i", fpc="N")
    found = replicate_weights(units(sizes, population), "Rao-Wu", design=design, replicates=20_000, draws=draws)
    assert spread(found, y) == pytest.approx(taylor(sizes, y, population), rel=0.05)


def test_the_bootstrap_from_a_repeated_sample_is_too_wide_by_its_known_factor():
    """Drawn without replacement from N copies, a variance has the divisor N - 1 of a population: N/(N-1) too large."""
    y = np.random.default_rng(6).normal(size=5).tolist()
    design = Design(strata=("h",), psu="i", fpc="N")
    found = replicate_weights(units({1: 5}, {1: 10}), "bootstrap", design=design, replicates=20_000)
    assert spread(found, y) == pytest.approx(taylor({1: 5}, y, {1: 10}) * 10 / 9, rel=0.05)


def test_the_subbootstrap_is_rao_wu_with_one_draw_less_than_units():
    one, other = (
        replicate_weights(units({1: 3, 2: 4}), kind, design=STRATIFIED) for kind in ("Rao-Wu", "subbootstrap")
    )
    assert (one.factors == other.factors).all()
    assert one.scale == other.scale == 1 / 499


def test_the_same_seed_gives_the_same_factors_and_another_one_others():
    made = [
        replicate_weights(units({1: 3, 2: 4}), "Rao-Wu", design=STRATIFIED, replicates=50, seed=seed).factors
        for seed in (7, 7, 8)
    ]
    assert (made[0] == made[1]).all()
    assert (made[0] != made[2]).any()


@pytest.mark.parametrize("kind", ["JKn", "BRR", "Fay", "Rao-Wu", "subbootstrap", "bootstrap"])
def test_a_stratum_of_one_certain_unit_does_not_move(kind):
    cells = units({1: 1, 2: 2})
    found = replicate_weights(cells, kind, design=Design(strata=("h",), psu="i", lonely="certainty"), replicates=20)
    assert (found.factors[0] == 1).all()
    assert (found.factors[1] != 1).any()


@pytest.mark.parametrize("kind", ["JKn", "Rao-Wu"])
def test_a_stratum_that_was_taken_whole_does_not_move(kind):
    cells = units({1: 3, 2: 2}, population={1: 3, 2: 10})
    found = replicate_weights(cells, kind, design=Design(strata=("h",), psu="i", fpc="N"), replicates=20)
    assert (found.factors[:3] == 1).all()
    assert len(found) == (2 if kind == "JKn" else 20)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sizes", "told"),
    [
        ("BRR", {"north": 2, "south": 3}, "need two units in every stratum.*: south"),
        ("Fay", {"north": 4, "south": 2}, "need two units in every stratum.*: north"),
        ("JKn", {"north": 2, "south": 1}, "1 strata have only one unit.*: south"),
        ("Rao-Wu", {"north": 2, "south": 1}, "1 strata have only one unit.*: south"),
        ("JK1", {"north": 2, "south": 2}, "JK1 is for a sample without strata"),
        ("SDR", {"north": 2, "south": 2}, "need the order in which units were drawn"),
        ("jackknife", {"north": 2, "south": 2}, "no kind of replicates 'jackknife'"),
        ("jkn", {"north": 2, "south": 2}, "Did you mean 'JKn'"),
    ],
)
def test_a_kind_that_does_not_fit_the_design_is_refused(kind, sizes, told):
    with pytest.raises(WeightingError, match=told):
        replicate_weights(units(sizes), kind, design=STRATIFIED)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("JK1", "SDR")])
def test_one_unit_alone_is_refused(kind):
    with pytest.raises(WeightingError, match="only one unit"):
        replicate_weights(units({1: 1}), kind, design=Design(psu="i"))


@pytest.mark.parametrize("kind", ["BRR", "Fay", "subbootstrap"])
def test_a_population_size_is_refused_where_it_would_be_ignored(kind):
    cells = units({1: 2, 2: 2}, population={1: 4, 2: 9})
    with pytest.raises(WeightingError, match="no place for population sizes"):
        replicate_weights(cells, kind, design=Design(strata=("h",), psu="i", fpc="N"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "Fay", "rho": 1.0}, "rho of 1 cannot be used"),
        ({"kind": "Fay", "rho": -0.1}, "rho of -0.1"),
        ({"kind": "Rao-Wu", "draws": 3}, "3 draws from 3 units give negative factors"),
        ({"kind": "Rao-Wu", "draws": -1}, "-1 draws"),
        ({"kind": "Rao-Wu", "replicates": 1}, "1 replicates have no spread"),
        ({"kind": "Rao-Wu", "replicates": 10**9}, "more than is held at once"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, told):
    sizes = {1: 2, 2: 2} if options["kind"] == "Fay" else {1: 3, 2: 3}
    with pytest.raises(WeightingError, match=told):
        replicate_weights(units(sizes), design=STRATIFIED, **options)


@pytest.mark.parametrize(
    ("population", "told"), [({1: 1, 2: 9}, "more units in the sample"), ({1: None, 2: 9}, "without a value of 'N'")]
)
def test_population_sizes_that_cannot_be_are_refused(population, told):
    with pytest.raises(WeightingError, match=told):
        replicate_weights(units({1: 2, 2: 2}, population), "JKn", design=Design(strata=("h",), psu="i", fpc="N"))


def test_an_order_that_leaves_ties_is_refused():
    with pytest.raises(WeightingError, match="different places"):
        replicate_weights(units({1: 2}, order=[1, 1]), "SDR", design=STRATIFIED, order="order")


@pytest.mark.parametrize(
    ("scale", "rscales", "told"),
    [
        (0.0, [1.0, 1.0], "must be positive"),
        (np.nan, [1.0, 1.0], "must be positive"),
        (1.0, [1.0, -1.0], "must be positive"),
        (1.0, [0.0, 0.0], "must be positive"),
        (1.0, [1.0], "2 replicates and 1 rscales"),
    ],
)
def test_scales_that_give_no_variance_are_refused(scale, rscales, told):
    with pytest.raises(EstimationError, match=told):
        ReplicateWeights(kind="given", scale=scale, rscales=np.array(rscales), degrees=1, columns=("a", "b"))
