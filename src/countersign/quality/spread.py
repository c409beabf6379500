"""Spread: median and deviations of the logarithms of many values by group, exact, without holding all values.

Up to twenty million values are brought out as they are. More are counted in narrow intervals of their logarithm. Only
the values of those intervals on which a figure depends are then asked for, one by one; of all others the interval is
all that matters. Where it was guessed wrongly which these are, the rest is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.model.cells import Floats, Integers
from countersign.quality.context import Questions, Totals
from countersign.tables import Listed, Values, groups

CONSISTENT = 1.4826  # MAD of a normal distribution to its standard deviation
CONSISTENT_MEAN = 1.2533141373155001  # mean absolute deviation to the standard deviation: sqrt(pi / 2)
FEW = 200_000  # rows whose different values are all asked for
MANY = 20_000_000  # rows whose values are all held at once
_STEPS = 256  # intervals a unit of the natural logarithm
_FINE = 2.0**30  # parts of an interval in which the place within it is added up
_CLASSES = 16
_SOME = 10_000  # values by which it is guessed where the median is
_NEAR, _FAR = 2, 8  # intervals by which a guess of the deviation or of a limit may be wrong

Stratum = tuple[Any, ...]


@dataclass(frozen=True)
class Spread:
    """One group: number of values, median of the logarithms, two scales, and how many lie beyond a distance.

    Parameters
    ----------
    n: values. middle: median of log y. scale: 1.4826 times the median absolute deviation, or 1.2533 times the mean
    absolute deviation where that is 0; wide: the larger of the two. high, low, wide_high, wide_low: values beyond
    `limit` scales; far, wide_far: their sum; amount: the sum of all.
    """

    n: int
    middle: float
    scale: float
    wide: float
    high: int
    low: int
    wide_high: int
    wide_low: int
    amount: float
    far: float
    wide_far: float


@dataclass(frozen=True)
class Spreads:
    """All groups; `others`: values of 0 or less, which have no logarithm, and their sum."""

    groups: list[Spread]
    others: int
    others_amount: float


@dataclass
class _Known:
    """What is known of one group: intervals with their counts, and the values of some of them."""

    interval: Integers
    n: Integers
    inside: Floats  # sum over the values of an interval of the logarithm
    amounts: Floats  # sum over the values of an interval
    exact: dict[int, tuple[Floats, Integers, Floats]]  # interval -> logarithms, how often, values

    def pieces(self) -> tuple[Floats, Integers, Floats, Floats, Floats]:
        """Return logarithms with their counts, the lowest and highest each may be, and the sums of their values."""
        parts = []
        for place, (interval, n) in enumerate(zip(self.interval.tolist(), self.n.tolist(), strict=True)):
            if interval in self.exact:
                logs, often, values = self.exact[interval]
                parts.append((logs, often, logs, logs, values * often))
            else:
                edges = np.array([interval, interval + 0.5, interval + 1]) / _STEPS
                parts.append((edges[1:2], np.array([n]), edges[:1], edges[2:], self.amounts[place : place + 1]))
        logs, counts, lows, highs, amounts = (np.concatenate(each) for each in zip(*parts, strict=True))
        return logs, counts, lows, highs, amounts


def spread(
    value: nw.Expr,
    strata: Mapping[str, nw.Expr],
    where: nw.Expr,
    *,
    limit: float,
    size: int,
    few_values: bool = False,
) -> Generator[Questions, Totals, Spreads]:
    """Return the spread of log y in each group, of its values y > 0.

    Parameters
    ----------
    value: y. strata: name -> expression of the group; rows without one do not count. where: rows that count.
    limit: distance from the median, in scales, from which values are counted. size: rows of the table. few_values:
    whether there are few different ones.
    """
    y = value.cast(nw.Float64)
    there = fold(lambda a, b: a & b, [where, ~y.is_null(), *(~each.is_null() for each in strata.values())])
    names = list(strata)
    if few_values or size <= FEW:
        found = (yield {"values": groups({**strata, "_y": y}, where=there, _n=nw.len())})["values"]
        return _brought_together(list(_by_stratum(found, names, "_y", "_n").values()), limit)
    if size <= MANY:
        values = (yield {"values": Values(y, strata, there)})["values"]["values"]
        return _brought_together([(each, None) for each in values], limit)
    counted = there & (y > 0)
    steps = {"_y": y, "_l": nw.col("_y").log() * _STEPS, "_i": nw.col("_l").floor()}
    question = groups(
        {**strata, "_i": nw.col("_i").cast(nw.Int64)},
        where=counted,
        steps=steps,
        _n=nw.len(),
        _s=((nw.col("_l") - nw.col("_i")) * _FINE).cast(nw.Int64).sum(),
        _a=nw.col("_y").sum(),
    )
    low = nw.when(there & (y <= 0)).then(y)
    answer = yield {"intervals": question, "others": low.count(), "amount": low.sum()}
    found = answer["intervals"]
    known = {
        stratum: _Known(
            interval=places.astype(np.int64),
            n=n,
            inside=(n * places + s / _FINE) / _STEPS,
            amounts=amounts,
            exact={},
        )
        for stratum, (places, n, s, amounts) in _by_stratum(found, names, "_i", "_n", "_s", "_a").items()
    }
    wanted = {stratum: _guessed(each, limit) | _missing(each, limit) for stratum, each in known.items()}
    while any(wanted.values()):
        chosen = _chosen(y, strata, wanted, known)
        listed = Listed({**strata, "_i": nw.col("_i").cast(nw.Int64), "_y": nw.col("_y")}, counted & chosen, steps)
        found = (yield {"values": listed})["values"]
        for (*stratum, place), values in _sorted_out(found, names).items():
            if place in wanted.get(tuple(stratum), ()):
                known[tuple(stratum)].exact[place] = (np.log(values), np.ones(len(values), dtype=np.int64), values)
        wanted = {stratum: _missing(each, limit) for stratum, each in known.items()}
    judged = [_judged(each, limit) for each in known.values()]
    return Spreads(judged, int(answer["others"] or 0), float(answer["amount"] or 0.0))


def _by_stratum(found: Mapping[str, Any], names: Sequence[str], *columns: str) -> dict[Stratum, tuple[Any, ...]]:
    """Return the columns of the answer group by group: (interval or value, ..., counts)."""
    size = len(found[columns[0]])
    if not size:
        return {}
    new = np.zeros(size, dtype=bool)
    new[0] = True
    for name in names:
        key = found[name]
        new[1:] |= np.fromiter((a != b for a, b in zip(key[1:], key[:-1], strict=True)), dtype=bool, count=size - 1)
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], size)
    arrays = [np.asarray(found[column].tolist()) for column in columns]
    return {
        tuple(found[name][start] for name in names): tuple(array[start:end] for array in arrays)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    }


def _sorted_out(found: Mapping[str, Any], names: Sequence[str]) -> dict[Stratum, Floats]:
    """Return (group, interval) -> values."""
    places = found["_i"].astype(np.int64)
    code = np.zeros(len(places), dtype=np.int64)
    labels: list[list[Any]] = []
    for name in names:
        seen: dict[Any, int] = {}
        mine = [seen.setdefault(value, len(seen)) for value in found[name].tolist()]
        code = code * len(seen) + np.asarray(mine, dtype=np.int64)
        labels.append(list(seen))
    order = np.lexsort((found["_y"], places, code))  # rows come in no order, and sums are to repeat
    code, places, values = code[order], places[order], found["_y"][order]
    new = np.ones(len(code), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | (places[1:] != places[:-1])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(code))
    sorted_out: dict[Stratum, Floats] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        rest, stratum = int(code[start]), []
        for distinct in reversed(labels):
            rest, place = divmod(rest, len(distinct))
            stratum.append(distinct[place])
        sorted_out[(*reversed(stratum), int(places[start]))] = values[start:end]
    return sorted_out


def _brought_together(parts: Sequence[tuple[Any, Any]], limit: float) -> Spreads:
    """Return the spreads of values that are all at hand, each group with how often they occur, or None for once."""
    judged, others, amount = [], 0, 0.0
    for found, often in parts:
        values = np.asarray(found, dtype=np.float64)
        low = values <= 0
        if often is None:
            others, amount = others + int(low.sum()), amount + float(values[low].sum())
            judged.append(_judged_at_once(values[~low] if low.any() else values, limit))
            continue
        others, amount = others + int(often[low].sum()), amount + float((values * often)[low].sum())
        values, n = values[~low], often[~low].astype(np.int64)
        logs = np.log(values)
        whole = np.array([n.sum()]), np.array([(logs * n).sum()]), np.array([(values * n).sum()])
        known = _Known(np.zeros(1, dtype=np.int64), *whole, {0: (logs, n, values)})
        judged.append(_judged(known, limit))
    return Spreads([each for each in judged if each.n], others, amount)


def _middle(values: Floats, counts: Integers) -> tuple[float, list[int]]:
    """Return the median of values with counts, and the places of the one or two values it is made of."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(counts[order])
    total = int(ends[-1])
    places = [int(order[np.searchsorted(ends, rank, side="right")]) for rank in ((total - 1) // 2, total // 2)]
    one, two = values[places[0]], values[places[1]]
    return (float(one) if one == two else float((one + two) / 2)), places


def _scales(known: _Known, middle: float, deviation: float) -> tuple[float, float]:
    """Return the scale of the median absolute deviation, or of the mean one where it is 0, and the larger of both."""
    apart = 0.0
    for place, (interval, n) in enumerate(zip(known.interval.tolist(), known.n.tolist(), strict=True)):
        if interval in known.exact:
            logs, often, _ = known.exact[interval]
            apart += float((np.abs(logs - middle) * often).sum())
        else:
            apart += abs(float(known.inside[place]) - n * middle)
    mean = CONSISTENT_MEAN * apart / int(known.n.sum())
    scale = CONSISTENT * deviation if deviation > 0 else mean
    return scale, max(scale, mean)


def _guessed(known: _Known, limit: float) -> set[int]:
    """Return the intervals on which median, deviation and limits are likely to depend."""
    middle, deviation, scale, wide = _figures(known)
    marks = [(middle, 1), (middle - deviation, _NEAR), (middle + deviation, _NEAR)]
    marks += [(middle + sign * limit * each, _FAR) for sign in (-1, 1) for each in (scale, wide)]
    near = {
        place
        for mark, around in marks
        for place in range(int(np.floor(mark * _STEPS)) - around, int(np.floor(mark * _STEPS)) + around + 1)
    }
    return near & set(known.interval.tolist())


def _figures(known: _Known) -> tuple[float, float, float, float]:
    values, counts, *_ = known.pieces()
    middle, _ = _middle(values, counts)
    deviation, _ = _middle(np.abs(values - middle), counts)
    return (middle, deviation, *_scales(known, middle, deviation))


def _missing(known: _Known, limit: float) -> set[int]:
    """Return the intervals whose values are needed and not known yet."""
    middle, deviation, scale, wide = _figures(known)
    values, counts, lows, highs, _ = known.pieces()
    open_ = lows < highs
    needed = np.zeros(len(values), dtype=bool)
    for place in (*_middle(values, counts)[1], *_middle(np.abs(values - middle), counts)[1]):
        needed[place] = True
    marks = [middle, middle - deviation, middle + deviation]
    marks += [middle + sign * limit * each for sign in (-1, 1) for each in (scale, wide)]
    slack = 1e-9
    for mark in marks:
        needed |= (lows - slack <= mark) & (mark <= highs + slack)
    return set(np.floor(values[needed & open_] * _STEPS).astype(np.int64).tolist())


def _judged(known: _Known, limit: float) -> Spread:
    if not known.n.sum():
        return _judged_at_once(np.zeros(0), limit)
    logs, counts, _, _, amounts = known.pieces()
    middle, _, scale, wide = _figures(known)
    return _beyond(logs - middle, counts, amounts, middle=middle, scales=(scale, wide), limit=limit)


def _judged_at_once(values: Floats, limit: float) -> Spread:
    if not len(values):
        return Spread(0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0.0, 0.0, 0.0)
    logs = np.log(values)
    middle = _median(logs)
    logs -= middle
    apart = np.abs(logs)
    mean = CONSISTENT_MEAN * float(apart.mean())
    deviation = _median(apart)
    scale = CONSISTENT * deviation if deviation > 0 else mean
    return _beyond(logs, None, values, middle=middle, scales=(scale, max(scale, mean)), limit=limit)


def _median(values: Floats) -> float:
    """Return the median; of very many values only those near to it are put in order."""
    if len(values) < 10 * _SOME:
        return float(np.median(values))
    some = np.sort(values[:: len(values) // _SOME])
    low, high = some[int(0.47 * len(some))], some[int(0.53 * len(some))]
    near = values[(values >= low) & (values <= high)]
    below = int((values < low).sum())
    ranks = np.array([(len(values) - 1) // 2, len(values) // 2]) - below
    if ranks[0] < 0 or ranks[1] >= len(near):
        return float(np.median(values))
    one, two = np.partition(near, ranks)[ranks]
    return float(one) if one == two else float((one + two) / 2)


def _beyond(
    away: Floats,
    counts: Integers | None,
    amounts: Floats,
    *,
    middle: float,
    scales: tuple[float, float],
    limit: float,
) -> Spread:
    """Return the spread of values from how far they are from the median; counts None = each once."""

    def many(where: npt.NDArray[np.bool_]) -> int:
        return int(where.sum() if counts is None else counts[where].sum())

    sides = [(away > limit * scale, away < -limit * scale) for scale in scales]
    (high, low), (wide_high, wide_low) = ((many(above), many(below)) for above, below in sides)
    far, wide_far = (float(amounts[above].sum() + amounts[below].sum()) for above, below in sides)
    return Spread(
        n=len(away) if counts is None else int(counts.sum()),
        middle=middle,
        scale=scales[0],
        wide=scales[1],
        high=high,
        low=low,
        wide_high=wide_high,
        wide_low=wide_low,
        amount=float(amounts.sum()),
        far=far,
        wide_far=wide_far,
    )


def _chosen(
    y: nw.Expr,
    strata: Mapping[str, nw.Expr],
    wanted: Mapping[Stratum, set[int]],
    known: Mapping[Stratum, _Known],
) -> nw.Expr:
    """Return a condition that all rows in a wanted interval of their group meet, and few others."""
    open_ = [stratum for stratum, places in wanted.items() if places]
    everywhere = set().union(*wanted.values())
    rows = sum(int(known[s].n[np.isin(known[s].interval, list(everywhere))].sum()) for s in known)
    if rows <= 10 * FEW or len(open_) == 1:
        return _within(y, everywhere)
    ordered = sorted(open_, key=lambda stratum: min(wanted[stratum]))
    width = -(-len(ordered) // _CLASSES)
    parts = []
    for at in range(0, len(ordered), width):
        alike = ordered[at : at + width]
        mine = _within(y, set().union(*(wanted[stratum] for stratum in alike)))
        for number, key in enumerate(strata.values()):
            mine = mine & key.is_in(list(dict.fromkeys(stratum[number] for stratum in alike)))
        parts.append(mine)
    return fold(lambda a, b: a | b, parts)


def _within(y: nw.Expr, places: set[int]) -> nw.Expr:
    """Return the condition that a value is in some intervals, or just outside: engines differ in the last digit."""
    ordered = sorted(places)
    runs: list[list[int]] = []
    for place in ordered:
        if runs and place - runs[-1][1] <= 2:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    slack = 1e-9
    limits = [(math.exp(low / _STEPS) * (1 - slack), math.exp((high + 1) / _STEPS) * (1 + slack)) for low, high in runs]
    return fold(lambda a, b: a | b, [(y >= low) & (y <= high) for low, high in limits])
