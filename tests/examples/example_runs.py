"""Runs of the examples as a user makes them, and small readers of what they leave behind."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.model.estimate import CSV_PLAUSIBLE
from real_data import PROJECT, shared

__all__ = ["PROJECT", "shared"]


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``countersign WORDS`` in a process of its own."""
    program = [sys.executable, "-c", "from countersign.cli import main; main()"]
    return subprocess.run([*program, *map(str, words)], capture_output=True, text=True, check=False, timeout=900)


@dataclass(frozen=True)
class Run:
    """What a release holds."""

    folder: Path
    figures: list[dict[str, str]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def report(self) -> str:
        return (self.folder / "release" / "report.html").read_text(encoding="utf-8")

    def figure(self, indicator: str, **domain: str) -> dict[str, str]:
        """The one figure of an indicator for exactly this part of the population."""
        known = {name for row in self.figures for name in row} - FIXED
        found = [
            row
            for row in self.figures
            if row["indicator"] == indicator and all(row[name] == domain.get(name, "") for name in known)
        ]
        assert len(found) == 1, f"{len(found)} figures of {indicator} for {domain}"
        return found[0]

    def value(self, indicator: str, **domain: str) -> float:
        return float(self.figure(indicator, **domain)["value"])

    def interval(self, indicator: str, **domain: str) -> tuple[float, float]:
        row = self.figure(indicator, **domain)
        return float(row["lower"]), float(row["upper"])

    def found(self, criterion: str, check: str, subject: str = "") -> dict[str, Any]:
        """The one finding with this criterion, measure and subject."""
        hits = [
            finding
            for finding in self.findings
            if (finding["criterion"], finding["check"]) == (criterion, check) and subject in finding["subject"]
        ]
        assert len(hits) == 1, f"{len(hits)} findings {criterion} {check} {subject}"
        return hits[0]


FIXED = {
    "figure_id", "indicator", "series", "unit", "time", "area", "value", "standard_error", "lower", "upper", "n",
    "n_effective", "method", "convention", "status", "flags", "note", "raw", "truth", "assumptions", *CSV_PLAUSIBLE,
}  # fmt: skip


def read_release(folder: Path) -> Run:
    release = folder / "release"
    with (release / "estimates.csv").open(encoding="utf-8", newline="") as stream:
        figures = list(csv.DictReader(stream))
    findings = json.loads((release / "assessment.json").read_text(encoding="utf-8"))
    return Run(folder=folder, figures=figures, findings=findings)


def run_example(name: str, *, data: Path, folder: Path) -> Run:
    """``countersign run examples/NAME --data DATA --folder FOLDER``; fails with what the program said."""
    done = command("run", PROJECT / "examples" / name, "--data", data, "--folder", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return read_release(folder)
