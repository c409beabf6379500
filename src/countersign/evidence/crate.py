"""Crate: the bundle described for machines, as an RO-Crate 1.2 of the profile Process Run Crate 0.5.

Source: RO-Crate Metadata Specification 1.2 (2025); Workflow Run RO-Crate, Process Run Crate 0.5 (Leo et al., 2024).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from countersign.evidence.manifest import BESIDE, CRATE
from countersign.evidence.store import guess_media_type
from countersign.model.artefact import Activity, Artefact

CONTEXT = "https://w3id.org/ro/crate/1.2/context"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
DONE = "http://schema.org/CompletedActionStatus"
SAID = {
    "README.txt": "What this is and how to check it, in plain words.",
    "figures.jsonl": "The figures, one a line, rounded as declared.",
    "manifest.json": "Digest and size of every file; its own digest is what every party signs.",
    "statements.jsonl": "The signed statements, one a line, in the order of the log.",
    "log.json": "Where these statements stand in the log, with proofs.",
    "checkpoint.txt": "The signed head of the log.",
    "verify_bundle.py": "A verifier in one file: Python with the package cryptography.",
    "verify.html": "A verifier for a browser, without network.",
}


@dataclass(frozen=True)
class About:
    """What a crate says of a release as a whole.

    Parameters
    ----------
    made: UTC, ISO 8601. licence: a URL, the short name of a licence, or words; empty = none stated.
    """

    title: str
    description: str
    organiser: str
    made: str
    licence: str = ""
    version: str = ""


def write_crate(
    about: About,
    files: Mapping[str, tuple[str, int]],
    trail: Iterable[Activity],
    artefacts: Mapping[str, Artefact],
    *,
    result: str,
) -> bytes:
    """Return ``ro-crate-metadata.json``.

    Parameters
    ----------
    files: path in the bundle -> (SHA-256, size). trail, artefacts: as the release names them.
    result: digest of the figures that the release shows: the last step makes the files of the release from them.
    """
    crate = _Crate(about, files, artefacts)
    for number, step in enumerate(trail, 1):
        crate.step(number, step)
    crate.publish(result)
    return (json.dumps(crate.document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


class _Crate:
    def __init__(self, about: About, files: Mapping[str, tuple[str, int]], artefacts: Mapping[str, Artefact]) -> None:
        self.about, self.files, self.artefacts = about, files, artefacts
        self.entities: dict[str, dict[str, Any]] = {}
        self.actions: list[str] = []
        self.paths = {path.rpartition("/")[2]: path for path in files if path.startswith("release/artefacts/")}

    def add(self, identity: str, kind: str | list[str], **values: Any) -> dict[str, str]:
        told = {key: value for key, value in values.items() if value not in ("", None, [])}
        self.entities.setdefault(identity, {"@id": identity, "@type": kind, **told})
        return {"@id": identity}

    def document(self) -> dict[str, Any]:
        about = self.about
        parts = [self._file(path) for path in sorted({*self.files, *BESIDE}) if path != CRATE]
        self.add(CRATE, "CreativeWork", about={"@id": "./"}, conformsTo={"@id": SPECIFICATION})
        self.add(
            "./",
            "Dataset",
            name=about.title,
            description=about.description,
            datePublished=about.made,
            license=self._licence(),
            conformsTo=[self.add(PROFILE, ["CreativeWork", "Profile"], name="Process Run Crate", version="0.5")],
            author=self._organiser(),
            publisher=self._organiser(),
            hasPart=parts,
            mentions=[{"@id": name} for name in self.actions],
        )
        first = [CRATE, "./"]
        ordered = [*first, *(name for name in sorted(self.entities) if name not in first)]
        return {"@context": CONTEXT, "@graph": [self.entities[name] for name in ordered]}

    def step(self, number: int, step: Activity) -> None:
        name = f"#step-{number}-{step.verb}"
        self.actions.append(name)
        self.add(
            name,
            "CreateAction",
            name=step.verb.replace("_", " "),
            startTime=step.started,
            endTime=step.ended,
            actionStatus={"@id": DONE},
            agent=self._organiser(),
            instrument=[self._software(*one) for one in sorted(step.software.items())],
            object=self._things(step.inputs),
            result=self._things(step.outputs),
        )

    def publish(self, result: str) -> None:
        name = f"#step-{len(self.actions) + 1}-publish"
        self.actions.append(name)
        made = [path for path in sorted(self.files) if path.startswith("release/") and path not in self.paths.values()]
        self.add(
            name,
            "CreateAction",
            name="publish",
            endTime=self.about.made,
            actionStatus={"@id": DONE},
            agent=self._organiser(),
            instrument=[self._software("countersign", self.about.version)],
            object=self._things({"figures": result}),
            result=[self._file(path) for path in ("figures.jsonl", *made)],
        )

    def _organiser(self) -> dict[str, str]:
        return self.add("#organiser", "Organization", name=self.about.organiser or "not stated")

    def _licence(self) -> dict[str, str]:
        text = self.about.licence.strip()
        if re.fullmatch(r"https?://\S+", text):
            return self.add(text, "CreativeWork", name=text)
        if re.fullmatch(r"[A-Za-z0-9.+-]*\d[A-Za-z0-9.+-]*", text):
            return self.add(f"https://spdx.org/licenses/{text}", "CreativeWork", name=text)
        return self.add("#licence", "CreativeWork", name=text or "No licence is stated: ask the organiser.")

    def _software(self, name: str, version: str) -> dict[str, str]:
        return self.add(
            "#software-" + quote(f"{name}-{version}".replace(" ", "-"), safe="-._"),
            "SoftwareApplication",
            name=name,
            softwareVersion=version,
            version=version,
        )

    def _file(self, path: str) -> dict[str, str]:
        digest, size = self.files.get(path, ("", None))
        known = self.artefacts.get(path.rpartition("/")[2])
        return self.add(
            quote(path, safe="/._-"),
            "File",
            name=known.name if known else path.rpartition("/")[2],
            description=SAID.get(path, ""),
            encodingFormat=known.media_type if known else guess_media_type(path),
            contentSize=None if size is None else str(size),
            sha256=digest,
        )

    def _things(self, digests: Mapping[str, str]) -> list[dict[str, str]]:
        return [self._thing(digest) for digest in dict.fromkeys(digests[role] for role in sorted(digests))]

    def _thing(self, digest: str) -> dict[str, str]:
        if digest in self.paths:
            return self._file(self.paths[digest])
        one = self.artefacts.get(digest)
        scheme = "commitment" if one is not None and one.committed else "sha256"
        return self.add(
            f"#{scheme}-{digest}",
            "CreativeWork",
            name=one.name if one else digest[:12],
            description="It is protected and stays with the data steward; this crate names it and does not hold it.",
            identifier=f"{scheme}:{digest}",
            encodingFormat=one.media_type if one else "",
        )
