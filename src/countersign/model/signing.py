"""Party and SigningPlan: who may sign the evidence of a study, in which role, and how many must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Party:
    """Somebody who signs.

    Parameters
    ----------
    name: in words. role: id of the catalogue's list ``signing_roles``: ``cso``, ``community``, ``nso``, ``reviewer``,
    ``steward``, ``witness``. key: public key, as one line of OpenSSH (``ssh-ed25519 AAAA...``) or a file with it.
    """

    name: str
    role: str
    key: str = ""


@dataclass(frozen=True)
class SigningPlan:
    """What a study says of signatures.

    Parameters
    ----------
    parties: id -> party. quorum: role -> how many parties of it must sign before the release is one; empty = none.
    """

    parties: Mapping[str, Party] = field(default_factory=dict)
    quorum: Mapping[str, int] = field(default_factory=dict)
