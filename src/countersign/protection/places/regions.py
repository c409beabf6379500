"""Points of contributors -> regions from which enough people contributed and in which enough people live."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.model.place import Region, Regions
from countersign.model.sphere import located
from countersign.protection.places.residents import Residents

FINEST, COARSEST = 9, 4
"""H3 resolutions to go between if nobody says otherwise: hexagons of about 0.1 and of about 1,770 square kilometres."""


def adapt(
    latitude: Floats,
    longitude: Floats,
    *,
    contributors: Integers,
    k: int,
    finest: int = FINEST,
    coarsest: int = COARSEST,
    residents: Residents | None = None,
    least_residents: float = 0.0,
    sites: tuple[Floats, Floats] | None = None,
) -> Regions:
    """Return the finest map of H3 cells in which no region has too few people.

    Each cell of the coarsest resolution is split into its parts as long as every part is safe. Parts that are not are
    put together with each other; if they are still too few together, the smallest safe part joins them. So regions
    never overlap, and none is the difference of two others.

    Parameters
    ----------
    latitude, longitude: (N,) degrees; what is no place is counted. contributors: (N,) number of the person; the
    records of one person count as one in each region.
    k: fewest contributors to a region. residents, least_residents: where people live, and fewest of them in a region.
    sites: latitude and longitude of places that must stay secret, such as shelters: a cell with one is never split.

    Raises
    ------
    ProtectionError: k below 2, resolutions in the wrong order, or fewest residents without a population table.

    Source: H3 grid (Brodsky 2018); adaptive aggregation after Lagonigro, Oller and Martori (2017), SORT 41.
    """
    _refuse(k, finest, coarsest, residents, least_residents)
    import h3.api.basic_int as h3

    placed = np.flatnonzero(located(latitude, longitude))
    at = [
        h3.latlng_to_cell(north, east, finest)
        for north, east in zip(latitude[placed].tolist(), longitude[placed].tolist(), strict=True)
    ]
    names, fine = np.unique(np.array(at, dtype=np.uint64), return_inverse=True)
    levels = {
        resolution: np.array([h3.cell_to_parent(name, resolution) for name in names.tolist()], dtype=np.uint64)
        for resolution in range(coarsest, finest + 1)
    }
    secret = frozenset(
        h3.cell_to_parent(h3.latlng_to_cell(north, east, finest), resolution)
        for north, east in (zip(*(side.tolist() for side in sites), strict=True) if sites else ())
        for resolution in range(coarsest, finest)
    )
    work = _Map(contributors[placed], fine, levels, k, residents, least_residents, secret)
    of_record = np.full(len(latitude), -1, dtype=np.int64)
    regions: list[Region] = []
    for cells, rows, resolution in work.regions(coarsest, finest):
        of_record[placed[rows]] = len(regions)
        regions.append(work.region(cells, rows, resolution))
    return Regions(
        regions=tuple(regions),
        k=k,
        finest=finest,
        coarsest=coarsest,
        least_residents=least_residents,
        hidden_records=int((of_record[placed] < 0).sum()),
        without_place=len(latitude) - len(placed),
        sites=len(sites[0]) if sites else 0,
        of_record=of_record,
    )


def _refuse(k: int, finest: int, coarsest: int, residents: Residents | None, least_residents: float) -> None:
    if k < 2:
        raise ProtectionError(
            "A region of one contributor shows where that person is.",
            where="k",
            expected="a whole number from 2 on",
            action="take 5 or more for a map that everybody may see",
        )
    if not 0 <= coarsest <= finest <= 15:
        raise ProtectionError(
            f"The map cannot go from resolution {coarsest} to {finest}.",
            where="coarsest, finest",
            expected="two numbers from 0 (a continent) to 15 (a square metre), the coarsest first",
            action="correct the two",
        )
    if least_residents > 0 and residents is None:
        raise ProtectionError(
            "Nobody says where people live, so no fewest number of residents can be kept.",
            where="least_residents",
            expected="a population table with latitude, longitude and people",
            action="name one, or leave the number of residents out",
        )


Part = tuple[tuple[int, ...], Integers, int]  # cells, rows, resolution
Cells = npt.NDArray[np.uint64]


class _Map:
    """The records by cell, and the rules a region must keep."""

    def __init__(
        self,
        contributors: Integers,
        fine: Integers,
        levels: dict[int, Cells],
        k: int,
        residents: Residents | None,
        least: float,
        secret: frozenset[int],
    ) -> None:
        self.contributors, self.fine, self.levels = contributors, fine, levels
        self.k, self.residents, self.least, self.secret = k, residents, least, secret

    def regions(self, coarsest: int, finest: int) -> Iterator[Part]:
        for cell, rows in self.parts(np.arange(len(self.fine)), coarsest):
            part = ((cell,), rows, coarsest)
            if self.safe(part):
                yield from self.split(part, finest)

    def split(self, part: Part, finest: int) -> Iterator[Part]:
        (cell, *more), rows, resolution = part
        if more or resolution == finest or cell in self.secret:
            yield part
            return
        children: list[Part] = [((cell,), own, resolution + 1) for cell, own in self.parts(rows, resolution + 1)]
        whole = [child for child in children if self.safe(child)]
        rest = [child for child in children if not self.safe(child)]
        # Smallest first, and by name where they are equally small: the same map whatever the order of the records.
        whole.sort(key=lambda child: (self.people(child[1]), child[0]))
        while rest and whole and not self.safe(_joined(rest)):
            rest.append(whole.pop(0))
        if rest and not whole:
            yield part
            return
        if rest:
            yield _joined(rest)
        for child in whole:
            yield from self.split(child, finest)

    def parts(self, rows: Integers, resolution: int) -> list[tuple[int, Integers]]:
        names, code = np.unique(self.levels[resolution][self.fine[rows]], return_inverse=True)
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code, minlength=len(names)))
        starts = np.concatenate([[0], ends])
        return [(int(name), rows[order[starts[at] : starts[at + 1]]]) for at, name in enumerate(names)]

    def people(self, rows: Integers) -> int:
        return len(np.unique(self.contributors[rows]))

    def living(self, cells: tuple[int, ...], resolution: int) -> float | None:
        if self.residents is None:
            return None
        here = self.residents.within(resolution, finest=max(self.levels))
        return sum(here.get(cell, 0.0) for cell in cells)

    def safe(self, part: Part) -> bool:
        cells, rows, resolution = part
        living = self.living(cells, resolution)
        return self.people(rows) >= self.k and (living is None or living >= self.least)

    def region(self, cells: tuple[int, ...], rows: Integers, resolution: int) -> Region:
        names = tuple(f"{cell:x}" for cell in cells)
        return Region(names, resolution, self.people(rows), len(rows), self.living(cells, resolution))


def _joined(parts: list[Part]) -> Part:
    cells = sorted(cell for part in parts for cell in part[0])
    return tuple(cells), np.concatenate([rows for _, rows, _ in parts]), parts[0][2]
