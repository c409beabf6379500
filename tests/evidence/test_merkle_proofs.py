"""Roots and proofs of RFC 9162 against a slow reference written from its definitions, and against published roots."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import SigningError
from countersign.evidence.merkle import EMPTY, Tree, leaf_hash, verify_consistency, verify_inclusion

# Input and roots of the test data that implementations of Certificate Transparency (RFC 6962) share.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 64


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return [*path(m, leaves[:k]), root(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), root(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of section 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), root(leaves[:k])]


def lines(n: int) -> list[bytes]:
    return [b"statement %d" % i for i in range(n)]


@pytest.mark.parametrize("n", range(1, 9))
def test_published_roots_come_out(n: int) -> None:
    assert Tree(LEAVES[:n]).root().hex() == ROOTS[n - 1]


def test_no_leaves_have_the_hash_of_nothing() -> None:
    assert Tree().root() == EMPTY == root([])


def test_every_inclusion_proof_up_to_64_is_that_of_the_definition_and_holds() -> None:
    tree = Tree(lines(MOST))
    for n in range(1, MOST + 1):
        leaves = lines(n)
        assert tree.root(n) == root(leaves)
        for index, line in enumerate(leaves):
            proof = tree.inclusion(index, n)
            assert list(proof) == path(index, leaves)
            assert verify_inclusion(leaf_hash(line), index, n, proof, tree.root(n))


def test_every_consistency_proof_up_to_64_is_that_of_the_definition_and_holds() -> None:
    tree = Tree(lines(MOST))
    for n in range(1, MOST + 1):
        for m in range(1, n + 1):
            proof = tree.consistency(m, n)
            assert list(proof) == subproof(m, lines(n), True)
            assert verify_consistency(m, n, tree.root(m), tree.root(n), proof)
        assert verify_consistency(0, n, EMPTY, tree.root(n), ())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_proof_that_was_touched_does_not_hold(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, MOST))
    index = data.draw(st.integers(0, n - 1))
    tree, line = Tree(lines(n)), lines(n)[index]
    proof = list(tree.inclusion(index))
    what = data.draw(st.sampled_from(["hash", "shorter", "longer", "index", "size", "leaf", "root"]))
    leaf, at, size, top = leaf_hash(line), index, n, tree.root()
    if what == "hash":
        where = data.draw(st.integers(0, len(proof) - 1))
        proof[where] = bytes([proof[where][0] ^ 1]) + proof[where][1:]
    elif what == "shorter":
        proof.pop(data.draw(st.integers(0, len(proof) - 1)))
    elif what == "longer":
        proof.append(tree.root())
    elif what == "index":
        at = data.draw(st.integers(-1, n).filter(lambda other: other != index))
    elif what == "size":
        size = index if data.draw(st.booleans()) else 2 * n + 1
    elif what == "leaf":
        leaf = leaf_hash(line + b" ")
    else:
        top = leaf_hash(top)
    assert not verify_inclusion(leaf, at, size, proof, top)


@settings(max_examples=200, deadline=None)
@given(st.integers(2, MOST), st.data())
def test_a_rewritten_log_has_no_consistency_proof(n: int, data: st.DataObject) -> None:
    m = data.draw(st.integers(1, n - 1))
    tree, changed = Tree(lines(n)), lines(n)
    changed[data.draw(st.integers(0, m - 1))] = b"another"
    other = Tree(changed)
    assert not verify_consistency(m, n, tree.root(m), other.root(), other.consistency(m))
    assert not verify_consistency(m, n, tree.root(m), other.root(), tree.consistency(m))
    proof = tree.consistency(m)
    assert not verify_consistency(m, n, tree.root(m), tree.root(), proof[:-1])
    assert not verify_consistency(m, n, tree.root(m), tree.root(), (*proof, EMPTY))
    assert not verify_consistency(n, m, tree.root(n), tree.root(m), proof)


@given(st.lists(st.lists(st.binary(max_size=4), max_size=9), max_size=9))
@settings(max_examples=60, deadline=None)
def test_added_bit_by_bit_or_at_once_it_is_the_same_tree(parts: list[list[bytes]]) -> None:
    grown = Tree()
    for part in parts:
        grown.extend(part)
    whole = [line for part in parts for line in part]
    assert grown.root() == root(whole)
    assert len(grown) == len(whole)


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_a_place_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(SigningError):
        Tree(lines(3)).inclusion(index)


def test_a_log_longer_than_it_is_is_refused() -> None:
    for ask in (
        Tree(lines(3)).root,
        lambda size: Tree(lines(3)).consistency(size),
        lambda s: Tree(lines(3)).inclusion(0, s),
    ):
        with pytest.raises(SigningError):
            ask(4)
