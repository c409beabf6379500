"""SDMX: figures as observations of a data structure, checked against it, in CSV, XML and JSON.

`write_sdmx` makes everything; `map_release` alone says what a study would become; `faults` holds observations against a
structure; `read_structure` reads one from a file.
"""

from __future__ import annotations

from countersign.publishing.sdmx.account import sentences
from countersign.publishing.sdmx.conformance import Fault, faults
from countersign.publishing.sdmx.mapping import Mapped, map_release
from countersign.publishing.sdmx.plan_checking import check_plan
from countersign.publishing.sdmx.structure_message import read_structure
from countersign.publishing.sdmx.structure_schema import driver_schema, structure_schema
from countersign.publishing.sdmx.writing import write_sdmx

__all__ = [
    "Fault",
    "Mapped",
    "check_plan",
    "driver_schema",
    "faults",
    "map_release",
    "read_structure",
    "sentences",
    "structure_schema",
    "write_sdmx",
]
