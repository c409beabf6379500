"""What travels between parties: files of signed statements, written elsewhere and taken in by the study's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import SigningError
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.model.statement import Checkpoint
    from countersign.study.signing_target import Target

VERSION = 1
KINDS = ("key", "rotate", "revoke", "signature", "review", "attestation")
"""Kinds of statements that are taken in from elsewhere."""
LARGEST = 1 << 20
"""Bytes of a file from elsewhere beyond which it is not read."""


def send(
    made: Sequence[bytes], target: Target, *, name: str, kind: str, lines: Sequence[str], out: Path | None, verb: str
) -> Account:
    """Write signed statements to a file that is sent back to the study, and say so."""
    place = out or target.bundle.with_name(f"{_file_name(name)}.{kind}.json")
    write_statements(made, place)
    told = (
        *lines,
        f"Written to {place}. Send this file back; it holds no secret.",
        "Whoever has the study's folder takes it in with the command below.",
    )
    following = command("sign", "STUDY", add=place)
    return Account(verb, told, following, {"file": str(place)})


def write_statements(made: Sequence[bytes], path: Path, *, checkpoint: bytes = b"") -> None:
    """Write envelopes, and a signed head where there is one, as canonical JSON."""
    from countersign.evidence import disk
    from countersign.evidence.canonical import canonical, loads

    value = {"countersign": VERSION, "statements": [loads(line) for line in made]}
    if checkpoint:
        value["checkpoint"] = checkpoint.decode()
    disk.replace(path, canonical(value) + b"\n")


def lines_of(path: Path, said: Sequence[Said], ring: Keyring) -> tuple[list[bytes], list[Checkpoint]]:
    """Return the envelopes and signed heads in a file from elsewhere: our own form, or a ``.sig`` of ssh-keygen.

    Raises
    ------
    SigningError: it is neither.
    """
    from countersign.evidence.canonical import canonical, loads
    from countersign.evidence.checkpoint import read_checkpoint

    data = _read(path)
    if data.lstrip().startswith(b"-----BEGIN SSH SIGNATURE"):
        return [_ssh_line(path, data)], []
    try:
        value = loads(data)
        if value["countersign"] != VERSION or set(value) - {"countersign", "statements", "checkpoint"}:
            raise ValueError(path.name)
        statements = [canonical(one) for one in value["statements"]]
        note = str(value.get("checkpoint", "")).encode()
    except (ValueError, TypeError, KeyError) as error:
        raise _not_one(path) from error
    heads = [read_checkpoint(note, where=str(path))] if note else []
    return statements, heads


def _ssh_line(path: Path, data: bytes) -> bytes:
    """The envelope of a statement that ``ssh-keygen -Y sign`` signed; the statement lies beside the signature."""
    from countersign.evidence.envelope import line_of
    from countersign.evidence.sshsig import read_armoured
    from countersign.model.statement import Envelope

    key, blob = read_armoured(data.decode("ascii", errors="replace"), where=str(path))
    beside = path.with_suffix("")
    if path.suffix != ".sig" or not beside.is_file():
        raise SigningError(
            "The statement that was signed does not lie beside its signature.",
            where=str(path),
            expected=f"the file {beside.name} that '--prepare' wrote, and {beside.name}.sig",
            action="put both files into the same folder",
        )
    return line_of(Envelope(_read(beside), key.key_id, blob, ssh=True))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise _not_one(path)
        return path.read_bytes()
    except OSError as error:
        raise SigningError(
            "The file cannot be read.",
            where=str(path),
            expected="a file that a party sent back",
            action="correct the path",
        ) from error


def _file_name(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in name)[:60] or "party"


def _not_one(path: Path) -> SigningError:
    return SigningError(
        "This is not a file of signed statements.",
        where=str(path),
        expected="a file that 'countersign sign BUNDLE' wrote, or a .sig of 'ssh-keygen -Y sign -n countersign'",
        action="ask the party for the file again",
    )
