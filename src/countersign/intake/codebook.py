"""The codebook of a file: what the study declares over what the cells suggest, one `Conversion` per variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from countersign.errors import DataError, nearest
from countersign.intake.conversion import Conversion, date_parts
from countersign.intake.profile import DATES, SWAPPED, DateShape, Profile
from countersign.intake.raw import RawTable
from countersign.intake.words import looks_missing
from countersign.model.dataset import TYPES, Type, Variable
from countersign.model.plan import Source, declared_variable


@dataclass(frozen=True)
class Suggestion:
    """What the cells of a column suggest.

    Parameters
    ----------
    type, format: codebook type and date pattern. decimal, thousands: marks found in numbers. timed: dates with a time.
    note: why a column that is almost something is not, in one sentence.
    """

    type: Type
    format: str = ""
    decimal: str = "."
    thousands: str = ""
    timed: bool = False
    note: str = ""


def suggest(column: Profile, *, missing: Mapping[str, str], decimal: str = "", thousands: str = "") -> Suggestion:
    """Return the type a column's cells suggest, leaving out the declared missing codes and nothing else.

    A column is a number only if every other cell is one. Whole numbers with a leading zero are codes. Eight digits are
    an integer: whether they are a date only the study can say.
    """
    if column.typed is not None:
        return Suggestion(column.typed)
    codes = {code: column.values[code] for code in missing if column.values[code]}
    left = column.filled - sum(codes.values())
    if left <= 0:
        return Suggestion("text", note="")
    numeric = sum(count for code, count in codes.items() if _number(code))
    found = column.shapes["number"] - numeric
    whole = column.shapes["integer"] - numeric
    if found == left and not column.shapes["code"] and not thousands:
        return Suggestion("integer" if whole == left else "number")
    comma = column.shapes["comma"]
    if thousands and not column.shapes["code"] and found + column.shapes["grouped"] >= left:
        return Suggestion("number", decimal=decimal or ".", thousands=thousands)
    if comma and found + comma == left and (decimal == "," or not _only_groups(column)):
        return Suggestion("number", decimal=",")
    if column.shapes["boolean"] == left:
        return Suggestion("boolean")
    dates = {name: shape for name, shape in column.dates.items() if name != "%Y%m%d"}
    for name, shape in dates.items():
        if shape.count == left:
            order = _order(name, shape)
            if order:
                return Suggestion("date", format=order, timed=shape.timed > 0)
            return Suggestion(
                "text",
                note="looks like dates, but day and month cannot be told apart: declare 'type: date' and 'format'",
            )
    if sum(shape.count for shape in dates.values()) == left:
        return Suggestion("text", note=f"holds dates in more than one format: {formats_found(column)}")
    almost = {value: count for value, count in column.distinct().items() if looks_missing(value) and value not in codes}
    rest = left - sum(almost.values())
    if almost and rest and found == rest:
        listed = ", ".join(f"'{value}' ({count:,})" for value, count in almost.items())
        return Suggestion(
            _texts(column), note=f"would be numbers but for {listed}: declare 'missing' if these mean no answer"
        )
    if comma and found + comma == left:
        return Suggestion(
            _texts(column),
            note="holds numbers with commas: declare 'decimal: \",\"' or 'thousands: \",\"' to read them",
        )
    return Suggestion(_texts(column))


def _texts(column: Profile) -> Type:
    """A category if values repeat, else text: names, remarks, keys."""
    distinct = sum(1 for count in column.values.values() if count)
    mean = column.length / max(1, column.filled)
    return (
        "category" if not column.many and (distinct <= 12 or distinct <= column.filled / 3) and mean <= 60 else "text"
    )


def _number(code: str) -> bool:
    try:
        float(code)
    except ValueError:
        return False
    return True


def _only_groups(column: Profile) -> bool:
    """Every comma stands before exactly three digits: thousands or decimals, nobody can tell."""
    return column.shapes["grouped"] >= column.shapes["comma"]


def _order(name: str, shape: DateShape) -> str:
    """Day first or month first, from the parts that can only be a day; empty if nothing decides."""
    if name not in SWAPPED:
        return name
    if shape.first_over_12 and not shape.second_over_12:
        return name
    if shape.second_over_12 and not shape.first_over_12:
        return SWAPPED[name]
    return ""


def formats_found(column: Profile) -> str:
    """``%Y-%m-%d: 120 cells, first in row 1; %d/%m/%Y: 7 cells, first in row 40``."""
    parts = []
    for name, shape in column.dates.items():
        label = _order(name, shape) or f"{name} or {SWAPPED[name]}"
        parts.append(f"{label}: {shape.count:,} cells, first in row {shape.first_row:,}")
    return "; ".join(parts)


def conversions(raw: RawTable, source: Source, profiles: Mapping[str, Profile]) -> tuple[list[Conversion], list[str]]:
    """Return one conversion per variable, in the order of the file, and notes about columns that are almost something.

    Raises
    ------
    DataError: a declared column that is not there, a type that is not known, dates in two formats or in an order that
        cannot be told.
    """
    options = source.options
    decimal, thousands = str(options.get("decimal", "")), str(options.get("thousands", ""))
    by_column: dict[str, list[str]] = {}
    for name, spec in source.variables.items():
        column = str(spec.get("column", "") or name)
        if column not in raw.names:
            if name in source.derive and "column" not in spec:
                continue  # describes a derived variable
            raise DataError(
                f"There is no column '{column}'. {nearest(column, raw.names)}".strip(),
                where=f"data.{source.name}.variables.{name} ({raw.file.name})",
                expected="one of the columns: " + _few(raw.names),
                action="correct the name, or take the variable out",
            )
        by_column.setdefault(column, []).append(name)
    made, notes = [], []
    for column in raw.names:
        found = profiles[column]
        for name in by_column.get(column, [_without_dots(column)]):
            spec = source.variables.get(name, {})
            missing = {**source.missing, **{str(code): str(why) for code, why in spec.get("missing", {}).items()}}
            hint = suggest(found, missing=missing, decimal=decimal, thousands=thousands)
            if spec.get("recode") and "type" not in spec:
                hint = Suggestion("category")
            default = Variable(name=name, type=hint.type, format=hint.format, column="" if name == column else column)
            variable = declared_variable(name, spec, default)
            if variable.type not in TYPES:
                raise DataError(
                    f"'{variable.type}' is not a type. {nearest(variable.type, TYPES)}".strip(),
                    where=f"data.{source.name}.variables.{name}.type",
                    expected="one of " + ", ".join(TYPES),
                    action="correct it",
                )
            made.append(_conversion(variable, spec, hint, found, missing, raw, source))
            if name != column and column not in by_column:
                notes.append(f"Column '{column}' is called '{name}' here: a name cannot hold dots or quotation marks.")
            if hint.note and "type" not in spec:
                notes.append(f"Column '{column}' {hint.note}.")
            if (declared := spec.get("format", "")) and made[-1].variable.format != declared:
                notes.append(
                    f"The study says that the dates in '{column}' are written {declared}. In this file all of them are "
                    f"written {made[-1].variable.format}, and they were read so."
                )
    names = [item.variable.name for item in made]
    counts = Counter(name.casefold() for name in names)
    for name in names:
        if counts[name.casefold()] > 1:
            raise DataError(
                f"Two columns would be called '{name}'.",
                where=f"data.{source.name}.variables.{name} ({raw.file.name})",
                expected="a different name for every variable; capital letters alone make no difference",
                action="rename one: the file has a column of that name too",
            )
    return made, notes


def _without_dots(column: str) -> str:
    """The name of a column nobody named: engines read ``a.b`` as column b of table a."""
    return column.replace(".", "_").replace('"', "_")


def _conversion(
    variable: Variable,
    spec: Mapping[str, Any],
    hint: Suggestion,
    found: Profile,
    missing: Mapping[str, str],
    raw: RawTable,
    source: Source,
) -> Conversion:
    decimal, thousands = str(source.options.get("decimal", "")), str(source.options.get("thousands", ""))
    made = Conversion(
        variable=variable, missing=missing, decimal=decimal or hint.decimal, thousands=thousands or hint.thousands
    )
    if variable.type == "date":
        if found.typed is None and not _as_declared(variable, found, missing):
            made.variable = replace(variable, format=_date_format(variable, found, raw, source))
        shape = made.variable.format.replace("T%H", " %H").split(" %H")[0]
        usual = date_parts(shape) is not None
        timed = any(item.timed for item in found.dates.values())
        made.timed = "%H" in made.variable.format or (usual and timed) or _typed_time(found)
    if variable.type == "number" and not decimal and not spec.get("type") and hint.type != "number":
        made.decimal = "."
    return made


def _as_declared(variable: Variable, found: Profile, missing: Mapping[str, str]) -> bool:
    """Whether the declared pattern of dates is the one to use: not if every cell is a date of another shape."""
    if not variable.format:
        return False
    declared = variable.format.replace("T%H", " %H").split(" %H")[0]
    declared = {swapped: usual for usual, swapped in SWAPPED.items()}.get(declared, declared)
    shapes = {name: shape.count for name, shape in found.dates.items() if shape.count}
    if declared not in DATES or set(shapes) <= {declared}:
        return True
    filled = found.filled - sum(found.values[code] for code in missing)
    return sum(shapes.values()) < filled


def _typed_time(found: Profile) -> bool:
    return found.typed == "date" and any(":" in value for value, count in found.values.items() if count)


def _date_format(variable: Variable, found: Profile, raw: RawTable, source: Source) -> str:
    where = f"data.{source.name}.variables.{variable.name} ({raw.file.name}, column '{variable.source}')"
    shapes = {name: shape for name, shape in found.dates.items() if shape.count}
    if not shapes:
        raise DataError(
            "The column is declared as a date, and no cell looks like one.",
            where=where,
            expected="dates such as 2019-08-24 or 24/08/2019",
            action="say how dates are written with 'format', for example '%d %b %Y'; or correct 'type'",
        )
    if len(shapes) > 1:
        lines = "; ".join(
            f"{_order(name, shape) or name + ' or ' + SWAPPED[name]}: {shape.count:,} cells, first on "
            f"{raw.places([shape.first_row])}"
            for name, shape in shapes.items()
        )
        raise DataError(
            f"The column holds dates in {len(shapes)} formats: {lines}.",
            where=where,
            expected="one format in the column",
            action="bring the dates into one format in the file; or make it 'type: text'",
        )
    ((name, shape),) = shapes.items()
    order = _order(name, shape)
    if not order and shape.first_over_12:
        raise DataError(
            f"Day and month change places: {shape.first_over_12:,} cells have the day first, "
            f"{shape.second_over_12:,} the "
            "month first.",
            where=where,
            expected="one order in the column",
            action="bring the dates into one format in the file; or make it 'type: text'",
        )
    if not order:
        raise DataError(
            f"Nothing says whether these {shape.count:,} dates are day first or month first (first on "
            f"{raw.places([shape.first_row])}).",
            where=where,
            expected=f"'format: {name}' or 'format: {SWAPPED[name]}'",
            action="write one of the two under the variable",
        )
    return order


def check_fit(made: list[Conversion], raw: RawTable, source: Source) -> None:
    """Raise if cells do not fit the type of their variable.

    Raises
    ------
    DataError: names the column, the count, the first lines, and the missing code to declare.
    """
    bad = [item for item in made if item.bad]
    if not bad:
        return
    item = bad[0]
    variable = item.variable
    forms = {
        "number": f"numbers such as 12 or 3{item.decimal}5",
        "integer": "whole numbers such as 12",
        "date": f"dates written as {variable.format}",
        "boolean": "true or false (yes or no, 1 or 0)",
    }
    codes = dict(item.bad_codes)
    problem = (
        f"Column '{variable.source}' should hold {forms[variable.type].split(' such')[0]}, but "
        f"{item.bad:,} of {raw.rows:,} "
        f"cells do not fit (first on {raw.places(item.bad_rows)})."
    )
    action = (
        f"correct the cells; or declare them under data.{source.name}.variables.{variable.name}.missing; "
        "or give another 'type'"
    )
    if codes:
        listed = ", ".join(f"'{code}' ({count:,})" for code, count in codes.items())
        problem += f" Among them are well-known codes for a missing answer: {listed}."
        entry = ", ".join(f'"{code}": not given' for code in codes)
        action = (
            f"declare them: 'missing: {{{entry}}}' under data.{source.name}.variables.{variable.name} or "
            f"data.{source.name}"
        )
    if len(bad) > 1:
        problem += (
            " The same goes for: " + ", ".join(f"'{other.variable.source}' ({other.bad:,})" for other in bad[1:6]) + "."
        )
    raise DataError(
        problem, where=f"{raw.file}, column '{variable.source}'", expected=forms[variable.type], action=action
    )


def _few(names: tuple[str, ...], most: int = 20) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
