from __future__ import annotations

import narwhals as nw
import numpy as np
import pytest
from drawing import drawn

from countersign.errors import WeightingError
from countersign.model.weights import Weights
from countersign.tables import collect, join_back

ROWS = """
_row:integer | sex:category | area:small | d:number
1            | f            | 1          | 2
2            | m            | 1          | 2
3            | .            | 1          | 3
4            | .            | .          | 5
5            | m            | 2          | .
6            | x            | 9          | 1
7            | m            | 1          | 7
"""


def weights(keys, factor, **more):
    ones = np.ones(len(factor))
    columns = {name: np.array(values, dtype=object) for name, values in keys.items()}
    return Weights("raking", tuple(keys), columns, np.array(factor), ones, ones, ones, **more)


CELLS = {"sex": ["f", "m", None, None, "m"], "area": [1, 1, 1, None, 2]}


def test_each_row_gets_the_factor_of_its_cell_and_missing_matches_missing(engine):
    table, _ = drawn(ROWS)
    joined = join_back(engine.from_arrow(table), weights(CELLS, [1.5, 2, 3, 4, 5]))
    assert joined.collect_schema().names() == ["_row", "sex", "area", "d", "weight"]
    found = collect(joined, ["weight"])["weight"].tolist()
    assert found == pytest.approx([1.5, 2, 3, 4, 5, np.nan, 2], nan_ok=True)


def test_the_base_weight_is_multiplied_in(engine):
    table, _ = drawn(ROWS)
    joined = join_back(engine.from_arrow(table), weights(CELLS, [1.5, 2, 3, 4, 5], base_column="d"), name="w")
    assert collect(joined, ["w"])["w"].tolist() == pytest.approx([3, 4, 9, 20, np.nan, np.nan, 14], nan_ok=True)


def test_after_trimming_the_base_weight_is_part_of_the_cell(engine):
    table, _ = drawn(ROWS)
    trimmed = weights({"sex": ["m", "m", "f"]}, [10, 1, 4], base=np.array([2.0, 7, 2]), base_column="d")
    found = collect(join_back(engine.from_arrow(table), trimmed), ["weight"])["weight"].tolist()
    assert found == pytest.approx([8, 20, np.nan, np.nan, np.nan, np.nan, 7], nan_ok=True)


def test_one_factor_for_everybody_needs_no_columns(engine):
    table, _ = drawn(ROWS)
    found = collect(join_back(engine.from_arrow(table), weights({}, [2.5])), ["weight"])["weight"]
    assert found.tolist() == [2.5] * 7


def test_weights_written_and_read_again_are_the_same(engine, tmp_path):
    table, _ = drawn(ROWS)
    joined = join_back(engine.from_arrow(table), weights(CELLS, [0.1, 2, 3, 4, 5]))
    path = tmp_path / "weights.parquet"
    assert engine.write(joined, path, order_by=["_row"]) == 7
    assert collect(engine.scan(path), ["weight"])["weight"][0] == 0.1
    assert [each.name for each in tmp_path.iterdir()] == ["weights.parquet"]


def test_a_table_without_the_columns_is_refused(fast_engine):
    table, _ = drawn(ROWS)
    rows = fast_engine.from_arrow(table)
    with pytest.raises(WeightingError, match="no column 'area'"):
        join_back(rows.select(nw.col("sex")), weights(CELLS, [1, 1, 1, 1, 1]))
    with pytest.raises(WeightingError, match="has 'd' already"):
        join_back(rows, weights(CELLS, [1, 1, 1, 1, 1]), name="d")
