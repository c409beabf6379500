"""Sphere: distances on the earth, and the point that lies so far away in a direction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Floats

EARTH = 6371.0088
"""Mean radius in kilometres (IUGG)."""


def located(latitude: Floats, longitude: Floats) -> npt.NDArray[np.bool_]:
    """Return which points are places: degrees in their range, and not 0/0, which devices write that know none."""
    degrees = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    known: npt.NDArray[np.bool_] = degrees & ((latitude != 0) | (longitude != 0))
    return known


def distance(latitude: Floats, longitude: Floats, to_latitude: Floats, to_longitude: Floats) -> Floats:
    """Return great-circle distances in kilometres, arrays broadcast (haversine formula, Sinnott 1984)."""
    phi, lam, to_phi, to_lam = (np.radians(each) for each in (latitude, longitude, to_latitude, to_longitude))
    half = np.sin((to_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin((to_lam - lam) / 2) ** 2
    far: Floats = 2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return far


def travel(latitude: Floats, longitude: Floats, kilometres: Floats, bearing: Floats) -> tuple[Floats, Floats]:
    """Return latitude and longitude, in degrees, of the points `kilometres` away along `bearing` (radians from north).

    The direct problem on the sphere; longitudes come out between -180 and 180.
    """
    phi, lam, angle = np.radians(latitude), np.radians(longitude), np.asarray(kilometres) / EARTH
    sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing)
    to_phi = np.arcsin(np.clip(sine, -1.0, 1.0))
    east = np.sin(bearing) * np.sin(angle) * np.cos(phi)
    to_lam = lam + np.arctan2(east, np.cos(angle) - np.sin(phi) * np.sin(to_phi))
    return np.degrees(to_phi), (np.degrees(to_lam) + 540.0) % 360.0 - 180.0
