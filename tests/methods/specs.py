"""Specifications: a page a method, with cases that are run. A table in, an expression, a table out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
NEEDED = {"title", "verb", "for", "computes", "assumes", "when_it_fails", "sources", "cases"}
OPTIONAL = {"peers", "refusals", "see", "home"}


@dataclass(frozen=True)
class Table:
    """A small table as text: names, and cells as they are written."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, text: str) -> Table:
        """Read ``a | b`` lines; lines of dashes are drawn for the eye only."""
        lines = [line for line in text.strip("\n").splitlines() if line.strip() and not re.fullmatch(r"[-|+ ]+", line)]
        cells = [tuple(cell.strip() for cell in line.split("|")) for line in lines]
        widths = {len(line) for line in cells}
        if len(widths) != 1:
            raise ValueError(f"the lines of a table have {sorted(widths)} cells:\n{text}")
        return cls(cells[0], tuple(cells[1:]))

    def csv(self) -> str:
        """Return the table as a CSV file; an empty cell is missing."""
        lines = [self.names, *self.rows]
        return "\n".join(",".join(f'"{cell}"' if cell else "" for cell in line) for line in lines) + "\n"

    def markdown(self) -> list[str]:
        """Return the table as lines of Markdown."""
        rule = "|".join("---" for _ in self.names)
        return (
            [f"| {' | '.join(line)} |" for line in [self.names]]
            + [f"|{rule}|"]
            + [f"| {' | '.join(line)} |" for line in self.rows]
        )


@dataclass(frozen=True)
class Case:
    """What one case shows: tables, the expression, and what it gives or how it is refused."""

    method: str
    number: int
    says: str
    expression: str
    tables: Mapping[str, Table] = field(default_factory=dict)
    gives: Table | None = None
    refuses: str = ""

    @property
    def id(self) -> str:
        """Readable name of the test."""
        return f"{self.method}-{self.number}"


@dataclass(frozen=True)
class Method:
    """One page."""

    name: str
    page: Mapping[str, Any]
    cases: tuple[Case, ...]

    @property
    def home(self) -> str:
        """The module of its verbs: ``inference`` or ``disclosure``."""
        return str(self.page.get("home", "inference"))

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs it tells of."""
        told = self.page["verb"]
        return (told,) if isinstance(told, str) else tuple(told)


def methods() -> tuple[Method, ...]:
    """Read every page, sorted by name."""
    return tuple(_method(path) for path in sorted(HERE.glob("*.yaml")))


def cases() -> Iterator[Case]:
    """Return the cases of all methods."""
    for method in methods():
        yield from method.cases


def _method(path: Path) -> Method:
    page = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown, lacking = set(page) - NEEDED - OPTIONAL, NEEDED - set(page)
    if unknown or lacking:
        raise ValueError(f"{path.name}: unknown keys {sorted(unknown)}, missing keys {sorted(lacking)}")
    return Method(path.stem, page, tuple(_case(path.stem, n, each) for n, each in enumerate(page["cases"], start=1)))


def _case(method: str, number: int, said: Mapping[str, Any]) -> Case:
    known = {"says", "tables", "expression", "gives", "refuses"}
    if set(said) - known or not {"says", "expression"} <= set(said) or ("gives" in said) == ("refuses" in said):
        raise ValueError(
            f"{method}, case {number}: keys {sorted(said)}; needed: says, expression, and gives or refuses"
        )
    return Case(
        method=method,
        number=number,
        says=" ".join(str(said["says"]).split()),
        expression=str(said["expression"]).strip(),
        tables={name: Table.read(text) for name, text in said.get("tables", {}).items()},
        gives=Table.read(said["gives"]) if "gives" in said else None,
        refuses=" ".join(str(said.get("refuses", "")).split()),
    )
