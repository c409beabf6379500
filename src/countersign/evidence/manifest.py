"""Manifest: the list of a bundle's files with their digests; its own digest is what every party signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.errors import BundleError
from countersign.evidence.canonical import canonical, digest_of, digest_of_file, loads

MANIFEST, FIGURES, CRATE, README = "manifest.json", "figures.jsonl", "ro-crate-metadata.json", "README.txt"
STATEMENTS, LOG, CHECKPOINT = "statements.jsonl", "log.json", "checkpoint.txt"
BESIDE = (MANIFEST, STATEMENTS, LOG, CHECKPOINT)
"""Files of a bundle that the manifest does not list: itself, and what is signed after it."""
SCRIPT, PAGE = "verify_bundle.py", "verify.html"
RELEASE = "release/"
VERSION = 1
FIELDS = {"bundle", "figures", "files", "release"}


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds.

    Parameters
    ----------
    files: path -> (SHA-256, size in bytes). count, root: of the figures. release: made, title, vintage, version, and
        ``synthetic`` where the data are made up. digest: of the manifest's own bytes: the digest of the release.
    """

    files: Mapping[str, tuple[str, int]]
    count: int
    root: str
    release: Mapping[str, Any]
    digest: str = ""


def make_manifest(members: Mapping[str, bytes | Path], *, count: int, root: str, release: Mapping[str, Any]) -> bytes:
    """Return the bytes of ``manifest.json``.

    Parameters
    ----------
    members: path in the bundle -> its bytes, or the file with them; all but those of `BESIDE`.
    count, root: of the figures, the root as hex. release: see `Manifest`.
    """
    ordered = sorted(members.items(), key=lambda item: item[0].encode())
    files = [dict(zip(("path", "sha256", "size"), (path, *measured(source)), strict=True)) for path, source in ordered]
    figures = {"count": count, "root": root}
    value = {"bundle": VERSION, "figures": figures, "files": files, "release": dict(release)}
    return canonical(value) + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """Return what the bytes of ``manifest.json`` say.

    Raises
    ------
    BundleError: they are not canonical, or not a manifest.
    """
    try:
        value = loads(data)
        if data != canonical(value) + b"\n" or set(value) != FIELDS or value["bundle"] != VERSION:
            raise ValueError(MANIFEST)
        paths = [one["path"] for one in value["files"]]
        if paths != sorted(set(paths), key=lambda path: path.encode()):
            raise ValueError(MANIFEST)
        return Manifest(
            files={one["path"]: (str(one["sha256"]), int(one["size"])) for one in value["files"]},
            count=int(value["figures"]["count"]),
            root=str(value["figures"]["root"]),
            release=value["release"],
            digest=digest_of(data),
        )
    except Exception as error:
        raise BundleError(
            "It is not a manifest in canonical JSON (RFC 8785).",
            where=MANIFEST,
            expected="the manifest as docs/bundle.md describes it",
            action="do not rely on the bundle; take it again from whoever published it",
        ) from error


def measured(source: bytes | Path) -> tuple[str, int]:
    """Return SHA-256 and size of bytes, or of a file."""
    if isinstance(source, bytes):
        return digest_of(source), len(source)
    return digest_of_file(source), source.stat().st_size
