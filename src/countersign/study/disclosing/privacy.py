"""Public counters with differential privacy and a ledger of what was spent, on plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import ArgumentError
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import chosen, known, opened
from countersign.study.inferring.spelling import spelled

if TYPE_CHECKING:
    from countersign.evidence.ledger import Spending
    from countersign.protection.noise.privacy import EpsilonTable, PrivateCounts

Categories = Mapping[str, Sequence[Any]]
"""Variable -> all its categories."""


@verb
def count_privately(
    table: Any,
    *,
    categories: Categories,
    epsilon: float,
    budget: float,
    ledger: str,
    question: str,
    person: str = "",
    at_most: int = 1,
    level: float = 0.95,
    where: str = "",
) -> PrivateCounts:
    """Count records by category so that the counts hardly depend on any one person, and write down what that cost.

    Parameters
    ----------
    categories: variable -> all its categories, as they are known without the data: which of them occur is itself
        something the data tell. Records of other categories are not counted.
    epsilon: what this question may cost; the noise has the scale at_most / epsilon. budget: what all questions to these
        data may cost together. ledger: file in which what was spent is written down; keep it with the data.
    question: what is asked, in words and with its period, such as "visits by area, March 2026". The same question gets
        the same answer again and costs nothing.
    person: column that says who gave a record. at_most: records of one person that count; without `person` every record
        counts as a person of its own. level: of the noise interval. where: condition on the rows.

    Returns
    -------
    Counts with the interval of the noise. They are whole numbers, never shown below 0; the noisy number is there too.

    Raises
    ------
    ProtectionError: OpenDP is not installed; an epsilon of 0 or less. StoreError: the budget is used up; the ledger was
        changed. DataError: an unknown column.
    """
    from countersign.evidence.canonical import canonical
    from countersign.evidence.ledger import Ledger
    from countersign.protection.noise.privacy import PrivateCounts, noise_half_width, noisy_counts, prepare

    _refuse(categories, question, person, at_most)
    scale, cost = prepare(epsilon=epsilon, at_most=at_most)
    names = {name: tuple(dict.fromkeys(spelled(value) for value in values)) for name, values in categories.items()}
    asked = canonical(
        {"question": question.strip(), "epsilon": cost, "person": person, "at_most": at_most, "where": where}
        | {"categories": {name: list(codes) for name, codes in names.items()}}
    ).decode()
    cells = tuple(product(*names.values()))

    held = Ledger(Path(ledger))
    counts: Sequence[int] = ()
    if asked not in held.read().answers:  # counted before anything is paid, so that a wrong column costs nothing
        counts = _counts(table, names, person=person, at_most=at_most, where=where)

    def work() -> dict[str, Any]:
        noisy = noisy_counts(counts, scale=scale)
        return {"noisy": list(noisy), "cells": [list(cell) for cell in cells], "scale": scale, "at_most": at_most}

    answer = held.answer(asked, epsilon=cost, budget=budget, work=work)
    return PrivateCounts(
        variables=tuple(names),
        categories=tuple(tuple(cell) for cell in answer["cells"]),
        noisy=tuple(int(count) for count in answer["noisy"]),
        epsilon=answer["at_most"] / answer["scale"],
        at_most=int(answer["at_most"]),
        scale=float(answer["scale"]),
        half=noise_half_width(float(answer["scale"]), level=level),
        level=level,
    )


@verb
def privacy_spent(ledger: str) -> Spending:
    """Return what a ledger says: the budget, what is spent and left, and all published answers.

    Raises
    ------
    StoreError: the ledger was changed after it was written.
    """
    from countersign.evidence.ledger import Ledger

    return Ledger(Path(ledger)).read()


@verb
def allow_privacy(ledger: str, *, budget: float, by: str, reason: str) -> Spending:
    """Set or change the budget of a ledger; who decided and why stays written in it.

    Raises
    ------
    StoreError: no name or reason, or a budget below what is spent.
    """
    from countersign.evidence.ledger import Ledger

    held = Ledger(Path(ledger))
    held.allow(budget, by=by, reason=reason)
    return held.read()


@verb
def weigh_epsilon(
    epsilons: Sequence[float] = (0.1, 0.25, 0.5, 1.0, 2.0),
    *,
    at_most: int = 1,
    value: float | None = None,
    half_width: float | None = None,
    level: float = 0.95,
) -> EpsilonTable:
    """Return how much noise each epsilon makes, and which counts drown in it, before anything is spent.

    Parameters
    ----------
    at_most: records of one person that count. value: a count you have in mind; half_width: half the width of its own
        interval, what chance makes of a count if left out. level: of the intervals.

    Raises
    ------
    ProtectionError: an epsilon of 0 or less.
    """
    from countersign.protection.noise.privacy import weigh

    return weigh(epsilons, at_most=at_most, value=value, half_width=half_width, level=level)


def _refuse(categories: Any, question: str, person: str, at_most: int) -> None:
    if not isinstance(categories, Mapping) or any(
        isinstance(codes, str | bytes) or not isinstance(codes, Sequence) or not codes for codes in categories.values()
    ):
        raise ArgumentError(
            "categories= is no mapping of variables to lists of categories.",
            where="count_privately",
            expected="every category there can be, such as {'district': ['North', 'South']}",
            action="name them; which of them occur in the data is something only the data tell",
        )
    if not question.strip():
        raise ArgumentError(
            "It is not said what is asked.",
            where="count_privately",
            expected="question=, in words and with its period",
            action="the ledger needs it, so that the same question costs nothing twice",
        )
    if at_most > 1 and not person:
        raise ArgumentError(
            f"at_most={at_most} says how many records of one person count, and no column says who gave a record.",
            where="count_privately",
            expected="person=, or at_most=1",
            action="name the column; without it a person with two records is protected half as well",
        )


def _counts(table: Any, names: Mapping[str, Sequence[str]], *, person: str, at_most: int, where: str) -> Sequence[int]:
    """Return the exact counts by category, nobody counted more than `at_most` times."""
    import narwhals as nw

    from countersign.protection.noise.privacy import bounded
    from countersign.tables import group

    dataset = opened(table)
    known(dataset, [*names, *([person] if person else [])])
    rows = chosen(dataset, where)
    found = group(rows, list(dict.fromkeys([*names, *([person] if person else [])])), n=nw.len())
    place = {cell: number for number, cell in enumerate(product(*names.values()))}
    keys = zip(*(found[name].tolist() for name in names), strict=True)
    cells = np.asarray([place.get(tuple(spelled(value) for value in key), -1) for key in keys], dtype=np.int64)
    counts = np.asarray(found["n"], dtype=np.int64)
    who = np.unique(found[person].astype(str), return_inverse=True)[1] if person else np.arange(len(cells))
    inside = cells >= 0
    if not person:
        return [int(count) for count in np.bincount(cells[inside], weights=counts[inside], minlength=len(place))]
    kept = bounded(who[inside], cells[inside], counts[inside], at_most=at_most, size=len(place))
    return [int(count) for count in kept]
