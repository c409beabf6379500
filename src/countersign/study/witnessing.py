"""countersign witness: somebody keeps the heads of a log, and so notices when it is rewritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import SigningError
from countersign.study.sending import write_statements
from countersign.study.signing_target import Evidence, find_target, read_evidence
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.evidence.keys import Ask
    from countersign.model.statement import TreeHead


def witness(path: Path, *, key: Path, ask: Ask | None, state: Path | None = None, out: Path | None = None) -> Account:
    """Sign the head of a bundle's log, if the log still begins as it did when this witness saw it before.

    Parameters
    ----------
    path: a bundle. key: the witness's private key (Ed25519). state: file in which the witness keeps the heads it saw;
    ``<key>.seen.json`` beside the key if None. out: file to send back; ``<bundle>.witness.json`` beside it if None.

    Raises
    ------
    SigningError: the bundle is not whole, or the log was rewritten: then both heads are named and nothing is signed.
    """
    from countersign.evidence.checkpoint import sign_head, text_of
    from countersign.evidence.keys import read_private
    from countersign.study.countersigning import introduction

    bundle = find_target(path).bundle
    evidence = read_evidence(bundle)
    memory = state or key.with_name(f"{key.name}.seen.json")
    seen = _seen(memory)
    checkpoint = evidence.checkpoint
    _refuse_rewritten(seen, evidence, bundle)
    private = read_private(key, ask=ask)
    evidence.ring.refuse_ended(private.key_id, what="a head witnessed with it", where=str(key))
    signed = sign_head(checkpoint, private)
    new = private.key_id not in evidence.ring.keys
    made = [introduction(private, name="witness", role="witness")] if new else []
    place = out or bundle.with_name(f"{bundle.stem}.witness.json")
    write_statements(made, place, checkpoint=text_of(signed))
    _remember(memory, seen, evidence)
    before = seen.get(checkpoint.origin)
    lines = [
        f"The log has {checkpoint.head.size} statements; its root is {checkpoint.head.root.hex()}",
        f"When this witness saw it before, it had {before['size']}. It was only added to since."
        if before
        else "This witness sees this log for the first time, and keeps its head from now on.",
        f"Signed by {private.key_id}, written to {place}. Send this file back; it holds no secret.",
        f"What was seen is kept in {memory}. Do not lose that file: it is what a rewritten log is held against.",
    ]
    if new:
        lines.append(
            "The log does not know this key yet. Once it does, witness the new bundle: only that one shows it."
        )
    data = {"size": checkpoint.head.size, "root": checkpoint.head.root.hex(), "file": str(place)}
    return Account("witness", tuple(lines), command("sign", "STUDY", add=place), data)


def print_checkpoint(path: Path, *, out: Path | None = None) -> Account:
    """Write a page to print: digest of the release and head of the log, in words and as a QR code."""
    from countersign.evidence.checkpoint import text_of_head
    from countersign.publishing.checkpoint_page import write_checkpoint

    target = find_target(path)
    evidence = read_evidence(target.bundle)
    head = text_of_head(evidence.checkpoint.origin, evidence.checkpoint.head).decode()
    place = out or target.release / "checkpoint.html"
    if place.parent == target.release and target.home is not None and out is None:
        place = target.home / "checkpoint.html"
    write_checkpoint(place, digest=evidence.digest, head=head, synthetic=_synthetic(target.bundle))
    lines = (
        f"The page to print is {place}",
        "Whoever keeps the sheet can tell later whether the release or its log was changed.",
    )
    return Account("checkpoint", lines, f"print {place}", {"digest": evidence.digest, "head": head, "file": str(place)})


def _synthetic(bundle: Path) -> bool:
    import zipfile

    with zipfile.ZipFile(bundle) as zipped:
        return bool(json.loads(zipped.read("manifest.json"))["release"].get("synthetic"))


def _refuse_rewritten(seen: dict[str, Any], evidence: Evidence, bundle: Path) -> None:
    from countersign.evidence.merkle import Tree

    now = evidence.checkpoint
    before = seen.get(now.origin)
    if before is None:
        return
    size, root = int(before["size"]), str(before["root"])
    if size <= now.head.size and Tree(evidence.lines).root(size).hex() == root:
        return
    how = "is shorter than it was" if size > now.head.size else "was rewritten"
    raise SigningError(
        f"The log {how}. Seen before: {_words(size, root)}. Now: {_of(now.head)}.",
        where=str(bundle),
        expected="a log that begins with the statements seen before",
        action="do not sign. Keep this bundle and tell the other parties: the two heads prove it",
    )


def _words(size: int, root: str) -> str:
    return f"{size} statements with the root {root}"


def _of(head: TreeHead) -> str:
    return _words(head.size, head.root.hex())


def _seen(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        heads = {str(origin): {"size": int(one["size"]), "root": str(one["root"])} for origin, one in value.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningError(
            "What this witness saw before cannot be read.",
            where=str(path),
            expected="the file as it was written",
            action="bring it back from a copy; without it a rewritten log cannot be noticed",
        ) from error
    return heads


def _remember(path: Path, seen: dict[str, Any], evidence: Evidence) -> None:
    from countersign.evidence import disk

    head = evidence.checkpoint.head
    heads = {**seen, evidence.checkpoint.origin: {"size": head.size, "root": head.root.hex()}}
    disk.replace(path, (json.dumps(heads, indent=2, sort_keys=True) + "\n").encode())
