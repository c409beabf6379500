"""Noise by cell keys and rounding, on plain tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from countersign.errors import ArgumentError
from countersign.model.cells import Floats, Integers
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import chosen, compiled, known, opened
from countersign.study.inferring.spelling import spelled

if TYPE_CHECKING:
    from countersign.protection.noise.laws import Law
    from countersign.protection.noise.noisy_table import NoisyTable
    from countersign.protection.noise.perturbation_table import PerturbationTable

TOTAL = "Total"


@verb
def perturbation_table(*, largest: int = 0, variance: float = 0.0, hidden: int = -1) -> PerturbationTable:
    """Return the law by which counts are changed: the one of largest entropy that keeps to the limits.

    Parameters
    ----------
    largest: no count is changed by more. variance: of the change of every count above 0. hidden: counts from 1 to this
        one are never published. What is left out is taken from the catalogue (5, 3 and 2).

    Returns
    -------
    One row for each count and what it may be published as, with its probability; the last count stands for all larger.

    Raises
    ------
    ProtectionError: no law without bias keeps to the limits; the message says which variances are possible.
    """
    from countersign.protection.noise.settings import table_of

    return table_of(largest=largest, variance=variance, hidden=hidden)


@verb
def perturb(
    table: Any,
    *,
    by: Sequence[str],
    id: Sequence[str],
    secret: str,
    person: str = "",
    total: str = "",
    largest: int = 0,
    variance: float = 0.0,
    hidden: int = -1,
    hide_presence: bool = False,
    where: str = "",
) -> NoisyTable:
    """Count records, or people, and change the counts a little by cell keys.

    Parameters
    ----------
    by: variables that are crossed; all their totals are given too. id: columns that name a record, the same in every
        delivery: the same records get the same noise in every table.
    secret: file with the secret, made if it is not there. Keep it, and show it to nobody: who has it can take the noise
        off; without it later tables get other noise.
    person: column that says who gave a record; people are counted then, each once. total: expression to be added up.
    largest, variance, hidden: as in `perturbation_table`. where: condition on the rows.
    hide_presence: for tables that are fixed before anybody asks. The same people then get other noise as another cell,
        such as a total that has one part only. Else a total that differs from its part tells that there is somebody
        else, even where the other part is published as 0. Not for a page where anybody may write filters: who finds the
        same people under many names could average.

    Raises
    ------
    ProtectionError: a row without an id; limits that no law keeps. DataError: an unknown column.
    StoreError: the file with the secret holds something else.
    """
    from countersign.evidence.secret import keep_secret
    from countersign.protection.noise.laws import CellKeyNoise
    from countersign.protection.noise.settings import table_of

    noise = table_of(largest=largest, variance=variance, hidden=hidden)
    law = CellKeyNoise(noise, keep_secret(Path(secret)), hide_presence)
    return _changed(table, by, id, law.secret, law, person=person, total=total, where=where)


@verb
def round_counts(
    table: Any,
    *,
    by: Sequence[str],
    base: int = 0,
    how: Literal["random", "nearest", "controlled"] = "random",
    id: Sequence[str] = (),
    secret: str = "",
    person: str = "",
    where: str = "",
) -> NoisyTable:
    """Count records, or people, and round the counts to multiples of a base.

    Parameters
    ----------
    by, id, secret, person, where: as in `perturb`; `id` and `secret` are needed to round at random.
    base: 5 if left out (catalogue). how: ``random``: up or down so that the mean stays, the same people alike
        everywhere; ``nearest``; ``controlled``: so that all totals are the sums of their parts (small tables).

    Raises
    ------
    ProtectionError: a base below 2; no controlled rounding in time. ArgumentError: rounding at random without an id.
    """
    from countersign.evidence.secret import keep_secret
    from countersign.protection.noise.laws import Rounding
    from countersign.protection.noise.rounding import default_base

    if how not in ("random", "nearest", "controlled"):
        raise ArgumentError(
            f"how='{how}' is no way to round.", where="round_counts", expected="random, nearest or controlled"
        )
    if how == "random" and not (id and secret):
        raise ArgumentError(
            "Rounding at random needs to know each record again.",
            where="round_counts",
            expected="id= and secret=, so that the same people are rounded alike everywhere",
            action="name them, or take how='nearest'",
        )
    key = keep_secret(Path(secret)) if secret else b""
    law = Rounding(base or default_base(), key, "nearest" if how == "nearest" else "random")
    controlled = how == "controlled"
    return _changed(table, by, () if controlled else id, key, law, person=person, where=where, controlled=controlled)


def _changed(
    table: Any,
    by: Sequence[str],
    ids: Sequence[str],
    secret: bytes,
    law: Law,
    *,
    person: str = "",
    total: str = "",
    where: str = "",
    controlled: bool = False,
) -> NoisyTable:
    from countersign.protection.noise.noisy_table import told

    found = _crossed(table, by, (person,) if person else ids, secret, person=person, total=total, where=where)
    if controlled:
        return _controlled(tuple(by), found, law)
    about = [_about(by, cell) for cell in found.cells]
    counts = law.counts(found.counts, found.sums, about)
    totals = law.amounts(found.totals, found.tops, found.people, found.sums, about) if total else None
    return told(tuple(by), found.cells, counts, law=law, totals=totals)


def _about(by: Sequence[str], cell: Sequence[str]) -> str:
    from countersign.protection.noise.figures import about

    return about({name: code for name, code in zip(by, cell, strict=True) if code != TOTAL})


class _Crossed:
    """Cells of a crossed table with all totals: counts, people, sums of keys, totals and largest contributions."""

    def __init__(self) -> None:
        self.cells: tuple[tuple[str, ...], ...] = ()
        self.counts: Integers = np.zeros(0, dtype=np.int64)
        self.people: Integers = self.counts
        self.sums: Integers = self.counts
        self.totals: Floats = np.zeros(0)
        self.tops: Floats = np.zeros(0)


def _crossed(
    table: Any, by: Sequence[str], ids: Sequence[str], secret: bytes, *, person: str, total: str, where: str
) -> _Crossed:
    """Return every cell and total of a crossed table in one pass over the rows."""
    import narwhals as nw

    from countersign.protection.noise.keys import KEY, keyed
    from countersign.tables import group

    dataset = opened(table)
    known(dataset, [*by, *ids])
    rows = chosen(dataset, where)
    rows = keyed(rows, ids, secret) if ids and secret else rows.with_columns(nw.lit(0).cast(nw.Int64).alias(KEY))
    amount = compiled(total, dataset, summed=True).cast(nw.Float64) if total else nw.lit(0.0)
    rows = rows.with_columns(_amount=amount)
    # A person's records are put together first: a person counts once, and contributes what all of them add up to.
    each = group(
        rows,
        list(dict.fromkeys([*by, *([person] if person else [])])),
        n=nw.len(),
        key=(nw.col(KEY).min() if person else nw.col(KEY).sum()).cast(nw.Int64),
        total=nw.col("_amount").sum(),
        top=nw.col("_amount").abs().max().cast(nw.Float64),
    )
    return _with_totals(by, each, person)


def _with_totals(by: Sequence[str], each: dict[str, Any], person: str) -> _Crossed:
    codes = [np.asarray([spelled(value) for value in each[name].tolist()], dtype=object) for name in by]
    who = np.unique(each[person].astype(str), return_inverse=True)[1] if person else None
    found = _Crossed()
    cells: list[tuple[str, ...]] = []
    parts: dict[str, list[Any]] = {"counts": [], "people": [], "sums": [], "totals": [], "tops": []}
    for size in range(len(by), -1, -1):
        for kept in combinations(range(len(by)), size):
            shown = [codes[i] if i in kept else np.full(len(each["n"]), TOTAL, dtype=object) for i in range(len(by))]
            names, inverse = _distinct(shown, len(each["n"]))
            cells += names
            for name, values in _sums(each, inverse, len(names), who).items():
                parts[name].append(values)
    found.cells = tuple(cells)
    found.counts, found.people, found.sums = (
        np.concatenate(parts[name]).astype(np.int64) for name in ("counts", "people", "sums")
    )
    found.totals, found.tops = np.concatenate(parts["totals"]), np.concatenate(parts["tops"])
    return found


def _distinct(shown: Sequence[Any], count: int) -> tuple[list[tuple[str, ...]], Integers]:
    place: dict[tuple[str, ...], int] = {}
    inverse = np.fromiter(
        (place.setdefault(cell, len(place)) for cell in (zip(*shown, strict=True) if shown else [()] * count)),
        dtype=np.int64,
        count=count,
    )
    return list(place), inverse


def _sums(each: dict[str, Any], cell: Integers, size: int, who: Integers | None) -> dict[str, Any]:
    """Return what the records, or the people, of each cell add up to."""
    from countersign.protection.noise.keys import key_sum

    total, top = np.nan_to_num(each["total"]), np.nan_to_num(each["top"])
    key, count = key_sum(each["key"]), np.asarray(each["n"], dtype=np.int64)
    if who is not None:
        pair, first, inverse = np.unique(np.stack([cell, who]), axis=1, return_index=True, return_inverse=True)
        total = np.bincount(inverse.ravel(), weights=total)
        top, key, count, cell = np.abs(total), key[first], np.ones(len(first), dtype=np.int64), pair[0]
    tops = np.zeros(size)
    np.maximum.at(tops, cell, top)
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, cell, key)
    counts = np.bincount(cell, weights=count, minlength=size)
    return {
        "counts": counts,
        "people": counts,
        "sums": sums,
        "totals": np.bincount(cell, weights=total, minlength=size),
        "tops": tops,
    }


def _controlled(by: tuple[str, ...], found: _Crossed, law: Law) -> NoisyTable:
    from countersign.model.additive_table import AdditiveTable, equations_of
    from countersign.protection.noise.noisy_table import told
    from countersign.protection.noise.rounding import round_controlled

    cells, counts = _completed(by, found)
    codes = [tuple(dict.fromkeys(cell[axis] for cell in cells if cell[axis] != TOTAL)) for axis in range(len(by))]
    table = AdditiveTable(
        dimensions=by,
        cells=cells,
        values=counts.astype(np.float64),
        contributors=counts,
        equations=equations_of(cells, [{TOTAL: names} for names in codes]),
    )
    rounded = round_controlled(table, base=int(law.told()["base"]))
    return told(by, cells, rounded.values, law=law, additive=True)


def _completed(by: tuple[str, ...], found: _Crossed) -> tuple[tuple[tuple[str, ...], ...], Integers]:
    """Return all cells, those with nobody too: without them the totals have no complete parts."""
    from itertools import product

    held = dict(zip(found.cells, found.counts.tolist(), strict=True))
    codes = [tuple(dict.fromkeys([*(cell[axis] for cell in found.cells if cell[axis] != TOTAL), TOTAL]))
             for axis in range(len(by))]  # fmt: skip
    cells = tuple(product(*codes))
    return cells, np.asarray([held.get(cell, 0) for cell in cells], dtype=np.int64)
