"""``countersign demo``: raw, weighted and true values side by side; one figure repaired, the other honestly not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from example_runs import Run, command, read_release


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo")
    done = command("demo", "--folder", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "report.html" in done.stdout
    return read_release(folder)


def truth(folder: Path) -> dict[tuple[str, ...], float]:
    with (folder / "data" / "synthetic_truth.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (row["indicator"], row["sex"], row["region"], row["residence"], row["disability"]): float(row["value"])
            for row in csv.DictReader(stream)
        }


def domains(run: Run, indicator: str) -> dict[tuple[str, ...], tuple[float, float, float]]:
    """Part of the population -> lower, upper, truth; figures that are withheld have no interval."""
    known = truth(run.folder)
    result = {}
    for row in run.figures:
        key = (row["indicator"], row["sex"], row["region"], row["residence"], row["disability"])
        if row["indicator"] == indicator and row["lower"] and key in known:
            result[key] = (float(row["lower"]), float(row["upper"]), known[key])
    return result


def test_every_figure_has_a_truth_to_be_held_against(run: Run) -> None:
    assert {key[0] for key in truth(run.folder)} == {"water", "meals"}
    assert len(domains(run, "water")) >= 17
    assert len(domains(run, "meals")) >= 17


def test_water_is_repaired(run: Run) -> None:
    assert run.value("water") == pytest.approx(0.5836, abs=0.02)
    held = [low <= true <= high for low, high, true in domains(run, "water").values()]
    assert sum(held) >= 0.9 * len(held)


def test_meals_are_not_and_the_intervals_miss(run: Run) -> None:
    _, high = run.interval("meals")
    assert high < truth(run.folder)["meals", "", "", "", ""]
    held = [low <= true <= high for low, high, true in domains(run, "meals").values()]
    assert sum(held) <= 0.3 * len(held)


def test_disability_is_shown_alone_and_by_sex(run: Run) -> None:
    assert int(float(run.figure("water", disability="with disability")["n"])) == 257
    assert run.figure("water", sex="female", disability="with disability")


def test_the_report_says_that_it_is_synthetic_and_shows_the_truth(run: Run) -> None:
    report = run.report
    assert report.lower().count("synthetic") >= 2
    assert "58.4" in report  # true share with basic drinking water
    assert "37.8" in report  # true share who skipped meals


@pytest.mark.parametrize(
    ("criterion", "check", "count"),
    [
        ("E8", "exact_duplicates", 12),
        ("E10", "coordinates_impossible", 6),
    ],
)
def test_the_faults_put_in_are_found(run: Run, criterion: str, check: str, count: int) -> None:
    assert run.found(criterion, check)["count"] == count


def test_the_truth_lies_within_the_plausible_range_where_the_interval_misses_it(run: Run) -> None:
    """Of each indicator, for all: the range holds the truth; that of meals says more than its interval does."""
    missed = []
    for name in ("water", "meals"):
        true, row = truth(run.folder)[name, "", "", "", ""], run.figure(name)
        assert float(row["plausible_lower"]) <= true <= float(row["plausible_upper"]), name
        low, high = run.interval(name)
        missed += [name] * (not low <= true <= high)
    assert missed == ["meals"]


def test_the_page_of_the_example_says_how_many_ranges_miss(run: Run) -> None:
    """Ranges are no guarantee; the page says of how many figures they hold the truth."""
    known = truth(run.folder)
    held = {"water": [], "meals": []}
    for row in run.figures:
        key = (row["indicator"], row["sex"], row["region"], row["residence"], row["disability"])
        if key in known and row["plausible_lower"]:
            inside = float(row["plausible_lower"]) <= known[key] <= float(row["plausible_upper"])
            held[row["indicator"]].append(inside)
    assert all(held["water"])
    assert held["meals"].count(False) == 4
    page = (run.folder / "README.md").read_text("utf-8")
    assert f"of the {len(held['meals'])} figures on meals, it misses 4" in page


def test_every_estimator_of_the_fan_is_there(run: Run) -> None:
    with (run.folder / "release" / "fan.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["figure_id"] == "meals"]
    assert len(rows) >= 8
    assert all(row["value"] for row in rows)
    assert "corrected by checked questions" in {row["estimator"] for row in rows}


def test_the_report_says_how_little_it_takes_to_cross_the_threshold(run: Run) -> None:
    (found,) = [one for one in run.findings if one["criterion"] == "E12" and one.get("subject") == "meals"]
    assert found["evidence"]["tipping"]["threshold"] == 0.35
    assert 0 < found["evidence"]["tipping"]["phi"] < 1
    assert found["state"] == "fail"
