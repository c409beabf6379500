"""Rows that may leave -> the rows, what their columns mean, what was done as JSON, and a page in plain words."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from countersign.model.anonymised import Anonymised
from countersign.publishing.delimited import write_delimited
from countersign.publishing.files.figures import FileColumn, FileTable
from countersign.publishing.language import speak
from countersign.publishing.pages import environment
from countersign.publishing.report import style
from countersign.publishing.writing import write_whole

METHOD, PAGE = "method.json", "index.html"


FORMATS = {"csv": ".csv", "parquet": ".parquet", "stata": ".dta", "spss": ".sav"}


def write_rows(
    found: Anonymised,
    columns: Mapping[str, Sequence[Any]],
    folder: Path,
    *,
    title: str,
    format: str = "csv",
    values: Mapping[str, Mapping[str, str]] | None = None,
    made: str = "",
) -> None:
    """Write ``microdata.csv`` (or ``.parquet``, ``.dta``, ``.sav``), ``codebook.csv``, ``method.json``, ``index.html``.

    Parameters
    ----------
    columns: name -> values, in the order in which they are shown. title: of the study. format: ``csv``, ``parquet``,
        ``stata`` or ``spss``. values: name -> code -> label, for those formats that keep labels with the rows.
    made: UTC, ISO 8601; the header of files of Stata and SPSS says it.

    Raises
    ------
    CommandError: a format that needs a package that is not there. StoreError: the disk refused; nothing half-written is
        left.
    """
    values = values or {}
    target = folder / f"microdata{FORMATS[format]}"
    if format == "csv":
        rows = zip(*columns.values(), strict=True)
        write_delimited(target, columns=list(columns), rows=rows)
    elif format == "parquet":
        from countersign.publishing.files.parquet import parquet_bytes

        write_whole(target, parquet_bytes(_table(found, columns, title, values)))
    else:
        from countersign.publishing.files.statistical import labelled_bytes

        write_whole(target, labelled_bytes(_table(found, columns, title, values), FORMATS[format], made=made))
    write_delimited(
        folder / "codebook.csv",
        columns=(
            "name",
            "label",
            "type",
            "known to neighbours",
            "what was done",
            "answers kept",
            "different answers",
            "meaning of codes",
        ),
        rows=[
            (
                one.name,
                one.label,
                one.type,
                one.key,
                one.treated,
                round(one.kept, 6),
                one.answers,
                "; ".join(f"{code} = {label}" for code, label in values.get(one.name, {}).items()),
            )
            for one in found.columns
        ],
    )
    write_whole(folder / METHOD, json.dumps(found.as_dict(), ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    own = (files("countersign.publishing") / "templates" / "risk.css").read_text(encoding="utf-8")
    words = speak("en")
    view = {
        "found": found,
        "title": title,
        "heading": "Rows that may leave",
        "picture": Markup(found.picture),  # noqa: S704 -- drawn by us, every text in it escaped
        "words": words,
        "style": f"{style()}\n{own}",
    }
    write_whole(folder / PAGE, environment(words).get_template("anonymised.html").render(view))


def _table(
    found: Anonymised, columns: Mapping[str, Sequence[Any]], title: str, values: Mapping[str, Mapping[str, str]]
) -> FileTable:
    """The rows with what each column means; answers without a label of their own are their own label."""
    known = {one.name: one for one in found.columns}
    made = []
    for name, held in columns.items():
        one = known.get(name)
        kind = _kind(one.type if one else "integer", held)
        labels: dict[str, str] = {}
        if kind == "category":
            held = [None if value is None else str(value) for value in held]
            own = values.get(name, {})
            labels = {code: own.get(code, code) for code in sorted({value for value in held if value is not None})}
        made.append(FileColumn(name, kind, one.label if one else "Number of the record", held, values=labels))
    return FileTable(title, tuple(made), {"treatment": "Made anonymous; method.json says how."})


def _kind(type: str, held: Sequence[Any]) -> str:
    """The kind of a column as it is now: bands and wider answers have made texts of numbers."""
    present = [value for value in held if value is not None]
    if type in ("number", "integer") and any(isinstance(value, str) for value in present):
        return "category"
    if type == "date" and not all(isinstance(value, datetime.date) for value in present):
        return "text"
    if type == "integer" and any(isinstance(value, float) and not value.is_integer() for value in present):
        return "number"
    if type == "boolean" and not all(isinstance(value, bool) for value in present):
        return "category"
    return type
