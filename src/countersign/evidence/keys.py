"""Keys: files with a private key that signs, and lines with a public one that checks.

Private keys are files of OpenSSH, so one key serves here and with ``ssh-keygen``: Ed25519 are made here; ECDSA and RSA
keys that somebody has already are taken too. Everything secret stays in the file: no passphrase and no private byte is
in a message, a log or an error.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import SigningError
from countersign.evidence import disk
from countersign.evidence.secret import FOLDER, make_once
from countersign.model.key import PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = "ssh-ed25519"
ALGORITHMS = (ED25519, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
SMALLEST_RSA = 2048
"""Bits; shorter keys of RSA are refused (NIST SP 800-131A, 2019)."""
OWN = "signing"
"""Name of the folder's own key below `FOLDER`."""
NEXT = "signing.next"
"""Name of the key that will take its place, until the log says so."""
TRIES = 3
"""How often a passphrase is asked for."""

Ask = Callable[[Path, int], bytes]
"""Asks for the passphrase of a file, for the first, second, ... time."""


class SigningKey:
    """A private key in memory.

    Attributes
    ----------
    public: the public key. private: the object of `cryptography` that signs.
    """

    def __init__(self, private: Any) -> None:
        from cryptography.hazmat.primitives import serialization

        line = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        self.private = private
        self.public = read_public(line.decode("ascii"), where="key")

    @property
    def key_id(self) -> str:
        """The name of the key: the fingerprint that ``ssh-keygen -l`` prints."""
        return self.public.key_id

    @property
    def ed25519(self) -> Ed25519PrivateKey | None:
        """The key where it is one of Ed25519, else None."""
        return self.private if self.public.algorithm == ED25519 else None

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"


def decode64(text: str, *, where: str) -> bytes:
    """Return the bytes of canonical base64: standard alphabet, padded, unused bits zero.

    Raises
    ------
    SigningError: it is written otherwise.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        raise SigningError(
            "This is not base64 as it is written here.",
            where=where,
            expected="letters, digits, + and /, padded with =, unused bits zero",
            action="take the file as it was made",
        )
    return data


def read_public(text: str, *, where: str) -> PublicKey:
    """Return the public key in one line of OpenSSH; what stands behind it, such as an address, is left out.

    Raises
    ------
    SigningError: it is not such a line, the algorithm is none of `ALGORITHMS`, or an RSA key is too short.
    """
    words = text.split()
    if len(words) < 2 or "\n" in text.strip():
        raise _not_public(where)
    wire = decode64(words[1], where=where)
    if words[0] not in ALGORITHMS:
        raise SigningError(
            f"Keys of the kind '{words[0][:40]}' are not taken.",
            where=where,
            expected="one of " + ", ".join(ALGORITHMS),
            action="make a key: countersign key new FILE",
        )
    key = PublicKey(words[0], wire)
    verifier(key, where=where)
    return key


def read_public_file(path: Path) -> PublicKey:
    """Return the public key in a file of one line, as ``ssh-keygen`` leaves it in ``FILE.pub``; errors as above."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SigningError(
            "The public key cannot be read.",
            where=str(path),
            expected="a file with one line such as 'ssh-ed25519 AAAA...'",
            action="correct the path; a key is made with: countersign key new FILE",
        ) from error
    if "PRIVATE KEY" in text:
        raise SigningError(
            "This is a private key. It belongs to one person and is never handed on.",
            where=str(path),
            expected="the public key, the file that ends in .pub",
            action=f"name {path.name}.pub",
        )
    return read_public(text.strip(), where=str(path))


def verifier(key: PublicKey, *, where: str = "key") -> Any:
    """Return the object of `cryptography` that checks signatures of a key.

    Raises
    ------
    SigningError: the bytes are not those of such a key, or an RSA key is shorter than `SMALLEST_RSA`.
    """
    try:
        found = _verifier(key.algorithm, key.wire)
    except ValueError as error:
        raise _not_public(where) from error
    if key.algorithm == "ssh-rsa" and found.key_size < SMALLEST_RSA:
        raise SigningError(
            f"This RSA key has {found.key_size} bits.",
            where=where,
            expected=f"{SMALLEST_RSA} bits or more",
            action="make a new key: countersign key new FILE",
        )
    return found


@lru_cache(maxsize=512)
def _verifier(algorithm: str, wire: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    (length,) = struct.unpack(">I", wire[:4]) if len(wire) >= 4 else (0,)
    if wire[4 : 4 + length] != algorithm.encode():
        raise ValueError(algorithm)
    try:
        found = serialization.load_ssh_public_key(algorithm.encode() + b" " + base64.b64encode(wire))
    except UnsupportedAlgorithm as error:
        raise ValueError(algorithm) from error
    again = found.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    if again.split()[1] != base64.b64encode(wire):
        raise ValueError(algorithm)  # a second way to write the same key would give it a second name
    return found


def ed25519_verifier(key: PublicKey) -> Ed25519PublicKey | None:
    """Return what checks plain Ed25519 signatures, or None where the key is of another kind."""
    return verifier(key) if key.algorithm == ED25519 else None


def new_key(path: Path, *, passphrase: bytes = b"", comment: str = "") -> SigningKey:
    """Make an Ed25519 key: the private file, which only its owner can read, and ``FILE.pub`` beside it.

    Parameters
    ----------
    passphrase: without it nobody can use the file (OpenSSH's format, bcrypt and AES-256); empty = no protection.
    comment: a few words behind the public key.

    Raises
    ------
    SigningError: a file is there already. StoreError: the disk refused.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    refuse_taken(path)
    public = path.with_name(f"{path.name}.pub")
    key = SigningKey(Ed25519PrivateKey.generate())
    with disk.guarded(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        make_once(path, _private_bytes(key, passphrase))
    disk.replace(public, f"{key.public.line} {comment}".strip().encode() + b"\n")
    return key


def refuse_taken(path: Path) -> None:
    """Do nothing if a new key may be made at `path`; else SigningError: a key is never written over."""
    for one in (path, path.with_name(f"{path.name}.pub")):
        if one.exists() or one.is_symlink():
            raise SigningError(
                "There is a file in this place. A key is never written over.",
                where=str(one),
                expected="a new name",
                action="choose another name, or show the key that is there: countersign key show FILE",
            )


def own_key(folder: Path, *, wanted: str = "") -> SigningKey:
    """Return the key of a study's folder, made when it is asked for the first time, in ``.secrets/signing``.

    It has no passphrase: a run signs what it did without anybody at the keyboard. It says that this folder did it, and
    nothing on who agrees; people sign with keys of their own.

    Parameters
    ----------
    wanted: id of the key that the log names. A rotation that was killed between the log and the file is finished.

    Raises
    ------
    SigningError: the file holds something else. StoreError: the disk refused.
    """
    path, coming = folder / FOLDER / OWN, folder / FOLDER / NEXT
    if coming.exists() and wanted and read_private(coming).key_id == wanted:
        with disk.guarded(folder):
            path.replace(path.with_name(f"{OWN}.{read_private(path).public.digest[:16]}"))
            coming.replace(path)
            path.with_name(f"{OWN}.pub").unlink(missing_ok=True)
    key = _kept_key(path)
    public = path.with_name(f"{OWN}.pub")
    if not public.exists():
        disk.replace(public, f"{key.public.line}\n".encode())
    return key


def coming_key(folder: Path) -> SigningKey:
    """Return the key that will take the place of the folder's own, made when asked for; see `own_key`."""
    return _kept_key(folder / FOLDER / NEXT)


def _kept_key(path: Path) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not path.exists():
        with disk.guarded(path.parent):
            make_once(path, _private_bytes(SigningKey(Ed25519PrivateKey.generate()), b""))
    return read_private(path)


def read_private(path: Path, *, ask: Ask | None = None) -> SigningKey:
    """Return the private key in a file of OpenSSH or PKCS #8.

    Parameters
    ----------
    ask: called for the passphrase where the file has one, at most `TRIES` times.

    Raises
    ------
    SigningError: no such file, others can read it, it is no key, its kind is not taken, or the passphrase is wrong.
    """
    data = _private_file(path)
    try:
        return _taken(_load(data, None), path)
    except TypeError:  # cryptography: the file has a passphrase
        pass
    if ask is None:
        raise SigningError(
            "This key has a passphrase, and there was nobody to ask.",
            where=str(path),
            expected="a passphrase at the prompt, in a file or in the environment",
            action="use --passphrase-file FILE, or set COUNTERSIGN_PASSPHRASE",
        )
    for attempt in range(1, TRIES + 1):
        given = ask(path, attempt)
        try:
            return _taken(_load(data, given), path)
        except (ValueError, TypeError):
            continue
    raise SigningError(
        f"The passphrase is wrong, {TRIES} times.",
        where=str(path),
        expected="the passphrase the key was made with",
        action="start again; a lost passphrase cannot be found: then make a new key and ask to have this one revoked",
    )


def _private_file(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise SigningError(
            "The key cannot be read.",
            where=str(path),
            expected="a file with a private key, that you may read",
            action="correct the path; a key is made with: countersign key new FILE",
        ) from error
    if b"PRIVATE KEY" not in data:
        raise _not_private(path)
    if sys.platform != "win32" and mode & 0o077 and os.geteuid() == path.stat().st_uid:
        raise SigningError(
            "Others on this computer can read this private key.",
            where=str(path),
            expected="a file that only its owner can read",
            action=f"chmod 600 {path}",
        )
    return data


def _load(data: bytes, passphrase: bytes | None) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        if b"OPENSSH PRIVATE KEY" in data:
            return serialization.load_ssh_private_key(data, passphrase or None)
        return serialization.load_pem_private_key(data, passphrase or None)
    except UnsupportedAlgorithm:
        return None
    except ValueError:
        if passphrase is None:
            return None
        raise


def _taken(private: Any, path: Path) -> SigningKey:
    if private is None:
        raise _not_private(path)
    try:
        return SigningKey(private)
    except (ValueError, TypeError, AttributeError) as error:
        raise _not_private(path) from error


def _private_bytes(key: SigningKey, passphrase: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    locked: Any = serialization.NoEncryption()
    if passphrase:
        locked = serialization.BestAvailableEncryption(passphrase)
    made: bytes = key.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, locked)
    return made


def _not_public(where: str) -> SigningError:
    return SigningError(
        "This is not a public key.",
        where=where,
        expected="one line of OpenSSH such as 'ssh-ed25519 AAAA...'",
        action="take the line from the file FILE.pub that 'countersign key new' or 'ssh-keygen' made",
    )


def _not_private(path: Path) -> SigningError:
    return SigningError(
        "This is not a private key that can be used here.",
        where=str(path),
        expected="a file that 'countersign key new' or 'ssh-keygen -t ed25519' made",
        action="name the private file, the one without .pub",
    )
