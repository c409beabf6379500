"""Depending: which parts of the study file a step depends on; a change elsewhere in the file does not repeat it.

What people read (titles, labels, where data were obtained, what is published and when) enters no figure, so no step
that computes figures depends on it. A test follows every step and fails where one reads a part that is not named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from countersign.model.plan import Plan

if TYPE_CHECKING:
    from countersign.model.dataset import Codebook
    from countersign.model.estimate import EstimateTable
    from countersign.model.plan import IndicatorPlan
    from countersign.model.source import Source

GOING_OUT = ("publish", "sdmx", "open_sdg", "calendar", "record", "signing", "agreements")
"""Parts that say what leaves, and under whose name: no step reads them."""

_ELSEWHERE = ("earlier", "microdata", "places", "texts", "photos")  # earlier releases are inputs; the others are verbs
_FIGURES = ("limits", "population", "weighting", "data.figures", "indicators.figures", "protection.wider")

PARTS: Mapping[str, tuple[str, ...]] = {
    "assess": tuple(field.name for field in fields(Plan) if field.name not in GOING_OUT),
    "weight": ("limits", "weighting"),
    "estimate": (*_FIGURES, "official", "synthetic", "truth"),
    "compare": ("limits", "weighting", "compare", "data.figures", "protection.people"),
    "learn": (*_FIGURES, "uncertainty", "compare"),
    "examine": (*_FIGURES, "uncertainty", "compare", "benchmarks"),
    "support": ("limits", "population", "weighting", "uncertainty", "compare", "benchmarks"),
    "contribute": (*_FIGURES, "protection.people"),
    "protect": ("limits", "population", "data.figures", "indicators.figures", "protection.people"),
}
"""Verb -> the parts it depends on; a part after a dot is a smaller one, made by `_SMALLER`."""


def parts_of(plan: Plan, verb: str) -> dict[str, Any]:
    """Return the parts of a plan that a step depends on, as JSON values.

    A verb that is not listed depends on everything.
    """
    from countersign.study.notation import as_json

    names = PARTS.get(verb) or tuple(field.name for field in fields(Plan))
    return {name: as_json(_SMALLER[name](plan) if name in _SMALLER else getattr(plan, name)) for name in names}


def without_labels(source: Source) -> Source:
    """Return a data source without what only people read: labels, and where it was obtained."""
    bare = {
        name: {key: value for key, value in spec.items() if key != "label"} for name, spec in source.variables.items()
    }
    return replace(source, variables=bare, labels={}, obtain="")


def labelled(codebook: Codebook, source: Source) -> Codebook:
    """Return a codebook with the labels that a study declares."""
    from countersign.model.expression import columns_between

    labels: dict[str, Mapping[str, str]] = {}
    in_file = [one.source for one in codebook.variables.values() if not one.derived]
    for name, spec in source.variables.items():
        if "label" in spec:
            first, dots, last = (part.strip() for part in name.partition(".."))
            several = columns_between(first, last, in_file) if dots and name not in codebook else (name,)
            labels = {**dict.fromkeys(several, spec["label"]), **labels} if dots else {**labels, name: spec["label"]}
    labels.update(source.labels)
    return codebook.extended(
        {name: replace(codebook[name], label=label) for name, label in labels.items() if name in codebook and label}
    )


def titled(figures: EstimateTable, plan: Plan, codebooks: Mapping[str, Codebook]) -> EstimateTable:
    """Return figures under the title of the study, with the labels of the variables that they are broken down by."""
    labels = {
        name: one.label.get("en") or next(iter(one.label.values()))
        for codebook in codebooks.values()
        for name, one in codebook.variables.items()
        if one.label
    }
    return replace(figures, title=next(iter(plan.title.values()), ""), labels=labels)


def _untitled(plan: Plan) -> dict[str, IndicatorPlan]:
    return {name: replace(one, title={}) for name, one in plan.indicators.items()}


_SMALLER: Mapping[str, Callable[[Plan], Any]] = {
    "data.figures": lambda plan: {name: without_labels(source) for name, source in plan.data.items()},
    "indicators.figures": _untitled,
    "protection.wider": lambda plan: {"coarsen": plan.protection.coarsen, "pool": plan.protection.pool},
    "protection.people": lambda plan: {
        field.name: getattr(plan.protection, field.name)
        for field in fields(plan.protection)
        if field.name not in _ELSEWHERE
    },
}
