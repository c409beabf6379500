"""The verdict beside a figure: the highest use that is established for it."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.model.estimate import Estimate
from countersign.model.finding import Fitness

NOT_YET = "not yet"


def verdict(fitness: Sequence[Fitness], one: Estimate) -> Fitness | None:
    """Return the verdict nearest to a figure: of its area or group, of its indicator, of the whole study."""
    of_indicator = [each for each in fitness if each.subject == one.indicator]
    for each in of_indicator:
        if each.domain and all(str(one.domain.get(name)) == str(code) for name, code in each.domain.items()):
            return each
    return of_verdicts(fitness, one.indicator)


def of_verdicts(fitness: Sequence[Fitness], indicator: str) -> Fitness | None:
    """Return the verdict on an indicator, else on the study, or None where nobody judged."""
    for subject in (indicator, ""):
        for each in fitness:
            if each.subject == subject and not each.domain:
                return each
    return None


def established(fitness: Sequence[Fitness], one: Estimate) -> str:
    """Return ``U0`` to ``U6``, or `NOT_YET`: no use is established."""
    found = verdict(fitness, one)
    return (found.use if found else "") or NOT_YET
