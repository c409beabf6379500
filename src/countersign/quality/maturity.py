"""Maturity (I3): what an organisation says of itself -> level per part and next steps; many of them -> counts."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import maturity as form
from countersign.catalogue import next_steps, threshold, weakest
from countersign.errors import ArgumentError, nearest
from countersign.model.maturity import Maturity, MaturitySummary, PartResult, SelfRating

FIRST = 3  # steps shown before all others


def rate(rating: SelfRating) -> Maturity:
    """Return the level of each part, what it is like, and the next steps, the weakest part first.

    Every level of every part leads to at least one step (catalogue: ``maturity``); where the answers give fewer than
    three, answering the other parts is a step as well.

    Raises
    ------
    ArgumentError: nothing is answered, or a part or level does not exist (the nearest is named).
    """
    listing = form()
    _check(rating)
    parts = []
    for part in listing:
        level = part.at(rating.levels[part.id]) if part.id in rating.levels else None
        parts.append(
            PartResult(part.id, part.title, part.question)
            if level is None
            else PartResult(part.id, part.title, part.question, level.number, level.title, level.says, level.steps)
        )
    first = [(listing[step.part].title, step.do) for step in next_steps(listing, rating.levels, most=FIRST)]
    unknown = [(part.title, f"Answer this together: {part.question}") for part in parts if part.level is None]
    return Maturity(
        rating=rating,
        parts=tuple(parts),
        first_steps=tuple([*first, *unknown][: max(FIRST, len(first))]),
        weakest=weakest(rating.levels),
        highest=max(level.number for part in listing for level in part.levels),
        status=str(listing.status),
    )


def summarise(ratings: Sequence[SelfRating]) -> MaturitySummary:
    """Return how many organisations are at which level of each part; no name, no comment, no single organisation.

    Raises
    ------
    ArgumentError: fewer organisations than the catalogue's ``maturity_organisations``, or one of them twice.
    """
    least = threshold("maturity_organisations")
    if not least.keeps(len(ratings), least.good):
        raise ArgumentError(
            f"A summary of {len(ratings)} organisations would show what a single one said.",
            expected=f"{least.good:g} or more organisations",
            action="ask more of them, or look at each alone",
        )
    names = [rating.organisation.casefold().strip() for rating in ratings if rating.organisation.strip()]
    if len(set(names)) < len(names):
        raise ArgumentError(
            "One organisation is there twice.", expected="one file for each", action="keep its newest file"
        )
    listing = form()
    for rating in ratings:
        _check(rating)
    levels = {level.number: level.title for part in listing for level in part.levels}
    return MaturitySummary(
        organisations=len(ratings),
        parts={part.id: part.title for part in listing},
        levels=levels,
        counts={
            part.id: {
                level: sum(rating.levels.get(part.id, 0) == level for rating in ratings) for level in (*levels, 0)
            }
            for part in listing
        },
        status=str(listing.status),
    )


def _check(rating: SelfRating) -> None:
    listing, where = form(), rating.source
    if not rating.levels:
        raise ArgumentError("No part is answered.", where=where, expected="a level from 1 to 4 for at least one part")
    for key, level in rating.levels.items():
        if key not in listing:
            raise ArgumentError(
                f"There is no part '{key}'. {nearest(key, listing.ids)}".rstrip(),
                where=where,
                expected="one of " + ", ".join(listing.ids),
            )
        known = [one.number for one in listing[key].levels]
        if level not in known:
            raise ArgumentError(
                f"The part '{key}' has no level {level}.",
                where=where,
                expected="one of " + ", ".join(str(one) for one in known),
            )
