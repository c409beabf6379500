"""Rows -> how easily people are recognised: all measures of a table, and those of each record on demand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.model.microdata_risk import CountedRisk, Counting, MicrodataRisk, RecordRisk, SensitiveRisk
from countersign.protection.risk.classes import Classes, Looked, Sizes, classes, look, sizes
from countersign.protection.risk.diversity import Answers, Diversity, answers_of, diversity
from countersign.protection.risk.households import household_chances, household_sums
from countersign.protection.risk.individual import individual_risk
from countersign.protection.risk.joining import class_of_rows
from countersign.protection.risk.matching import matched

BELOW = (2, 3, 5)  # sizes of groups that are told in any case: those of the literature and of peers
FEWER = (2, 3)  # different answers


@dataclass(frozen=True)
class Asked:
    """What is asked of a table: columns by their part, and the way to count missing keys.

    Parameters
    ----------
    missing: ``own``, ``any`` or ``both``.
    """

    keys: tuple[str, ...]
    k: int
    weight: str = ""
    household: str = ""
    sensitive: tuple[str, ...] = ()
    missing: str = "both"

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        ProtectionError: k below 2, no key, a sensitive column that is a key too.
        """
        if self.k < 2:
            raise ProtectionError(
                "With k below 2 everybody may stand alone.",
                where="k",
                expected="a whole number from 2 on; 3 inside an organisation, 5 in public",
                action="raise k",
            )
        if not self.keys:
            raise ProtectionError(
                "It is not said by which questions people could be recognised.",
                where="keys",
                expected="the columns that neighbours know of people, such as district, age and sex",
                action="name them",
            )
        for name in self.sensitive:
            if name in self.keys:
                raise ProtectionError(
                    f"'{name}' is a key and sensitive at once.",
                    where="sensitive",
                    expected="a question whose answer neighbours do not know yet",
                    action="take it out of one of the two",
                )


def measure(rows: nw.LazyFrame[Any], asked: Asked) -> MicrodataRisk:
    """Return the risk of a table.

    Parameters
    ----------
    rows: one a person. Everything is a group-by in the engine; classes leave it only where keys are missing, or for
        households and sensitive questions.

    Raises
    ------
    ProtectionError: see `Asked.check`; a bad weight, a household that is missing, no rows.
    """
    asked.check()
    looked = look(rows, asked.keys, asked.weight, asked.household)
    countings = _countings(asked, looked)
    if not looked.gaps and not asked.household and not asked.sensitive:
        found = sizes(rows, asked.keys, looked=looked, weight=asked.weight)
        counted: tuple[CountedRisk, ...] = (_counted(countings[0], found, asked),)
        learnt: tuple[SensitiveRisk, ...] = ()
    else:
        held = _Held(rows, asked, looked, countings)
        counted = tuple(held.counted(counting) for counting in countings)
        learnt = tuple(held.learnt(name, counting) for name in asked.sensitive for counting in countings)
    return MicrodataRisk(
        records=looked.rows,
        keys=asked.keys,
        k=asked.k,
        counted=counted,
        learnt=learnt,
        sensitive=asked.sensitive,
        weight=asked.weight,
        household=asked.household,
        missing={name: count for name, count in looked.missing.items() if count},
        records_of=lambda: _Held(rows, asked, looked, countings).by_record(),
    )


def _countings(asked: Asked, looked: Looked) -> tuple[Counting, ...]:
    if asked.missing == "both":
        return ("own", "any") if looked.gaps else ("own",)
    return ("any",) if asked.missing == "any" else ("own",)


class _Held:
    """The classes of a table, and what was counted of them so far."""

    def __init__(self, rows: nw.LazyFrame[Any], asked: Asked, looked: Looked, countings: Sequence[Counting]) -> None:
        self.rows, self.asked, self.looked, self.countings = rows, asked, looked, countings
        self.classes: Classes = classes(rows, asked.keys, looked=looked, weight=asked.weight)
        self.answers: dict[str, Answers] = {}
        self.sizes: dict[Counting, tuple[Integers, Floats]] = {}
        for counting in countings:
            own = (self.classes.size, self.classes.population)
            self.sizes[counting] = own if counting == "own" or not looked.gaps else matched(self.classes)

    def chances(self, counting: Counting) -> dict[str, Floats]:
        """Return model -> chance of each class, (C,)."""
        size, population = self.sizes[counting]
        found = {"prosecutor": 1 / size}
        if self.asked.weight:
            found["risk"] = individual_risk(size, population)
        return found

    def counted(self, counting: Counting) -> CountedRisk:
        """Return the sums of one way of counting."""
        size, population = self.sizes[counting]
        found = _counted(counting, Sizes(size, population, self.classes.size), self.asked, by_record=True)
        if not self.asked.household:
            return found
        chances = self.chances(counting)
        sums = household_sums(self.rows, self.classes, self.asked.household, list(chances.values()))
        named = dict(zip(chances, sums, strict=True))
        return CountedRisk(
            **{
                **found.__dict__,
                "household": named["prosecutor"],
                "household_population": named.get("risk"),
            }
        )

    def diversity(self, name: str, counting: Counting) -> Diversity:
        """Return the diversity of the answers to a sensitive question in each class."""
        if name not in self.answers:
            fine = classes(self.rows, (*self.asked.keys, name), looked=self.looked)
            self.answers[name] = answers_of(self.classes, fine)
        return diversity(self.classes, self.answers[name], wild=counting == "any")

    def learnt(self, name: str, counting: Counting) -> SensitiveRisk:
        """Return the sums of one sensitive question."""
        found = self.diversity(name, counting)
        there = found.distinct > 0
        people = self.classes.size
        return SensitiveRisk(
            name,
            counting,
            distinct=int(found.distinct[there].min()) if there.any() else 0,
            below={few: int(people[there & (found.distinct < few)].sum()) for few in FEWER},
            entropy=float(found.entropy[there].min()) if there.any() else 0.0,
            closeness=float(found.closeness.max()),
        )

    def by_record(self) -> RecordRisk:
        """Return all measures of each record."""
        columns, of, household = class_of_rows(self.rows, self.classes, self.asked.household)
        for counting in self.countings:
            end = "_any" if counting == "any" and len(self.countings) > 1 else ""
            size, population = self.sizes[counting]
            columns["fk" + end] = size[of]
            if self.asked.weight:
                columns["Fk" + end] = population[of]
            for model, chance in self.chances(counting).items():
                columns[model + end] = chance[of]
                if household is not None:
                    columns[f"household_{model}{end}"] = household_chances(chance[of], household)[household]
            for name in self.asked.sensitive:
                found = self.diversity(name, counting)
                for measure_, values in _columns_of(found).items():
                    columns[f"{measure_}_{name}{end}"] = values[of]
        return RecordRisk(columns)


def _columns_of(found: Diversity) -> Mapping[str, npt.NDArray[Any]]:
    return {
        "l_distinct": found.distinct,
        "l_entropy": found.entropy,
        "l_recursive": found.recursive,
        "closeness": found.closeness,
    }


def _counted(counting: Counting, found: Sizes, asked: Asked, *, by_record: bool = False) -> CountedRisk:
    """Return the sums over classes put together.

    Parameters
    ----------
    by_record: `found.classes` counts records, not classes: where missing keys match, f of a class may be larger than
        the class.
    """
    people = found.classes if by_record else found.size * found.classes
    alone = int(people[found.size == 1].sum())
    weighed = individual_risk(found.size, found.population) if asked.weight else None
    return CountedRisk(
        counting=counting,
        alone=alone,
        below={k: int(people[found.size < k].sum()) for k in sorted({*BELOW, asked.k})},
        smallest=int(found.size.min()),
        groups=len(found.size) if by_record else int(found.classes.sum()),
        prosecutor=math.fsum((people / found.size).tolist()),
        highest=1 / int(found.size.min()),
        population=None if weighed is None else math.fsum((weighed * people).tolist()),
        highest_population=None if weighed is None else float(weighed.max()),
    )
