"""Job vacancies and central job offers (R package nonprobsvy 0.2.3): points, and both parts of the standard errors.

The published figures are the output of the replication script of Chrostowski, Chlebicki and Beresewicz (2026), Journal
of Statistical Software 117(2).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from vacancies import ON, offers, vacancies

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.imputation import impute, impute_from_totals
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.reference import Reference
from real_data import shared


@cache
def sources() -> tuple[Cells, Reference]:
    return offers(), Reference(vacancies(), Design(strata=("size",)))


def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("inference", "nonprob_jvs_admin.json").read_text())
    return found


def test_the_linear_model_agrees_in_its_point_and_in_both_parts_of_its_standard_error() -> None:
    found, wanted = impute(*sources(), "single_shift", ON), stored()["mi_glm_gaussian"]
    assert found.value[0] == pytest.approx(wanted["est"], rel=1e-10)
    assert found.volunteers_part[0] == pytest.approx(wanted["se_nonprob"], rel=1e-9)
    assert found.reference_part[0] == pytest.approx(wanted["se_prob"], rel=1e-9)
    assert found.se[0] == pytest.approx(wanted["se"], rel=1e-9)


def test_the_logistic_model_agrees_with_the_exact_fit() -> None:
    found, wanted = impute(*sources(), "single_shift", ON, model="logistic"), stored()["mi_glm_binomial"]
    assert found.value[0] == pytest.approx(0.703208877916958, rel=1e-9)
    assert found.value[0] == pytest.approx(0.7031991, abs=2e-5)  # published, from a loose convergence
    assert found.volunteers_part[0] == pytest.approx(wanted["se_nonprob"], rel=1e-5)
    assert found.reference_part[0] == pytest.approx(wanted["se_prob"], rel=1e-5)


def margins(cells: Cells) -> dict[str, dict[Any, float]]:
    found: dict[str, dict[Any, float]] = {}
    for name in ON:
        code, levels = cells.coded(name)
        found[name] = dict(zip(levels, np.bincount(code, cells.weight).tolist(), strict=True))
    return found


def test_totals_alone_give_the_linear_result_with_the_volunteers_part_of_its_error() -> None:
    volunteers, reference = sources()
    found = impute_from_totals(volunteers, margins(reference.cells), "single_shift", ON)
    assert found.value[0] == pytest.approx(0.703858701257595, rel=1e-10)
    assert found.se[0] == pytest.approx(0.00497911011639031, rel=1e-9)


def test_totals_alone_do_not_carry_a_curve() -> None:
    volunteers, reference = sources()
    with pytest.raises(EstimationError, match="the mean of its predictions is not its prediction at the mean"):
        impute_from_totals(volunteers, margins(reference.cells), "single_shift", ON, model="logistic")


def test_domains_add_up_to_the_whole() -> None:
    volunteers, reference = sources()
    for model in ("linear", "logistic", "nearest", "predictive-mean"):
        whole = impute(volunteers, reference, "single_shift", ON, model=model)  # type: ignore[arg-type]
        parts = impute(volunteers, reference, "single_shift", ON, model=model, by=["size"])  # type: ignore[arg-type]
        assert parts.value @ parts.size / parts.size.sum() == pytest.approx(whole.value[0], rel=1e-12)
        assert (parts.se > 0).all()


def test_tied_donors_all_count_so_neighbours_and_models_agree() -> None:
    # The package reports 0.6799537 (5 nearest) and 0.7337 or 0.7459 (predictive means, two versions): which of
    # hundreds of equally near donors it takes depends on how its search tree cuts. With all of them the four ways of
    # imputing lie within one standard error of each other.
    volunteers, reference = sources()
    nearest = impute(volunteers, reference, "single_shift", ON, model="nearest")
    means = impute(volunteers, reference, "single_shift", ON, model="predictive-mean")
    assert nearest.value[0] == pytest.approx(0.703863565392674, rel=1e-9)
    assert nearest.tied == 522
    assert means.value[0] == pytest.approx(0.70780122, abs=1e-7)
    assert abs(nearest.value[0] - 0.70321) < nearest.se[0]
    assert abs(means.value[0] - 0.70321) < means.se[0]
