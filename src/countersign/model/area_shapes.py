"""AreaShapes: outlines of areas, by the category that figures are broken down by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AreaShape:
    """The outline of one area. code: of the file; name: what people call it; geometry: GeoJSON (RFC 7946)."""

    code: str
    name: str
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class AreaShapes:
    """The areas of one variable, in the order of their file.

    Parameters
    ----------
    file: its name. joins: category of the data -> code of its outline. notes: sentences on names that differ.
    """

    variable: str
    file: str
    shapes: tuple[AreaShape, ...]
    joins: Mapping[str, str]
    notes: tuple[str, ...] = ()
