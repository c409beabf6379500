"""The same study elsewhere gives the same figures and the same files: other folder, home, language, clock, threads.

What differs, and why: when the steps were taken (`started`, `ended`, and what says when a release was made); what holds
such a time inside, by its digest (the chain of the trail, the log, the bundle); and, where the secrets of a study are
not copied along, the salted names of protected files and the keys that sign.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from small_study import write_study

from real_data import PROJECT, shared

TIMES = re.compile(rb"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?Z?")
HOLDS_TIMES = ("trail.jsonl", "bundle.zip")
HERE = {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}
THERE = {
    "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "77",
    "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2",
}  # fmt: skip


def run(study: Path, around: dict[str, str], *words: str | Path) -> Path:
    home = study.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "TZ"))}
    environment |= {**around, "HOME": str(home), "PYTHONPATH": str(PROJECT / "src")}
    command = [sys.executable, "-m", "countersign", "run", str(study), *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=study.parent)
    assert done.returncode == 0, done.stderr
    return study


def elsewhere(study: Path, other: Path) -> Path:
    """Copy a study with its secrets to another place, and nothing that it made."""
    other.mkdir(parents=True)
    for path in study.iterdir():
        if path.name in (
            "artefacts",
            "artefacts.jsonl",
            "release",
            "log",
            "trail.jsonl",
            "trail.lock",
            ".release.lock",
        ):
            continue
        (shutil.copytree if path.is_dir() else shutil.copy)(path, other / path.name)
    return other


def figures(study: Path) -> bytes:
    with zipfile.ZipFile(study / "release" / "bundle.zip") as bundle:
        return bundle.read("figures.jsonl")


def without_times(path: Path) -> bytes:
    data = path.read_bytes()
    if path.name == "trail.jsonl":
        steps = [json.loads(line) for line in data.splitlines()]
        for step in steps:
            for name in ("started", "ended", "previous"):
                del step[name]
        return json.dumps(steps).encode()
    if path.name == "bundle.zip":
        with zipfile.ZipFile(path) as bundle:
            return "\n".join(bundle.namelist()).encode()
    return TIMES.sub(b"then", data)


def assert_alike(one: Path, two: Path) -> None:
    assert figures(one) == figures(two)
    files = [
        {path.relative_to(s / "release") for path in (s / "release").rglob("*") if path.is_file()} for s in (one, two)
    ]
    assert files[0] == files[1]
    for name in sorted(files[0]):
        assert without_times(one / "release" / name) == without_times(two / "release" / name), name
        if name.name not in HOLDS_TIMES and name.suffix in (".csv", ".yaml", ".xml", ".parquet"):
            assert (one / "release" / name).read_bytes() == (two / "release" / name).read_bytes(), name


def test_a_small_study_is_the_same_elsewhere(tmp_path: Path) -> None:
    study = write_study(tmp_path / "here" / "study")
    one = run(study, HERE)
    two = run(elsewhere(study, tmp_path / "there" / "a folder" / "of another name"), THERE)
    assert_alike(one, two)


@pytest.mark.slow
def test_other_secrets_change_names_and_no_figure(tmp_path: Path) -> None:
    one = run(write_study(tmp_path / "here" / "study"), HERE)
    two = run(write_study(tmp_path / "there" / "study"), THERE)
    assert figures(one) == figures(two)
    for name in ("estimates.csv", "comparison.csv", "fan.csv", "sentences.csv", "disclosure.json", "visibility.csv"):
        if (one / "release" / name).is_file():
            assert (one / "release" / name).read_bytes() == (two / "release" / name).read_bytes(), name


@pytest.mark.slow
def test_the_built_in_example_is_the_same_elsewhere_and_on_another_engine(tmp_path: Path) -> None:
    from countersign.demonstration.folder import generate

    study = tmp_path / "here" / "study"
    generate(study, rows=1500)
    one = run(study, HERE)
    assert_alike(one, run(elsewhere(study, tmp_path / "there" / "study"), THERE))
    assert figures(one) == figures(run(elsewhere(study, tmp_path / "polars" / "study"), THERE, "--engine", "polars"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "data"),
    [("unpaid-work-survey", "cases/geah_unpaid_work"), ("marine-litterwatch", "cases/mlw_beach_litter_med_blacksea")],
)
def test_examples_on_real_data_are_the_same_elsewhere(example: str, data: str, tmp_path: Path) -> None:
    delivery = shared(data)
    here = shutil.copytree(PROJECT / "examples" / example, tmp_path / "here" / example)
    one = run(here, HERE, "--data", delivery)
    assert_alike(one, run(elsewhere(here, tmp_path / "there" / "x"), THERE, "--data", delivery))
