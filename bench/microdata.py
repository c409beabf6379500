"""Rows made anonymous: processor seconds of each method, as multiples of one scan of the keys.

`python bench/microdata.py --rows 1e5 --rows 1e6`. Rows are made from a seed: district (120), age (96), sex, disability
(8), ethnicity (15). The scan adds up the five keys of the Parquet file with Polars, best of three, in the same process.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measuring import child, in_a_process, peak_mib, timed

KEYS = ("district", "age", "sex", "disability", "ethnicity")


def rows(count: int) -> dict[str, np.ndarray]:
    """Return the columns."""
    lot = np.random.default_rng(20231)

    def drawn(chances: Any) -> np.ndarray:
        chances = np.asarray(chances, dtype=float)
        return lot.choice(len(chances), count, p=chances / chances.sum())

    return {
        "district": drawn(1 / np.arange(1, 121) ** 0.7),
        "age": np.clip(lot.gamma(2.2, 15, count), 0, 95).astype(int),
        "sex": lot.integers(0, 2, count),
        "disability": drawn([0.87, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.005]),
        "ethnicity": drawn(1 / np.arange(1, 16) ** 1.3),
        "income": np.round(lot.lognormal(6, 1, count), 2),
    }


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run one method on one number of rows."""
    import polars as pl

    from countersign.protection.microdata.averaging import microaggregate
    from countersign.protection.microdata.randomising import invariant, randomise
    from countersign.protection.microdata.suppressing import suppress_locally

    table = rows(int(float(job["rows"])))
    record: dict[str, Any] = dict(job)
    keys = [table[name] for name in KEYS]
    with timed(record):
        if job["method"] in ("own", "matches"):
            found = suppress_locally(keys, k=job["k"], missing=job["method"])
            record |= {"blanked": int(found.cells.sum()), "at_risk": found.before.own, "left": found.violations}
        elif job["method"] == "mdav":
            two = np.column_stack([table["income"], table["age"].astype(float)])
            record["loss"] = round(microaggregate(two, k=job["k"]).loss, 6)
        elif job["method"] == "one column":
            record["loss"] = round(microaggregate(table["income"][:, None], k=job["k"]).loss, 9)
        else:
            codes = table["ethnicity"]
            matrix = invariant(np.bincount(codes), change=0.2)
            record["changed"] = randomise(codes, matrix, lot=np.arange(len(codes)), seed=1).changed
    record["peak_mib"] = peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        pl.DataFrame(table).write_parquet(path)
        scans = []
        for _ in range(3):
            scan: dict[str, Any] = {}
            with timed(scan):
                pl.scan_parquet(path).select(pl.sum(*KEYS)).collect()
            scans.append(scan["cpu"])
    record["scan_cpu"] = min(scans)
    record["ratio_to_scan"] = round(record["cpu"] / max(min(scans), 1e-4), 1)
    return record


def main() -> None:
    """Print one JSON object a run."""
    if "--child" in sys.argv:
        child(work)
        return
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", action="append")
    asked.add_argument("--k", type=int, default=3)
    options = asked.parse_args()
    for count in options.rows or ["1e5"]:
        for method in ("own", "matches", "mdav", "one column", "pram"):
            print(
                json.dumps(in_a_process(Path(__file__), {"rows": count, "method": method, "k": options.k})), flush=True
            )


if __name__ == "__main__":
    main()
