"""Observation and Observations: figures as SDMX has them, one by one and as columns.

A column holds each text once and a small number per observation, so that a million observations fit into memory and
a writer escapes each text once.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure.

    Parameters
    ----------
    texts: component -> code or text: dimensions, time, attributes. numbers: component -> number: the measure and
    attributes that are numbers; what is absent has no value. origin: the figure it was made of, for messages.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    origin: str = ""


@dataclass(frozen=True)
class Column:
    """One component of all observations: `texts` holds each text once, `at` its place per observation; 0 = absent."""

    texts: Sequence[str]
    at: array[int]


@dataclass(frozen=True)
class Observations:
    """Figures as columns, in the order they were given in.

    Parameters
    ----------
    columns: component -> codes or texts. numbers: component -> numbers, not a number = absent.
    origins: the figure each was made of.
    """

    columns: Mapping[str, Column]
    numbers: Mapping[str, array[float]]
    origins: Column

    def __len__(self) -> int:
        return len(self.origins.at)

    def __iter__(self) -> Iterator[Observation]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> Observation:
        texts = {name: column.texts[column.at[place]] for name, column in self.columns.items() if column.at[place]}
        numbers = {name: values[place] for name, values in self.numbers.items() if not math.isnan(values[place])}
        return Observation(texts, numbers, self.origins.texts[self.origins.at[place]])


def gather(observations: Iterable[Observation], *, texts: Sequence[str], numbers: Sequence[str]) -> Observations:
    """Return observations as columns; each is let go as soon as it is taken in.

    Parameters
    ----------
    texts, numbers: the components to keep, in order. What is not named in either is a defect of the caller.

    Raises
    ------
    KeyError: an observation has a component that is in neither.
    """
    known: dict[str, dict[str, int]] = {name: {"": 0} for name in texts}
    at: dict[str, array[int]] = {name: array("I") for name in texts}
    values: dict[str, array[float]] = {name: array("d") for name in numbers}
    origin_at: array[int] = array("I")
    origins: dict[str, int] = {"": 0}
    columns = [(name, known[name], at[name].append) for name in texts]
    counts = [(name, values[name].append) for name in numbers]
    wanted = frozenset(texts), frozenset(numbers)
    nothing = math.nan
    for one in observations:
        if not one.texts.keys() <= wanted[0] or not one.numbers.keys() <= wanted[1]:
            raise KeyError(*sorted((one.texts.keys() - wanted[0]) | (one.numbers.keys() - wanted[1])))
        get = one.texts.get
        for name, seen, put in columns:
            put(seen.setdefault(get(name, ""), len(seen)))
        for name, put_number in counts:
            put_number(one.numbers.get(name, nothing))
        origin_at.append(origins.setdefault(one.origin, len(origins)))
    return Observations(
        {name: Column(list(known[name]), at[name]) for name in texts}, values, Column(list(origins), origin_at)
    )
