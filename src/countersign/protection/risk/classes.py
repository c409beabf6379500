"""Rows -> classes: how many records share the same keys, and how many people they stand for.

One group-by in the engine. What is asked of all records (how many are alone) needs only the sizes of the classes; what
is asked of parts of the keys needs the classes themselves, with their keys as small numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.tables import aggregate

if TYPE_CHECKING:
    import pyarrow as pa

Codes = npt.NDArray[np.int64]
_BITS = 61  # weights are added as whole numbers of at most so many bits: the same sum whatever the order
_COUNTABLE = 2**24  # cells up to which numbers of a class are counted in an array and not sorted


@dataclass(frozen=True)
class Sizes:
    """Classes of equal size and weight put together.

    Parameters
    ----------
    size: records in a class, (s,). population: sum of their weights; their number without weights, (s,).
    classes: how many classes are so, (s,).
    """

    size: Integers
    population: Floats
    classes: Integers


@dataclass(frozen=True)
class Looked:
    """What one look at the rows told. rows: records. missing: key -> records without it. largest: weight."""

    rows: int
    missing: Mapping[str, int]
    largest: float = 1.0

    @property
    def gaps(self) -> bool:
        """Whether any key is missing anywhere."""
        return any(self.missing.values())


@dataclass(frozen=True)
class Classes:
    """The classes of records that share all keys, a missing key being a category of its own.

    Parameters
    ----------
    keys: names, m of them. codes: (m, C): number of the category of each class; the last number of a key with missing
    values means missing. levels: categories of each key as an Arrow array, without the missing one.
    size: records, (C,). population: sum of weights, (C,). table: the keys as the engine gave them, for joining back.
    """

    keys: tuple[str, ...]
    codes: Codes
    levels: tuple[Any, ...]
    size: Integers
    population: Floats
    table: pa.Table

    def __len__(self) -> int:
        return len(self.size)

    @cached_property
    def spans(self) -> tuple[int, ...]:
        """Numbers that categories of each key may have, the one of missing among them."""
        return tuple(len(levels) + 1 for levels in self.levels)

    @cached_property
    def absent(self) -> npt.NDArray[np.bool_]:
        """Whether a key is missing in a class, (m, C)."""
        marks = np.asarray([len(levels) for levels in self.levels], dtype=np.int64)
        absent: npt.NDArray[np.bool_] = self.codes == marks[:, None]
        return absent

    def folded(self, places: Sequence[int], first: Codes, size: Integers) -> Classes:
        """Return the classes of some of the keys: `first` of each kind, and their sizes; weights mean nothing then."""
        names = tuple(self.keys[i] for i in places)
        levels = tuple(self.levels[i] for i in places)
        return Classes(names, self.codes[list(places)][:, first], levels, size, self.population[first], self.table)

    def part(self, places: Sequence[int], among: npt.NDArray[np.int64] | None = None) -> tuple[Codes, int]:
        """Return the number of the cell of each class in some of the keys, and how many cells there can be.

        Parameters
        ----------
        places: numbers of the keys. among: classes; None = all.
        """
        return combined([self.codes[i] if among is None else self.codes[i][among] for i in places],
                        [self.spans[i] for i in places],
                        length=len(self) if among is None else len(among))  # fmt: skip


def combined(codes: Sequence[Codes], spans: Sequence[int], *, length: int) -> tuple[Codes, int]:
    """Return one number for each combination of codes, below the number returned beside it.

    Numbers are made small where they would grow too large: then they say only which combinations are equal.
    """
    number, cells = np.zeros(length, dtype=np.int64), 1
    for code, span in zip(codes, spans, strict=True):
        if cells * span > 2**62:
            number = np.unique(number, return_inverse=True)[1].astype(np.int64)
            cells = int(number.max(initial=-1)) + 1
        number, cells = number * span + code, cells * span
    if cells > max(_COUNTABLE, 4 * length):
        number = np.unique(number, return_inverse=True)[1].astype(np.int64)
        cells = int(number.max(initial=-1)) + 1
    return number, cells


def look(rows: nw.LazyFrame[Any], keys: Sequence[str], weight: str = "", household: str = "") -> Looked:
    """Count the rows and their missing keys, and refuse weights that are none.

    Raises
    ------
    ProtectionError: a weight that is missing, infinite or below zero; a household that is missing; no rows.
    """
    asked = {f"k{place}": nw.col(name).count() for place, name in enumerate(keys)}
    if household:
        asked["lives"] = nw.col(household).count()
    if weight:
        value = nw.col(weight).cast(nw.Float64)
        asked["good"] = nw.when(value.is_finite() & (value >= 0)).then(nw.lit(1)).count()
        asked["largest"] = value.max()
    found = aggregate(rows, n=nw.len(), **asked)
    n = int(found["n"])
    if not n:
        raise ProtectionError(
            "There are no records.",
            where="keys",
            expected="at least one record",
            action="look at the condition 'where', or at how the table was made",
        )
    bad = n - int(found["good"]) if weight else 0
    if bad:
        raise ProtectionError(
            f"{bad:,} records have no weight '{weight}', or one below zero.",
            where="weight",
            expected="a number of zero or more in every record",
            action=f"complete '{weight}', or leave the weight out: the risk among the contributors needs none",
        )
    homeless = n - int(found["lives"]) if household else 0
    if homeless:
        raise ProtectionError(
            f"{homeless:,} records have no household '{household}'.",
            where="household",
            expected="the household of every record: who lives with whom decides who is given away",
            action=f"complete '{household}' (people who live alone have one of their own), or leave it out",
        )
    missing = {name: n - int(found[f"k{place}"]) for place, name in enumerate(keys)}
    return Looked(n, missing, float(found["largest"]) if weight else 1.0)


def sizes(rows: nw.LazyFrame[Any], keys: Sequence[str], *, looked: Looked, weight: str = "") -> Sizes:
    """Return how many classes there are of each size, without bringing the classes out of the engine."""
    from countersign.tables.collection import as_arrow

    by = ["_n", "_w"] if weight else ["_n"]
    grouped = _grouped(rows, keys, looked, weight)
    found = as_arrow(grouped.group_by(*by).agg(_c=nw.len()))
    size = found.column("_n").to_numpy()
    population = np.ldexp(found.column("_w").to_numpy(), -_shift(looked)) if weight else size * 1.0
    order = np.lexsort((population, size))
    return Sizes(size[order], population[order], found.column("_c").to_numpy().astype(np.int64)[order])


def classes(rows: nw.LazyFrame[Any], keys: Sequence[str], *, looked: Looked, weight: str = "") -> Classes:
    """Return the classes themselves."""
    from countersign.tables.collection import as_arrow

    found = as_arrow(_grouped(rows, keys, looked, weight))
    names = [f"k{place}" for place in range(len(keys))]
    codes, levels = np.empty((len(keys), found.num_rows), dtype=np.int64), []
    for place, name in enumerate(names):
        codes[place], distinct = _coded(found.column(name))
        levels.append(distinct)
    size = found.column("_n").to_numpy()
    population = np.ldexp(found.column("_w").to_numpy(), -_shift(looked)) if weight else size * 1.0
    table = found.select(names).rename_columns(list(keys))
    made = Classes(tuple(keys), codes, tuple(levels), size, population, table)
    # Engines give groups in any order: sorted, sums over them come out the same in every run.
    return picked(made, np.argsort(made.part(range(len(keys)))[0]))


def _coded(column: Any) -> tuple[Codes, Any]:
    """Return the number of each category, in sorted order, missing last, and the categories."""
    import pyarrow.compute as pc

    held = column.combine_chunks().dictionary_encode()
    order = np.asarray(pc.array_sort_indices(held.dictionary), dtype=np.int64)
    rank = np.append(np.argsort(order), len(order))
    return rank[held.indices.fill_null(len(order)).to_numpy()], held.dictionary.take(order)


def counted(number: Codes, cells: int, amount: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
    """Return how much of `amount` (default: one each) there is in each cell, (cells,)."""
    found = np.bincount(number, weights=amount, minlength=cells)
    return found if amount is None or amount.dtype.kind == "f" else found.astype(np.int64)


def picked(given: Classes, places: npt.NDArray[np.int64]) -> Classes:
    """Return some of the classes."""
    return replace(
        given,
        codes=given.codes[:, places],
        size=given.size[places],
        population=given.population[places],
        table=given.table.take(places),
    )


def _grouped(rows: nw.LazyFrame[Any], keys: Sequence[str], looked: Looked, weight: str) -> nw.LazyFrame[Any]:
    from countersign.tables.engine import native_module

    names = [f"k{place}" for place in range(len(keys))]
    wanted = [nw.col(name).alias(short) for short, name in zip(names, keys, strict=True)]
    computed: dict[str, nw.Expr] = {"_n": nw.len().cast(nw.Int64)}
    if weight:
        scaled = (nw.col(weight).cast(nw.Float64) * 2.0 ** _shift(looked)).round().cast(nw.Int64)
        wanted.append(scaled.alias("_w"))
        computed["_w"] = native_module(rows).wide(nw.col("_w")).sum().cast(nw.Float64)
    return rows.select(wanted).group_by(*names).agg(**computed)


def _shift(looked: Looked) -> int:
    """Return the power of two by which weights are multiplied to become whole numbers."""
    return _BITS - math.frexp(looked.largest)[1]
