"""Areas and accuracies of a map, on plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from countersign.errors import DataError
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of
from countersign.study.inferring.spelling import is_number, spelled

if TYPE_CHECKING:
    from countersign.estimation.maps import MapAccuracy
    from countersign.model.estimate import EstimateTable


@verb
def adjust_map_areas(
    sample: Any,
    areas: Any,
    *,
    map_class: str = "map",
    reference: str = "reference",
    count: str = "",
    area_class: str = "class",
    area: str = "area",
    unit: str = "",
    interval: str = "beta",
    level: float = 0.95,
    where: str = "",
) -> EstimateTable:
    """Estimate the true area of each class, and the accuracies of the map, from places where the truth was looked up.

    Parameters
    ----------
    sample: one row a place, with the class on the map and the class found; or one row a cell of the error matrix, with
        the number of places in `count`. Places were drawn at random within each map class.
    areas: table with the mapped area of each class (columns `area_class` and `area`), or a mapping class -> area.
    map_class, reference: columns of the class on the map and of the class found. unit: of the areas, in words.
    interval: ``beta`` stays within 0 and the whole; ``t`` is the one of the source. level: of the intervals.
    where: condition on the places.

    Returns
    -------
    Figures ``area/CLASS``, ``users/CLASS``, ``producers/CLASS``, ``overall``; `raw` of an area is the mapped one.

    Raises
    ------
    DataError: a place without one of its classes, a class with several areas. EstimationError: a class of the sample
        without an area, too few places in a class.
    """
    return map_accuracy(
        sample, areas, map_class=map_class, reference=reference, count=count, area_class=area_class, area=area,
        unit=unit, where=where,
    ).figures(convention=interval, level=level)  # fmt: skip


@verb
def map_accuracy(
    sample: Any,
    areas: Any,
    *,
    map_class: str = "map",
    reference: str = "reference",
    count: str = "",
    area_class: str = "class",
    area: str = "area",
    unit: str = "",
    where: str = "",
) -> MapAccuracy:
    """Return the error matrix of a map with all areas and accuracies as one table.

    Parameters
    ----------
    sample, areas, map_class, reference, count, area_class, area, unit, where: as in `adjust_map_areas`.

    Raises
    ------
    DataError, EstimationError: as in `adjust_map_areas`.
    """
    from countersign.estimation.maps import adjust_areas

    cells = cells_of(sample, by=[map_class, reference], weight=count, where=where, called="the sample", amount="count")
    counts: dict[tuple[str, str], float] = {}
    pairs = zip(cells.keys[map_class].tolist(), cells.keys[reference].tolist(), cells.weight.tolist(), strict=True)
    for on_map, found, places in pairs:
        if on_map is None or found is None:
            raise DataError(
                f"{places:g} places have no {'map' if on_map is None else 'reference'} class.",
                where=map_class if on_map is None else reference,
                expected="both classes at every place",
                action="leave these places out with 'where', and say so; or make 'unknown' a reference class",
            )
        counts[spelled(on_map), spelled(found)] = counts.get((spelled(on_map), spelled(found)), 0.0) + places
    mapped = _given(areas) if isinstance(areas, Mapping) else _areas(areas, area_class, area)
    return adjust_areas(counts, mapped, unit=unit)


def _given(areas: Mapping[Any, Any]) -> dict[str, float]:
    """Return class -> area, classes spelled as in the tables."""
    found: dict[str, float] = {}
    for name, amount in areas.items():
        if not is_number(amount):
            raise DataError(
                f"The area of '{spelled(name)}' is no number.",
                where="areas",
                expected="class -> area, such as {'forest': 120.5}",
                action="correct the areas",
            )
        found[spelled(name)] = float(amount)
    return found


def _areas(table: Any, area_class: str, area: str) -> dict[str, float]:
    cells = cells_of(table, by=[area_class], measures={"area": area})
    if (cells.n > 1).any():
        raise DataError(
            f"Some classes have several areas in '{area}'.",
            where=area_class,
            expected="one row a class",
            action="add them up",
        )
    names = [spelled(name) for name in cells.keys[area_class].tolist()]
    return dict(zip(names, cells.plain[:, 0].tolist(), strict=True))
