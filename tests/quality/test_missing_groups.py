"""Answers that some groups leave out more than others."""

from __future__ import annotations

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality import assess
from countersign.quality.missing_groups import chi_square, holm

BY = {"i": IndicatorPlan("i", "mean", "y", by=((), ("sex",), ("area", "sex")))}


def people(engine, missing_f: int, missing_m: int, *, n: int = 100, **more):
    columns = {
        "sex": ["f"] * n + ["m"] * n,
        "area": ["N", "S"] * n,
        "y": [None] * missing_f + [1] * (n - missing_f) + [None] * missing_m + [1] * (n - missing_m),
    }
    return dataset(engine, columns, **more)


@pytest.mark.parametrize(("women", "state"), [(5, State.PASS), (6, State.WARN), (40, State.WARN)])
def test_the_gap_between_groups(engine, women, state) -> None:
    finding = found(people(engine, women, 0), "missing_by_group", subject="sex", plan=plan(indicators=BY))
    assert finding.value == pytest.approx(women / 100)
    assert finding.state is state
    assert "most answers are missing in f" in finding.message


def test_small_groups_tell_nothing_about_gaps(engine) -> None:
    data = people(engine, 29, 0, n=29)
    assert not any(f.check == "missing_by_group" for f in assess(data, plan=plan(indicators=BY)))


def test_what_is_not_asked_is_not_missing(engine) -> None:
    data = people(engine, 50, 10, variables={"y": {"type": "integer", "asked_if": "sex = 'm'"}})
    assert not any(f.subject == "sex" and f.check == "missing_by_group" for f in assess(data, plan=plan(indicators=BY)))


def test_chi_square_by_hand() -> None:
    # 30 of 100 against 10 of 100: expected 20 and 80; chi2 = 4 * ... = 12.5
    v, p = chi_square(np.array([30.0, 10]), np.array([70.0, 90]))
    assert v == pytest.approx((12.5 / 200) ** 0.5)
    assert p == pytest.approx(0.000407, abs=1e-6)


@pytest.mark.parametrize(("missing", "there"), [([5.0], [5.0]), ([0.0, 0], [5.0, 5]), ([1.0, 1], [30.0, 30])])
def test_tables_that_cannot_be_tested_are_not(missing, there) -> None:
    assert chi_square(np.array(missing), np.array(there)) is None


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_missing_that_depends_on_a_group_is_named_with_it(engine) -> None:
    finding = found(people(engine, 30, 10), "missing_by_chance", plan=plan(indicators=BY))
    assert (finding.state, finding.count) == (State.WARN, 1)
    assert [(one["answer"], one["by"]) for one in finding.evidence["dependent"]] == [("y", "sex")]
    assert "'y' on sex" in finding.message


def test_missing_alike_everywhere_passes(engine) -> None:
    finding = found(people(engine, 20, 20), "missing_by_chance", plan=plan(indicators=BY))
    assert (finding.state, finding.count) == (State.PASS, 0)


def test_a_clear_but_tiny_difference_does_not_warn(engine) -> None:
    # 3 % against 2 % of 20,000 each: p far below .05, V about .03
    data = people(engine, 600, 400, n=20000)
    assert found(data, "missing_by_chance", plan=plan(indicators=BY)).state is State.PASS
