"""SSHSIG: signatures of ``ssh-keygen -Y sign``, made and checked (source: OpenSSH, PROTOCOL.sshsig, version 1).

The blob is ``SSHSIG``, version, public key, namespace, reserved, hash algorithm, signature; the signature is over
``SSHSIG``, namespace, reserved, hash algorithm and hash of the message, each a string of four bytes of length and its
bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import Any

from countersign.errors import SigningError
from countersign.evidence.keys import ED25519, SigningKey, read_public, verifier
from countersign.model.key import PublicKey

NAMESPACE = "countersign"
MAGIC = b"SSHSIG"
HASHES = ("sha512", "sha256")
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
RSA_HASHES = {"rsa-sha2-512": "SHA512", "rsa-sha2-256": "SHA256"}
CURVE_HASHES = {"ecdsa-sha2-nistp256": "SHA256", "ecdsa-sha2-nistp384": "SHA384", "ecdsa-sha2-nistp521": "SHA512"}


def sign(message: bytes, key: SigningKey) -> bytes:
    """Return the blob that ``ssh-keygen -Y sign -n countersign`` would make of a message with this key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    algorithm = key.public.algorithm
    to_sign = _to_sign(message, "sha512")
    if algorithm == ED25519:
        name, raw = algorithm, key.private.sign(to_sign)
    elif algorithm == "ssh-rsa":
        name, raw = "rsa-sha2-512", key.private.sign(to_sign, padding.PKCS1v15(), hashes.SHA512())
    else:
        name = algorithm
        r, s = utils.decode_dss_signature(
            key.private.sign(to_sign, ec.ECDSA(getattr(hashes, CURVE_HASHES[algorithm])()))
        )
        raw = _string(_number(r)) + _string(_number(s))
    inner = _string(name.encode()) + _string(raw)
    head = MAGIC + struct.pack(">I", 1) + _string(key.public.wire) + _string(NAMESPACE.encode()) + _string(b"")
    return head + _string(b"sha512") + _string(inner)


def verify(message: bytes, blob: bytes, key: PublicKey) -> bool:
    """Say whether a blob is this key's signature of a message in the namespace ``countersign``."""
    from cryptography.exceptions import InvalidSignature

    try:
        wire, hashing, name, raw = _parts(blob)
        if wire != key.wire:
            return False
        _check(key, name, raw, _to_sign(message, hashing))
    except (InvalidSignature, ValueError, struct.error):
        return False
    return True


def read_armoured(text: str, *, where: str) -> tuple[PublicKey, bytes]:
    """Return the public key and the blob in a ``.sig`` file of ``ssh-keygen -Y sign``.

    Raises
    ------
    SigningError: it is not such a file, or the signature was made in another namespace.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise _not_one(where)
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
        wire = _parts(blob)[0]
        (length,) = struct.unpack(">I", wire[:4])
        algorithm = wire[4 : 4 + length].decode("ascii")
    except (binascii.Error, ValueError, struct.error) as error:
        raise _not_one(where, str(error) if "namespace" in str(error) else "") from error
    return read_public(f"{algorithm} {base64.b64encode(wire).decode()}", where=where), blob


def armoured(blob: bytes) -> str:
    """Return a blob as the text of a ``.sig`` file."""
    text = base64.b64encode(blob).decode()
    lines = [text[i : i + 70] for i in range(0, len(text), 70)]
    return "\n".join([BEGIN, *lines, END]) + "\n"


def _parts(blob: bytes) -> tuple[bytes, str, str, bytes]:
    """Wire form of the key, hash algorithm, signature algorithm and raw signature; ValueError where it is none."""
    if blob[:6] != MAGIC or struct.unpack(">I", blob[6:10]) != (1,):
        raise ValueError("no SSHSIG of version 1")
    (wire, namespace, reserved, hashing, inner), rest = _strings(blob[10:], 5)
    if namespace != NAMESPACE.encode():
        raise ValueError(f"the namespace is '{namespace[:40].decode(errors='replace')}'")
    if rest or reserved or hashing.decode("ascii") not in HASHES:
        raise ValueError("more than a signature")
    (name, raw), rest = _strings(inner, 2)
    if rest:
        raise ValueError("more than a signature")
    return wire, hashing.decode("ascii"), name.decode("ascii"), raw


def _check(key: PublicKey, name: str, raw: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    found: Any = verifier(key)
    if key.algorithm == "ssh-rsa" and name in RSA_HASHES:
        found.verify(raw, signed, padding.PKCS1v15(), getattr(hashes, RSA_HASHES[name])())
    elif name != key.algorithm:
        raise ValueError(name)
    elif name == ED25519:
        found.verify(raw, signed)
    elif name in CURVE_HASHES:
        (r, s), rest = _strings(raw, 2)
        if rest or r != _number(int.from_bytes(r)) or s != _number(int.from_bytes(s)):
            raise ValueError("numbers")
        coded = utils.encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        found.verify(coded, signed, ec.ECDSA(getattr(hashes, CURVE_HASHES[name])()))
    else:
        raise ValueError(name)


def _to_sign(message: bytes, hashing: str) -> bytes:
    digest = hashlib.new(hashing, message).digest()
    return MAGIC + _string(NAMESPACE.encode()) + _string(b"") + _string(hashing.encode()) + _string(digest)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _strings(data: bytes, count: int) -> tuple[list[bytes], bytes]:
    found = []
    for _ in range(count):
        (length,) = struct.unpack(">I", data[:4])
        if length > len(data) - 4:
            raise ValueError("cut off")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found, data


def _number(value: int) -> bytes:
    """OpenSSH's mpint: big-endian, a zero byte in front where the first bit is set."""
    return value.to_bytes(value.bit_length() // 8 + 1)


def _not_one(where: str, why: str = "") -> SigningError:
    return SigningError(
        f"This is not a signature for Countersign{': ' + why if why else ''}.",
        where=where,
        expected="the file that 'ssh-keygen -Y sign -n countersign -f KEY FILE' leaves beside FILE",
        action="sign again with the namespace countersign",
    )
