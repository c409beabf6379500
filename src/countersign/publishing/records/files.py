"""The files of a release as records name them: path, size, digest, kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

MEDIA_TYPES = {
    ".csv": ("text/csv", "CSV"),
    ".json": ("application/json", "JSON"),
    ".xml": ("application/xml", "XML"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
    ".parquet": ("application/vnd.apache.parquet", "PARQUET"),
    ".html": ("text/html", "HTML"),
    ".pdf": ("application/pdf", "PDF"),
    ".geojson": ("application/geo+json", "GEOJSON"),
    ".yaml": ("application/yaml", "YAML"),
    ".sav": ("application/x-spss-sav", "BIN"),
    ".dta": ("application/x-stata-dta", "BIN"),
    ".r": ("text/plain", "TXT"),
    ".ipynb": ("application/x-ipynb+json", "JSON"),
}
"""Ending -> media type (IANA where registered) and file type of the EU authority table."""

APART_FOLDERS = ("artefacts", "catalogue", "evidence", "open-sdg", "site", "statements")
TABLES_OF_SITE = ("open-sdg", "data")
APART = frozenset({"artefacts.jsonl", "trail.jsonl", "catalogue.json", "datapackage.json", "croissant.json"})


@dataclass(frozen=True)
class ReleaseFile:
    """A file that people can take.

    Parameters
    ----------
    path: inside the release, with ``/``. place: where it is now. size: bytes. digest: SHA-256. media_type, kind: see
    `MEDIA_TYPES`.
    """

    path: str
    place: Path
    size: int
    digest: str
    media_type: str
    kind: str

    @property
    def tabular(self) -> bool:
        """Whether it is a table in a text file."""
        return self.kind == "CSV"


def release_files(folder: Path) -> tuple[ReleaseFile, ...]:
    """Return the files of a release that hold its figures or tell of them, by path; evidence has its own manifest."""
    found = []
    for place in sorted(folder.rglob("*")):
        path = place.relative_to(folder)
        kind = MEDIA_TYPES.get(place.suffix.lower())
        hidden = any(part.startswith(".") for part in path.parts)
        apart = path.parts[0] in APART_FOLDERS and path.parts[:2] != TABLES_OF_SITE
        if not place.is_file() or kind is None or hidden or apart or path.as_posix() in APART:
            continue
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append(ReleaseFile(path.as_posix(), place, place.stat().st_size, digest, *kind))
    return tuple(sorted(found, key=lambda one: one.path))
