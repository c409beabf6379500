"""Compilation: a checked expression turned into a narwhals expression that every engine computes alike.

Where engines disagree (division by zero, logarithms of negative numbers, halves, NaN) the rule is written out here:
missing propagates, and no result is ever not-a-number or infinite.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Mapping
from functools import reduce as fold
from typing import Any, cast

import narwhals as nw

from countersign.errors import ExpressionError
from countersign.model.checking import check, is_date, kind
from countersign.model.dataset import Type
from countersign.model.expression import (
    Between,
    Binary,
    Call,
    In,
    IsMissing,
    Missing,
    Name,
    Node,
    Number,
    Range,
    Text,
    Truth,
    Unary,
    parse,
    spelled_out,
)

_LARGEST = sys.float_info.max
_LARGEST_WHOLE = 9.0e18
_LARGEST_POWER = 709.7  # exp of more does not fit into a float
# How often a function writes its arguments into what is compiled.
_COPIES = {"log": 2, "log10": 2, "sqrt": 2, "exp": 2, "if": 2, "round": 3, "floor": 2, "ceil": 2, "text": 4}
_COPIES |= {"least": 2, "greatest": 2, "mean_of": 2, "weekday": 2}
_HEAVIEST = 20_000  # parts of a compiled expression: what is written twice counts twice


def compile_expression(text: str, types: Mapping[str, Type], *, where: str = "") -> tuple[nw.Expr, Type]:
    """Return the narwhals expression and its type.

    Parameters
    ----------
    types: column -> type, in the order of the file (ranges go by it).
    where: file and key, for messages.

    Raises
    ------
    ExpressionError: the text cannot be understood, names an unknown column or function, or mixes types.
    """
    try:
        node = parse(text)
        type_ = check(node, types)
        compiler = _Compiler(types)
        if compiler.weight(node) > _HEAVIEST:
            raise ExpressionError(
                "The expression is too deeply nested.",
                expected="fewer functions within functions",
                action="Split it up.",
            )
        return compiler.whole(node, type_), type_
    except ExpressionError as error:
        if where and not error.where:
            raise type(error)(error.problem, where=where, expected=error.expected, action=error.action) from error
        raise


def null(type_: Type | None = "number") -> nw.Expr:
    """Return the missing value of a type."""
    return nw.lit(None, dtype=_physical(type_))


def _physical(type_: Type | None) -> Any:
    kinds = {"number": nw.Float64, "integer": nw.Int64, "date": nw.Date, "boolean": nw.Boolean}
    return kinds.get(type_ or "text", nw.String)


class _Compiler:
    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types

    def weight(self, node: Node) -> int:
        """Count parts of the compiled expression: guards write their operand more than once."""
        match node:
            case Call(arguments=arguments):
                copies = len(arguments) + 1 if node.function == "band" else _COPIES.get(node.function, 1)
                return 1 + copies * sum(self.weight(part) for part in arguments)
            case Unary() | IsMissing() | In():
                return 1 + self.weight(node.operand)
            case Binary():
                return 1 + self.weight(node.left) + self.weight(node.right) * (2 if node.operator == "/" else 1)
            case Between():
                return 1 + 2 * self.weight(node.operand) + self.weight(node.low) + self.weight(node.high)
            case _:
                return 1

    def whole(self, node: Node, type_: Type) -> nw.Expr:
        if isinstance(node, Missing):
            return null("text")
        result = self.made(node)
        # A column is finite since it was read; only arithmetic can leave the range of floats.
        if type_ == "number" and not isinstance(node, Name | Number):
            result = nw.when(result.abs() <= _LARGEST).then(result)
        return result

    def made(self, node: Node) -> nw.Expr:
        match node:
            case Number() | Text() | Truth():
                return nw.lit(node.value, dtype=_physical(check(node, {})))
            case Missing():
                return null("number")
            case Name():
                return self.column(node.name)
            case Unary(operator="not"):
                return ~self.condition(node.operand)
            case Unary():
                return -self.number(node.operand)
            case Binary(operator="and"):
                return self.condition(node.left) & self.condition(node.right)
            case Binary(operator="or"):
                return self.condition(node.left) | self.condition(node.right)
            case Binary(operator="+" | "-" | "*" | "/"):
                return self.arithmetic(node)
            case Binary():
                left, right = self.pair(node.left, node.right)
                return _COMPARE[node.operator](left, right)
            case Between():
                low = self.pair(node.operand, node.low)
                high = self.pair(node.operand, node.high)
                inside = (low[0] >= low[1]) & (high[0] <= high[1])
                return ~inside if node.negated else inside
            case In():
                return self.among(node)
            case IsMissing():
                found = self.anything(node.operand).is_null()
                return ~found if node.negated else found
            case Call():
                return self.call(node)
            case Range():
                raise AssertionError("a range stands only inside a call: check() has made sure")

    def column(self, name: str) -> nw.Expr:
        type_ = self.types[name]
        column = nw.col(name)
        # Small integers would overflow in arithmetic; categories may be stored as numbers.
        return column if type_ in ("date", "boolean") else column.cast(_physical(type_))

    def anything(self, node: Node) -> nw.Expr:
        return null("text") if isinstance(node, Missing) else self.made(node)

    def condition(self, node: Node) -> nw.Expr:
        return null("boolean") if isinstance(node, Missing) else self.made(node)

    def number(self, node: Node, *, as_float: bool = False) -> nw.Expr:
        if isinstance(node, Missing):
            return null("number")
        made, type_ = self.made(node), check(node, self.types)
        if type_ == "boolean":
            made = made.cast(nw.Int64)
        return made.cast(nw.Float64) if as_float and type_ != "number" else made

    def arithmetic(self, node: Binary) -> nw.Expr:
        as_float = check(node, self.types) == "number"
        left, right = self.number(node.left, as_float=as_float), self.number(node.right, as_float=as_float)
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                return left / nw.when(right != 0).then(right)

    def pair(self, one: Node, other: Node) -> tuple[nw.Expr, nw.Expr]:
        """Return both sides of a comparison in one physical type."""
        kinds = kind(check(one, self.types)), kind(check(other, self.types))
        if kinds[0] == "number":
            whole = check(one, self.types) == check(other, self.types) == "integer"
            return self.number(one, as_float=not whole), self.number(other, as_float=not whole)
        if "date" in kinds:
            return self.day(one), self.day(other)
        return self.made(one), self.made(other)

    def day(self, node: Node) -> nw.Expr:
        if isinstance(node, Text) and is_date(node.value):
            return nw.lit(datetime.date.fromisoformat(node.value), dtype=nw.Date)
        return self.made(node).cast(nw.Date)

    def among(self, node: In) -> nw.Expr:
        matches = [_COMPARE["="](*self.pair(node.operand, choice)) for choice in node.choices]
        found = fold(lambda a, b: a | b, matches)
        return ~found if node.negated else found

    def arguments(self, node: Call) -> list[Node]:
        """Return the arguments with ranges spelled out."""
        found: list[Node] = []
        for argument in node.arguments:
            if isinstance(argument, Range):
                found += [Name(name, argument.at) for name in spelled_out(argument, list(self.types))]
            else:
                found.append(argument)
        return found

    def call(self, node: Call) -> nw.Expr:
        return _CALLS[node.function](self, self.arguments(node), node)

    def floats(self, nodes: list[Node]) -> list[nw.Expr]:
        return [self.number(node, as_float=True) for node in nodes]

    def common(self, nodes: list[Node], node: Call) -> list[nw.Expr]:
        """Return values in the type the call has."""
        type_ = check(node, self.types)
        if type_ in ("number", "integer"):
            found = [self.number(each, as_float=type_ == "number") for each in nodes]
            return [null(type_) if isinstance(n, Missing) else e for n, e in zip(nodes, found, strict=True)]
        return [null(type_) if isinstance(each, Missing) else self.made(each) for each in nodes]


_COMPARE: Mapping[str, Callable[[nw.Expr, nw.Expr], nw.Expr]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_Call = Callable[[_Compiler, list[Node], Call], nw.Expr]


def _plus(parts: list[nw.Expr]) -> nw.Expr:
    """Add pairwise, so that 300 columns nest 9 levels deep and not 300."""
    while len(parts) > 1:
        parts = [fold(lambda a, b: a + b, parts[at : at + 2]) for at in range(0, len(parts), 2)]
    return parts[0]


def _whole(value: nw.Expr) -> nw.Expr:
    """Return a float without decimals as an integer; too large = missing."""
    return nw.when(value.abs() < _LARGEST_WHOLE).then(value).cast(nw.Int64)


def _above(compiler: _Compiler, node: Node, *, zero: bool = False) -> nw.Expr:
    value = compiler.number(node, as_float=True)
    return nw.when(value >= 0 if zero else value > 0).then(value)


def _exp(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    value = compiler.number(nodes[0], as_float=True)
    return nw.when(value <= _LARGEST_POWER).then(value).exp()


def _round(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    value = compiler.number(nodes[0], as_float=True)
    digits = int(cast(Number, nodes[1]).value) if len(nodes) > 1 else 0
    scaled = value.abs() * float(10**digits)
    rounded = (scaled + 0.5).floor() / float(10**digits)
    signed = nw.when(value < 0).then(-rounded).otherwise(rounded)
    return signed if len(nodes) > 1 else _whole(signed)


def _extreme(function: Callable[..., nw.Expr]) -> _Call:
    def made(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
        values = compiler.common(nodes, node)
        known = fold(lambda a, b: a & b, [~value.is_null() for value in values])
        return nw.when(known).then(function(*values))

    return made


def _if(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    condition = compiler.condition(nodes[0])
    then, otherwise = compiler.common(nodes[1:], node)
    return nw.when(condition).then(then).otherwise(nw.when(~condition).then(otherwise))


def _count(present: bool) -> _Call:
    def made(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
        nulls = [compiler.anything(each).is_null() for each in nodes]
        return _plus([(~each if present else each).cast(nw.Int64) for each in nulls])

    return made


def _total(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    zero = 0.0 if check(node, compiler.types) == "number" else 0
    return _plus([value.fill_null(zero) for value in compiler.common(nodes, node)])


def _mean(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    values = compiler.floats(nodes)
    count = _plus([(~value.is_null()).cast(nw.Float64) for value in values])
    return _plus([value.fill_null(0.0) for value in values]) / nw.when(count > 0).then(count)


def _band(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    value = compiler.number(nodes[0], as_float=True)
    limits = [int(cast(Number, limit).value) for limit in nodes[1:]]
    found: nw.Expr = nw.when(value >= limits[-1]).then(nw.lit(f"{limits[-1]}+"))
    for low, high in zip(limits[-2::-1], limits[:0:-1], strict=True):
        label = f"{low}-{high - 1}" if high - 1 > low else str(low)
        found = nw.when((value >= low) & (value < high)).then(nw.lit(label)).otherwise(found)
    return nw.when(value < limits[0]).then(nw.lit(f"under {limits[0]}")).otherwise(found)


def _text(compiler: _Compiler, nodes: list[Node], node: Call) -> nw.Expr:
    type_ = check(nodes[0], compiler.types)
    value = compiler.anything(nodes[0])
    if type_ == "boolean":
        yes = nw.when(value).then(nw.lit("true"))
        return nw.when(~value).then(nw.lit("false")).otherwise(yes)
    if type_ == "number":
        whole = (value == value.floor()) & (value.abs() < 1e15)
        as_whole = nw.when(whole).then(value).cast(nw.Int64).cast(nw.String)
        return nw.when(whole).then(as_whole).otherwise(value.cast(nw.String))
    return value if type_ in ("text", "category", None) else value.cast(nw.String)


def _weekday(number: nw.Expr) -> nw.Expr:
    """Return 7 for Sunday, which narwhals gives as 0 on Spark."""
    return nw.when(number == 0).then(nw.lit(7, dtype=nw.Int64)).otherwise(number)


def _written(node: Node) -> str:
    return cast(Text, node).value


_CALLS: Mapping[str, _Call] = {
    "abs": lambda c, a, n: c.number(a[0]).abs(),
    "log": lambda c, a, n: _above(c, a[0]).log(),
    "log10": lambda c, a, n: _above(c, a[0]).log(10),
    "exp": _exp,
    "sqrt": lambda c, a, n: _above(c, a[0], zero=True).sqrt(),
    "round": _round,
    "floor": lambda c, a, n: _whole(c.number(a[0], as_float=True).floor()),
    "ceil": lambda c, a, n: _whole(c.number(a[0], as_float=True).ceil()),
    "least": _extreme(nw.min_horizontal),
    "greatest": _extreme(nw.max_horizontal),
    "if": _if,
    "coalesce": lambda c, a, n: nw.coalesce(*c.common(a, n)),
    "year": lambda c, a, n: c.made(a[0]).dt.year().cast(nw.Int64),
    "month": lambda c, a, n: c.made(a[0]).dt.month().cast(nw.Int64),
    "day": lambda c, a, n: c.made(a[0]).dt.day().cast(nw.Int64),
    "weekday": lambda c, a, n: _weekday(c.made(a[0]).dt.weekday().cast(nw.Int64)),
    "lower": lambda c, a, n: c.made(a[0]).str.to_lowercase(),
    "upper": lambda c, a, n: c.made(a[0]).str.to_uppercase(),
    "trim": lambda c, a, n: c.made(a[0]).str.strip_chars(" \t\r\n"),
    "starts_with": lambda c, a, n: c.made(a[0]).str.starts_with(_written(a[1])),
    "contains": lambda c, a, n: c.made(a[0]).str.contains(_written(a[1]), literal=True),
    "total": _total,
    "mean_of": _mean,
    "count_present": _count(present=True),
    "count_missing": _count(present=False),
    "any_of": lambda c, a, n: fold(lambda x, y: x | y, [c.condition(each) for each in a]),
    "all_of": lambda c, a, n: fold(lambda x, y: x & y, [c.condition(each) for each in a]),
    "band": _band,
    "text": _text,
}
