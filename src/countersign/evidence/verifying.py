"""Bundle -> whether it is whole, and who signed it: level 1 of the three levels, in the order of docs/bundle.md."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from countersign.errors import BundleError, SigningError
from countersign.evidence.canonical import canonical, loads
from countersign.evidence.canonical_zip import ZipReader
from countersign.evidence.checkpoint import head_is_signed_by, origin_of, read_checkpoint
from countersign.evidence.countersigning import standing
from countersign.evidence.keyring import Keyring, Said, read_statements
from countersign.evidence.manifest import (
    BESIDE,
    CHECKPOINT,
    FIGURES,
    LOG,
    MANIFEST,
    STATEMENTS,
    Manifest,
    read_manifest,
)
from countersign.evidence.merkle import Tree, verify_consistency, verify_inclusion
from countersign.model.key import PublicKey
from countersign.model.signing import Signature, Standing

OPEN = "release/artefacts/"


@dataclass(frozen=True)
class Signer:
    """A key that signed something in a bundle.

    Parameters
    ----------
    key_id: the fingerprint. name, role: what the key's statement says; nobody checked it. kind: ``study``, ``party`` or
    ``witness``.
    """

    key_id: str
    name: str
    role: str
    kind: str


@dataclass(frozen=True)
class Verified:
    """What is known of a bundle that is whole.

    Parameters
    ----------
    files, statements: how many. study: the key that the study signs with now. standing: what parties said of it.
    signers: every key that matters, each once. attested: figures that accredited partners computed again from the rows.
    replaced: a later release stands in the same log.
    """

    manifest: Manifest
    files: int
    statements: int
    study: str
    standing: Standing
    signers: tuple[Signer, ...]
    attested: tuple[Said, ...] = ()
    replaced: bool = False

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The latest signature of every party that signed."""
        return tuple(one for one in self.standing.signatures if not one.superseded)


def verify(source: BinaryIO, *, name: str = "the bundle", trust: Iterable[str] = ()) -> Verified:
    """Check a bundle from its bytes alone.

    Parameters
    ----------
    source: the zip, opened for reading. name: what to call it in messages.
    trust: key ids that must be among those that signed for the study or for a party.

    Raises
    ------
    BundleError: the first file or statement that does not fit.
    """
    reader = ZipReader(source, name=name)
    digests = reader.check()
    manifest = _manifest(reader, digests)
    check_figures(manifest, reader.read(FIGURES))
    with _as_bundle_error():
        lines = _lines(reader.read(STATEMENTS), STATEMENTS)
        said, ring = read_statements(lines, where=STATEMENTS)
        tree = Tree(lines)
        _check_log(reader.read(LOG), lines, tree)
        witnesses = _check_head(reader.read(CHECKPOINT), tree, ring)
        release = _release(said, manifest, digests)
        found = standing(said, ring, manifest.digest, where=STATEMENTS)
        _check_signatures(said, ring)
    if found.lacking:
        lack = found.lacking[0]
        raise _wrong(
            f"{STATEMENTS}, statement {release.index + 1} (release)",
            f"The quorum is not met: {lack.needed} of the role '{lack.role}' must sign, {lack.given} did.",
            action="wait until they have signed; until then it is a proposal and no release",
        )
    _check_open(said, release, digests)
    verified = Verified(
        manifest=manifest,
        files=len(digests),
        statements=len(said),
        study=ring.own,
        standing=found,
        signers=tuple(_signers(ring, found, witnesses)),
        attested=tuple(one for one in said if one.statement.kind == "attestation" and one.subject == manifest.digest),
        replaced=any(one.statement.kind == "release" and one.index > release.index for one in said),
    )
    _check_trust(verified, trust)
    return verified


def check_figures(manifest: Manifest, data: bytes) -> tuple[dict[str, Any], ...]:
    """Return the figures in ``figures.jsonl``, in order.

    Raises
    ------
    BundleError: a line is not canonical, or number and root are not those of the manifest.
    """
    lines = _lines(data, FIGURES)
    figures = tuple(_read(line, f"{FIGURES}, line {number}") for number, line in enumerate(lines, 1))
    if len(lines) != manifest.count or Tree(lines).root().hex() != manifest.root:
        raise _wrong(FIGURES, "Number and root of the figures are not those of the manifest.")
    return figures


def _manifest(reader: ZipReader, digests: Mapping[str, str]) -> Manifest:
    for name in (*BESIDE, FIGURES):
        if name not in digests:
            raise _wrong(name, "It is missing.")
    manifest = read_manifest(reader.read(MANIFEST))
    for path in sorted(manifest.files):
        if path not in digests:
            raise _wrong(path, "The manifest lists it, and it is missing.")
    for path in sorted(set(digests) - set(manifest.files)):
        if path not in BESIDE:
            raise _wrong(path, "The manifest does not list it.")
    for path, (digest, size) in manifest.files.items():
        if path in BESIDE or (digests[path], reader.members[path].size) != (digest, size):
            raise _wrong(path, "Its digest is not the one in the manifest.")
    return manifest


def _check_log(data: bytes, lines: Sequence[bytes], tree: Tree) -> None:
    (line,) = _lines(data, LOG) if data.count(b"\n") == 1 else _stop(LOG, "It is not one line.")
    log = _read(line, LOG)
    with _well_formed(LOG):
        size, root, leaves, grown = log["size"], log["root"], log["leaves"], log["consistency"]
        whole = set(log) == {"size", "root", "leaves", "consistency"} and [one["index"] for one in leaves]
        if size != len(lines) or root != tree.root().hex() or whole != list(range(size)) or type(grown) is not list:
            raise _wrong(LOG, "It is not the log of these statements: one was added, changed or left out.")
        for one, leaf in zip(leaves, lines, strict=True):
            proof = [bytes.fromhex(each) for each in one["proof"]]
            hashed = hashlib.sha256(b"\0" + leaf).digest()
            if set(one) != {"index", "proof"} or [each.hex() for each in proof] != one["proof"]:
                raise ValueError(LOG)
            if not verify_inclusion(hashed, one["index"], size, proof, tree.root()):
                raise _wrong(LOG, f"The proof of statement {one['index'] + 1} does not lead to the root.")
        for one in grown:
            proof = [bytes.fromhex(each) for each in one["proof"]]
            old = one["from"]
            same = set(one) == {"from", "to", "root", "proof"} and [each.hex() for each in proof] == one["proof"]
            if not same or one["to"] != size or not 0 < old < size or tree.root(old).hex() != one["root"]:
                raise _wrong(LOG, f"The head over {old} statements is not one of this log.")
            if not verify_consistency(old, size, tree.root(old), tree.root(), proof):
                raise _wrong(LOG, f"The proof that the log only grew since it had {old} statements does not hold.")


def _check_head(data: bytes, tree: Tree, ring: Keyring) -> list[PublicKey]:
    """Check the signed head; return the keys of its witnesses."""
    checkpoint = read_checkpoint(data, where=CHECKPOINT)
    if checkpoint.origin != origin_of(ring.founder):
        raise _wrong(CHECKPOINT, "The log it names does not begin with the key of the study.")
    if checkpoint.head.size != len(tree) or checkpoint.head.root != tree.root():
        raise _wrong(CHECKPOINT, "Its size and root are not those of the log.")
    own = ring.keys[ring.own].key
    first, *others = checkpoint.signatures or (None,)
    if first is None or first.name != checkpoint.origin:
        raise _wrong(CHECKPOINT, "The study has not signed it.")
    if not _signed(checkpoint, own, 0, checkpoint.origin):
        raise _wrong(CHECKPOINT, f"The signature of the study, key {own.key_id}, does not fit.")
    witnesses = []
    for place, one in enumerate(others, 1):
        known = ring.keys.get(one.name)
        if known is None or not _signed(checkpoint, known.key, place, ""):
            raise _wrong(CHECKPOINT, f"The signature of the witness {one.name} does not fit.")
        witnesses.append(known.key)
    return witnesses


def _signed(checkpoint: Any, key: PublicKey, place: int, name: str) -> bool:
    from dataclasses import replace

    return head_is_signed_by(replace(checkpoint, signatures=(checkpoint.signatures[place],)), key, name=name)


def _release(said: Sequence[Said], manifest: Manifest, digests: Mapping[str, str]) -> Said:
    found = [one for one in said if one.statement.kind == "release" and one.subject == manifest.digest]
    if not found:
        raise _wrong(STATEMENTS, f"No release statement is about this {MANIFEST} ({manifest.digest[:16]}...).")
    release = found[-1]
    where = f"{STATEMENTS}, statement {release.index + 1} (release)"
    subjects = [(one.name, one.digest) for one in release.statement.subjects]
    if sorted(subjects) != sorted(((MANIFEST, manifest.digest), (FIGURES, digests[FIGURES]))):
        raise _wrong(where, "Its subjects are not the files found.")
    before = {one.digest for one in said if one.index < release.index}
    with _well_formed(where):
        for digest in release.statement.predicate["statements"]:
            if digest not in before:
                raise _wrong(where, f"It rests on the statement {digest[:16]}..., which is missing.")
    return release


def _check_signatures(said: Sequence[Said], ring: Keyring) -> None:
    """Every signature is by a party of its release, in its role, with its key."""
    for one in said:
        if one.statement.kind != "signature":
            continue
        where = f"{STATEMENTS}, statement {one.index + 1} (signature)"
        releases = [
            r for r in said if r.statement.kind == "release" and r.subject == one.subject and r.index < one.index
        ]
        with _well_formed(where):
            parties = {party["id"]: party for party in releases[-1].statement.predicate["parties"]} if releases else {}
            party = parties.get(str(one.get("party")))
            if party is None:
                raise _wrong(where, "It is by nobody whom a release before it names.")
            if one.get("role") != party["role"] or one.key_id not in _chain(ring, party["key"]):
                told = f"{party['name']} in the role '{party['role']}' with the key of that party"
                raise _wrong(where, f"It is not by {told}.")


def _chain(ring: Keyring, key_id: str) -> list[str]:
    """A key, and those that took its place."""
    found = [key_id]
    while (end := ring.ends.get(found[-1])) and end.successor and end.successor not in found:
        found.append(end.successor)
    return found


def _check_open(said: Sequence[Said], release: Said, digests: Mapping[str, str]) -> None:
    """Every file that a step's statement names as open lies in the zip with this digest."""
    steps = {one.digest: one for one in said}
    for digest in release.statement.predicate["statements"]:
        step = steps[digest]
        with _well_formed(f"{STATEMENTS}, statement {step.index + 1} ({step.statement.kind})"):
            for named in step.statement.predicate.get("open", ()):
                if digests.get(f"{OPEN}{named}") != named:
                    raise _wrong(f"{OPEN}{named}", f"Statement {step.index + 1} names it as open; it is not there.")


def _signers(ring: Keyring, found: Standing, witnesses: Iterable[PublicKey]) -> Iterator[Signer]:
    yield Signer(ring.own, ring.keys[ring.own].name, ring.keys[ring.own].role, "study")
    for one in found.signatures:
        if not one.superseded:
            yield Signer(one.key_id, one.name, one.role, "party")
    for key in witnesses:
        known = ring.keys[key.key_id]
        yield Signer(key.key_id, known.name, known.role, "witness")


def _check_trust(verified: Verified, trust: Iterable[str]) -> None:
    own = {one.key_id for one in verified.signers if one.kind != "witness"}
    for key in trust:
        if key not in own:
            raise _wrong(
                STATEMENTS,
                f"Neither the study nor a party signed with the key {key}.",
                expected="a signature by every key that --trust names",
                action="ring up whoever published the bundle, and compare fingerprints",
            )


def _lines(data: bytes, where: str) -> list[bytes]:
    if data and not data.endswith(b"\n"):
        raise _wrong(where, "Its last line does not end.")
    return data.split(b"\n")[:-1]


def _read(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = loads(line)
        same = isinstance(value, dict) and canonical(value) == line
    except Exception as error:
        raise _wrong(where, "It is not canonical JSON (RFC 8785).") from error
    if not same:
        raise _wrong(where, "It is not canonical JSON (RFC 8785).")
    return dict(value)


@contextmanager
def _well_formed(where: str) -> Iterator[None]:
    """Turn whatever a malformed value causes into the one error."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise _wrong(where, "It is not as docs/bundle.md describes it.") from error


@contextmanager
def _as_bundle_error() -> Iterator[None]:
    try:
        yield
    except SigningError as error:
        raise BundleError(error.problem, where=error.where, expected=error.expected, action=error.action) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise _wrong(STATEMENTS, "A statement is not as docs/bundle.md describes it.") from error


def _stop(where: str, problem: str) -> NoReturn:
    raise _wrong(where, problem)


def _wrong(where: str, problem: str, *, expected: str = "", action: str = "") -> BundleError:
    return BundleError(
        problem,
        where=where,
        expected=expected or "the file exactly as it was signed",
        action=action or "do not rely on the bundle; take it again from whoever published it",
    )
