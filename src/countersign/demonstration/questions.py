"""Questions that the callers and the statistical office's own sample were both asked: where the callers can be checked.

Each answer follows town, schooling, sex and age, which the census knows, and to its own degree a person's standing,
which nobody asks and which decides who calls. So some errors go away with weights, some stay, and some are small from
the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from countersign.demonstration.population import EDUCATION, Numbers, People, Texts, chance


@dataclass(frozen=True)
class Leaning:
    """How an answer follows what people are, on the logistic scale.

    Parameters
    ----------
    start: of a man of 40 in the country without school. town, school (each level), woman, older (each ten years above
        40), standing: what each adds.
    """

    start: float
    town: float = 0.0
    school: float = 0.0
    woman: float = 0.0
    older: float = 0.0
    standing: float = 0.0

    def score(self, people: People) -> Numbers:
        """Return the score of each person."""
        level = np.searchsorted(_LEVELS, people.education, sorter=_SORTED)
        return np.asarray(
            self.start
            + self.town * (people.residence == "urban")
            + self.school * _SORTED[level]
            + self.woman * (people.sex == "female")
            + self.older * (people.age - 40) / 10
            + self.standing * people.standing
        )


_LEVELS = np.asarray(EDUCATION)
_SORTED = np.argsort(_LEVELS, kind="stable")

YES_OR_NO: Mapping[str, Leaning] = {
    "radio": Leaning(0.2, town=-0.2, school=0.2, woman=-0.3, older=0.15, standing=0.4),
    "bank_account": Leaning(-2.1, town=0.6, school=0.8, woman=-0.4, standing=1.5),
    "remittances": Leaning(-1.0, town=-0.3, woman=0.3, older=0.1, standing=0.3),
    "bicycle": Leaning(-0.3, town=-0.7, woman=-0.6, older=-0.15, standing=0.7),
    "clinic_visit": Leaning(-0.9, town=0.3, woman=0.5, older=0.2, standing=0.0),
    "school_nearby": Leaning(0.2, town=1.6, standing=0.15),
    "sold_crops": Leaning(0.3, town=-2.2, school=-0.4, older=0.1, standing=0.5),
    "voted_in_ward": Leaning(-0.2, school=0.15, woman=-0.2, older=0.3, standing=0.7),
    "member_of_group": Leaning(-0.8, town=-0.3, school=0.1, woman=0.4, standing=0.8),
    "mosquito_net": Leaning(0.9, town=-0.5, school=0.1, woman=0.1, standing=-0.1),
    "moved_last_year": Leaning(-2.4, town=0.6, older=-0.25, standing=-0.4),
    "owns_home": Leaning(1.1, town=-1.5, older=0.4, standing=0.9),
    "owes_money": Leaning(-0.5, woman=0.1, older=-0.1, standing=-1.3),
    "sick_last_month": Leaning(-1.1, woman=0.2, older=0.25, standing=-0.8),
}
"""Question -> what a yes depends on."""

CHOICES: Mapping[str, Mapping[str, Leaning]] = {
    "fuel": {
        "wood": Leaning(0.0),
        "charcoal": Leaning(-1.4, town=1.6, school=0.2, standing=0.2),
        "gas or power": Leaning(-3.4, town=1.9, school=0.7, standing=1.5),
    },
    "work": {
        "own fields": Leaning(0.0),
        "trade or craft": Leaning(-1.0, town=1.7, school=0.3, woman=0.2, standing=0.2),
        "wage": Leaning(-2.0, town=1.8, school=0.9, woman=-0.6, older=-0.1, standing=1.1),
        "no work": Leaning(-1.2, town=1.1, woman=0.7, older=0.25, standing=-0.6),
    },
}
"""Question -> answer -> what it depends on; the first answer is what the others are held against."""

NAMES = (*YES_OR_NO, *CHOICES)


def ask(rng: np.random.Generator, people: People) -> dict[str, Texts]:
    """Return the answer of everybody to every question."""
    answers: dict[str, Texts] = {}
    for name, leaning in YES_OR_NO.items():
        answers[name] = np.where(chance(rng, leaning.score(people)), "yes", "no")
    for name, choices in CHOICES.items():
        weight = np.exp(np.stack([leaning.score(people) for leaning in choices.values()]))
        reached = np.cumsum(weight / weight.sum(axis=0), axis=0)
        picked = (rng.random(people.size) >= reached[:-1]).sum(axis=0)
        answers[name] = np.asarray(list(choices))[picked]
    return answers
