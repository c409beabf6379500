"""Patterns: what rows show after the blanks chosen so far, and how many rows show the same."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.classes import MISSING

Pattern = tuple[int, ...]


class Patterns:
    """Rows by what they show, kept up to date while rows are blanked.

    Parameters
    ----------
    codes, counts: the classes before, (C, m) and (C,).
    """

    def __init__(self, codes: Integers, counts: Integers) -> None:
        self.codes = codes
        self.counts = counts
        self.rows: dict[Pattern, int] = dict(zip(map(tuple, codes.tolist()), counts.tolist(), strict=True))
        self.at = dict(zip(map(tuple, codes.tolist()), range(len(codes)), strict=True))
        self.moved: dict[int, dict[Pattern, int]] = defaultdict(dict)

    def shown(self, class_: int, mask: Bools) -> Pattern:
        """Return what a row of a class shows once the keys of `mask` are blanked."""
        return tuple(np.where(mask, MISSING, self.codes[class_]).tolist())

    def others(self, member: int, mask: Bools, *, k: int) -> int:
        """Return how many rows look like this member once blanked, and will stay: those of a class at risk may not."""
        pattern = self.shown(member, mask)
        same = self.at.get(pattern)
        leaving = int(self.counts[same]) if same is not None and self.counts[same] < k else 0
        return self.rows.get(pattern, 0) - leaving

    def move(self, class_: int, mask: Bools, rows: int) -> None:
        """Blank `mask` in rows of a class that show all they have."""
        self._shift(class_, tuple(self.codes[class_].tolist()), self.shown(class_, mask), rows)

    def _shift(self, class_: int, old: Pattern, new: Pattern, rows: int) -> None:
        if old == new:
            return
        self._add(old, -rows)
        self._add(new, rows)
        here = self.moved[class_]
        if old in here:
            here[old] -= rows
            if not here[old]:
                del here[old]
        if new != tuple(self.codes[class_].tolist()):
            here[new] = here.get(new, 0) + rows

    def _add(self, pattern: Pattern, rows: int) -> None:
        self.rows[pattern] = self.rows.get(pattern, 0) + rows
        if not self.rows[pattern]:
            del self.rows[pattern]

    def blank_all(self, classes: Integers, *, k: int) -> None:
        """Blank every key of these classes, one or more, and of the fewest rows beside them that make k."""
        nothing = np.ones(self.codes.shape[1], dtype=bool)
        for class_ in classes.tolist():
            self.move(class_, nothing, int(self.counts[class_]))
        empty = tuple([MISSING] * self.codes.shape[1])
        while self.rows[empty] < k:
            pattern = min((each for each in self.rows if each != empty), key=lambda each: (self.rows[each], each))
            for class_, rows in self._showing(pattern):
                self._shift(class_, pattern, empty, rows)

    def _showing(self, pattern: Pattern) -> list[tuple[int, int]]:
        found = [(class_, here[pattern]) for class_, here in sorted(self.moved.items()) if pattern in here]
        at = np.flatnonzero((self.codes == np.array(pattern)).all(axis=1))
        for class_ in at.tolist():
            whole = int(self.counts[class_]) - sum(self.moved[class_].values())
            if whole:
                found.append((class_, whole))
        return found

    def trim(self, weights: Floats, *, k: int) -> None:
        """Take back every blank that nobody needs, the dearest keys first, until none is left.

        A row can show a key again if the rows it leaves are still k without it, or none, and those it comes to are k
        with it.
        """
        changed = True
        while changed:
            changed = False
            for class_ in sorted(self.moved):
                for pattern in sorted(self.moved[class_]):
                    changed |= self._trim_one(class_, pattern, weights, k=k)

    def _trim_one(self, class_: int, pattern: Pattern, weights: Floats, *, k: int) -> bool:
        original = self.codes[class_]
        blanked = [key for key, code in enumerate(pattern) if code != original[key]]
        changed = False
        for key in sorted(blanked, key=lambda key: (-weights[key], key)):
            new = (*pattern[:key], int(original[key]), *pattern[key + 1 :])
            while (
                self.moved[class_].get(pattern)
                and (self.rows[pattern] == 1 or self.rows[pattern] > k)
                and self.rows.get(new, 0) >= k - 1
            ):
                self._shift(class_, pattern, new, 1)
                changed = True
        return changed

    def moves(self) -> list[tuple[int, Bools, int]]:
        """Return (class, keys blanked, rows), in the order of the classes."""
        return [
            (class_, np.array(pattern) != self.codes[class_], rows)
            for class_ in sorted(self.moved)
            for pattern, rows in sorted(self.moved[class_].items())
        ]
