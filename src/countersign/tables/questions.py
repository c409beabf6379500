"""Questions: what can be asked of the rows of a table beside a plain total (a narwhals expression)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import narwhals as nw


@dataclass(frozen=True)
class Groups:
    """Totals by groups.

    The answer is that of `countersign.tables.group`: each key -> (C,) objects, each total -> (C,) numbers, groups
    sorted by their keys, missing last. It is None if there are more than `most` groups.

    Parameters
    ----------
    by: columns, or name -> expression of one row. totals: name -> expression. where: rows that count; None = all.
    most: largest number of groups of interest; None = any. steps: columns computed beforehand from the rows that count,
    one after the other, so that what several expressions need is computed once.
    """

    by: Mapping[str, nw.Expr]
    totals: Mapping[str, nw.Expr]
    where: nw.Expr | None = None
    most: int | None = None
    steps: Mapping[str, nw.Expr] = field(default_factory=dict)


def groups(
    by: Sequence[str] | Mapping[str, nw.Expr],
    *,
    where: nw.Expr | None = None,
    most: int | None = None,
    steps: Mapping[str, nw.Expr] | None = None,
    **totals: nw.Expr,
) -> Groups:
    """Return the question for totals by groups; see `Groups`."""
    keys = dict(by) if isinstance(by, Mapping) else {name: nw.col(name) for name in by}
    return Groups(keys, totals or {"_n": nw.len()}, where, most, steps or {})


@dataclass(frozen=True)
class Listed:
    """Values of single rows, of those few rows where a condition holds, in no order.

    The answer is column -> (n,), as `countersign.tables.collect` gives it.

    Parameters
    ----------
    columns: name -> expression of one row. where: the rows. steps: see `Groups`.
    """

    columns: Mapping[str, nw.Expr]
    where: nw.Expr
    steps: Mapping[str, nw.Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Values:
    """All values of a number by groups, for what cannot be added up.

    The answer: each key -> (C,) objects, sorted, missing last; ``values`` -> C arrays of floats,
    ascending, without missing ones.

    Parameters
    ----------
    value: expression of one row. by: name -> expression of one row. where: rows that count.
    """

    value: nw.Expr
    by: Mapping[str, nw.Expr]
    where: nw.Expr


@dataclass(frozen=True)
class Repeats:
    """Rows beyond the first of those that agree in all of `columns`.

    The answer is a mapping: ``repeats`` counts them in the whole table, ``among`` those beyond the first among the rows
    where the condition holds, and ``sizes`` how many groups of two or more there are among the latter: size -> groups.

    Parameters
    ----------
    columns: names. among: a condition of one row. blanks: whether rows with a blank in `columns` take part; then
    blank equals blank.
    """

    columns: tuple[str, ...]
    among: nw.Expr = field(default_factory=lambda: nw.lit(True))
    blanks: bool = True


Question: TypeAlias = nw.Expr | Groups | Listed | Values | Repeats
