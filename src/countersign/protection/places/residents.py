"""A population table -> how many people live in a hexagon, and how many live near a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.cells import Floats
from countersign.model.sphere import EARTH, distance


@dataclass(frozen=True)
class Residents:
    """Where people live.

    Parameters
    ----------
    latitude, longitude: (P,) degrees: middles of the cells of a population grid, or of villages.
    people: (P,) residents there.

    Raises
    ------
    ProtectionError: no place at all, coordinates that are no degrees, a negative or missing number.
    """

    latitude: Floats
    longitude: Floats
    people: Floats
    _sums: dict[tuple[int, int], Mapping[int, float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        wrong = ~(np.abs(self.latitude) <= 90) | ~(np.abs(self.longitude) <= 180) | ~(self.people >= 0)
        if not len(self.people) or wrong.any():
            raise ProtectionError(
                f"{int(wrong.sum())} of {len(self.people)} places of the population table cannot be used.",
                where="population",
                expected="latitude, longitude and a number of people from 0 on, in every row",
                action="correct these rows, or leave them out",
            )

    def within(self, resolution: int, *, finest: int) -> Mapping[int, float]:
        """Return H3 cell -> residents, for the cells of one resolution where anybody lives.

        A place belongs to the cell above its cell of the `finest` resolution, as records do: H3 nests by number.
        """
        if (resolution, finest) not in self._sums:
            import h3.api.basic_int as h3

            sums: dict[int, float] = {}
            places = zip(self.latitude.tolist(), self.longitude.tolist(), self.people.tolist(), strict=True)
            for north, east, people in places:
                cell = h3.cell_to_parent(h3.latlng_to_cell(north, east, finest), resolution)
                sums[cell] = sums.get(cell, 0.0) + people
            self._sums[resolution, finest] = sums
        return self._sums[resolution, finest]

    def near(self, latitude: Floats, longitude: Floats, kilometres: Floats) -> Floats:
        """Return how many people live within so many kilometres of each point, (N,).

        A grid cell counts if its middle lies within the circle.
        """
        found = np.zeros(len(latitude))
        order = np.argsort(self.latitude)
        sorted_latitude = self.latitude[order]
        reach = np.degrees(np.asarray(kilometres) / EARTH)
        first = np.searchsorted(sorted_latitude, latitude - reach - 1e-9, side="left")
        last = np.searchsorted(sorted_latitude, latitude + reach + 1e-9, side="right")
        for place in range(len(latitude)):
            near = order[first[place] : last[place]]
            far = distance(latitude[place], longitude[place], self.latitude[near], self.longitude[near])
            found[place] = self.people[near][far <= kilometres[place]].sum()
        return found
