"""Each area is judged by its own figures."""

from __future__ import annotations

import pytest
from making import plan

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality.area_precision import precision_by_area

PLAN = plan(source={"roles": {"area": ("county",)}}, indicators={"water": IndicatorPlan("water", "mean", "water")})


def figure(error: float, n: int, domain: dict[str, str], **more) -> Estimate:
    return Estimate(
        indicator="water", statistic="mean", domain=domain, value=1.0, standard_error=error, lower=1 - 2 * error,
        upper=1 + 2 * error, n=n, method="m", convention="t", **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "n", "state"),
    [
        (0.165, 60, State.PASS),
        (0.166, 60, State.WARN),
        (0.1, 59, State.WARN),
        (0.1, 29, State.FAIL),
        (0.34, 90, State.FAIL),
    ],
)
def test_an_area_is_judged_by_its_own_variation_and_number(error, n, state) -> None:
    (finding,) = precision_by_area(PLAN, EstimateTable((figure(error, n, {"county": "Embu"}),)))
    assert (finding.state, finding.domain, finding.subject) == (state, {"county": "Embu"}, "water")
    assert (finding.check, finding.value) == ("precision", pytest.approx(error))


def test_other_groups_and_crossed_ones_are_no_areas() -> None:
    table = EstimateTable((
        figure(0.1, 90, {}), figure(0.1, 90, {"sex": "f"}), figure(0.1, 90, {"county": "Embu", "sex": "f"}),
    ))  # fmt: skip
    assert precision_by_area(PLAN, table) == ()


def test_a_full_count_and_a_withheld_figure() -> None:
    full = figure(0.0, 12, {"county": "Embu"})
    held = Estimate(
        indicator="water", statistic="mean", domain={"county": "Meru"}, value=None, standard_error=None, lower=None,
        upper=None, n=0, method="m", convention="t", status=Status.SUPPRESSED,
    )  # fmt: skip
    one, other = precision_by_area(PLAN, EstimateTable((full, held)))
    assert (one.state, "full count" in one.message) == (State.PASS, True)
    assert (other.state, other.domain) == (State.NOT_ASSESSED, {"county": "Meru"})
