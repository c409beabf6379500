"""Observations against their structure: codes, what is mandatory, keys that stand twice, and what a series may hold.

Neither pysdmx nor sdmx1 looks at codes. Here every distinct code is looked up once, so that a million observations cost
little more than a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from countersign.errors import ReleaseError
from countersign.model.data_structure import Attachment, Component, ComponentKind, ContentConstraint, DataStructure
from countersign.model.observation import Observations
from countersign.publishing.sdmx.order import Order, codes_of
from countersign.publishing.sdmx.refusals import in_study, near
from countersign.publishing.sdmx.roles import roles

MOST_TOLD = 5


@dataclass(frozen=True)
class Fault:
    """Something an observation may not have.

    Parameters
    ----------
    figures: the figures concerned, the first few; count: of all. component: where. problem, expected: in words.
    """

    component: str
    problem: str
    expected: str
    figures: tuple[str, ...] = ()
    count: int = 1


def faults(
    observations: Observations, structure: DataStructure, order: Order, *, constraints: bool = True
) -> tuple[Fault, ...]:
    """Return everything that is wrong with observations, in the order of the components; empty where nothing is.

    Parameters
    ----------
    constraints: also hold them against the content constraints of the structure.
    """
    checks = [_codes(observations, structure), _forms(observations, structure), _absent(observations, structure)]
    checks.append(_twice(observations, structure, order))
    checks.append(_differing(observations, structure, order))
    if constraints:
        checks.append(_not_allowed(observations, structure))
    return tuple(fault for check in checks for fault in check)


def refuse(found: tuple[Fault, ...], structure: DataStructure) -> None:
    """Refuse a release with faults.

    Raises
    ------
    ReleaseError: names the first few, each with its figures, its component and the codes that are expected.
    """
    if not found:
        return
    told = [
        f"{one.problem} (figure{'s' if one.count > 1 else ''} {', '.join(one.figures)}"
        + (f" and {one.count - len(one.figures):,} more" if one.count > len(one.figures) else "")
        + ")"
        for one in found[:MOST_TOLD]
    ]
    more = f" {len(found) - MOST_TOLD} more are wrong." if len(found) > MOST_TOLD else ""
    raise ReleaseError(
        f"The figures do not fit {structure.key}: " + "; ".join(told) + "." + more,
        where=in_study("sdmx"),
        expected="; ".join(dict.fromkeys(f"{one.component}: {one.expected}" for one in found[:MOST_TOLD])),
        action=_action(found[0]),
    )


def _action(fault: Fault) -> str:
    if fault.problem.startswith("two observations"):
        return (
            "give the indicators different series, map the variable that tells the figures apart (sdmx: breakdowns), "
            "send it as a group of its own (breakdowns: {VARIABLE: CUST_BREAKDOWN}), or leave one of the two out"
        )
    if "allows" in fault.problem:
        return (
            "leave that breakdown out for this indicator, or send it as a group of its own (breakdowns: {VARIABLE: "
            "CUST_BREAKDOWN}); a national series that goes further than the global one: constraints: false"
        )
    return (
        "write the code under 'sdmx': 'area' for the area of the study, 'breakdowns' for a variable, 'constants' for "
        "what is the same in all figures"
    )


def _codes(observations: Observations, structure: DataStructure) -> Iterator[Fault]:
    """Codes that are not in their list."""
    for component in structure.components:
        codes = structure.codes(component.id)
        column = observations.columns.get(component.id)
        if not codes or column is None:
            continue
        for place, text in enumerate(column.texts):
            if text and text not in codes:
                where = np.flatnonzero(codes_of(column) == place)
                yield _fault(
                    observations,
                    where,
                    component.id,
                    f"{component.id} '{text}' is not a code of {component.codes}",
                    near(text, codes),
                )


_DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_PERIOD = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d)?)?|-[ASTQMWD]\d{1,3})?"
    r"|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?/P\d+[YMD]"
)
FORMS = {
    "DateTime": (_DATE_TIME, "a day and a time, such as 2025-01-01T00:00:00"),
    "ObservationalTimePeriod": (_PERIOD, "a period of SDMX, such as 2025, 2025-Q1, 2025-03 or 2013-01-01/P8Y"),
}


def _forms(observations: Observations, structure: DataStructure) -> Iterator[Fault]:
    """Texts that have not the form of their type."""
    for component in structure.components:
        column = observations.columns.get(component.id)
        if component.codes or column is None or component.type not in FORMS:
            continue
        form, expected = FORMS[component.type]
        for place, text in enumerate(column.texts):
            if text and not form.fullmatch(text):
                where = np.flatnonzero(codes_of(column) == place)
                yield _fault(
                    observations, where, component.id, f"{component.id} '{text}' is no {component.type}", expected
                )


def _absent(observations: Observations, structure: DataStructure) -> Iterator[Fault]:
    """Dimensions and mandatory attributes that observations lack; a measure may be absent, its status says why."""
    for component in structure.components:
        if component.kind is ComponentKind.MEASURE or not component.required:
            continue
        where = _where_absent(observations, component)
        if where.size:
            codes = structure.codes(component.id)
            kind = "dimension" if component.kind is not ComponentKind.ATTRIBUTE else "mandatory attribute"
            expected = near("", codes) if codes else f"a value ({component.name})"
            yield _fault(observations, where, component.id, f"the {kind} {component.id} has no value", expected)


def _where_absent(observations: Observations, component: Component) -> npt.NDArray[Any]:
    if component.number and component.id in observations.numbers:
        return np.flatnonzero(np.isnan(np.frombuffer(observations.numbers[component.id], dtype=np.float64)))
    column = observations.columns.get(component.id)
    if column is None:
        return np.arange(len(observations))
    return np.flatnonzero(codes_of(column) == 0)


def _twice(observations: Observations, structure: DataStructure, order: Order) -> Iterator[Fault]:
    """Two observations with one key."""
    for at in order.same[:MOST_TOLD]:
        first, second = order.places[at - 1], order.places[at]
        one = observations[int(second)]
        key = ", ".join(
            f"{part.id} {one.texts.get(part.id, '')}"
            for part in (*structure.dimensions, *((structure.time,) if structure.time else ()))
            if one.texts.get(part.id, "") not in ("_T", "_Z")
        )
        figures = tuple(dict.fromkeys((observations[int(first)].origin, one.origin)))
        yield Fault("key", f"two observations have one key: {key}", "each key once", figures, len(figures))


def _differing(observations: Observations, structure: DataStructure, order: Order) -> Iterator[Fault]:
    """Attributes of a series that differ within it, and attributes of the data set that differ at all."""
    if not len(observations):
        return
    series = np.zeros(len(order.places), dtype=np.intp)
    series[order.starts] = 1
    series = np.cumsum(series)
    for component in structure.attributes:
        if component.attached is Attachment.OBSERVATION or component.id not in observations.columns:
            continue
        at = codes_of(observations.columns[component.id])[order.places]
        differs = at[1:] != at[:-1]
        if component.attached is Attachment.SERIES:
            differs &= series[1:] == series[:-1]
        where = np.flatnonzero(differs)
        if where.size:
            both = order.places[np.unique(np.concatenate([where, where + 1]))]
            of = "of one series" if component.attached is Attachment.SERIES else "of the data set"
            yield _fault(observations, both, component.id, f"{component.id} {of} has several values", f"one value {of}")


def _not_allowed(observations: Observations, structure: DataStructure) -> Iterator[Fault]:
    """Codes that the content constraints do not allow for a series."""
    by_component: dict[str, dict[str, ContentConstraint]] = {}
    for constraint in structure.constraints:
        by_component.setdefault(constraint.component, {})[constraint.code] = constraint
    series = roles(structure).get("series", "")
    for component, constraints in by_component.items():
        if component and component not in observations.columns:
            continue
        subjects = enumerate(observations.columns[component].texts) if component else [(-1, "")]
        for place, code in subjects:
            if code not in constraints or (component and not code):
                continue
            at = codes_of(observations.columns[component]) == place if component else np.ones(len(observations), bool)
            for name, allowed in constraints[code].allowed.items():
                yield from _outside(observations, structure, at, name, allowed, _subject(component, code, series))


def _outside(
    observations: Observations,
    structure: DataStructure,
    at: npt.NDArray[Any],
    name: str,
    allowed: frozenset[str],
    subject: str,
) -> Iterator[Fault]:
    column = observations.columns.get(name)
    if column is None:
        return
    codes = codes_of(column)
    texts = {int(place): column.texts[place] for place in np.unique(codes[at])}
    wrong = {place: text for place, text in texts.items() if text and text not in allowed}
    if wrong:
        named = structure.codes(name)
        told = " and ".join(f"'{text}'" for text in list(wrong.values())[:2])
        more = f" and {len(wrong) - 2} more" if len(wrong) > 2 else ""
        yield _fault(
            observations,
            np.flatnonzero(at & np.isin(codes, list(wrong))),
            name,
            f"{subject} allows no {name} {told}{more}",
            near(next(iter(wrong.values())), {code: named.get(code, "") for code in sorted(allowed)}),
        )


def _subject(component: str, code: str, series: str) -> str:
    return (f"the series {code}" if component == series else f"{component} {code}") if component else "the structure"


def _fault(observations: Observations, where: npt.NDArray[Any], component: str, problem: str, expected: str) -> Fault:
    figures = tuple(dict.fromkeys(observations[int(place)].origin for place in where[:3]))
    return Fault(component, problem, expected, figures, max(len(figures), int(where.size)))
