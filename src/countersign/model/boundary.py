"""Boundary: the outline of an area, as polygons with holes, and which points lie inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BLOCK = 2_000_000  # point-edge pairs looked at together: about 50 MB


@dataclass(frozen=True)
class Boundary:
    """An area on a map.

    Parameters
    ----------
    polygons: each a tuple of rings, the outline first, then its holes; a ring is (R, 2), longitude and latitude in
    degrees, its first point repeated at the end.
    """

    polygons: tuple[tuple[Floats, ...], ...]

    def contains(self, longitude: Floats, latitude: Floats) -> npt.NDArray[np.bool_]:
        """Return which points lie inside, (N,): inside a polygon's outline and in none of its holes.

        Even-odd rule: a ray towards the east crosses the rings of a polygon an odd number of times (Shimrat 1962). A
        point with an unknown coordinate is outside. Degrees are taken as plane coordinates: no outline may cross the
        180th meridian.
        """
        inside = np.zeros(len(longitude), dtype=bool)
        for rings in self.polygons:
            outline = rings[0]
            west, south = outline.min(axis=0)
            east, north = outline.max(axis=0)
            near = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north) & ~inside
            at = np.flatnonzero(near)
            if len(at):
                inside[at] = _odd(rings, longitude[at], latitude[at])
        return inside


def _odd(rings: tuple[Floats, ...], x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    start = np.concatenate([ring[:-1] for ring in rings])
    end = np.concatenate([ring[1:] for ring in rings])
    crossings = np.zeros(len(x), dtype=np.int64)
    step = max(1, BLOCK // max(1, len(start)))
    for first in range(0, len(x), step):
        px, py = x[first : first + step, None], y[first : first + step, None]
        spans = (start[:, 1] > py) != (end[:, 1] > py)
        rise = end[:, 1] - start[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = start[:, 0] + (py - start[:, 1]) / rise * (end[:, 0] - start[:, 0])
        crossings[first : first + step] = (spans & (px < meets)).sum(axis=1)
    odd: npt.NDArray[np.bool_] = crossings % 2 == 1
    return odd
