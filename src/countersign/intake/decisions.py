"""A list that people went through in a spreadsheet -> one row a line, with the number of the line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from countersign.errors import AnswerError


def read_decided(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Read a workbook whose headings are somewhere in its first rows.

    Parameters
    ----------
    columns: headings that must be there, whatever their case and order; further ones are left alone.

    Returns
    -------
    Line number and heading -> text of the cell, of each line below the headings that holds anything. Whole numbers are
    written without a decimal point.

    Raises
    ------
    AnswerError: not a workbook, or a heading is missing.
    """
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:
        raise AnswerError(
            "The list cannot be read.",
            where=path.name,
            expected="the workbook that 'countersign screen' wrote, filled in (.xlsx)",
            action="save it as .xlsx and try again",
        ) from error
    wanted = {name.casefold() for name in columns}
    for number, row in enumerate(rows[:40]):
        heads = [_text(cell).casefold() for cell in row]
        if wanted <= set(heads):
            places = {name: heads.index(name.casefold()) for name in columns}
            return [
                (line, {name: _text(cells[place]) for name, place in places.items()})
                for line, cells in enumerate(rows[number + 1 :], start=number + 2)
                if any(_text(cell) for cell in cells)
            ]
    raise AnswerError(
        "The list has lost its headings.",
        where=path.name,
        expected=f"a line with the headings {', '.join(columns)}",
        action="put them back as they were written",
    )


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
