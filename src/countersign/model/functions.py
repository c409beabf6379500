"""Functions: the few an expression may call, as a table that the checker, the compiler and the docs read.

Adding one here without a meaning in ``countersign.tables.compilation`` fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from countersign.model.dataset import Type

Kind = Literal["number", "text", "date", "boolean", "any"]
Result = Type | Literal["same"]


@dataclass(frozen=True)
class Function:
    """One function.

    Parameters
    ----------
    arguments: the kind each argument must have; the last one repeats where `repeats`.
    least: how many arguments it needs at least (optional ones follow).
    result: type of the result; ``same`` = the common type of its arguments of kind ``any`` or ``number``.
    meaning: one sentence, with what a missing argument does where it is not simply missing.
    rows: works along a row: takes column ranges such as ``G1..G213``.
    literal: number of the first argument that must be written out (a number or text), or -1.
    """

    name: str
    arguments: tuple[Kind, ...]
    result: Result
    meaning: str
    least: int = -1
    repeats: bool = False
    rows: bool = False
    literal: int = -1

    @property
    def fewest(self) -> int:
        """Smallest number of arguments."""
        return len(self.arguments) if self.least < 0 else self.least

    @property
    def usage(self) -> str:
        """``round(number, number)``."""
        parts = ["condition" if kind == "boolean" else "value" if kind == "any" else kind for kind in self.arguments]
        return f"{self.name}({', '.join(parts)}{', ...' if self.repeats else ''})"


_ALL = (
    Function("abs", ("number",), "same", "The number without its sign."),
    Function("log", ("number",), "number", "Natural logarithm; missing where the number is not above 0."),
    Function("log10", ("number",), "number", "Logarithm to base 10; missing where the number is not above 0."),
    Function("exp", ("number",), "number", "e to the power of the number; missing where it is too large to hold."),
    Function("sqrt", ("number",), "number", "Square root; missing where the number is negative."),
    Function(
        "round", ("number", "number"), "number",
        "Rounded to so many decimals (0 if not said); halves away from zero.", least=1, literal=1,
    ),
    Function("floor", ("number",), "integer", "The whole number at or below."),
    Function("ceil", ("number",), "integer", "The whole number at or above."),
    Function("least", ("number",), "same", "The smallest; missing if any is missing.", repeats=True),
    Function("greatest", ("number",), "same", "The largest; missing if any is missing.", repeats=True),
    Function(
        "if", ("boolean", "any", "any"), "same",
        "The first value where the condition holds, the second where it does not, missing where that is unknown.",
    ),
    Function("coalesce", ("any",), "same", "The first value that is not missing.", repeats=True),
    Function("year", ("date",), "integer", "Year of the date."),
    Function("month", ("date",), "integer", "Month of the date, 1 to 12."),
    Function("day", ("date",), "integer", "Day of the month, 1 to 31."),
    Function("weekday", ("date",), "integer", "Day of the week, 1 = Monday to 7 = Sunday (ISO 8601)."),
    Function("lower", ("text",), "text", "In small letters."),
    Function("upper", ("text",), "text", "In capital letters."),
    Function("trim", ("text",), "text", "Without blanks before and after."),
    Function("starts_with", ("text", "text"), "boolean", "Whether the text begins so.", literal=1),
    Function("contains", ("text", "text"), "boolean", "Whether the text has this in it.", literal=1),
    Function(
        "total", ("number",), "same", "Sum along the row; a missing value counts 0.", repeats=True, rows=True
    ),
    Function(
        "mean_of", ("number",), "number", "Mean of the values present along the row; missing if there are none.",
        repeats=True, rows=True,
    ),
    Function(
        "count_present", ("any",), "integer", "How many along the row are not missing.", repeats=True, rows=True
    ),
    Function("count_missing", ("any",), "integer", "How many along the row are missing.", repeats=True, rows=True),
    Function(
        "any_of", ("boolean",), "boolean",
        "Whether at least one condition holds; missing if none holds and one is unknown.", repeats=True, rows=True,
    ),
    Function(
        "all_of", ("boolean",), "boolean",
        "Whether every condition holds; missing if none fails and one is unknown.", repeats=True, rows=True,
    ),
    Function(
        "band", ("number", "number"), "category",
        "The class a number falls in: band(age, 18, 30) gives 'under 18', '18-29' or '30+'.",
        repeats=True, literal=1,
    ),
    Function("text", ("any",), "category", "The value as text, to make a category of a number."),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({function.name: function for function in _ALL})
