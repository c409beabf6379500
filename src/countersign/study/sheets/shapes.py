"""What the schema allows at a place: the forms a value may have there, and the words for them."""

from __future__ import annotations

from functools import cache
from typing import Any

from countersign.study.document import Place
from countersign.study.schema import study_schema

Shape = tuple[dict[str, Any], ...]
"""The alternatives of a value: schemas without `anyOf` and `$ref`. An empty schema allows anything."""

ANYTHING = frozenset({"string", "number", "integer", "boolean", "null", "array", "object"})


def shape(schema: dict[str, Any]) -> Shape:
    """Return the alternatives of a schema."""
    if "$ref" in schema:
        return shape(study_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return tuple(one for branch in schema["anyOf"] for one in shape(branch))
    return (schema,)


@cache
def at(place: Place) -> Shape:
    """Return what may stand at a place of a study file; nothing where the schema knows no such place."""
    found = shape(study_schema())
    for part in place:
        found = child(found, part)
    return found


def child(parent: Shape, part: str | int) -> Shape:
    """Return what may stand under a key, or as an entry, of a value."""
    found: list[dict[str, Any]] = []
    for one in parent:
        kinds = kinds_of(one)
        if isinstance(part, str) and "object" in kinds:
            further = one.get("additionalProperties", True)
            own = one.get("properties", {}).get(part, {} if further is True else further)
            found += shape(own) if isinstance(own, dict) else ()
        elif isinstance(part, int) and "array" in kinds:
            found += shape(one.get("items", {}))
    return tuple(found)


def kinds_of(schema: dict[str, Any]) -> frozenset[str]:
    """Return the kinds of values that one alternative allows."""
    if "enum" in schema or "const" in schema:
        return frozenset(_kind(value) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind is None:
        return ANYTHING
    return frozenset([kind] if isinstance(kind, str) else kind)


def kinds(found: Shape) -> frozenset[str]:
    """Return the kinds of values that a place allows."""
    return frozenset(kind for one in found for kind in kinds_of(one))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "integer", float: "number", str: "string"}.get(type(value), "null")


def fixed_keys(found: Shape) -> tuple[str, ...]:
    """Return the keys that the schema names; none where keys are free."""
    return tuple(key for one in found if "object" in kinds_of(one) for key in one.get("properties", {}))


def is_free(found: Shape) -> bool:
    """Return whether a mapping at this place has keys that the study chooses."""
    return any(
        "object" in kinds_of(one) and one.get("additionalProperties", True) is not False and not one.get("properties")
        for one in found
    )


def is_label(found: Shape) -> bool:
    """Return whether a text, or one text per language, stands here."""
    return "string" in kinds(found) and any(
        "object" in kinds_of(one) and one.get("additionalProperties") == {"type": "string"} for one in found
    )


def choices(found: Shape) -> tuple[str, ...]:
    """Return the only words that may stand here; none where others may."""
    words: list[str] = []
    for one in found:
        if "enum" in one or "const" in one:
            words += [str(value) for value in one.get("enum", [one.get("const")])]
        elif kinds_of(one) == {"boolean"}:
            words += ["true", "false"]
        else:
            return ()
    return tuple(dict.fromkeys(words))


def about(schema: dict[str, Any], place: Place) -> str:
    """Return what the schema says of a place, in words; empty where it says nothing."""
    found = [schema]
    for part in place:
        found = [
            own
            for one in found
            for alternative in (one, *shape(one))
            for own in [alternative.get("properties", {}).get(part, alternative.get("additionalProperties"))]
            if isinstance(own, dict) and isinstance(part, str)
        ]
    return next((str(one["description"]) for one in found if one.get("description")), "")
