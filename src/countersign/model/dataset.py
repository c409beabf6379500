"""Dataset, Codebook and Variable: a table, what its columns mean, and how its units got in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import narwhals as nw

_HOUSE = re.compile(
    r"_([a-z]\d*|row|kept|after|again|among|amount|area|asked|base|before\w*|day|device|end|factor|first\w*|group|hash|key"
    r"|kind|lam|last\d*|latest|low|month|number|off|one|own\d*|part|passed\w*|phi|present|rater|rows|score|seen|size|task"
    r"|true|truth|two|unique|units|value|weekday|weight|who|year)"
)

Type = Literal["number", "integer", "category", "text", "date", "boolean"]
TYPES: tuple[Type, ...] = get_args(Type)

Role = Literal[
    "id",
    "area",
    "time",
    "collector",
    "start",
    "end",
    "minutes",
    "longitude",
    "latitude",
    "weight",
    "stratum",
    "psu",
    "fpc",
    "consent",
    "consent_version",
    "consent_language",
    "consent_time",
    "guardian",
    "proxy",
    "language",
    "mode",
    "device",
    "quiz",
    "accuracy",
    "form_version",
    "age",
    "size",
    "standard_error",
]
ROLES: tuple[Role, ...] = get_args(Role)

Selection = Literal["probability", "enumeration", "quota", "respondent-driven", "list", "open-web", "opportunistic"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)


def is_house_name(name: str) -> bool:
    """Whether a name is one that the house gives columns of its own, such as ``_row``: no variable may bear it."""
    return _HOUSE.fullmatch(name.casefold()) is not None


@dataclass(frozen=True)
class Variable:
    """One column of a data set, as the codebook describes it.

    Parameters
    ----------
    name: the name used in the study.
    column: the name in the file, if it differs.
    type: ``number``, ``integer``, ``category``, ``text``, ``date`` or ``boolean``.
    label: language -> label.
    unit: unit of measure, for numbers.
    values: code -> label; an empty mapping leaves the categories open.
    recode: value in the file -> value used.
    missing: value in the file -> reason, such as ``{"9": "refused"}``; these become missing, each reason counted.
    format: strptime pattern of dates.
    range: smallest and largest plausible value.
    asked_if: condition under which the question was asked; elsewhere it is *not asked*, which is not missing.
    derived: the expression it is computed from, for variables that are not in the file.
    bank: the item of the question bank it claims to be, such as ``WG-SS/seeing``.
    """

    name: str
    type: Type
    column: str = ""
    label: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    recode: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    format: str = ""
    range: tuple[float | None, float | None] = (None, None)
    asked_if: str = ""
    derived: str = ""
    bank: str = ""

    @property
    def source(self) -> str:
        """The column's name in the file."""
        return self.column or self.name


@dataclass(frozen=True)
class Codebook:
    """The variables of a data set by name, in the order of the file, derived ones last."""

    variables: Mapping[str, Variable]

    def __contains__(self, name: str) -> bool:
        return name in self.variables

    def __getitem__(self, name: str) -> Variable:
        return self.variables[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self.variables)

    def types(self) -> dict[str, Type]:
        """Name -> type, as expressions need it."""
        return {name: variable.type for name, variable in self.variables.items()}

    def extended(self, variables: Mapping[str, Variable]) -> Codebook:
        """Return a codebook with further (or changed) variables."""
        return replace(self, variables={**self.variables, **variables})


@dataclass(frozen=True)
class Gate:
    """A quality gate and what it did: rows that fail `rule` are set aside, counted, never lost.

    Parameters
    ----------
    name: short name; rule: the condition a row must meet; why: the reason, with its source.
    failed: rows that fail this rule alone; dropped: rows this gate took out after the gates before it.
    """

    name: str
    rule: str
    why: str = ""
    failed: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class HiddenTotals:
    """Totals and sub-totals found among the rows and columns of a published table, and whether they hold.

    Parameters
    ----------
    file: name. totals: cells that are totals over some dimension. groups: rows that are sums of other rows, such as an
        age group beside its single years. details: cells that remain, none of them a sum of others.
    compared, agree: sums of details held against the totals given. difference: of those that do not, added up without
        sign. added: measure -> number counted by this table and by no detail, put back. absent: area that this table
        has and the details lack -> number it counts there; these are in no figure.
    """

    file: str
    totals: int
    groups: int
    details: int
    compared: int
    agree: int
    difference: float = 0.0
    added: Mapping[str, float] = field(default_factory=dict)
    absent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How a file was read: what was detected, what was declared.

    Parameters
    ----------
    file: name; digest: SHA-256 of its bytes; rows, columns: of the table inside.
    encoding, delimiter: for text files, with `detected` naming those that were not declared.
    missing: variable -> reason -> number of cells turned into missing; ``blank`` is the empty cell.
    recoded: variable -> value in the file -> number of cells given the value the study uses instead.
    padded: column -> cells with blanks around their value. absent: columns the study describes and the file lacks.
    totals: what was found in a published table. notes: plain sentences for the report.
    """

    file: str
    digest: str
    rows: int
    columns: int
    encoding: str = ""
    delimiter: str = ""
    detected: tuple[str, ...] = ()
    missing: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    recoded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    padded: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    totals: tuple[HiddenTotals, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """A table with its codebook.

    Parameters
    ----------
    name: as in the study file.
    table: a narwhals LazyFrame, one row a unit, one column a variable, missing cells null. Rows set aside by a gate
        are still in it: the Boolean column ``_kept`` is false there, and ``_row`` is the row's number in the file
        (first data row = 1).
    codebook: what the columns mean.
    unit: what a row is, in words: ``person``, ``survey event``, ``cell of a published table``.
    selection: how units got in.
    roles: role -> column names (``id`` may have several; the others one).
    answers: columns that hold answers, for duplicates and completeness; empty = all that have no role.
    gates: what the quality gates did, in order.
    readings: how each file was read.
    """

    name: str
    table: nw.LazyFrame[Any]
    codebook: Codebook
    unit: str = "record"
    selection: str = "opportunistic"
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    readings: tuple[Reading, ...] = ()

    def role(self, role: str) -> str:
        """Return the (first) column that plays `role`, or an empty string."""
        columns = self.roles.get(role, ())
        return columns[0] if columns else ""

    def kept(self) -> nw.LazyFrame[Any]:
        """Return the rows that passed every gate."""
        import narwhals as nw

        return self.table.filter(nw.col("_kept"))
