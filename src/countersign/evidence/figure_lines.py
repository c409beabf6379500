"""Figures -> figures.jsonl: one canonical line a figure, rounded as declared, so that machines agree on its bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from countersign.evidence.canonical import canonical

DIGITS = 9
"""Significant digits of a number in figures.jsonl: the tolerance that is declared for figures."""


def rounded(value: float, digits: int = DIGITS) -> float:
    """Return a number at its first significant digits, half to even; zero has no sign.

    >>> rounded(0.58180243354629)
    0.581802434
    """
    return float(f"{value:.{digits - 1}e}") + 0.0 if math.isfinite(value) else value


def figure_line(row: Mapping[str, Any]) -> bytes:
    """Return one figure as canonical JSON without a line feed: empty cells left out, whole numbers exact.

    Parameters
    ----------
    row: column -> value, as `EstimateTable.rows` gives them.
    """
    kept = {name: value for name, value in row.items() if value is not None and value != ""}
    numbers = {name: rounded(value) for name, value in kept.items() if isinstance(value, float)}
    return canonical({**kept, **{name: value for name, value in numbers.items() if math.isfinite(value)}})


def figure_lines(rows: Iterable[Mapping[str, Any]]) -> tuple[bytes, ...]:
    """Return the lines of figures.jsonl, in the order of the rows."""
    return tuple(figure_line(row) for row in rows)
