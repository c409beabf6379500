import multiprocessing
from pathlib import Path

import pytest

from countersign.errors import SigningError
from countersign.evidence.checkpoint import head_is_signed_by, read_checkpoint, sign_head, text_of
from countersign.evidence.envelope import seal_all
from countersign.evidence.keys import SigningKey, new_key, own_key
from countersign.evidence.log import Log
from countersign.evidence.merkle import verify_consistency
from countersign.evidence.stating import bytes_of
from countersign.model.statement import Statement


def lines(key: SigningKey, start: int, count: int) -> list[bytes]:
    return list(seal_all(bytes_of(Statement("step", (), {"number": n}) for n in range(start, start + count)), key))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path)
    log.append(lines(own_key(tmp_path), 0, 5))
    log.sign_head(own_key(tmp_path))
    return log


def test_what_was_added_is_read_again_in_order(log: Log, tmp_path: Path) -> None:
    key = own_key(tmp_path)
    assert log.append(lines(key, 5, 2)) == range(5, 7)
    assert Log(tmp_path).lines() == tuple(lines(key, 0, 7))
    assert Log(tmp_path).head() == log.head()


def test_a_signed_head_is_a_note_that_its_key_signed(log: Log, tmp_path: Path) -> None:
    key = own_key(tmp_path)
    (path,) = (tmp_path / "log" / "heads").iterdir()
    checkpoint = read_checkpoint(path.read_bytes(), where="note")
    assert checkpoint.origin == f"countersign/{key.key_id}"
    assert checkpoint.head == log.head()
    assert head_is_signed_by(checkpoint, key.public, name=checkpoint.origin)
    assert not head_is_signed_by(checkpoint, key.public)  # another name is another signature


def test_a_witness_signs_the_same_head_and_a_head_of_another_log_is_refused(log: Log, tmp_path: Path) -> None:
    witness = new_key(tmp_path / "witness")
    signed = sign_head(log.heads()[-1], witness)
    kept = log.add_witness(signed.head, signed.signatures[-1])
    assert [one.name for one in kept.signatures] == [kept.origin, witness.key_id]
    assert Log(tmp_path).heads()[-1] == kept
    assert log.sign_head(own_key(tmp_path)) == kept  # signing the same head again takes nothing away
    other = Log(tmp_path / "other")
    other.append(lines(witness, 0, 3))
    with pytest.raises(SigningError, match="never had the head"):
        log.add_witness(other.head(), signed.signatures[-1])


@pytest.mark.parametrize("place", [0, 5, 8, 9, 80, 86, 88, 150])
def test_a_note_written_otherwise_is_refused_or_its_signature_does_not_fit(
    log: Log, tmp_path: Path, place: int
) -> None:
    key = own_key(tmp_path)
    data = bytearray(text_of(log.heads()[0]))
    data[place] ^= 1
    try:
        found = read_checkpoint(bytes(data), where="note")
    except SigningError:
        return
    assert not head_is_signed_by(found, key.public, name=log.heads()[0].origin)


def test_heads_prove_that_the_log_only_grew(log: Log, tmp_path: Path) -> None:
    old = log.head()
    log.append(lines(own_key(tmp_path), 5, 6))
    proof = log.consistency(old.size)
    assert verify_consistency(old.size, proof.new.size, old.root, proof.new.root, proof.proof)


@pytest.mark.parametrize("change", ["changed", "removed", "swapped", "emptied", "deleted"])
def test_a_rewritten_log_is_refused(log: Log, tmp_path: Path, change: str) -> None:
    found = list(log.lines())
    if change == "changed":
        found[1] = lines(own_key(tmp_path), 99, 1)[0]
    elif change == "removed":
        del found[1]
    elif change == "swapped":
        found[0], found[1] = found[1], found[0]
    elif change == "emptied":
        found = []
    log.path.write_bytes(b"".join(line + b"\n" for line in found))
    if change == "deleted":
        log.path.unlink()
    with pytest.raises(SigningError, match="rewritten"):
        Log(tmp_path).lines()
    with pytest.raises(SigningError, match="rewritten"):
        Log(tmp_path).append(lines(own_key(tmp_path), 9, 1))


@pytest.mark.parametrize("torn", [b"{", b'{"payload":"abc', b'{"payload":"abc"}\n', b"\0\0\0"])
def test_a_line_torn_by_a_killed_run_is_set_aside_and_nothing_else_is_lost(
    log: Log, tmp_path: Path, torn: bytes
) -> None:
    with log.path.open("ab") as file:
        file.write(torn)
    again = Log(tmp_path)
    assert len(again) == 5  # a reader passes over it
    again.append(lines(own_key(tmp_path), 5, 1))
    assert len(Log(tmp_path)) == 6
    assert (tmp_path / "log" / "statements.torn").read_bytes().strip() == torn.strip(b"\n")
    assert "Nothing else is lost" in again.notes[0]


def _add(folder: str, start: int) -> None:
    log, key = Log(Path(folder)), own_key(Path(folder))
    for number in range(start, start + 20):
        log.append(lines(key, number, 1))


def test_two_processes_add_without_losing_anything(tmp_path: Path) -> None:
    own_key(tmp_path)
    start = multiprocessing.get_context("spawn").Process
    workers = [start(target=_add, args=(str(tmp_path), first)) for first in (0, 1000)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    key = own_key(tmp_path)
    assert sorted(Log(tmp_path).lines()) == sorted(lines(key, 0, 20) + lines(key, 1000, 20))
