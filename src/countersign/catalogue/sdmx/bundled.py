"""The structures that come along with the package, read when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import resources

from countersign.catalogue.sdmx.compact import from_compact
from countersign.model.data_structure import DataStructure

SDG = "sdg_1_4.json"


@cache
def sdg() -> DataStructure:
    """Return the global structure for SDG indicators, IAEG-SDGs:SDG(1.4), of 2021, with its content constraints.

    Newer versions exist; a study names the file of one under ``sdmx: structure``.
    """
    return from_compact(resources.files(__package__).joinpath(SDG).read_text(encoding="utf-8"))
