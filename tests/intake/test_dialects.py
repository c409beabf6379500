"""Any delimiter, any encoding: the cells come back as they were, and what was detected is said."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from countersign.errors import DataError
from countersign.intake.dialect import find_dialect
from countersign.intake.raw import read_raw

from .taking import write

LETTERS = "abc xyzäöüéñßÄ,;|\t\"'\n0123456789.-"
CELL = st.text(alphabet=LETTERS, max_size=12)


@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    lines=st.sampled_from(["\n", "\r\n"]),
)
@example(rows=[["a\nb", '"']], delimiter=";", encoding="utf-16", lines="\r\n")
@settings(max_examples=150, deadline=None)
def test_any_table_written_as_text_comes_back_equal(
    rows: list[list[str]], delimiter: str, encoding: str, lines: str
) -> None:
    # A line of one empty record is no record in this format; such tables cannot be written.
    assume(all(any(row) for row in rows))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=lines)
    header = [f"column_{place}" for place in range(len(rows[0]))]
    writer.writerows([header, *rows])
    with TemporaryDirectory() as name:
        path = write(Path(name), stream.getvalue().encode(encoding))
        raw = read_raw(path, folder=Path(name) / "out", options={"delimiter": delimiter, "encoding": encoding})
        cells = [list(row.values()) for row in pq.read_table(raw.path).to_pylist()]
    assert raw.names == tuple(header)
    assert cells == [[cell or None for cell in row] for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiter_and_encoding_are_found_and_named(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = "\n".join(
        delimiter.join(row) for row in [["région", "nombre"], ["Île-de-France", "3"], ["Rhône-Alpes", "4"]]
    )
    dialect = find_dialect(write(tmp_path, text, encoding=encoding))
    assert dialect.header == ("région", "nombre")
    assert dialect.delimiter == delimiter
    assert set(dialect.detected) == {"encoding", "delimiter"}


def test_a_guessed_encoding_is_said_in_words(tmp_path: Path) -> None:
    dialect = find_dialect(write(tmp_path, "a,b\nMünchen,1\nGöttingen,2\n", encoding="cp1252"))
    assert dialect.encoding == "cp1252"
    assert "cp1252" in dialect.notes[0]


def test_decimal_commas_do_not_split_cells(tmp_path: Path) -> None:
    dialect = find_dialect(write(tmp_path, "a;b\n1,5;2,5\n3,5;4\n"))
    assert dialect.delimiter == ";"


def test_packed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_raw(path, folder=tmp_path / "out").rows == 1


def test_a_damaged_packed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 1000)[:-30])
    with pytest.raises(DataError, match="damaged"):
        read_raw(path, folder=tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["0 bytes"]),
        (b"  \n\n", ["blank lines"]),
        (b"a,b\n", ["no rows"]),
        (b"a,b\n1,2\n3\n4,5,6\n", ["line 3 has 1", "line 4 has 3", "2 lines", "2 cells"]),
        (b"a,b,a\n1,2,3\n", ["'a'", "columns 1 and 3"]),
        (b"a,,c\n1,2,3\n", ["column 2"]),
        (b"a,b\n1,2\n3,\0\n", ["NUL", "line 3"]),
        (b'a,b\n1,2\n"x,3\n4,5\n', ["line 3", "quotation mark"]),
        (b"Survey 2024\nmade by us\na,b\n1,2\n3,4\n", ["skip: 2"]),
    ],
)
def test_it_refuses_with_place_and_advice(tmp_path: Path, content: bytes, words: list[str]) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_raw(path, folder=tmp_path / "out")
    for word in words:
        assert word in str(caught.value)
    assert caught.value.action
    assert str(path) in caught.value.where
    assert not list((tmp_path / "out").glob("*")), "something half-written was left"


def test_a_wrong_declared_encoding_names_line_and_byte(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\nxy,Ä\n", encoding="cp1252")
    with pytest.raises(DataError, match="Byte 4 of line 3 cannot be read as utf-8"):
        read_raw(path, folder=tmp_path / "out", options={"encoding": "utf-8"})


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n1,2\n", name="events_2024.csv")
    with pytest.raises(DataError, match=r"Did you mean 'events_2024\.csv'"):
        read_raw(tmp_path / "event_2024.csv", folder=tmp_path / "out")


def test_rows_are_found_again_by_line(tmp_path: Path) -> None:
    raw = read_raw(write(tmp_path, '\na,b\n"x\ny",1\n\n2,3\n'), folder=tmp_path / "out")
    assert raw.rows == 2
    assert raw.places([1, 2]) == "lines 3, 6"
