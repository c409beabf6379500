"""Observations in the order of their keys, then of time: the order in which every writer writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from countersign.model.data_structure import DataStructure
from countersign.model.observation import Column, Observations

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Order:
    """Observations sorted by key and time.

    Parameters
    ----------
    places: of the observations, in order. starts: where in `places` each series begins. same: where in `places` an
    observation has the key and the time of the one before.
    """

    places: Places
    starts: Places
    same: Places


def in_order(observations: Observations, structure: DataStructure) -> Order:
    """Sort observations by their codes in the order of the dimensions, then by time."""
    key = [_ranks(observations.columns[one.id]) for one in structure.dimensions]
    time = [_ranks(observations.columns[structure.time.id])] if structure.time else []
    if not len(observations):
        nothing = np.zeros(0, dtype=np.intp)
        return Order(nothing, nothing, nothing)
    places = np.lexsort([*reversed(time), *reversed(key)])
    new = np.ones(len(places), dtype=bool)
    new[1:] = False
    for ranks in key:
        sorted_ranks = ranks[places]
        new[1:] |= sorted_ranks[1:] != sorted_ranks[:-1]
    other = new.copy()
    for ranks in time:
        sorted_ranks = ranks[places]
        other[1:] |= sorted_ranks[1:] != sorted_ranks[:-1]
    return Order(places, np.flatnonzero(new), np.flatnonzero(~other))


def codes_of(column: Column) -> npt.NDArray[Any]:
    """Return the places of a column's texts as an array, without copying them."""
    return np.frombuffer(column.at, dtype=np.uint32) if len(column.at) else np.zeros(0, dtype=np.uint32)


def _ranks(column: Column) -> npt.NDArray[Any]:
    """The place of each observation's text in the sorted texts."""
    ranks = np.empty(len(column.texts), dtype=np.uint32)
    ranks[sorted(range(len(column.texts)), key=column.texts.__getitem__)] = np.arange(
        len(column.texts), dtype=np.uint32
    )
    found: npt.NDArray[Any] = ranks[codes_of(column)]
    return found
