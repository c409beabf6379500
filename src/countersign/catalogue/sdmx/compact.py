"""DataStructure <-> compact text: JSON with one line a component, a list and a constraint, so that changes can be read.

Lists hold code and name only. The set of codes that several constraints allow is written once and referred to by its
number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from countersign.model.data_structure import (
    Attachment,
    CodeList,
    Component,
    ComponentKind,
    ContentConstraint,
    DataStructure,
)

LONG = 3  # from so many codes on, a set of codes is written once and referred to


def as_compact(structure: DataStructure, *, head: Mapping[str, str]) -> str:
    """Return a structure as compact text; `head` says where it comes from, under which licence, and how far checked."""
    whole = {
        **head,
        "agency": structure.agency,
        "id": structure.id,
        "version": structure.version,
        "name": structure.name,
    }
    sets: dict[frozenset[str], int] = {}
    for constraint in structure.constraints:
        for codes in constraint.allowed.values():
            if len(codes) >= LONG:
                sets.setdefault(codes, len(sets))
    parts = {
        "components": _lines(_component(one) for one in structure.components),
        "lists": _lines(
            {"key": one.key, "name": one.name, "codes": dict(one.codes)} for one in structure.lists.values()
        ),
        "indicators": _text(dict(structure.indicators)),
        "sets": _lines(sorted(codes) for codes in sets),
        "constraints": _lines(_constraint(one, sets) for one in structure.constraints),
    }
    heads = [f"{_text(name)}: {_text(value)}" for name, value in whole.items()]
    return "{\n" + ",\n".join([*heads, *(f"{_text(name)}: {text}" for name, text in parts.items())]) + "\n}\n"


def from_compact(text: str) -> DataStructure:
    """Return the structure that `as_compact` wrote."""
    held = json.loads(text)
    sets = [frozenset(codes) for codes in held["sets"]]
    return DataStructure(
        agency=held["agency"],
        id=held["id"],
        version=held["version"],
        name=held["name"],
        components=tuple(
            Component(
                id=one["id"],
                kind=ComponentKind(one["kind"]),
                name=one["name"],
                codes=one.get("codes", ""),
                type=one.get("type", "String"),
                required=one.get("required", False),
                attached=Attachment(one.get("attached", "observation")),
                dimensions=tuple(one.get("dimensions", ())),
            )
            for one in held["components"]
        ),
        lists={one["key"]: CodeList(one["key"], one["name"], one["codes"]) for one in held["lists"]},
        indicators={code: tuple(numbers) for code, numbers in held["indicators"].items()},
        constraints=tuple(
            ContentConstraint(
                {
                    name: sets[codes] if isinstance(codes, int) else frozenset(codes)
                    for name, codes in one["allowed"].items()
                },
                one.get("component", ""),
                one.get("code", ""),
            )
            for one in held["constraints"]
        ),
        source=held.get("source", ""),
        licence=held.get("licence", ""),
    )


def _component(one: Component) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.id, "kind": str(one.kind), "name": one.name}
    if one.codes:
        told["codes"] = one.codes
    elif one.type != "String":
        told["type"] = one.type
    if one.required:
        told["required"] = True
    if one.kind is ComponentKind.ATTRIBUTE and one.attached is not Attachment.OBSERVATION:
        told["attached"] = str(one.attached)
        told |= {"dimensions": list(one.dimensions)} if one.dimensions else {}
    return told


def _constraint(one: ContentConstraint, sets: Mapping[frozenset[str], int]) -> dict[str, Any]:
    about = {"component": one.component, "code": one.code} if one.component else {}
    return about | {"allowed": {name: sets.get(codes, sorted(codes)) for name, codes in one.allowed.items()}}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(values: Iterable[Any]) -> str:
    return "[\n" + ",\n".join(_text(value) for value in values) + "\n]"
