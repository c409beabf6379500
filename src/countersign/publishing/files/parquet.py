"""Release -> ``estimates.parquet``: typed columns that say what they hold, and what must travel with the figures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from countersign.model.release import Release
from countersign.publishing.files.figures import FileColumn, FileTable, figure_table
from countersign.publishing.writing import write_whole

NAME = "estimates.parquet"


def write(release: Release, folder: Path) -> None:
    """Write the figures, with the same columns as ``estimates.csv``.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_whole(folder / NAME, parquet_bytes(figure_table(release)))


def parquet_bytes(table: FileTable) -> bytes:
    """Return a table as Parquet; the same table gives the same bytes.

    Every field has the metadata `description`, and where they apply `unit` and `values` (JSON, code -> label); the
    schema has what `FileTable.about` says, each under ``countersign.NAME``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"number": pa.float64(), "integer": pa.int64(), "date": pa.date32(), "boolean": pa.bool_()}
    fields, arrays = [], []
    for column in table.columns:
        kind = kinds.get(column.kind, pa.string())
        arrays.append(pa.array([_plain(value, column) for value in column.held], kind))
        fields.append(pa.field(column.name, kind, metadata=_metadata(column)))
    about = {f"countersign.{key}": value for key, value in {"title": table.title, **table.about}.items()}
    held = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about)), held, compression="zstd")
    return held.getvalue()


def _plain(value: Any, column: FileColumn) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if column.kind == "number":
        return float(value)
    if column.kind in ("integer", "boolean", "date"):
        return value
    return str(value)


def _metadata(column: FileColumn) -> dict[str, str]:
    values = json.dumps(dict(column.values), ensure_ascii=False) if column.values else ""
    found = {"description": column.label, "unit": column.unit, "values": values}
    return {key: value for key, value in found.items() if value}
