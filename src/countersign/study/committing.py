"""Release -> the same release with commitments in the place of the digests of protected files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countersign.model.artefact import Activity, Artefact
    from countersign.model.release import Release
    from countersign.study.study import Study

FORM = "form "
"""Beginning of the role of a form among what a study documents. Its words were read to everybody: no secret."""


def names_of(study: Study, activities: tuple[Activity, ...]) -> dict[str, str]:
    """Return digest -> commitment for every protected file that steps used or made.

    Raises
    ------
    StoreError: the study's secret cannot be read or made.
    """
    from countersign.evidence.commitments import committer_of

    committer = committer_of(study.place.folder)
    return {digest: committer.name(digest) for digest in protected(study, activities)}


def protected(study: Study, activities: tuple[Activity, ...]) -> dict[str, Artefact]:
    """Return digest -> artefact for everything behind a release that its steward keeps."""
    from countersign.evidence.store import in_order, is_open

    used = [digest for one in activities for digest in in_order(one)]
    forms = {digest for role, digest in study.kept("documents").items() if role.startswith(FORM)}
    artefacts = {digest: study.place.store.artefact(digest) for digest in dict.fromkeys(used)}
    return {digest: one for digest, one in artefacts.items() if not is_open(one) and digest not in forms}


def commit(release: Release, names: Mapping[str, str]) -> Release:
    """Return the release with every digest of `names` replaced, wherever one occurs.

    A step is known by the digests of its inputs, so its key is made anew: the old one could be tried out as well.
    """
    from countersign.evidence.commitments import renamed

    answers = tuple(
        replace(one, evidence=tuple(replace(f, digest=names.get(f.digest, f.digest)) for f in one.evidence))
        for one in release.answers
    )
    data = tuple(
        replace(note, readings=tuple(replace(r, digest=names.get(r.digest, r.digest)) for r in note.readings))
        for note in release.data
    )
    return replace(
        release,
        trail=tuple(_step(one, names) for one in release.trail),
        artefacts={names.get(digest, digest): _artefact(one, names) for digest, one in release.artefacts.items()},
        findings=tuple(replace(one, evidence=renamed(one.evidence, names)) for one in release.findings),
        answers=answers,
        data=data,
    )


def _step(one: Activity, names: Mapping[str, str]) -> Activity:
    from countersign.evidence.commitments import renamed
    from countersign.evidence.trail import key

    new: dict[str, Any] = {
        part: renamed(dict(sorted(getattr(one, part).items())), names) for part in ("inputs", "outputs", "parameters")
    }
    return replace(one, **new, key=key(one.verb, new["inputs"], new["parameters"], one.software))


def _artefact(one: Artefact, names: Mapping[str, str]) -> Artefact:
    if one.digest not in names:
        return one
    return replace(one, digest=names[one.digest], protected=True, committed=True)
