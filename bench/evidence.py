"""Evidence: a hundred thousand statements made canonical, signed and logged, and checked again."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DIGEST = hashlib.sha256(b"a figure").hexdigest()


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a part: processor seconds, also beside plain SHA-256 and Ed25519 of the same bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from countersign.evidence.envelope import pae, seal_all
    from countersign.evidence.keyring import read_statements
    from countersign.evidence.keys import own_key
    from countersign.evidence.log import Log
    from countersign.evidence.merkle import leaf_hash, verify_inclusion
    from countersign.evidence.stating import bytes_of, state_key
    from countersign.model.statement import Statement, Subject

    count = arguments.rows
    statements = [
        Statement(
            "estimates",
            (Subject("estimates", DIGEST),),
            {"verb": "estimate", "inputs": {"data": DIGEST, "weights": DIGEST}, "figure": f"water.village={number}",
             "software": {"countersign": "0.1.0"}, "started": "2026-11-30T00:00:00.000Z"},
        )
        for number in range(count)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = own_key(folder)
        log = Log(folder)
        log.append(seal_all(bytes_of([state_key(key.public, name="study", role="steward")]), key))
        start = time.process_time()
        payloads = bytes_of(statements)
        canonical = time.process_time() - start
        log.append(seal_all(payloads, key))
        log.sign_head(key)
        whole = time.process_time() - start
        messages = [pae(payload) for payload in payloads]
        plain = Ed25519PrivateKey.generate()
        signing, signatures = _timed(lambda: [plain.sign(message) for message in messages])
        hashing, _ = _timed(lambda: [hashlib.sha256(payload).digest() for payload in payloads])
        size = sum(map(len, payloads)) / count
        yield {"part": "canonical JSON", "statements": count, "bytes each": round(size), "cpu": canonical}
        yield {"part": "canonical, signed, logged", "statements": count, "cpu": whole, "plain Ed25519": whole / signing,
               "plain SHA-256": whole / hashing}  # fmt: skip
        cpu, again = _timed(lambda: Log(folder).head())
        assert again == log.head()
        yield {"part": "log read again", "statements": count, "cpu": cpu, "plain SHA-256": cpu / hashing}
        public = plain.public_key()
        checking, _ = _timed(lambda: [public.verify(s, m) for s, m in zip(signatures, messages, strict=True)])
        cpu, _ = _timed(lambda: read_statements(log.lines()))
        yield {"part": "every statement checked", "statements": count, "cpu": cpu, "a second": round(count / cpu),
               "plain Ed25519": cpu / checking}  # fmt: skip
        lines, root = log.lines(), log.head().root

        def proofs() -> bool:
            return all(
                verify_inclusion(leaf_hash(line), place, count + 1, log.inclusion(place).proof, root)
                for place, line in enumerate(lines)
            )

        cpu, holds = _timed(proofs)
        assert holds
        yield {"part": "every inclusion proven and checked", "statements": count, "cpu": cpu}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result
