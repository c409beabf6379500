"""PublicKey: a key as everybody may know it, named by the fingerprint that OpenSSH prints."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class PublicKey:
    """A public key.

    Parameters
    ----------
    algorithm: as OpenSSH names it: ``ssh-ed25519``, ``ecdsa-sha2-nistp256``, ``ssh-rsa``.
    wire: OpenSSH's binary form, which begins with the algorithm.
    """

    algorithm: str
    wire: bytes

    @cached_property
    def key_id(self) -> str:
        """The fingerprint that ``ssh-keygen -l`` prints: SHA-256 of the wire form."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.wire).digest()).decode().rstrip("=")

    @property
    def digest(self) -> str:
        """SHA-256 of the wire form, 64 hexadecimal digits."""
        return hashlib.sha256(self.wire).hexdigest()

    @property
    def line(self) -> str:
        """One line as OpenSSH writes it, without a comment."""
        return f"{self.algorithm} {base64.b64encode(self.wire).decode()}"
