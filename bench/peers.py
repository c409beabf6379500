"""The same job in `svy`, `samplics` and `balance`, each in an environment of its own (they exclude one another).

Environments are made by uv on demand in `.venv-peers/`, from the pinned versions in `bench/peers.txt`. Runs are
interleaved: one of ours, one of each, and again.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import generated
import measuring

HERE = Path(__file__).resolve().parent
PLACE = HERE.parent / ".venv-peers"


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a program: its fastest run, and its seconds over ours in the same round."""
    path = generated.written(arguments.rows)
    programs = {"countersign": (sys.executable, HERE / "rake.py")}
    for line in (HERE / "peers.txt").read_text(encoding="utf-8").splitlines():
        if line.split("==")[0] in arguments.peers.split(","):
            programs[line.split("==")[0]] = (str(environment(line)), HERE / "peers.py")
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
    try:
        for _ in range(arguments.repeat):
            for name, (python, script) in programs.items():
                job = {"path": str(path), "rows": arguments.rows, "variant": "cells", "engine": "duckdb", "base": False,
                       "memory": "", "peer": name}  # fmt: skip
                runs[name].append(measuring.in_a_process(script, job, python=python))
    finally:
        if not arguments.keep:
            path.unlink(missing_ok=True)
    for name, records in runs.items():
        both = [
            (theirs["seconds"], ours["seconds"])
            for theirs, ours in zip(records, runs["countersign"], strict=True)
            if "seconds" in theirs
        ]
        best = min(records, key=lambda record: record.get("seconds", float("inf")))
        ratio = {"times_ours": round(sorted(a / b for a, b in both)[len(both) // 2], 1)} if both else {}
        yield {"program": name, "rows": arguments.rows} | best | ratio


def environment(pin: str) -> Path:
    """Return the interpreter of a peer's environment, making it if need be."""
    folder = PLACE / pin.split("==")[0]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "--python", str(python), *pin.split()], check=True)
    return python


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run one peer once, in this process."""
    import numpy as np

    record: dict[str, Any] = {}
    pairs = list(itertools.combinations(generated.LEVELS, 2))
    prepared = PEERS[job["peer"]]()
    with measuring.timed(record):
        squares, domains, largest = prepared(job, record, pairs)
    record |= {"peak_mib": measuring.peak_mib(), "sum_of_squared_weights": float(squares), "domains": domains}
    assert np.isfinite(largest)
    return record


def _svy() -> Callable[..., tuple[float, int, float]]:
    import polars as pl
    import svy

    def job(job: dict[str, Any], record: dict[str, Any], pairs: Any) -> tuple[float, int, float]:
        with measuring.timed(record, "read"):
            names = list(generated.LEVELS)
            data = pl.read_parquet(job["path"], columns=[*names, "y"])
            data = data.with_columns(pl.col(names).cast(pl.String), pl.col("y").cast(pl.Float64), one=pl.lit(1.0))
            sample = svy.Sample(data, svy.Design(wgt="one"))
        with measuring.timed(record, "rake"):
            sample = sample.weighting.rake(
                controls=generated.targets(job["rows"]), wgt_name="w", tol=1e-10, max_iter=500
            )
        with measuring.timed(record, "estimate"):
            found = [sample.estimation.mean("y", by=pair).estimates for pair in pairs]
        weights = sample.data["w"].to_numpy()
        return (weights**2).sum(), sum(map(len, found)), max(each.se for part in found for each in part)

    return job


def _samplics() -> Callable[..., tuple[float, int, float]]:
    import pandas as pd
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam
    from samplics.weighting import SampleWeight

    def job(job: dict[str, Any], record: dict[str, Any], pairs: Any) -> tuple[float, int, float]:
        with measuring.timed(record, "read"):
            data = pd.read_parquet(job["path"], columns=[*generated.LEVELS, "y"])
            text = {name: data[name].astype(str).to_numpy() for name in generated.LEVELS}
        with measuring.timed(record, "rake"):
            weights = SampleWeight().rake(
                samp_weight=pd.Series(1.0, index=data.index).to_numpy(),
                margins={name: text[name] for name in generated.MARGINS},
                control=generated.targets(job["rows"]), tol=1e-10, ctrl_tol=1e-10, max_iter=500,
            )  # fmt: skip
        count, largest = 0, 0.0
        with measuring.timed(record, "estimate"):
            for one, other in pairs:
                estimator = TaylorEstimator(PopParam.mean)
                domain = pd.Series(text[one]) + "|" + pd.Series(text[other])
                estimator.estimate(y=data["y"].to_numpy(), samp_weight=weights, domain=domain)
                count += len(estimator.stderror)
                largest = max(largest, *map(float, estimator.stderror.values()))
        return (weights**2).sum(), count, largest

    return job


def _balance() -> Callable[..., tuple[float, int, float]]:
    import pandas as pd
    from balance import Sample
    from balance.weighting_methods.rake import prepare_marginal_dist_for_raking

    def job(job: dict[str, Any], record: dict[str, Any], pairs: Any) -> tuple[float, int, float]:
        with measuring.timed(record, "read"):
            names = list(generated.MARGINS)
            data = pd.read_parquet(job["path"], columns=[*names, "y"])
            data[names] = data[names].astype(str)
            data["id"] = range(len(data))
            sample = Sample.from_frame(data, id_column="id", outcome_columns=["y"])
            shares = {
                name: {level: count / sum(counts.values()) for level, count in counts.items()}
                for name, counts in generated.targets(job["rows"]).items()
            }
            marginal = prepare_marginal_dist_for_raking(shares)
            target = Sample.from_frame(marginal, id_column="id")
        with measuring.timed(record, "rake"):
            adjusted = sample.set_target(target).adjust(method="rake", transformations=None)
        with measuring.timed(record, "estimate"):  # it has no standard errors by group: one overall mean
            interval = adjusted.outcomes().ci_of_mean()
        weights = adjusted.weight_series.to_numpy() if hasattr(adjusted, "weight_series") else adjusted.weight_column
        weights = weights * (1000.0 * job["rows"] / weights.sum())
        return (weights**2).sum(), len(interval) and 1, 0.0

    return job


PEERS: dict[str, Callable[[], Callable[..., tuple[float, int, float]]]] = {
    "svy": _svy,
    "samplics": _samplics,
    "balance": _balance,
}

if __name__ == "__main__":
    measuring.child(work)
