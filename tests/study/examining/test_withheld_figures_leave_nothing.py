"""A figure from too few people carries nothing, wherever in the release one looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_selected import make, people, run

from countersign.model.estimate import Estimate, Status
from countersign.study import Study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = people()
    for row in rows[:2]:
        row["village"] = "far"
    study = make(
        tmp_path_factory.mktemp("withheld") / "study",
        volunteers=rows,
        rest="protection: {minimum_contributors: 5}",
    )
    return run(study)


def numbers(figure: Estimate) -> set[float]:
    """Everything a figure holds that is not the same for all."""
    found = [figure.value, figure.standard_error, figure.lower, figure.upper, figure.n_effective, figure.design_effect]
    if figure.fan:
        found += [
            end for one in figure.fan.alternatives for end in (one.value, one.standard_error, one.lower, one.upper)
        ]
    if figure.selection:
        found += [part.value for part in figure.selection.parts] + [figure.selection.strength]
    if figure.tipping:
        found += [figure.tipping.correlation, figure.tipping.ratio, figure.tipping.phi, figure.tipping.odds]
    return {number for number in found if number is not None and abs(number * 1000 - round(number * 1000)) > 1e-6}


def test_no_file_of_the_release_holds_a_number_of_it(folder: Path) -> None:
    with Study.open(folder) as study:
        examined, protected = study.examined, study.protected
    withheld = [one.figure_id for one in protected if one.status is Status.SUPPRESSED]
    assert "piped/village=far" in withheld
    assert len(withheld) > 1, "one alone could be found by subtraction"
    shown = {number for one in protected for number in numbers(one)}
    secret = {number for name in withheld for number in numbers(examined[name])} - shown
    assert len(secret) > 10
    files = [path for path in (folder / "release").rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for number in secret:
            assert f"{number:.8g}".rstrip("0") not in text, (path.name, number)


def test_the_figures_that_may_leave_hold_no_part_of_it(folder: Path) -> None:
    with Study.open(folder) as study:
        for one in study.protected:
            if one.status is Status.SUPPRESSED:
                assert (one.fan, one.plausible, one.selection, one.tipping, one.value) == (None,) * 5
