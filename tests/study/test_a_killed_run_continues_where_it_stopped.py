"""A run that is killed leaves nothing half-written; started again it takes only the steps that are missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from small_study import countersign, write_study

from countersign.evidence.trail import Trail
from countersign.study import Study

STEPS = ("take_in", "read_benchmark", "weight", "assess", "estimate", "learn", "examine", "support", "protect")


def steps(folder: Path) -> Counter[str]:
    return Counter(activity.verb for activity in Trail(folder).activities())


@pytest.mark.parametrize("after", range(1, len(STEPS)))
def test_a_run_killed_after_any_step_resumes(after: int, tmp_path: Path) -> None:
    folder, whole = write_study(tmp_path / "killed"), write_study(tmp_path / "whole")
    process = subprocess.Popen(
        [sys.executable, "-m", "countersign", "run", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    trail = folder / "trail.jsonl"
    deadline = time.monotonic() + 900
    while process.poll() is None and time.monotonic() < deadline:
        if trail.exists() and trail.read_bytes().count(b"\n") >= after:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.001)
    process.wait()
    done = steps(folder)
    assert sum(done.values()) >= after
    assert countersign("run", folder).exit_code == 0
    assert all(count == 1 for count in steps(folder).values()), "no step is taken twice"
    assert countersign("run", whole).exit_code == 0
    for name in ("estimates.csv", "assessment.json"):
        assert (folder / "release" / name).read_bytes() == (whole / "release" / name).read_bytes()
    assert not (folder / ".work").exists()


def test_a_second_run_takes_no_step_again_and_says_the_same(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    assert countersign("run", folder).exit_code == 0
    first, figures = steps(folder), (folder / "release" / "estimates.csv").read_bytes()
    assert countersign("run", folder).exit_code == 0
    assert steps(folder) == first
    assert (folder / "release" / "estimates.csv").read_bytes() == figures


def test_changed_data_are_taken_in_anew(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    assert countersign("run", folder).exit_code == 0
    people = folder / "data" / "people.csv"
    people.write_text(people.read_text().replace("piped", "river"), encoding="utf-8")
    assert countersign("run", folder).exit_code == 0
    assert steps(folder)["take_in"] == 2
    with Study.open(folder) as study:
        assert study.estimates["piped"].value == 0


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    with Study.open(folder) as study:
        study.estimate()
        other = subprocess.run(
            [sys.executable, "-m", "countersign", "run", str(folder)], capture_output=True, text=True, check=False
        )
    assert other.returncode == 2
    assert str(os.getpid()) in other.stderr
