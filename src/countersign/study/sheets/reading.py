"""study.xlsx -> Document: the same values as those of study.yaml, with the sheet and cell of every key."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.errors import StudyError, nearest
from countersign.study.document import Document, Place
from countersign.study.sheets.canonical import canonical
from countersign.study.sheets.cells import read_cell
from countersign.study.sheets.layout import COMMENT, GUIDE, PAIRS, SOURCES, TABLES, Pairs, Table
from countersign.study.sheets.notation import place_of
from countersign.study.sheets.shapes import at, fixed_keys
from countersign.study.yaml_text import yaml_text

LARGEST = 200_000_000  # bytes, unpacked
MOST_ROWS, MOST_COLUMNS = 200_000, 500
TEXT = ({"type": "string"},)


@dataclass
class _Node:
    """One place while the sheets are read: a value, or what stands under it."""

    where: str = ""
    value: Any = None
    said: bool = False
    short: str = ""
    children: dict[str | int, _Node] = field(default_factory=dict)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.root = _Node()
        self.remarks: dict[Place, str] = {}
        self.counts: dict[Place, int] = {}

    def address(self, sheet: str, row: int, column: str = "") -> str:
        return f"{self.file}, sheet {sheet}, row {row}" + (f", column {column}" if column else "")

    def touch(self, place: Place, where: str) -> _Node:
        node = self.root
        for part in place:
            node = node.children.setdefault(part, _Node(where))
        return node

    def say(self, place: Place, value: Any, where: str) -> None:
        node = self.touch(place, where)
        if node.said:
            raise StudyError(
                f"The same is said twice: here and in {node.where.removeprefix(f'{self.file}, ')}.",
                where=where,
                expected="each key once",
                action="remove one of the two",
            )
        node.value, node.said, node.where = value, True, where

    def remark(self, place: Place, text: Any) -> None:
        if text not in (None, ""):
            self.remarks[place] = "\n".join(filter(None, [self.remarks.get(place), str(text).strip()]))


def read_book(path: Path) -> Document:
    """Read a workbook as a study file; its text is the same study as YAML.

    Raises
    ------
    StudyError: not a workbook; an unknown sheet or column; a cell that holds a formula or an error; a key that stands
        twice. Sheet, row and column are named.
    """
    reader = _Reader(path.name)
    sheets = _sheets(path, reader)
    # What others belong to comes first, and the order of items is that of their own sheet.
    for table in sorted(TABLES, key=lambda one: bool(one.owners)):
        if table.sheet in sheets:
            _read_table(table, sheets[table.sheet], reader)
    for pairs in PAIRS:
        if pairs.sheet in sheets:
            _read_pairs(pairs, sheets[pairs.sheet], reader)
    cells: dict[Place, str] = {}
    values = _finish(reader.root, (), cells, reader.file)
    if not values:
        raise StudyError(
            "The workbook says nothing.",
            where=path.name,
            expected="at least: title on the sheet study, one row on the sheets data and indicators",
            action="make one with: countersign workbook STUDY",
        )
    values = canonical(values)
    lines = {place: number for number, place in enumerate(cells)}
    return Document(path.name, yaml_text(values, remarks=reader.remarks), values, lines, cells)


def _sheets(path: Path, reader: _Reader) -> dict[str, Any]:
    """The sheets by name, none unknown."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > LARGEST:
            raise StudyError(
                f"The workbook holds {size:,} bytes when it is unpacked.",
                where=path.name,
                expected="the sheets of one study, a few hundred rows",
                action="take everything else out of it: data belong into files of their own",
            )
        book = openpyxl.load_workbook(path)
    except FileNotFoundError:
        raise StudyError(
            f"There is no file '{path.name}' in '{path.parent}'.",
            where=str(path),
            expected="a workbook that says what study.yaml says",
            action="make one with: countersign workbook STUDY",
        ) from None
    except StudyError:
        raise
    except Exception as error:
        raise StudyError(
            "The file is not a workbook that can be read.",
            where=path.name,
            expected="an .xlsx file without a password",
            action="open it in a spreadsheet and save it again as .xlsx",
        ) from error
    known = [*(one.sheet for one in PAIRS), *(one.sheet for one in TABLES)]
    found: dict[str, Any] = {}
    for page in book.worksheets:
        name = page.title.strip()
        plain = name.casefold()
        if plain == GUIDE or name.startswith("#"):
            continue
        if plain not in known:
            if page.max_row == 1 and page.max_column == 1 and page.cell(1, 1).value is None:
                continue
            raise StudyError(
                f"The sheet '{name}' is not known. {nearest(plain, known)}".strip(),
                where=f"{reader.file}, sheet {name}",
                expected="one of " + ", ".join(known),
                action="correct its name; a sheet whose name begins with # is not read",
            )
        found[plain] = page
    return found


def _cell(cell: Any, where: str) -> Any:
    """The value of a cell; None if it is empty."""
    if cell.data_type == "f":
        raise StudyError(
            "The cell holds a formula.",
            where=where,
            expected="text or a number; an expression has no '=' in front",
            action="format the cell as text and type it again",
        )
    if cell.data_type == "e":
        raise StudyError(
            f"The cell holds an error of the spreadsheet ({cell.value}).",
            where=where,
            expected="text or a number",
            action="format the cell as text and type what was meant",
        )
    value = cell.value
    return None if isinstance(value, str) and not value.strip() else value


def _rows(page: Any, reader: _Reader) -> Iterator[tuple[int, dict[str, tuple[Any, str]]]]:
    """Each row that is not empty: its number, and heading -> value and address."""
    sheet = page.title.strip()
    if page.max_row > MOST_ROWS or page.max_column > MOST_COLUMNS:
        raise StudyError(
            f"The sheet has {page.max_row:,} rows and {page.max_column:,} columns.",
            where=f"{reader.file}, sheet {sheet}",
            expected="the rows of one study",
            action="delete what lies below and beside the table",
        )
    headings: dict[int, str] = {}
    for column in range(1, page.max_column + 1):
        text = _cell(page.cell(1, column), reader.address(sheet, 1))
        heading = str(text).strip() if text is not None else ""
        if heading and not heading.startswith("#"):
            if heading in headings.values():
                raise StudyError(
                    f"The column '{heading}' stands twice.",
                    where=reader.address(sheet, 1, heading),
                    expected="each heading once",
                    action="remove or rename one of the two",
                )
            headings[column] = heading
    named = {column for column in range(1, page.max_column + 1) if page.cell(1, column).value not in (None, "")}
    for number in range(2, page.max_row + 1):
        found = {}
        for column in range(1, page.max_column + 1):
            cell = page.cell(number, column)
            if cell.value is None or (column in named and column not in headings):
                continue
            heading = headings.get(column, "")
            where = reader.address(sheet, number, heading or cell.column_letter)
            value = _cell(cell, where)
            if value is None:
                continue
            if not heading:
                raise StudyError(
                    "The cell stands under no heading.",
                    where=where,
                    expected="a heading in row 1 above every cell",
                    action="name the column, or delete the cell; a column whose heading begins with # is not read",
                )
            found[heading] = (value, where)
        if found:
            yield number, found


def _read_pairs(pairs: Pairs, page: Any, reader: _Reader) -> None:
    for number, found in _rows(page, reader):
        _only(found, ("key", "value", COMMENT), reader)
        remark = found.get(COMMENT, (None, ""))[0]
        if "key" not in found:
            if "value" in found:
                raise StudyError(
                    "The value has no key.",
                    where=found["value"][1],
                    expected="the name of a key in the column key",
                    action="write the key, or delete the value",
                )
            reader.remark((), remark)
            continue
        key, where = found["key"]
        place = place_of(str(key), where=where)
        # The key of a section itself stands for the section.
        place = place if place == pairs.root else (*pairs.root, *place)
        where = reader.address(pairs.sheet, number, str(key))
        if "value" in found:
            address = found["value"][1]
            reader.say(place, read_cell(found["value"][0], at(place), where=address), where)
        reader.remark(place, remark)


def _only(found: dict[str, tuple[Any, str]], known: tuple[str, ...], reader: _Reader) -> None:
    for heading, (_, where) in found.items():
        if heading not in known:
            raise StudyError(
                f"The column '{heading}' is not known here. {nearest(heading, known)}".strip(),
                where=where,
                expected="one of " + ", ".join(known),
                action="correct the heading; a column whose heading begins with # is not read",
            )


def _read_table(table: Table, page: Any, reader: _Reader) -> None:
    columns = {_heading(place): place for place in table.columns()}
    for number, found in _rows(page, reader):
        row = dict(found)
        remark = row.pop(COMMENT, (None, ""))[0]
        if not row:
            continue
        where = reader.address(table.sheet, number)
        root = _root(table, row, where, reader)
        place = (*root, _name(table, row, root, where, reader))
        node = reader.touch(place, where)
        if not table.key or node.where == where:
            node.where = where
        reader.remark(place, remark)
        brace = next(iter(row.values()))[0] if len(row) == 1 else None
        if isinstance(brace, str) and brace.startswith("{") and (table.mixed or not table.key):
            reader.say(
                place, read_cell(brace, tuple(one for one in table.item if fixed_keys((one,))), where=where), where
            )
            continue
        for heading, (value, address) in row.items():
            relative = _column(table, heading, columns, address)
            own = (*place, *relative)
            if relative == (table.short,) and table.mixed:
                node.short = table.short
            form = at(own) if relative != () or not table.mixed else table.item
            reader.say(own, read_cell(value, form, where=address), address)


def _heading(place: Place) -> str:
    return ".".join(str(part) for part in place)


def _column(table: Table, heading: str, columns: dict[str, Place], where: str) -> Place:
    """The place under the item that a column stands for."""
    plain, _, language = heading.partition("::")
    if plain == table.short and not table.mixed:
        return (language,) if language else ()
    if plain in columns:
        return (*columns[plain], language) if language else columns[plain]
    known = [*table.owners, *filter(None, (table.key, table.short)), *columns, COMMENT]
    known = list(dict.fromkeys(known))
    raise StudyError(
        f"The column '{heading}' is not known here. {nearest(plain, known)}".strip(),
        where=where,
        expected="one of " + ", ".join(known),
        action="correct the heading; a column whose heading begins with # is not read",
    )


def _root(table: Table, row: dict[str, tuple[Any, str]], where: str, reader: _Reader) -> Place:
    """The place under which the row's item stands, from the columns that say to what it belongs."""
    owners: list[Place] = []
    for heading in table.owners:
        if heading not in row:
            raise StudyError(
                f"The row does not say to which {heading} it belongs.",
                where=f"{where}, column {heading}",
                expected="the name of a data source, such as data.people" if heading == "source" else "its name",
                action=f"fill in the column {heading}",
            )
        value, address = row.pop(heading)
        text = read_cell(value, TEXT, where=address)
        if heading != "source":
            owners.append((text,))
            continue
        place = place_of(str(value), where=address)
        place = ("data", *place) if len(place) == 1 else place
        if len(place) != 2 or place[0] not in SOURCES or place[1] not in _children(reader, place[0]):
            known = [f"{section}.{name}" for section in SOURCES for name in _children(reader, section)]
            raise StudyError(
                f"There is no data source '{text}'. {nearest(text, known)}".strip(),
                where=address,
                expected="one of " + ", ".join(known),
                action="correct the name, or add the source on the sheet data, benchmarks or official",
            )
        owners.append(place)
    place = ()
    for part in table.root:
        place += owners.pop(0) if part.startswith("*") else (part,)
    return place


def _children(reader: _Reader, section: str | int) -> tuple[str | int, ...]:
    node = reader.root.children.get(section)
    return tuple(node.children) if node else ()


def _name(table: Table, row: dict[str, tuple[Any, str]], root: Place, where: str, reader: _Reader) -> str | int:
    if not table.key:
        number = reader.counts.get(root, 0)
        reader.counts[root] = number + 1
        return number
    if table.key not in row:
        raise StudyError(
            f"The row has no {table.key}.",
            where=f"{where}, column {table.key}",
            expected=f"a {table.key} in every row that is not empty",
            action="fill it in, or delete the row",
        )
    value, address = row.pop(table.key)
    name = str(read_cell(value, TEXT, where=address))
    before = reader.touch(root, where).children.get(name)
    if before is not None and f", sheet {table.sheet}, " in before.where:
        raise StudyError(
            f"'{name}' stands twice: here and in {before.where.removeprefix(f'{reader.file}, ')}.",
            where=address,
            expected=f"each {table.key} once",
            action="remove or rename one of the two",
        )
    if before is not None:
        before.where = where
    return name


def _finish(node: _Node, place: Place, cells: dict[Place, str], file: str) -> Any:
    cells[place] = node.where.removeprefix(f"{file}, ")
    if node.said and node.children and node.value not in ({}, []):
        raise StudyError(
            "A value and keys under it are both given.",
            where=node.where,
            expected="one of the two",
            action="remove the value, or the keys under it",
        )
    if not node.children:
        _inner(node.value if node.said else {}, place, cells)
        return node.value if node.said else {}
    if all(isinstance(part, int) for part in node.children):
        numbers = sorted(node.children, key=int)
        if numbers != list(range(len(numbers))):
            raise StudyError(
                f"The entries of a list are not numbered one after the other: there is no [{_gap(numbers) + 1}].",
                where=node.children[numbers[0]].where,
                expected="[1], [2], [3] and so on",
                action="number them anew",
            )
        return [_finish(node.children[number], (*place, number), cells, file) for number in numbers]
    if not all(isinstance(part, str) for part in node.children):
        raise StudyError(
            "A list and a mapping are mixed.",
            where=node.where,
            expected="either [1], [2] or names",
            action="correct the keys",
        )
    found = {str(part): _finish(child, (*place, part), cells, file) for part, child in node.children.items()}
    if node.short and list(found) == [node.short]:
        return found[node.short]
    return found


def _gap(numbers: list[str | int]) -> int:
    return next(at for at in range(len(numbers) + 1) if at not in numbers)


def _inner(value: Any, place: Place, cells: dict[Place, str]) -> None:
    """Give what stands inside one cell the address of the cell."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            cells[(*place, key)] = cells[place]
            _inner(item, (*place, key), cells)
