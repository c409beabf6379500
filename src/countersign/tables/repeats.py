"""Repeats: how many rows repeat another one, without sorting or grouping whole rows.

Rows that agree have the same hash. Hashes of all rows are sorted; only rows that share theirs with another row are then
held against each other, value by value. Rows that agree in many columns agree in any of them, so one or two columns
that tell most rows apart are enough to find the few to look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce as fold
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.model.cells import Integers
from countersign.tables import collection
from countersign.tables.questions import Repeats

if TYPE_CHECKING:
    from countersign.tables.asking import Rows

_ROW, _HASH, _AMONG = "_row", "_hash", "_among"
_AT_ONCE = 20_000_000  # hashes sorted at a time
_CANDIDATES = 100_000  # rows held against each other outside the engine
_BITS = 20
_PROBE = 3  # columns by which candidates are looked for

Hashes = npt.NDArray[np.uint64]


def counted(rows: Rows, questions: Mapping[str, Repeats]) -> dict[str, dict[str, Any]]:
    """Answer questions about repeats; see `Repeats`."""
    if not questions:
        return {}
    fast = rows.native.READS_COLUMNS and rows.count >= rows.many and _ROW in rows.schema
    if not fast:
        return {key: _obvious(rows, question) for key, question in questions.items()}
    wanted: dict[str, Integers] = {}
    answers: dict[str, dict[str, Any]] = {}
    narrow = [question.columns for question in questions.values()]
    for key, question in questions.items():
        candidates = _found(rows, _probe(rows, question, narrow), blanks=question.blanks)
        if candidates is None:
            answers[key] = _obvious(rows, question)
        elif len(candidates) > 1:
            wanted[key] = candidates
        else:
            answers[key] = {"repeats": 0, "among": 0, "sizes": {}}
    if wanted:
        answers |= _held_together(rows, {key: questions[key] for key in wanted}, wanted)
    return answers


def _probe(rows: Rows, question: Repeats, narrow: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return few columns in which rows seldom agree by chance: a key asked for, or those with most different values."""
    if not question.blanks or len(question.columns) <= _PROBE:
        return question.columns
    most = 0.9 * rows.count
    for names in narrow:
        if len(names) == 1 and names[0] in question.columns and rows.looked_at.get(names[0], 0) >= most:
            return names
    telling = sorted(question.columns, key=lambda name: (rows.has_blanks(name), -rows.looked_at.get(name, 0)))
    return tuple(telling[:_PROBE])


def _found(rows: Rows, probe: tuple[str, ...], *, blanks: bool) -> Integers | None:
    """Return the candidates of a probe; with `blanks` also rows with a blank in it. None if they are too many."""
    if probe not in rows.candidates:
        rows.candidates[probe] = _candidates(rows, probe, blanks_differ=True)
    shared, blank = rows.candidates[probe]
    if not blanks or shared is None:
        return shared
    if blank is not None:
        return np.concatenate([shared, blank])
    return _candidates(rows, probe, blanks_differ=False)[0]


def _blank(columns: Sequence[str]) -> nw.Expr:
    return fold(lambda a, b: a | b, [nw.col(name).is_null() for name in columns])


def _candidates(
    rows: Rows, columns: tuple[str, ...], *, blanks_differ: bool
) -> tuple[Integers | None, Integers | None]:
    """Return the numbers of rows whose hash another row has too, and of rows with a blank; None if too many."""
    hashed = rows.native.hashed(rows.table.select(_ROW, *columns), columns, _HASH)
    seen = nw.when(~_blank(columns)).then(nw.col(_HASH)) if blanks_differ else nw.col(_HASH)
    hashed = hashed.select(_ROW, seen.alias(_HASH))
    parts = -(-rows.count // _AT_ONCE)
    shared: list[Integers] = []
    blank: list[Integers] = []
    for part in range(parts):
        mine = hashed if parts == 1 else hashed.filter(nw.col(_HASH) % parts == part)
        found = collection.as_arrow(mine)
        if found.column(_HASH).null_count:
            blank.append(_numbers(found.filter(found.column(_HASH).is_null())))
            found = found.filter(found.column(_HASH).is_valid())
        places = _shared(found.column(_HASH).to_numpy())
        shared.append(_numbers(found.take(places)))
        del found
    if parts > 1:
        blank.append(_numbers(collection.as_arrow(hashed.filter(nw.col(_HASH).is_null()))))
    return _few(shared), _few(blank)


def _numbers(found: Any) -> Integers:
    return np.asarray(found.column(_ROW).to_numpy(), dtype=np.int64)


def _few(parts: Sequence[Integers]) -> Integers | None:
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
    return numbers if len(numbers) <= _CANDIDATES else None


def _shared(hashes: Hashes) -> Integers:
    """Return the places of hashes that occur more than once."""
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    if not len(twice):
        return np.zeros(0, dtype=np.int64)
    mask = np.uint64(2**_BITS - 1)
    marked = np.zeros(2**_BITS, dtype=bool)
    marked[twice & mask] = True
    places = np.flatnonzero(marked[hashes & mask])
    return places[np.isin(hashes[places], twice)]


def _held_together(
    rows: Rows, questions: Mapping[str, Repeats], candidates: Mapping[str, Integers]
) -> dict[str, dict[str, Any]]:
    """Hold candidate rows against each other, value by value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = np.unique(np.concatenate(list(candidates.values())))
    columns = list(dict.fromkeys(name for question in questions.values() for name in question.columns))
    among = {f"{_AMONG}{place}": question.among for place, question in enumerate(questions.values())}
    table = rows.native.numbered_rows(rows.table, _ROW, numbers.tolist())
    true = nw.col(_ROW) >= 0
    found = collection.as_arrow(
        table.select(nw.col(_ROW), *map(nw.col, columns), **{name: each & true for name, each in among.items()})
    )
    answers: dict[str, dict[str, Any]] = {}
    for place, (key, question) in enumerate(questions.items()):
        mine = found.filter(pc.is_in(found.column(_ROW), pa.array(candidates[key])))
        sized: dict[str, Any] = {}
        for number, name in enumerate(question.columns):
            column = mine.column(name)
            # Zero and minus zero are equal in every engine.
            sized[f"c{number}"] = pc.add(column, 0.0) if pa.types.is_floating(column.type) else column
        sized[_AMONG] = pc.fill_null(mine.column(f"{_AMONG}{place}"), False).cast(pa.int64())
        by = [name for name in sized if name != _AMONG]
        sizes = pa.table(sized).group_by(by).aggregate([([], "count_all"), (_AMONG, "sum")])
        many = np.asarray(sizes.column("count_all").to_numpy(), dtype=np.int64)
        some = np.asarray(sizes.column(f"{_AMONG}_sum").to_numpy(), dtype=np.int64)
        answers[key] = {
            "repeats": int((many - 1).sum()),
            "among": int(np.maximum(some - 1, 0).sum()),
            "sizes": _counted(some[some > 1], np.ones(int((some > 1).sum()), dtype=np.int64)),
        }
    return answers


def _obvious(rows: Rows, question: Repeats) -> dict[str, Any]:
    """Group all rows by all columns."""
    columns = list(question.columns)
    table = rows.table if question.blanks else rows.table.filter(~_blank(columns))
    groups = table.select(*map(nw.col, columns), nw.when(question.among).then(1).otherwise(0).alias(_AMONG))
    sizes = groups.group_by(*columns).agg(nw.len().alias("_n"), nw.col(_AMONG).sum().alias("_k"))
    found = collection.as_arrow(sizes.filter(nw.col("_n") > 1).group_by("_n", "_k").agg(_g=nw.len()))
    many, some, times = (np.asarray(found.column(name).to_numpy(), dtype=np.int64) for name in ("_n", "_k", "_g"))
    return {
        "repeats": int(((many - 1) * times).sum()),
        "among": int((np.maximum(some - 1, 0) * times).sum()),
        "sizes": _counted(some[some > 1], times[some > 1]),
    }


def _counted(sizes: Integers, groups: Integers) -> dict[int, int]:
    """Return size -> number of groups."""
    distinct, place = np.unique(sizes, return_inverse=True)
    totals = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(totals, place, groups)
    return dict(zip(distinct.tolist(), totals.tolist(), strict=True))
