"""DataStructure -> XML Schema: what data by time series of this structure may hold, code by code.

The general schemas of SDMX accept any attribute with any content; only a schema made for one structure refuses a wrong
code. It follows the rules of SDMX, section 3A: the target namespace is the URN of the structure with the dimension at
the observation, a simple type per code list, and restrictions of the abstract types DataSetType, SeriesType and
ObsType. A registry makes the official one; this one is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from countersign.model.data_structure import Attachment, Component, DataStructure
from countersign.publishing.sdmx.xml_message import ML21, Version, namespace

TYPES = {
    "Double": "xs:double", "Float": "xs:float", "Decimal": "xs:decimal", "Integer": "xs:int", "Long": "xs:long",
    "Short": "xs:short", "BigInteger": "xs:integer", "Count": "xs:integer", "Boolean": "xs:boolean",
    "DateTime": "xs:dateTime", "ObservationalTimePeriod": "common:ObservationalTimePeriodType",
    "StandardTimePeriod": "common:StandardTimePeriodType", "TimeRange": "common:TimeRangeType",
    "GregorianTimePeriod": "common:GregorianTimePeriodType", "URI": "xs:anyURI",
}  # fmt: skip
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def structure_schema(structure: DataStructure, version: Version = ML21) -> str:
    """Return the schema for data of one structure, in SDMX-ML 2.1 or 3.0."""
    own = quoteattr(namespace(structure))
    dsd = f"{version.base}/data/structurespecific"
    spaces = f'xmlns={own} targetNamespace={own} xmlns:dsd="{dsd}" xmlns:common="{version.base}/common"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" {spaces} elementFormDefault="qualified">',
        f'<xs:import namespace="{dsd}" schemaLocation="SDMXDataStructureSpecific.xsd"/>',
        f'<xs:import namespace="{version.base}/common" schemaLocation="SDMXCommon.xsd"/>',
        *_lists(structure),
        *_data_set(structure, version),
        *_series(structure, version),
        *_observation(structure, version),
        "</xs:schema>",
    ]
    return "\n".join(lines) + "\n"


def driver_schema(structure: DataStructure, *, schema: str, version: Version = ML21) -> str:
    """Return a schema that joins the general one for messages and the one of a structure, for one validation.

    Parameters
    ----------
    schema: where the schema of the structure is.
    """
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'
        f'<xs:import namespace="{version.base}/message" schemaLocation="SDMXMessage.xsd"/>\n'
        f"<xs:import namespace={quoteattr(namespace(structure))} schemaLocation={quoteattr(schema)}/>\n</xs:schema>\n"
    )


def _lists(structure: DataStructure) -> Iterator[str]:
    for one in structure.lists.values():
        codes = "".join(f"<xs:enumeration value={quoteattr(code)}/>" for code in one.codes)
        yield f'<xs:simpleType name="{_name(one.key)}"><xs:restriction base="xs:string">'
        yield f"{codes}</xs:restriction></xs:simpleType>"


def _data_set(structure: DataStructure, version: Version) -> Iterator[str]:
    choice = (
        '<xs:choice minOccurs="0"><xs:element name="Series" type="SeriesType" form="unqualified"'
        ' maxOccurs="unbounded"/></xs:choice>'
        if version is ML21
        else '<xs:choice minOccurs="0" maxOccurs="unbounded">'
        '<xs:element name="Series" type="SeriesType" form="unqualified"/></xs:choice>'
    )
    yield from _restriction(
        "DataSetType",
        '<xs:sequence><xs:element ref="common:Annotations" minOccurs="0"/>'
        '<xs:element name="DataProvider" type="common:DataProviderReferenceType" form="unqualified" minOccurs="0"/>'
        f"{choice}</xs:sequence>",
        [_attribute(structure, one) for one in structure.attached(Attachment.DATASET)],
        version,
        group='<xs:attributeGroup ref="dsd:SetAttributeGroup"/>',
    )


def _series(structure: DataStructure, version: Version) -> Iterator[str]:
    attributes = [_attribute(structure, one, needed=True) for one in structure.dimensions]
    attributes += [_attribute(structure, one) for one in structure.attached(Attachment.SERIES)]
    attributes += ['<xs:attribute name="TIME_PERIOD" use="prohibited"/>']
    inner = (
        '<xs:sequence><xs:element ref="common:Annotations" minOccurs="0"/>'
        '<xs:element name="Obs" type="ObsType" form="unqualified" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
    )
    yield from _restriction("SeriesType", inner, attributes, version)


def _observation(structure: DataStructure, version: Version) -> Iterator[str]:
    time = [structure.time] if structure.time is not None else []
    attributes = [_attribute(structure, one, needed=True) for one in time]
    attributes += [_attribute(structure, structure.measure)]
    attributes += [_attribute(structure, one) for one in structure.attached(Attachment.OBSERVATION)]
    attributes += ['<xs:attribute name="type" use="prohibited"/>']
    inner = '<xs:sequence><xs:element ref="common:Annotations" minOccurs="0"/></xs:sequence>'
    yield from _restriction("ObsType", inner, attributes, version)


def _restriction(name: str, inner: str, attributes: list[str], version: Version, group: str = "") -> Iterator[str]:
    forbidden = ['<xs:attribute name="REPORTING_YEAR_START_DAY" use="prohibited"/>'] if version is ML21 else []
    yield f'<xs:complexType name="{name}"><xs:complexContent><xs:restriction base="dsd:{name}">{inner}'
    yield from (*attributes, *forbidden, group)
    yield "</xs:restriction></xs:complexContent></xs:complexType>"


def _attribute(structure: DataStructure, component: Component, *, needed: bool = False) -> str:
    """An attribute may be left out even where it is mandatory: a message may hold a part of what is known."""
    free = TYPES.get(component.type, "xs:double" if component.number else "xs:string")
    type_ = _name(component.codes) if component.codes else free
    use = "required" if needed else "optional"
    return f'<xs:attribute name="{component.id}" type="{type_}" use="{use}"/>'


def _name(key: str) -> str:
    return _NO_NAME.sub("_", key).strip("_")
