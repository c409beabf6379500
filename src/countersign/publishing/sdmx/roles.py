"""DataStructure -> what its components are for: which one holds the series, the area, the interval."""

from __future__ import annotations

from collections.abc import Mapping

from countersign.catalogue import load
from countersign.model.data_structure import DataStructure

TOTALS = ("_T", "_Z", "TOTAL", "T")
"""Codes that mean "all, no breakdown", in the order in which they are looked for (_T total, _Z not applicable)."""


def roles(structure: DataStructure) -> Mapping[str, str]:
    """Return role -> id of the component that has it; a role that no component has is left out.

    Roles and the names under which structures have them: list ``sdmx_components`` of the catalogue.
    """
    found = {}
    for entry in load("sdmx_components"):
        ids = [one for one in entry["ids"] if one in structure]
        if ids:
            found[entry.id] = ids[0]
    return found


def total(structure: DataStructure, dimension: str) -> str:
    """Return the code of a dimension that means "no breakdown"; empty where its list has none."""
    codes = structure.codes(dimension)
    known = next((code for code in TOTALS if code in codes), "")
    return known or (next(iter(codes)) if len(codes) == 1 else "")
