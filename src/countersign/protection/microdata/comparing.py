"""Comparing: what a treatment of rows left as risk, and how far it moved what the rows say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.classes import classes_of, matches


@dataclass(frozen=True)
class RowRisk:
    """The risk of rows from somebody who knows who took part and all keys.

    Parameters
    ----------
    rows: N. below: rows that share all keys with fewer than k - 1 others, a blank being an answer of its own;
    below_matching: the same where a blank may be any answer. alone: rows whose keys nobody shares.
    expected: people recognised if somebody picks one of those who look alike, sum of 1 / f.
    certain: rows whose class gives one answer to a sensitive question: who is known to be in it gives it away.
    """

    rows: int
    below: int
    below_matching: int
    alone: int
    expected: float
    certain: int


def row_risk(keys: Sequence[Integers], sensitive: Sequence[Integers], *, k: int) -> RowRisk:
    """Measure the risk of rows.

    Parameters
    ----------
    keys, sensitive: codes of each column, (N,), -1 for missing. k: rows that should share all keys.
    """
    classes = classes_of(keys)
    counts = classes.counts
    matching = matches(classes.codes, counts)
    certain = np.zeros(len(counts), dtype=bool)
    for column in sensitive:
        answered = column >= 0
        span = int(column.max()) + 2
        pairs = np.unique(classes.of_row[answered] * span + column[answered])
        different = np.bincount(pairs // span, minlength=len(counts))
        certain |= different == 1
    return RowRisk(
        rows=int(counts.sum()),
        below=int(counts[counts < k].sum()),
        below_matching=int(counts[matching < k].sum()),
        alone=int((counts == 1).sum()),
        expected=float(len(counts)),
        certain=int(counts[certain].sum()),
    )


def hellinger(first: Floats, second: Floats) -> float:
    """Return the Hellinger distance of two distributions given as counts of the same answers, 0 to 1.

    sqrt(1 - sum sqrt(p q)); 1 if one of them is empty and the other is not.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not one.sum() or not other.sum():
        return float(one.sum() != other.sum())
    shared = np.sqrt(one / one.sum() * other / other.sum()).sum()
    return float(np.sqrt(max(0.0, 1.0 - shared)))


def overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return how far two intervals overlap: the mean share of each that lies in both, 0 to 1.

    Source: Karr, Kohnen, Oganian, Reiter and Sanil (2006), The American Statistician 60, 224-232.
    """
    low, high = max(first[0], second[0]), min(first[1], second[1])
    widths = [bounds[1] - bounds[0] for bounds in (first, second)]
    if min(widths) <= 0:
        return float(low <= high)
    return max(0.0, (high - low) / 2 * sum(1 / width for width in widths))


def tenths(values: Floats) -> Floats:
    """Return the limits between tenths of the numbers there are, each once."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.arange(1, 10) / 10)) if len(known) else np.zeros(0)
