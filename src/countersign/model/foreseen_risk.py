"""ForeseenRisk: how many people a form will make recognisable, before anybody has been asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Change:
    """What may be done to a question, and what it leaves.

    Parameters
    ----------
    question: its name. band: answers put together in bands so wide (numbers), or so many neighbours; 0 = the question
    is left out. alone: expected part of the respondents who then stand alone, with all changes up to this one.
    neighbours: bands put so many neighbouring answers together, instead of so many whole numbers.
    """

    question: str
    band: int
    alone: float
    neighbours: bool = False

    def sentence(self) -> str:
        """``ask 'age' in bands of 5``, ``leave out 'district'``."""
        if not self.band:
            return f"leave out '{self.question}'"
        if self.neighbours:
            return f"put {self.band} neighbouring answers of '{self.question}' together"
        return f"ask '{self.question}' in bands of {self.band}"


@dataclass(frozen=True)
class ForeseenRisk(Tabular):
    """What is expected of so many respondents and such questions.

    Parameters
    ----------
    respondents: n. population: how many people there are, or None where only shares are known. keys: the questions.
    together: questions whose joint distribution is known; between these groups independence is taken.
    equal: questions of which nothing is known but their answers: all are taken to be equally frequent.
    combinations: different combinations of answers that can occur. groups: those expected among the respondents.
    alone: expected part of the respondents who stand alone. lower, upper: what chance leaves of it, 95 %.
    below: k -> expected part in groups of fewer than k. alone_in_population: part of the people who stand alone even
    among everybody; None where their number is not known. limit: the largest part that is acceptable.
    single: each change by itself, the one that leaves fewest alone first. steps: changes one after the other that get
    under the limit; empty where it is met already. model: the assumptions in one sentence. notes: for the reader.
    """

    respondents: int
    population: float | None
    keys: tuple[str, ...]
    together: tuple[tuple[str, ...], ...]
    combinations: int
    groups: float
    alone: float
    lower: float
    upper: float
    below: Mapping[int, float]
    alone_in_population: float | None
    limit: float
    single: tuple[Change, ...]
    steps: tuple[Change, ...]
    model: str
    equal: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether the expected part of people alone is within the limit."""
        return self.alone <= self.limit

    def rows(self) -> list[dict[str, Any]]:
        """Return measure and value; shares are parts of the respondents."""
        found: list[tuple[str, float | None]] = [
            ("respondents", self.respondents),
            ("combinations", self.combinations),
            ("expected_groups", self.groups),
            ("alone", self.alone),
            ("alone_lower", self.lower),
            ("alone_upper", self.upper),
        ]
        found += [(f"in_groups_below_{k}", share) for k, share in self.below.items()]
        found += [("alone_in_population", self.alone_in_population), ("limit", self.limit)]
        found += [(f"alone if you {one.sentence()}", one.alone) for one in self.single]
        found += [(f"step {place}: {one.sentence()}", one.alone) for place, one in enumerate(self.steps, 1)]
        return [{"measure": name, "value": value} for name, value in found]
