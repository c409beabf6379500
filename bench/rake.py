"""Reduce, rake to four margins (2, 16, 50, 6 levels), means with standard errors of all 15 two-way breakdowns.

The variant ``written`` also joins the row weights back and writes rows with weights as Parquet.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generated
import measuring


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a variant."""
    path = generated.written(arguments.rows)
    try:
        for variant in ("cells", "written"):
            job = {"path": str(path), "rows": arguments.rows, "variant": variant, "engine": arguments.engine,
                   "base": arguments.base, "memory": arguments.memory}  # fmt: skip
            runs = [measuring.in_a_process(Path(__file__), job) for _ in range(arguments.repeat)]
            best = min(runs, key=lambda record: record.get("seconds", float("inf")))
            about = {name: job[name] for name in ("rows", "variant", "engine", "base", "memory")}
            yield about | best | {"all_seconds": [record.get("seconds") for record in runs]}
    finally:
        if not arguments.keep:
            path.unlink(missing_ok=True)


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run the job once, in this process."""
    import narwhals as nw
    import numpy as np
    import pyarrow as pa

    from countersign.estimation.ratio import estimate_ratio
    from countersign.estimation.sample import prepare
    from countersign.model.benchmark import Margin
    from countersign.model.dataset import Type
    from countersign.tables import aggregate, compile_expression, join_back, open_engine, reduce
    from countersign.weighting.raking import rake

    path = Path(job["path"])
    margins = [
        Margin((name,), {(level,): count for level, count in counts.items()})
        for name, counts in generated.targets(job["rows"]).items()
    ]
    types: dict[str, Type] = dict.fromkeys([*generated.LEVELS, "y"], "integer")
    base = "base" if job["base"] else None
    needed = [*generated.LEVELS, "y", *([base] if base else [])]
    record: dict[str, Any] = {}
    with open_engine(job["engine"], memory=job["memory"], temp_folder=generated.FOLDER / "spill") as engine:
        with measuring.timed(record, "start"):  # what a first query imports, pandas if it is there; not in `seconds`
            reduce(engine.from_arrow(pa.table({"k": ["a"]})), by=["k"], measures={"one": nw.lit(True)})
        with measuring.timed(record):
            table = engine.scan(path).select(needed)
            measures = {
                "yes": compile_expression("y = 1", types)[0],
                "asked": compile_expression("y is not missing", types)[0],
            }
            with measuring.timed(record, "reduce"):
                cells = reduce(table, by=tuple(generated.LEVELS), measures=measures, weight=base)
            with measuring.timed(record, "rake"):
                weights = rake(cells, margins, base_column=base or "")
            with measuring.timed(record, "estimate"):
                sample = prepare(cells, weights=weights)
                results = [
                    estimate_ratio(sample, "yes", "asked", by=pair)
                    for pair in itertools.combinations(generated.LEVELS, 2)
                ]
            if job["variant"] == "written":
                with measuring.timed(record, "write"):
                    target = path.with_name(f"weighted-{path.name}")
                    weighted = join_back(table, weights)
                    engine.write(weighted, target)
        record["peak_mib"] = measuring.peak_mib()
        if job["variant"] == "written":
            found = aggregate(engine.scan(target), total=nw.col("weight").sum(), n=nw.len())
            assert found["n"] == job["rows"]
            assert abs(found["total"] / (1000.0 * job["rows"]) - 1) < 1e-9
            target.unlink()
        scans = []
        for _ in range(3):
            seen: dict[str, Any] = {}
            with measuring.timed(seen):
                measuring.scan(engine.scan(path), **{name: nw.col(name).sum() for name in needed})
            scans.append((seen["seconds"], seen["cpu"]))
        record["scan_seconds"] = min(seconds for seconds, _ in scans)
        record["scan_cpu"] = min(cpu for _, cpu in scans)
    record["ratio_to_scan"] = round(record["seconds"] / record["scan_seconds"], 2)
    record["cpu_ratio_to_scan"] = round(record["cpu"] / record["scan_cpu"], 2)
    record["sum_of_squared_weights"] = float(weights.weight2.sum())
    record["cells"], record["domains"] = len(cells), sum(len(result.value) for result in results)
    assert all(np.isfinite(result.se[result.n > 1]).all() for result in results)
    return record


if __name__ == "__main__":
    measuring.child(work)
