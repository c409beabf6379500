"""The same study on another delivery: other dates, other packing, fewer columns, and numbers of another country."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pytest

from countersign.errors import DataError
from countersign.tables import Engine

from .taking import column, take, write

DAYS = {"day": {"type": "date", "format": "%Y%m%d"}}


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"])
def test_dates_written_in_one_other_way_are_read_so_and_it_is_said(tmp_path: Path, engine: Engine, form: str) -> None:
    days = [dt.date(2019, 5, 3), dt.date(2019, 5, 28)]
    content = "day,n\n" + "".join(f"{day.strftime(form)},1\n" for day in days)
    data = take(write(tmp_path, content), engine, variables=DAYS)
    assert column(data, "day") == days
    assert any("written %Y%m%d" in note and form in note for note in data.readings[0].notes)


def test_dates_as_the_study_says_bring_no_note(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "day,n\n20190503,1\n"), engine, variables=DAYS)
    assert column(data, "day") == [dt.date(2019, 5, 3)]
    assert not [note for note in data.readings[0].notes if "dates" in note]


def test_dates_of_which_nobody_can_tell_day_and_month_are_refused(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError, match="day first or month first"):
        take(write(tmp_path, "day,n\n03/05/2019,1\n04/05/2019,1\n"), engine, variables=DAYS)


def test_dates_in_two_formats_are_named_with_their_counts_although_one_is_declared(
    tmp_path: Path, engine: Engine
) -> None:
    with pytest.raises(DataError, match=r"2 formats: .*%Y-%m-%d: 1 cells"):
        take(write(tmp_path, "day,n\n20190503,1\n20190504,1\n2019-05-05,2\n"), engine, variables=DAYS)


def test_an_optional_column_may_be_missing_and_leaves_its_role(tmp_path: Path, engine: Engine) -> None:
    data = take(
        write(tmp_path, "id,n\n1,2\n"),
        engine,
        variables={"place": {"column": "lon", "type": "number", "optional": True}, "id": {"optional": True}},
        roles={"longitude": ("place",), "id": ("id",)},
    )
    assert data.codebook.names == ("id", "n")
    assert dict(data.roles) == {"id": ("id",)}
    assert any("'lon'" in note for note in data.readings[0].notes)


def test_a_column_that_is_not_optional_may_not_be_missing(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(DataError, match="no column 'lon'"):
        take(write(tmp_path, "id,n\n1,2\n"), engine, variables={"place": {"column": "lon", "optional": False}})


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_file_is_unpacked_by_its_bytes_not_by_its_name(
    tmp_path: Path, engine: Engine, name: str, packed: bool
) -> None:
    content = b"a,b\n1,x\n2,y\n"
    data = take(write(tmp_path, gzip.compress(content) if packed else content, name), engine)
    assert column(data, "b") == ["x", "y"]


def test_decimal_commas_are_seen_beside_powers_of_ten(tmp_path: Path, engine: Engine) -> None:
    data = take(write(tmp_path, "x;n\n-1,5;1\n2,3E-05;2\n"), engine, variables={"x": {"type": "number"}})
    assert column(data, "x") == [-1.5, 2.3e-05]
