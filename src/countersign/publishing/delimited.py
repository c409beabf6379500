"""The one writer of delimited text: every table that leaves as CSV goes through here.

It keeps numbers exact, missing cells empty, and text harmless when a spreadsheet opens the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from countersign.model.harmless import harmless
from countersign.publishing.writing import write_whole


def cell(value: Any) -> str:
    """Return one value as the text of a CSV cell.

    Numbers are written with up to 15 significant digits and stay numbers; None and NaN are empty; text that a
    spreadsheet would run as a formula gets a leading apostrophe (`model.harmless`).
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.15g}"
    if hasattr(value, "item"):  # a NumPy scalar
        return cell(value.item())
    return harmless(str(value))


def delimited(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as comma-separated text with a header and line feeds as line ends."""
    lines = [",".join(_quoted(cell(name)) for name in columns)]
    lines += [",".join(_quoted(cell(value)) for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Put quotes round a cell that needs them; the csv module leaves a lone carriage return bare."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


def write_delimited(path: Path, *, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a table as CSV (UTF-8, comma, line feed) and return the number of data rows.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    kept = list(rows)
    write_whole(path, delimited(columns, kept))
    return len(kept)
