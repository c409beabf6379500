"""Proposal: what a file seems to hold, for a person to confirm: types, missing codes, roles, personal data."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from countersign.errors import DataError
from countersign.intake.codebook import Suggestion, suggest
from countersign.intake.dialect import check_file, lines_above
from countersign.intake.profile import MOST_VALUES, Profile, profile
from countersign.intake.raw import RawTable, file_format, read_raw, write_blocks
from countersign.intake.words import fold, looks_missing, words
from countersign.intake.workbook import choices, sheets
from countersign.model.dataset import Variable, is_house_name
from countersign.tables import Engine, aggregate

FEW = 12  # a category with no more values than this is listed in full


@dataclass(frozen=True)
class ProposedVariable:
    """What one column seems to be.

    Parameters
    ----------
    variable: name, type, column and date format proposed. rows, blank: cells, and those with nothing in them.
    distinct: number of different values. values: value -> cells, for categories with few values.
    codes: values that may mean "no answer" -> cells. numeric_codes: those that are numbers outside the rest.
    personal: what personal data it may hold, in words; empty = nothing was noticed. note: why it is almost something.
    low, high: of numbers.
    """

    variable: Variable
    rows: int
    blank: int
    distinct: int
    values: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    numeric_codes: Mapping[str, int] = field(default_factory=dict)
    personal: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def share_missing(self) -> float:
        """Share of empty cells."""
        return self.blank / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Proposal:
    """What a file seems to hold.

    Parameters
    ----------
    file: its name; rows; encoding, delimiter, detected, notes: as in `Reading`. variables: one per column, in order.
    roles: role -> variable. missing: word -> cells: words that stand where numbers or dates should.
    options: how to read the file where it is not plain: ``sheet``, ``skip``, ``footer``, ``delimiter``,
        ``repair_names``. sheets: names of the sheets with data, if there are several.
    """

    file: str
    rows: int
    variables: tuple[ProposedVariable, ...]
    encoding: str = ""
    delimiter: str = ""
    detected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()

    def named(self, name: str) -> ProposedVariable:
        """Return one variable."""
        return next(item for item in self.variables if item.variable.name == name)


def propose(path: Path, *, engine: Engine, options: Mapping[str, Any] | None = None) -> Proposal:
    """Look at every cell of a file and propose a codebook. Nothing is decided: the study file says what holds.

    Parameters
    ----------
    options: reading options that are known already, such as ``sheet``; others are proposed where the file needs them.

    Raises
    ------
    DataError: the file cannot be read, see `read_raw`.
    """
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        raw, chosen = _opened(path, Path(folder), dict(options or {}))
        profiles = profile(raw)
        distinct = _distinct(raw, profiles, engine)
    needed = _words_among_numbers(profiles)
    names = _names(raw.names)
    made = []
    for column in raw.names:
        found = profiles[column]
        codes = {code: count for code, count in found.distinct().items() if looks_missing(code)}
        hint = _hint(found, column, needed)
        variable = Variable(
            name=names[column], type=hint.type, format=hint.format, column="" if names[column] == column else column
        )
        numbers = hint.type in ("integer", "number")
        made.append(
            ProposedVariable(
                variable=variable,
                rows=found.rows,
                blank=found.blank,
                distinct=distinct[column],
                values=_few(found, hint),
                codes=codes,
                numeric_codes=_outlying(found) if numbers else {},
                personal=_personal(column, found, hint),
                note=hint.note,
                low=found.low if numbers else None,
                high=found.high if numbers else None,
            )
        )
    proposal = Proposal(
        file=path.name,
        rows=raw.rows,
        variables=tuple(made),
        encoding=raw.dialect.encoding if raw.dialect else "",
        delimiter=raw.dialect.delimiter if raw.dialect else "",
        detected=raw.detected,
        notes=raw.notes,
        missing=needed,
        options=chosen,
        sheets=sheets(path) if "sheet" in chosen else (),
    )
    return replace(proposal, roles=_roles(proposal))


def _opened(path: Path, folder: Path, options: dict[str, Any]) -> tuple[RawTable, dict[str, Any]]:
    """Read a file with the options it needs; names are repaired only where nothing else helps."""
    check_file(path)
    kind = file_format(path)
    if kind == "xlsx":
        with contextlib.suppress(Exception):  # what is wrong with the workbook is said when it is read
            options = {**choices(path, options), **options}
    elif kind == "csv" and "skip" not in options:
        options = {**lines_above(path, options), **options}
    try:
        return read_raw(path, folder=folder, options=options), options
    except DataError:
        if kind == "parquet" or options.get("repair_names"):
            raise
        again = {**options, "repair_names": True}
        try:
            return read_raw(path, folder=folder, options=again), again
        except DataError:
            pass
        raise


def _distinct(raw: RawTable, profiles: Mapping[str, Profile], engine: Engine) -> dict[str, int]:
    """Number of different values; counted anew where the profile stopped."""
    counts = {name: sum(1 for count in found.values.values() if count) for name, found in profiles.items()}
    many = [name for name, found in profiles.items() if found.many]
    if many:
        # Columns are numbered for the engine: their names may hold signs that mean something to it.
        renamed = raw.path.with_name(".numbered.parquet")
        schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(many))])
        blocks = ([pc.cast(column, pa.string()) for column in block.columns] for _, block in raw.blocks(many))
        write_blocks(blocks, schema, renamed)
        measured = aggregate(engine.scan(renamed), **{name: nw.col(name).n_unique() for name in schema.names})
        for place, name in enumerate(many):
            counts[name] = max(MOST_VALUES, int(measured[f"c{place}"]) - (1 if profiles[name].blank else 0))
    return counts


def _words_among_numbers(profiles: Mapping[str, Profile]) -> dict[str, int]:
    """Words for "no answer" without which a column would be numbers or dates, with their cells in the whole file."""
    needed: set[str] = set()
    for found in profiles.values():
        codes = {code for code in found.distinct() if looks_missing(code)}
        if codes and suggest(found, missing={}).type in ("category", "text"):
            rest = suggest(found, missing=dict.fromkeys(codes, ""))
            if rest.type in ("integer", "number", "date", "boolean"):
                needed |= codes
    totals: Counter[str] = Counter()
    for found in profiles.values():
        for code in sorted(needed):
            totals[code] += found.values[code]
    return dict(totals)


def _hint(found: Profile, column: str, needed: Mapping[str, int]) -> Suggestion:
    hint = suggest(found, missing=dict.fromkeys(needed, ""))
    day = found.dates.get("%Y%m%d")
    left = found.filled - sum(found.values[code] for code in needed)
    tokens = set(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)).split())
    if hint.type == "integer" and day and day.count == left and tokens & {"date", "day", "datum", "fecha", "tarehe"}:
        return Suggestion("date", format="%Y%m%d")
    sample = [value for value in found.distinct() if value]
    if hint.type in ("text", "category") and not hint.note and sample and all(_SIGNED.match(value) for value in sample):
        return replace(
            hint,
            note="numbers with a sign beside them (such as % or a currency): to compute with them, "
            "take the sign out in the file",
        )
    return hint


# A number with a currency before it, or a currency, a per cent or a unit behind it; letters after a
# blank only: R1 is a code.
_NUMBER = r"[-+]?\d[\d.,]*(?: \d{3})*(?:[.,]\d+)?"
_SIGNED = re.compile(
    rf"(?:(?:[$€£¥₦₹₵]\s?|[^\W\d]{{1,4}}\.?\s){_NUMBER}|{_NUMBER}(?:\s?[%‰$€£¥₦₹₵]|\s[^\W\d]{{1,4}}\.?))$"
)


def _few(found: Profile, hint: Suggestion) -> dict[str, int]:
    values = found.distinct()
    return values if hint.type in ("category", "boolean", "integer") and not found.many and len(values) <= FEW else {}


def _outlying(found: Profile) -> dict[str, int]:
    """Numbers often used for "no answer" outside the rest: below zero where nothing else is, or beyond a gap."""
    if found.many and found.low >= 0:
        return {}
    numbers: dict[float, int] = {}
    for value, count in found.distinct().items():
        try:
            numbers[float(value)] = numbers.get(float(value), 0) + count
        except ValueError:
            continue
    usual = {float(code) for code in words()["missing_numbers"]}
    negative = {value for value in numbers if value < 0 and value in usual}
    rest = [value for value in numbers if value not in negative]
    if negative and rest and min(rest) >= 0:
        return {f"{value:.15g}": numbers[value] for value in sorted(negative)}
    for candidates in ({7, 8, 9}, {77, 88, 97, 98, 99}, {777, 888, 998, 999, 9999}):
        inside = {value for value in numbers if value in candidates}
        rest = [value for value in numbers if value not in inside]
        if inside and len(rest) >= 2 and min(inside) >= max(rest) + max(2.0, 0.5 * (max(rest) - min(rest))):
            return {f"{value:.15g}": numbers[value] for value in sorted(inside)}
    return {}


def _personal(column: str, found: Profile, hint: Suggestion) -> str:
    name = f" {fold(re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', column))} "
    for kind, hints in words()["personal"].items():
        if any(f" {fold(word)} " in name for word in hints):
            return str(kind)
    if hint.type in ("text", "category"):
        sample = [value for value, count in found.values.items() if count]
        if sample:
            share = {
                "e-mail address": sum(bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value)) for value in sample),
                "phone number": sum(bool(re.fullmatch(r"(\+|0)[\d ()/-]{7,}", value)) for value in sample),
            }
            for kind, hits in share.items():
                if hits >= 0.5 * len(sample) and hits >= 2:
                    return kind
        if found.filled and found.length / found.filled > 60:
            return "free text"
    if name.strip() in ("name", "names") and hint.type in ("text", "category"):
        return "names"
    return ""


def _names(columns: tuple[str, ...]) -> dict[str, str]:
    """Names an expression can use without quotes; a column's own name where that is one."""
    names: dict[str, str] = {}
    for column in columns:
        name = column
        if not re.fullmatch(r"[^\W\d]\w*", column) or column in ("and", "or", "not", "in", "between", "is", "missing"):
            name = re.sub(r"\W+", "_", column).strip("_") or "column"
            name = f"c_{name}" if name[0].isdigit() else name
        if is_house_name(name):
            name = name.strip("_")
        # Engines do not tell capital letters apart.
        taken, own = {made.casefold() for made in names.values()}, {other.casefold() for other in columns}
        while name.casefold() in taken or (name != column and name.casefold() in own):
            name += "_"
        names[column] = name
    return names


def _roles(proposal: Proposal) -> dict[str, str]:
    roles: dict[str, str] = {}
    for role, hints in words()["roles"].items():
        known = [fold(word) for word in hints]
        best: tuple[int, int, str] | None = None
        for place, item in enumerate(proposal.variables):
            name = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.variable.source))
            whole = fold(item.variable.source)
            rank = 0 if whole in known or name in known else 1 if set(name.split()) & set(known) else 2
            if rank < 2 and _may_be(role, item) and (best is None or (rank, place) < best[:2]):
                best = (rank, place, item.variable.name)
        if best and best[2] not in roles.values():
            roles[role] = best[2]
    return roles


def _may_be(role: str, item: ProposedVariable) -> bool:
    kind = item.variable.type
    if role == "id":
        return item.distinct == item.rows - item.blank and item.blank == 0 and kind in ("integer", "category", "text")
    if role in ("start", "end"):
        return kind == "date"
    if role == "time":
        return kind == "date" or (kind == "integer" and (item.low or 0) >= 1900 and (item.high or 0) <= 2100)
    if role in ("longitude", "latitude"):
        limit = 180 if role == "longitude" else 90
        return kind == "number" and item.low is not None and -limit <= item.low and (item.high or 0) <= limit
    if role in ("weight", "minutes"):
        return kind in ("number", "integer") and (item.low or 0) >= 0
    return kind in ("category", "text", "integer") and 1 < item.distinct < item.rows
