"""Typing, missing codes, recode, derived variables, gates and unique records."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from countersign.errors import DataError, ExpressionError, StudyError
from countersign.model.plan import GatePlan
from countersign.tables import Engine

from .taking import column, keep, take, write

PEOPLE = """id,sex,age,income,day
1,f,34,1200.5,2024-03-01
2,m,9,NULL,2024-03-02
3, f ,99,300,2024-03-02
3, f ,99,300,2024-03-02
4,,51,,2024-03-09
"""


def test_types_are_found_and_rows_numbered(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, PEOPLE), engine, missing={"NULL": "not given"})
    types = data.codebook.types()
    assert types == {"id": "integer", "sex": "category", "age": "integer", "income": "number", "day": "date"}
    assert column(data, "_row") == [1, 2, 3, 4, 5]
    assert column(data, "income") == [1200.5, None, 300.0, 300.0, None]
    assert column(data, "sex") == ["f", "m", "f", "f", None]
    assert column(data, "day")[0] == dt.date(2024, 3, 1)
    assert column(data, "_kept") == [True] * 5


def test_the_bytes_are_kept_first(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, PEOPLE)
    reading = take(path, engine).readings[0]
    assert (reading.digest, reading.rows, reading.columns) == (keep(path).digest, 5, 5)


def test_every_missing_reason_is_counted(tmp_path: Path, engine: Engine) -> None:
    data = take(
        write(tmp_path, PEOPLE),
        engine,
        missing={"NULL": "not given"},
        variables={"age": {"missing": {"99": "refused"}}},
    )
    assert data.readings[0].missing == {
        "sex": {"blank": 1},
        "age": {"refused": 2},
        "income": {"blank": 1, "not given": 1},
    }
    assert column(data, "age") == [34, 9, None, None, 51]


def test_undeclared_null_is_never_turned_into_missing(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, PEOPLE), engine)
    assert data.codebook["income"].type != "number"
    assert "NULL" in column(data, "income")
    assert any("'NULL' (1)" in note and "declare" in note for note in data.readings[0].notes)


def test_a_number_column_with_words_names_column_line_and_code(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError) as caught:
        take(write(tmp_path, PEOPLE), engine, variables={"income": {"type": "number"}})
    text = str(caught.value)
    assert "'income'" in text
    assert "1 of 5" in text
    assert "line 3" in text
    assert 'missing: {"NULL": not given}' in text
    assert not (tmp_path / "out" / "data.parquet").exists()


def test_values_that_are_no_code_are_not_shown(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError) as caught:
        take(write(tmp_path, "a,b\nsecret,1\n2,2\n"), engine, variables={"a": {"type": "integer"}})
    assert "secret" not in str(caught.value)


def test_recode_and_rename(tmp_path: Path, engine: Engine) -> None:
    data = take(
        write(tmp_path, PEOPLE), engine, variables={"gender": {"column": "sex", "recode": {"f": "female", "m": "male"}}}
    )
    assert column(data, "gender") == ["female", "male", "female", "female", None]
    assert "sex" not in data.codebook
    assert data.codebook["gender"].source == "sex"


def test_derived_variables_follow_in_order(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, PEOPLE), engine, derive={"double": "age * 2", "more": "double + 1"})
    assert column(data, "more") == [69, 19, 199, 199, 103]
    assert data.codebook["more"].derived == "double + 1"


def test_gates_count_alone_and_in_order_and_missing_fails(tmp_path: Path, engine: Engine) -> None:
    data = take(
        write(tmp_path, PEOPLE),
        engine,
        keep=(GatePlan("age >= 18", "adult"), GatePlan("sex = 'f'", "woman")),
        unique=((),),
    )
    found = [(gate.failed, gate.dropped) for gate in data.gates]
    assert found == [(1, 1), (2, 1), (1, 1)]
    assert column(data, "_kept") == [True, False, True, False, False]
    assert column(data, "id", kept=True) == [1, 3]


def test_later_repeats_of_a_key_are_set_aside(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "k,v\na,1\nb,2\na,3\n,4\n,5\n"), engine, unique=(("k",),))
    assert column(data, "_kept") == [True, True, False, True, False]
    assert data.gates[0].dropped == 2


def test_a_gate_must_be_a_condition(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(ExpressionError, match="not yes or no"):
        take(write(tmp_path, PEOPLE), engine, keep=(GatePlan("age + 1"),))


def test_an_expression_on_an_almost_number_says_what_to_declare(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(ExpressionError, match="declare 'missing'"):
        take(write(tmp_path, PEOPLE), engine, derive={"x": "income * 2"})


def test_unknown_columns_name_the_nearest(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, PEOPLE)
    with pytest.raises(DataError, match="Did you mean 'income'"):
        take(path, engine, variables={"incom": {"type": "number"}})
    with pytest.raises(DataError, match="Did you mean 'age'"):
        take(path, engine, roles={"area": ("agee",)})
    with pytest.raises(StudyError, match="Did you mean 'area'"):
        take(path, engine, roles={"aera": ("age",)})


def test_leading_zeros_are_codes_and_point_zero_is_whole(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "region,n,phone\n01,2.0,+25470012345\n12,3.0,+25470012346\n"), engine)
    assert data.codebook.types() == {"region": "category", "n": "integer", "phone": "category"}
    assert column(data, "region") == ["01", "12"]


def test_decimal_commas_and_thousands(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "a;b\n1,5;x\n2,25;y\n"), engine)
    assert column(data, "a") == [1.5, 2.25]
    assert any("decimal comma" in note for note in data.readings[0].notes)
    data = take(write(tmp_path, "a;b\n1,500;x\n12,250;y\n"), engine, options={"thousands": ","})
    assert column(data, "a") == [1500.0, 12250.0]
    data = take(write(tmp_path, "a;b\n1,500;x\n12,250;y\n"), engine)
    assert data.codebook["a"].type != "number", "1,500 may be either; nobody can tell"


def test_dates_in_two_formats_are_counted(tmp_path: Path, engine: Engine) -> None:
    text = "d,x\n2024-01-31,1\n2024-02-01,2\n28/02/2024,3\n"
    with pytest.raises(DataError) as caught:
        take(write(tmp_path, text), engine, variables={"d": {"type": "date"}})
    for part in ("2 formats", "%Y-%m-%d: 2 cells, first on line 2", "%d/%m/%Y: 1 cells, first on line 4"):
        assert part in str(caught.value)


def test_day_and_month_that_cannot_be_told_apart_are_asked_for(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, "d,x\n03/04/2024,1\n05/06/2024,2\n")
    with pytest.raises(DataError, match=r"format: %d/%m/%Y' or 'format: %m/%d/%Y"):
        take(path, engine, variables={"d": {"type": "date"}})
    data = take(path, engine, variables={"d": {"type": "date", "format": "%m/%d/%Y"}})
    assert column(data, "d") == [dt.date(2024, 3, 4), dt.date(2024, 5, 6)]


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, "d,x\n20240229,1\n20230229,2\n")
    with pytest.raises(DataError, match=r"1 of 2.*line 3"):
        take(path, engine, variables={"d": {"type": "date", "format": "%Y%m%d"}})


def test_times_of_day_are_kept(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "t,x\n2024-01-31T10:05:30Z,1\n2024-02-01 23:00+03:00,2\n"), engine)
    moments = [moment.replace(tzinfo=None) for moment in column(data, "t")]
    assert moments == [dt.datetime(2024, 1, 31, 10, 5, 30), dt.datetime(2024, 2, 1, 20, 0)]  # noqa: DTZ001


def test_unusual_dates_follow_their_declared_pattern(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, "d,x\n3 Jan 2024,1\n14 Feb 2024,2\n")
    data = take(path, engine, variables={"d": {"type": "date", "format": "%d %b %Y"}})
    assert column(data, "d") == [dt.date(2024, 1, 3), dt.date(2024, 2, 14)]


def test_ranges_of_answers_are_written_out(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, PEOPLE)
    assert take(path, engine, answers=("sex..income", "id")).answers == ("sex", "age", "income", "id")
    with pytest.raises(DataError, match="Did you mean 'income'"):
        take(path, engine, answers=("sex..incom",))
