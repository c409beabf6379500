"""Hadamard matrices: balanced signs for half samples and successive differences.

Sylvester's doubling, Paley's two constructions from quadratic residues of a prime, and Kronecker products of these.
Every matrix is multiplied with itself before it is handed out: an unbalanced one gives wrong variances silently.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from countersign.errors import WeightingError

Signs = npt.NDArray[np.int8]

LARGEST = 2048
"""Largest order that is made: more strata than a half-sample design can have in practice."""


def hadamard(least: int) -> Signs:
    """Return the smallest constructible Hadamard matrix of order `least` or more; its first row and column are ones.

    Returns
    -------
    H of order R, a multiple of 4 (or 1, 2), with entries 1 and -1 and H H' = R I. Then each later row sums to 0.

    Notes
    -----
    Only primes are used, not prime powers, so 52, 92 and 100 are missing below 100: the next order is taken.
    A larger order costs replicates, never balance. Paley (1933), Wolter (2007), appendix A.

    Raises
    ------
    WeightingError: an order above 2048.
    """
    for order in range(max(least, 1), LARGEST + 1):
        if _known(order):
            made = _made(order)
            wide = made.astype(np.float64)  # floats multiply a hundred times faster, and are exact here
            if not (wide @ wide.T == order * np.eye(order)).all():  # a defect of ours, never of the data
                raise WeightingError(f"The Hadamard matrix of order {order} is not orthogonal.", action="report this")
            return made
    raise WeightingError(
        f"{least} strata are too many for balanced half samples.",
        expected=f"at most {LARGEST - 1} strata",
        action="use kind='JKn' or kind='Rao-Wu', which need no balance",
    )


@cache
def _known(order: int) -> bool:
    return order in (1, 2) or _rule(order) != ""


@cache
def _rule(order: int) -> str:
    """Return how a matrix of this order is made, or nothing."""
    if order % 4:
        return ""
    if _prime(order - 1):  # order - 1 = 3 modulo 4
        return "paley"
    if order % 4 == 0 and (order // 2 - 1) % 4 == 1 and _prime(order // 2 - 1):
        return "paley-two"
    if any(order % part == 0 and _known(part) and _known(order // part) for part in range(2, order // 2 + 1)):
        return "product"
    return ""


def _made(order: int) -> Signs:
    if order == 1:
        return np.ones((1, 1), dtype=np.int8)
    if order == 2:
        return np.array([[1, 1], [1, -1]], dtype=np.int8)
    rule = _rule(order)
    if rule == "product":
        part = next(p for p in range(2, order // 2 + 1) if order % p == 0 and _known(p) and _known(order // p))
        found = np.kron(_made(part), _made(order // part)).astype(np.int8)
    else:
        found = _paley(order) if rule == "paley" else _paley_two(order)
    found = found * found[0]  # columns, then rows, so that the first of each is all ones
    signs: Signs = (found * found[:, :1]).astype(np.int8)
    return signs


def _paley(order: int) -> Signs:
    """H = I + S for a prime 3 modulo 4: S skew, from the quadratic character of differences."""
    size = order - 1
    s = np.zeros((order, order), dtype=np.int8)
    s[0, 1:], s[1:, 0] = 1, -1
    s[1:, 1:] = _character(size)
    return s + np.eye(order, dtype=np.int8)


def _paley_two(order: int) -> Signs:
    """Paley's second construction for a prime 1 modulo 4: each entry of a symmetric matrix becomes two by two."""
    size = order // 2
    s = np.zeros((size, size), dtype=np.int8)
    s[0, 1:] = s[1:, 0] = 1
    s[1:, 1:] = _character(size - 1)
    zero, other = np.array([[1, -1], [-1, -1]], dtype=np.int8), np.array([[1, 1], [1, -1]], dtype=np.int8)
    return (np.kron(np.eye(size, dtype=np.int8), zero) + np.kron(s, other)).astype(np.int8)


def _character(prime: int) -> Signs:
    """Quadratic character of i - j modulo a prime."""
    squares = np.full(prime, -1, dtype=np.int8)
    squares[(np.arange(1, prime, dtype=np.int64) ** 2) % prime] = 1
    squares[0] = 0
    difference = np.arange(prime)[:, None] - np.arange(prime)[None, :]
    found: Signs = squares[difference % prime]
    return found


@cache
def _prime(number: int) -> bool:
    return number > 1 and all(number % part for part in range(2, int(number**0.5) + 1))
