"""Observations in blocks of whole series, each code turned into text once: what all writers stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from countersign.model.data_structure import Component
from countersign.model.observation import Observations
from countersign.publishing.sdmx.order import Order, Places, codes_of

SIZE = 8192

Written = Callable[[str, str], str]
"""Component and text -> how it stands in the file."""


class Block(NamedTuple):
    """Some whole series.

    Parameters
    ----------
    places: of its observations. first: of the first observation of each series. ends: where each series ends within
    `places`.
    """

    places: Places
    first: Places
    ends: Sequence[int]


def blocks(order: Order, size: int = SIZE) -> Iterator[Block]:
    """Yield series in order, about `size` observations at a time; a longer series is a block of its own."""
    starts = order.starts
    bounds = np.append(starts, len(order.places))
    number = 0
    while number < len(starts):
        after = max(number + 1, int(np.searchsorted(bounds, bounds[number] + size, side="right")) - 1)
        low, high = int(bounds[number]), int(bounds[after])
        yield Block(
            order.places[low:high], order.places[starts[number:after]], (bounds[number + 1 : after + 1] - low).tolist()
        )
        number = after


class Texts:
    """The text of every component of every observation, as one format writes it.

    Parameters
    ----------
    written: how a text stands in the file; called once a text. counted: how a number does. absent: what stands for
    nothing.
    """

    def __init__(
        self, observations: Observations, *, written: Written, counted: Callable[[str, float], str], absent: str = ""
    ) -> None:
        self._observations, self._counted, self._absent = observations, counted, absent
        self._texts = {
            name: [written(name, text) if place else absent for place, text in enumerate(column.texts)]
            for name, column in observations.columns.items()
        }

    def of(self, component: Component, places: Places) -> Sequence[str]:
        """Return the texts of one component at some places."""
        name, absent, counted = component.id, self._absent, self._counted
        if name in self._observations.numbers:
            numbers = np.frombuffer(self._observations.numbers[name], dtype=np.float64)[places].tolist()
            return [counted(name, number) if number == number else absent for number in numbers]
        if name not in self._texts:
            return [absent] * len(places)
        texts = self._texts[name]
        return [texts[place] for place in codes_of(self._observations.columns[name])[places].tolist()]

    def rows(self, components: Iterable[Component], places: Places) -> Iterator[tuple[str, ...]]:
        """Yield the texts of some components, place by place."""
        return zip(*(self.of(one, places) for one in components), strict=True)


def number(value: float) -> str:
    """Return a number with up to 15 digits, as everywhere in a release; whole numbers without a point."""
    return f"{value:.15g}"


def used(observations: Observations, component: Component) -> npt.NDArray[Any]:
    """Return the places of the texts of a component that some observation has, in the order of the texts."""
    column = observations.columns.get(component.id)
    return np.unique(codes_of(column)) if column is not None else np.zeros(0, dtype=np.uint32)
