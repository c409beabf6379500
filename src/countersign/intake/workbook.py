"""XLSX, XLS and ODS sheets through python-calamine: which sheet, where the table begins, what its cells hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from countersign.errors import DataError, nearest
from countersign.intake.dialect import check_names, repaired
from countersign.intake.raw import ROWS_PER_BLOCK, RawTable, write_blocks


def read_workbook(path: Path, *, target: Path, options: Mapping[str, Any]) -> RawTable:
    """Read one sheet into Parquet, every cell as text: numbers in full, dates as ISO 8601, empty cells null.

    Parameters
    ----------
    options: ``sheet`` (name or number from 1), ``skip`` (rows above the column names).

    Raises
    ------
    DataError: not a workbook, several sheets with data and none chosen, no such sheet, no rows, empty or repeated
        column names.
    """
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except Exception as problem:
        raise DataError(
            "The file is not a readable workbook.",
            where=str(path),
            expected="an .xlsx, .xls or .ods file",
            action="open it in a spreadsheet and save it again (a password must be taken off)",
        ) from problem
    name, found = _sheet(path, book, options)
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    skip, notes, detected = int(options.get("skip", -1)), [], ["sheet"] if found else []
    if skip < 0:
        skip = _first_row(rows)
        if skip:
            detected.append("skip")
            notes.append(
                f"The column names of sheet '{name}' are on row {skip + 1}; the {skip} rows above were not read."
            )
    header, used = _header(path, name, rows, skip, repair=bool(options.get("repair_names", False)))
    body = rows[skip + 1 :]
    if footer := int(options.get("footer", 0)):
        last = max((number for number, row in enumerate(body, 1) if _filled(row)), default=0)
        body = body[: max(0, last - footer)]
        notes.append(f"The last {footer} rows of sheet '{name}' are not data, as the study says; they were not read.")
    while body and not any(cell not in ("", None) for cell in body[-1]):
        body.pop()
    blank = sum(1 for row in body if not any(cell not in ("", None) for cell in row))
    if blank:
        notes.append(f"{blank} rows of sheet '{name}' are wholly empty; they are kept as rows without answers.")
    stray = [
        number
        for number, row in enumerate(body, skip + 2)
        if any(place not in used and cell not in ("", None) for place, cell in enumerate(row))
    ]
    if stray:
        raise DataError(
            f"{len(stray)} rows of sheet '{name}' have cells where no column has a name (first: row {stray[0]}).",
            where=f"{path}, sheet '{name}', row {stray[0]}",
            expected="a name above every cell",
            action="name the column in the sheet, or delete the stray cells",
        )
    if not body:
        raise DataError(
            f"Sheet '{name}' has column names but no rows.",
            where=f"{path}, sheet '{name}'",
            expected="at least one row of data",
            action="choose another sheet with 'sheet:', or export again",
        )
    schema = pa.schema([(text, pa.string()) for text in header])
    count = write_blocks(_columns(body, used), schema, target)
    return RawTable(
        file=path,
        path=target,
        names=header,
        rows=count,
        first_line=skip + 2,
        detected=tuple(detected),
        notes=tuple(notes),
    )


def _sheet(path: Path, book: Any, options: Mapping[str, Any]) -> tuple[str, bool]:
    names = list(book.sheet_names)
    wanted = options.get("sheet")
    if wanted is None:
        filled = [name for name in names if book.get_sheet_by_name(name).to_python()]
        if len(filled) == 1:
            return filled[0], len(names) > 1
        if not filled:
            raise DataError(
                "All sheets are empty.", where=str(path), expected="a sheet with data", action="export again"
            )
        raise DataError(
            f"The workbook has {len(filled)} sheets with data.",
            where=str(path),
            expected="one sheet, named in the study",
            action="add 'sheet:' with one of: " + ", ".join(filled),
        )
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1], False
    if str(wanted) in names:
        return str(wanted), False
    raise DataError(
        f"There is no sheet '{wanted}'. {nearest(str(wanted), names)}".strip(),
        where=f"{path}, key 'sheet'",
        expected="one of: " + ", ".join(names),
        action="correct 'sheet:'",
    )


def choices(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Propose ``sheet`` (the one with most cells, if several hold data) and ``footer`` (notes under the table).

    A note is a row at the end, of a table of three columns or more, with nothing but one text of several words.
    """
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    found: dict[str, Any] = {}
    sizes = {name: sum(map(_filled, book.get_sheet_by_name(name).to_python())) for name in book.sheet_names}
    if "sheet" not in options and sum(1 for size in sizes.values() if size) > 1:
        found["sheet"] = max(sizes, key=lambda name: sizes[name])
    name, _ = _sheet(path, book, {**options, **found})
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    while rows and not _filled(rows[-1]):
        rows.pop()
    notes = 0
    for row in reversed(rows):
        cells = [cell for cell in row if cell not in ("", None)]
        if len(cells) > 1 or (cells and not (isinstance(cells[0], str) and " " in cells[0].strip())):
            break
        notes += 1
    if "footer" not in options and notes and len(rows) - notes > 1 and max(map(_filled, rows)) >= 3:
        found["footer"] = notes
    return found


def sheets(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets that hold something."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return tuple(name for name in book.sheet_names if book.get_sheet_by_name(name).to_python())


def _filled(row: list[Any]) -> int:
    return sum(1 for cell in row if cell not in ("", None))


def _first_row(rows: list[list[Any]]) -> int:
    """The column names are on the first row with as many cells as the table is wide.

    Titles and merged cells above fill one or a few cells only. "Wide" is the most cells of any of the first 30 rows.
    """
    widest = max((_filled(row) for row in rows[:30]), default=0)
    for number, row in enumerate(rows[:30]):
        if _filled(row) >= max(1, 0.8 * widest):
            return number
    return 0


def _header(
    path: Path, name: str, rows: list[list[Any]], skip: int, *, repair: bool = False
) -> tuple[tuple[str, ...], list[int]]:
    where = f"{path}, sheet '{name}', row {skip + 1}"
    if skip >= len(rows):
        raise DataError(
            f"There are only {len(rows)} rows.", where=where, expected="column names", action="correct 'skip'"
        )
    cells = [_text(cell) or "" for cell in rows[skip]]
    used = [place for place, cell in enumerate(cells) if cell.strip()]
    width = max(
        (place + 1 for row in rows[skip + 1 :] for place, cell in enumerate(row) if cell not in ("", None)), default=0
    )
    if repair and used:
        places = [place for place in range(width) if place in used or any(_has(row, place) for row in rows[skip + 1 :])]
        return repaired([cells[place].strip() if place < len(cells) else "" for place in places]), places
    empty = [
        place + 1 for place in range(min(width, len(cells))) if place not in used and place < (used[-1] if used else 0)
    ]
    holes = [
        place
        for place in empty
        if any(len(row) >= place and row[place - 1] not in ("", None) for row in rows[skip + 1 :])
    ]
    if holes or not used:
        raise DataError(
            f"Column {holes[0] if holes else 1} has data but no name.",
            where=where,
            expected="a name for every column",
            action="name the column, or say how many rows stand above the names with 'skip:' (merged cells hide names)",
        )
    header = tuple(cells[place].strip() for place in used)
    check_names(header, where)
    return header, used


def _has(row: list[Any], place: int) -> bool:
    return place < len(row) and row[place] not in ("", None)


def _columns(body: list[list[Any]], used: list[int]) -> Iterator[list[pa.Array]]:
    for start in range(0, len(body), ROWS_PER_BLOCK):
        part = body[start : start + ROWS_PER_BLOCK]
        yield [
            pa.array([_text(row[place] if place < len(row) else None) for row in part], pa.string()) for place in used
        ]


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
