"""Release -> signed statements in the log of the study's folder, and what the bundle holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import SigningError

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.evidence.keys import SigningKey
    from countersign.evidence.log import Log
    from countersign.model.key import PublicKey
    from countersign.model.release import Release
    from countersign.model.signing import Party, SigningPlan
    from countersign.model.statement import Statement

STATEMENTS, LOG, CHECKPOINT = "statements.jsonl", "log.json", "checkpoint.txt"


def state(
    release: Release,
    manifest: bytes,
    figures: bytes,
    *,
    folder: Path,
    study: Path,
    agreed: Sequence[bytes] = (),
) -> dict[str, bytes]:
    """Log what the steps of a release and the release itself say; return what the bundle holds of the log.

    What stands in the log already is not said again, so the same run twice leaves the same log.

    Parameters
    ----------
    release: as it leaves, protected files named by commitments. manifest, figures: bytes of ``manifest.json`` and
    ``figures.jsonl``. folder: the output folder, which holds the log. study: the study's folder, which holds keys.
    agreed: payloads on agreements in force.

    Raises
    ------
    SigningError: the log was changed, or a party's key cannot be used. StoreError: the disk refused.
    """
    from countersign.evidence.log import Log
    from countersign.evidence.stating import bytes_of, state_key, state_release, state_steps

    parties = parties_of(release.plan.signing, study)
    log = Log(folder)
    with log.writing():
        said, ring, key = opened(log, folder)
        statements: list[Statement] = []
        if not ring.founder:
            statements.append(state_key(key.public, name="study", role="steward"))
        known = set(ring.keys) | {key.key_id}
        for _, (party, public) in sorted(parties.items()):
            if public.key_id not in known:
                known.add(public.key_id)
                statements.append(state_key(public, name=party.name, role=party.role))
        introduced = bytes_of(statements)
        steps = bytes_of(state_steps(release.trail, release.artefacts))
        calendar = release.plan.calendar
        before = [one for one in said if one.statement.kind == "release"]
        corrections = _corrections(release, said)

        def proposal(previous: str) -> bytes:
            (payload,) = bytes_of(
                [
                    state_release(
                        manifest, figures, rests_on=steps, parties=parties, quorum=release.plan.signing.quorum,
                        made=release.made, vintage=calendar.vintage or release.made[:10], revises=calendar.revises,
                        previous=previous,
                    )
                ]
            )  # fmt: skip
            return payload

        again = proposal(str(before[-1].get("previous"))) if before else b""
        if not before or _digest(again) != before[-1].digest:
            again = proposal(before[-1].digest if before else "")
        record(log, said, [*introduced, *agreed, *steps, *bytes_of(corrections), again], key)
        log.sign_head(key)
        return evidence_of(log)


def opened(log: Log, folder: Path) -> tuple[tuple[Said, ...], Keyring, SigningKey]:
    """Return the statements of a log, its keys, and the folder's own private key.

    Raises
    ------
    SigningError: the log was changed, or the folder's key is not the one the log names.
    """
    from countersign.evidence.keyring import read_statements
    from countersign.evidence.keys import own_key

    said, ring = read_statements(log.lines(), where=str(log.path))
    key = own_key(folder, wanted=ring.own)
    if ring.founder and key.key_id != ring.own:
        raise SigningError(
            f"The key of this folder is {key.key_id}, and its log was begun with {ring.own}.",
            where=str(folder / ".secrets"),
            expected="the key that began the log",
            action="bring back .secrets from a copy; without it, start a new log in another folder (--folder)",
        )
    return said, ring, key


def record(log: Log, said: Sequence[Said], payloads: Sequence[bytes], key: SigningKey) -> None:
    """Sign and log what is not in the log yet, in one go."""
    from countersign.evidence.envelope import seal_all

    known = {one.digest for one in said}
    new: dict[str, bytes] = {}
    for payload in payloads:
        digest = _digest(payload)
        if digest not in known:
            new[digest] = payload
    log.append(seal_all(new.values(), key))


def evidence_of(log: Log) -> dict[str, bytes]:
    """Return ``statements.jsonl``, ``log.json`` and ``checkpoint.txt`` of the whole log; its head must be signed."""
    from countersign.evidence.checkpoint import text_of

    lines = log.lines()
    return {
        STATEMENTS: b"".join(line + b"\n" for line in lines),
        LOG: log.proofs(range(len(lines))) + b"\n",
        CHECKPOINT: text_of(log.heads()[-1]),
    }


def parties_of(plan: SigningPlan, folder: Path) -> dict[str, tuple[Party, PublicKey]]:
    """Return party id -> party and public key, of those that have one; a key is a line, or a file below `folder`.

    Raises
    ------
    SigningError: a key cannot be read, or two parties have the same.
    """
    from countersign.evidence.keys import read_public, read_public_file

    found: dict[str, tuple[Party, PublicKey]] = {}
    holders: dict[str, str] = {}
    for name, party in plan.parties.items():
        if not party.key:
            continue
        where = f"signatures.parties.{name}.key"
        inline = " " in party.key.strip() and party.key.split()[0].startswith(("ssh-", "ecdsa-"))
        key = read_public(party.key, where=where) if inline else read_public_file(folder / party.key)
        if key.key_id in holders:
            raise SigningError(
                f"'{holders[key.key_id]}' and '{name}' have the same key, so nobody could tell who signed.",
                where=where,
                expected="a key of its own for every party",
                action="let each party make its key: countersign key new FILE",
            )
        holders[key.key_id] = name
        found[name] = party, key
    return found


def _corrections(release: Release, said: Sequence[Said]) -> list[Statement]:
    """What the study file says was wrong with the release before this one; nothing where there was none."""
    from countersign.evidence.stating import about_release

    calendar = release.plan.calendar
    earlier = [one for one in said if one.statement.kind == "release"]
    revised = [one for one in earlier if calendar.revises and one.get("vintage") == calendar.revises]
    if not revised:
        return []
    return [
        about_release(
            "correction", revised[-1].subject, what=one.what, why=one.why, figures=list(one.figures), date=one.date
        )
        for one in calendar.corrections
    ]


def _digest(payload: bytes) -> str:
    from countersign.evidence.canonical import digest_of

    return digest_of(payload)
