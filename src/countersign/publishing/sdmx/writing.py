"""Release -> folder ``sdmx``: the observations in every format asked for, and a page on how they came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from countersign.model.data_structure import DataStructure
from countersign.model.observation import Observation, Observations, gather
from countersign.model.release import Release
from countersign.model.sdmx_mapping import SdmxMapping
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.language import speak
from countersign.publishing.sdmx.account import page
from countersign.publishing.sdmx.conformance import faults, refuse
from countersign.publishing.sdmx.csv_message import csv_message
from countersign.publishing.sdmx.json_message import json_message
from countersign.publishing.sdmx.mapping import map_release
from countersign.publishing.sdmx.message import Message, message_of
from countersign.publishing.sdmx.order import Order, in_order
from countersign.publishing.sdmx.xml_message import ML21, ML30, xml_message
from countersign.publishing.writing import write_stream, write_whole

FILES = {
    "csv": ("data.csv", "SDMX-CSV 2.0"),
    "ml21": ("data-2.1.xml", "SDMX-ML 2.1, structure specific, by time series"),
    "ml30": ("data-3.0.xml", "SDMX-ML 3.0, structure specific, by time series"),
    "json": ("data.json", "SDMX-JSON 2.0"),
}
PAGE = "README.md"


def write_sdmx(release: Release, folder: Path, *, structure: DataStructure) -> SdmxMapping:
    """Write the protected figures of a release as SDMX into `folder`, and return how they were mapped.

    Nothing is written before every observation has been held against the structure.

    Raises
    ------
    ReleaseError: the figures do not fit the structure; see `map_release` and `faults`. StoreError: the disk refused.
    """
    sdmx = release.plan.sdmx or SdmxPlan()
    mapped = map_release(release, structure)
    observations = as_columns(mapped.observations, structure)
    order = in_order(observations, structure)
    refuse(faults(observations, structure, order, constraints=sdmx.constraints), structure)
    message = message_of(release)
    for name in sdmx.formats:
        write_stream(folder / FILES[name][0], message_in(name, observations, structure, order, message=message))
    words = speak("en")
    text = page(
        mapped.account,
        structure,
        title=words.pick(release.plan.title),
        synthetic=release.plan.synthetic,
        files=[FILES[name] for name in sdmx.formats],
        constrained=sdmx.constraints,
    )
    write_whole(folder / PAGE, text)
    return mapped.account


def as_columns(observations: Iterable[Observation], structure: DataStructure) -> Observations:
    """Return observations as columns, one a component of the structure."""
    return gather(
        observations,
        texts=[one.id for one in structure.components if not one.number],
        numbers=[one.id for one in structure.components if one.number],
    )


def message_in(
    name: str, observations: Observations, structure: DataStructure, order: Order, *, message: Message
) -> Iterator[str]:
    """Yield a file in one of the formats: ``csv``, ``ml21``, ``ml30``, ``json``."""
    match name:
        case "csv":
            return csv_message(observations, structure, order)
        case "json":
            return json_message(observations, structure, order, message=message)
    version = {"ml21": ML21, "ml30": ML30}[name]
    return xml_message(observations, structure, order, message=message, version=version)
