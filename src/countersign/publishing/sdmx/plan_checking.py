"""SdmxPlan against a DataStructure: every code of the study file is one the structure has, before data are read."""

from __future__ import annotations

from collections.abc import Mapping

from countersign.errors import nearest
from countersign.model.data_structure import DataStructure
from countersign.model.plan import Plan
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.sdmx.refusals import Where, in_study, near, refusal
from countersign.publishing.sdmx.roles import roles


def check_plan(plan: Plan, structure: DataStructure, *, where: Where = in_study) -> None:
    """Refuse a plan that the structure cannot follow.

    Parameters
    ----------
    where: a place in the study file -> in words.

    Raises
    ------
    ReleaseError: names the key, the code and the codes that come nearest: an indicator that is not in the study, a
        series that is not in the list or not of that indicator, a component that the structure lacks, a code that its
        list lacks, a factor that is not above zero.
    """
    sdmx = plan.sdmx or SdmxPlan()
    role = roles(structure)
    for key, named in (("series", sdmx.series), ("units", sdmx.units), ("scale", sdmx.scale), ("breaks", sdmx.breaks)):
        _indicators(named, plan, where=where, key=key)
    _indicators(sdmx.own, plan, where=where, key="constants", also=tuple(one.id for one in structure.components))
    for key, name, code in (
        ("reporting_type", "reporting_type", sdmx.reporting_type),
        ("frequency", "frequency", sdmx.frequency),
        ("area", "area", sdmx.area),
    ):
        if code and name in role:
            _code(structure, role[name], code, where("sdmx", key))
    for name, code in sdmx.constants.items():
        _constant(structure, name, code, where("sdmx", "constants", name))
    for indicator, codes in sdmx.own.items():
        for name, code in codes.items():
            _constant(structure, name, code, where("sdmx", "constants", indicator, name))
    for indicator, (measure, multiplier) in sdmx.units.items():
        if "unit" in role:
            _code(structure, role["unit"], measure, where("sdmx", "units", indicator))
        if "multiplier" in role:
            _code(structure, role["multiplier"], multiplier, where("sdmx", "units", indicator))
    for indicator, factor in sdmx.scale.items():
        if not factor > 0:
            raise refusal(
                f"The factor {factor:g} would change the order of the figures of '{indicator}'.",
                where=where("sdmx", "scale", indicator),
                expected="a number above zero, such as 100 for shares that are to become percent",
                action="correct the factor",
            )
    for variable, breakdown in sdmx.breakdowns.items():
        _dimension(structure, breakdown.dimension, where("sdmx", "breakdowns", variable))
        for category, code in breakdown.codes.items():
            _code(structure, breakdown.dimension, code, where("sdmx", "breakdowns", variable, "codes", category))
    if "series" in role:
        for indicator in plan.indicators:
            _series(plan, sdmx, structure, role["series"], indicator, where)


def series_of(plan: Plan, sdmx: SdmxPlan, indicator: str) -> str:
    """Return the series of an indicator as the study states it; empty where it does not."""
    own = plan.indicators.get(indicator)
    return sdmx.series.get(indicator, "") or (own.series if own else "")


def number_of(sdg: str) -> str:
    """Return the number of an indicator as structures write it: ``14.1.1`` of ``14.1.1(b)`` and ``14.1.1b``."""
    short = sdg.split("(")[0].strip().casefold()
    last = short.rpartition(".")[2]
    return short[:-1] if len(last) > 1 and last[-1:].isalpha() and last[0].isdigit() else short


def _series(plan: Plan, sdmx: SdmxPlan, structure: DataStructure, dimension: str, indicator: str, where: Where) -> None:
    series = series_of(plan, sdmx, indicator)
    if not series:
        return
    number = number_of(plan.indicators[indicator].sdg)
    codes = structure.codes(dimension)
    of_number = {code: codes.get(code, "") for code, numbers in structure.indicators.items() if number in numbers}
    place = (
        where("sdmx", "series", indicator)
        if indicator in sdmx.series
        else where("indicators", indicator, "sdg", "series")
    )
    if codes and series not in codes:
        raise refusal(
            f"The series '{series}' of '{indicator}' is not in the list of {dimension} of {structure.key}.",
            where=place,
            expected=near(series, of_number or codes),
            action="correct the series, or load a newer structure with 'sdmx: structure: FILE'",
        )
    known = structure.indicators.get(series, ())
    if number and known and number not in known:
        raise refusal(
            f"The series '{series}' does not belong to indicator {number}, which '{indicator}' says it is; it belongs "
            f"to {', '.join(known)}.",
            where=place,
            expected=f"a series of {number}: {near(series, of_number)}" if of_number else "a series of that indicator",
            action="correct the series or the number of the indicator",
        )


def _indicators(named: Mapping[str, object], plan: Plan, *, where: Where, key: str, also: tuple[str, ...] = ()) -> None:
    for name in named:
        if name not in plan.indicators:
            raise refusal(
                f"The study has no indicator '{name}'. {nearest(name, (*plan.indicators, *also))}".rstrip(),
                where=where("sdmx", key, name),
                expected=f"one of {', '.join(plan.indicators)}",
                action="correct the name",
            )


def _dimension(structure: DataStructure, name: str, place: str) -> None:
    known = {one.id: one.name for one in structure.dimensions}
    if structure.time is not None:
        known[structure.time.id] = structure.time.name
    if name not in known:
        raise refusal(
            f"{structure.key} has no dimension '{name}'. {nearest(name, known)}".rstrip(),
            where=place,
            expected=f"one of {', '.join(known)}",
            action="correct the name",
        )


def _constant(structure: DataStructure, name: str, code: str, place: str) -> None:
    known = [one.id for one in (*structure.dimensions, *structure.attributes)]
    if name not in known:
        raise refusal(
            f"{structure.key} has no dimension or attribute '{name}'. {nearest(name, known)}".rstrip(),
            where=place,
            expected=f"one of {', '.join(known)}",
            action="correct the name",
        )
    _code(structure, name, code, place)


def _code(structure: DataStructure, component: str, code: str, place: str) -> None:
    codes = structure.codes(component)
    if codes and code not in codes:
        raise refusal(
            f"The code '{code}' is not in the list {structure[component].codes} of {component}.",
            where=place,
            expected=near(code, codes),
            action="take one of these codes",
        )
