"""A bundle, or the release around it -> whether it is whole, who signed it, and which level that reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError
from countersign.study.bundling import BUNDLE, OUTSIDE
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.verifying import Verified

BLOCK = re.compile(rb"<!-- signatures -->.*?<!-- /signatures -->", re.DOTALL)
"""What pages in the folder say of signatures that came after the bundle was signed."""
TELEPHONE = (
    "Whose keys these are, no file can tell: anybody can make a key and give it a name. Ring them up, on a number you "
    "know from elsewhere, and have the fingerprints read out."
)
NOT_PROVEN = (
    "What this does not show: that the data are true, that a key belongs to whom it names, that the days are right, or "
    "that this is the newest release."
)


def find_bundle(path: Path) -> Path:
    """Return the bundle itself, that of a release's folder, or that of a study's.

    Raises
    ------
    ReleaseError: there is none.
    """
    for place in (path, path / BUNDLE, path / "release" / BUNDLE):
        if place.is_file():
            return place
    raise ReleaseError(
        f"There is no bundle in '{path}'." if path.exists() else f"There is no file '{path}'.",
        where=str(path),
        expected="a bundle.zip, or the folder of a release that holds one",
        action=f"correct the path, or make a release: {command('run', 'STUDY')}",
    )


def verify_bundle(path: Path, *, trust: Sequence[str] = ()) -> Account:
    """Check a bundle from its bytes alone; around a folder, also that its files are those of the bundle.

    Parameters
    ----------
    trust: fingerprints that must be among those that signed, or files with them or with public keys, one a line.

    Raises
    ------
    BundleError: the first file or statement that does not fit (exit code 1). ReleaseError: there is no bundle.
    """
    from countersign.evidence.disk import guarded
    from countersign.evidence.verifying import verify

    bundle = find_bundle(path)
    with guarded(bundle.parent), bundle.open("rb") as source:
        verified = verify(source, name=str(bundle), trust=[key for one in trust for key in trusted(one)])
    lines = _told(verified, bundle)
    if bundle != path:
        count = _same_files(bundle, verified)
        lines.insert(1, f"The {count:,} files in {bundle.parent} are those of the bundle.")
    figure = _first(bundle)
    following = command("retrace", bundle, figure) if figure else command("checkpoint", bundle)
    return Account("verify", tuple(lines), following, _record(verified, bundle))


def trusted(text: str) -> list[str]:
    """Return the key ids that a word of ``--trust`` names: a fingerprint, or a file of fingerprints or public keys.

    Raises
    ------
    ReleaseError: it is neither.
    """
    from countersign.evidence.keys import read_public

    if text.startswith("SHA256:"):
        return [text]
    try:
        lines = Path(text).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(
            f"'{text}' is neither a fingerprint nor a file.",
            where="--trust",
            expected="SHA256:..., or a file with fingerprints or public keys, one a line",
            action="correct it",
        ) from error
    found = []
    for number, line in enumerate((line.strip() for line in lines), 1):
        if line and not line.startswith("#"):
            is_id = line.startswith("SHA256:")
            found.append(line.split()[0] if is_id else read_public(line, where=f"{text}, line {number}").key_id)
    return found


def _told(verified: Verified, bundle: Path) -> list[str]:
    release, standing = verified.manifest.release, verified.standing
    lines = [f"{release.get('title', '')}: whole."]
    if release.get("synthetic"):
        lines.append("Synthetic data: made up, do not quote.")
    counts = f"{verified.files:,} files, {verified.statements:,} signed statements, {verified.manifest.count:,} figures"
    lines += [
        f"Level 1, not altered: yes. {counts}; every one is as it was signed, and none is missing.",
        "Level 2, recomputed from what is published: not looked at here; 'retrace' does it, figure by figure.",
        _attested(verified),
        f"Digest of the release: {verified.manifest.digest}",
        f"The study signs with the key {verified.study}",
    ]
    lines += [
        f"{one.name} ({one.role}): {one.position.replace('_', ' ')}, {one.date}. {one.reason} Key {one.key_id}"
        for one in verified.signatures
    ]
    if not verified.signatures:
        lines.append("No party has signed it.")
    if standing.quorum:
        lines.append("Quorum met: " + ", ".join(f"{n} of the role '{r}'" for r, n in sorted(standing.quorum.items())))
    lines += [f"Witness of the log: {one.name}, key {one.key_id}" for one in verified.signers if one.kind == "witness"]
    if verified.replaced:
        lines.append("A later release is proposed or out in the same log: look for the newest.")
    return [*lines, TELEPHONE, NOT_PROVEN]


def _attested(verified: Verified) -> str:
    if not verified.attested:
        return "Level 3, recomputed from the rows: nobody has attested it in this bundle."
    keys = ", ".join(one.key_id for one in verified.attested)
    differences = sum(bool(one.get("differences")) for one in verified.attested)
    found = f"; {differences} found differences" if differences else ", without differences"
    return f"Level 3, recomputed from the rows: attested with {keys}{found}."


def _record(verified: Verified, bundle: Path) -> dict[str, object]:
    return {
        "whole": True,
        "bundle": str(bundle),
        "digest": verified.manifest.digest,
        "release": dict(verified.manifest.release),
        "files": verified.files,
        "statements": verified.statements,
        "figures": verified.manifest.count,
        "levels": {"1": True, "2": None, "3": bool(verified.attested)},
        "study_key": verified.study,
        "signatures": [
            {
                "party": one.party, "name": one.name, "role": one.role, "position": one.position, "reason": one.reason,
                "date": one.date, "key": one.key_id,
            }
            for one in verified.signatures
        ],
        "quorum": dict(verified.standing.quorum),
        "keys": [
            {"key": one.key_id, "name": one.name, "role": one.role, "kind": one.kind} for one in verified.signers
        ],
        "replaced": verified.replaced,
    }  # fmt: skip


def _same_files(bundle: Path, verified: Verified) -> int:
    """Compare the files of a release's folder with those of its bundle; return how many there are."""
    from countersign.errors import BundleError
    from countersign.evidence.canonical import digest_of_file
    from countersign.evidence.canonical_zip import ZipReader
    from countersign.evidence.manifest import RELEASE

    folder = bundle.parent
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - set(OUTSIDE)
    listed = {
        path.removeprefix(RELEASE): one for path, one in verified.manifest.files.items() if path.startswith(RELEASE)
    }

    def wrong(name: str, problem: str) -> BundleError:
        return BundleError(
            problem,
            where=str(folder / name),
            expected="the file as it is in the bundle",
            action="rely on the bundle alone; take the release again from whoever published it",
        )

    for name in sorted(set(listed) - here):
        raise wrong(name, "The bundle has this file, and the folder has not.")
    for name in sorted(here - set(listed)):
        raise wrong(name, "The folder has this file, and the bundle has not.")
    with bundle.open("rb") as source:
        reader = ZipReader(source, name=str(bundle))
        for name, (digest, _) in listed.items():
            if digest_of_file(folder / name) == digest:
                continue
            # Only what stands between the marks of signatures may differ.
            signed = BLOCK.sub(b"", reader.read(RELEASE + name)) if name.endswith(".html") else None
            if signed is None or BLOCK.sub(b"", (folder / name).read_bytes()) != signed:
                raise wrong(name, "This file is not as it is in the bundle.")
    return len(here)


def _first(bundle: Path) -> str:
    from countersign.evidence.canonical import loads
    from countersign.evidence.canonical_zip import ZipReader
    from countersign.evidence.manifest import FIGURES

    with bundle.open("rb") as source:
        for line in ZipReader(source).read(FIGURES).splitlines():
            if name := str(loads(line).get("figure_id", "")):
                return name
    return ""
