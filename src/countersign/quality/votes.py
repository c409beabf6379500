"""Votes: how often each unit was given each answer, reduced in the engine to the few patterns there are.

A crowd of a million units gives a table of units by answers with few different rows; agreement and accuracy need only
these and how many units have each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.errors import EstimationError
from countersign.model.cells import Floats
from countersign.tables import group


@dataclass(frozen=True)
class Votes:
    """Patterns of answers.

    Parameters
    ----------
    labels: K answers as written, sorted. counts: answers of each in a pattern, (P, K). units: units with it, (P,).
    truth: place of the known answer in `labels`, (P,); -1 where it is none of them; empty without a gold standard.
    """

    labels: tuple[str, ...]
    counts: Floats
    units: Floats
    truth: np.ndarray[Any, np.dtype[np.int64]]

    @property
    def several(self) -> float:
        """Units with two answers or more."""
        return float(self.units[self.counts.sum(1) >= 2].sum())

    @property
    def total(self) -> float:
        """Units with an answer."""
        return float(self.units.sum())


def written(value: Any) -> str:
    """A category as the tables of both sides write it: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def votes(table: nw.LazyFrame[Any], unit: Sequence[str], answer: str, *, truth: str = "") -> Votes | None:
    """Count answers by unit, and units by what was counted.

    Parameters
    ----------
    unit: columns that name the unit. answer: the column with the answer. truth: column with the known answer, the same
        in all rows of a unit.

    Returns
    -------
    The patterns; None if there are more different answers than the catalogue allows (`largest_category_list`).
    """
    there = table.filter(~nw.col(answer).is_null(), *[~nw.col(name).is_null() for name in unit])
    if truth:
        there = there.filter(~nw.col(truth).is_null())
    answers = group(there, [answer], _n=nw.len())[answer].tolist()
    truths = group(there, [truth], _n=nw.len())[truth].tolist() if truth else []
    if len(answers) > threshold("largest_category_list").good:
        return None
    labels = tuple(sorted({written(value) for value in (*answers, *truths)}))
    place = {label: number for number, label in enumerate(labels)}
    counted = {
        f"_v{number}": nw.when(nw.col(answer) == value).then(1).otherwise(0).sum()
        for number, value in enumerate(answers)
    }
    keys = [f"_u{number}" for number in range(len(unit))]
    rows = there.select(
        *(nw.col(name).alias(key) for name, key in zip(unit, keys, strict=True)),
        nw.col(answer),
        *((nw.col(truth).alias("_truth"),) if truth else ()),
    )
    per_unit = rows.group_by(*keys, *(("_truth",) if truth else ())).agg(**counted)
    patterns = group(per_unit, [*counted, *(("_truth",) if truth else ())], _units=nw.len())
    size = len(patterns["_units"])
    counts = np.zeros((size, len(labels)))
    for number, value in enumerate(answers):
        counts[:, place[written(value)]] += np.asarray(patterns[f"_v{number}"].tolist(), dtype=float)
    known = [place[written(value)] for value in patterns["_truth"].tolist()] if truth else []
    return Votes(labels, counts, patterns["_units"].astype(float), np.array(known, dtype=np.int64))


def resampled(
    statistic: Callable[[Floats], float], units: Floats, *, seed: int, level: float = 0.95
) -> tuple[float, float] | None:
    """Return percentile limits of a statistic over samples of units drawn with replacement (Efron 1979).

    Units of one pattern are alike, so a sample is one draw of how often each pattern comes.

    Parameters
    ----------
    statistic: of the number of units with each pattern, (P,). units: as found, (P,).

    Returns
    -------
    The limits; None where more than one sample in twenty does not define the statistic.
    """
    draws = int(threshold("agreement_draws").good)
    size = round(float(units.sum()))
    if size < 2:
        return None
    chances = units / units.sum()
    generator = np.random.default_rng(seed)
    values = []
    for drawn in generator.multinomial(size, chances, size=draws):
        try:
            values.append(statistic(drawn.astype(float)))
        except EstimationError:
            continue
    if len(values) < 0.95 * draws:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
