"""Release -> DDI-Codebook 2.5: what the rows are, column by column, for archives; the rows stay where they are.

No counts by category: they would tell how large small groups are.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from countersign.model.dataset import Variable
from countersign.model.plan import Source
from countersign.model.release import DataNote, Release
from countersign.publishing import statements
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.records.description import Description
from countersign.publishing.reference import selection_title

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NUMERIC = ("number", "integer", "boolean")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def codebook(release: Release, said: Description, words: Words) -> str:
    """Return the codebook as XML: study, method, access, one file for each data source, its variables.

    The order of the elements is that of the schema of DDI-Codebook 2.5.
    """
    ElementTree.register_namespace("", NAMESPACE)
    ElementTree.register_namespace("xsi", INSTANCE)
    root = ElementTree.Element(
        f"{{{NAMESPACE}}}codeBook",
        {"version": "2.5", LANGUAGE: said.language, f"{{{INSTANCE}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"},
    )
    document = _put(root, "docDscr")
    _citation(document, said)
    study = _put(root, "stdyDscr")
    _citation(study, said)
    _information(study, release, said, words)
    _method(study, release, words)
    _access(study, release, said, words)
    for number, note in enumerate(release.data, start=1):
        _file(root, note, number, words)
    variables = _put(root, "dataDscr") if release.data else None
    if variables is not None:
        labels = Labels(release.plan, tuple(note.codebook for note in release.data), words)
        for number, note in enumerate(release.data, start=1):
            source = release.plan.data.get(note.name)
            for place, one in enumerate(note.codebook.variables.values(), start=1):
                _variable(variables, one, note, source, labels, identifier=f"V{number}_{place}", file=f"F{number}")
    ElementTree.indent(root, space=" ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _put(parent: ElementTree.Element, tag: str, text: str = "", /, **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", {k: _plain(v) for k, v in attributes.items() if v})
    if text:
        made.text = _plain(text)
    return made


def _plain(text: str) -> str:
    """Return a text without the signs that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _told(parent: ElementTree.Element, tag: str, text: str, language: str = "", /, **attributes: str) -> None:
    """Add an element where there is something to say."""
    if text.strip():
        made = _put(parent, tag, text.strip(), **attributes)
        if language:
            made.set(LANGUAGE, language)


def _citation(parent: ElementTree.Element, said: Description) -> None:
    citation = _put(parent, "citation")
    title = _put(citation, "titlStmt")
    _told(title, "titl", said.title, said.language)
    for language, text in said.titles.items():
        if language != said.language:
            _told(title, "parTitl", text, language)
    _told(title, "IDNo", said.identifier, agency="UUID")
    responsible = _put(citation, "rspStmt")
    _told(responsible, "AuthEnty", said.creator)
    production = _put(citation, "prodStmt")
    _told(production, "producer", said.creator)
    _told(production, "prodDate", said.issued, date=said.issued)
    _told(production, "software", said.software)
    distribution = _put(citation, "distStmt")
    _told(distribution, "distrbtr", said.publisher)
    _told(distribution, "contact", said.contact)
    _told(distribution, "distDate", said.issued, date=said.issued)
    _told(_put(citation, "verStmt"), "version", said.version, date=said.issued)
    if said.address or said.homepage:
        _told(citation, "holdings", said.title, URI=said.address or said.homepage)


def _information(study: ElementTree.Element, release: Release, said: Description, words: Words) -> None:
    information = _put(study, "stdyInfo")
    subject = _put(information, "subject")
    for word in said.keywords:
        _told(subject, "keyword", word)
    for theme in said.themes:
        _told(subject, "topcClas", theme.rstrip("/").rpartition("/")[2], vocabURI=theme)
    for language, text in said.descriptions.items():
        _told(information, "abstract", text, language)
    summary = _put(information, "sumDscr")
    if said.start == said.end:
        _told(summary, "timePrd", said.start, date=said.start, event="single")
    else:
        _told(summary, "timePrd", said.start, date=said.start, event="start")
        _told(summary, "timePrd", said.end, date=said.end, event="end")
    code = release.plan.population.area_code
    _told(summary, "nation", said.area if code else "", abbr=code)
    _told(summary, "geogCover", said.area)
    for unit in dict.fromkeys(note.unit for note in release.data):
        _told(summary, "anlyUnit", unit)
    _told(summary, "universe", release.plan.population.who, clusion="I")
    _told(summary, "dataKind", words.gettext("Citizen data"))
    quality = " ".join((statements.use(release, "", words), statements.assurance(release, words)))
    _told(information, "notes", quality, type="quality")


def _method(study: ElementTree.Element, release: Release, words: Words) -> None:
    plan = release.plan
    method = _put(study, "method")
    collection = _put(method, "dataColl")
    _told(collection, "dataCollector", plan.initiative.organiser)
    for selection in dict.fromkeys(note.selection for note in release.data):
        _told(collection, "sampProc", selection_title(selection, words))
    _told(collection, "collMode", plan.initiative.protocol)
    _told(collection, "weight", weighting(release, words))
    for gate in (gate for note in release.data for gate in note.gates):
        _told(collection, "cleanOps", f"{gate.name}: {gate.rule}. {gate.why}")
    analysis = _put(method, "anlyInfo")
    conventions = dict.fromkeys(one.convention for one in release.estimates if one.value is not None)
    if conventions:
        text = words.gettext("Intervals beside the figures: {conventions}.").format(conventions=", ".join(conventions))
        _told(analysis, "EstSmpErr", text)
    if release.weights is None and not conventions:
        method.remove(analysis)


def weighting(release: Release, words: Words) -> str:
    """Return how the rows are weighted, in a sentence."""
    if release.weights is None:
        return words.gettext("Every row counts the same, or by the base weight of the data.")
    by = ", ".join(release.weights.by)
    return words.gettext("{method}, to {benchmark}, by {variables}.").format(
        method=release.weights.method, benchmark=release.weights.benchmark, variables=by
    )


def _access(study: ElementTree.Element, release: Release, said: Description, words: Words) -> None:
    access = _put(study, "dataAccs")
    available = _put(access, "setAvail")
    _told(
        available, "avlStatus", words.gettext("The rows are not part of this release; it names them by their digest.")
    )
    use = _put(access, "useStmt")
    _told(use, "confDec", statements.consent(release.plan, words))
    _told(use, "restrctn", "; ".join(release.plan.initiative.permitted_uses))
    _told(use, "contact", said.contact)
    _told(use, "conditions", said.licence.name)
    _told(use, "disclaimer", statements.citizen_data(release, words))


def _file(root: ElementTree.Element, note: DataNote, number: int, words: Words) -> None:
    described = _put(root, "fileDscr", ID=f"F{number}")
    text = _put(described, "fileTxt")
    _told(text, "fileName", note.name)
    _told(text, "fileCont", words.gettext("One row is: {unit}.").format(unit=note.unit))
    _put(_put(text, "dimensns"), "varQnty", str(len(note.codebook.variables)))


def _variable(
    parent: ElementTree.Element,
    one: Variable,
    note: DataNote,
    source: Source | None,
    labels: Labels,
    *,
    identifier: str,
    file: str,
) -> None:
    weight = source is not None and one.name in source.roles.get("weight", ())
    kind = "contin" if one.type in ("number", "integer") and not one.values else "discrete"
    made = _put(
        parent, "var", ID=identifier, name=one.name, files=file, intrvl=kind, wgt="wgt" if weight else "not-wgt"
    )
    _told(made, "labl", labels.variable(one.name))
    low, high = one.range
    if low is not None or high is not None:
        limits = {"min": "" if low is None else f"{low:g}", "max": "" if high is None else f"{high:g}"}
        _put(_put(made, "valrng"), "range", **limits)
    if one.asked_if:
        _told(made, "universe", one.asked_if)
    if one.unit:
        _told(made, "txt", one.unit)
    for code, label in one.values.items():
        _category(made, code, label, missing="N")
    for code, reason in _missing(one, source).items():
        _category(made, code, reason, missing="Y")
    if one.bank:
        _told(made, "concept", one.bank)
    if one.derived:
        _told(_put(made, "derivation"), "drvdesc", one.derived)
    _put(made, "varFormat", type="numeric" if one.type in NUMERIC else "character", schema="other")


def _missing(one: Variable, source: Source | None) -> Mapping[str, str]:
    """Return value in the file -> reason, those of the variable over those of all columns."""
    return {**(source.missing if source else {}), **one.missing} if not one.derived else {}


def _category(made: ElementTree.Element, code: str, label: str, *, missing: str) -> None:
    category = _put(made, "catgry", missing=missing)
    _put(category, "catValu", code)
    _told(category, "labl", label)
