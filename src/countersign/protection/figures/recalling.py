"""Recalling: a release that is already out -> what a stranger who kept it knows of the people of the new one.

What it shows of them is known, also of groups that the new release does not have. What it withholds may follow from the
new one: then it is the new one that gives somebody away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from countersign.model.contribution import Nesting, Told
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Plan
from countersign.protection.figures.reading import (
    Cell,
    Known,
    Recalled,
    Seen,
    Withheld,
    put_together,
    see,
    see_rows,
    see_withheld,
)
from countersign.protection.figures.records import Remembered

SECONDS = 10.0
"""How long whole numbers that fit are looked for; after that, parts of people will do."""

CLOSE = 1e-6
"""People that a solver leaves over by its error."""


def recall(plan: Plan, seen: Sequence[Seen], rows: Sequence[Mapping[str, str]]) -> Recalled:
    """Return what a release tells of the people of the new one; nothing where it is of others.

    Parameters
    ----------
    seen: the new release, with the numbers it withholds. rows: of ``estimates.csv`` of the one that is out.

    Notes
    -----
    It is of the same people where no figure that both have rests on another number of them. Where they have no figure
    in common, as many must have taken part, or no more where the old one withholds somebody. Of an indicator whose
    answers were corrected since, the old counts tell nothing, and only the bases are taken.
    """
    before = {one.name: one for one in see_rows(plan, rows)}
    both = [(one, before[one.name]) for one in seen if one.name in before]
    withheld = see_withheld(plan, rows)
    if any(one.n != old.n for one, old in both) or not (both or _as_many(seen, list(before.values()), withheld)):
        return Recalled()
    corrected = {one.indicator for one, old in both if one.x != old.x}
    counting = {one.name: one.x is not None for one in seen}
    return Recalled(
        shown=tuple(replace(one, x=None) if one.indicator in corrected else one for one in before.values()),
        withheld=tuple(
            replace(one, is_share=one.indicator not in corrected and counting.get(one.name, one.is_share))
            for one in withheld
        ),
    )


def remember(
    plan: Plan,
    figures: EstimateTable,
    releases: Sequence[Sequence[Mapping[str, str]]],
    *,
    told: Sequence[Told] = (),
    nestings: Sequence[Nesting] = (),
) -> tuple[tuple[Remembered, ...], ...]:
    """Return the figures of each release, as far as it is of the same people.

    Parameters
    ----------
    figures: the new ones, none withheld. releases: rows of ``estimates.csv`` of each. told, nestings: see
        `put_together`.
    """
    seen = see(plan, figures, figures)
    recalled = [recall(plan, seen, rows) for rows in releases]
    if not any(one.shown or one.withheld for one in recalled):
        return tuple(() for _ in recalled)
    known = put_together(plan, seen, told=told, nestings=nestings, recalled=recalled)
    complete(known)
    return tuple(
        (
            *(Remembered(one.name, one.indicator, one.group, one.n, one.x, one.category) for one in release.shown),
            *(_fitted(known, one) for one in release.withheld),
        )
        for release in recalled
    )


def _fitted(known: Known, one: Withheld) -> Remembered:
    """Return a figure that is withheld with numbers that fit to what is known."""
    numbers = (round(known.values[cell]) for cell in known.withheld.get(one.name, ()))
    units, numerator = (*numbers, None, None)[:2]
    return Remembered(one.name, one.indicator, one.group, units, numerator, one.category, shown=False)


def _as_many(seen: Iterable[Seen], before: Iterable[Seen], withheld: Iterable[Withheld]) -> bool:
    """As many people are behind an indicator in both, or may be: some of those before are withheld."""
    now, then = _everybody(seen), _everybody(before)
    unsure = {one.indicator for one in withheld}
    return any(
        then.get(indicator, size) <= size if indicator in unsure else then.get(indicator) == size
        for indicator, size in now.items()
    )


def _everybody(rows: Iterable[Seen]) -> dict[str, int]:
    """Return how many people are behind each indicator, as its fullest breakdown says."""
    sizes: dict[tuple[str, str, frozenset[str]], int] = defaultdict(int)
    for one in rows:
        sizes[one.indicator, one.category, frozenset(name for name, _ in one.group)] += one.n
    found: dict[str, int] = {}
    for (indicator, _, _), size in sizes.items():
        found[indicator] = max(found.get(indicator, size), size)
    return found


def complete(known: Known) -> None:
    """Put numbers that fit in the place of those that nobody can tell: what a stranger learns does not depend on them.

    A breakdown is taken to be of everybody as far as that is possible: those it leaves out, as few as can be, are taken
    to be known. Where no numbers fit, old and new contradict each other, and what an earlier release withholds is left
    out.
    """
    withheld = [cell for cell in dict.fromkeys(chain(*known.withheld.values())) if cell in known.open]
    open_ = [*withheld, *sorted(known.open & known.shared, key=lambda cell: (*cell[:2], sorted(cell[2])))]
    # Which of several numbers that fit are found depends on the order of the rows, and that of a set is no order.
    rows = sorted((each for each in known.equations if known.open & {each[0], *each[1]}), key=_in_words)
    if not rows:
        known.values.update(dict.fromkeys(open_, 0))
        return
    found = _fitting(known, open_, rows)
    if found is None:
        known.equations.difference_update(rows)
        known.withheld.clear()
        known.open.clear()
        return
    numbers, left = found
    known.values.update(zip(open_, numbers, strict=True))
    for (total, parts), more in zip(rows, left, strict=True):
        if more > CLOSE:
            rest = (total[0], f"{total[1]} without {len(known.values)}", total[2])
            known.values[rest] = more
            known.shown.add(rest)
            known.certain.add(rest)
            known.equations.remove((total, parts))
            known.equations.add((total, parts | {rest}))


def _in_words(equation: tuple[Cell, frozenset[Cell]]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return an equation as what it can be put in order by."""
    total, *parts = ((whose, what, sorted(group)) for whose, what, group in (equation[0], *equation[1]))
    return [total, *sorted(parts)]


def _fitting(
    known: Known, open_: Sequence[Cell], equations: Sequence[tuple[Cell, frozenset[Cell]]]
) -> tuple[list[float], list[float]] | None:
    """Return a number for each open cell, and how many each equation leaves out, in all as few as possible."""
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csr_array, hstack, identity

    column = {cell: at for at, cell in enumerate(open_)}
    rows, columns, signs = [], [], []
    right = np.zeros(len(equations))
    for at, (total, parts) in enumerate(equations):
        for cell, sign in ((total, 1.0), *((part, -1.0) for part in parts)):
            if cell in column:
                rows.append(at)
                columns.append(column[cell])
                signs.append(sign)
            else:
                right[at] -= sign * known.values[cell]
    matrix = csr_array((signs, (rows, columns)), shape=(len(equations), len(open_)))
    costs = np.r_[np.zeros(len(open_)), np.ones(len(equations))]
    for whole in (1, 0):
        found = milp(
            costs,
            constraints=LinearConstraint(hstack([matrix, -identity(len(equations))]), right, right),
            integrality=np.full(len(costs), whole),
            options={"time_limit": SECONDS} if whole else {},
        )
        if found.x is not None:
            numbers = np.round(found.x) if whole else found.x
            return numbers[: len(open_)].tolist(), numbers[len(open_) :].tolist()
    return None
