"""The key `protection` of a study file -> ProtectionPlan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from countersign.catalogue import PEOPLE, is_of, protection_limit
from countersign.errors import StudyError
from countersign.model.protection_plan import GroupDecision, ProtectionPlan, VisibleGroup
from countersign.model.source import Source
from countersign.study.document import Document
from countersign.study.process_plan import read_day


def read_protection(
    spec: Mapping[str, Any] | None, document: Document, sources: Iterable[Source] = ()
) -> ProtectionPlan:
    """Turn `protection` into a plan.

    Parameters
    ----------
    sources: the data. Where the file names no minimum and the rows of one of them are people, that of the catalogue
        holds; ``minimum_contributors: 0`` says that nothing is withheld.

    Raises
    ------
    StudyError: k below 2, a decision without words, a day that is none, a time pooled over fewer than two periods.
    """
    by_default = "minimum_contributors" not in (spec or {}) and any(_of_people(source) for source in sources)
    minimum = default_minimum() if by_default else 0
    if spec is None:
        return ProtectionPlan(minimum_contributors=minimum, by_default=by_default)
    dominance, pool = spec.get("dominance"), spec.get("pool")
    return ProtectionPlan(
        declared=True,
        method=spec.get("method", "suppress"),
        by_default=by_default,
        minimum_contributors=spec.get("minimum_contributors", minimum),
        minimum_households=spec.get("minimum_households", 0),
        contributor=spec.get("contributor", ""),
        household=spec.get("household", ""),
        refusal=str(spec.get("refusal", "")),
        numerators=spec.get("numerators", True),
        group_disclosure=spec.get("group_disclosure", True),
        zeros=spec.get("zeros", "show"),
        dominance=(dominance["largest"], float(dominance["percent"])) if dominance else None,
        p_percent=spec.get("p_percent"),
        width=spec.get("width"),
        visible=tuple(_visible(one) for one in _items(spec.get("visible"))),
        coarsen={
            variable: {str(code): str(wider) for code, wider in codes.items()}
            for variable, codes in (spec.get("coarsen") or {}).items()
        },
        pool=(pool["variable"], pool["periods"]) if pool else None,
        earlier=_items(spec.get("earlier")),
        decisions=tuple(_decision(one, number, document) for number, one in enumerate(spec.get("decisions") or ())),
        keys=_items(spec.get("keys")),
        sensitive=_items(spec.get("sensitive")),
        k=_k(spec.get("k", 0), document),
        noise=spec.get("noise") or {},
        microdata=spec.get("microdata") or {},
        places=spec.get("places") or {},
        texts=spec.get("texts") or {},
        photos=spec.get("photos") or {},
    )


def default_minimum() -> int:
    """Return the limit to start from (catalogue, list ``protection``)."""
    return int(protection_limit("minimum_contributors"))


def _of_people(source: Source) -> bool:
    """Whether a row is a person; one of which nothing is said may be."""
    return source.format != "published-tables" and (source.unit == "record" or is_of(source.unit, PEOPLE))


def _items(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _visible(one: str | Mapping[str, Any]) -> VisibleGroup:
    return (
        VisibleGroup(one) if isinstance(one, str) else VisibleGroup(**{**one, "category": str(one.get("category", ""))})
    )


def _decision(one: Mapping[str, Any], number: int, document: Document) -> GroupDecision:
    place = ("protection", "decisions", number)
    for key in ("by", "role", "statement"):
        if not str(one[key]).strip(" ?"):
            raise StudyError(
                f"A decision about a group has no '{key}'.",
                where=document.where(*place, key),
                expected="who decided, in which role, and their words",
                action="write it down: it is published with the figures it concerns",
            )
    return GroupDecision(
        group={name: str(category) for name, category in one["group"].items()},
        action=one["action"],
        by=str(one["by"]),
        role=str(one["role"]),
        statement=str(one["statement"]),
        date=read_day(one["date"], document, *place, "date"),
        minimum=one.get("minimum", 1),
    )


def _k(value: int, document: Document) -> int:
    if value and value < 2:
        raise StudyError(
            "With k below 2 everybody may stand alone.",
            where=document.where("protection", "k"),
            expected="a whole number from 2 on; 3 inside an organisation, 5 in public",
            action="raise it, or take the line out",
        )
    return value
