"""Description and files -> Croissant 1.0 (MLCommons): the tables as sets of records that machines load by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from countersign.publishing.records.description import Description
from countersign.publishing.records.files import ReleaseFile
from countersign.publishing.records.tables import TableFields, fields_of, names_of

TYPES = {"string": "sc:Text", "number": "sc:Float", "integer": "sc:Float", "boolean": "sc:Boolean"}
"""A whole number may be missing, and readers know a missing number only among fractions."""

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(said: Description, files: Sequence[ReleaseFile]) -> dict[str, Any]:
    """Return the release in Croissant: files with their digests, and a set of records for every table.

    The addresses of files are relative to the folder of the release, where the record lies.
    """
    names = names_of(file.path for file in files)
    tables = [(file, fields) for file in files if file.tabular and (fields := fields_of(file.place)) is not None]
    year = said.issued[:4]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": said.slug,
        "alternateName": said.title,
        "identifier": said.identifier,
        "description": said.description,
        "inLanguage": said.language,
        "license": said.licence.url or said.licence.name or "not stated",
        "url": said.homepage or said.address or said.identifier,
        "version": _version(said.version),
        "datePublished": said.issued,
        "citeAs": f"{said.creator}. {said.title}. {said.publisher}, {year}. {said.identifier}",
        "keywords": list(said.keywords),
        "creator": {"@type": "sc:Organization", "name": said.creator},
        "publisher": {"@type": "sc:Organization", "name": said.publisher},
        "isLiveDataset": False,
        "rai:dataCollection": said.provenance.get(said.language, ""),
        "rai:dataLimitations": said.quality.get(said.language, ""),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": names[file.path],
                "name": names[file.path],
                "contentUrl": file.path,
                "contentSize": f"{file.size} B",
                "encodingFormat": file.media_type,
                "sha256": file.digest,
            }
            for file in files
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": f"records/{names[file.path]}",
                "name": names[file.path],
                **({"key": {"@id": f"records/{names[file.path]}/{fields.key}"}} if fields.key else {}),
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"records/{names[file.path]}/{part}",
                        "name": one.name,
                        **({"description": one.meaning} if one.meaning else {}),
                        "dataType": TYPES[one.type],
                        "source": {"fileObject": {"@id": names[file.path]}, "extract": {"column": one.name}},
                    }
                    for one, part in zip(fields.fields, _parts(fields), strict=True)
                ],
            }
            for file, fields in tables
            if fields.rows
        ],
    }


def _parts(fields: TableFields) -> tuple[str, ...]:
    """Return for every column the last part of its id: its name, or its place where that has signs no id may have."""
    return tuple(
        one.name if re.fullmatch(r"[\w.-]+", one.name) else f"column-{number}"
        for number, one in enumerate(fields.fields, start=1)
    )


def _version(vintage: str) -> str:
    """Return a vintage as three numbers: ``2026-12`` is ``2026.12.0``."""
    parts = [str(int(part)) for part in vintage.split("-") if part.isdigit()][:3]
    return ".".join([*parts, "0", "0", "0"][:3]) if parts else "1.0.0"
