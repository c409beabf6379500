"""What a party signs: a study's folder with its log, or a bundle that was sent to it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError, SigningError
from countersign.study.delivering import BUNDLE, PROPOSAL, show_signatures
from countersign.study.stating import CHECKPOINT, LOG, STATEMENTS, evidence_of, opened
from countersign.study.telling import command

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.evidence.keys import SigningKey
    from countersign.evidence.log import Log
    from countersign.model.statement import Checkpoint

MANIFEST = "manifest.json"
MOST = 1 << 30
"""Bytes of a member beyond which it is not read: a bundle is sent by others."""


@dataclass(frozen=True)
class Target:
    """What is signed.

    Parameters
    ----------
    bundle: the zip. release: the folder it lies in. home: the folder with the log; None where that is elsewhere.
    """

    bundle: Path
    release: Path
    home: Path | None

    @property
    def proposed(self) -> bool:
        """Whether it is a proposal that waits for signatures."""
        return self.home is not None and self.release.name == PROPOSAL


@dataclass(frozen=True)
class Evidence:
    """The statements of a bundle, all checked, and the head of their log."""

    digest: str
    lines: tuple[bytes, ...]
    said: tuple[Said, ...]
    ring: Keyring
    checkpoint: Checkpoint


def find_target(path: Path) -> Target:
    """Return what a path means: a study's folder or file, the folder of a release, or a bundle.

    In a study's folder a proposal comes first: it is what waits for signatures.

    Raises
    ------
    ReleaseError: there is no release and no proposal.
    """
    if path.is_file() and path.suffix in (".yaml", ".yml", ".xlsx"):
        path = path.parent
    if path.is_file():
        return Target(path, path.parent, None)
    if (path / "log").is_dir():
        for name in (PROPOSAL, "release"):
            if (path / name / BUNDLE).is_file():
                return Target(path / name / BUNDLE, path / name, path)
    if (path / BUNDLE).is_file():
        home = path.parent if (path.parent / "log").is_dir() else None
        return Target(path / BUNDLE, path, home)
    raise ReleaseError(
        "There is nothing here that can be signed.",
        where=str(path),
        expected="a study's folder after a run, the folder of a release, or a bundle.zip",
        action=f"make the release first: {command('run', path)}",
    )


def read_evidence(path: Path) -> Evidence:
    """Return the statements in a bundle after checking them, the log's head and every file of the release.

    Raises
    ------
    SigningError: a file, a statement, the log or its head is not as it was signed; the message names it.
    ReleaseError: it is no bundle.
    """
    from countersign.evidence.canonical import digest_of
    from countersign.evidence.checkpoint import head_is_signed_by, origin_of, read_checkpoint
    from countersign.evidence.keyring import read_statements
    from countersign.evidence.merkle import Tree

    members = _members(path)
    lines = tuple(members[STATEMENTS].split(b"\n")[:-1])
    said, ring = read_statements(lines, where=f"{path.name}, {STATEMENTS}")
    where = f"{path.name}, {CHECKPOINT}"
    checkpoint = read_checkpoint(members[CHECKPOINT], where=where)
    if checkpoint.head.size != len(lines) or checkpoint.head.root != Tree(lines).root():
        raise _not_whole("The statements are not those of the log's signed head.", where)
    own = ring.keys.get(ring.own)
    if own is None or checkpoint.origin != origin_of(ring.founder) or not head_is_signed_by(
        checkpoint, own.key, name=checkpoint.origin
    ):  # fmt: skip
        raise _not_whole("The head of the log is not signed with the study's key.", where)
    return Evidence(digest_of(members[MANIFEST]), lines, said, ring, checkpoint)


def read_log(home: Path) -> tuple[Log, tuple[Said, ...], Keyring, SigningKey]:
    """Return a study's log, its statements, its keys and the folder's own key; errors as in `stating.opened`."""
    from countersign.evidence.log import Log

    log = Log(home)
    return log, *opened(log, home)


def remake(target: Target, log: Log) -> None:
    """Make the bundle again with the log as it is now, and show who signed on the pages beside it."""
    from countersign.study.bundling import repack

    assert target.home is not None
    repack(target.release, evidence_of(log))
    show_signatures(target.release, target.home)


def _members(path: Path) -> dict[str, bytes]:
    """The statements, log, head and manifest of a bundle, every file held against the manifest."""
    from countersign.evidence.canonical import digest_of

    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as bundle:
            listed = _listed(bundle, path)
            names = bundle.namelist()
            strange = sorted(set(names) ^ {*listed, MANIFEST, STATEMENTS, LOG, CHECKPOINT})
            if strange or len(names) != len(set(names)):
                raise _not_whole("This file is missing, or is there and should not be.", f"{path.name}, {strange[:1]}")
            for name in names:
                if bundle.getinfo(name).file_size > MOST:
                    raise _not_whole("This file is too large.", f"{path.name}, {name}")
                data = bundle.read(name)
                if name in listed and digest_of(data) != listed[name]:
                    raise _not_whole("This file was changed after it was listed.", f"{path.name}, {name}")
                if name not in listed:
                    found[name] = data
    except (OSError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ReleaseError(
            "This is not a bundle, or it was damaged.",
            where=str(path),
            expected="bundle.zip as 'countersign run' made it",
            action="ask for it again",
        ) from error
    return found


def _listed(bundle: zipfile.ZipFile, path: Path) -> Mapping[str, str]:
    from countersign.evidence.canonical import loads

    value = loads(bundle.read(MANIFEST))
    if not isinstance(value, dict) or not isinstance(value.get("files"), list):
        raise _not_whole("This is not a manifest.", f"{path.name}, {MANIFEST}")
    return {str(one["path"]): str(one["sha256"]) for one in value["files"]}


def _not_whole(problem: str, where: str) -> SigningError:
    return SigningError(
        problem,
        where=where,
        expected="the bundle as it was made",
        action="do not sign it; ask the organiser for the bundle again",
    )
