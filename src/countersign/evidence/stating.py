"""Stating: steps, and the release they lead to -> statements of the kinds in the catalogue's ``statement_kinds``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from countersign.catalogue import load
from countersign.evidence.canonical import canonical, digest_of, plain
from countersign.model.artefact import Activity, Artefact
from countersign.model.key import PublicKey
from countersign.model.signing import Party
from countersign.model.statement import Statement, Subject

ANSWERS = "documents.answers"
"""Beginning of the role in which a step uses what people answered."""
MANIFEST, FIGURES = "manifest.json", "figures.jsonl"


def state_steps(activities: Iterable[Activity], artefacts: Mapping[str, Artefact]) -> tuple[Statement, ...]:
    """Return what the steps of a release say, in their order; a step that made nouns of several kinds says several.

    Parameters
    ----------
    activities, artefacts: as a release lists them, so that protected files are named by their commitments.
    """
    said: list[Statement] = []
    answered = False
    for step in activities:
        answers = {role: digest for role, digest in step.inputs.items() if role.startswith(ANSWERS)}
        if answers and not answered:
            said.append(_answers(step, answers, artefacts))
            answered = True
        kinds: dict[str, dict[str, str]] = {}
        for role, digest in step.outputs.items():
            kinds.setdefault(_kinds().get(f"{step.verb}.{role}", "step"), {})[role] = digest
        said += [_step(kind, step, made, artefacts, step.parameters) for kind, made in kinds.items()]
        rules = _rules(step)
        if rules and "table" in step.outputs:
            said.append(_step("cleaning", step, {"table": step.outputs["table"]}, artefacts, {"keep": rules}))
    return tuple(said)


def state_release(
    manifest: bytes,
    figures: bytes,
    *,
    rests_on: Sequence[bytes],
    parties: Mapping[str, tuple[Party, PublicKey]],
    quorum: Mapping[str, int],
    made: str,
    vintage: str = "",
    revises: str = "",
    previous: str = "",
) -> Statement:
    """Return the statement that proposes a release.

    Parameters
    ----------
    manifest, figures: the bytes of the two files; the digest of the first is the digest of the release.
    rests_on: payloads of the statements it rests on, in order. parties: who may sign, with the key that counts.
    quorum: role -> number. vintage, revises: as the calendar says. previous: SHA-256 of the payload of the release
    statement before this one in the log; empty for the first.
    """
    predicate: dict[str, Any] = {
        "made": made,
        "parties": [
            {"id": name, "key": key.key_id, "name": party.name, "role": party.role}
            for name, (party, key) in sorted(parties.items())
        ],
        "previous": previous,
        "quorum": dict(quorum),
        "revises": revises,
        "statements": [digest_of(payload) for payload in rests_on],
        "vintage": vintage,
    }
    subjects = (Subject(MANIFEST, digest_of(manifest)), Subject(FIGURES, digest_of(figures)))
    return Statement("release", subjects, predicate)


def state_key(key: PublicKey, *, name: str, role: str) -> Statement:
    """Return the statement that brings a key in."""
    return Statement("key", (Subject(key.key_id, key.digest),), {"name": name, "public": key.line, "role": role})


def state_rotation(old: PublicKey, new: PublicKey, *, reason: str, since: str) -> Statement:
    """Return the statement that puts a key in the place of another."""
    return Statement("rotate", (Subject(old.key_id, old.digest),), {"by": new.line, "reason": reason, "since": since})


def state_revocation(old: PublicKey, *, reason: str, since: str) -> Statement:
    """Return the statement after which a key is not trusted."""
    return Statement("revoke", (Subject(old.key_id, old.digest),), {"reason": reason, "since": since})


def about_release(kind: str, digest: str, **said: Any) -> Statement:
    """Return a statement about a release: a signature, review, attestation, correction or withdrawal."""
    return Statement(kind, (Subject(MANIFEST, digest),), plain(said))


def _step(
    kind: str, step: Activity, made: Mapping[str, str], artefacts: Mapping[str, Artefact], parameters: Mapping[str, Any]
) -> Statement:
    # Roles of inputs may repeat a digest; `open` says which of them a stranger finds in the bundle.
    named = {*step.inputs.values(), *made.values()}
    predicate = {
        "ended": step.ended,
        "inputs": dict(step.inputs),
        "open": sorted(digest for digest in named if digest in artefacts and not artefacts[digest].protected),
        "parameters": plain(dict(parameters)),
        "software": dict(step.software),
        "started": step.started,
        "verb": step.verb,
    }
    return Statement(kind, tuple(Subject(role, digest) for role, digest in sorted(made.items())), predicate)


def _answers(step: Activity, answers: Mapping[str, str], artefacts: Mapping[str, Artefact]) -> Statement:
    read = Activity("read_answers", {}, dict(answers), started=step.started, ended=step.started, software=step.software)
    return _step(
        "answers", read, {role.removeprefix("documents."): one for role, one in answers.items()}, artefacts, {}
    )


def _rules(step: Activity) -> list[Any]:
    source = step.parameters.get("source")
    return list(source.get("keep") or ()) if isinstance(source, Mapping) else []


@cache
def _kinds() -> dict[str, str]:
    """Verb and role -> kind."""
    return {made: entry.id for entry in load("statement_kinds") for made in entry.get("makes", ())}


def bytes_of(statements: Iterable[Statement]) -> list[bytes]:
    """Return the payload of each statement: canonical JSON."""
    return [canonical(one.as_dict()) for one in statements]
