"""Description and files -> a Dataset of schema.org, as search engines read it, and as a piece of a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from countersign.publishing.records.description import Description
from countersign.publishing.records.files import ReleaseFile


def dataset(said: Description, files: Sequence[ReleaseFile]) -> dict[str, Any]:
    """Return the release as a ``schema.org/Dataset``; what is not known is left out.

    Without an address on the web the files are named relative to the record.
    """
    base = f"{said.address}/{said.version}/" if said.address else "../"
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": said.identifier,
        "identifier": said.identifier,
        "name": said.title,
        "alternateName": [text for tag, text in said.titles.items() if tag != said.language],
        "description": said.description[:5000],
        "inLanguage": list(said.titles),
        "keywords": list(said.keywords),
        "url": said.homepage or said.address,
        "license": said.licence.url or said.licence.name,
        "creator": {"@type": "Organization", "name": said.creator},
        "publisher": {"@type": "Organization", "name": said.publisher, "contactPoint": _contact(said)},
        "datePublished": said.issued,
        "version": said.version,
        "temporalCoverage": said.start if said.start == said.end else f"{said.start}/{said.end}",
        "spatialCoverage": {"@type": "Place", "name": said.area, "sameAs": said.spatial} if said.area else {},
        "isAccessibleForFree": True,
        "creditText": said.provenance.get(said.language, ""),
        "usageInfo": "",
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.path,
                "contentUrl": f"{base}{file.path}",
                "encodingFormat": file.media_type,
                "contentSize": f"{file.size} B",
                "sha256": file.digest,
            }
            for file in files
        ],
    }
    return _without_blanks(found)


def embedded(found: dict[str, Any]) -> str:
    """Return the record as an element for the head of a page; nothing in it can end the element or begin another."""
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=False)
    for sign, code in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, code)
    return f'<script type="application/ld+json">\n{text}\n</script>\n'


def _contact(said: Description) -> dict[str, Any]:
    if not said.mail and not said.web:
        return {}
    return _without_blanks({"@type": "ContactPoint", "email": said.mail, "url": said.web})


def _without_blanks(found: dict[str, Any]) -> dict[str, Any]:
    made = {key: _without_blanks(value) if isinstance(value, dict) else value for key, value in found.items()}
    return {key: value for key, value in made.items() if value not in ("", [], {}, None, "/")}
