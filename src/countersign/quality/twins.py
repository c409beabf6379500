"""Twins (E8): the same thing sent twice under two numbers, as a whole or with nearly the same totals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.catalogue import threshold
from countersign.model.cells import Floats, Integers
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, count, gone, is_of, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.quality.near_duplicates import encode
from countersign.tables import Repeats, add_up, aggregate, collect

_DRAWN = 200_000  # pairs by which agreement by chance is told: five are seen of a share of 1 in 40,000
_DRAWN_APART = 20_000  # pairs by which agreement in one number is told
_AT_ONCE = 8_000_000  # numbers held in memory at once
_YEARS = (1900, 2100)  # a number that is always a year measures nothing


def copied_records(context: Context) -> Asking:
    """Records that repeat another in every column but those that number the records.

    Left out are the role ``id`` (but columns that play another part too) and every column but measurements in which
    no two records agree. Where the other columns carry too little information to tell so many records apart, agreement
    is chance and nothing is assessed: -log2 sum p^2 over columns, p the shares of its values, must reach log2 of the
    pairs plus the margin of the catalogue.
    """
    names = [variable.name for variable in context.from_file]
    others = {name for role, columns in context.dataset.roles.items() if role != "id" for name in columns}
    ids = set(context.dataset.roles.get("id", ())) - others  # a day or a place in a key is content, not a number
    if not names or context.is_published_table or is_of(context.dataset.unit, ("figure",)):
        return []
    subject = "" if context.is_main else context.dataset.name
    types = {variable.name: variable.type for variable in context.from_file}
    rows = context.rows.count
    few = rows <= threshold("near_duplicate_rows").good
    # Of many records only what may number them is looked at, and only if nothing else is known to.
    wanted = [
        name for name in names if few or (not ids and types[name] != "number" and context.rows.may_be_unique(name))
    ]
    sizes = yield {name: nw.col(name).n_unique() for name in wanted}
    unique = {name for name in wanted if sizes[name] == rows and types[name] != "number"}
    numbering = [name for name in names if name in ids or name in unique]
    if not numbering or rows < 2:
        return []
    if not few:
        why = f"{number(rows)} records are more than can be compared ({number(threshold('near_duplicate_rows').good)})."
        return [
            not_assessed(
                "E8",
                "copied_records",
                why,
                subject=subject,
                fix="Assess a part of the data, such as one area or month.",
            )
        ]
    compared = [name for name in names if name not in ids and name not in unique and sizes[name] > 1]
    known = _information(context, compared)
    needed = math.log2(max(2, math.comb(rows, 2))) + threshold("near_duplicate_margin").good
    if known < needed:
        why = (
            f"Without the columns that number the records, what is left cannot tell {number(rows)} records apart "
            f"({known:.0f} bits of information, {needed:.0f} needed)."
        )
        return [
            not_assessed(
                "E8", "copied_records", why, subject=subject, fix="Record more, such as who collected, when and where."
            )
        ]
    found = yield {"same": Repeats(tuple(compared), among=KEPT), "records": count(KEPT)}
    repeats, kept, records = found["same"]["repeats"], found["same"]["among"], found["records"]
    left_out = listed([f"'{name}'" for name in numbering])
    message = (
        f"{number(repeats)} records repeat another one in everything but {left_out}: sent twice under new numbers."
        + gone(repeats, kept)
        if repeats
        else f"No record repeats another in everything but {left_out}."
    )
    return [
        judged(
            "E8",
            "copied_records",
            share(kept, records),
            message,
            limit="duplicates",
            subject=subject,
            count=repeats,
            evidence={"kept": kept, "records": records, "left_out": numbering, "compared": compared},
            fix=f"Ask those who sent them, and set the copies aside with 'unique: [[{', '.join(compared[:4])}, ...]]'.",
        )
    ]


def _information(context: Context, names: Sequence[str]) -> float:
    columns = collect(context.dataset.table, list(names)) if names else {}
    bits = 0.0
    for name in names:
        counts = np.unique(encode(columns[name]), return_counts=True)[1]
        bits -= math.log2(float(((counts / counts.sum()) ** 2).sum()))
    return bits


def twin_records(context: Context) -> Sequence[Finding]:
    """Records of one day and one collector (or one area) whose numbers are the same or nearly so.

    Nearly: every number differs by at most the share of the catalogue (``twin_difference``, 1 %), one of them is at
    least ``twin_least`` (20), and of one area at least two numbers were compared. Where many rows belong to one event
    (role ``psu``, one day each), events are compared: their rows, and the sums of their numbers. People are not
    compared: many agree by chance; see `near_duplicates`. Nor are records of which only the year or month is known.

    Where records of other days agree so often that chance makes a good part of the pairs (``twin_chance``: pairs
    expected by chance / pairs found), the numbers tell too little: pairs of one collector, or of one area, are then not
    told, and nothing is assessed if there are no others.
    """
    time = context.role("time")
    if time and not context.schema[time].is_temporal():
        return []
    keys = [name for name in (context.role("collector"), context.role("area")) if name]
    if not time or not keys or context.is_published_table:
        return []
    if is_of(context.dataset.unit, ("person", "case", "collective", "figure")):
        return []
    numbers = _numbers(context)
    table, what = _events(context, [time, *keys], numbers)
    names = numbers if what == "records" else ["_rows", *numbers]
    if not numbers:
        return []
    rows = int(aggregate(table, n=nw.len())["n"])
    if rows > threshold("near_duplicate_rows").good:
        why = f"{number(rows)} {what} are more than can be compared with each other."
        return [
            not_assessed("E8", "twin_records", why, fix="Assess a part of the data, such as one area or one month.")
        ]
    columns = collect(table, [time, *keys, *names])
    values = np.stack([np.asarray(columns[name], dtype=np.float64) for name in names], axis=1)
    pairs: set[tuple[int, int]] = set()
    doubtful: list[tuple[int, float, str]] = []
    for key in keys:
        least = 1 if key == context.role("collector") else 2
        grouped = list(_groups(columns[time], columns[key]))
        mine = {pair for together in grouped for pair in _alike(values, together, least=least)}
        chance = _by_chance(values, grouped, least=least) if mine else 0.0
        if mine and threshold("twin_chance").state(chance / len(mine)) is not State.PASS:
            doubtful.append((len(mine), chance, key))
        else:
            pairs |= mine
    twins = sorted({at for pair in pairs for at in pair})
    if doubtful and not pairs:
        found, chance, key = max(doubtful)
        why = (
            f"{number(found)} pairs of {what} of the same day and '{key}' have nearly the same numbers; as many as "
            f"{number(round(chance))} of them would be there by chance, as the {number(len(names))} numbers compared "
            f"take few values."
        )
        return [not_assessed("E8", "twin_records", why, fix="Record more, such as place, time of day and duration.")]
    same = sum(bool(np.array_equal(values[one], values[two], equal_nan=True)) for one, two in pairs)
    message = f"No two {what} of one day and one {' or '.join(keys)} have nearly the same numbers."
    if pairs:
        message = (
            f"{number(len(twins))} {what} have a twin: the same '{time}', the same "
            f"{' or '.join(f'{k!r}' for k in keys)},"
            f" and numbers that differ by at most {percent(threshold('twin_difference').good)} ({number(len(pairs))} "
            f"pairs, {number(same)} of them the same to the last digit)."
        )
    return [
        judged(
            "E8",
            "twin_records",
            share(len(twins), rows),
            message,
            limit="near_duplicates",
            subject="" if context.is_main else context.dataset.name,
            count=len(twins),
            evidence={"pairs": len(pairs), "identical_pairs": same, what: rows, "numbers": list(names)},
            fix="Look at each pair with those who sent it; if it is one event, set the second aside.",
        )
    ]


def _numbers(context: Context) -> list[str]:
    playing = {name for columns in context.dataset.roles.values() for name in columns}
    names = [
        variable.name
        for variable in context.from_file
        if variable.type in ("integer", "number")
        and variable.name not in playing
        and not variable.values
        and context.schema[variable.name].is_numeric()
    ]
    ends = {f"{end}{at}": getattr(nw.col(name), end)() for at, name in enumerate(names) for end in ("min", "max")}
    found = aggregate(context.dataset.table, **ends)
    first, last = _YEARS
    return [n for at, n in enumerate(names) if not (found[f"min{at}"] or 0) >= first or not found[f"max{at}"] <= last]


def _events(context: Context, keys: Sequence[str], numbers: Sequence[str]) -> tuple[nw.LazyFrame[Any], str]:
    """Return the kept rows, or one row an event where the cluster has several rows and one day."""
    psu, table = context.role("psu"), context.dataset.kept()
    if not psu:
        return table, "records"
    firsts = {f"_first{at}": nw.col(name).min() for at, name in enumerate(keys)}
    last = {f"_last{at}": nw.col(name).max() for at, name in enumerate(keys)}
    sums = {f"_sum{at}": nw.col(name).cast(nw.Float64).sum() for at, name in enumerate(numbers)}
    place = {"_row": nw.col("_row").min()}  # an order of their own: pairs are drawn by their places
    events = add_up(table.filter(~nw.col(psu).is_null()), [psu], _rows=nw.len(), **place, **firsts, **last, **sums)
    split = nw.when(nw.col("_first0") != nw.col("_last0")).then(1).otherwise(0)
    found = aggregate(events, n=nw.len(), rows=nw.col("_rows").sum(), split=split.sum())
    if not found["n"] or found["rows"] <= found["n"] or found["split"]:
        return table, "records"
    renamed = [nw.col(f"_first{at}").alias(name) for at, name in enumerate(keys)]
    renamed += [nw.col(f"_sum{at}").alias(name) for at, name in enumerate(numbers)]
    return events.select("_row", *renamed, nw.col("_rows").cast(nw.Float64)), "events"


def _groups(*columns: Floats) -> Iterator[Integers]:
    """Yield the rows that agree in all columns, where none is missing and there are two or more."""
    codes = np.stack([encode(column.astype(str) if column.dtype.kind == "M" else column) for column in columns], axis=1)
    known = np.flatnonzero((codes >= 0).all(axis=1))
    if not len(known):
        return
    _, place = np.unique(codes[known], axis=0, return_inverse=True)
    order = np.argsort(place.ravel(), kind="stable")
    edges = np.flatnonzero(np.diff(place.ravel()[order])) + 1
    for part in np.split(known[order], edges):
        if len(part) > 1:
            yield part


def _by_chance(values: Floats, grouped: Sequence[Integers], *, least: int) -> float:
    """Return how many pairs chance would make: pairs inside the groups, times how often rows of two groups agree.

    How often is the smaller of two: the share of pairs of two groups that agree, and the product over the numbers of
    the shares that agree in one. The first alone would take copies sent under other days for chance, the second alone
    numbers that go together. Pairs are drawn at random, always the same ones.
    """
    near, large = threshold("twin_difference").good, threshold("twin_least").good
    rows, place = np.concatenate(grouped), np.repeat(np.arange(len(grouped)), [len(part) for part in grouped])
    inside = sum(len(part) * (len(part) - 1) / 2 for part in grouped)
    drawn = np.random.default_rng(0).integers(0, len(rows), (_DRAWN, 2))
    drawn = rows[drawn[place[drawn[:, 0]] != place[drawn[:, 1]]]]
    if not len(drawn):
        return 0.0

    def agree(pairs: Integers) -> npt.NDArray[np.bool_]:
        one, two = values[pairs[:, 0]], values[pairs[:, 1]]
        first, second = ~np.isnan(one), ~np.isnan(two)
        top = np.maximum(np.abs(one), np.abs(two))
        both: npt.NDArray[np.bool_] = (first == second) & (~first | (np.abs(one - two) <= near * top))
        return both

    # The largest numbers of two rows that agree agree too: few pairs are left to be compared in all.
    size = np.where(np.isnan(values), 0.0, np.abs(values)).max(axis=1)
    one, two = size[drawn[:, 0]], size[drawn[:, 1]]
    top = np.maximum(one, two)
    some = (~np.isnan(values)).sum(axis=1) >= least
    open_ones = drawn[(top >= large) & (np.abs(one - two) <= 2 * near * top) & some[drawn[:, 0]]]
    parts = np.array_split(open_ones, max(1, open_ones.size * values.shape[1] // _AT_ONCE))
    together = sum(int(agree(part).all(axis=1).sum()) for part in parts) / len(drawn)
    apart = float(agree(drawn[:: max(1, len(drawn) // _DRAWN_APART)]).mean(axis=0).prod()) if together else 0.0
    return inside * min(together, apart)


def _alike(values: Floats, rows: Integers, *, least: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows whose numbers are all nearly the same, going up in the largest number that tells something.

    Of three rows or more, a number that is the same in all of them, such as the size of the group that came, tells
    nothing beside one that is not.
    """
    near, large = threshold("twin_difference").good, threshold("twin_least").good
    here = np.where(np.isnan(values[rows]), 0.0, np.abs(values[rows]))
    varies = here.max(axis=0) - here.min(axis=0) > near * here.max(axis=0)
    telling = here[:, varies] if len(rows) > 2 and varies.any() else here
    leading = telling.max(axis=1)
    order = rows[np.argsort(leading, kind="stable")]
    tops = np.sort(leading)
    sorted_ = values[order]
    there, size = ~np.isnan(sorted_), np.abs(sorted_)
    reach = np.searchsorted(tops, tops * (1 + 2 * near), side="right")  # beyond it nobody is near; near is small
    for at in np.flatnonzero(tops >= large).tolist():
        others = np.arange(at + 1, reach[at])
        others = others[tops[others] - tops[at] <= near * tops[others]]
        if there[at].sum() < least or not len(others):
            continue
        others = others[(there[others] == there[at]).all(axis=1)]
        told = there[at]
        apart = np.abs(sorted_[others][:, told] - sorted_[at, told])
        fits = (apart <= near * np.maximum(size[others][:, told], size[at, told])).all(axis=1)
        for other in order[others[fits]].tolist():
            yield min(int(order[at]), other), max(int(order[at]), other)
