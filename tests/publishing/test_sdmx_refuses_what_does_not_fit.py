"""What does not fit the structure is refused by name, with the codes that would be right, and no file is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sdmx_samples import figure, release

from countersign.catalogue.sdmx import sdg
from countersign.errors import ReleaseError
from countersign.model.data_structure import ContentConstraint
from countersign.model.observation import Observation
from countersign.model.release import Release
from countersign.model.sdmx_plan import BreakdownPlan
from countersign.publishing.sdmx import faults, map_release, write_sdmx
from countersign.publishing.sdmx.order import in_order
from countersign.publishing.sdmx.writing import as_columns


def said(made: Release, folder: Path, structure: Any = None) -> str:
    """The refusal; nothing may be written."""
    with pytest.raises(ReleaseError) as refused:
        write_sdmx(made, folder / "sdmx", structure=structure or sdg())
    assert not (folder / "sdmx").exists() or not list((folder / "sdmx").iterdir())
    error = refused.value
    assert error.where.startswith("study.yaml, ")
    assert error.expected
    assert error.action
    return error.sentence()


def test_a_series_that_is_not_in_the_list(tmp_path: Path) -> None:
    text = said(release(series={"water": "SH_H2O_SAF"}), tmp_path)
    assert "'SH_H2O_SAF' of 'water' is not in the list of SERIES" in text
    assert "SH_H2O_SAFE (Proportion of population using safely managed drinking water services" in text


def test_a_series_of_another_indicator(tmp_path: Path) -> None:
    text = said(release(series={"water": "EN_MAR_BEALITSQ"}), tmp_path)
    assert "does not belong to indicator 6.1.1, which 'water' says it is; it belongs to 14.1.1" in text
    assert "SH_H2O_SAFE" in text


def test_a_study_without_any_series_sends_nothing(tmp_path: Path) -> None:
    text = said(release((replace(figure(), series=""),), series={}), tmp_path)
    assert "No indicator of the study names its series" in text
    assert "SH_H2O_SAFE" in text


@pytest.mark.parametrize(
    ("sdmx", "told"),
    [
        ({"area": "KEN"}, ["'KEN' is not in the list IAEG-SDGs:CL_AREA(1.4) of REF_AREA", "sdmx.area"]),
        ({"reporting_type": "X"}, ["REPORTING_TYPE", "N (National)"]),
        ({"frequency": "Y"}, ["FREQ", "A (Annual)"]),
        ({"constants": {"AGE": "Y15T50"}}, ["'Y15T50'", "Y15T60 (15 to 60 years old)", "sdmx.constants.AGE"]),
        ({"constants": {"AGES": "_T"}}, ["no dimension or attribute 'AGES'", "Did you mean 'AGE'?"]),
        ({"own": {"water": {"SEX": "W"}}}, ["'W'", "sdmx.constants.water.SEX"]),
        ({"own": {"wate": {"SEX": "F"}}}, ["no indicator 'wate'", "Did you mean 'water'?"]),
        ({"units": {"water": ("PERCENT", "0")}}, ["'PERCENT'", "PT (Percent)"]),
        ({"units": {"water": ("PT", "100")}}, ["UNIT_MULT"]),
        ({"scale": {"water": 0.0}}, ["The factor 0", "above zero"]),
        ({"scale": {"water": float("nan")}}, ["The factor nan", "above zero"]),
        ({"scale": {"fire": 2.0}}, ["no indicator 'fire'"]),
        ({"breakdowns": {"sex": BreakdownPlan("GENDER")}}, ["no dimension 'GENDER'", "SEX"]),
        ({"breakdowns": {"sex": BreakdownPlan("SEX", {"female": "W"})}}, ["'W'", "F (Female)", "codes.female"]),
    ],
)
def test_a_code_that_is_not_in_its_list(sdmx: dict[str, Any], told: list[str], tmp_path: Path) -> None:
    text = said(release(**sdmx), tmp_path)
    assert [one for one in told if one not in text] == []


def test_a_category_without_a_code_in_a_stated_dimension(tmp_path: Path) -> None:
    made = release((figure({"group": "18-45"}),), breakdowns={"group": BreakdownPlan("AGE")})
    text = said(made, tmp_path)
    assert "The category '18-45' of 'group' has no code in AGE" in text
    assert "Y18T44 (18 to 44 years old)" in text


def test_a_category_that_people_use_for_the_opposite_is_never_taken_as_a_code(tmp_path: Path) -> None:
    made = release((figure({"d": "PWD"}),), breakdowns={"d": BreakdownPlan("DISABILITY_STATUS")})
    assert "The category 'PWD' of 'd' has no code" in said(made, tmp_path)
    free = map_release(release((figure({"disability": "PWD"}),)), sdg())
    assert free.observations[0].texts["CUST_BREAKDOWN"] == "C01"
    assert free.observations[0].texts["DISABILITY_STATUS"] == "_T"


def test_a_unit_that_is_not_that_of_the_series(tmp_path: Path) -> None:
    text = said(release(units={"water": ("NUMBER", "0")}), tmp_path)
    assert "'water' would go out in NUMBER; its series SH_H2O_SAFE is in PT" in text


def test_a_unit_that_nobody_knows(tmp_path: Path) -> None:
    made = release(series={"minutes": "EN_MAR_BEALITSQ"})
    made = replace(made, plan=replace(made.plan, indicators={**made.plan.indicators}))
    text = said(made, tmp_path)
    assert "'minutes' is in 'minutes', which is no code; its series EN_MAR_BEALITSQ is in NUMBER" in text
    assert "scale: {minutes: FACTOR}" in text


def test_two_observations_with_one_key(tmp_path: Path) -> None:
    text = said(release((figure(figure_id="water"), figure(figure_id="again"))), tmp_path)
    assert "two observations have one key" in text
    assert "SERIES SH_H2O_SAFE, REF_AREA 404, TIME_PERIOD 2025" in text
    assert "figures water, again" in text


def test_a_dimension_without_a_value(tmp_path: Path) -> None:
    made = release(area="")
    text = said(made, tmp_path)
    assert "the dimension REF_AREA has no value" in text
    assert "constants" in text


def test_a_figure_without_a_time(tmp_path: Path) -> None:
    made = release((figure(time=""),))
    made = replace(made, plan=replace(made.plan, population=replace(made.plan.population, start="", end="")))
    assert "the dimension TIME_PERIOD has no value" in said(made, tmp_path)


def test_a_breakdown_that_the_series_does_not_allow(tmp_path: Path) -> None:
    made = release((figure(), figure({"sex": "female"})), series={"water": "SP_ACS_BSRVH2O"})
    made = replace(made, plan=_indicator(made, sdg="1.4.1"))
    text = said(made, tmp_path)
    assert "the series SP_ACS_BSRVH2O allows no SEX 'F' (figure water:sex=female)" in text
    assert "SEX: _T (Both sexes or no breakdown by sex)" in text
    free = replace(made, plan=replace(made.plan, sdmx=replace(made.plan.sdmx, constraints=False)))  # type: ignore[type-var]
    assert len(map_release(free, sdg()).observations) == 2
    write_sdmx(free, tmp_path / "free", structure=sdg())
    assert "were not held against" in (tmp_path / "free" / "README.md").read_text(encoding="utf-8")


def test_a_text_without_the_form_of_its_type(tmp_path: Path) -> None:
    text = said(release(constants={"BASE_PER": "2015"}), tmp_path)
    assert "BASE_PER '2015' is no DateTime" in text


def test_more_groups_than_codes(tmp_path: Path) -> None:
    figures = tuple(figure({"village": f"Village {number}"}) for number in range(1000))
    assert "more groups without a code than the 1000 codes of CUST_BREAKDOWN" in said(release(figures), tmp_path)


@pytest.mark.parametrize(
    ("change", "component", "problem"),
    [
        ({"SEX": "W"}, "SEX", "SEX 'W' is not a code of IAEG-SDGs:CL_SEX(1.1)"),
        ({"SEX": ""}, "SEX", "the dimension SEX has no value"),
        ({"OBS_STATUS": ""}, "OBS_STATUS", "the mandatory attribute OBS_STATUS has no value"),
        ({"UNIT_MEASURE": "NUMBER"}, "UNIT_MEASURE", "UNIT_MEASURE of one series has several values"),
        ({"TIME_PERIOD": "2020"}, "key", "two observations have one key"),
        ({"TIME_PERIOD": "20x0"}, "TIME_PERIOD", "TIME_PERIOD '20x0' is no ObservationalTimePeriod"),
        ({"UNIT_MULT": "6"}, "UNIT_MULT", "the series SH_H2O_SAFE allows no UNIT_MULT '6'"),
    ],
)
def test_the_check_stands_alone(change: dict[str, str], component: str, problem: str) -> None:
    """Whatever made the observations, each fault is found by its own check."""
    structure = sdg()
    base = {one.id: "_T" for one in structure.dimensions} | {
        "FREQ": "A", "REPORTING_TYPE": "N", "SERIES": "SH_H2O_SAFE", "REF_AREA": "404", "OBS_STATUS": "A",
        "UNIT_MULT": "0", "UNIT_MEASURE": "PT",
    }  # fmt: skip
    good = [Observation(base | {"TIME_PERIOD": str(2019 + n)}, {"OBS_VALUE": float(n)}, f"f{n}") for n in range(3)]
    held = as_columns(good, structure)
    assert faults(held, structure, in_order(held, structure)) == ()
    bad = [*good[:2], Observation({**good[2].texts, **change}, good[2].numbers, "bad")]
    held = as_columns(bad, structure)
    found = faults(held, structure, in_order(held, structure))
    assert (component, True) in [(one.component, problem in one.problem) for one in found]
    assert any("bad" in one.figures for one in found)


def test_a_constraint_on_everything_is_held_too() -> None:
    structure = replace(sdg(), constraints=(ContentConstraint({"REPORTING_TYPE": frozenset({"G"})}),))
    made = release((figure(),))
    held = as_columns(map_release(made, structure).observations, structure)
    [fault] = faults(held, structure, in_order(held, structure))
    assert fault.problem == "the structure allows no REPORTING_TYPE 'N'"
    assert fault.expected == "G (Global)"


def _indicator(made: Release, **change: Any) -> Any:
    own = replace(made.plan.indicators["water"], **change)
    return replace(made.plan, indicators={**made.plan.indicators, "water": own})
