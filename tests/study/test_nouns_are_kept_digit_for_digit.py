"""What a step made is written as JSON and read back equal: digits, order, types."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from countersign.evidence.canonical import canonical
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Codebook, Variable
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.weights import Iteration, Weights
from countersign.study.notation import as_json, from_json


def again(noun, kind):
    return from_json(json.loads(canonical(as_json(noun))), kind)


@given(st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_figures_come_back_with_every_digit_and_their_breakdowns_in_order(value: float, names: list[str]) -> None:
    figure = Estimate(
        "a", "mean", dict.fromkeys(names, "x"), value, None, value, value, 3, "m", "t", flags=("f",), truth=0.1
    )
    table = EstimateTable((figure,), title="t", labels={name: name for name in reversed(names)})
    back = again(table, EstimateTable)
    assert back == table
    assert list(back.estimates[0].domain) == names
    assert isinstance(back.estimates[0].status, Status)


def test_margins_keep_their_tuples_and_arrays_their_types() -> None:
    weights = Weights(
        method="raking",
        by=("sex",),
        keys={"sex": np.array(["f", None], dtype=object)},
        factor=np.array([1 / 3, 2.0]),
        n=np.array([3, 4]),
        weight=np.array([1.0, 8.0]),
        weight2=np.array([1 / 3, 16.0]),
        margins=(Margin(("sex", "age"), {("f", "a"): 1.5, ("m", "b"): 2.0}),),
        iterations=(Iteration(1, 1e-12, "sex"),),
    )
    back = again(weights, Weights)
    assert back.margins == weights.margins
    assert back.keys["sex"].tolist() == ["f", None]
    assert back.factor.tolist() == weights.factor.tolist()
    assert back.n.dtype == weights.n.dtype
    assert back.base is None


def test_the_order_of_columns_is_not_lost() -> None:
    names = [f"G{number}" for number in range(1, 214)]
    codebook = Codebook({name: Variable(name, "integer", range=(0, None)) for name in names})
    assert list(again(codebook, Codebook).variables) == names


def test_findings_and_benchmarks_come_back_equal() -> None:
    findings = (Finding("E1", State.WARN, "coverage", "m", value=0.5, evidence={"groups": {"a": [1, 2.5]}, "n": 3}),)
    assert again(findings, tuple[Finding, ...]) == findings
    benchmark = Benchmark("b", (Margin(("a",), {("x",): 1.0}),), items={"q": {"yes": 0.25, "no": 0.75}}, notes=("n",))
    assert again(benchmark, Benchmark) == benchmark
