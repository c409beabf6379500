"""Marine LitterWatch: published medians, every trap counted, and other deliveries of the same file."""

from __future__ import annotations

import csv
import json
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from example_runs import PROJECT, Run, command, run_example, shared

PUBLISHED = {"Black Sea": 423, "Mediterranean Sea": 346}  # ETC/ICM 1/2021
NAME = "marine-litterwatch"
Event = dict[str, str]


def events() -> list[Event]:
    with (shared("cases", "mlw_beach_litter_med_blacksea") / "mlw_events.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        return list(csv.DictReader(stream))


def items(event: Event) -> int:
    return sum(int(cell) for name, cell in event.items() if name[0] == "G" and name[1:].isdigit() and cell)


def by_hand(rows: list[Event]) -> list[tuple[Event, float]]:
    """The gates and the measure, in ten lines that share nothing with the program."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for event in rows:
        whole, length, count = tuple(event.values()), float(event["BeachLength_m"]), items(event)
        if 90 <= length <= 850 and count >= 1 and whole not in seen:
            kept.append((event, count / length * 100))
            seen.add(whole)
    return kept


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = shared("cases", "mlw_beach_litter_med_blacksea")
    return run_example(NAME, data=data, folder=tmp_path_factory.mktemp("mlw"))


def delivered(rows: list[Event], folder: Path, *, columns: list[str] | None = None) -> Path:
    """Write another delivery and return its folder."""
    folder.mkdir(parents=True)
    with (folder / "mlw_events.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.mark.parametrize("sea", PUBLISHED)
def test_the_median_comes_within_two_percent_of_the_published_one(run: Run, sea: str) -> None:
    assert run.value("litter", sea=sea) == pytest.approx(PUBLISHED[sea], rel=0.02)


@pytest.mark.parametrize("sea", PUBLISHED)
def test_the_interval_is_one_and_holds_the_published_median(run: Run, sea: str) -> None:
    low, high = run.interval("litter", sea=sea)
    assert low < run.value("litter", sea=sea) < high
    assert low < PUBLISHED[sea] < high
    figure = run.figure("litter", sea=sea)
    assert figure["method"]
    assert figure["convention"]


def test_medians_and_counts_are_those_of_a_computation_by_hand(run: Run) -> None:
    rows = by_hand(events())
    for sea in PUBLISHED:
        for year in range(2014, 2023):
            values = [v for e, v in rows if e["BeachRegionalSea"] == sea and e["EventDate"].startswith(str(year))]
            figure = run.figure("litter_by_year", sea=sea, year=str(year))
            assert int(float(figure["n"])) == len(values)
            if figure["value"]:
                # Conventions differ between the two middle values, not outside them.
                low, high = statistics.median_low(values), statistics.median_high(values)
                assert low - 1e-9 <= float(figure["value"]) <= high + 1e-9


def test_clean_up_and_monitoring_differ_as_the_page_says(run: Run) -> None:
    expected = {
        ("Black Sea", "Monitoring"): 619, ("Black Sea", "Cleanup"): 257,
        ("Mediterranean Sea", "Monitoring"): 428, ("Mediterranean Sea", "Cleanup"): 247,
    }  # fmt: skip
    for (sea, kind), value in expected.items():
        assert run.value("litter", sea=sea, event_type=kind) == pytest.approx(value, rel=0.02)


def test_nearly_all_events_lie_above_the_threshold_and_most_items_are_plastic(run: Run) -> None:
    rows = by_hand(events())
    above = sum(value > 20 for _, value in rows) / len(rows)
    assert run.value("above_threshold") == pytest.approx(above, rel=1e-12)
    plastic = sum(
        int(cell) for e, _ in rows for name, cell in e.items() if name[0] == "G" and name[1:].isdigit() and cell
        and int(name[1:]) <= 124
    )  # fmt: skip
    assert run.value("plastic_share") == pytest.approx(plastic / sum(items(e) for e, _ in rows), rel=1e-12)


def test_greece_is_one_country(run: Run) -> None:
    countries = {row["country"] for row in run.figures}
    assert "GR" in countries
    assert "EL" not in countries


@pytest.mark.parametrize(
    ("criterion", "check", "subject", "count"),
    [
        ("E8", "exact_duplicates", "", 6),
        ("E8", "key_duplicates", "community", 13),
        ("E10", "coordinates_scaled", "", 76),
        ("E9", "check", "The beach has a length", 1),
        ("E9", "check", "The stretch is shorter than 10 km", 2),
        ("E4", "check", "Something was counted", 20),
        ("E4", "empty_records", "", 20),
        ("E4", "missing_variable", "country_code", 70),
        ("E4", "missing_variable", "beach_type", 673),
        ("G5", "check", "Greece is coded GR, not EL", 9),
        ("G2", "check", "The country lies on the sea", 1),
    ],
)
def test_each_trap_is_a_finding_with_its_count(run: Run, criterion: str, check: str, subject: str, count: int) -> None:
    assert run.found(criterion, check, subject)["count"] == count


def test_blank_cells_are_called_absent_or_not_looked_for(run: Run) -> None:
    finding = run.found("E4", "blank_or_zero")
    cells = [cell for event in events() for name, cell in event.items() if name[0] == "G" and name[1:].isdigit()]
    assert finding["count"] == cells.count("")
    assert finding["value"] == pytest.approx(0.744, abs=0.0005)
    assert finding["evidence"]["zero"] == 1358


@pytest.mark.slow
def test_the_same_columns_of_one_sea_run_alone(tmp_path: Path) -> None:
    """Nine kinds of item were never seen on the Black Sea: their columns are wholly blank."""
    rows = [event for event in events() if event["BeachRegionalSea"] == "Black Sea"]
    run = run_example(NAME, data=delivered(rows, tmp_path / "data"), folder=tmp_path / "out")
    assert run.value("litter", sea="Black Sea") == pytest.approx(423, rel=0.02)


@pytest.mark.slow
def test_a_year_outside_2013_to_2020_reports_that_the_published_period_is_empty(tmp_path: Path) -> None:
    rows = [event for event in events() if event["EventDate"] >= "20210101"]
    run = run_example(NAME, data=delivered(rows, tmp_path / "data"), folder=tmp_path / "out")
    empty = [row for row in run.figures if row["indicator"] == "litter"]
    assert empty
    assert all(not row["value"] for row in empty)
    values = [v for e, v in by_hand(rows) if e["BeachRegionalSea"] == "Black Sea"]
    assert run.value("litter_by_year", sea="Black Sea") == pytest.approx(statistics.median(values), rel=0.02)


def doubled(event: Event) -> list[Event]:
    return [event, dict(event)]


def scaled(event: Event) -> list[Event]:
    places = {name: repr(float(event[name]) / 100_000) for name in ("lon_x1", "lat_y1", "lon_x2", "lat_y2")}
    return [event | places]


def without_length(event: Event) -> list[Event]:
    return [event | {"BeachLength_m": "0"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trap", "criterion", "check", "subject", "before"),
    [
        (doubled, "E8", "exact_duplicates", "", 6),
        (scaled, "E10", "coordinates_scaled", "", 76),
        (without_length, "E9", "check", "The beach has a length", 1),
    ],
)
def test_traps_put_into_a_delivery_are_counted(
    trap: Callable[[Event], list[Event]], criterion: str, check: str, subject: str, before: int, tmp_path: Path
) -> None:
    rows = events()
    seen = Counter(tuple(event.items()) for event in rows)
    clean = [
        place
        for place, event in enumerate(rows)
        if seen[tuple(event.items())] == 1 and float(event["lat_y1"]) > 30 and float(event["BeachLength_m"]) > 90
    ]
    chosen = set(clean[:40:4])
    changed = [new for place, event in enumerate(rows) for new in (trap(event) if place in chosen else [event])]
    run = run_example(NAME, data=delivered(changed, tmp_path / "data"), folder=tmp_path / "out")
    assert run.found(criterion, check, subject)["count"] == before + len(chosen)


def test_a_missing_file_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    study = PROJECT / "examples" / NAME
    done = command("run", study, "--data", tmp_path / "empty", "--folder", tmp_path / "out")
    assert done.returncode == 2
    assert "mlw_events.csv" in done.stdout + done.stderr
    assert not (tmp_path / "out" / "release").exists()


@pytest.mark.slow
def test_a_delivery_with_iso_dates_small_country_codes_and_fewer_columns_gives_the_same_figures(
    run: Run, tmp_path: Path
) -> None:
    rows = events()
    for event in rows:
        day = event["EventDate"]
        event["EventDate"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        event["BeachCountrycode"] = event["BeachCountrycode"].lower()
    gone = {"NatRef", "BeachType", "BeachLocation", "lon_x2", "lat_y2"}
    rows = [{name: cell for name, cell in event.items() if name not in gone} for event in rows]
    other = run_example(NAME, data=delivered(rows, tmp_path / "data"), folder=tmp_path / "out")
    assert len(other.figures) == len(run.figures)
    for one, two in zip(run.figures, other.figures, strict=True):
        assert (one["figure_id"], one["value"], one["n"]) == (two["figure_id"], two["value"], two["n"])
    assert other.found("G5", "check", "Greece")["count"] == 9
    assert "NatRef" in other.report


def test_a_spatial_estimate_is_possible_with_effort_and_selection_stated(run: Run) -> None:
    told = json.loads((run.folder / "release" / "fitness.json").read_text(encoding="utf-8"))
    litter = next(one for one in told if one["subject"] == "litter")
    way = {step["node"]: step["answer"] for step in litter["path"]}
    assert way["What is one record about?"] == "A place or an event"
    assert way["Is it known how much was searched, and how the places were chosen?"] == "Yes"
    assert way["How were the places chosen?"] == "By those who went"
    assert litter["outcome"].startswith("Estimate with a model of effort and place.")
    assert run.found("E10", "effort_stated")["state"] == "pass"
    assert run.found("D4", "selection_stated")["state"] == "warn"


def test_records_that_nearly_repeat_others_keep_it_from_local_action(run: Run) -> None:
    told = json.loads((run.folder / "release" / "fitness.json").read_text(encoding="utf-8"))
    assert {tuple(one["blocked"]["U2"]) for one in told} == {("E8",)}
    assert {one["reach"] for one in told} == {"U1"}
