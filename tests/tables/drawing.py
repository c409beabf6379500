"""Small tables drawn as text."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from countersign.model.dataset import Type

ARROW = {
    "integer": pa.int64(),
    "small": pa.uint8(),
    "number": pa.float64(),
    "category": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
READ: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "small": int,
    "number": float,
    "date": datetime.date.fromisoformat,
    "boolean": lambda word: {"true": True, "false": False}[word],
}


def drawn(text: str) -> tuple[pa.Table, dict[str, Type]]:
    """Read a table as people draw it: a header ``name:type``, a row a line, ``|`` between cells, ``.`` for missing."""
    lines = [[cell.strip() for cell in line.strip().split("|")] for line in text.strip().splitlines()]
    columns, types = {}, {}
    for place, heading in enumerate(lines[0]):
        name, type_ = heading.split(":")
        read = READ.get(type_, str)
        values = [None if line[place] == "." else read(line[place]) for line in lines[1:]]
        columns[name] = pa.array(values, ARROW[type_])
        types[name] = "integer" if type_ == "small" else type_
    return pa.table(columns), types


def numbers(text: str) -> list[Any]:
    """Read an expected column, drawn on one line."""
    words = {".": None, "T": 1.0, "F": 0.0}
    return [words[word] if word in words else float(word) for word in text.split()]
