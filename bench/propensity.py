"""Volunteers against a tenth as many people of a survey: reduce both, fit the chances, means of all and by region.

Four variables (6, 2, 20, 4 levels) as in the comparison with other packages; the survey has 20 strata of 50 sampling
units. ``ratio_to_scan``: seconds over those of summing the same columns of both files.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measuring

FOLDER = Path(__file__).resolve().parent / "results" / "rows"
LEVELS = {"age": 6, "sex": 2, "region": 20, "edu": 4}
ON = tuple(LEVELS)
SEED = 20231101


def written(rows: int, *, survey: bool) -> Path:
    """Return the Parquet file of so many volunteers, or of people of the survey, writing it if it is not there."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = FOLDER / f"{'survey' if survey else 'volunteers'}-{rows}.parquet"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED + survey)
    lean = 0.0 if survey else 1.0  # volunteers: later levels take part more often
    columns: dict[str, Any] = {}
    for name, levels in LEVELS.items():
        chance = np.linspace(1, 1 + lean, levels)
        columns[name] = random.choice(levels, rows, p=chance / chance.sum()).astype(np.uint8)
    if survey:
        columns["psu"] = (columns["region"].astype(np.int32) * 50 + random.integers(0, 50, rows)).astype(np.int32)
        columns["w"] = np.round(np.exp(random.normal(5.5, 0.4, rows)), 6)  # some 265 people each
    else:
        odds = -1 + 0.2 * columns["age"] + 0.3 * columns["sex"] - 0.02 * columns["region"] + 0.15 * columns["edu"]
        columns["y"] = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.uint8)
    pq.write_table(pa.table(columns), path)
    return path


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a method."""
    paths = {"volunteers": written(arguments.rows, survey=False), "survey": written(arguments.rows // 10, survey=True)}
    try:
        for variant in ("mle", "calibrated", "adjusted-logistic", "doubly robust"):
            job = {name: str(path) for name, path in paths.items()} | {
                "rows": arguments.rows, "variant": variant, "engine": arguments.engine,
                "memory": arguments.memory,
            }  # fmt: skip
            runs = [measuring.in_a_process(Path(__file__), job) for _ in range(arguments.repeat)]
            best = min(runs, key=lambda record: record.get("seconds", float("inf")))
            about = {name: job[name] for name in ("rows", "variant", "engine")}
            yield about | best | {"all_seconds": [record.get("seconds") for record in runs]}
    finally:
        if not arguments.keep:
            for path in paths.values():
                path.unlink(missing_ok=True)


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run the job once, in this process."""
    import narwhals as nw
    import numpy as np
    import pyarrow as pa

    from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double
    from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted
    from countersign.estimation.nonprobability.target import Target
    from countersign.model.design import Design
    from countersign.model.reference import Reference
    from countersign.tables import open_engine, reduce
    from countersign.weighting.propensity import fit_propensity

    record: dict[str, Any] = {}
    double = job["variant"] == "doubly robust"
    target = Target("yes", "yes", share=True)
    with open_engine(job["engine"], memory=job["memory"], temp_folder=FOLDER / "spill") as engine:
        with measuring.timed(record, "start"):
            reduce(engine.from_arrow(pa.table({"k": ["a"]})), by=["k"], measures={"one": nw.lit(True)})
        with measuring.timed(record):
            volunteers, survey = (engine.scan(Path(job[name])) for name in ("volunteers", "survey"))
            with measuring.timed(record, "reduce"):
                own = reduce(volunteers, by=ON, measures={"yes": nw.col("y") == 1})
                others = reduce(survey, by=(*ON, "psu"), measures={}, weight="w")
            reference = Reference(others, Design(("region",), "psu"))
            with measuring.timed(record, "fit"):
                fitted = fit_propensity(own, [reference], on=ON, method="mle" if double else job["variant"])
            with measuring.timed(record, "estimate"):
                if double:
                    model = fit_double(fitted, target)
                    results = [estimate_double(model, by=by) for by in ((), ("region",))]
                else:
                    results = [estimate_weighted(fitted, target, by=by) for by in ((), ("region",))]
        record["peak_mib"] = measuring.peak_mib()
        scans = []
        for _ in range(3):
            seen: dict[str, Any] = {}
            with measuring.timed(seen):
                measuring.scan(
                    engine.scan(Path(job["volunteers"])), **{name: nw.col(name).sum() for name in (*ON, "y")}
                )
                measuring.scan(
                    engine.scan(Path(job["survey"])), **{name: nw.col(name).sum() for name in (*ON, "psu", "w")}
                )
            scans.append((seen["seconds"], seen["cpu"]))
    record["scan_seconds"] = min(seconds for seconds, _ in scans)
    record["ratio_to_scan"] = round(record["seconds"] / record["scan_seconds"], 2)
    record["cells"], record["reference_cells"] = len(own), len(others)
    record["value"], record["standard_error"] = float(results[0].value[0]), float(results[0].se[0])
    assert all(np.isfinite(result.se).all() for result in results)
    return record


if __name__ == "__main__":
    measuring.child(work)
