"""Indicators of a study -> series, unit and factor: as the study says, else as recognised, else refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from countersign.catalogue import load
from countersign.errors import ReleaseError
from countersign.model.data_structure import DataStructure
from countersign.model.estimate import Estimate
from countersign.model.plan import Plan
from countersign.model.sdmx_mapping import MappedIndicator
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.digits import scale
from countersign.publishing.sdmx.plan_checking import series_of
from countersign.publishing.sdmx.refusals import in_study, near, refusal
from countersign.publishing.sdmx.roles import roles


def map_indicators(
    figures: Iterable[Estimate], *, plan: Plan, structure: DataStructure
) -> Mapping[str, MappedIndicator]:
    """Return indicator -> series, unit and factor, for those that have a series.

    Raises
    ------
    ReleaseError: the unit of an indicator is not stated and not recognised, or not the one its series has.
    """
    sdmx = plan.sdmx or SdmxPlan()
    role = roles(structure)
    found: dict[str, MappedIndicator] = {}
    for figure in figures:
        name = figure.indicator
        if name in found:
            continue
        series = series_of(plan, sdmx, name) or figure.series
        series = sdmx.own.get(name, {}).get(role.get("series", ""), series)
        if "series" in role and not series:
            continue
        found[name] = _quantity(figure, series, plan, sdmx, structure)
    return found


def _quantity(figure: Estimate, series: str, plan: Plan, sdmx: SdmxPlan, structure: DataStructure) -> MappedIndicator:
    name, role = figure.indicator, roles(structure)
    own = plan.indicators.get(name)
    unit = figure.unit or (own.unit if own else "")
    shown = scale(figure.statistic, unit)
    factor = sdmx.scale.get(name, 1.0)
    if "unit" not in role:
        return MappedIndicator(name, series, "", "", factor, stated=True)
    fixed = {**sdmx.constants, **sdmx.own.get(name, {})}
    measure, multiplier = sdmx.units.get(name, ("", ""))
    measure = measure or fixed.get(role["unit"], "")
    multiplier = multiplier or fixed.get(role.get("multiplier", ""), "0")
    codes = structure.codes(role["unit"])
    percent = _first(load("sdmx_units")["percent"]["codes"], codes)
    stated = bool(measure)
    if not measure and shown.percent:
        measure = percent
    elif (
        not measure and figure.statistic == "total" and unit.strip().casefold() in load("sdmx_units")["number"]["words"]
    ):
        measure = _first(load("sdmx_units")["number"]["codes"], codes)
    allowed = _units_of(structure, role, series) if sdmx.constraints else frozenset()
    if not measure or (allowed and measure not in allowed):
        raise _not_the_unit(name, unit, measure, series, allowed, role["unit"], structure)
    if measure == percent and shown.percent and name not in sdmx.scale:
        factor = shown.factor
    return MappedIndicator(name, series, measure, multiplier, factor, stated)


def _not_the_unit(
    name: str, unit: str, measure: str, series: str, allowed: frozenset[str], component: str, structure: DataStructure
) -> ReleaseError:
    codes = structure.codes(component)
    own = f"'{name}' would go out in {measure}" if measure else f"'{name}' is in '{unit}', which is no code"
    own = own if measure or unit else f"'{name}' has no unit"
    of_series = f"; its series {series} is in {', '.join(sorted(allowed))}" if allowed else ""
    return refusal(
        f"{own}{of_series}.",
        where=in_study("sdmx", "units", name),
        expected=f"a unit of {structure[component].codes}: "
        + near(measure or unit, {code: codes[code] for code in sorted(allowed) if code in codes} or codes),
        action=f"if it is the same quantity, write its unit, units: {{{name}: CODE}}, and the factor that brings it "
        f"there, scale: {{{name}: FACTOR}}; if it is another quantity, take another series or none",
    )


def _units_of(structure: DataStructure, role: Mapping[str, str], series: str) -> frozenset[str]:
    """Return the units that the constraints allow for a series; empty where they do not say."""
    for one in structure.constraints:
        if one.component == role.get("series") and one.code == series and role["unit"] in one.allowed:
            return one.allowed[role["unit"]]
    return frozenset()


def _first(wanted: Iterable[str], codes: Mapping[str, str]) -> str:
    return next((code for code in wanted if code in codes), "")
