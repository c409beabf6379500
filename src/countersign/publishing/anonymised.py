"""Rows that may leave -> the rows, what their columns mean, what was done as JSON, and a page in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from countersign.model.anonymised import Anonymised
from countersign.publishing.delimited import write_delimited
from countersign.publishing.language import speak
from countersign.publishing.pages import environment
from countersign.publishing.report import style
from countersign.publishing.writing import write_whole

METHOD, PAGE = "method.json", "index.html"


def write_rows(
    found: Anonymised, columns: Mapping[str, Sequence[Any]], folder: Path, *, title: str, format: str = "csv"
) -> None:
    """Write ``microdata.csv`` (or ``.parquet``), ``codebook.csv``, ``method.json`` and ``index.html``.

    Parameters
    ----------
    columns: name -> values, in the order in which they are shown. title: of the study. format: ``csv`` or ``parquet``.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    if format == "parquet":
        import io

        import pyarrow as pa
        import pyarrow.parquet as pq

        held = io.BytesIO()
        pq.write_table(pa.table(dict(columns)), held)
        write_whole(folder / "microdata.parquet", held.getvalue())
    else:
        rows = zip(*columns.values(), strict=True)
        write_delimited(folder / "microdata.csv", columns=list(columns), rows=rows)
    write_delimited(
        folder / "codebook.csv",
        columns=("name", "label", "type", "known to neighbours", "what was done", "answers kept", "different answers"),
        rows=[
            (one.name, one.label, one.type, one.key, one.treated, round(one.kept, 6), one.answers)
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
