"""Expression: what a study may say about a row: arithmetic, comparisons, and a table of functions, nothing else.

`parse` turns text into a tree of frozen nodes; nothing is ever evaluated by Python or handed to an engine as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, NoReturn

from countersign.errors import ExpressionError, nearest
from countersign.model.functions import FUNCTIONS

ALLOWED = (
    "columns, numbers, 'text', + - * /, = != < <= > >=, and, or, not, in (...), between ... and ..., is missing, "
    "and the functions " + ", ".join(FUNCTIONS)
)
LONGEST = 20_000  # characters
DEEPEST = 60  # brackets within brackets


@dataclass(frozen=True)
class Number:
    """A number written out."""

    value: int | float
    at: int = 0


@dataclass(frozen=True)
class Text:
    """A text written out, in quotes."""

    value: str
    at: int = 0


@dataclass(frozen=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    at: int = 0


@dataclass(frozen=True)
class Missing:
    """The missing value itself."""

    at: int = 0


@dataclass(frozen=True)
class Name:
    """A column."""

    name: str
    at: int = 0


@dataclass(frozen=True)
class Range:
    """All columns from `first` to `last`, in the order of the file."""

    first: str
    last: str
    at: int = 0


@dataclass(frozen=True)
class Call:
    """A function of the table with its arguments."""

    function: str
    arguments: tuple[Node, ...]
    at: int = 0


@dataclass(frozen=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: Literal["-", "not"]
    operand: Node
    at: int = 0


@dataclass(frozen=True)
class Binary:
    """Arithmetic, a comparison, ``and`` or ``or``."""

    operator: str
    left: Node
    right: Node
    at: int = 0


@dataclass(frozen=True)
class In:
    """``x in (1, 2)``: the choices are written out."""

    operand: Node
    choices: tuple[Number | Text | Truth, ...]
    negated: bool = False
    at: int = 0


@dataclass(frozen=True)
class Between:
    """``x between low and high``, both ends included."""

    operand: Node
    low: Node
    high: Node
    negated: bool = False
    at: int = 0


@dataclass(frozen=True)
class IsMissing:
    """``x is missing``."""

    operand: Node
    negated: bool = False
    at: int = 0


Node = Number | Text | Truth | Missing | Name | Range | Call | Unary | Binary | In | Between | IsMissing


class _Token(NamedTuple):
    kind: str  # number, text, name, quoted, word (keyword), sign, end
    text: str
    at: int


_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>\d+(?:\.(?!\.)\d+)?(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<quoted>`[^`]+`)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>\.\.|<=|>=|!=|<>|==|[-+*/=<>(),])""",
    re.VERBOSE,
)
_WORDS = {"and", "or", "not", "in", "between", "is", "missing", "true", "false"}
_COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
_STRENGTH = {"or": 10, "and": 20, "+": 50, "-": 50, "*": 60, "/": 60}
_STRENGTH |= dict.fromkeys([*_COMPARISONS, "in", "between", "is", "not"], 40)
_NOT, _SIGN = 30, 70


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    ExpressionError: it holds anything but what `ALLOWED` lists; the message says at which character.
    """
    return _Parser(str(text)).whole()


def names(node: Node, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns an expression uses, each once, in order of first use.

    Parameters
    ----------
    columns: all columns in the order of the file: ranges are spelled out by it; without it a range gives its two ends.
    """
    found: dict[str, None] = {}
    for part in walk(node):
        if isinstance(part, Name):
            found[part.name] = None
        elif isinstance(part, Range):
            found |= dict.fromkeys(spelled_out(part, columns) if columns else (part.first, part.last))
    return tuple(found)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything under it, in reading order."""
    yield node
    below: tuple[Node, ...] = ()
    match node:
        case Call():
            below = node.arguments
        case Unary() | IsMissing():
            below = (node.operand,)
        case Binary():
            below = (node.left, node.right)
        case In():
            below = (node.operand, *node.choices)
        case Between():
            below = (node.operand, node.low, node.high)
        case _:
            pass
    for part in below:
        yield from walk(part)


_NUMBERED = re.compile(r"(.*?)(\d+)$")


def columns_between(first: str, last: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that ``first..last`` stands for, in the order of the file.

    Where both ends are the same letters with a number (``G1..G213``), these are all columns of that family with a
    number in between, wherever they stand and even if an end itself is not there: deliveries of one form differ in the
    columns they hold. Otherwise these are the columns from the one to the other; none if an end is unknown.
    """
    low, high = _NUMBERED.match(first), _NUMBERED.match(last)
    if low and high and low[1] == high[1]:
        family = ((name, _NUMBERED.match(name)) for name in columns)
        between = range(int(low[2]), int(high[2]) + 1)
        return tuple(name for name, own in family if own and own[1] == low[1] and int(own[2]) in between)
    order = list(columns)
    if first not in order or last not in order:
        return ()
    return tuple(order[order.index(first) : order.index(last) + 1])


def spelled_out(node: Range, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a range; see `columns_between`.

    Raises
    ------
    ExpressionError: it stands for no column: an end is unknown, or the last stands before the first.
    """
    if found := columns_between(node.first, node.last, columns):
        return found
    for end in (node.first, node.last):
        if end not in columns:
            raise unknown_column(end, columns, at=node.at)
    raise ExpressionError(
        f"'{node.last}' stands before '{node.first}' in the file{place(node.at)}.",
        expected=f"{node.last}..{node.first}",
        action="Write the column that comes first in the file first.",
    )


def unknown_column(name: str, known: Sequence[str], *, at: int) -> ExpressionError:
    """Return the error for a column that is not there, naming the nearest known one."""
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    hint = nearest(name, known)
    return ExpressionError(
        f"There is no column '{name}'{place(at)}.{' ' + hint if hint else ''}",
        expected=f"one of: {shown}" if known else "",
        action="Correct the name, or derive the column first. Texts stand in quotes: 'like this'.",
    )


def place(at: int) -> str:
    """`` (character 7)`` for the eighth character: people count from 1."""
    return f" (character {at + 1})"


class _Parser:
    """A Pratt parser: each operator binds with a strength, so the grammar is one table."""

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST:
            raise ExpressionError(
                f"The expression has {len(text)} characters.", expected=f"at most {LONGEST}", action="Split it up."
            )
        self.tokens = list(self._cut())
        self.here = 0
        self.depth = 0

    def _cut(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            match = _PATTERN.match(self.text, at)
            if not match:
                self._stop_at_sign(at)
            kind, word = str(match.lastgroup), match.group()
            if kind == "name" and word.lower() in _WORDS and (word.islower() or word.isupper()):
                kind, word = "word", word.lower()
            if kind == "sign":
                word = {"==": "=", "<>": "!="}.get(word, word)
            if kind != "space":
                yield _Token(kind, word, at)
            at = match.end()
        yield _Token("end", "", len(self.text))

    def _stop_at_sign(self, at: int) -> NoReturn:
        sign = self.text[at]
        if sign in "'\"`":
            problem, action = f"The quote {sign} is never closed", f"Close it with another {sign}."
        elif sign == ".":
            problem, action = "A '.' cannot stand here", "Put column names with dots in backticks: `a.b`."
        elif sign in "&|!^%":
            words = {"&": "and", "|": "or", "!": "not"}
            problem = f"'{sign}' has no meaning here"
            action = f"Write '{words[sign]}'." if sign in words else "Use one of the signs listed."
        else:
            problem, action = f"'{sign}' cannot be part of an expression", "Take it out."
        self._stop(problem, at, action)

    def _stop(self, problem: str, at: int, action: str = "") -> NoReturn:
        raise ExpressionError(f"{problem}{place(at)} in: {self.text}", expected=ALLOWED, action=action)

    @property
    def token(self) -> _Token:
        return self.tokens[self.here]

    def take(self) -> _Token:
        token = self.token
        self.here += token.kind != "end"
        return token

    def has(self, text: str) -> bool:
        return self.token.kind in ("sign", "word") and self.token.text == text

    def want(self, text: str, why: str) -> _Token:
        if not self.has(text):
            found = f"'{self.token.text}'" if self.token.text else "the end"
            self._stop(f"Found {found} where '{text}' should stand, {why}", self.token.at)
        return self.take()

    def whole(self) -> Node:
        if self.token.kind == "end":
            self._stop("The expression is empty", 0, "Write what to compute, for example: age >= 18.")
        node = self.expression(0)
        if self.token.kind != "end":
            self._stop(
                f"'{self.token.text}' cannot follow here", self.token.at, "Is an operator or a comma missing before it?"
            )
        return node

    def expression(self, least: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self._stop(f"More than {DEEPEST} levels of brackets", self.token.at, "Split the expression up.")
        node = self.prefix()
        compared = False
        while self.token.kind in ("sign", "word") and _STRENGTH.get(self.token.text, 0) > least:
            if _STRENGTH[self.token.text] == 40:
                if compared:
                    self._stop(
                        "Comparisons cannot be chained", self.token.at, "Write: a < b and b < c, or use between."
                    )
                compared = True
                node = self.comparison(node)
            else:
                token = self.take()
                node = Binary(token.text, node, self.expression(_STRENGTH[token.text]), token.at)
        self.depth -= 1
        return node

    def comparison(self, left: Node) -> Node:
        token = self.take()
        negated = False
        if token.text == "not":
            negated = True
            if not (self.has("in") or self.has("between")):
                self._stop("After 'not' here, 'in' or 'between' must follow", self.token.at)
            token = self.take()
        if token.text == "in":
            return In(left, self.choices(), negated, token.at)
        if token.text == "between":
            low = self.expression(40)
            self.want("and", "after the lower limit of 'between'")
            return Between(left, low, self.expression(40), negated, token.at)
        if token.text == "is":
            if self.has("not"):
                self.take()
                negated = True
            self.want("missing", "after 'is'")
            return IsMissing(left, negated, token.at)
        return Binary(token.text, left, self.expression(40), token.at)

    def choices(self) -> tuple[Number | Text | Truth, ...]:
        self.want("(", "after 'in'")
        found: list[Number | Text | Truth] = []
        while True:
            token = self.token
            node = self.expression(40)
            if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
                node = Number(-node.operand.value, token.at)
            if not isinstance(node, Number | Text | Truth):
                self._stop(
                    "In a list after 'in' only numbers and texts may stand", token.at,
                    "Put texts in quotes: x in ('a', 'b'). For missing values write: x is missing.",
                )  # fmt: skip
            found.append(node)
            if not self.has(","):
                break
            self.take()
        self.want(")", "at the end of the list")
        return tuple(found)

    def prefix(self) -> Node:  # noqa: RET503 - every branch returns or stops
        token = self.take()
        match token.kind, token.text:
            case "number", digits:
                return Number(int(digits) if digits.isdigit() else float(digits), token.at)
            case "text", quoted:
                return Text(quoted[1:-1].replace(quoted[0] * 2, quoted[0]), token.at)
            case "quoted", quoted:
                return self.column(quoted[1:-1], token.at)
            case "name", name:
                return self.call(name, token.at) if self.has("(") else self.column(name, token.at)
            case "word", ("true" | "false") as word:
                return Truth(word == "true", token.at)
            case "word", "missing":
                return Missing(token.at)
            case "word", "not":
                return Unary("not", self.expression(_NOT), token.at)
            case "sign", "-":
                return Unary("-", self.expression(_SIGN), token.at)
            case "sign", "+":
                return self.expression(_SIGN)
            case "sign", "(":
                node = self.expression(0)
                self.want(")", "to close the bracket")
                return node
            case "end", _:
                self._stop("The expression ends too early", token.at, "Something is missing at the end.")
            case _:
                self._stop(f"'{token.text}' cannot stand here", token.at)

    def column(self, name: str, at: int) -> Node:
        if not self.has(".."):
            return Name(name, at)
        self.take()
        token = self.take()
        if token.kind not in ("name", "quoted"):
            self._stop("After '..' the last column of the range must stand", token.at)
        return Range(name, token.text.strip("`"), at)

    def call(self, name: str, at: int) -> Node:
        if name not in FUNCTIONS:
            hint = nearest(name, FUNCTIONS)
            self._stop(
                f"There is no function '{name}'{'. ' + hint if hint else ''}", at, "Use one of the functions listed."
            )
        self.take()
        arguments: list[Node] = []
        while not self.has(")"):
            arguments.append(self.expression(0))
            if not self.has(","):
                break
            self.take()
        self.want(")", f"to close {name}(")
        return Call(name, tuple(arguments), at)
