"""Values of a study -> what stands on each sheet of its workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from countersign.study.document import Place
from countersign.study.sheets.cells import write_cell
from countersign.study.sheets.layout import PAIRS, SOURCE, SOURCES, TABLES, Table
from countersign.study.sheets.notation import LANGUAGE, key_of
from countersign.study.sheets.shapes import at, child, fixed_keys, is_free, is_label
from countersign.study.yaml_text import in_line

Cell = str | int | float
TEXT = ({"type": "string"},)


@dataclass
class Row:
    """One row: heading -> cell, and the place it speaks of."""

    place: Place
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass
class Filled:
    """All sheets: name -> rows; and, of the tables, the languages of each column in the order in which they came up."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    languages: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, sheet: str, row: Row) -> None:
        """Add a row to a sheet."""
        self.rows.setdefault(sheet, []).append(row)


def fill(values: Mapping[str, Any]) -> Filled:
    """Lay out a study that the schema accepts.

    Raises
    ------
    StudyError: a text that no cell can hold.
    """
    filled = Filled()
    for key, value in values.items():
        _emit(value, (key,), filled)
    return filled


def _emit(value: Any, place: Place, filled: Filled) -> None:
    table = next((one for one in TABLES if one.matches(place)), None)
    if table and value and isinstance(value, dict if table.key else list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            _row(table, item, (*place, name), filled)
    elif isinstance(value, dict) and value and is_label(at(place)) and all(LANGUAGE.fullmatch(key) for key in value):
        for language, text in value.items():
            _pair((*place, language), text, key_of(_relative(place), language=language), filled)
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            _emit(item, (*place, key), filled)
    elif isinstance(value, list) and any(isinstance(item, dict) and item for item in value):
        for number, item in enumerate(value):
            _emit(item, (*place, number), filled)
    else:
        _pair(place, value, key_of(_relative(place)), filled)


def sheet_of(place: Place) -> str:
    """Return the sheet of pairs on which a key without a table stands."""
    first = place[0] if place else ""
    if first in ("weights", "protection"):
        return str(first)
    return "other" if first in (*SOURCES, "indicators") else "study"


def _relative(place: Place) -> Place:
    root = next(one.root for one in PAIRS if one.sheet == sheet_of(place))
    # The key of a whole section is written out.
    return place[len(root) :] if len(place) > len(root) else place


def _pair(place: Place, value: Any, key: str, filled: Filled) -> None:
    cell = write_cell(value, at(place), where=key)
    filled.add(sheet_of(place), Row(place, {"key": key, "value": cell}))


def _row(table: Table, item: Any, place: Place, filled: Filled) -> None:
    row = Row(place, dict(zip(table.owners, _owners(table, place), strict=True)))
    if table.key:
        row.cells[table.key] = write_cell(str(place[-1]), TEXT, where=f"{table.sheet}, {place[-1]}")
    before = len(row.cells)
    where = f"sheet {table.sheet}, {key_of(place)}"
    if isinstance(item, dict) and table.labelled:
        _label(table, table.short, item, place, row, filled)
    elif isinstance(item, dict):
        _cells(table, item, place, (), row, filled)
        if table.mixed and list(item) == [table.short]:
            row.cells[table.short] = in_line(item)  # a bare cell would stand for the short form
        elif len(row.cells) == before and not table.key:
            row.cells[table.short or key_of(table.columns()[0])] = "{}"
    else:
        form = tuple(one for one in at(place) if not (table.mixed and fixed_keys((one,))))
        row.cells[table.short] = write_cell(item, form, where=where, whole=not table.mixed)
    filled.add(table.sheet, row)


def _owners(table: Table, place: Place) -> list[Cell]:
    found: list[Cell] = []
    if SOURCE in table.root:
        found.append(key_of(place[:2]))
    if len(table.owners) > 1:
        found.append(write_cell(str(place[3]), TEXT))
    return found


def _cells(table: Table, item: Mapping[str, Any], place: Place, inner: Place, row: Row, filled: Filled) -> None:
    columns = table.columns()
    for key, value in item.items():
        relative = (*inner, key)
        form = at((*place, key))
        label = isinstance(value, dict) and value and is_label(form)
        if relative in columns and label:
            _label(table, key_of(relative), value, (*place, key), row, filled)
        elif relative in columns and not (isinstance(value, dict) and value and fixed_keys(form) and not is_free(form)):
            whole = not (table.mixed and key_of(relative) == table.short)
            row.cells[key_of(relative)] = write_cell(value, form, where=f"{table.sheet}, {key_of(place)}", whole=whole)
        elif isinstance(value, dict) and value and any(one[: len(relative)] == relative for one in columns):
            _cells(table, value, (*place, key), relative, row, filled)
        else:
            _emit(value, (*place, key), filled)


def _label(table: Table, heading: str, texts: Mapping[str, str], place: Place, row: Row, filled: Filled) -> None:
    """Put each language into its column; into one cell where the order of the languages is another than before."""
    known = filled.languages.setdefault((table.sheet, heading), [])
    order = [known.index(one) for one in texts if one in known]
    # Which language comes first says which one is shown where the wanted one is missing.
    fits = order == sorted(order) and all(map(LANGUAGE.fullmatch, texts)) and bool(texts)
    new = [one for one in texts if one not in known]
    if fits and known and new and list(texts)[-len(new) :] != new:
        fits = False
    if not fits:
        row.cells[heading] = write_cell(
            dict(texts), child(at(place[:-1]), place[-1]), where=f"{table.sheet}, {heading}"
        )
        return
    known += new
    for language, text in texts.items():
        row.cells[f"{heading}::{language}"] = write_cell(text, TEXT, where=f"{table.sheet}, {heading}::{language}")
