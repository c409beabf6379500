"""Region, Regions, Displacement: places wide enough that nobody lives there alone, and points moved by a known law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Region:
    """A part of the map from which enough people contributed.

    Parameters
    ----------
    cells: H3 cells it consists of, all of one `resolution`; several where single ones had too few people.
    contributors: different people who contributed from it. records: their records.
    residents: people who live there, or None where nobody said so.
    """

    cells: tuple[str, ...]
    resolution: int
    contributors: int
    records: int
    residents: float | None = None

    @property
    def name(self) -> str:
        """The first cell; with how many more belong to it."""
        return self.cells[0] if len(self.cells) == 1 else f"{self.cells[0]}+{len(self.cells) - 1}"


@dataclass(frozen=True)
class Regions(Tabular):
    """A map in which every region has at least `k` contributors and `least_residents` residents.

    Parameters
    ----------
    hidden_records: records whose surroundings have too few people even at the coarsest resolution, and those without a
        place are `without_place`. sites: places to be kept secret that were respected.
    of_record: (N,) the number of the region of each record, -1 where it is hidden or has no place. It stays inside.
    """

    regions: tuple[Region, ...]
    k: int
    finest: int
    coarsest: int
    least_residents: float = 0.0
    hidden_records: int = 0
    without_place: int = 0
    sites: int = 0
    of_record: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False, compare=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a region."""
        return [
            {
                "region": one.name,
                "resolution": one.resolution,
                "cells": " ".join(one.cells),
                "contributors": one.contributors,
                "records": one.records,
                "residents": one.residents,
            }
            for one in self.regions
        ]


@dataclass(frozen=True)
class DisplacementLaw:
    """How far points are moved.

    Parameters
    ----------
    nearest, farthest: kilometres, for each kind of place (``urban``, ``rural``, or ``""`` for all).
    far_share, far: of each kind, the share that may go up to `far` kilometres instead.
    uniform: in ``distance`` (as many near as far, DHS) or in ``area`` (evenly over the ring).
    """

    id: str
    title: str
    nearest: Mapping[str, float]
    farthest: Mapping[str, float]
    far: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    uniform: str = "distance"
    source: str = ""


@dataclass(frozen=True)
class Displacement(Tabular):
    """Points moved by a law, one for each place of each contributor.

    Parameters
    ----------
    latitude, longitude: (U,) degrees. records: (U,) how many records each stands for. area: (U,) the administrative
        unit, empty without. law: see there.
    withheld: places that could not be moved within their unit or among enough residents. repeated: records that were
        put together with another of the same person. widened: places that were moved farther than the law says because
        too few people live near.
    nearer: of the points shown, the least, the 5th percentile and the median number of residents who live at least as
        near to the point shown as the true place; None without residents.
    of_record: (N,) number of the point of each record, -1 where withheld. It stays inside.
    """

    latitude: Floats
    longitude: Floats
    records: Integers
    area: tuple[str, ...]
    law: DisplacementLaw
    withheld: int = 0
    repeated: int = 0
    widened: int = 0
    without_place: int = 0
    nearer: tuple[float, float, float] | None = None
    of_record: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False, compare=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a point."""
        columns = zip(self.latitude.tolist(), self.longitude.tolist(), self.records.tolist(), self.area, strict=True)
        return [
            {"latitude": round(north, 5), "longitude": round(east, 5), "records": records, "area": area}
            for north, east, records, area in columns
        ]
