"""Observations -> SDMX-ML, structure specific, by time series: version 2.1 and version 3.0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from countersign.model.data_structure import Attachment, Component, DataStructure
from countersign.model.observation import Observations
from countersign.publishing.sdmx.blocks import Texts, blocks, number
from countersign.publishing.sdmx.message import Message
from countersign.publishing.sdmx.order import Order

QUOTES: Mapping[str, str] = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


class Version(NamedTuple):
    """A version of SDMX-ML: its name, its namespaces, and what its head writes otherwise."""

    name: str
    base: str
    scope: str


ML21 = Version("2.1", "http://www.sdmx.org/resources/sdmxml/schemas/v2_1", ' ss:dataScope="DataStructure"')
ML30 = Version("3.0", "http://www.sdmx.org/resources/sdmxml/schemas/v3_0", "")


def namespace(structure: DataStructure) -> str:
    """Return the namespace of data by time series of a structure, as the standard forms it."""
    return f"{structure.urn}:ObsLevelDim:{structure.time.id if structure.time else 'AllDimensions'}"


def xml_message(
    observations: Observations, structure: DataStructure, order: Order, *, message: Message, version: Version
) -> Iterator[str]:
    """Yield the file: one Series element a key, one Obs element a period.

    A structure without time has one observation a series.
    """
    texts = Texts(
        observations,
        written=lambda name, text: f' {name}="{escape(text, dict(QUOTES))}"',
        counted=lambda name, value: f' {name}="{number(value)}"',
    )
    time = (structure.time,) if structure.time is not None else ()
    of_series = (*structure.dimensions, *structure.attached(Attachment.SERIES))
    of_observation = (*time, structure.measure, *structure.attached(Attachment.OBSERVATION))
    yield _head(structure, message, version, _whole(structure.attached(Attachment.DATASET), texts, order))
    for block in blocks(order):
        rows = ["".join(row) for row in texts.rows(of_observation, block.places)]
        start = 0
        parts = []
        for series, end in zip(texts.rows(of_series, block.first), block.ends, strict=True):
            inner = "/><Obs".join(rows[start:end])
            parts.append(f"<Series{''.join(series)}><Obs{inner}/></Series>\n")
            start = end
        yield "".join(parts)
    yield "</mes:DataSet>\n</mes:StructureSpecificData>\n"


def _whole(components: tuple[Component, ...], texts: Texts, order: Order) -> str:
    """The attributes of the data set; they are the same in all observations."""
    if not components or not len(order.places):
        return ""
    return "".join(next(iter(texts.rows(components, order.places[:1]))))


def _head(structure: DataStructure, message: Message, version: Version, attributes: str) -> str:
    space = escape(namespace(structure), dict(QUOTES))
    reference = (
        f'<com:Structure><Ref agencyID="{structure.agency}" id="{structure.id}" version="{structure.version}"/>'
        "</com:Structure>"
        if version is ML21
        else f"<com:Structure>{escape(structure.urn)}</com:Structure>"
    )
    at = structure.time.id if structure.time else "AllDimensions"
    named = f'<com:Name xml:lang="en">{escape(message.name)}</com:Name>' if message.name else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mes:StructureSpecificData xmlns:mes="{version.base}/message" xmlns:com="{version.base}/common"'
        f' xmlns:ss="{version.base}/data/structurespecific" xmlns:ns1="{space}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"<mes:Header><mes:ID>{message.id}</mes:ID><mes:Test>{str(message.test).lower()}</mes:Test>"
        f'<mes:Prepared>{message.prepared}</mes:Prepared><mes:Sender id="{message.sender}">{named}</mes:Sender>'
        f'<mes:Structure structureID="{structure.id}" namespace="{space}"'
        f' dimensionAtObservation="{at}">{reference}</mes:Structure>'
        "</mes:Header>\n"
        f'<mes:DataSet ss:structureRef="{structure.id}" xsi:type="ns1:DataSetType"{version.scope}'
        f' ss:action="Replace"{attributes}>\n'
    )
