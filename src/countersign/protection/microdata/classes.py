"""Key classes: rows that gave the same answers to all key questions, and how many rows each of them matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.cells import Integers

MISSING = -1
"""Code of an answer that is missing, or was blanked."""
WIDEST = 2**62
"""Up to this, numbers of rows are made from codes; 64 bits hold them with one bit to spare."""


@dataclass(frozen=True)
class KeyClasses:
    """C classes of N rows that agree in all m keys; a missing answer agrees with a missing answer only.

    Parameters
    ----------
    codes: number of the category of each class in each key, (C, m), `MISSING` for none; classes in ascending order.
    counts: rows of each class, (C,). of_row: class of each row, (N,).
    """

    codes: Integers
    counts: Integers
    of_row: Integers

    @property
    def keys(self) -> int:
        """How many keys there are, m."""
        return int(self.codes.shape[1])


def classes_of(keys: Sequence[Integers]) -> KeyClasses:
    """Put rows that agree in all keys into classes.

    Parameters
    ----------
    keys: the codes of each key, m arrays (N,): whole numbers from 0, `MISSING` for a missing answer.

    Raises
    ------
    ProtectionError: no key, no row.
    """
    if not keys or not len(keys[0]):
        raise ProtectionError(
            "There is nothing to look at: no key, or no row.",
            where="keys",
            expected="at least one key and one row",
            action="name the questions by which somebody could be recognised",
        )
    number = numbered(np.column_stack(keys).astype(np.int64))
    _, first, of_row, counts = np.unique(number, return_index=True, return_inverse=True, return_counts=True)
    codes = np.column_stack([np.asarray(key, dtype=np.int64)[first] for key in keys])
    return KeyClasses(codes, np.asarray(counts, dtype=np.int64), np.asarray(of_row, dtype=np.int64))


def numbered(codes: Integers) -> Integers:
    """Return one number for each row of codes, (n,): equal numbers mean equal rows, in the order of the rows."""
    number = np.zeros(len(codes), dtype=np.int64)
    span = 1
    for column in codes.T:
        width = int(column.max(initial=MISSING)) + 2
        if span * width > WIDEST:
            number = np.asarray(np.unique(number, return_inverse=True)[1], dtype=np.int64)
            span = len(number)
        number, span = number * width + column + 1, span * width
    return number


def matches(codes: Integers, counts: Integers) -> Integers:
    """Count the rows that each class matches, where a missing answer may be any answer.

    Parameters
    ----------
    codes: (C, m), `MISSING` for missing. counts: rows of each class, (C,).

    Returns
    -------
    fk, (C,): rows of all classes that agree with it in every key that both answered, itself included.

    Notes
    -----
    Classes are taken together by which keys they lack; two such sets are compared on the keys that both have, by
    sorting. So S sets of missing keys take S^2 sorts, and no pair of rows is ever looked at.

    Source: the convention of sdcMicro, Templ, Kowarik and Meindl (2015), Journal of Statistical Software 67 (4).
    """
    lacking = codes == MISSING
    sets, of_class = np.unique(lacking, axis=0, return_inverse=True)
    of_class = of_class.ravel()
    members = [np.flatnonzero(of_class == each) for each in range(len(sets))]
    found = np.zeros(len(codes), dtype=np.int64)
    for one, here in enumerate(members):
        for other, there in enumerate(members):
            both = ~(sets[one] | sets[other])
            if not both.any():
                found[here] += counts[there].sum()
                continue
            number = numbered(codes[np.concatenate([here, there])][:, both])
            _, group = np.unique(number, return_inverse=True)
            rows = np.bincount(group[len(here) :], weights=counts[there], minlength=len(group))
            found[here] += rows[group[: len(here)]].astype(np.int64)
    return found
