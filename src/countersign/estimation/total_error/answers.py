"""Answers: shares of a sample and how its answers go together, from cells of distinct answers.

All that the errors of questions have to do with each other follows from co-occurrence: who says this, says that. It is
counted from codes; no table of dummies is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.model.cells import Cells, Floats, Integers

SMALLEST_SPREAD = 1e-5


@dataclass(frozen=True)
class Answers:
    """Shares and correlations of P answers to several questions.

    Parameters
    ----------
    questions: names. categories: the answers of each. raw, share: unweighted and weighted share of each answer among
        those who answered the question, (P,). alike: weighted correlation of the answers, (P, P), of two conditions
        not counted. n: people who answered, n_effective: the same after Kish's design effect of the base weights, (P,).
    """

    questions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    raw: Floats
    share: Floats
    alike: Floats
    n: Floats
    n_effective: Floats

    @cached_property
    def places(self) -> dict[str, Integers]:
        """Question -> the positions of its answers."""
        ends = np.cumsum([0, *map(len, self.categories)])
        return {name: np.arange(ends[k], ends[k + 1]) for k, name in enumerate(self.questions)}

    def category(self, place: int) -> str:
        """Return the answer at a position."""
        flat = [category for held in self.categories for category in held]
        return flat[place]


def label_of(value: object) -> str:
    """Return how a category is called: whole numbers without a decimal point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def answers_of(
    cells: Cells,
    questions: Sequence[str],
    *,
    also: Mapping[str, Sequence[object]] | None = None,
    conditions: Mapping[str, tuple[str, str]] | None = None,
) -> Answers:
    """Count shares and co-occurrence.

    Parameters
    ----------
    cells: with a key for each question; a missing key is a missing answer and counts in no share of that question.
    also: question -> categories of the benchmark, so that an answer nobody gave has its place (share 0).
    conditions: name -> (measure that counts 1 where true, measure that counts 1 where it is known): questions with one
        answer, ``yes``.

    Raises
    ------
    EstimationError: an unknown question; nobody answered it; weights of zero or less.
    """
    weight = cells.weight
    if len(cells) == 0 or not (weight > 0).all():
        raise EstimationError(
            "There are no respondents, or some whose base weights sum to zero or less.",
            expected="respondents with positive base weights",
            action="set these rows aside, or correct the base weight",
        )
    codes, categories = [], []
    for name in questions:
        if name not in cells.keys:
            raise EstimationError(
                f"The question '{name}' is not in the data. {nearest(name, cells.keys)}".strip(),
                expected=f"one of: {', '.join(cells.keys)}",
                action="correct the name",
            )
        code, held = _coded(cells, name, (also or {}).get(name, ()))
        codes.append(code)
        categories.append(held)
    return _counted(cells, list(questions), codes, categories, dict(conditions or {}))


def _coded(cells: Cells, name: str, also: Sequence[object]) -> tuple[Integers, tuple[str, ...]]:
    own, distinct = cells.coded(name)
    labels = ["" if value is None or value != value else label_of(value) for value in distinct]
    held = tuple(sorted({*labels, *map(label_of, also)} - {""}))
    if not set(labels) - {""}:
        raise EstimationError(
            f"Nobody answered '{name}'.",
            expected="at least one answer",
            action="leave the question out",
        )
    place = {label: number for number, label in enumerate(held)}
    return np.array([place.get(label, len(held)) for label in labels], dtype=np.int64)[own], held


def _counted(
    cells: Cells,
    questions: list[str],
    codes: list[Integers],
    categories: list[tuple[str, ...]],
    conditions: dict[str, tuple[str, str]],
) -> Answers:
    """Add up co-occurrence with 'missing' as a further category, then centre each answer among those asked."""
    sizes = [len(held) for held in categories] + [1] * len(conditions)
    starts = np.cumsum([0, *sizes])
    wide, many = int(starts[-1]), len(sizes)
    both = np.zeros((wide, wide))  # weight of those who gave both answers
    asked = np.zeros((wide, many))  # weight of those who gave the answer, and answered the question
    raw, people, squares = np.zeros(wide), np.zeros(wide), np.zeros(wide)
    for k, one in enumerate(codes):
        size = sizes[k]
        at = slice(starts[k], starts[k + 1])
        count = np.bincount(one, cells.n, size + 1)[:size]
        raw[at], people[at] = count / count.sum(), count.sum()
        squares[at] = cells.weight2[one < size].sum()
        for m in range(k, len(codes)):
            joint = np.bincount(one * (sizes[m] + 1) + codes[m], cells.weight, (size + 1) * (sizes[m] + 1))
            joint = joint.reshape(size + 1, sizes[m] + 1)
            there = slice(starts[m], starts[m + 1])
            both[at, there] = joint[:-1, :-1]
            both[there, at] = joint[:-1, :-1].T
            asked[at, m] = joint[:-1, :-1].sum(axis=1)
            asked[there, k] = joint[:-1, :-1].sum(axis=0)
    for number, (true, known) in enumerate(conditions.values()):
        k = len(codes) + number
        own = int(starts[k])
        yes, told = (cells.measures.index(part) for part in (true, known))
        said, answered = cells.first[:, yes], cells.first[:, told]
        if not cells.plain[:, told].sum() > 0:
            raise EstimationError(
                f"Nobody answered what '{list(conditions)[number]}' asks.",
                expected="at least one answer",
                action="leave it out",
            )
        raw[own] = cells.plain[:, yes].sum() / cells.plain[:, told].sum()
        people[own], squares[own] = cells.plain[:, told].sum(), cells.cross[:, told].sum()
        both[own, own] = asked[own, k] = said.sum()
        for m, one in enumerate(codes):
            there = slice(starts[m], starts[m + 1])
            both[own, there] = both[there, own] = np.bincount(one, said, sizes[m] + 1)[:-1]
            asked[own, m] = both[own, there].sum()
            asked[there, k] = np.bincount(one, answered, sizes[m] + 1)[:-1]
        squares[own] = squares[own] or 1.0
    of = np.repeat(np.arange(many), sizes)
    total = np.array([asked[starts[k] : starts[k + 1], k].sum() for k in range(many)])
    for number, (_, known) in enumerate(conditions.values()):
        total[len(codes) + number] = cells.first[:, cells.measures.index(known)].sum()
    share = asked[np.arange(wide), of] / total[of]
    pairs = _pairs(codes, sizes, asked, starts, cells, conditions)
    centred = both - asked[:, of] * share - share[:, None] * asked[:, of].T + np.outer(share, share) * pairs[of][:, of]
    spread = np.sqrt(np.maximum(share * (1 - share), SMALLEST_SPREAD) * total[of])
    alike = centred / np.outer(spread, spread)
    np.fill_diagonal(alike, 1.0)
    return Answers(
        questions=(*questions, *conditions),
        categories=(*categories, *[("yes",)] * len(conditions)),
        raw=raw,
        share=share,
        alike=alike,
        n=people,
        n_effective=total[of] ** 2 / np.maximum(squares, 1e-300),
    )


def _pairs(
    codes: list[Integers],
    sizes: list[int],
    asked: Floats,
    starts: Floats,
    cells: Cells,
    conditions: dict[str, tuple[str, str]],
) -> Floats:
    """Weight of those who answered both of two questions."""
    many = len(sizes)
    found = np.zeros((many, many))
    for m in range(len(codes)):
        for k in range(len(codes)):
            found[k, m] = asked[starts[k] : starts[k + 1], m].sum()
    for number, (_, known) in enumerate(conditions.values()):
        k = len(codes) + number
        answered = cells.first[:, cells.measures.index(known)]
        found[k, k] = answered.sum()
        for m, one in enumerate(codes):
            found[k, m] = found[m, k] = answered[one < sizes[m]].sum()
    return found
