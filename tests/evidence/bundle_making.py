"""A bundle small enough to make in a millisecond, with every kind of member, and ways to spoil it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.errors import BundleError
from countersign.evidence.canonical import canonical, digest_of
from countersign.evidence.canonical_zip import ZipReader, write_zip
from countersign.evidence.checkpoint import sign_head, text_of
from countersign.evidence.envelope import seal_all
from countersign.evidence.figure_lines import figure_lines
from countersign.evidence.keys import SigningKey
from countersign.evidence.manifest import FIGURES, MANIFEST, make_manifest
from countersign.evidence.merkle import Tree
from countersign.evidence.stating import about_release, bytes_of, state_key, state_release, state_revocation
from countersign.evidence.verifying import Verified, verify
from countersign.model.signing import Party
from countersign.model.statement import Checkpoint, Statement, TreeHead
from real_data import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
import verify_bundle as script

NOT_WHOLE = script.NotWholeError


@cache
def key(seed: int) -> SigningKey:
    """The same key in every run."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


STUDY, COUNCIL, OFFICE, STRANGER = (key(seed) for seed in (1, 2, 3, 9))
PARTIES = {"council": ("Residents' council", "community", COUNCIL), "office": ("Statistical office", "nso", OFFICE)}
ROWS: tuple[dict[str, Any], ...] = (
    {
        "figure_id": "water", "indicator": "water", "statistic": "proportion", "value": 0.581802433546297,
        "standard_error": 0.00966676738537992, "lower": 0.562580676, "upper": 0.60083999656585, "n": 4901,
        "level": 0.95, "degrees": 4900.0, "convention": "korn-graubard", "status": "published",
    },
    {"figure_id": "water/sex=x", "indicator": "water", "statistic": "proportion", "status": "suppressed"},
)  # fmt: skip
OPEN = b'{"figures":2}'


def files(*, note: str = "first") -> dict[str, bytes]:
    """The files of a release of two figures, as members of a bundle, the manifest among them."""
    lines = figure_lines(ROWS)
    members: dict[str, bytes] = {
        "README.txt": f"The {note} release.\n".encode(),
        "release/estimates.csv": b"figure_id,value\nwater,0.581802433546297\nwater/sex=x,\n",
        f"release/artefacts/{digest_of(OPEN)}": OPEN,
        "release/été.txt": "Ключ\n".encode(),
        FIGURES: b"".join(line + b"\n" for line in lines),
    }
    told = {"made": "2026-11-30T10:00:00.000Z", "title": f"The {note}", "version": "0", "vintage": note}
    members[MANIFEST] = make_manifest(members, count=len(lines), root=Tree(lines).root().hex(), release=told)
    return members


def step() -> Statement:
    """What the step that made the open file says."""
    from countersign.model.statement import Subject

    digest = digest_of(OPEN)
    said = {
        "inputs": {},
        "open": [digest],
        "parameters": {},
        "software": {},
        "verb": "protect",
        "started": "",
        "ended": "",
    }
    return Statement("protection", (Subject("figures", digest),), said)


def proposal(members: Mapping[str, bytes], *, quorum: Mapping[str, int] | None = None) -> Statement:
    """The release statement on these members."""
    return state_release(
        members[MANIFEST],
        members[FIGURES],
        rests_on=bytes_of([step()]),
        parties={name: (Party(said, role), one.public) for name, (said, role, one) in PARTIES.items()},
        quorum=quorum or {},
        made="2026-11-30T10:00:00.000Z",
    )


def signature(members: Mapping[str, bytes], who: str, **other: str) -> Statement:
    """A party's signature on these members."""
    told = {"party": who, "role": PARTIES[who][1], "position": "adopt", "reason": "We agree.", "date": "2026-12-01"}
    return about_release("signature", digest_of(members[MANIFEST]), **{**told, **other})


@dataclass
class Making:
    """A bundle in the making: its members and the statements of its log with the keys that sign them.

    Attributes
    ----------
    head: the key that signs the head. heads: sizes of earlier heads. change: a last change to the members.
    """

    members: dict[str, bytes] = field(default_factory=files)
    said: list[tuple[Statement, SigningKey]] = field(default_factory=list)
    head: SigningKey = STUDY
    heads: tuple[int, ...] = ()
    witness: SigningKey | None = None
    change: Callable[[dict[str, bytes]], None] | None = None

    def begin(self, *, quorum: Mapping[str, int] | None = None) -> Making:
        """Log the keys, the step and the release."""
        self.said.append((state_key(STUDY.public, name="study", role="steward"), STUDY))
        for name, role, one in PARTIES.values():
            self.said.append((state_key(one.public, name=name, role=role), STUDY))
        self.said += [(step(), STUDY), (proposal(self.members, quorum=quorum), STUDY)]
        return self

    def sign(self, *parties: str) -> Making:
        """Log signatures of parties with their own keys."""
        self.said += [(signature(self.members, one), PARTIES[one][2]) for one in parties]
        return self

    def say(self, statement: Statement, by: SigningKey) -> Making:
        """Log another statement."""
        self.said.append((statement, by))
        return self

    def revoke(self, one: SigningKey) -> Making:
        """Log that a key is not trusted any more."""
        return self.say(state_revocation(one.public, reason="lost", since="2026-12-02"), STUDY)

    def log(self) -> list[bytes]:
        """The envelopes, one a line."""
        return [line for statement, by in self.said for line in seal_all(bytes_of([statement]), by)]

    def evidence(self) -> dict[str, bytes]:
        """The three files of the log."""
        lines = self.log()
        tree = Tree(lines)
        head = TreeHead(len(tree), tree.root())
        origin = f"countersign/{STUDY.key_id}"
        checkpoint = sign_head(Checkpoint(origin, head), self.head, name=origin)
        if self.witness is not None:
            checkpoint = sign_head(checkpoint, self.witness)
        grown = [
            {
                "from": old,
                "proof": [one.hex() for one in tree.consistency(old)],
                "root": tree.root(old).hex(),
                "to": len(tree),
            }
            for old in self.heads
        ]
        leaves = [{"index": n, "proof": [one.hex() for one in tree.inclusion(n)]} for n in range(len(tree))]
        log = {"consistency": grown, "leaves": leaves, "root": head.root.hex(), "size": head.size}
        return {
            "statements.jsonl": b"".join(line + b"\n" for line in lines),
            "log.json": canonical(log) + b"\n",
            "checkpoint.txt": text_of(checkpoint),
        }

    def pack(self, folder: Path) -> bytes:
        """The bytes of the zip."""
        members = {**self.members, **self.evidence()}
        if self.change is not None:
            self.change(members)
        write_zip(folder / "bundle.zip", members)
        return (folder / "bundle.zip").read_bytes()


def ours(data: bytes, *, trust: tuple[str, ...] = ()) -> Verified:
    """Verify by Countersign."""
    return verify(io.BytesIO(data), trust=trust)


def theirs(data: bytes) -> Any:
    """Verify by the independent script."""
    return script.Bundle(data)


def refusals(data: bytes) -> tuple[str, str]:
    """What the two verifiers say of a bundle that is not whole; fails if one of them finds it whole."""
    said = []
    for check in (ours, theirs):
        try:
            check(data)
        except (BundleError, NOT_WHOLE) as error:
            said.append(f"{error.where}: {error.problem}" if isinstance(error, BundleError) else str(error))
        except Exception as error:
            if check is ours:
                raise
            said.append(f"not as the page describes it ({type(error).__name__})")  # as the script's main does
        else:
            raise AssertionError(f"{check.__name__} finds it whole")
    return said[0], said[1]


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a whole bundle."""
    reader = ZipReader(io.BytesIO(data))
    return {name: reader.read(name) for name in reader.members}
