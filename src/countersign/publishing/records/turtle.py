"""Graph -> Turtle (RDF 1.1), and the same statements as JSON-LD 1.1: two small writers for what records need."""

from __future__ import annotations

import re
from typing import Any

from countersign.publishing.records.graph import PREFIXES, TYPE, Graph, Iri, Literal

_LOCAL = re.compile(r"[A-Za-z_][\w-]*")
_UNSAFE = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_turtle(graph: Graph) -> str:
    """Return the statements as Turtle: the prefixes that are used, then one block a subject."""
    used = {prefix for name in _names(graph) for prefix in [_prefixed(name)] if prefix}
    lines = [f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in sorted(used)]
    for subject, statements in graph.things.items():
        by: dict[str, list[str]] = {}
        for predicate, value in statements:
            by.setdefault("a" if predicate == TYPE else predicate, []).append(_term(value))
        parts = [f"    {predicate} {', '.join(values)}" for predicate, values in by.items()]
        lines += ["", _term(Iri(subject)), " ;\n".join(parts) + " ."]
    return "\n".join(lines) + "\n"


def as_json_ld(graph: Graph) -> dict[str, Any]:
    """Return the statements as a JSON-LD document: one object a subject under ``@graph``."""
    things = []
    for subject, statements in graph.things.items():
        own: dict[str, Any] = {"@id": safe(subject)}
        for predicate, value in statements:
            if predicate == TYPE:
                own.setdefault("@type", []).append(value.value)
            else:
                own.setdefault(predicate, []).append(_object(value))
        things.append(own)
    used = {prefix for name in _names(graph) for prefix in [_prefixed(name)] if prefix}
    return {"@context": {prefix: PREFIXES[prefix] for prefix in sorted(used)}, "@graph": things}


def safe(address: str) -> str:
    """Return an address without the signs that no IRI may have, each in its percent form."""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)


def _object(value: Iri | Literal) -> dict[str, str]:
    if isinstance(value, Iri):
        return {"@id": safe(value.value)}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    return {"@value": value.value, "@type": value.datatype} if value.datatype else {"@value": value.value}


def _term(value: Iri | Literal) -> str:
    if isinstance(value, Iri):
        return value.value if _prefixed(value.value) else f"<{safe(value.value)}>"
    text = "".join(_ESCAPES.get(sign) or (sign if sign >= " " else f"\\u{ord(sign):04X}") for sign in value.value)
    text = text.replace("\x7f", "\\u007F")
    if value.language:
        return f'"{text}"@{value.language}'
    return f'"{text}"^^{value.datatype}' if value.datatype else f'"{text}"'


def _prefixed(name: str) -> str:
    """Return the prefix of a name that has one of ours, or an empty string."""
    prefix, colon, local = name.partition(":")
    return prefix if colon and prefix in PREFIXES and _LOCAL.fullmatch(local) else ""


def _names(graph: Graph) -> list[str]:
    found = list(graph.things)
    for statements in graph.things.values():
        for predicate, value in statements:
            found.append(predicate)
            found.append(value.value if isinstance(value, Iri) else value.datatype)
    return found
