"""Sealed rows come back as they were; without the key of a person they do not; a changed byte is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from countersign.errors import StoreError
from countersign.evidence.contributors import Contributors
from countersign.evidence.sealing import head_of, seal, tags_of, unseal

ROWS = [("a", 1, b"one"), ("b", 2, b"two"), ("a", 5, b"three")]


def sealed(folder: Path) -> tuple[Path, Contributors]:
    keys = Contributors(folder)
    keys.ensure(["a", "b"])
    path = folder / "rows.sealed"
    assert seal(path, {"names": ["x"]}, ROWS, keys) == 3
    return path, keys


def test_rows_come_back_and_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    path, keys = sealed(tmp_path)
    assert head_of(path) == {"names": ["x"]}
    assert list(unseal(path, keys)) == [(1, b"one"), (2, b"two"), (5, b"three")]
    assert tags_of(path) == {keys.tag("a"), keys.tag("b")}
    data = path.read_bytes()
    seal(path, {"names": ["x"]}, ROWS, keys)
    assert path.read_bytes() == data
    assert not any(row in data for _, _, row in ROWS)


def test_without_its_key_a_row_is_closed_and_the_others_open(tmp_path: Path) -> None:
    path, keys = sealed(tmp_path)
    keys.destroy("a")
    assert list(unseal(path, keys)) == [(1, None), (2, b"two"), (5, None)]


def test_a_changed_byte_is_found_wherever_it_stands(tmp_path: Path) -> None:
    path, keys = sealed(tmp_path)
    data = path.read_bytes()
    start = data.index(b"}\n") + 2
    found = 0
    for at in range(start, len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            changed = list(unseal(path, keys)) != [(1, b"one"), (2, b"two"), (5, b"three")]
        except StoreError:
            changed = True
        found += changed
    assert found == len(data) - start


def test_nobody_is_sealed_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        seal(tmp_path / "x", {}, [("c", 1, b"x")], Contributors(tmp_path))
