"""estimates.csv of a release -> its rows, or what is wrong with it: it may have been altered on the way."""

from __future__ import annotations

import csv
from pathlib import Path

from countersign.errors import ReleaseError

NEEDED = ("figure_id", "indicator", "value", "lower", "upper", "method", "status")
"""Columns that every release has."""

_NUMBERS = ("value", "standard_error", "lower", "upper", "n", "n_effective", "plausible_lower", "plausible_upper")


def read_figures(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of the file, in its order.

    Raises
    ------
    ReleaseError: it is not text, lacks a column, a row has more or fewer cells than the header, a number is none, or
        a figure stands twice; it names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            columns = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise altered(path) from error
    if columns and (lacking := [name for name in NEEDED if name not in columns]):
        raise altered(path, f"The column '{lacking[0]}' is missing in {path.name}.", line=1)
    seen: set[str] = set()
    for line, row in rows:
        if None in row or None in row.values():
            raise altered(path, f"The row has not the {len(columns)} cells of the header.", line=line)
        if row["figure_id"] in seen:
            raise altered(path, f"The figure '{row['figure_id']}' stands twice.", line=line)
        seen.add(row["figure_id"])
        for name in _NUMBERS:
            if not _is_number(row.get(name, "")):
                raise altered(path, f"In the column '{name}' stands something that is no number.", line=line)
    return tuple(row for _, row in rows)


def altered(path: Path, problem: str = "", *, line: int = 0) -> ReleaseError:
    """Return the error of a file that is not as the run wrote it."""
    return ReleaseError(
        problem or f"The file {path.name} of this release cannot be read.",
        where=f"{path}, line {line}" if line else str(path),
        expected="the file as 'countersign run' wrote it",
        action="take the release again from whoever published it; do not use one that was altered",
    )


def _is_number(text: str) -> bool:
    try:
        return not text or bool(float(text) == float(text))
    except ValueError:
        return False
