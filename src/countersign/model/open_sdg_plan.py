"""OpenSdgPlan: what a study says about its figures on an Open SDG site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OpenSdgPlan:
    """How figures become a data repository of Open SDG.

    Parameters
    ----------
    languages: of the site; empty = those of the study's texts. boundaries: variable of areas -> GeoJSON file.
    numbers: indicator of the study -> number of the indicator on the site, such as ``6-1-1``; without it, that of
    ``sdg``.
    """

    languages: tuple[str, ...] = ()
    boundaries: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
