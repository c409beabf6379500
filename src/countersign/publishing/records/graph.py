"""Statements about things: the few kinds of terms that records in RDF need, and the names of their vocabularies."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
TYPE = "rdf:type"


@dataclass(frozen=True)
class Iri:
    """A thing, by a name with a prefix (``dcat:Dataset``), an absolute address, or one relative to the document."""

    value: str


@dataclass(frozen=True)
class Literal:
    """A text or another value. language: BCP 47; datatype: a name with a prefix; at most one of the two."""

    value: str
    language: str = ""
    datatype: str = ""


@dataclass
class Graph:
    """Subject -> statements about it, both in the order in which they were added; nothing twice."""

    things: dict[str, list[tuple[str, Iri | Literal]]] = field(default_factory=dict)

    def add(self, subject: str, predicate: str, value: Iri | Literal | None) -> None:
        """Add a statement; None and an empty text add nothing."""
        if value is None or not value.value:
            return
        own = self.things.setdefault(subject, [])
        if (predicate, value) not in own:
            own.append((predicate, value))

    def thing(self, subject: str, *kinds: str) -> str:
        """Say what kinds of thing a subject is, and return it."""
        for kind in kinds:
            self.add(subject, TYPE, Iri(kind))
        return subject
