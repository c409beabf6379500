"""Running families of scenarios, keeping what came out, and composing the page."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from simulation.page import PAGE, page
from simulation.scenario import Scenario, repeat

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
FAMILIES = {
    "weighting": "Weights from known totals",
    "quantiles": "Quantiles",
    "designs": "Two phases, and replicate weights",
    "propensity": "Inverse propensity weighting",
    "imputation": "Mass imputation",
    "doubly_robust": "Doubly robust estimation",
    "blending": "Blending a survey with volunteers",
    "multilevel": "Multilevel regression and post-stratification",
    "areas": "Small areas",
    "labels": "Labels of many people, and maps",
    "sensors": "Low-cost sensors",
    "hidden": "Hidden populations",
    "effort": "Counts with effort, and occupancy",
    "total_error": "Margin of total error",
}
"""Module -> heading, in the order of the page."""


def scenarios(family: str) -> tuple[Scenario, ...]:
    """Return the scenarios of a family."""
    return tuple(import_module(f"simulation.{family}").SCENARIOS)


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run the asked family, or all; keep each as JSON; write the page when all families are there."""
    for family in [arguments.family] if arguments.family else FAMILIES:
        lines: list[dict[str, Any]] = []
        started = time.process_time()
        for scenario in scenarios(family):
            before = time.process_time()
            made = repeat(scenario, arguments.populations)
            for line in made:
                line["seconds"] = round(time.process_time() - before, 1)
            lines += made
            yield from ({"family": family, **line} for line in made)
        kept = {
            "family": family,
            "asked": arguments.populations,
            "seconds": time.process_time() - started,
            "lines": lines,
        }
        RESULTS.mkdir(exist_ok=True)
        path(family).write_text(json.dumps(kept, indent=1), encoding="utf-8")
    known = {
        family: json.loads(path(family).read_text(encoding="utf-8")) for family in FAMILIES if path(family).exists()
    }
    if len(known) == len(FAMILIES):
        PAGE.write_text(page(known, FAMILIES, {family: scenarios(family) for family in FAMILIES}), encoding="utf-8")


def path(family: str) -> Path:
    """Where the results of a family are kept."""
    return RESULTS / f"simulation-{family}.json"
