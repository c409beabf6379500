"""Party, SigningPlan, Signature, Standing: who may sign the evidence of a study, how many must, and who has."""

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


@dataclass(frozen=True)
class Signature:
    """A party's position on a release.

    Parameters
    ----------
    party: id; name in words. role, position: ids of the catalogue's lists ``signing_roles``, ``signing_positions``.
    date: ISO 8601. key_id: of the key that signed. index: place in the log. statement: SHA-256 of the payload.
    superseded: whether the party said something else later; both stay visible.
    """

    party: str
    name: str
    role: str
    position: str
    reason: str
    date: str
    key_id: str
    index: int
    statement: str
    superseded: bool = False


@dataclass(frozen=True)
class Lack:
    """How many signatures of a role are missing: needed, given, and the parties of that role who can still sign."""

    role: str
    needed: int
    given: int
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Where a release stands with those who sign it.

    Parameters
    ----------
    digest: of the release. state: id of the catalogue's list ``release_states``. signatures: in the order of the log.
    lacking: roles whose quorum is not met. parties: as the release names them.
    """

    digest: str
    state: str
    signatures: tuple[Signature, ...] = ()
    lacking: tuple[Lack, ...] = ()
    parties: Mapping[str, Party] = field(default_factory=dict)
    quorum: Mapping[str, int] = field(default_factory=dict)

    @property
    def dissents(self) -> tuple[Signature, ...]:
        """Positions of dissent that their parties still hold."""
        return tuple(one for one in self.signatures if one.position == DISSENT and not one.superseded)


DISSENT = "dissent"
