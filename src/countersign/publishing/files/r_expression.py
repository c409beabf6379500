"""An expression of a study -> the same expression in R. Missing stays missing, as in the study.

The functions that R lacks, or that treat missing values otherwise, are those of ``reproduction.R`` beside this file.
"""

from __future__ import annotations

import re

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
)

_SIGNS = {"=": "==", "and": "&", "or": "|", "!=": "!="}
_SYNTACTIC = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_RESERVED = frozenset("if else repeat while function for next break TRUE FALSE NULL Inf NaN NA in".split())  # noqa: SIM905


def in_r(expression: str, *, table: str = "d") -> str:
    """Return an expression of the study grammar as R, on the columns of the data frame `table`.

    Raises
    ------
    ExpressionError: it is no expression.

    Examples
    --------
    >>> in_r("water = 'piped' and age >= 18")
    '((d$water == "piped") & (d$age >= 18))'
    """
    return _r(parse(expression), table)


def text_in_r(text: str) -> str:
    """Return a text as a string of R."""
    signs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    shown = (signs.get(sign) or (sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}") for sign in text)
    return '"' + "".join(shown) + '"'


def column_in_r(name: str, table: str = "d") -> str:
    """Return a column of a data frame."""
    plain = _SYNTACTIC.fullmatch(name) and name not in _RESERVED
    return f"{table}${name}" if plain else f"{table}[[{text_in_r(name)}]]"


def vector_in_r(texts: tuple[str, ...]) -> str:
    """Return texts as a vector of R."""
    return f"c({', '.join(text_in_r(text) for text in texts)})" if texts else "character(0)"


def _r(node: Node, table: str) -> str:
    match node:
        case Number(value):
            return repr(value)
        case Text(value):
            return text_in_r(value)
        case Truth(value):
            return "TRUE" if value else "FALSE"
        case Missing():
            return "NA"
        case Name(name):
            return column_in_r(name, table)
        case Range(first, last):
            return f"span({table}, {text_in_r(first)}, {text_in_r(last)})"
        case Unary("-", operand):
            return f"(-{_r(operand, table)})"
        case Unary(_, operand):
            return f"(!{_r(operand, table)})"
        case Binary("/", left, right):
            return f"divide({_r(left, table)}, {_r(right, table)})"
        case Binary(operator, left, right):
            return f"({_r(left, table)} {_SIGNS.get(operator, operator)} {_r(right, table)})"
        case In(operand, chosen, negated):
            inside = f"one_of({_r(operand, table)}, c({', '.join(_r(one, table) for one in chosen)}))"
            return f"(!{inside})" if negated else inside
        case Between(operand, low, high, negated):
            inside = f"between({_r(operand, table)}, {_r(low, table)}, {_r(high, table)})"
            return f"(!{inside})" if negated else inside
        case IsMissing(operand, negated):
            return f"{'!' if negated else ''}is.na({_r(operand, table)})"
        case Call(function, arguments):
            own = ", ".join(_r(one, table) for one in arguments)
            return f"f_{function}({own})"
    raise AssertionError(node)
