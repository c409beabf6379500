"""Microdata risk of generated rows with five keys: sums, each record, missing keys, special uniques; beside pycanon.

The rows are those of the published measurements that ours are held against, and their counts must come out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generated
import measuring

KEYS = ("district", "age", "sex", "disability", "ethnicity")
SEED = 20231
PIECE = 2_000_000
FIRST = 100_000  # the generator drew so many rows before any other number
KNOWN = {100_000: (46_869, 64_055, 79_691, 7332.658), 1_000_000: (156_036, 246_502, 360_237, 27580.160)}
GAPS = 0.02  # part of the answers to each key that is missing in the variant `gaps`
VARIANTS = {
    "sums": "who is alone, in groups below k, expected re-identifications in both models",
    "sums, no weight": "the same without weights",
    "records": "the same of each record, joined back",
    "gaps": "sums where 2 % of each key are missing, counted both ways",
    "suda": "special uniques: all sets of questions",
}


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a variant, and one of pycanon if it is among the peers."""
    import peers

    whole, holed = written(arguments.rows), written(arguments.rows, gaps=True)
    try:
        for variant in VARIANTS:
            job = {"path": str(holed if variant == "gaps" else whole), "rows": arguments.rows, "variant": variant,
                   "engine": arguments.engine, "memory": arguments.memory}  # fmt: skip
            runs = [measuring.in_a_process(Path(__file__), job) for _ in range(arguments.repeat)]
            best = min(runs, key=lambda record: record.get("cpu", float("inf")))
            yield {name: job[name] for name in ("rows", "variant", "engine", "memory")} | best
        for line in (Path(__file__).parent / "peers.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("pycanon==") and "pycanon" in arguments.peers:
                job = {"path": str(whole), "rows": arguments.rows, "variant": "pycanon"}
                python = str(peers.environment(line))
                yield {"program": line.split()[0], **measuring.in_a_process(Path(__file__), job, python=python)}
    finally:
        if not arguments.keep:
            whole.unlink(missing_ok=True)
            holed.unlink(missing_ok=True)


def written(rows: int, *, gaps: bool = False) -> Path:
    """Return the Parquet file of so many rows, writing it if it is not there."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = generated.FOLDER / f"risk-{rows}{'-gaps' if gaps else ''}.parquet"
    if path.exists():
        return path
    generated.FOLDER.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED)
    if rows != FIRST:
        drawn(random, FIRST)
    holes = np.random.default_rng(SEED + 1)
    part, writer = path.with_suffix(".part"), None
    for start in range(0, rows, PIECE):
        columns = drawn(random, min(PIECE, rows - start))
        table = pa.table(
            {
                name: pa.array(
                    column if name == "weight" else column.astype(np.int16),
                    mask=holes.random(len(column)) < GAPS if gaps and name != "weight" else None,
                )
                for name, column in columns.items()
            }
        )
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return part.rename(path)


def drawn(random: Any, n: int) -> dict[str, Any]:
    """Return so many rows."""
    import numpy as np

    def falling(categories: int, power: float) -> Any:
        chance = 1 / np.arange(1, categories + 1) ** power
        return chance / chance.sum()

    difficulty = np.array([0.87, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.005])
    return {
        "district": random.choice(120, n, p=falling(120, 0.7)),
        "age": np.clip(random.gamma(2.2, 15, n), 0, 95).astype(int),
        "sex": random.integers(0, 2, n),
        "disability": random.choice(8, n, p=difficulty / difficulty.sum()),
        "ethnicity": random.choice(15, n, p=falling(15, 1.3)),
        "weight": np.round(random.uniform(5, 60, n), 1),
    }


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run the job once, in this process."""
    return _pycanon(job) if job["variant"] == "pycanon" else _ours(job)


def _ours(job: dict[str, Any]) -> dict[str, Any]:
    import narwhals as nw
    import pyarrow as pa

    from countersign.protection.risk.measuring import Asked, measure
    from countersign.protection.risk.special import measure_special
    from countersign.tables import open_engine

    record: dict[str, Any] = {}
    weight = "" if job["variant"] == "sums, no weight" else "weight"
    with open_engine(job["engine"], memory=job["memory"], temp_folder=generated.FOLDER / "spill") as engine:
        measure(engine.from_arrow(pa.table({"k": ["a"], "w": [1.0]})), Asked(("k",), 3, "w"))  # imports
        rows = engine.scan(Path(job["path"]))
        with measuring.timed(record):
            if job["variant"] == "suda":
                special = measure_special(rows, KEYS, fraction=0.01)
            else:
                found = measure(rows, Asked(KEYS, 3, weight))
                if job["variant"] == "records":
                    assert len(found.by_record()) == job["rows"]
        record["peak_mib"] = measuring.peak_mib()
        scans = []
        for _ in range(3):
            seen: dict[str, Any] = {}
            with measuring.timed(seen):
                measuring.scan(rows, **{name: nw.col(name).sum() for name in (*KEYS, "weight")})
            scans.append(seen["cpu"])
    record["scan_cpu"] = min(scans)
    record["cpu_ratio_to_scan"] = round(record["cpu"] / record["scan_cpu"], 1)
    if job["variant"] == "suda":
        return record | {"alone": special.alone, "minimal": dict(special.minimal)}
    own = found.counted[0]
    record |= {"alone": own.alone, "below_3": own.below[3], "below_5": own.below[5], "groups": own.groups}
    record |= {"expected": own.population, "alone_any": found.counted[-1].alone}
    known = KNOWN.get(job["rows"])
    if known and job["variant"] in ("sums", "records"):
        assert (own.alone, own.below[3], own.below[5]) == known[:3], "the published counts do not come out"
        assert own.population is not None
        assert abs(own.population - known[3]) < 1e-3, "the published expectation does not come out"
    return record


def _pycanon(job: dict[str, Any]) -> dict[str, Any]:
    import pandas
    from pycanon import anonymity

    record: dict[str, Any] = {"rows": job["rows"], "variant": "k alone"}
    table = pandas.read_parquet(job["path"])
    with measuring.timed(record):
        record["k"] = int(anonymity.k_anonymity(table, list(KEYS)))
    return record | {"peak_mib": measuring.peak_mib()}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    measuring.child(work)
