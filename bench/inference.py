"""Raking with calibration-aware errors of 20 domains, beside R survey, svy, samplics and balance: whole processes.

Every program reads the same CSV file of age (6), sex (2), region (20), schooling (4), a base weight and a yes-or-no
answer, rakes to four margins and gives the mean and its standard error in 20 regions. Counted are the processor seconds
and the largest memory of the whole process, start and reading included, and `job_cpu`, the raking and the errors alone.
R is used if `Rscript` and its package survey are there (Debian: r-base-core, r-cran-survey, r-cran-mass). nonprobsvy is
on CRAN only and is not run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peers

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "results" / "rows"
SEED = 20231101
SHARES = {
    "age": [0.2, 0.2, 0.2, 0.16, 0.14, 0.1],
    "sex": [0.49, 0.51],
    "region": [1 / 20] * 20,
    "edu": [0.2, 0.35, 0.3, 0.15],
}
LONGEST = 900
AGREE = 1e-6


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a program: the least processor seconds of its runs, and their ratio to ours."""
    path = written(arguments.rows)
    programs: dict[str, list[str]] = {"countersign": [sys.executable, str(HERE / "inference.py"), "countersign"]}
    if shutil.which("Rscript"):
        programs |= {f"R {how}": ["Rscript", str(HERE / "survey.R"), how] for how in ("rake", "calibrate")}
    for line in (HERE / "peers.txt").read_text(encoding="utf-8").splitlines():
        name = line.split("==")[0]
        if name in arguments.peers.split(","):
            programs[name] = [str(peers.environment(line)), str(HERE / "inference.py"), name]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
    for _ in range(arguments.repeat):
        for name, words in programs.items():
            command = [*words[:2], str(path), words[2]]
            runs[name].append(counted(command))
    if not arguments.keep:
        path.unlink(missing_ok=True)
    ours = min(record["cpu"] for record in runs["countersign"])
    memory = min(record["peak_mib"] for record in runs["countersign"])
    for name, records in runs.items():
        done = [record for record in records if "cpu" in record]
        best = min(done, key=lambda record: record["cpu"]) if done else records[0]
        times = {"times_ours": round(best["cpu"] / ours, 1), "memory_times_ours": round(best["peak_mib"] / memory, 1)}
        if best.get("job_cpu"):
            own = min(record["job_cpu"] for record in runs["countersign"])
            times["job_times_ours"] = round(min(record["job_cpu"] for record in done) / own, 1)
        yield {"program": name, "rows": arguments.rows} | best | (times if done else {})


def counted(command: list[str]) -> dict[str, Any]:
    """Run a program and return the processor seconds and peak memory of its process with its children."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err)
        while True:
            number, status, usage = os.wait4(child.pid, os.WNOHANG)
            if number:
                break
            if time.perf_counter() - started > LONGEST:
                child.kill()
                os.wait4(child.pid, 0)
                return {"error": f"not finished after {LONGEST} seconds"}
            time.sleep(0.01)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode:
            return {"error": err.read().decode(errors="replace")[-300:]}
        told: dict[str, Any] = json.loads(out.read().decode().strip().splitlines()[-1])
    return told | {
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "seconds": round(time.perf_counter() - started, 2),
        "peak_mib": round(usage.ru_maxrss / 1024),
    }


def written(rows: int) -> Path:
    """Return the CSV file of so many rows, writing it if it is not there."""
    import numpy as np

    path = FOLDER / f"inference-{rows}.csv"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    age = rng.choice(6, rows, p=[0.25, 0.22, 0.2, 0.15, 0.1, 0.08])
    sex = rng.choice(2, rows, p=[0.4, 0.6])
    region = rng.choice(20, rows, p=np.arange(1, 21) / 210)
    edu = rng.choice(4, rows, p=[0.1, 0.3, 0.35, 0.25])
    w = np.round(np.exp(rng.normal(3, 0.4, rows)), 6)
    lean = -1 + 0.2 * age + 0.3 * sex - 0.02 * region + 0.15 * edu
    y = (rng.random(rows) < 1 / (1 + np.exp(-lean))).astype(int)
    with path.open("w", encoding="utf-8") as file:
        file.write("age,sex,region,edu,w,y\n")
        np.savetxt(file, np.column_stack([age, sex, region, edu, w, y]), fmt=["%d"] * 4 + ["%.6f", "%d"], delimiter=",")
    return path


def ours(path: str) -> dict[str, float]:
    """Rake and estimate with the verbs on plain tables."""
    import countersign

    variables = {name: {"type": "category"} for name in SHARES}
    table = countersign.read(path, variables=variables)
    total = _total(path)
    margins = {name: {str(k): total * share for k, share in enumerate(shares)} for name, shares in SHARES.items()}
    started = time.process_time()
    weights = countersign.weight(table, margins, base="w")
    found = countersign.estimate(table, mean="y", by=["region"], weights=weights)
    job = time.process_time() - started
    first = next(one for one in found if one.domain.get("region") == "0")
    return {
        "sum_of_squared_weights": float(weights.weight2.sum()),
        "mean": float(first.value or 0.0),
        "se": float(first.standard_error or 0.0),
        "job_cpu": round(job, 3),
    }


def _total(path: str) -> float:
    import duckdb

    return float(duckdb.sql(f"select sum(w) from read_csv('{path}')").fetchone()[0])  # type: ignore[index]


def _svy(path: str) -> dict[str, float]:
    import polars as pl
    import svy

    data = pl.read_csv(path)
    data = data.with_columns(pl.col(list(SHARES)).cast(pl.String), pl.col("y").cast(pl.Float64))
    total = data["w"].sum()
    sample = svy.Sample(data, svy.Design(wgt="w"))
    controls = {name: {str(k): total * share for k, share in enumerate(shares)} for name, shares in SHARES.items()}
    started = time.process_time()
    sample = sample.weighting.rake(controls=controls, wgt_name="g", tol=1e-9, max_iter=100)
    found = sample.estimation.mean("y", by="region").estimates
    job = time.process_time() - started
    first = next(each for each in found if "0" in [str(level) for level in _levels(each)])
    return {
        "sum_of_squared_weights": float((sample.data["g"].to_numpy() ** 2).sum()),
        "mean": float(first.est),
        "se": float(first.se),
        "job_cpu": round(job, 3),
    }


def _levels(estimate: Any) -> list[object]:
    found = getattr(estimate, "by_level", None) or getattr(estimate, "by", None)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _samplics(path: str) -> dict[str, float]:
    import pandas as pd
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam
    from samplics.weighting import SampleWeight

    data = pd.read_csv(path)
    total = data["w"].sum()
    text = {name: data[name].astype(str).to_numpy() for name in SHARES}
    control = {name: {str(k): total * share for k, share in enumerate(shares)} for name, shares in SHARES.items()}
    started = time.process_time()
    weights = SampleWeight().rake(
        samp_weight=data["w"].to_numpy(), margins=text, control=control, tol=1e-9, ctrl_tol=1e-9, max_iter=100
    )
    estimator = TaylorEstimator(PopParam.mean)
    estimator.estimate(y=data["y"].to_numpy(), samp_weight=weights, domain=pd.Series(text["region"]))
    job = time.process_time() - started
    return {
        "sum_of_squared_weights": float((weights**2).sum()),
        "mean": float(estimator.point_est["0"]),
        "se": float(estimator.stderror["0"]),
        "job_cpu": round(job, 3),
    }


def _balance(path: str) -> dict[str, float]:
    import pandas as pd
    from balance import Sample
    from balance.weighting_methods.rake import prepare_marginal_dist_for_raking

    data = pd.read_csv(path)
    data[list(SHARES)] = data[list(SHARES)].astype(str)
    data["id"] = range(len(data))
    total = data["w"].sum()
    sample = Sample.from_frame(data, id_column="id", outcome_columns=["y"], weight_column="w")
    shares = {name: {str(k): share for k, share in enumerate(each)} for name, each in SHARES.items()}
    target = Sample.from_frame(prepare_marginal_dist_for_raking(shares), id_column="id")
    started = time.process_time()
    adjusted = sample.set_target(target).adjust(method="rake", transformations=None)
    job = time.process_time() - started
    weights = adjusted.weight_series.to_numpy() if hasattr(adjusted, "weight_series") else adjusted.weight_column
    weights = weights * (total / weights.sum())
    return {"sum_of_squared_weights": float((weights**2).sum()), "job_cpu": round(job, 3)}


if __name__ == "__main__":
    jobs = {"countersign": ours, "svy": _svy, "samplics": _samplics, "balance": _balance}
    print(json.dumps(jobs[sys.argv[2]](sys.argv[1])))
