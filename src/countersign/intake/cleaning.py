"""A file of rows -> the same file without the rows of some people."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from countersign.errors import ConsentError
from countersign.intake.dialect import find_dialect, open_bytes, packed
from countersign.intake.raw import file_format


def take_out(path: Path, *, column: str, records: Collection[str], options: Mapping[str, Any] | None = None) -> int:
    """Rewrite a file in its place without some people's rows, and return how many rows were taken out.

    Everything else stays as it is: in a text file byte for byte, in a workbook the cells of other rows.

    Parameters
    ----------
    column: of the file, with the pseudonyms. options: how the file is written, as in `find_dialect`.

    Raises
    ------
    ConsentError: the format cannot be rewritten. DataError: the file cannot be read.
    """
    kind = file_format(path)
    if kind == "parquet":
        content, gone = _parquet(path, column, records)
    elif kind == "csv":
        content, gone = _text(path, column, records, options)
    elif path.suffix.lower() in (".xlsx", ".xlsm"):
        content, gone = _workbook(path, column, records, options or {})
    else:
        raise ConsentError(
            f"A file of the kind '{path.suffix}' cannot be rewritten without some of its rows.",
            where=path.name,
            expected="a .csv, .xlsx or .parquet file",
            action="take the rows out with the program that made the file, or save it as .xlsx",
        )
    if gone:
        beside = path.with_name(f".{path.name}.new")
        try:
            beside.write_bytes(content)
            beside.chmod(path.stat().st_mode)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return gone


def _text(path: Path, column: str, records: Collection[str], options: Mapping[str, Any] | None) -> tuple[bytes, int]:
    dialect = find_dialect(path, options)
    with open_bytes(path) as stream:
        data = stream.read()
    text = data.decode(dialect.encoding)
    lines = io.StringIO(text, newline="").readlines()
    kept, gone, place = lines[: dialect.skip], 0, dialect.header.index(column)
    body = lines[dialect.skip :]
    csv.field_size_limit(1 << 30)
    reader = csv.reader(iter(body), delimiter=dialect.delimiter)
    before = 0
    for number, cells in enumerate(reader):
        own = body[before : reader.line_num]
        before = reader.line_num
        if number and len(cells) > place and cells[place].strip() in records:
            gone += 1
            continue
        kept += own
    encoding = dialect.encoding
    out = "".join(kept).encode(encoding)
    return (gzip.compress(out, mtime=0) if packed(path) else out), gone


def _parquet(path: Path, column: str, records: Collection[str]) -> tuple[bytes, int]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    text = pc.utf8_trim_whitespace(pc.cast(table.column(column), pa.string()))
    theirs = pc.fill_null(pc.is_in(text, value_set=pa.array(list(records), pa.string())), False)
    kept = table.filter(pc.invert(theirs))
    out = io.BytesIO()
    pq.write_table(kept, out)
    return out.getvalue(), table.num_rows - kept.num_rows


def _workbook(path: Path, column: str, records: Collection[str], options: Mapping[str, Any]) -> tuple[bytes, int]:
    from openpyxl import load_workbook

    book = load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    gone = 0
    for sheet in [book[options["sheet"]]] if options.get("sheet") in book.sheetnames else book.worksheets:
        place = next(
            ((cell.row, cell.column) for row in sheet.iter_rows() for cell in row if _said(cell.value) == column), None
        )
        if place is None:
            continue
        theirs = [
            row for row in range(place[0] + 1, sheet.max_row + 1) if _said(sheet.cell(row, place[1]).value) in records
        ]
        for row in reversed(theirs):
            sheet.delete_rows(row)
        gone += len(theirs)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), gone


def _said(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
