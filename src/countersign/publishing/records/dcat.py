"""Description and files -> DCAT-AP 3: a catalogue with one data set and a distribution for every file."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import load
from countersign.publishing.records.description import Description
from countersign.publishing.records.files import ReleaseFile
from countersign.publishing.records.graph import Graph, Iri, Literal

EU = "http://publications.europa.eu/resource/authority"
IANA = "https://www.iana.org/assignments/media-types"
SHA256 = "spdx:checksumAlgorithm_sha256"
HERE = "../"  # the records lie in a folder of the release


def dcat(said: Description, files: Sequence[ReleaseFile]) -> Graph:
    """Return the release as a data set of DCAT-AP 3.0.

    Every thing that is named has its kind, as the shapes of the profile demand. Without an address on the web the files
    are named relative to the record, and the data set by its identifier.
    """
    graph = Graph()
    base = f"{said.address}/{said.version}/" if said.address else ""
    dataset = f"{base}#dataset" if base else said.identifier
    catalogue = f"{base}#catalogue" if base else f"{said.identifier}#catalogue"
    own = base or f"{said.identifier}"
    _catalogue(graph, catalogue, dataset, said, own)
    _dataset(graph, dataset, said, own)
    for file in files:
        distribution = f"{own}#file-{file.path}"
        graph.add(dataset, "dcat:distribution", Iri(distribution))
        _distribution(graph, distribution, file, said, own, address=f"{base or HERE}{file.path}")
    return graph


def _texts(graph: Graph, subject: str, predicate: str, texts: object) -> None:
    for language, text in dict(texts).items():  # type: ignore[call-overload]
        graph.add(subject, predicate, Literal(text, language=language))


def _catalogue(graph: Graph, subject: str, dataset: str, said: Description, own: str) -> None:
    graph.thing(subject, "dcat:Catalog")
    _texts(graph, subject, "dct:title", said.titles)
    _texts(graph, subject, "dct:description", said.descriptions)
    graph.add(subject, "dct:publisher", Iri(_publisher(graph, said, own)))
    graph.add(subject, "dcat:dataset", Iri(dataset))
    graph.add(subject, "dct:license", _licence(graph, said, own))
    graph.add(subject, "dct:issued", Literal(said.issued, datatype="xsd:date"))
    for language in said.titles:
        graph.add(subject, "dct:language", _language(graph, language))
    if said.homepage:
        graph.add(subject, "foaf:homepage", Iri(graph.thing(said.homepage, "foaf:Document")))


def _dataset(graph: Graph, subject: str, said: Description, own: str) -> None:
    graph.thing(subject, "dcat:Dataset")
    _texts(graph, subject, "dct:title", said.titles)
    _texts(graph, subject, "dct:description", said.descriptions)
    graph.add(subject, "dct:identifier", Literal(said.identifier))
    graph.add(subject, "dct:publisher", Iri(_publisher(graph, said, own)))
    creator = graph.thing(f"{own}#creator", "foaf:Agent")
    graph.add(creator, "foaf:name", Literal(said.creator))
    graph.add(subject, "dct:creator", Iri(creator))
    graph.add(subject, "dcat:contactPoint", _contact(graph, said, own))
    for word in said.keywords:
        graph.add(subject, "dcat:keyword", Literal(word, language=said.language))
    for theme in said.themes:
        graph.thing(theme, "skos:Concept")
        graph.add(theme, "skos:prefLabel", Literal(theme.rstrip("/").rpartition("/")[2], language="en"))
        graph.add(subject, "dcat:theme", Iri(theme))
    graph.add(subject, "dct:spatial", _place(graph, said, own))
    graph.add(subject, "dct:temporal", _period(graph, said, own))
    for language in said.titles:
        graph.add(subject, "dct:language", _language(graph, language))
    graph.add(subject, "dct:issued", Literal(said.issued, datatype="xsd:date"))
    graph.add(subject, "dcat:version", Literal(said.version))
    graph.add(subject, "adms:versionNotes", Literal(said.notes, language=said.language) if said.notes else None)
    graph.add(subject, "dct:accrualPeriodicity", _frequency(graph, said))
    access = graph.thing(f"{EU}/access-right/PUBLIC", "dct:RightsStatement")
    graph.add(subject, "dct:accessRights", Iri(access))
    if said.homepage:
        graph.add(subject, "dcat:landingPage", Iri(graph.thing(said.homepage, "foaf:Document")))
    run = graph.thing(f"{own}#run", "prov:Activity")
    graph.add(run, "rdfs:label", Literal(said.software))
    graph.add(subject, "prov:wasGeneratedBy", Iri(run))
    provenance = graph.thing(f"{own}#provenance", "dct:ProvenanceStatement")
    _texts(graph, provenance, "rdfs:label", said.provenance)
    graph.add(subject, "dct:provenance", Iri(provenance))
    quality = graph.thing(f"{own}#quality", "dqv:QualityAnnotation")
    graph.add(quality, "oa:motivatedBy", Iri("dqv:qualityAssessment"))
    _texts(graph, quality, "rdfs:comment", said.quality)
    graph.add(subject, "dqv:hasQualityAnnotation", Iri(quality))


def _distribution(graph: Graph, subject: str, file: ReleaseFile, said: Description, own: str, *, address: str) -> None:
    graph.thing(subject, "dcat:Distribution")
    graph.add(subject, "dct:title", Literal(file.path, language=said.language))
    place = graph.thing(address, "rdfs:Resource")
    graph.add(subject, "dcat:accessURL", Iri(place))
    graph.add(subject, "dcat:downloadURL", Iri(place))
    media = graph.thing(f"{IANA}/{file.media_type}", "dct:MediaType")
    graph.add(subject, "dcat:mediaType", Iri(media))
    kind = graph.thing(f"{EU}/file-type/{file.kind}", "dct:MediaTypeOrExtent")
    graph.add(subject, "dct:format", Iri(kind))
    graph.add(subject, "dcat:byteSize", Literal(str(file.size), datatype="xsd:nonNegativeInteger"))
    graph.add(subject, "dct:license", _licence(graph, said, own))
    graph.add(subject, "dct:issued", Literal(said.issued, datatype="xsd:date"))
    sum_of = graph.thing(f"{subject}-sha256", "spdx:Checksum")
    graph.add(sum_of, "spdx:algorithm", Iri(graph.thing(SHA256, "spdx:ChecksumAlgorithm")))
    graph.add(sum_of, "spdx:checksumValue", Literal(file.digest, datatype="xsd:hexBinary"))
    graph.add(subject, "spdx:checksum", Iri(sum_of))


def _publisher(graph: Graph, said: Description, own: str) -> str:
    publisher = graph.thing(f"{own}#publisher", "foaf:Agent")
    graph.add(publisher, "foaf:name", Literal(said.publisher))
    return publisher


def _contact(graph: Graph, said: Description, own: str) -> Iri | None:
    if not said.contact:
        return None
    contact = graph.thing(f"{own}#contact", "vcard:Kind")
    graph.add(contact, "vcard:fn", Literal(said.publisher))
    graph.add(contact, "vcard:hasEmail", Iri(f"mailto:{said.mail}") if said.mail else None)
    graph.add(contact, "vcard:hasURL", Iri(graph.thing(said.web, "rdfs:Resource")) if said.web else None)
    if not said.mail and not said.web:
        graph.add(contact, "vcard:note", Literal(said.contact))
    return Iri(contact)


def _licence(graph: Graph, said: Description, own: str) -> Iri | None:
    if not said.licence.name:
        return None
    licence = graph.thing(said.licence.url or f"{own}#licence", "dct:LicenseDocument")
    graph.add(licence, "dct:title", Literal(said.licence.name, language=said.language))
    return Iri(licence)


def _place(graph: Graph, said: Description, own: str) -> Iri | None:
    if not said.spatial and not said.area:
        return None
    place = graph.thing(said.spatial or f"{own}#place", "dct:Location")
    graph.add(place, "skos:prefLabel", Literal(said.area, language=said.language) if said.area else None)
    return Iri(place)


def _period(graph: Graph, said: Description, own: str) -> Iri | None:
    if not said.start:
        return None
    period = graph.thing(f"{own}#period", "dct:PeriodOfTime")
    for name, text in (("dcat:startDate", said.start), ("dcat:endDate", said.end)):
        graph.add(period, name, Literal(text, datatype=day_type(text)) if day_type(text) else None)
    return Iri(period)


def day_type(text: str) -> str:
    """Return the data type of a day, month or year of ISO 8601; empty for anything else."""
    parts = text.split("-")
    if all(part.isdigit() for part in parts) and len(parts[0]) == 4:
        return {1: "xsd:gYear", 2: "xsd:gYearMonth", 3: "xsd:date"}.get(len(parts), "")
    return ""


def _language(graph: Graph, tag: str) -> Iri:
    known = load("languages")
    base = tag.split("-")[0]
    code = str(known[base].get("alpha3") or "") if base in known else ""
    return Iri(graph.thing(f"{EU}/language/{code or base.upper()}", "dct:LinguisticSystem"))


def _frequency(graph: Graph, said: Description) -> Iri | None:
    known = load("frequencies")
    if said.accrual not in known:
        return None
    return Iri(graph.thing(f"{EU}/frequency/{known[said.accrual]['code']}", "dct:Frequency"))
