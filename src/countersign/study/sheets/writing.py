"""What stands on each sheet -> a workbook that people can read and fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from countersign.publishing.workbook import Column, Sheet, save_workbook
from countersign.study.document import Document, Place
from countersign.study.schema import study_schema
from countersign.study.sheets.canonical import canonical
from countersign.study.sheets.filling import Filled, Row, fill
from countersign.study.sheets.layout import COMMENT, GUIDE, HELP, PAIRS, SOURCES, TABLES, Pairs, Table
from countersign.study.sheets.notation import key_of, place_of
from countersign.study.sheets.remarks import remarks_of
from countersign.study.sheets.shapes import about, at, child, choices, is_label, kinds

SPARE = 30  # empty rows that are made ready under a table
_WIDTHS = {"name": 22, "source": 20, "variable": 20, "key": 34, "value": 60, HELP: 60, COMMENT: 34, "rule": 46,
           "expression": 60, "why": 40, "title": 40, "label": 34, "file": 30, "statement": 40, "where": 34}  # fmt: skip
_SOURCE = "The name on the sheet data, benchmarks or official, such as data.people."
_GUIDE = """
This workbook says the same as study.yaml, with the same keys. Change what you like, save it as .xlsx, then run: \
countersign check study.xlsx
Each sheet below holds one part. Row 1 holds the headings; leave them as they are. An empty cell says nothing. The \
order of the rows counts: the first data file is the main one.
Cells are text: type 007 and it stays 007. Several entries stand in one cell with commas between them, such as sex, \
region. Entries that belong together stand in brackets: sex, [sex, region].
Write a text that looks like a number, or like true or false, in double quotes where both are possible: "1". A \
question mark ? stands for a question that only you can answer.
Texts in several languages have one column, or one key, a language: label::en, label::fr, title::sw.
An expression has no = in front: write age >= 18, not =age >= 18. Formulas of the spreadsheet are refused.
The column comment is yours. A column or a sheet whose name begins with # is not read, nor is this sheet.
Back to text: countersign workbook study.xlsx --out study.yaml. All keys are explained in docs/study-file.md.
"""


def write_book(document: Document, path: Path) -> int:
    """Write a study that the schema accepts as a workbook; return the number of rows.

    Raises
    ------
    StudyError: a text that no cell can hold. StoreError: the disk refused.
    """
    values = canonical(document.values)
    filled = fill(values)
    remarks = remarks_of(document) if not document.cells else {}
    beside = _beside(filled, remarks)
    sheets = [_guide(values)]
    for spec in _in_order():
        rows = filled.rows.get(spec.sheet, [])
        if isinstance(spec, Pairs):
            if rows or spec.always or spec.sheet == "other":
                sheets.append(_pairs(spec, rows, beside))
        elif rows or spec.always:
            sheets.append(_table(spec, rows, filled, values, beside))
    title = values.get("title", "")
    save_workbook(path, tuple(sheets), title=title if isinstance(title, str) else next(iter(title.values()), ""))
    return sum(map(len, filled.rows.values()))


def _in_order() -> tuple[Table | Pairs, ...]:
    by_name: dict[str, Table | Pairs] = {one.sheet: one for one in (*PAIRS, *TABLES)}
    first = ("study", "data", "variables", "values", "derive", "labels", "roles", "keep", "scales", "wholes")
    then = ("benchmarks", "weights", "indicators", "official", "checks", "limits", "protection", "decisions", "publish")
    middle = [name for name in by_name if name not in (*first, *then, "other")]
    return tuple(by_name[name] for name in (*first, *then, *middle, "other"))


def _beside(filled: Filled, remarks: dict[Place, str]) -> dict[Place, str]:
    """Comments by the row they stand beside; those of a key inside a row are put to the row's own."""
    places = {row.place for rows in filled.rows.values() for row in rows}
    found: dict[Place, list[str]] = {}
    for place, text in remarks.items():
        within = next((place[:size] for size in range(len(place), 0, -1) if place[:size] in places), place)
        found.setdefault(within, []).append(text)
    return {place: "\n".join(texts) for place, texts in found.items()}


def _guide(values: dict[str, Any]) -> Sheet:
    title = values.get("title", "")
    name = title if isinstance(title, str) else next(iter(title.values()), "")
    rows = [("Sheet", "What stands on it"), *((one.sheet, one.about) for one in _in_order())]
    notes = (f"A study as a workbook: {name}", *(line for line in _GUIDE.split("\n") if line))
    return Sheet(GUIDE, (Column("", 22), Column("", 100)), tuple(rows), notes=notes)


def _pairs(spec: Pairs, rows: list[Row], beside: dict[Place, str]) -> Sheet:
    lines: list[tuple[Any, ...]] = []
    options: dict[tuple[int, int], tuple[str, ...]] = {}
    left = list(rows)

    def add(key: str, value: Any, place: Place) -> None:
        language = is_label(at(place[:-1])) and len(place) > 1
        shown = place[:-1] if language else place
        if words := choices(at(place)):
            options[(len(lines), 1)] = words
        help_text = about(study_schema(), tuple(part if isinstance(part, str) else "" for part in shown))
        lines.append((key, value, help_text, beside.pop(place, "")))

    if spec.sheet == "study" and () in beside:
        lines.append(("", "", "", beside.pop(())))
    for key in spec.always:
        place = (*spec.root, *place_of(key, where=""))
        own = [row for row in left if row.place == place or (row.place[:-1] == place and is_label(at(place)))]
        for row in own:
            left.remove(row)
            add(str(row.cells["key"]), row.cells["value"], row.place)
        if not own and not any(row.place[: len(place)] == place for row in left):
            add(key, "", place)
    for row in left:
        add(str(row.cells["key"]), row.cells["value"], row.place)
    for place in [one for one in beside if _home(one) == spec.sheet]:
        inner = place[len(spec.root) :] if len(place) > len(spec.root) else place
        if place == spec.root or not inner or isinstance(inner[0], int):
            inner = place
        lines.append((key_of(inner), "", "", beside.pop(place)))
    columns = (
        Column("key", _WIDTHS["key"]), Column("value", _WIDTHS["value"], open=True), Column(HELP, _WIDTHS[HELP]),
        Column(COMMENT, _WIDTHS[COMMENT], open=True),
    )  # fmt: skip
    return Sheet(
        spec.sheet, columns, tuple(lines), choices=options, header=True, frozen=1, open_columns=(0,), spare=SPARE
    )


def _home(place: Place) -> str:
    """The sheet of pairs on which a comment without a row stands."""
    from countersign.study.sheets.filling import sheet_of

    return sheet_of(place)


def _table(spec: Table, rows: list[Row], filled: Filled, values: dict[str, Any], beside: dict[Place, str]) -> Sheet:
    headings = _headings(spec, rows, filled)
    columns = tuple(_column(spec, heading, values) for heading in headings)
    lines = tuple(
        tuple(beside.pop(row.place, "") if heading == COMMENT else row.cells.get(heading, "") for heading in headings)
        for row in rows
    )
    frozen = len(spec.owners) + bool(spec.key)
    return Sheet(spec.sheet, columns, lines, header=True, frozen=frozen, spare=SPARE)


def _headings(spec: Table, rows: list[Row], filled: Filled) -> list[str]:
    used = {heading for row in rows for heading in row.cells}
    known = [key_of(place) for place in spec.columns()]
    if spec.short and spec.short not in known:
        known.insert(0, spec.short)
    headings = [*spec.owners, *([spec.key] if spec.key else [])]
    for heading in known:
        languages = [f"{heading}::{one}" for one in filled.languages.get((spec.sheet, heading), ())]
        if (
            heading in used
            or (heading in (*spec.usual, spec.short) and not languages)
            or not (spec.usual or spec.short)
        ):
            headings.append(heading)
        headings += languages
    return [*dict.fromkeys(headings), COMMENT]


def _column(spec: Table, heading: str, values: dict[str, Any]) -> Column:
    plain = heading.partition("::")[0]
    width = _WIDTHS.get(plain, 18)
    if heading == "source":
        known = tuple(key_of((section, name)) for section in SOURCES for name in values.get(section) or {})
        return Column(
            heading, width, open=True, choices=known, hint="The name on the sheet data, benchmarks or official."
        )
    if heading == COMMENT:
        return Column(heading, width, open=True, hint="For you. Nothing is done with it.")
    form, hint = spec.item, ""
    if heading not in (spec.key, *spec.owners):
        parts = [part for part in plain.split(".") if part]
        if plain == spec.short and not spec.mixed:
            parts = []
        for part in parts:
            form = child(form, part)
        hint = about({"anyOf": list(spec.item)}, tuple(parts))
        if parts and "array" in kinds(form) and "string" not in kinds(form):
            hint = f"{hint} Several: with commas between them.".strip()
    words = choices(form) if heading not in (spec.key, *spec.owners) else ()
    if spec.sheet == "publish":
        words = tuple(study_schema()["properties"]["publish"]["items"].get("examples", ()))
        return Column(heading, 24, open=True, hint="One of: " + ", ".join(words))
    if spec.sheet == "roles" and heading == spec.key:
        words = tuple(study_schema()["properties"]["data"]["additionalProperties"]["properties"]["roles"]["properties"])
    return Column(heading, width, open=True, choices=words, hint=hint)
