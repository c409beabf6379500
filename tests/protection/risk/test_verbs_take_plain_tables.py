"""The verbs of microdata risk on data frames: what they hold, show and refuse."""

from __future__ import annotations

import datetime
import gc
from typing import Any

import pandas
import pytest

from countersign import disclosure
from countersign.errors import CountersignError


def table() -> Any:
    day = datetime.date(2026, 1, 1)
    return pandas.DataFrame(
        {
            "age": [30.0, 30.0, None, 80.5],
            "member": [True, True, False, True],
            "since": [day, day, day, day + datetime.timedelta(1)],
            "w": [1.0, 2.0, 3.0, 4.0],
            "said": ["a", "b", None, "a"],
        }
    )


def test_keys_of_any_type_are_taken_and_records_are_there_after_the_table_is_let_go() -> None:
    risk = disclosure.measure_risk(table(), keys=["age", "member", "since"], weight="w", sensitive="said")
    special = disclosure.measure_suda(table(), keys=["age", "member", "since"])
    gc.collect()
    found = risk.by_record()
    assert found.to_pandas()["fk"].tolist() == [2, 2, 1, 1]
    assert found.to_arrow().num_rows == len(found) == 4
    assert found.to_polars().shape == (4, len(found.columns)) == (4, 17)
    assert (special.by_record().to_pandas()["suda_score"] > 0).tolist() == [False, False, True, True]
    assert special.levels[0].people == 1


def test_results_show_themselves_without_a_record() -> None:
    risk = disclosure.measure_risk(table(), keys="age")
    assert "alone" in str(risk)
    assert "<table>" in risk._repr_html_()
    assert "4 records" in risk.by_record()._repr_html_()
    assert "80.5" not in str(risk) + risk._repr_html_() + risk.by_record()._repr_html_()


def test_the_limit_is_that_of_the_catalogue_unless_said_otherwise() -> None:
    assert disclosure.measure_risk(table(), keys="age").k == 3
    assert disclosure.measure_risk(table(), keys="age", k=4).counted[0].below[4] == 4


def test_a_condition_chooses_the_rows() -> None:
    assert disclosure.measure_risk(table(), keys="age", where="member").records == 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"keys": "agee"}, "Did you mean 'age'"),
        ({"keys": "age", "sensitive": "sayd"}, "Did you mean 'said'"),
        ({"keys": "age", "sensitive": "age"}, "a key and sensitive at once"),
        ({"keys": []}, "by which questions"),
        ({"keys": "age", "k": 1}, "k below 2"),
        ({"keys": "age", "missing": "none"}, "cannot be 'none'"),
        ({"keys": "age", "weight": "said"}, "does not hold numbers"),
        ({"keys": "age", "household": "said"}, "1 records have no household"),
        ({}, "what keys is"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_plain_words(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(CountersignError) as caught:
        disclosure.measure_risk(table(), **options)
    assert problem in caught.value.sentence()
    assert "80.5" not in caught.value.sentence()
