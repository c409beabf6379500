"""Lists as tables: persons are matched by id, repeats counted and told, groups estimated each for itself."""

from __future__ import annotations

import pyarrow as pa
import pytest

from countersign import inference
from countersign.errors import CountersignError
from countersign.estimation.hidden import chapman, histories


def lists():
    police = pa.table({"person": ["ä1", "b2", "c3", "c3", "d4"], "sex": ["f", "m", "f", "f", "m"]})
    clinic = pa.table({"person": ["b2", "c3", "e5", "ä1", "ä1"], "sex": ["m", "f", "f", "f", "f"]})
    return {"police": police, "clinic": clinic}


def test_persons_are_matched_by_id_and_repeats_are_told():
    found = inference.estimate_population_size(lists(), id="person")
    assert found.histories["all"].rows() == [
        {"police": 0, "clinic": 1, "persons": 1},
        {"police": 1, "clinic": 0, "persons": 1},
        {"police": 1, "clinic": 1, "persons": 3},
    ]
    assert found.histories["all"].repeats == {"police": 1, "clinic": 1}
    assert "2 records repeat a person" in found.rows()[0]["note"]
    assert found.rows()[0]["value"] == pytest.approx(5 * 5 / 4 - 1)


def test_groups_are_estimated_each_for_itself_and_summed():
    big = {
        "a": pa.table({"id": [f"p{n}" for n in range(60)], "g": ["x"] * 30 + ["y"] * 30}),
        "b": pa.table({"id": [f"p{n}" for n in range(20, 80)], "g": ["x"] * 10 + ["y"] * 50}),
    }
    found = inference.estimate_population_size(big, id="id", by=["g"])
    by = {row["figure_id"]: row for row in found.rows()}
    x = chapman(histories("ab", {(1, 1): 10, (1, 0): 20, (0, 1): 0}))
    assert by["population:Chapman/g=x"]["value"] == pytest.approx(x.value)
    y = chapman(histories("ab", {(1, 1): 30, (1, 0): 0, (0, 1): 20}))
    assert by["population:sum over g"]["value"] == pytest.approx(x.value + y.value)


def test_a_group_that_cannot_be_estimated_stays_visible_without_a_value():
    tables = lists()
    tables["clinic"] = pa.table({"person": ["ä1", "c3", "e5"], "sex": ["f", "f", "f"]})
    found = inference.estimate_population_size(tables, id="person", by=["sex"])
    row = next(row for row in found.rows() if row["sex"] == "m")
    assert row["value"] is None
    assert row["status"] == "too_few"
    assert "Nobody is on the list clinic" in row["note"]
    assert not any("sum over" in row["figure_id"] for row in found.rows())


def test_membership_as_conditions_equals_matched_tables():
    wide = pa.table(
        {"police": ["yes", "yes", "yes", "yes", "no"], "clinic": ["yes", "yes", "yes", "no", "yes"]}
    )  # fmt: skip
    by_id = inference.estimate_population_size(lists(), id="person")
    by_condition = inference.estimate_population_size(
        wide, lists={"police": "police = 'yes'", "clinic": "clinic = 'yes'"}
    )
    assert [row["value"] for row in by_id.rows()] == [row["value"] for row in by_condition.rows()]


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"clinic": pa.table({"person": ["b2", None], "sex": ["m", "f"]})}, {"id": "person"}, "1 records of the list"),
        ({"clinic": pa.table({"person": [1, 2], "sex": ["m", "f"]})}, {"id": "person"}, "numbers in clinic"),
        (
            {"clinic": pa.table({"person": ["b2", "x"], "sex": ["f", "f"]})},
            {"id": "person", "by": ["sex"]},
            "1 persons",
        ),
        ({}, {"id": "pers"}, "There is no column 'pers'"),
        ({}, {}, "not clear what the lists are"),
        ({}, {"id": "person", "interval": "wald"}, "no interval 'wald'"),
    ],
)
def test_lists_that_cannot_be_matched_are_refused(change, options, says):
    with pytest.raises(CountersignError, match=says):
        inference.estimate_population_size({**lists(), **change}, **options)


def test_no_value_of_a_row_is_in_a_message():
    with pytest.raises(CountersignError) as caught:
        inference.estimate_population_size(
            {**lists(), "clinic": pa.table({"person": ["b2", "c3"], "sex": ["f", "m"]})}, id="person", by=["sex"]
        )
    assert "b2" not in caught.value.sentence()
    assert "c3" not in caught.value.sentence()
