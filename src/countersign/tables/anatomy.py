"""Anatomy: which columns an expression reads, what it adds up, and whether two expressions are the same.

Read off the tree that narwhals keeps of an expression. Where a part of the tree is of a kind not known here, nothing is
claimed (None): the expression is then computed as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

_TOTALS = ("sum", "mean", "count", "min", "max", "median", "n_unique")
_SHAPES = ("COL", "LITERAL", "ELEMENTWISE", "AGGREGATION")


@dataclass(frozen=True)
class Total:
    """A total over rows: the values `of` of each row, brought together in a `way`.

    Ways: ``sum``, ``mean``, ``count``, ``min``, ``max``, ``median``, ``n_unique``, ``len``.
    """

    way: str
    of: nw.Expr | None


def columns_of(expression: nw.Expr) -> frozenset[str] | None:
    """Return the columns an expression reads, or None where that cannot be told."""
    found: set[str] = set()
    try:
        for node in _nodes(expression):
            if node.kind.name == "COL":
                found.update(node.kwargs["names"])
            elif node.kind.name not in _SHAPES:
                return None
    except (AttributeError, KeyError, TypeError):
        return None
    return frozenset(found)


def total_of(expression: nw.Expr) -> Total | None:
    """Return the expression as a total of something computed row by row, or None if it is not one."""
    try:
        *inner, last = expression._nodes
        if last.kind.name != "AGGREGATION" or any(isinstance(part, nw.Expr) for part in last.exprs):
            return None
        if last.name == "len" and not inner:
            return Total("len", None)
        of = nw.Expr(*inner)
        row_by_row = bool(inner) and all(node.kind.name in _SHAPES[:3] for node in _nodes(of))
        return Total(last.name, of) if last.name in _TOTALS and row_by_row and not last.kwargs else None
    except (AttributeError, TypeError):
        return None


def is_row_by_row(expression: nw.Expr) -> bool:
    """Whether an expression is computed from one row at a time."""
    try:
        return all(node.kind.name in _SHAPES[:3] for node in _nodes(expression))
    except (AttributeError, TypeError):
        return False


def written_out(expression: nw.Expr) -> str:
    """Return a text that two expressions share only if they compute the same."""
    try:
        return ".".join(_written(node) for node in expression._nodes)
    except (AttributeError, TypeError):
        return f"at {id(expression)}"


def with_true(expression: nw.Expr, column: str) -> nw.Expr:
    """Return the expression for rows that all have *true* in a column: shorter, and no longer reading it."""
    try:
        return nw.Expr(*_shortened([_replaced(node, column) for node in expression._nodes]))
    except (AttributeError, TypeError):
        return expression


def _nodes(expression: nw.Expr) -> Iterator[Any]:
    for node in expression._nodes:
        yield node
        for part in node.exprs:
            if isinstance(part, nw.Expr):
                yield from _nodes(part)
            elif isinstance(part, str) and not node.str_as_lit:
                raise TypeError("a column given by its name alone")
        if any(isinstance(part, nw.Expr) for part in node.kwargs.values()):
            raise TypeError("an expression where none is expected")


def _written(node: Any) -> str:
    parts = [
        written_out(part) if isinstance(part, nw.Expr) else f"{type(part).__name__} {part!r}" for part in node.exprs
    ]
    parts += [f"{name}={type(value).__name__} {value!r}" for name, value in node.kwargs.items()]
    return f"{node.name}({', '.join(parts)})"


def _replaced(node: Any, column: str) -> Any:
    if node.kind.name == "COL":
        return nw.lit(True)._nodes[0] if list(node.kwargs["names"]) == [column] else node
    parts = [
        nw.Expr(*_shortened([_replaced(inner, column) for inner in part._nodes])) if isinstance(part, nw.Expr) else part
        for part in node.exprs
    ]
    return node.__class__(
        node.kind,
        node.name,
        exprs=parts,
        str_as_lit=node.str_as_lit,
        allow_multi_output=node.allow_multi_output,
        **node.kwargs,
    )


def _shortened(nodes: Sequence[Any]) -> list[Any]:
    """Leave out what is true anyway: x and true; x where true."""
    kept: list[Any] = []
    for node in nodes:
        if node.name == "__and__" and _is_true(node.exprs[0]):
            continue
        if node.name == "__and__" and len(kept) == 1 and _is_true(nw.Expr(*kept)) and _is_expression(node.exprs[0]):
            kept = list(node.exprs[0]._nodes)
        elif node.name == "when_then" and not kept and _is_true(node.exprs[0]) and _is_expression(node.exprs[1]):
            kept = list(node.exprs[1]._nodes)
        else:
            kept.append(node)
    return kept


def _is_expression(part: Any) -> bool:
    return isinstance(part, nw.Expr)


def _is_true(part: Any) -> bool:
    if not isinstance(part, nw.Expr) or len(part._nodes) != 1:
        return part is True
    node = part._nodes[0]
    if node.name == "all_horizontal":
        return all(map(_is_true, node.exprs))
    return bool(node.kind.name == "LITERAL" and node.kwargs["value"] is True)
