"""A release with fans and ranges retraces to its inputs, reference sample included, and comes out again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from self_selected import countersign, make, run

from countersign.evidence.trail import Trail


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(make(tmp_path_factory.mktemp("retraced") / "study"))


@pytest.mark.parametrize("figure", ["piped", "income"])
def test_it_comes_out_again(figure: str, folder: Path) -> None:
    done = countersign("retrace", folder / "release", figure)
    assert done.exit_code == 0, done.output
    assert "the same figure, digit for digit" in done.output


def test_the_steps_are_on_the_trail_of_the_release(folder: Path) -> None:
    verbs = [activity.verb for activity in Trail(folder / "release").activities()]
    assert {"take_in", "read_benchmark", "take_in_sample", "weight", "estimate", "examine", "protect"} <= set(verbs)


def test_a_plausible_range_that_somebody_narrowed_is_found_out(tmp_path: Path) -> None:
    release = run(make(tmp_path / "study")) / "release"
    path = release / "estimates.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["plausible_upper"] = rows[0]["value"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    done = countersign("retrace", release, rows[0]["figure_id"])
    assert done.exit_code != 0
    assert "plausible_upper" in done.output


def test_both_engines_give_the_same_digits(folder: Path, tmp_path: Path) -> None:
    done = countersign("run", folder, "--folder", tmp_path, "--engine", "polars")
    assert done.exit_code == 0, done.output
    for name in ("estimates.csv", "fan.csv"):
        rows = [list(csv.reader((place / "release" / name).open(encoding="utf-8"))) for place in (folder, tmp_path)]
        for ours, theirs in zip(*rows, strict=True):
            for one, other in zip(ours, theirs, strict=True):
                try:
                    assert float(one) == pytest.approx(float(other), rel=1e-9, abs=1e-12)
                except ValueError:
                    assert one == other
