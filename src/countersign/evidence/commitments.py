"""Commitment: the name of a protected file in what leaves; it binds its steward and tells nobody else anything.

A digest of a small table can be tried out: whoever guesses all answers hashes every guess. So what leaves names a
protected file by SHA-256(32 secret bytes || its digest). The secret bytes of each file come from one secret of the
study, so that the same file has the same name in every run (source: hash commitments; HMAC as a pseudorandom function,
RFC 2104 and RFC 5869).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.errors import ReleaseError
from countersign.evidence import disk
from countersign.evidence.canonical import canonical
from countersign.evidence.secret import FOLDER, keep_secret
from countersign.model.artefact import Artefact

FILE = "commitments"
LABEL = b"countersign commitment 1"
OPENINGS_VERSION = 1


def commitment(opening: bytes, digest: str) -> str:
    """Return the commitment to a digest: SHA-256 of the 32 secret bytes and the 32 bytes of the digest, as hex."""
    return hashlib.sha256(opening + bytes.fromhex(digest)).hexdigest()


@dataclass(frozen=True)
class Committer:
    """What makes commitments of one study.

    Parameters
    ----------
    secret: 32 bytes that never leave the study's folder.
    """

    secret: bytes

    def opening(self, digest: str) -> bytes:
        """Return the 32 secret bytes of one file."""
        return hmac.new(self.secret, LABEL + bytes.fromhex(digest), hashlib.sha256).digest()

    def name(self, digest: str) -> str:
        """Return the commitment to a file, by its digest."""
        return commitment(self.opening(digest), digest)


def committer_of(folder: Path) -> Committer:
    """Return what makes the commitments of a study, its secret made at first use.

    Parameters
    ----------
    folder: where the study's store is; the secret lies in its folder ``.secrets``.

    Raises
    ------
    StoreError: the secret cannot be read or made.
    """
    return Committer(keep_secret(folder / FOLDER / FILE))


def known_committer(folder: Path) -> Committer | None:
    """Return what makes the commitments of a study, or None where no secret lies in its folder."""
    return committer_of(folder) if (folder / FOLDER / FILE).is_file() else None


def write_openings(named: Mapping[str, Artefact], committer: Committer, path: Path) -> int:
    """Write what a partner needs to see which file a commitment stands for; return how many are opened.

    Parameters
    ----------
    named: digest -> artefact, those to open. Whoever holds the file of openings can try out guesses of these files.

    Raises
    ------
    StoreError: the disk refused.
    """
    opened = [
        {
            "commitment": committer.name(digest),
            "name": artefact.name,
            "opening": committer.opening(digest).hex(),
            "sha256": digest,
        }
        for digest, artefact in named.items()
    ]
    disk.replace(path, canonical({"artefacts": opened, "openings": OPENINGS_VERSION}) + b"\n")
    return len(opened)


def read_openings(path: Path) -> dict[str, str]:
    """Return commitment -> digest of the file behind it; every opening is checked.

    Raises
    ------
    ReleaseError: the file cannot be read, or an opening does not fit its commitment.
    """
    try:
        listed = json.loads(path.read_bytes())["artefacts"]
        found = {str(one["commitment"]): (bytes.fromhex(one["opening"]), str(one["sha256"])) for one in listed}
        wrong = [name for name, (opening, digest) in found.items() if commitment(opening, digest) != name]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ReleaseError(
            f"The file of openings '{path.name}' cannot be read.",
            where=str(path),
            expected="the file that 'countersign open-commitments' wrote",
            action="ask the data steward for it again",
        ) from error
    if wrong:
        raise ReleaseError(
            f"An opening does not fit its commitment {wrong[0][:12]}…",
            where=str(path),
            expected="SHA-256 of the secret bytes and the digest",
            action="ask the data steward for the file again",
        )
    return {name: digest for name, (_, digest) in found.items()}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return JSON values with every text that is a digest of `names` replaced; keys of mappings as well."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(renamed(item, names) for item in value)
    return value


def opened(commitments: Iterable[str], openings: Mapping[str, str], committer: Committer | None,
           digests: Iterable[str]) -> dict[str, str]:  # fmt: skip
    """Return commitment -> digest for those that openings, or the study's own secret, can open.

    Parameters
    ----------
    digests: of the files that may be behind them, where the secret is at hand.
    """
    own = {committer.name(digest): digest for digest in digests} if committer else {}
    known = {**own, **openings}
    return {name: known[name] for name in commitments if name in known}
