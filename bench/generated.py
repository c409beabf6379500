"""Generated rows: six dimensions, an outcome and a base weight, seeded, written in pieces of a million."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "results" / "rows"
LEVELS = {"sex": 2, "age": 16, "region": 50, "school": 6, "urban": 2, "phone": 2}
MARGINS = ("sex", "age", "region", "school")
SEED = 20260101
PIECE = 1_000_000


def written(rows: int) -> Path:
    """Return the Parquet file of so many rows, writing it if it is not there."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = FOLDER / f"{rows}.parquet"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED)
    # Self-selected: later levels of every dimension answer more often, and say yes more often.
    chances = {name: np.linspace(1, 2, levels) / np.linspace(1, 2, levels).sum() for name, levels in LEVELS.items()}
    writer, done, part = None, 0, path.with_suffix(".part")
    while done < rows:
        count = min(PIECE, rows - done)
        columns = {
            name: np.searchsorted(np.cumsum(chance)[:-1], random.random(count)).astype(np.uint8)
            for name, chance in chances.items()
        }
        lean = 0.2 + 0.3 * columns["urban"] + 0.05 * columns["school"]
        columns["y"] = (random.random(count) < lean).astype(np.uint8)
        table = pa.table(columns | {"base": np.round(random.gamma(2.0, 50.0, count) + 1, 2)})
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table)
        done += count
    assert writer is not None
    writer.close()
    return part.rename(path)


def targets(rows: int) -> dict[str, dict[str, float]]:
    """Return census counts: every level of a dimension equally frequent, 1,000 people a row."""
    return {name: {str(level): 1000.0 * rows / LEVELS[name] for level in range(LEVELS[name])} for name in MARGINS}
