"""Every figure of every release of the examples is retraced by the independent script, from the zip alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from example_runs import PROJECT, read_release, run_example, shared

SCRIPT = PROJECT / "tools" / "verify_bundle.py"
DATA = {
    "aser-india": "aser_india_state",
    "bffp-brand-audits": "bffp_brand_audits_2018_2020",
    "crowd-labels": "crowd_labels_duck_product",
    "ghana-census": "ghana_census_2021",
    "kenya-census": "kenya_census_2019",
    "marine-litterwatch": "mlw_beach_litter_med_blacksea",
    "pew-optin": "pew_optin_2016",
    "poland-job-vacancies": "poland_job_vacancies",
    "purpleair-sensors": "purpleair_aqs_daily_a",
    "unpaid-work-survey": "geah_unpaid_work",
    "uwezo": "uwezo_kenya_uganda",
}


def retraced(folder: Path, alone: Path) -> str:
    """What the script says of all figures, the bundle being alone in another folder."""
    bundle = alone / "bundle.zip"
    bundle.write_bytes((folder / "release" / "bundle.zip").read_bytes())
    words = [sys.executable, "-I", str(SCRIPT), str(bundle), "retrace", "--all"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def check(folder: Path, alone: Path) -> None:
    said = retraced(folder, alone)
    figures = read_release(folder).figures
    assert f"Level 2: {len(figures)} figures retraced to their inputs" in said
    for row in figures:
        assert f"{row['figure_id']}: the line of release/estimates.csv" in said
    assert "; an input from outside" in said
    assert "commitment" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_from_the_zip_alone(name: str, tmp_path: Path) -> None:
    made, alone = tmp_path / "made", tmp_path / "alone"
    made.mkdir()
    alone.mkdir()
    run_example(name, data=shared("cases", DATA[name]), folder=made)
    check(made, alone)


@pytest.mark.slow
def test_of_interviews_too(tmp_path: Path) -> None:
    data, made, alone = tmp_path / "data", tmp_path / "made", tmp_path / "alone"
    for folder in (data, made, alone):
        folder.mkdir()
    program = PROJECT / "examples" / "interviews" / "interviews.py"
    subprocess.run([sys.executable, str(program), str(data)], check=True)
    run_example("interviews", data=data, folder=made)
    check(made, alone)
