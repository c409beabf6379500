"""Rows -> which questions tell people apart (SUDA2), in all and for each record on demand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

from countersign.errors import ProtectionError
from countersign.model.microdata_risk import (
    Counting,
    KnownRisk,
    LevelRisk,
    QuestionRisk,
    RecordRisk,
    SpecialUniques,
)
from countersign.protection.risk.classes import Classes, classes, look
from countersign.protection.risk.joining import class_of_rows
from countersign.protection.risk.uniques import Uniques, find_uniques


def measure_special(
    rows: nw.LazyFrame[Any], keys: Sequence[str], *, fraction: float, largest: int = 0, counting: Counting = "own"
) -> SpecialUniques:
    """Find the special uniques of a table.

    Parameters
    ----------
    rows: one a person. fraction: part of the population in the data. largest: most questions in a set, 0 = all.

    Raises
    ------
    ProtectionError: no key, more sets than can be looked at, a fraction that is none, no rows.
    """
    if not keys:
        raise ProtectionError(
            "It is not said by which questions people could be recognised.",
            where="keys",
            expected="the columns that neighbours know of people, such as district, age and sex",
            action="name them",
        )
    if not 0 < fraction < 1:
        raise ProtectionError(
            f"{fraction:g} is no part of a population.",
            where="fraction",
            expected="a number above 0 and below 1, such as 0.01 where one person in a hundred took part",
            action="correct it",
        )
    looked = look(rows, keys)
    held = classes(rows, keys, looked=looked)
    found = find_uniques(held, largest=largest, wild=counting == "any" and looked.gaps)
    chances = found.disclosure(fraction, len(keys))
    total = math.fsum(found.scores.tolist())
    every = tuple(range(len(keys)))
    questions = [
        QuestionRisk(
            name,
            contribution=math.fsum(found.by_key[place].tolist()) / total if total else 0.0,
            without=found.alone.get(tuple(i for i in every if i != place)) if len(keys) > 1 else 0,
        )
        for place, name in enumerate(keys)
    ]
    return SpecialUniques(
        records=looked.rows,
        keys=tuple(keys),
        counting=counting,
        alone=len(found.classes),
        minimal=found.minimal,
        score=total,
        fraction=fraction,
        expected=math.fsum(chances.tolist()),
        questions=tuple(sorted(questions, key=lambda one: -one.contribution)),
        known=_known(found, keys),
        levels=_levels(held, found, total),
        records_of=lambda: _by_record(rows, held, found, fraction),
    )


def _known(found: Uniques, keys: Sequence[str]) -> tuple[KnownRisk, ...]:
    by_size: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for chosen, alone in found.alone.items():
        by_size.setdefault(len(chosen), []).append((alone, chosen))
    told = []
    for size, sets in by_size.items():
        most, worst = max(sets, key=lambda one: (one[0], [-place for place in one[1]]))
        mean = sum(alone for alone, _ in sets) / len(sets)
        told.append(KnownRisk(size, len(sets), mean, most, tuple(keys[place] for place in worst)))
    return tuple(told)


def _levels(held: Classes, found: Uniques, total: float) -> tuple[LevelRisk, ...]:
    told = []
    for place, name in enumerate(held.keys):
        people = np.bincount(held.codes[place], weights=held.size)
        scores = np.bincount(held.codes[place][found.classes], weights=found.by_key[place])
        values = [*held.levels[place].to_pylist(), None]
        for code in np.flatnonzero(scores).tolist():
            told.append(LevelRisk(name, values[code], int(people[code]), float(scores[code]) / total))
    return tuple(sorted(told, key=lambda one: -one.contribution))


def _by_record(rows: nw.LazyFrame[Any], held: Classes, found: Uniques, fraction: float) -> RecordRisk:
    columns, of, _ = class_of_rows(rows, held)
    place = np.full(len(held), len(found.classes))
    place[found.classes] = np.arange(len(found.classes))
    place = place[of]
    columns["suda_score"] = np.append(found.scores, 0.0)[place]
    columns["suda_dis"] = np.append(found.disclosure(fraction, len(held.keys)), 0.0)[place]
    for number, name in enumerate(held.keys):
        part = np.divide(found.by_key[number], found.scores, out=np.zeros_like(found.scores), where=found.scores > 0)
        columns[f"contribution_{name}"] = np.append(part, 0.0)[place]
    return RecordRisk(columns)
