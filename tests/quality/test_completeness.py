"""Missing, not asked and blank-or-none are three different things."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.model.dataset import Reading
from countersign.model.finding import State
from countersign.quality import assess


def test_not_asked_is_not_missing(engine):
    data = dataset(
        engine,
        {"sex": ["f", "f", "m", "m"], "pregnant": ["yes", None, None, None]},
        variables={"pregnant": {"asked_if": "sex = 'f'"}},
    )
    finding = found(data, "missing_answers")
    # 4 answers on sex and 2 on pregnancy apply; 1 of the 6 is missing, 2 were not asked.
    assert finding.evidence == {"missing": 1, "applicable": 6, "not_asked": 2, "reasons": {}}
    assert finding.value == pytest.approx(1 / 6)


@pytest.mark.parametrize(("missing", "state"), [(1, State.PASS), (2, State.WARN), (4, State.WARN), (5, State.FAIL)])
def test_states_change_after_5_and_20_percent(engine, missing, state):
    data = dataset(engine, {"q": [None] * missing + ["x"] * (20 - missing)})
    assert found(data, "missing_answers").state is state


def test_reasons_come_from_the_reader(engine):
    reading = Reading("d.csv", "0", 4, 1, missing={"q": {"refused": 1, "blank": 1}})
    data = dataset(engine, {"q": ["x", None, None, "y"]}, readings=(reading,))
    assert found(data, "missing_answers").evidence["reasons"] == {"refused": 1, "blank": 1}


def test_counts_are_of_the_file_and_values_of_what_is_still_in(engine):
    data = dataset(engine, {"q": ["x", None, None, "y"]}, kept=[True, True, False, True])
    finding = found(data, "missing_variable", subject="q")
    assert finding.count == 2
    assert finding.value == pytest.approx(1 / 3)


def test_blanks_beside_zeros_in_counts_are_a_question(engine):
    data = dataset(engine, {name: [1, None, None, 0, 5] for name in ("a", "b", "c")})
    finding = found(data, "blank_or_zero")
    assert (finding.count, finding.evidence["zero"], finding.state) == (6, 3, State.WARN)
    assert found(data, "missing_answers").state is State.NOT_ASSESSED


def test_where_zeros_are_written_down_a_blank_is_missing(engine):
    data = dataset(engine, {name: [0, 0, None, None, 5] for name in ("a", "b", "c")})
    assert not [f for f in assess(data, plan=plan()) if f.check == "blank_or_zero"]
    assert found(data, "missing_answers").value == pytest.approx(0.4)


def test_records_with_nothing_in_them_are_counted(engine):
    data = dataset(engine, {name: [1, None, 0, 2] for name in ("a", "b", "c")}, kept=[True, False, True, True])
    finding = found(data, "empty_records")
    assert (finding.count, finding.evidence["kept"], finding.evidence["all_blank"]) == (2, 1, 1)


def test_only_what_is_declared_an_answer_is_one(engine):
    columns = {"id": ["1", "2"], "q1": ["x", None], "q2": ["y", "z"], "note": [None, None]}
    data = dataset(engine, columns, answers=("q1", "q2"))
    assert found(data, "missing_answers").evidence["applicable"] == 4
