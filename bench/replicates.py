"""500 replicates of a clustered sample: means with standard errors in the domains of all 15 two-way breakdowns.

50 strata (regions) of 20 primary sampling units, rescaled bootstrap (Rao and Wu). ``fixed``: base weights times
replicate factors. ``fitted``: every replicate raked to four margins again. ``given``: 80 columns of replicate weights
summed through the engine, with base weights (at most 1e6 rows are generated for it).
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generated
import measuring

UNITS = 20  # of each region
REPLICATES = 500
GIVEN = 80
SEED = 20260102


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a variant."""
    # In a process of its own: what a parent has held counts in the peak memory of its children.
    made = measuring.in_a_process(Path(__file__), {"make": arguments.rows, "keep": arguments.keep})
    path, given = Path(made["path"]), Path(made["given"])
    try:
        for variant in ("fixed", "fitted", "given"):
            rows = min(arguments.rows, 1_000_000) if variant == "given" else arguments.rows
            job = {"path": str(given if variant == "given" else path), "rows": rows, "variant": variant,
                   "engine": arguments.engine, "base": arguments.base, "memory": arguments.memory}  # fmt: skip
            runs = [measuring.in_a_process(Path(__file__), job) for _ in range(arguments.repeat)]
            best = min(runs, key=lambda record: record.get("seconds", float("inf")))
            about = {name: job[name] for name in ("rows", "variant", "engine", "base", "memory")}
            yield about | best | {"all_seconds": [record.get("seconds") for record in runs]}
    finally:
        if not arguments.keep:
            for file in (path, given, generated.FOLDER / f"clustered-{min(arguments.rows, 1_000_000)}.parquet"):
                file.unlink(missing_ok=True)


def _clustered(rows: int, *, keep: bool) -> Path:
    """Return the generated rows with a unit of their region each."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = generated.FOLDER / f"clustered-{rows}.parquet"
    if path.exists():
        return path
    plain = generated.FOLDER / f"{rows}.parquet"
    there = plain.exists()
    plain = generated.written(rows)
    random = np.random.default_rng(SEED)
    writer, part = None, path.with_suffix(".part")
    for batch in pq.ParquetFile(plain).iter_batches(1_000_000):
        table = pa.Table.from_batches([batch])
        own = table["region"].to_numpy().astype(np.uint16) * UNITS + random.integers(0, UNITS, len(table))
        table = table.append_column("psu", pa.array(own.astype(np.uint16)))
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    if not (keep or there):
        plain.unlink()
    return part.rename(path)


def _with_columns(rows: int, *, keep: bool) -> Path:
    """Return the clustered rows with columns of replicate weights."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = generated.FOLDER / f"columns-{rows}.parquet"
    if path.exists():
        return path
    table = pq.read_table(_clustered(rows, keep=True))
    random = np.random.default_rng(SEED)
    base, unit = table["base"].to_numpy(), table["psu"].to_numpy()
    factor = random.gamma(4.0, 0.25, (50 * UNITS, GIVEN))
    for r in range(GIVEN):
        table = table.append_column(f"repwt{r + 1}", pa.array(base * factor[unit, r]))
    pq.write_table(table, path)
    return path


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run the job once, in this process; or make its rows."""
    if "make" in job:
        few = min(job["make"], 1_000_000)
        given = _with_columns(few, keep=job["keep"])
        return {"path": str(_clustered(job["make"], keep=job["keep"])), "given": str(given)}
    import narwhals as nw
    import numpy as np
    import pyarrow as pa

    from countersign.estimation.replication import estimate_ratio_of, replicate_totals
    from countersign.model.benchmark import Margin
    from countersign.model.cells import Cells
    from countersign.model.dataset import Type
    from countersign.model.design import Design
    from countersign.model.replicates import ReplicateCells, ReplicateWeights
    from countersign.tables import compile_expression, group, open_engine, reduce
    from countersign.weighting.raking import rake
    from countersign.weighting.replication import replicate_weights
    from countersign.weighting.replication_calibration import refit

    path = Path(job["path"])
    margins = [
        Margin((name,), {(level,): count for level, count in counts.items()})
        for name, counts in generated.targets(job["rows"]).items()
    ]
    names = tuple(generated.LEVELS)
    pairs = list(itertools.combinations(names, 2))
    types: dict[str, Type] = dict.fromkeys([*names, "y"], "integer")
    given = job["variant"] == "given"
    base = "base" if job["base"] or given else None
    columns = [f"repwt{r + 1}" for r in range(GIVEN)] if given else []
    needed = [*names, "y", *([base] if base else []), *(columns or ["psu"])]
    record: dict[str, Any] = {}
    with open_engine(job["engine"], memory=job["memory"], temp_folder=generated.FOLDER / "spill") as engine:
        with measuring.timed(record, "start"):
            reduce(engine.from_arrow(pa.table({"k": ["a"]})), by=["k"], measures={"one": nw.lit(True)})
        with measuring.timed(record):
            table = engine.scan(path).select(needed)
            measures = {
                "yes": compile_expression("y = 1", types)[0],
                "asked": compile_expression("y is not missing", types)[0],
            }
            with measuring.timed(record, "reduce"):
                keys = names if given else (*names, "psu")
                cells: Cells | ReplicateCells = reduce(table, by=keys, measures=measures, weight=base)
                if given:
                    answer = nw.col("y").cast(nw.Float64)
                    sums = {f"w{r}": nw.col(name).sum() for r, name in enumerate(columns)}
                    sums |= {f"s{r}": (nw.col(name) * answer).sum() for r, name in enumerate(columns)}
                    found = group(table, keys, **sums)
                    total = np.stack([found[f"w{r}"] for r in range(GIVEN)], axis=1)
                    yes = np.stack([found[f"s{r}"] for r in range(GIVEN)], axis=1)
                    cells = ReplicateCells(cells, total, np.stack([yes, total], axis=1))
            with measuring.timed(record, "replicate"):
                if given:
                    replicates = ReplicateWeights(
                        kind="given", scale=1 / GIVEN, rscales=np.ones(GIVEN), degrees=GIVEN - 1, weight="base",
                        columns=tuple(columns),
                    )  # fmt: skip
                else:
                    units = cells if isinstance(cells, Cells) else cells.cells
                    fitted = job["variant"] == "fitted"
                    weights = rake(units, margins, base_column=base or "") if fitted else None
                    replicates = replicate_weights(
                        units, "Rao-Wu", design=Design(strata=("region",), psu="psu"), replicates=REPLICATES, seed=1,
                        calibration=weights,
                    )  # fmt: skip
            with measuring.timed(record, "estimate"):
                again = refit(replicates.calibration) if replicates.calibration else None
                totals = replicate_totals(cells, replicates, measures=("yes", "asked"), by=pairs, refit=again)
                results = [estimate_ratio_of(each, "yes", "asked") for each in totals]
        record["peak_mib"] = measuring.peak_mib()
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
    record["cells"] = len(cells.cells if isinstance(cells, ReplicateCells) else cells)
    record["domains"], record["replicates"] = sum(len(result.value) for result in results), len(replicates)
    record["mean_standard_error"] = float(np.mean(np.concatenate([result.se for result in results])))
    assert all(np.isfinite(result.se).all() for result in results)
    return record


if __name__ == "__main__":
    measuring.child(work)
