"""Whole tables: all rows of a table in memory, whatever it came as, and back again as what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import DataError, ProtectionError, nearest
from countersign.model.cells import Floats, Integers
from countersign.model.dataset import Dataset

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class WholeTable:
    """All rows of a table.

    Parameters
    ----------
    arrow: the rows. kind: what it came as: ``pandas``, ``polars``, ``arrow``. name: of the table, for messages.
    """

    arrow: pa.Table
    kind: str
    name: str = "table"

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.arrow.column_names)

    def known(self, names: Sequence[str]) -> None:
        """Refuse names of columns that are not there."""
        for name in names:
            if name not in self.names:
                raise DataError(
                    f"There is no column '{name}'. {nearest(name, self.names)}".strip(),
                    where=self.name,
                    expected=f"one of: {', '.join(self.names)}",
                    action="correct the name",
                )

    def coded(self, name: str) -> tuple[Integers, list[Any]]:
        """Return the number of each row's answer, -1 for missing, and the answers in ascending order."""
        from countersign.model.cells import _order

        column = self.arrow.column(name).combine_chunks().dictionary_encode()
        values = [None if value != value else value for value in column.dictionary.to_pylist()]
        indices = np.asarray(column.indices.fill_null(len(values)), dtype=np.int64)
        places = sorted(
            (place for place, value in enumerate(values) if value is not None), key=lambda p: _order(values[p])
        )
        rank = np.full(len(values) + 1, -1, dtype=np.int64)
        rank[places] = np.arange(len(places))
        return rank[indices], [values[place] for place in places]

    def numbers(self, name: str) -> Floats:
        """Return a column of numbers, nan for missing.

        Raises
        ------
        ProtectionError: it holds something else.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.arrow.column(name)
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise ProtectionError(
                f"'{name}' does not hold numbers.",
                where=name,
                expected="a column of numbers",
                action="name another column, or use codes= to make its answers wider",
            )
        return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy(), dtype=np.float64)

    def with_column(self, name: str, values: Any) -> WholeTable:
        """Return the table with other values in one column: an Arrow array, or a list with None for missing."""
        import pyarrow as pa

        made = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        place = self.names.index(name)
        return replace(self, arrow=self.arrow.set_column(place, name, made))

    def with_numbers(self, name: str, values: Floats) -> WholeTable:
        """Return the table with other numbers in one column, nan for missing; whole numbers stay whole if all are."""
        import pyarrow as pa

        missing = np.isnan(values)
        whole = pa.types.is_integer(self.arrow.column(name).type) and (values[~missing] % 1 == 0).all()
        if whole:
            made = pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)
        else:
            made = pa.array(values, mask=missing)
        return self.with_column(name, made)

    def blanked(self, name: str, mask: Any) -> WholeTable:
        """Return the table without the answers of some rows in one column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.arrow.column(name).combine_chunks()
        return self.with_column(name, pc.if_else(pa.array(mask), pa.scalar(None, column.type), column))

    def taken(self, rows: Integers) -> WholeTable:
        """Return some rows, in the order given."""
        return replace(self, arrow=self.arrow.take(rows))

    def only(self, names: Sequence[str]) -> WholeTable:
        """Return some columns, in the order given."""
        return replace(self, arrow=self.arrow.select(list(names)))

    def lots(self, secret: str, names: Sequence[str] = ()) -> Integers:
        """Return a number for each row that follows from what it holds and the secret, whatever the order of rows."""
        from countersign.protection.microdata.lots import lots

        return lots([(name, *self.coded(name)) for name in (names or self.names)], secret=secret)

    def native(self) -> Any:
        """Return the table as what it came as; an Arrow table for a path or a data set."""
        if self.kind == "pandas":
            return self.arrow.to_pandas()
        if self.kind == "polars":
            import narwhals as nw

            return nw.from_arrow(self.arrow, backend="polars").to_native()
        return self.arrow


def whole(table: Any) -> WholeTable:
    """Read all rows of a table: a path, a pandas or Polars data frame, an Arrow table or a data set.

    Raises
    ------
    DataError: it is none, or has no rows.
    """
    import pyarrow as pa

    if isinstance(table, str | Path):
        from countersign.study.plain import read

        table = read(table)
    if isinstance(table, Dataset):
        return _rows(WholeTable(_of_dataset(table), "arrow", table.name))
    if isinstance(table, pa.Table):
        return _rows(WholeTable(table, "arrow"))
    import narwhals as nw

    try:
        frame = nw.from_native(table, eager_only=True)
    except TypeError:
        raise DataError(
            f"A {type(table).__name__} is not a table.",
            expected="a path, a pandas or Polars data frame, or an Arrow table",
            action="turn it into one of these first",
        ) from None
    kind = "pandas" if frame.implementation.is_pandas_like() else "polars" if frame.implementation.is_polars() else ""
    arrow = frame.to_arrow()
    return _rows(WholeTable(arrow.drop_columns([n for n in arrow.column_names if n == "__index_level_0__"]), kind))


def _rows(found: WholeTable) -> WholeTable:
    if not len(found):
        raise DataError(
            "The table has no rows.", where=found.name, expected="at least one row", action="look at how it was made"
        )
    return found


def _of_dataset(dataset: Dataset) -> pa.Table:
    from countersign.tables.collection import as_arrow

    found = as_arrow(dataset.kept())
    if "_row" in found.column_names:
        found = found.sort_by("_row")
    return found.select([name for name in dataset.codebook.names if name in found.column_names])
