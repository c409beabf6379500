"""Description and files -> ``datapackage.json``, a Data Package of Frictionless Data, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from countersign.publishing.records.description import Description
from countersign.publishing.records.files import ReleaseFile
from countersign.publishing.records.tables import TableFields, fields_of, names_of


def data_package(said: Description, files: Sequence[ReleaseFile]) -> dict[str, Any]:
    """Return the package: every table in a text file, with the type of every column.

    Pages and other files are left to the other records: readers of packages take a YAML or JSON file for a description
    of a table. Paths are relative to the folder of the release, where the package lies: the format allows no path out
    of its own.
    """
    tables = [file for file in files if file.tabular]
    names = names_of(file.path for file in tables)
    found: dict[str, Any] = {
        "profile": "data-package",
        "name": said.slug,
        "id": said.identifier,
        "title": said.title,
        "description": said.description,
        "version": said.version,
        "created": f"{said.issued}T00:00:00Z",
        "keywords": list(said.keywords),
        "contributors": _contributors(said),
        "licenses": _licences(said),
        "resources": [_resource(file, names[file.path], said) for file in tables],
    }
    if said.homepage or said.address:
        found["homepage"] = said.homepage or said.address
    return {key: value for key, value in found.items() if value not in ("", [], None)}


def _contributors(said: Description) -> list[dict[str, str]]:
    people = [{"title": said.creator, "role": "author"}]
    if said.publisher != said.creator:
        people.append({"title": said.publisher, "role": "publisher"})
    if said.mail:
        people[-1]["email"] = said.mail
    return people


def _licences(said: Description) -> list[dict[str, str]]:
    licence = said.licence
    if not licence.name:
        return []
    found = {"name": licence.id or "other", "title": licence.name}
    return [found | ({"path": licence.url} if licence.url else {})]


def _resource(file: ReleaseFile, name: str, said: Description) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "path": file.path,
        "format": file.path.rpartition(".")[2],
        "mediatype": file.media_type,
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.digest}",
    }
    fields = fields_of(file.place)
    if fields is None:
        return found
    return found | {"profile": "tabular-data-resource", "licenses": _licences(said), "schema": schema(fields)}


def schema(fields: TableFields) -> dict[str, Any]:
    """Return the Table Schema of a table; an empty cell is a missing value and nothing else is."""
    made: list[dict[str, Any]] = []
    for one in fields.fields:
        own: dict[str, Any] = {"name": one.name, "type": one.type}
        if one.type == "boolean":
            own |= {"trueValues": ["true"], "falseValues": ["false"]}
        if one.meaning:
            own["description"] = one.meaning
        limits: dict[str, Any] = {}
        if one.required:
            limits["required"] = True
        if one.values:
            limits["enum"] = list(one.values)
        if limits:
            own["constraints"] = limits
        made.append(own)
    found: dict[str, Any] = {"fields": made, "missingValues": [""]}
    if fields.key:
        found["primaryKey"] = [fields.key]
    return found
