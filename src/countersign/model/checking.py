"""Checking: whether an expression makes sense for the columns at hand, and what type comes out.

A type error is found before any row is read, and says what each part is and what it should have been.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import NoReturn

from countersign.errors import ExpressionError
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
    place,
    spelled_out,
    unknown_column,
)
from countersign.model.functions import FUNCTIONS, Function, Kind

_KIND: Mapping[Type, Kind] = {
    "number": "number",
    "integer": "number",
    "category": "text",
    "text": "text",
    "date": "date",
    "boolean": "boolean",
}
_PLURAL = {"number": "numbers", "text": "texts", "date": "dates", "boolean": "conditions", "any": "values"}
_SINGULAR = {"number": "a number", "text": "text", "date": "a date", "boolean": "a condition", "any": "missing"}


def check(node: Node, types: Mapping[str, Type]) -> Type:
    """Return the type of an expression's result.

    Parameters
    ----------
    types: column -> type, in the order of the file.

    Raises
    ------
    ExpressionError: unknown column, wrong kind, wrong number of arguments; the message says where and what to do.
    """
    return _Checker(types).type(node) or "text"


def kind(type_: Type | None) -> Kind:
    """Return the kind of a type: categories are texts, integers are numbers; the missing value is of any kind."""
    return _KIND[type_] if type_ else "any"


def is_date(text: str) -> bool:
    """Whether a text is a date as ISO 8601 writes it, 2024-05-01."""
    try:
        return bool(datetime.date.fromisoformat(text)) and len(text) == 10
    except ValueError:
        return False


class _Checker:
    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types

    def type(self, node: Node) -> Type | None:
        match node:
            case Number():
                return "integer" if isinstance(node.value, int) else "number"
            case Text():
                return "text"
            case Truth():
                return "boolean"
            case Missing():
                return None
            case Name():
                if node.name not in self.types:
                    raise unknown_column(node.name, list(self.types), at=node.at)
                return self.types[node.name]
            case Range():
                self._stop(
                    f"The range {node.first}..{node.last} cannot stand here",
                    node.at,
                    expected="a range inside " + ", ".join(f.name for f in FUNCTIONS.values() if f.rows),
                )
            case Unary(operator="not"):
                self._want(node.operand, "boolean", "'not'")
                return "boolean"
            case Unary():
                return self._number(node.operand, "'-'")
            case Binary(operator="and" | "or"):
                self._want(node.left, "boolean", f"'{node.operator}'")
                self._want(node.right, "boolean", f"'{node.operator}'")
                return "boolean"
            case Binary(operator="+" | "-" | "*" | "/"):
                left = self._number(node.left, f"'{node.operator}'")
                right = self._number(node.right, f"'{node.operator}'")
                return "integer" if left == right == "integer" and node.operator != "/" else "number"
            case Binary():
                self._comparable(node.left, node.right, node.operator, node.at)
                return "boolean"
            case Between():
                for limit in (node.low, node.high):
                    self._comparable(node.operand, limit, "between", node.at)
                return "boolean"
            case In():
                for choice in node.choices:
                    self._comparable(node.operand, choice, "in", node.at)
                return "boolean"
            case IsMissing():
                self.type(node.operand)
                return "boolean"
        return self._call(node)

    def _number(self, node: Node, who: str) -> Type:
        """Return ``integer`` or ``number``; a condition counts 1 or 0."""
        found = self.type(node)
        if kind(found) not in ("number", "boolean", "any"):
            self._wrong(node, found, "number", who)
        return "number" if found == "number" else "integer"

    def _want(self, node: Node, wanted: Kind, who: str) -> Type | None:
        if wanted == "number":
            return self._number(node, who)
        found = self.type(node)
        if wanted != "any" and kind(found) not in (wanted, "any"):
            self._wrong(node, found, wanted, who)
        return found

    def _comparable(self, left: Node, right: Node, operator: str, at: int) -> None:
        a, b = self.type(left), self.type(right)
        one, other = kind(a), kind(b)
        if "any" in (one, other):
            self._stop(
                f"Nothing can be compared with missing by '{operator}'",
                at,
                action="Write: x is missing, or x is not missing.",
            )
        if {one, other} == {"date", "text"}:
            text = right if one == "date" else left
            if isinstance(text, Text) and is_date(text.value):
                return
            self._stop(
                f"{self._said(left, a)} and {self._said(right, b)}, which '{operator}' cannot compare", at,
                expected="dates as '2024-05-01'",
            )  # fmt: skip
        if one != other:
            numeric = left if one == "number" else right
            hint = "A condition stands by itself, without = 1." if "boolean" in (one, other) else ""
            if isinstance(numeric, Number) and not hint:
                hint = f"Put the code in quotes: '{numeric.value:g}'."
            self._stop(
                f"{self._said(left, a)} and {self._said(right, b)}, which '{operator}' cannot compare", at,
                expected="two numbers, two texts or two dates",
                action=hint or "Use text(...) to make text of a number.",
            )  # fmt: skip
        if operator not in ("=", "!=", "in") and one in ("text", "boolean"):
            self._stop(
                f"{self._said(left, a)}, '{operator}' needs numbers or dates", at,
                action="Use = or in (...), or declare the column as a number.",
            )  # fmt: skip

    def _call(self, node: Call) -> Type | None:
        function = FUNCTIONS[node.function]
        count = len(node.arguments)
        if count < max(function.fewest, 1) or (count > len(function.arguments) and not function.repeats):
            self._stop(f"{node.function}() has {count} arguments", node.at, expected=function.usage)
        found: list[Type | None] = []
        for number, argument in enumerate(node.arguments):
            wanted = function.arguments[min(number, len(function.arguments) - 1)]
            literal = 0 <= function.literal <= number
            if literal and not isinstance(argument, Text if wanted == "text" else Number):
                self._stop(
                    f"Argument {number + 1} of {node.function}() must be written out", argument.at,
                    expected="a text in quotes" if wanted == "text" else "a number",
                )  # fmt: skip
            if isinstance(argument, Range) and function.rows:
                for name in spelled_out(argument, list(self.types)):
                    found.append(self._want(Name(name, argument.at), wanted, f"{node.function}()"))
            else:
                found.append(self._want(argument, wanted, f"{node.function}()"))
        self._limits(node)
        if function.name == "round" and count == 1:
            return "integer"
        return self._common(node, function, found) if function.result == "same" else function.result

    def _limits(self, node: Call) -> None:
        values = [argument.value for argument in node.arguments[1:] if isinstance(argument, Number)]
        if node.function == "round" and values and not (isinstance(values[0], int) and values[0] <= 15):
            self._stop("The number of decimals is wrong", node.at, expected="a whole number from 0 to 15")
        if node.function == "band" and (
            any(not isinstance(value, int) for value in values) or values != sorted(set(values))
        ):
            self._stop("The limits of band() are wrong", node.at, expected="whole numbers that rise: band(age, 18, 30)")

    def _common(self, node: Call, function: Function, found: list[Type | None]) -> Type | None:
        if function.name == "if":
            found = found[1:]
        known = [type_ for type_ in found if type_]
        kinds = {kind(type_) for type_ in known}
        if function.arguments[0] == "number" or kinds == {"number"}:
            return "number" if "number" in known else "integer"
        if len(kinds) > 1:
            said = ", ".join(sorted(_PLURAL[each] for each in kinds))
            self._stop(f"{node.function}() mixes {said}", node.at, expected="values of one kind")
        return ("category" if "category" in known else known[0]) if known else None

    def _said(self, node: Node, type_: Type | None) -> str:
        what = _SINGULAR[kind(type_)]
        match node:
            case Name():
                return f"'{node.name}' is {what}"
            case Text():
                return f"'{node.value}' in quotes is {what}"
            case Number():
                return f"{node.value:g} is {what}"
            case _:
                return f"the part at character {node.at + 1} is {what}"

    def _wrong(self, node: Node, type_: Type | None, wanted: Kind, who: str) -> NoReturn:
        action = {
            ("text", "number"): "Declare the column as a number, or compare it with a text.",
            ("number", "boolean"): "Write a comparison, for example: x > 0.",
            ("text", "date"): "Declare the column as a date, with its format.",
            ("number", "text"): "Use text(...) to make text of a number.",
        }.get((kind(type_), wanted), "")
        self._stop(f"{self._said(node, type_)}, {who} needs {_PLURAL[wanted]}", node.at, action=action)

    def _stop(self, problem: str, at: int, *, expected: str = "", action: str = "") -> NoReturn:
        if "(" not in problem.split(" ", 1)[0]:
            problem = problem[0].upper() + problem[1:]
        raise ExpressionError(problem + place(at) + ".", expected=expected, action=action)
