"""Run one benchmark, or list them: `python3 dev.py bench rake --rows 1e7`.

Results are JSON lines, printed and added to `bench/results/` (not under version control).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import auditing
import checks
import checks_peers
import inference
import measuring
import noise
import peers
import propensity
import rake
import replicates
import risk
import sdmx_messages
import simulation
import suppression_large

import evidence

HERE = Path(__file__).resolve().parent
BENCHMARKS = {
    "rake": (rake.run, "rake to 4 margins, means with standard errors of 1,640 domains; without and with row weights"),
    "peers": (peers.run, "the same beside svy, samplics and balance, in their own environment"),
    "inference": (inference.run, "raking and errors of 20 domains beside R survey, svy, samplics and balance"),
    "checks": (checks.run, "all automatic checks of 30 columns, beside reading the columns once; try --memory 1GB"),
    "rules": (checks_peers.run, "twelve rules on the rows of checks, beside pandera and pointblank"),
    "propensity": (propensity.run, "rows of volunteers beside a tenth as many of a survey: chances, means by region"),
    "replicates": (replicates.run, "500 replicates, errors of 1,640 domains; fixed, fitted again, or given as columns"),
    "noise": (noise.run, "keys of records, their sums by cell, 100,000 counts changed, beside one scan"),
    "suppression": (suppression_large.run, "hiding cells of tables up to --rows cells, beside two plain methods"),
    "auditing": (auditing.run, "what an attacker computes of tables up to --rows cells, beside two programmes a cell"),
    "evidence": (evidence.run, "--rows statements made canonical, signed, logged and checked, beside plain Ed25519"),
    "risk": (risk.run, "who is alone by five keys: sums, records, missing keys, special uniques; --peers pycanon"),
    "sdmx": (sdmx_messages.run, "observations checked and written as SDMX, 25 years a series, beside pysdmx"),
    "simulation": (simulation.run, "how often intervals hold when a model is right and when it is wrong: docs/methods"),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="which benchmark; none lists them")
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=100_000, help="rows, such as 1e6")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each variant; the fastest and all are reported")
    parser.add_argument("--engine", default="duckdb", choices=("duckdb", "polars", "spark"))
    parser.add_argument("--base", action="store_true", help="with a column of base weights")
    parser.add_argument("--memory", default="", help="memory limit of the engine, such as 1GB")
    parser.add_argument("--peers", default="svy,samplics,balance", help="which peers to run beside ours")
    parser.add_argument("--keep", action="store_true", help="keep the generated rows for the next run")
    parser.add_argument("--family", default="", help="of the simulation: one module of bench/simulation")
    parser.add_argument("--populations", type=int, default=500, help="of each scenario of the simulation")
    arguments = parser.parse_args()
    if not arguments.name:
        for name, (_, what) in BENCHMARKS.items():
            print(f"{name:12}{what}")
        return 0
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / f"{arguments.name}.jsonl").open("a", encoding="utf-8") as file:
        for record in BENCHMARKS[arguments.name][0](arguments):
            line = {
                "name": arguments.name,
                **record,
                "versions": measuring.versions(),
                "time": time.strftime("%FT%TZ", time.gmtime()),
            }
            print(json.dumps(line), flush=True)
            file.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
