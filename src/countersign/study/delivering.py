"""A built release -> ``release/``, or ``proposal/`` as long as parties still have to sign it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError
from countersign.study.telling import command

if TYPE_CHECKING:
    from countersign.evidence.log import Log
    from countersign.model.release import Release
    from countersign.model.signing import Standing
    from countersign.study.workplace import Workplace

PROPOSAL = "proposal"
BUNDLE = "bundle.zip"


def hand_over(build: Callable[[Path], None], keep: Callable[[], None], release: Release, place: Workplace) -> Path:
    """Deliver a release where it belongs and return its folder.

    Without a quorum that is ``release/``. With one, the release is built in ``proposal/``; once enough parties have
    signed its very digest, it is delivered as it was signed, and the proposal goes.

    Parameters
    ----------
    build: fills an empty folder. keep: keeps the release that is replaced, just before.

    Raises
    ------
    ReleaseError: parties still have to sign; it says which. StoreError: the disk refused.
    """
    from countersign.evidence.delivery import deliver

    proposal = place.folder / PROPOSAL
    if not release.plan.signing.quorum:

        def whole(folder: Path) -> None:
            build(folder)
            keep()

        deliver(whole, place.release)
        _clear(proposal)
        return place.release
    deliver(build, proposal)
    standing = standing_of(proposal, place.folder)
    if standing.lacking:
        raise _still_to_sign(standing, place.study, proposal)

    def copy(folder: Path) -> None:
        shutil.copytree(proposal, folder, dirs_exist_ok=True)
        keep()

    deliver(copy, place.release)
    show_signatures(place.release, place.folder)
    _clear(proposal)
    return place.release


def digest_of_release(folder: Path) -> str:
    """Return the digest of the release in a folder: SHA-256 of the manifest in its bundle.

    Raises
    ------
    ReleaseError: there is no bundle, or no manifest in it.
    """
    import zipfile

    from countersign.evidence.canonical import digest_of

    path = folder / BUNDLE if folder.is_dir() else folder
    try:
        with zipfile.ZipFile(path) as bundle:
            return digest_of(bundle.read("manifest.json"))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ReleaseError(
            "There is no bundle of a release here.",
            where=str(path),
            expected="a folder that 'countersign run' wrote, or its bundle.zip",
            action=f"make the release: {command('run', 'STUDY')}",
        ) from error


def standing_of(folder: Path, home: Path) -> Standing:
    """Return where the release in a folder stands; `home` holds the log.

    Raises
    ------
    SigningError: the log was changed, or does not know this release.
    """
    from countersign.evidence.countersigning import standing
    from countersign.evidence.keyring import read_statements
    from countersign.evidence.log import Log

    log = Log(home)
    said, ring = read_statements(log.lines(), where=str(log.path))
    delivered = folder.name != PROPOSAL
    return standing(said, ring, digest_of_release(folder), where=str(folder), delivered=delivered)


def show_signatures(folder: Path, home: Path) -> None:
    """Fill the block of signatures on every page of a release that parties may sign, and write ``signatures.json``."""
    from countersign.evidence.log import Log
    from countersign.publishing.signatures import FILE, draw_blocks, write_signatures

    standing = standing_of(folder, home)
    if not standing.parties:
        return
    log = Log(home)
    draw_blocks(signable(folder), standing, head=head_in_words(log))
    write_signatures(standing, folder / FILE)


def signable(folder: Path) -> list[Path]:
    """Return the pages of a release that tell who signed: those at its top."""
    return sorted(folder.glob("*.html"))


def empty_blocks(release: Release, folder: Path) -> None:
    """Put the empty block into the pages of a release that parties may sign, before it is packed."""
    from countersign.model.signing import Standing
    from countersign.publishing.signatures import draw_blocks

    if release.plan.signing.parties:
        draw_blocks(signable(folder), Standing(digest="", state="proposed"))


def head_in_words(log: Log) -> str:
    """Return origin, size and root of the log's newest signed head, a line each."""
    from countersign.evidence.checkpoint import text_of_head

    checkpoint = log.heads()[-1]
    return text_of_head(checkpoint.origin, checkpoint.head).decode()


def still_to_sign(standing: Standing) -> str:
    """Return, in one sentence, who still has to sign."""
    missing = []
    for lack in standing.lacking:
        who = ", ".join(f"{name} ({standing.parties[name].name})" for name in lack.parties)
        count = lack.needed - lack.given
        missing.append(f"{count} of the role '{lack.role}'" + (f": {who}" if who else ", and no party has it"))
    said = f"Signatures are missing: {'; '.join(missing)}."
    for one in standing.dissents:
        said += f" {one.name} dissents: {one.reason}"
    return said


def _still_to_sign(standing: Standing, study: Path, proposal: Path) -> ReleaseError:
    first = next((name for lack in standing.lacking for name in lack.parties), "PARTY")
    return ReleaseError(
        f"The release is proposed and not out yet. {still_to_sign(standing)}",
        where=str(proposal),
        expected=f"signatures on the digest {standing.digest}",
        action=f"let them read the proposal and sign, then run again: countersign sign {study} --as {first} "
        "--position adopt --reason '...' --key FILE",
    )


def _clear(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
