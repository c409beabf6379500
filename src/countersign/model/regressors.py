"""Regressors: the right-hand side of a model, kept as codes and numbers, never as a table of dummies.

A model matrix of n rows and q columns is mostly zeros. Kept as one code per factor it costs n integers, and all that
fitting needs (X b, X'a, X'AX) is a look-up or a count. The same columns, in the same order, are made for several
samples, because a selection model and an outcome model speak of two samples at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.model.cells import Cells, Floats, Integers, _order

Term: TypeAlias = str | tuple[str, ...]
"""A variable, or several categorical ones crossed."""

INTERCEPT = "(intercept)"
SHOWN = 8


@dataclass(frozen=True)
class Regressors:
    """Columns of a model for C cells.

    Treatment coding: the first category of a factor is the reference and has no column. A crossed term has a column for
    each combination but the first.

    Parameters
    ----------
    columns: q names, ``(intercept)``, ``region=04``, ``sex=f x age=old``, ``income``.
    codes: for each factor the column of each cell, (C,), or -1 where the cell has the reference category.
    numbers: column -> value of each cell, (C,), for the intercept and numeric variables.
    """

    columns: tuple[str, ...]
    codes: tuple[Integers, ...]
    numbers: Mapping[int, Floats]

    @property
    def size(self) -> int:
        """Number of columns, q."""
        return len(self.columns)

    @cached_property
    def _places(self) -> tuple[Integers, ...]:
        """Codes, the reference category as one column more at the end."""
        return tuple(np.where(code < 0, self.size, code) for code in self.codes)

    def __len__(self) -> int:
        return len(self.codes[0]) if self.codes else len(next(iter(self.numbers.values())))

    def at(self, cells: Integers) -> Regressors:
        """Return the same columns for some of the cells."""
        numbers = {place: value[cells] for place, value in self.numbers.items()}
        return Regressors(self.columns, tuple(code[cells] for code in self.codes), numbers)

    def times(self, b: Floats) -> Floats:
        """Return X b: (C,) for b (q,), (C, K) for b (q, K)."""
        b = np.asarray(b, dtype=float)
        padded = np.concatenate([b, np.zeros((1, *b.shape[1:]))])
        found = np.zeros((len(self), *b.shape[1:]))
        for code in self.codes:
            found += padded[code]
        for place, value in self.numbers.items():
            found += value.reshape(-1, *(1,) * (b.ndim - 1)) * b[place]
        return found

    def sums(self, amount: Floats) -> Floats:
        """Return X'a: (q,) for a (C,), (q, K) for a (C, K)."""
        if amount.ndim == 2:
            return np.column_stack([self.sums(column) for column in amount.T]).reshape(self.size, amount.shape[1])
        found = np.zeros(self.size + 1)
        for place_ in self._places:
            found += np.bincount(place_, amount, self.size + 1)
        for place, value in self.numbers.items():
            found[place] += value @ amount
        return found[: self.size]

    def sums_by(self, amount: Floats, group: Integers, groups: int) -> Floats:
        """Return X'a within each group 0 .. groups - 1, (groups, q), for a (C,) and group (C,)."""
        wide = self.size + 1
        found = np.zeros((groups, wide))
        for place_ in self._places:
            pair = group * wide + place_
            found += np.bincount(pair, amount, groups * wide).reshape(groups, wide)
        for place, value in self.numbers.items():
            found[:, place] += np.bincount(group, amount * value, groups)
        return found[:, : self.size]

    def gram(self, amount: Floats) -> Floats:
        """Return X' diag(a) X, (q, q), for a (C,)."""
        wide = self.size + 1
        found = np.zeros((wide, wide))
        places = self._places
        for at, one in enumerate(places):
            own = np.bincount(one, amount, wide)
            found[np.arange(wide), np.arange(wide)] += own
            for other in places[at + 1 :]:
                block = np.bincount(one * wide + other, amount, wide * wide).reshape(wide, wide)
                found += block + block.T
        for j, x in self.numbers.items():
            for place in places:
                own = np.bincount(place, amount * x, wide)
                found[j] += own
                found[:, j] += own
            for k, z in self.numbers.items():
                found[j, k] += float((amount * x) @ z)
        return found[: self.size, : self.size]

    def dense(self, at: Integers | slice = slice(None)) -> Floats:
        """Return rows of X as a plain matrix: for small parts, block by block."""
        length = len(np.arange(len(self))[at])
        found = np.zeros((length, self.size + 1))
        for code in self.codes:
            found[np.arange(length), code[at]] = 1.0
        found[:, self.size] = 0.0
        for place, value in self.numbers.items():
            found[:, place] = value[at]
        return found[:, : self.size]


def regress_on(
    samples: Sequence[Cells],
    terms: Sequence[Term],
    *,
    names: Sequence[str] = (),
    intercept: bool = True,
    numeric: Sequence[str] = (),
) -> tuple[Regressors, ...]:
    """Make the same columns for several samples.

    Parameters
    ----------
    samples: cells whose keys hold the variables of `terms`.
    terms: categorical variables, crossed ones as tuples, and the names in `numeric`.
    names: what to call the samples in messages, such as ``("the volunteers", "the reference sample")``.
    numeric: variables whose numbers are used as they are; every other variable is a factor, also if it holds numbers.

    Returns
    -------
    One `Regressors` a sample; equal columns. Categories are sorted, numbers before text; the first is the reference.

    Raises
    ------
    EstimationError: an unknown or missing variable value; a category that one sample has and another lacks. Nothing is
        lumped together or filled in.
    """
    called = list(names) or [f"sample {place + 1}" for place in range(len(samples))]
    columns: list[str] = [INTERCEPT] if intercept else []
    codes: list[list[Integers]] = [[] for _ in samples]
    numbers: list[dict[int, Floats]] = [{0: np.ones(len(sample))} if intercept else {} for sample in samples]
    for term in terms:
        variables = (term,) if isinstance(term, str) else tuple(term)
        for sample, name in zip(samples, called, strict=True):
            _complete(sample, variables, name)
        if len(variables) == 1 and variables[0] in numeric:
            for sample, own in zip(samples, numbers, strict=True):
                own[len(columns)] = _numbers(sample, variables[0])
            columns.append(variables[0])
            continue
        coded = [sample.codes(variables) for sample in samples]
        levels = _same(variables, [combinations for _, combinations in coded], called)
        start = {level: len(columns) + place - 1 for place, level in enumerate(levels)}
        start[levels[0]] = -1
        for (code, combinations), held in zip(coded, codes, strict=True):
            held.append(np.array([start[combination] for combination in combinations], dtype=np.int64)[code])
        columns += [
            " x ".join(f"{name}={part}" for name, part in zip(variables, level, strict=True)) for level in levels[1:]
        ]
    return tuple(Regressors(tuple(columns), tuple(held), own) for held, own in zip(codes, numbers, strict=True))


def _complete(sample: Cells, variables: Sequence[str], called: str) -> None:
    for name in variables:
        if name not in sample.keys:
            raise EstimationError(
                f"The variable '{name}' is not in {called}. {nearest(name, sample.keys)}".strip(),
                where="terms",
                expected=f"one of: {', '.join(sample.keys)}",
                action="give it the same name on both sides, or leave it out of the model",
            )
        gone = np.array([value is None or value != value for value in sample.keys[name].tolist()], dtype=bool)
        if gone.any():
            raise EstimationError(
                f"{int(sample.n[gone].sum())} rows of {called} have no value of '{name}'.",
                where="terms",
                expected="a value in every row",
                action=f"nothing is filled in silently: complete '{name}', or make 'missing' a category",
            )


def _numbers(sample: Cells, name: str) -> Floats:
    try:
        return sample.keys[name].astype(np.float64)
    except (TypeError, ValueError):
        raise EstimationError(
            f"'{name}' does not hold numbers.",
            where="numeric",
            expected="a column of numbers",
            action=f"take '{name}' out of 'numeric': it is then used as categories",
        ) from None


def _same(
    variables: Sequence[str], found: Sequence[Sequence[tuple[object, ...]]], called: Sequence[str]
) -> list[tuple[object, ...]]:
    """Return the levels all samples share, or refuse where they differ."""
    every = sorted(set().union(*found), key=lambda level: tuple(_order(part) for part in level))
    for levels, name in zip(found, called, strict=True):
        lacking = [level for level in every if level not in set(levels)]
        if lacking:
            told = "; ".join(" x ".join(map(str, level)) for level in lacking[:SHOWN])
            more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
            raise EstimationError(
                f"In {name} nobody has {' x '.join(variables)} = {told}{more}, but others do. Categories are not lumped"
                " together silently.",
                where="terms",
                expected="the same categories on both sides",
                action="merge categories with 'recode', keep only the shared ones, or leave the variable out",
            )
    return every
