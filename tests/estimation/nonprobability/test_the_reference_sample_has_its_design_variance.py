from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.reference_variance import degrees_of, design_covariance, regressor_covariance
from countersign.estimation.regression import row_covariance
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.reference import Reference, Replicates
from countersign.model.regressors import regress_on


def cells_from(columns: dict[str, Any], weight: np.ndarray) -> tuple[Cells, np.ndarray]:
    """Rows to cells by all columns, and the cell of each row."""
    rows = list(zip(*[column.tolist() for column in columns.values()], strict=True))
    labels = sorted(set(rows))
    place = {label: number for number, label in enumerate(labels)}
    own = np.array([place[row] for row in rows])
    keys = {}
    for number, name in enumerate(columns):
        keys[name] = np.empty(len(labels), dtype=object)
        keys[name][:] = [label[number] for label in labels]
    n = np.bincount(own)
    none = np.zeros((len(labels), 0))
    sums = np.bincount(own, weight), np.bincount(own, weight**2)
    return Cells(keys, (), n, *sums, none, none, np.zeros((len(labels), 0, 0)), none), own


def survey(seed: int, n: int = 60) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    stratum = np.arange(n) % 3
    columns = {"x": random.integers(0, 4, n), "stratum": stratum, "psu": random.integers(0, 4, n) + 4 * stratum}
    columns["psu"][:12] = np.arange(12) // 3 + 4 * (np.arange(12) % 3)
    columns["N"] = np.array([40, 50, 60])[stratum]
    return columns, random.uniform(1, 9, n), random.normal(size=(4, 2))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_cells_give_the_covariance_of_the_rows(seed: int, clustered: bool, finite: bool) -> None:
    columns, weight, score = survey(seed)
    cells, _ = cells_from(columns, weight)
    design = Design(strata=("stratum",), psu="psu" if clustered else "", fpc="N" if finite else "")
    found = design_covariance(Reference(cells, design), score[np.array(cells.keys["x"], dtype=int)])
    rows = score[columns["x"]] * weight[:, None]
    slow, _ = row_covariance(
        rows,
        stratum=columns["stratum"],
        psu=columns["psu"] if clustered else None,
        fpc=columns["N"] if finite else None,
    )
    np.testing.assert_allclose(found, slow, rtol=1e-10, atol=1e-10 * np.abs(slow).max())


def test_the_total_of_a_stratified_sample_with_equal_weights_does_not_move() -> None:
    columns, _, _ = survey(1)
    cells, _ = cells_from(columns, np.full(60, 7.3))
    found = design_covariance(Reference(cells, Design(strata=("stratum",))), np.ones(len(cells)))
    assert found.tolist() == [[0.0]]


def test_replicate_weights_take_the_place_of_the_design() -> None:
    columns, weight, score = survey(2)
    cells, own = cells_from({"x": columns["x"]}, weight)
    random = np.random.default_rng(5)
    table = weight[:, None] * random.exponential(size=(60, 30))
    summed = np.stack([np.bincount(own, column) for column in table.T], axis=1)
    totals = table.T @ score[columns["x"]]
    replicates = Replicates(summed, scale=1 / 30)
    found = design_covariance(Reference(cells, Design(), replicates), score)
    np.testing.assert_allclose(found, np.cov(totals.T, bias=True), rtol=1e-12)
    about = design_covariance(Reference(cells, Design(), Replicates(summed, 1 / 30, centre="full")), score)
    gap = totals - weight @ score[columns["x"]]
    np.testing.assert_allclose(about, gap.T @ gap / 30, rtol=1e-12)


def test_an_enumeration_does_not_move_and_has_no_limit_of_degrees() -> None:
    columns, weight, score = survey(3)
    cells, _ = cells_from({"x": columns["x"]}, weight)
    whole = Reference(cells, Design(enumeration=True))
    assert (design_covariance(whole, score) == 0).all()
    assert degrees_of(whole) == math.inf
    assert degrees_of(Reference(cells_from(columns, weight)[0], Design(("stratum",), "psu"))) == 9


def test_a_stratum_of_one_unit_is_refused_unless_told_what_to_do() -> None:
    columns = {"x": np.array([0, 0, 1]), "stratum": np.array([1, 1, 2])}
    cells, _ = cells_from(columns, np.ones(3))
    with pytest.raises(EstimationError, match="only one sampling unit"):
        design_covariance(Reference(cells, Design(("stratum",))), np.ones(2))
    found = design_covariance(Reference(cells, Design(("stratum",), lonely="certainty")), np.array([1.0, 5.0]))
    assert found.tolist() == [[0.0]]


@pytest.mark.parametrize("weights", [[0.0, 0.0], [-1.0, 5.0], [float("nan"), 1.0]])
def test_weights_that_are_no_population_are_refused(weights: list[float]) -> None:
    with pytest.raises(EstimationError, match="do not add up to a population"):
        Reference(cells_from({"x": np.array([0, 1])}, np.array(weights))[0], Design())


@pytest.mark.parametrize("kind", ["rows", "clusters", "replicates", "enumeration", "alone"])
def test_columns_kept_as_codes_have_the_covariance_of_the_model_matrix(kind: str) -> None:
    columns, weight, _ = survey(7)
    columns["z"] = np.random.default_rng(8).integers(0, 3, 60)
    if kind == "alone":
        columns["stratum"][0] = 9
    cells, _ = cells_from(columns, weight)
    lonely = "adjust" if kind == "alone" else "refuse"
    design = Design(("stratum",), "psu" if kind == "clusters" else "", lonely=lonely, enumeration=kind == "enumeration")
    random = np.random.default_rng(9)
    replicates = Replicates(cells.weight[:, None] * random.exponential(size=(len(cells), 12)), 1 / 12)
    reference = Reference(cells, design, replicates if kind == "replicates" else None)
    (regressors,) = regress_on([cells], ["x", "z"], numeric=["z"])
    amount = random.uniform(size=len(cells))
    found = regressor_covariance(reference, regressors, amount)
    slow = design_covariance(reference, regressors.dense() * amount[:, None])
    np.testing.assert_allclose(found, slow, rtol=1e-10, atol=1e-10 * max(np.abs(slow).max(), 1e-300))
    assert (found == 0).all() == (kind == "enumeration")
