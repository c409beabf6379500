"""Merkle: a tree of hashes over the lines of a log, with proofs (source: RFC 9162, 2021, section 2.1).

Leaf hash SHA-256(0x00 || line), node SHA-256(0x01 || left || right), split at the largest power of two below n. The
tree keeps the hash of every whole subtree, so adding a leaf costs two hashes on average, and a proof O(log n) of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from countersign.errors import SigningError

EMPTY = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256


def leaf_hash(line: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes."""
    return _sha256(b"\0" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees, 32 bytes."""
    return _sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows.

    Parameters
    ----------
    lines: the leaves there are already.
    """

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        # levels[k][i] is the hash of the leaves i * 2^k up to (i + 1) * 2^k, where there are that many.
        self._levels: list[list[bytes]] = [[]]
        self.extend(lines)

    def __len__(self) -> int:
        return len(self._levels[0])

    def extend(self, lines: Iterable[bytes]) -> None:
        """Add leaves."""
        self._levels[0] += [_sha256(b"\0" + line).digest() for line in lines]
        level = 0
        while len(self._levels[level]) > 1:
            below = self._levels[level]
            if level + 1 == len(self._levels):
                self._levels.append([])
            above = self._levels[level + 1]
            above += [
                _sha256(b"\1" + below[i] + below[i + 1]).digest() for i in range(2 * len(above), len(below) - 1, 2)
            ]
            level += 1

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, or over all; of no leaves SHA-256 of nothing.

        Raises
        ------
        SigningError: there are not that many leaves.
        """
        size = self._size(size)
        return self._over(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that leaf `index` is among the first `size`: hashes from the leaf up (section 2.1.3.1).

        Raises
        ------
        SigningError: there is no such leaf.
        """
        size = self._size(size)
        if not 0 <= index < size:
            raise SigningError(
                f"There is no statement {index} in a log of {size}.",
                expected="a place in the log, counted from 0",
                action="check which log the statement is from",
            )
        start, end, proof = 0, size, []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        return tuple(reversed(proof))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of `size` leaves begins with that of `old` (section 2.1.4.1).

        Raises
        ------
        SigningError: there are not that many leaves, or `old` is not from 0 to `size`.
        """
        size = self._size(size)
        if not 0 <= old <= size:
            raise SigningError(f"A log of {size} statements cannot have been one of {old}.", expected="0 to the size")
        if old in (0, size):
            return ()
        start, end, proof = 0, size, []
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        if start:
            proof.append(self._over(start, end))
        return tuple(reversed(proof))

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise SigningError(f"The log has {len(self)} statements, not {size}.", expected=f"0 to {len(self)}")
        return size

    def _over(self, start: int, end: int) -> bytes:
        """The hash over leaves start up to end, start being a multiple of the power of two at or above their number."""
        count = end - start
        level = count.bit_length() - 1
        if count == 1 << level:
            return self._levels[level][start >> level]
        return node_hash(self._levels[level][start >> level], self._over(start + (1 << level), end))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a leaf hash stands at `index` of a tree with `size` leaves and this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(one, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, one)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    was = now = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            was, now = node_hash(one, was), node_hash(one, now)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            now = node_hash(now, one)
        first, last = first >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
