"""The keys `sdmx`, `open_sdg` and `record` of a study file -> plans of what goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from countersign.errors import StudyError, nearest
from countersign.model.catalogue_record import RecordPlan
from countersign.model.open_sdg_plan import BoundaryFile, OpenSdgPlan
from countersign.model.plan import Plan
from countersign.model.sdmx_plan import BreakdownPlan, SdmxPlan
from countersign.study.document import Document

_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_DURATION = re.compile(r"P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(?<!P)")


def read_sdmx(spec: Mapping[str, Any] | None, document: Document) -> SdmxPlan | None:
    """Turn `sdmx` into a plan; None where the file says nothing."""
    if spec is None:
        return None
    constants = spec.get("constants") or {}
    return SdmxPlan(
        structure=spec.get("structure", ""),
        structure_id=spec.get("structure_id", ""),
        agency=spec.get("agency", ""),
        reporting_type=spec.get("reporting_type", "N"),
        area=str(spec.get("area", "")),
        frequency=spec.get("frequency", "A"),
        breakdowns={name: _breakdown(one) for name, one in (spec.get("breakdowns") or {}).items()},
        series={name: str(code) for name, code in (spec.get("series") or {}).items()},
        units={name: _unit(one) for name, one in (spec.get("units") or {}).items()},
        scale={name: float(factor) for name, factor in (spec.get("scale") or {}).items()},
        constants=_codes({name: code for name, code in constants.items() if not isinstance(code, dict)}),
        own={name: _codes(codes) for name, codes in constants.items() if isinstance(codes, dict)},
        constraints=bool(spec.get("constraints", True)),
        experimental=bool(spec.get("experimental", False)),
        validated=str(spec.get("validated", "")),
        breaks={name: tuple(str(period) for period in periods) for name, periods in (spec.get("breaks") or {}).items()},
        formats=tuple(spec.get("formats") or ("csv",)),
    )


def read_open_sdg(spec: Mapping[str, Any] | None) -> OpenSdgPlan:
    """Turn `open_sdg` into a plan."""
    spec = spec or {}
    return OpenSdgPlan(
        languages=tuple(dict.fromkeys(spec.get("languages") or ())),
        boundaries={name: _boundary(one) for name, one in (spec.get("boundaries") or {}).items()},
        numbers={name: str(code) for name, code in (spec.get("numbers") or {}).items()},
        leave_out=tuple(spec.get("leave_out") or ()),
        translations=spec.get("translations", ""),
    )


def check_open_sdg(plan: Plan, document: Document) -> None:
    """Refuse figures that cannot go to an Open SDG site, before anything is computed.

    Raises
    ------
    StudyError: see `OpenSdgPlan.of_indicators`; figures of no period; outlines of a variable that no figure is broken
        down by.
    """
    if "open-sdg" not in plan.publish:
        return
    try:
        plan.open_sdg.of_indicators({name: one.sdg for name, one in plan.indicators.items()})
    except StudyError as error:
        place = tuple(error.where.split("."))
        where = document.where(*place) if "open_sdg" in document.values else document.where("publish")
        raise StudyError(error.problem, where=where, expected=error.expected, action=error.action) from error
    for name, one in plan.indicators.items():
        if () in one.by and not one.time and not plan.population.time and name not in plan.open_sdg.leave_out:
            raise StudyError(
                f"Nothing says of which year the figures of '{name}' are; a site shows every figure at its year.",
                where=document.where("population", "period"),
                expected="a year, such as `period: 2025` or `period: {from: 2024, to: 2025}`",
                action="state the period of the study, or of the indicator under `time`",
            )
    broken_down = dict.fromkeys(name for one in plan.indicators.values() for by in one.by for name in by)
    for name in plan.open_sdg.boundaries:
        if name not in broken_down:
            raise StudyError(
                f"There are outlines of '{name}', and no figure is broken down by it. {nearest(name, broken_down)}",
                where=document.where("open_sdg", "boundaries", name),
                expected="a variable that stands under `by` of an indicator",
            )


def read_record(spec: Mapping[str, Any] | None, document: Document) -> RecordPlan:
    """Turn `record` into a plan.

    Raises
    ------
    StudyError: an address that is none, a renewal that is no duration.
    """
    spec = spec or {}
    description = spec.get("description") or {}
    named = [("homepage", spec.get("homepage", "")), ("spatial", spec.get("spatial", ""))]
    named += [("themes", theme) for theme in spec.get("themes") or ()]
    for key, address in named:
        if address and not _ADDRESS.fullmatch(address):
            raise StudyError(
                f"'{address}' is no address.",
                where=document.where("record", key),
                expected="a whole address, such as https://example.org/water",
                action="write the address with https:// in front, or take it out",
            )
    accrual = spec.get("accrual", "")
    if accrual and not _DURATION.fullmatch(accrual):
        raise StudyError(
            f"'{accrual}' is no duration.",
            where=document.where("record", "accrual"),
            expected="how often the data are renewed, such as P1Y (every year) or P3M (every quarter)",
        )
    return RecordPlan(
        description=dict(description) if isinstance(description, dict) else {"en": str(description)},
        keywords=tuple(spec.get("keywords") or ()),
        publisher=spec.get("publisher", ""),
        homepage=spec.get("homepage", ""),
        contact=spec.get("contact", ""),
        themes=tuple(spec.get("themes") or ()),
        spatial=spec.get("spatial", ""),
        accrual=accrual,
    )


def _breakdown(spec: Any) -> BreakdownPlan:
    if isinstance(spec, str):
        return BreakdownPlan(spec)
    return BreakdownPlan(spec["dimension"], _codes(spec.get("codes") or {}))


def _codes(spec: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(code) for name, code in spec.items()}


def _boundary(spec: Any) -> BoundaryFile:
    if isinstance(spec, str):
        return BoundaryFile(spec)
    return BoundaryFile(spec["file"], code=spec.get("code", ""), name=spec.get("name", ""))


def _unit(spec: Any) -> tuple[str, str]:
    if isinstance(spec, str):
        return spec, "0"
    return str(spec["measure"]), str(spec.get("mult", "0"))
