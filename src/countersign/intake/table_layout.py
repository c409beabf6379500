"""Layout of a published table: which columns are labels, areas, ages, sexes or numbers, and what each row stands for.

Labels are read by words (`words.yaml`) and by grammar (ages); whether a row is a total is then proved by its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.errors import DataError, nearest
from countersign.intake.age_labels import Span, parse_age, split_ages
from countersign.intake.cube import ALL, Cube
from countersign.intake.words import fold, known, meaning

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Layout:
    """What the study says about one table; everything may be left out and is then found.

    Parameters
    ----------
    file: its name. areas: area columns, the largest areas first. level: which of them the details are at. age: column
        of ages. columns: the number columns are the categories of this variable. measures: name -> header (without the
        sex). set: category of the whole table, such as ``{residence: rural}``. totals: further words for totals.
        by: dimensions of the detail cells. use: ``cells`` or ``rest`` (adds what the other tables leave out).
    """

    file: str
    areas: tuple[str, ...] = ()
    level: str = ""
    age: str = ""
    columns: str = ""
    measures: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    use: str = "cells"


_KEYS = ("file", "areas", "level", "age", "columns", "measures", "set", "totals", "by", "use")


def read_layout(spec: Mapping[str, Any], where: str) -> Layout:
    """Return the layout of one entry of ``tables``.

    Raises
    ------
    DataError: an unknown key or use.
    """
    for key in spec:
        if key not in _KEYS:
            raise DataError(
                f"'{key}' is not known. {nearest(key, _KEYS)}".strip(),
                where=where,
                expected="keys " + ", ".join(_KEYS),
                action="correct the key",
            )
    values: dict[str, Any] = dict(spec)
    for key in ("areas", "totals", "by"):
        value = values.get(key, ())
        values[key] = (value,) if isinstance(value, str) else tuple(str(item) for item in value)
    for key in ("measures", "set"):
        values[key] = {str(name): str(value) for name, value in dict(values.get(key, {})).items()}
    if values.get("use", "cells") not in ("cells", "rest"):
        raise DataError(
            f"'{values['use']}' is not a use of a table.",
            where=f"{where}.use",
            expected="cells (its cells are taken) or rest (it adds what the other tables leave out)",
            action="correct it",
        )
    cleaned: dict[str, Any] = {key: str(value) if isinstance(value, int) else value for key, value in values.items()}
    return Layout(**cleaned)


@dataclass
class Grid:
    """A table as text: file, columns by header, and the line of its first row for messages."""

    file: Path
    columns: Mapping[str, list[str]]
    thousands: str = ""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    def number(self, text: str) -> float | None:
        """Return the number in a cell, None for an empty one.

        Raises
        ------
        ValueError: no number.
        """
        plain = text.replace(self.thousands, "") if self.thousands else text
        return float(plain) if plain else None


def variable_name(header: str) -> str:
    """Return a header as a variable name: ``Religious_Affiliation`` becomes ``religious_affiliation``."""
    return re.sub(r"\W+", "_", header.strip()).strip("_").lower() or "column"


def take_apart(grid: Grid, layout: Layout, spelling: Mapping[str, str]) -> Cube:
    """Turn a table into a `Cube`: every number with what it is about.

    Parameters
    ----------
    spelling: area name in the file -> name to use.

    Raises
    ------
    DataError: no number columns; two different numbers for the same cell; a declared column that is not there; rows
        that add up to a multiple of their total (a hidden level).
    """
    return _Reader(grid, layout, spelling).cube()


class _Reader:
    """Takes one table apart, step by step."""

    def __init__(self, grid: Grid, layout: Layout, spelling: Mapping[str, str]) -> None:
        self.grid, self.layout, self.spelling = grid, layout, spelling
        self.notes: list[str] = []
        self.groups = 0
        for name in (*layout.areas, *filter(None, (layout.age,))):
            if name not in grid.columns:
                raise DataError(
                    f"There is no column '{name}'. {nearest(name, grid.columns)}".strip(),
                    where=str(grid.file),
                    expected="one of the columns: " + ", ".join(grid.columns),
                    action="correct the name under 'tables'",
                )
        self.labels, self.numbers, rates = self._kinds()
        if rates:
            self.notes.append(
                f"{len(rates)} columns hold shares or rates, not counts, and were left out: "
                + ", ".join(rates[:6])
                + "."
            )
        if not self.numbers:
            raise DataError(
                "No column holds only numbers.",
                where=str(grid.file),
                expected="at least one column of counts",
                action="look at the number format (thousands marks: 'thousands: \",\"')",
            )
        self.age = layout.age or self._find_age()
        self.areas, self.level = find_areas(grid, layout, self.age)
        self.labels = [name for name in self.labels if name in self.areas or not is_area(name) or name == self.level]
        self.headers = {name: _split_header(name) for name in self.numbers}
        self.wide = any(sex for _, sex in self.headers.values())

    def _kinds(self) -> tuple[list[str], list[str], list[str]]:
        labels, numbers, rates = [], [], []
        declared = {*self.layout.areas, self.layout.age}
        for name, cells in self.grid.columns.items():
            if name in declared or fold(name) in known("age_words") or not self._numeric(cells):
                labels.append(name)
            elif _is_rate(name):
                rates.append(name)
            else:
                numbers.append(name)
        return labels, numbers, rates

    def _numeric(self, cells: Sequence[str]) -> bool:
        try:
            numbers = [self.grid.number(cell) for cell in cells]
        except ValueError:
            return False
        return any(number is not None for number in numbers)

    def _find_age(self) -> str:
        for name in self.labels:
            parsed = [parse_age(cell) for cell in set(self.grid.columns[name]) if cell]
            spans = sum(1 for item in parsed if isinstance(item, Span))
            if spans >= 3 and spans >= 0.8 * len(parsed):
                return name
        return ""

    def cube(self) -> Cube:
        """All numbers of the table by what they are about."""
        area_dims = [variable_name(name) for name in self.areas]
        others = [name for name in self.labels if name not in (*self.areas, self.level, self.age)]
        rows = [self._row(number, area_dims, others) for number in range(self.grid.rows)]
        dims = list(dict.fromkeys((*area_dims, *(name for row in rows for name in row), *self.layout.set)))
        if self.wide and "sex" not in dims:
            dims.append("sex")
        if self.layout.columns:
            dims.append(self.layout.columns)
        rows = self._areas_by_numbers(rows, area_dims)
        keep = self._ages(rows, dims) if self.age else dict.fromkeys(range(len(rows)), "")
        if self.age:
            dims.append("age")
        cube = Cube(tuple(dims), notes=self.notes, groups=self.groups)
        clashes: list[str] = []
        for number, age in keep.items():
            base = {**rows[number], **self.layout.set}
            if self.age:
                base["age"] = age
            for header in self.numbers:
                value = self.grid.number(self.grid.columns[header][number])
                if value is not None:
                    measure, more = self._measure(header)
                    if measure:
                        about = {**base, **more}
                        key = tuple(about.get(name, ALL) for name in dims)
                        if not cube.add(key, measure, value):
                            clashes.append(cube.words(key))
        if clashes:
            raise DataError(
                f"{len(clashes)} cells occur twice with different numbers, for example {clashes[0]}.",
                where=str(self.grid.file),
                expected="one number for each cell",
                action="take the double rows out of the file, or name the area columns with 'areas'",
            )
        return cube

    def _measure(self, header: str) -> tuple[str, dict[str, str]]:
        raw, sex = self.headers[header]
        more = {"sex": sex} if sex and sex != ALL else {}
        if self.layout.columns:
            if fold(header) in known("total") or header in self.layout.totals:
                return "persons", more
            return "persons", {**more, self.layout.columns: " ".join(header.split())}
        if self.layout.measures:
            for name, wanted in self.layout.measures.items():
                if fold(wanted) in ({fold(raw), fold(header)} if raw else {"persons", "sex", "total", fold(header)}):
                    return name, more
            return "", {}
        return (variable_name(raw) if raw else "persons"), more

    def _row(self, number: int, area_dims: Sequence[str], others: Sequence[str]) -> dict[str, str]:
        about: dict[str, str] = {}
        cells = {name: " ".join(self.grid.columns[name][number].split()) for name in self.labels}
        self._place(cells, about, area_dims)
        for name in others:
            value = cells[name]
            folded = fold(value)
            if folded in meaning("sex") and (len(folded) > 1 or fold(name) in ("sex", "gender")):
                about["sex"] = meaning("sex")[folded]
            elif folded in meaning("residence"):
                about["residence"] = meaning("residence")[folded]
            elif not (folded in known("total") or value in self.layout.totals or not value):
                about[variable_name(name)] = NOT_STATED if folded in known("not_stated") else value
        return about

    def _place(self, cells: Mapping[str, str], about: dict[str, str], area_dims: Sequence[str]) -> None:
        """What area a row is about, from its area columns and its level."""
        values = [cells[name] for name in self.areas]
        for value in values:
            if fold(value) in meaning("residence"):
                about["residence"] = meaning("residence")[fold(value)]
        plain = ["" if self._is_total(value) or fold(value) in meaning("residence") else value for value in values]
        if self.level:
            level = fold(cells[self.level])
            if level in known("blank") | {""}:
                return
            depth = next((place for place, name in enumerate(self.areas) if fold(name) == level), len(self.areas) - 1)
        else:
            depth = max((place for place, value in enumerate(plain) if value), default=-1)
            if depth > 0 and plain[depth - 1] and fold(plain[depth]) == fold(self._named(plain[depth - 1])):
                depth -= 1
        for place in range(depth + 1):
            if plain[place]:
                about[area_dims[place]] = self._named(plain[place])

    def _named(self, value: str) -> str:
        return self.spelling.get(value, value)

    def _is_total(self, value: str) -> bool:
        folded = fold(value)
        return not value or folded in known("total") | known("blank") or value in self.layout.totals

    def _areas_by_numbers(self, rows: list[dict[str, str]], area_dims: Sequence[str]) -> list[dict[str, str]]:
        """Find area rows whose numbers are the sums of all the others: the country among its parts."""
        if not area_dims:
            return rows
        top = area_dims[0]
        vectors: dict[str, dict[tuple[str, ...], float]] = {}
        for number, about in enumerate(rows):
            if top not in about or any(name in about for name in (*area_dims[1:], "residence")):
                continue
            rest = tuple(f"{name}={value}" for name, value in sorted(about.items()) if name != top)
            for header in self.numbers:
                value = self.grid.number(self.grid.columns[header][number])
                age = self.grid.columns[self.age][number] if self.age else ""
                if value is not None:
                    vectors.setdefault(about[top], {})[(*rest, age, header)] = value
        whole: dict[tuple[str, ...], float] = {}
        for vector in vectors.values():
            for key, value in vector.items():
                whole[key] = whole.get(key, 0.0) + value
        found = {}
        if len(vectors) > 2:
            for name, vector in vectors.items():
                some = {key: value for key, value in vector.items() if value}
                equal = sum(1 for key, value in some.items() if whole[key] == 2 * value)
                size = sum(vector.values())
                others = sum(whole[key] for key in vector) - size
                if some and 2 * equal >= len(some) and abs(size - others) <= 0.01 * size:
                    found[name] = f"{equal:,} of its {len(some):,} numbers are the sums of all other rows"
                elif fold(name) in known("countries") and size >= others:
                    found[name] = "it is a country, larger than all other rows together"
        for name, reason in found.items():
            self.notes.append(f"'{name}' is a total over {top}: {reason}.")
        return [
            {key: value for key, value in about.items() if key != top} if about.get(top) in found else about
            for about in rows
        ]

    def _ages(self, rows: list[dict[str, str]], dims: Sequence[str]) -> dict[int, str]:
        """Row number -> age, for rows that are details or totals over age; sums of ages are checked and left out."""
        groups: dict[tuple[str, ...], dict[str, int]] = {}
        for number, about in enumerate(rows):
            key = tuple(about.get(name, ALL) for name in dims)
            label = " ".join(self.grid.columns[self.age][number].split())
            if label in groups.setdefault(key, {}):
                raise DataError(
                    f"The age '{label}' occurs twice for "
                    f"{', '.join(value for value in key if value != ALL) or 'the whole'}.",
                    where=str(self.grid.file),
                    expected="one row for each age",
                    action="take the double row out of the file",
                )
            groups[key][label] = number
        keep: dict[int, str] = {}
        sums = agreed = totals = 0
        spellings: set[str] = set()
        for key, labels in groups.items():
            where = ", ".join(value for value in key if value != ALL) or "the whole"
            parsed = {label: parse_age(label) for label in labels}
            spans = {label: item for label, item in parsed.items() if isinstance(item, Span)}
            numbers = {
                label: [self.grid.number(self.grid.columns[header][labels[label]]) or 0.0 for header in self.numbers]
                for label in spans
            }
            parts, checks, notes = split_ages(numbers, spans)
            self.notes.extend(f"{where}: age {note}." for note in notes)
            for label, item in parsed.items():
                if item == "total" or label in self.layout.totals:
                    keep[labels[label]] = ALL
                    totals += 1
                elif item == "not stated":
                    keep[labels[label]] = NOT_STATED
                elif label in parts:
                    keep[labels[label]] = parts[label].label
                elif item is None:
                    raise DataError(
                        f"'{label}' in the column '{self.age}' is no age.",
                        where=str(self.grid.file),
                        expected="ages such as 7, 0-4, 100+, Not Stated, Total",
                        action=f"correct the cell, or say that it is a total: 'totals: [\"{label}\"]'",
                    )
            spellings |= {label for label, span in spans.items() if label != span.label}
            for check in checks:
                sums += 1
                agreed += check.agrees
                if check.really:
                    self.notes.append(
                        f"{where}: the row '{check.label}' holds the sums of {check.really.label}: its "
                        "label is misprinted."
                    )
                elif not check.agrees:
                    self.notes.append(
                        f"{where}: the row '{check.label}' differs from the sums of its ages (by up to "
                        f"{check.difference:,.0f}); "
                        "the single ages were used."
                    )
        self.groups = sums
        if sums or totals:
            self.notes.append(
                f"Among the ages, {totals:,} rows are totals and {sums:,} are groups of other rows "
                f"({agreed:,} of them agree "
                f"with their parts); {len(keep) - totals:,} rows are details."
            )
        if spellings:
            self.notes.append(
                f"Ages in other spellings were understood: {', '.join(repr(item) for item in sorted(spellings)[:8])}."
            )
        return keep


def find_areas(grid: Grid, layout: Layout, age: str = "") -> tuple[list[str], str]:
    """Return the area columns, largest areas first, and the column that names the level of each row, if there is one.

    An area column in which every cell says "all" tells nothing and is left out.
    """
    names = [name for name in grid.columns if name != age]
    level_words = known("level_words") | {fold(name) for name in names if is_area(name)}
    level = ""
    for name in names:
        values = {fold(cell) for cell in grid.columns[name]} - known("blank") - {""}
        if values and values <= level_words and name not in layout.areas:
            level = name
    areas = list(layout.areas) or [name for name in names if is_area(name) and name != level]
    empty = known("total") | known("blank") | {""}
    told = [name for name in areas if not {fold(cell) for cell in grid.columns[name]} <= empty]
    return told or areas, level


def is_area(header: str) -> bool:
    """Whether a header names a kind of area: ``County``, ``SubCounty``, ``Geographic_Area``."""
    name = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))
    return name in known("level_words") or name.split()[-1:] in (["area"], ["region"])


def _is_rate(header: str) -> bool:
    words = set(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)).split())
    return "%" in header or bool(words & known("rate_words"))


def _split_header(header: str) -> tuple[str, str]:
    """Return (what is counted, sex or ALL or empty): ``WithDisability_Male`` -> ``("WithDisability", "male")``."""
    parts = [part for part in re.split(r"[_\s]+", header) if part]
    for place in range(len(parts) - 1, -1, -1):
        word = fold(parts[place])
        if fold(header) in known("total"):
            return "", ALL
        if word in meaning("sex") and (len(word) > 1 or len(parts) > 1):
            sex = meaning("sex")[word]
        elif word in ("total", "both"):
            sex = ALL
        else:
            continue
        rest = [part for part in (*parts[:place], *parts[place + 1 :]) if fold(part) not in ("sex", "gender")]
        return "_".join(rest), sex
    return "_".join(parts), ""
