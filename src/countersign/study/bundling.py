"""Release and statements -> bundle.zip: the evidence that anybody can check without us."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import ReleaseError
from countersign.study.telling import command

if TYPE_CHECKING:
    from countersign.evidence.canonical_zip import Slice
    from countersign.model.release import Release

BUNDLE = "bundle.zip"
SIGNATURES = "signatures.json"
OUTSIDE = (BUNDLE, SIGNATURES)
"""Files of the release's folder that are not in the bundle: itself, and what is signed later."""


def assemble(release: Release, folder: Path) -> dict[str, bytes | Path]:
    """Return path in the bundle -> its bytes or file: all but the statements and the log.

    Parameters
    ----------
    folder: of the release, every file in it written.

    Raises
    ------
    StoreError: a file cannot be read.
    """
    from countersign.evidence.crate import write_crate
    from countersign.evidence.figure_lines import figure_lines
    from countersign.evidence.manifest import (
        CRATE,
        FIGURES,
        MANIFEST,
        PAGE,
        README,
        RELEASE,
        SCRIPT,
        make_manifest,
        measured,
    )  # fmt: skip
    from countersign.evidence.merkle import Tree
    from countersign.evidence.reading_aloud import write_readme
    from countersign.publishing.exports import figure_records

    about, synthetic = _about(release), release.plan.synthetic
    lines = figure_lines(figure_records(release.estimates, limits=release.plan.limits))
    members: dict[str, bytes | Path] = {
        RELEASE + path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in OUTSIDE
    }
    members[FIGURES] = b"".join(line + b"\n" for line in lines)
    members[README] = write_readme(about, figures=len(lines), synthetic=synthetic)
    for name in (SCRIPT, PAGE):
        members[name] = files("countersign.evidence.verifiers").joinpath(name).read_bytes()
    result = next((one.outputs["figures"] for one in reversed(release.trail) if "figures" in one.outputs), "")
    members[CRATE] = write_crate(
        about,
        {path: measured(source) for path, source in members.items()},
        release.trail,
        release.artefacts,
        result=result,
    )
    told: dict[str, Any] = {
        "made": release.made,
        "title": about.title,
        "version": release.version,
        "vintage": release.plan.calendar.vintage or release.made[:10],
    }
    if synthetic:
        told["synthetic"] = True
    members[MANIFEST] = make_manifest(members, count=len(lines), root=Tree(lines).root().hex(), release=told)
    return members


def pack(members: Mapping[str, bytes | Path | Slice], evidence: Mapping[str, bytes], folder: Path) -> Path:
    """Write ``bundle.zip`` into the folder of a release and return its path.

    Parameters
    ----------
    evidence: ``statements.jsonl``, ``log.json``, ``checkpoint.txt``.

    Raises
    ------
    BundleError: it would be too large. StoreError: the disk refused.
    """
    from countersign.evidence.canonical_zip import write_zip

    write_zip(folder / BUNDLE, {**members, **evidence})
    return folder / BUNDLE


def repack(folder: Path, evidence: Mapping[str, bytes]) -> Path:
    """Make the bundle in the folder of a release again, with other statements and nothing else changed.

    Raises
    ------
    ReleaseError: there is no bundle. BundleError: it is not whole. StoreError: the disk refused; the old one stays.
    """
    from countersign.evidence.canonical_zip import ZipReader
    from countersign.evidence.manifest import BESIDE, MANIFEST

    path = folder / BUNDLE
    if not path.is_file():
        raise ReleaseError(
            f"There is no {BUNDLE} in '{folder}'.",
            where=str(path),
            expected="a folder that 'countersign run' wrote",
            action=f"make the release: {command('run', folder.parent)}",
        )
    with path.open("rb") as source:
        held = ZipReader(source, name=str(path))
        kept = {name: held.slice(name, path) for name in held.members if name == MANIFEST or name not in BESIDE}
    return pack(kept, evidence, folder)


def _about(release: Release) -> Any:
    from countersign.evidence.crate import About
    from countersign.publishing.language import speak

    plan, words = release.plan, speak(release.plan.settings.language)
    organiser = plan.record.publisher or plan.initiative.organiser
    description = words.pick(plan.record.description or plan.summary)
    if plan.synthetic:
        description = f"Synthetic data: made up, do not quote. {description}".strip()
    return About(
        title=words.pick(plan.title),
        description=description or words.pick(plan.title),
        organiser=organiser,
        made=release.made,
        licence=plan.initiative.licence,
        version=release.version,
    )
