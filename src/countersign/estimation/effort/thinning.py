"""Thinning: places that are crowded with records are thinned out, so that they do not speak for everywhere."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError
from countersign.model.cells import Floats
from countersign.model.sphere import EARTH


def thin(longitude: Floats, latitude: Floats, *, distance: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return which records stay so that no two are nearer than a distance.

    Records are gone through in a random order; one stays if none that stays is nearer.

    Parameters
    ----------
    longitude, latitude: degrees, (n,). distance: kilometres, along the surface of a sphere. seed: of the order.

    Returns
    -------
    True where a record stays, (n,).

    Raises
    ------
    EstimationError: places that are missing or not on the globe; a distance that is not above 0.
    """
    lon, lat = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
    wrong = int((~(np.abs(lon) <= 180) | ~(np.abs(lat) <= 90)).sum())
    if wrong or not 0 < distance < math.pi * EARTH:
        raise EstimationError(
            f"{wrong} places are missing or not on the globe; the distance is {distance:g} km.",
            where="thin",
            expected="degrees of longitude and latitude in every row, and a distance above 0",
            action="correct the places, or leave them out by name with where=",
        )
    up = np.radians(lat)
    around = np.radians(lon)
    place = np.column_stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])
    chord = 2 * math.sin(distance / EARTH / 2)
    box = np.floor(place / chord).astype(np.int64)
    kept: dict[tuple[int, int, int], list[int]] = {}
    stays = np.zeros(len(lon), dtype=bool)
    steps = (-1, 0, 1)
    for row in np.random.default_rng(seed).permutation(len(lon)).tolist():
        i, j, k = box[row].tolist()
        near = [
            one for a in steps for b in steps for c in steps for one in kept.get((i + a, j + b, k + c), ())
        ]  # fmt: skip
        if near and ((place[near] - place[row]) ** 2).sum(axis=1).min() < chord**2:
            continue
        stays[row] = True
        kept.setdefault((i, j, k), []).append(row)
    return stays
