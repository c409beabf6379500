"""The plausible range is the smallest that holds its parts, and is there only where somebody asked more than chance."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_selected import figures, make, run

from countersign.study import Study

PARTS = ("fan", "total_error", "selection")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(make(tmp_path_factory.mktemp("range") / "study"))


def test_it_reaches_from_the_lowest_to_the_highest_end_of_its_parts(folder: Path) -> None:
    for row in figures(folder).values():
        ends = {
            end: [float(row[f"{part}_{end}"]) for part in PARTS if row[f"{part}_{end}"]] + [float(row[end])]
            for end in ("lower", "upper")
        }
        assert float(row["plausible_lower"]) == min(ends["lower"])
        assert float(row["plausible_upper"]) == max(ends["upper"])


def test_every_part_has_a_name_and_a_reason(folder: Path) -> None:
    with Study.open(folder) as study:
        parts = study.examined["piped"].plausible.parts
    assert [str(part.kind) for part in parts] == ["sampling", "methods", "selection"]
    assert all(part.reason and part.lower <= part.upper for part in parts)


def test_only_strengths_up_to_the_stated_one_enter(tmp_path: Path) -> None:
    wide = figures(run(make(tmp_path / "wide", rest="uncertainty: {phi: [0, 1], up_to: 1}")))["piped"]
    none = figures(run(make(tmp_path / "none", rest="uncertainty: {phi: [0.9], up_to: 0.5}")))["piped"]
    assert wide["selection_lower"]
    assert not none["selection_lower"]
    span = {
        name: float(row["plausible_upper"]) - float(row["plausible_lower"]) for name, row in (("w", wide), ("n", none))
    }
    assert span["w"] > span["n"]


def test_chance_alone_is_no_plausible_range(tmp_path: Path) -> None:
    row = figures(run(make(tmp_path / "study", weights="")))["piped"]
    assert row["value"]
    assert row["lower"]
    assert not row["plausible_lower"]


@pytest.mark.parametrize("selection", ["probability", "enumeration"])
def test_samples_drawn_by_chance_and_counts_of_all_have_none(selection: str, tmp_path: Path) -> None:
    folder = run(make(tmp_path / "study", selection=selection))
    assert not any(row["plausible_lower"] or row["fan_lower"] for row in figures(folder).values())
    assert not (folder / "release" / "fan.csv").exists()
    with Study.open(folder) as study:
        assert study.examined == study.estimates


def test_where_everybody_took_part_nobody_else_can_differ(tmp_path: Path) -> None:
    folder = make(tmp_path / "study")
    text = (folder / "study.yaml").read_text("utf-8").replace("period: 2024", "period: 2024, size: 120")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    assert not figures(run(folder))["piped"]["selection_lower"]
