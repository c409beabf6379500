"""Tables that are odd in form are taken, or refused in plain words, whatever the engine."""

from __future__ import annotations

import pyarrow as pa
import pytest

import countersign
from countersign import inference
from countersign.study.inferring.rows import cells_of, columns_of

ODD = pa.table({"place": ["x", "y"], "never": pa.nulls(2), "amount": [1.0, 2.0]})


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_column_without_any_value_is_read_as_missing(engine: str) -> None:
    table = countersign.read(ODD, engine=engine)
    assert columns_of(table, ["never"])["never"].tolist() == [None, None]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize(("where", "rows"), [("1 = 0", 0), ("1 = 1", 2)])
def test_a_condition_of_constants_holds_for_all_rows_or_none(engine: str, where: str, rows: int) -> None:
    assert cells_of(countersign.read(ODD, engine=engine), by=["place"], where=where).n.sum() == rows


def test_what_cannot_be_added_up_is_refused() -> None:
    with pytest.raises(countersign.CountersignError, match="cannot be added up"):
        cells_of(ODD, by=["place"], measures={"m": "place"})


def test_a_text_given_as_a_number_is_refused() -> None:
    with pytest.raises(countersign.CountersignError, match="does not hold numbers"):
        inference.impute_mass(ODD, ODD, mean="amount", on=["place"], numeric=["place"])
