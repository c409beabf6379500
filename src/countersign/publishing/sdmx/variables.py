"""Variables of a study -> dimensions of a structure: as the study says, else as recognised, else a group of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from countersign.model.data_structure import DataStructure
from countersign.model.estimate import Estimate
from countersign.model.plan import Plan
from countersign.model.sdmx_mapping import MappedVariable
from countersign.model.sdmx_plan import BreakdownPlan, SdmxPlan
from countersign.publishing.labels import Labels
from countersign.publishing.sdmx.periods import days
from countersign.publishing.sdmx.recognition import age_code, folded, recognise, role_of
from countersign.publishing.sdmx.refusals import in_study, near, refusal
from countersign.publishing.sdmx.roles import roles

MISSING = "(missing)"
"""The category of those of whom it is not known; where a list has no code for that, they are a group of their own."""

UNKNOWN = "_U"

OPPOSITE = ("PWD",)
"""Codes that people use for the opposite: PWD is "without disability" in CL_DISABILITY, and "with" in everyday use."""


def map_variables(
    figures: Sequence[Estimate], *, plan: Plan, structure: DataStructure, labels: Labels
) -> tuple[MappedVariable, ...]:
    """Return what each variable by which some figure is broken down becomes, in order of appearance.

    Raises
    ------
    ReleaseError: the study gives a dimension but a category has no code in it; or a variable has no dimension and the
        structure has none for groups without a code.
    """
    categories: dict[str, dict[str, None]] = {}
    together: dict[str, set[str]] = {}
    for figure in figures:
        for name, category in figure.domain.items():
            categories.setdefault(name, {}).setdefault(str(category))
            together.setdefault(name, set()).update(figure.domain)
    sdmx = plan.sdmx or SdmxPlan()
    found: list[MappedVariable] = []
    for name, seen in categories.items():
        planned = sdmx.breakdowns.get(name)
        texts = list(seen)
        said = [labels.category(name, text) for text in texts]
        if planned is not None:
            found.append(_stated(name, texts, said, planned, structure))
            continue
        taken = {one.dimension for one in found if one.variable in together[name]}
        found.append(_recognised(name, texts, said, plan, structure, taken))
    return tuple(found)


def _stated(
    name: str, categories: Sequence[str], labels: Sequence[str], planned: BreakdownPlan, structure: DataStructure
) -> MappedVariable:
    role = {component: one for one, component in roles(structure).items()}.get(planned.dimension, "")
    if structure.time is not None and planned.dimension == structure.time.id:
        _refuse_no_time(name, categories)
        return MappedVariable(name, planned.dimension, stated=True)
    codes = structure.codes(planned.dimension)
    if role == "custom":
        chosen = {category: planned.codes[category] for category in categories if category in planned.codes}
        return MappedVariable(name, planned.dimension, chosen, stated=True)
    if not codes:  # a dimension without a list takes the category itself
        return MappedVariable(name, planned.dimension, {one: planned.codes.get(one, one) for one in categories}, True)
    found = _codes_of(role, categories, labels, codes) | dict(planned.codes)
    without = [category for category in categories if category not in found and category != MISSING]
    if without:
        nearest = near(age_code(folded(without[0])) or without[0], codes)
        raise refusal(
            f"The category '{without[0]}' of '{name}' has no code in {planned.dimension}."
            + (f" {len(without) - 1} more have none." if len(without) > 1 else ""),
            where=in_study("sdmx", "breakdowns", name),
            expected=f"codes of {structure[planned.dimension].codes}: {nearest}",
            action=f"write its code: breakdowns: {{{name}: {{dimension: {planned.dimension}, codes: "
            f"{{{without[0]}: CODE}}}}}}; or take the dimension for groups without a code",
        )
    return MappedVariable(name, planned.dimension, {one: found[one] for one in categories if one in found}, stated=True)


def _refuse_no_time(name: str, categories: Sequence[str]) -> None:
    wrong = [category for category in categories if category != MISSING and days(category) is None]
    if wrong:
        raise refusal(
            f"The category '{wrong[0]}' of '{name}' is no time.",
            where=in_study("sdmx", "breakdowns", name),
            expected="years, halves (2025-S1), quarters (2025-Q1), months (2025-03), days, or two with a / between",
            action="write the categories so, or take another dimension",
        )


def _recognised(
    name: str,
    categories: Sequence[str],
    labels: Sequence[str],
    plan: Plan,
    structure: DataStructure,
    taken: set[str],
) -> MappedVariable:
    of_role = roles(structure)
    role = _role(name, plan)
    time = structure.time
    if (
        role == "time"
        and time is not None
        and time.id not in taken
        and all(days(one) for one in categories if one != MISSING)
    ):
        return MappedVariable(name, time.id)
    if role == "area" and _all_known(
        "place", categories, labels, structure.codes(of_role["place"]) if "place" in of_role else {}
    ):
        role = "place"  # people call town and country an area too
    dimension = of_role.get(role, "")
    if not dimension:  # a dimension of the structure that is called like the variable
        dimension = next((one.id for one in structure.dimensions if folded(one.id) == folded(name)), "")
    without: list[str] = []
    shared: list[str] = []
    if dimension and dimension not in taken and dimension != of_role.get("custom"):
        found = _codes_of(role, categories, labels, structure.codes(dimension))
        without = [category for category in categories if category not in found and category != MISSING]
        shared = [code for code, count in Counter(found.values()).items() if count > 1]
        if found and not without and not shared:
            return MappedVariable(name, dimension, found)
    if "custom" not in of_role:
        raise refusal(
            f"No dimension is known for '{name}'.",
            where=in_study("sdmx", "breakdowns"),
            expected=f"a dimension of {structure.key}: {', '.join(one.id for one in structure.dimensions)}",
            action=f"write it down: breakdowns: {{{name}: {{dimension: DIMENSION, codes: {{CATEGORY: CODE}}}}}}",
        )
    why = (
        f"{dimension} has no code for {', '.join(without[:3])}"
        + (f" and {len(without) - 3} more" if without[3:] else "")
        if without
        else f"two categories would have the code {shared[0]} of {dimension}"
        if shared
        else f"{dimension} is taken by another variable"
        if dimension in taken
        else "no dimension is known for it"
    )
    return MappedVariable(name, of_role["custom"], without=tuple(without), why=why)


def _all_known(role: str, categories: Sequence[str], labels: Sequence[str], codes: Mapping[str, str]) -> bool:
    known = recognise(role, categories, labels, codes)
    return bool(known) and all(one in known or one == MISSING for one in categories)


def _role(name: str, plan: Plan) -> str:
    for source in plan.data.values():
        for role in ("area", "time"):
            if name in source.roles.get(role, ()):
                return role
    return role_of(name)


def _codes_of(role: str, categories: Sequence[str], labels: Sequence[str], codes: Mapping[str, str]) -> dict[str, str]:
    """Return category -> code: a word or number that is known, else the code itself or its name."""
    found = recognise(role, categories, labels, codes)
    names = {folded(text): code for code, text in codes.items()}
    for category, label in zip(categories, labels, strict=True):
        if category in found:
            continue
        if category == MISSING:
            continue
        if category in codes and category not in OPPOSITE:
            found[category] = category
        elif folded(category) in names or folded(label) in names:
            found[category] = names.get(folded(category)) or names[folded(label)]
    # "Not stated" may be a category of its own beside those of whom nothing is known.
    if MISSING in categories and UNKNOWN in codes and UNKNOWN not in found.values():
        found[MISSING] = UNKNOWN
    return found
