"""Tabular: results that are a table can show themselves as one, and become a data frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any


class Tabular(ABC):
    """A result with rows: one dict a row, the same keys in each."""

    @abstractmethod
    def rows(self) -> list[dict[str, Any]]:
        """Return the tidy table."""

    def to_pandas(self) -> Any:
        """Return the tidy table as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows())

    def to_polars(self) -> Any:
        """Return the tidy table as a Polars DataFrame."""
        import narwhals as nw  # knows Polars by name: only the room `tables` imports an engine

        rows = self.rows()
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        return nw.from_dict(columns, backend="polars").to_native()

    def to_arrow(self) -> Any:
        """Return the tidy table as a PyArrow Table."""
        import pyarrow

        return pyarrow.Table.from_pylist(self.rows())

    def _repr_html_(self) -> str:
        rows = self.rows()
        names = list(rows[0]) if rows else []
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(told(row[name]))}</td>" for name in names) + "</tr>" for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __str__(self) -> str:
        rows = self.rows()
        names = list(rows[0]) if rows else []
        return "\n".join(["\t".join(names), *("\t".join(told(row[name]) for name in names) for row in rows)]) + "\n"


def told(value: Any) -> str:
    """Return a value as people read it: four digits, nothing for missing."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
