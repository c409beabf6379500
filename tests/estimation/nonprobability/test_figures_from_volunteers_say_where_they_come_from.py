from __future__ import annotations

from typing import Any

import pytest

from countersign import inference
from countersign.errors import DataError, EstimationError, ExpressionError, WeightingError
from countersign.model.estimate import Status

V = {
    "älter": ["jung", "jung", "alt", "alt", "alt", "jung"], "y": [1.0, 0, 1, 1, 0, 1],
    "g": ["a", "a", "a", "b", None, "c"], "income": [10.0, 20, 30, 25, 15, 40],
}  # fmt: skip
S = {"älter": ["jung", "jung", "alt", "alt", "alt"], "w": [10.0, 20, 30, 25, 15], "g": ["a", "b", "b", "d", "c"]}
ON: dict[str, Any] = {"on": ["älter"], "weight": "w"}


def frame(columns: dict[str, Any]) -> Any:
    import pandas

    return pandas.DataFrame(columns)


def ipw(volunteers: dict[str, Any] = V, survey: dict[str, Any] = S, **options: Any) -> Any:
    return inference.estimate_by_propensity(frame(volunteers), frame(survey), **{**ON, "mean": "y"} | options)


def double(volunteers: dict[str, Any] = V, survey: dict[str, Any] = S, **options: Any) -> Any:
    return inference.estimate_doubly_robust(frame(volunteers), frame(survey), **{**ON, "mean": "y"} | options)


def alone() -> Any:
    return inference.estimate_by_propensity(frame(V), mean="y", on=["älter"])


def test_a_note_names_both_parts_of_the_standard_error() -> None:
    figure = ipw()["y"]
    assert "of the standard error, " in figure.note
    assert " comes from the volunteers and " in figure.note
    assert figure.note.endswith("from the reference sample")
    assert "Poisson sampling" in figure.method
    assert figure.assumption.startswith("model-based interval, assuming that among people alike in älter")
    assert figure.raw == pytest.approx(4 / 6)
    assert "margin of error" not in repr(figure)


def test_several_figures_have_names_of_their_own() -> None:
    found = ipw(mean={"says yes": "y = 1", "income": "income"}, total={"yeses": "y"}, by=["g"])
    assert [e.figure_id for e in found if not e.domain] == ["says yes", "income", "yeses"]
    assert [e.statistic for e in found if not e.domain] == ["proportion", "mean", "total"]
    assert found["yeses"].value == pytest.approx(found["says yes"].value * 100)
    assert len(found) == 3 * 5
    everybody = {e.figure_id: e.standard_error for e in found if not e.domain}
    assert len(set(everybody.values())) == 3


def test_small_and_absent_domains_are_there_without_a_value() -> None:
    states = {e.figure_id: e.status for e in double(by=["g"], outcome="linear")}
    assert states["y/g=b"] is Status.TOO_FEW
    assert states["y/g=d"] is Status.NO_DATA
    assert states["y/g=(missing)"] is Status.TOO_FEW
    assert double(by=["g"], outcome="linear")["y/g=a"].value is not None


@pytest.mark.parametrize("answer", [0, 1])
def test_an_answer_that_all_give_has_an_exact_interval(answer: int) -> None:
    for found in (ipw(V | {"y": [answer] * 6}), double(V | {"y": [answer] * 6})):
        figure = found["y"]
        assert figure.value == answer
        assert figure.convention == "korn-graubard"
        assert figure.upper - figure.lower > 0.3


def test_restricting_renames_every_figure_and_says_so_beside_the_table() -> None:
    wider = {name: [*values, extra] for (name, values), extra in zip(S.items(), ["sehr alt", 25.0, "a"], strict=True)}
    with pytest.raises(WeightingError, match=r"None of the volunteers has älter = sehr alt, which is 20\.0%"):
        ipw(survey=wider)
    for found in (ipw(survey=wider, restrict=True), double(survey=wider, restrict=True)):
        figure = found["y (without älter=sehr alt)"]
        assert figure.value == pytest.approx(0.3 * 2 / 3 + 0.7 * 2 / 3)
        assert "20.0% of it and 0 volunteers are left out" in figure.note
        assert "nobody can speak for the other 20.0%" in found.notes[0]


def test_totals_count_as_free_of_error_unless_their_covariance_is_known() -> None:
    import numpy as np

    from countersign.model.propensity import KnownTotals

    counts = {"älter": {"jung": 30.0, "alt": 70.0}}
    options: dict[str, Any] = {"mean": "y", "on": ["älter"], "method": "calibrated"}
    exact = inference.estimate_by_propensity(frame(V), totals=counts, **options)["y"]
    assert "the totals count as free of error" in exact.note
    known = KnownTotals(counts, (("älter=jung",), np.array([[16.0]])))
    unsure = inference.estimate_by_propensity(frame(V), totals=known, **options)["y"]
    assert unsure.value == exact.value
    assert unsure.standard_error == pytest.approx(exact.standard_error)  # both ages say yes alike: nothing to move
    moved = V | {"y": [1, 1, 0, 1, 0, 1]}
    exact = inference.estimate_by_propensity(frame(moved), totals=counts, **options)["y"]
    unsure = inference.estimate_by_propensity(frame(moved), totals=known, **options)["y"]
    gap = (1 - 1 / 3) / 100 * 4  # (mean of the young - of the old) / N x standard error of the number of young
    assert unsure.standard_error**2 - exact.standard_error**2 == pytest.approx(gap**2)


def test_resampling_is_told_beside_the_standard_error() -> None:
    many = {name: values * 12 for name, values in V.items()}
    survey = {name: [v * 3 if name == "w" else v for v in values] * 6 for name, values in S.items()}
    for found in (ipw(many, survey, bootstrap=20), double(many, survey, bootstrap=20)):
        assert "resampling both samples 20 times gives a standard error of 0." in found["y"].note


def test_the_interval_can_be_asked_for_by_name() -> None:
    assert ipw(interval="logit")["y"].convention == "logit"
    assert ipw(level=0.9)["y"].upper < ipw()["y"].upper


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (EstimationError, "Nothing is asked for", lambda: ipw(mean=())),
        (EstimationError, "no auxiliary variable", lambda: ipw(on=[])),
        (EstimationError, "nothing to hold the volunteers against", lambda: alone()),
        (EstimationError, "a survey and totals", lambda: ipw(totals={"älter": {"jung": 1}})),
        (EstimationError, "no base weight", lambda: ipw(survey=S | {"w": [1.0, None, 3, 4, 5]})),
        (EstimationError, "no base weight", lambda: ipw(survey=S | {"w": [10.0, -2, 30, 40, 5]})),
        (DataError, "There is no column 'ww'", lambda: ipw(weight="ww")),
        (DataError, "There is no column 'älterr'", lambda: ipw(on=["älterr"])),
        (ExpressionError, "There is no column 'z'", lambda: ipw(mean="z")),
        (DataError, "There is no column 'income'", lambda: double(by=["income"])),
        (EstimationError, "only one sampling unit", lambda: ipw(strata="g")),
        (WeightingError, "There are 6 volunteers, and the reference counts 5 people", lambda: ipw(weight="")),
        (EstimationError, "no outcome model 'probit'", lambda: double(outcome="probit")),
        (EstimationError, "needs the known size", lambda: ipw(estimator="horvitz-thompson")),
        (EstimationError, "no estimator 'ht'", lambda: double(estimator="ht")),
        (EstimationError, "not above zero", lambda: ipw(estimator="horvitz-thompson", population=0.0)),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_plain_words(error: type[Exception], words: str, call: Any) -> None:
    with pytest.raises(error, match=words):
        call()
