"""Margins of the population -> blocks of questions whose answers are known jointly; blocks are independent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.benchmark import Margin
from countersign.model.cells import Floats
from countersign.protection.risk.classes import Codes, combined, counted

BANDS = (2, 5, 10, 20)  # widths that are tried for answers with an order
_RANGE = re.compile(
    r"\s*(?:(?:under|below|less than|<)\s*\d+|(\d+)\s*(?:(?:[-\u2013]|to)\s*\d+|\+|and (?:over|more|older)))\D*", re.I
)
_WHOLE = re.compile(r"\s*\d+\s*")


@dataclass(frozen=True)
class Block:
    """Questions whose answers are known jointly.

    Parameters
    ----------
    names: questions, m of them. codes: number of the answer to each question in each combination, (m, c). counts:
    people, or shares, of each combination, (c,). answers: of each question, by number; empty once they are in bands.
    """

    names: tuple[str, ...]
    codes: Codes
    counts: Floats
    answers: tuple[tuple[str, ...], ...]

    def without(self, name: str) -> Block:
        """Return the block of the other questions."""
        kept = [place for place, each in enumerate(self.names) if each != name]
        return _folded(
            tuple(self.names[place] for place in kept),
            self.codes[kept],
            self.counts,
            tuple(self.answers[place] for place in kept),
        )

    def banded(self, name: str, band_of: Sequence[int]) -> Block:
        """Return the block with answers of a question put together: `band_of` each answer, by its number."""
        place = self.names.index(name)
        codes = self.codes.copy()
        codes[place] = np.asarray(band_of, dtype=np.int64)[codes[place]]
        answers = tuple(() if number == place else each for number, each in enumerate(self.answers))
        return _folded(self.names, codes, self.counts, answers)

    def detail(self, name: str) -> float:
        """Return how much a question tells: the entropy of its answers."""
        share = np.bincount(self.codes[self.names.index(name)], weights=self.counts)
        share = share[share > 0] / self.counts.sum()
        return float(-(share * np.log(share)).sum())


def blocks_of(
    keys: Sequence[str], margins: Sequence[Margin], answers: Mapping[str, Sequence[str]]
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return how the answers to the keys are distributed, and the keys of which only the answers are known.

    Parameters
    ----------
    margins: known distributions; the one that knows most keys jointly is taken first, the next one speaks for those
    that are left. answers: key -> its possible answers, all taken as equally frequent, for keys that no margin knows.

    Raises
    ------
    ProtectionError: a key of which neither is known; a margin without people.
    """
    left, blocks = list(keys), []
    while left:
        margin = max(margins, key=lambda one: len(set(one.variables) & set(left)), default=None)
        names = [name for name in left if margin and name in margin.variables]
        if margin is None or not names:
            break
        blocks.append(_block(names, margin))
        left = [name for name in left if name not in names]
    for name in left:
        if not answers.get(name):
            raise ProtectionError(
                f"It is not known how the answers to '{name}' are distributed in the population.",
                where="population",
                expected=f"a column or a margin '{name}', as for the other questions",
                action=f"add it to the table of the population, or leave '{name}' out of the keys",
            )
        known = tuple(dict.fromkeys(answers[name]))
        blocks.append(Block((name,), np.arange(len(known))[None, :], np.ones(len(known)), (known,)))
    return tuple(blocks), tuple(left)


def choices(block: Block, name: str, *, number: bool = False) -> list[int]:
    """Return what may be done to a question: widths of bands, where its answers have an order; 0: leaving it out.

    Parameters
    ----------
    number: whole numbers are amounts, such as years, and no codes.
    """
    answers = block.answers[block.names.index(name)]
    return [width for width in BANDS if 1 < len(set(bands(answers, width, number=number))) < len(answers)] + [0]


def changed(block: Block, name: str, band: int) -> Block:
    """Return the block after a change of one question; see `choices`."""
    if not band:
        return block.without(name)
    return block.banded(name, bands(block.answers[block.names.index(name)], band, number=True))


def bands(answers: Sequence[str], width: int, *, number: bool) -> list[int]:
    """Return the band of each answer, or nothing where the answers have no order.

    Whole numbers go into bands of `width` values (0-4, 5-9), if they are amounts; ranges, such as ``15-19`` and
    ``65+``, with their `width` neighbours.
    """
    if are_whole(answers):
        found = [int(answer) // width for answer in answers] if number else []
        return [one - min(found) for one in found]
    matches = [_RANGE.fullmatch(answer) for answer in answers]
    if not all(matches):
        return []
    first = [int(match[1] or 0) for match in matches if match]  # 'under 15' is the lowest
    place = {answer: rank for rank, answer in enumerate(sorted(range(len(first)), key=first.__getitem__))}
    return [place[answer] // width for answer in range(len(first))]


def are_whole(answers: Sequence[str]) -> bool:
    """Whether all answers are whole numbers."""
    return all(_WHOLE.fullmatch(answer) for answer in answers)


def _block(names: Sequence[str], margin: Margin) -> Block:
    own = margin.collapsed(*names)
    counts = np.asarray(list(own.counts.values()), dtype=np.float64)
    if not (counts.sum() > 0 and (counts >= 0).all()):
        raise ProtectionError(
            f"The population counts nobody by {' and '.join(names)}, or a number below zero.",
            where="population",
            expected="people, or shares, of each answer",
            action="correct the table",
        )
    answers, codes = [], np.empty((len(names), len(counts)), dtype=np.int64)
    for place in range(len(names)):
        number: dict[str, int] = {}
        codes[place] = [number.setdefault(key[place], len(number)) for key in own.counts]
        answers.append(tuple(number))
    return Block(tuple(names), codes[:, counts > 0], counts[counts > 0], tuple(answers))


def _folded(names: tuple[str, ...], codes: Codes, counts: Floats, answers: tuple[tuple[str, ...], ...]) -> Block:
    cell, _ = combined(list(codes), [int(code.max()) + 1 for code in codes], length=len(counts))
    _, first, back = np.unique(cell, return_index=True, return_inverse=True)
    return Block(names, codes[:, first], counted(back, len(first), counts), answers)
