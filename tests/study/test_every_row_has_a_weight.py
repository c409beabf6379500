"""A weight that is missing would count as nothing, a negative one against; both are refused before anything is added.

Before, the mean of the five answers below came out as 4.4 "of five", although one of them had no weight.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

import countersign
from countersign import inference

VERBS = {
    "mean": lambda table: countersign.estimate(table, mean="y"),
    "median": lambda table: countersign.estimate(table, median="y"),
    "raking": lambda table: countersign.weight(table, {"g": {"a": 50, "b": 50}}, base="w"),
    "margins": lambda table: inference.calibrate(table, {"g": {"a": 50, "b": 50}}, weight="w"),
    "numbers": lambda table: inference.calibrate(table, {"y": 400}, size=100, weight="w"),
}


def answers(weight, engine="duckdb"):
    columns = {"y": [1.0, 3, 5, 5, 8], "g": list("aabbb"), "w": [1.0, 1, 2, weight, 1]}
    return countersign.read(pa.table(columns), roles={"weight": "w"}, engine=engine)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("weight", [None, -0.5, float("inf")])
@pytest.mark.parametrize("verb", VERBS)
def test_a_row_without_a_weight_is_refused(verb, weight, engine):
    with pytest.raises(countersign.CountersignError, match=r"1 rows of .* have no base weight 'w', or one below zero"):
        VERBS[verb](answers(weight, engine))


def test_a_weight_of_zero_is_a_weight():
    assert next(iter(countersign.estimate(answers(0.0), mean="y"))).value == pytest.approx(22 / 5)
