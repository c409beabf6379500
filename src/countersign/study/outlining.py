"""Outlining: the boundaries a study names -> the outlines of the categories that its figures are broken down by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countersign.model.area_shapes import AreaShapes

if TYPE_CHECKING:
    from countersign.study.study import Study

SHOWING = frozenset({"open-sdg", "report", "dossier", "pdf"})
"""Outputs with maps. An Open SDG site needs every outline; a page without one of them shows tiles."""


def outlines(study: Study) -> dict[str, AreaShapes]:
    """Return variable of areas -> the outlines of its categories; nothing where no output shows a map.

    Categories that wider ones were put together to have no outline of their own and need none.

    Raises
    ------
    DataError: a file is missing or no map; for an Open SDG site, a category without an outline.
    """
    from countersign.intake.area_shapes import read_area_shapes

    plan = study.plan
    if not SHOWING.intersection(plan.publish):
        return {}
    found = {}
    for name, boundary in plan.open_sdg.boundaries.items():
        where = study.file.document.where("open_sdg", "boundaries", name)
        wider = set(plan.protection.coarsen.get(name, {}).values())
        categories = {str(one.domain[name]) for one in study.protected if name in one.domain} - wider
        found[name] = read_area_shapes(
            study.place.find(boundary.file, where=where),
            variable=name,
            categories=sorted(categories) if "open-sdg" in plan.publish else (),
            also=sorted(categories | {one.category for one in study.coverage_table if one.variable == name}),
            code=boundary.code,
            name=boundary.name,
            where=where,
        )
    return found
