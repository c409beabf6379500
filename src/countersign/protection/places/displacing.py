"""Points of contributors -> points moved by a law that is published, inside their administrative unit.

Moves are drawn from a secret, the person and the position, not from a random stream: the same place of the same person
moves the same way in every release, whatever else is in it, so averaging releases gives nothing away.

Each person has a field of their own over the earth, from which draws are read. Space is a lattice of cubes; each corner
has numbers with a standard normal distribution, made by a keyed hash of the person and the corner. At a position the
numbers of the 8 corners around it are added with weights whose squares add up to one, so the sum is standard normal
wherever that is, and its distribution function is exactly even between 0 and 1, as the published law asks for. It is
continuous: a place whose middle is measured a little elsewhere is moved a little otherwise, not anew. Cubes are so
small that places of one person twice the law's farthest distance apart have no corner in common; once that distance
apart, their sums have a correlation of at most 1/8.

The distances of the law are part of what is hashed. Were they not, a place shown under two laws, or as urban and later
as rural, would go the same way by two distances of one draw, and these tell the draw and the place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.boundary import Boundary
from countersign.model.cells import Floats, Integers
from countersign.model.place import Displacement, DisplacementLaw
from countersign.model.sphere import EARTH, distance, located, travel
from countersign.protection.places.residents import Residents

TRIES = 200
"""Draws until a point counts as impossible to place."""
FIRST = 4
"""Draws made at once; most points need no more."""
WIDER = (1.0, 2.0, 4.0, 8.0)
"""Factors by which distances grow where too few people live near."""
LEAST_SECRET = 16  # bytes
CORNERS = np.array(list(product((0, 1), repeat=3)))
"""Of a cube of the lattice, seen from the one with the lowest coordinates."""


def law(name: str) -> DisplacementLaw:
    """Return a law of the catalogue (list ``displacement_laws``).

    Raises
    ------
    CatalogueError: there is no such law; the nearest name is told.
    """
    from countersign.catalogue import load

    entry = load("displacement_laws")[name]
    return DisplacementLaw(
        id=name,
        title=entry.title,
        nearest={kind: float(km) for kind, km in entry["nearest"].items()},
        farthest={kind: float(km) for kind, km in entry["farthest"].items()},
        far={kind: (float(share), float(km)) for kind, (share, km) in entry.get("far", {}).items()},
        uniform=str(entry["uniform"]),
        source=entry.source,
    )


def displace(
    latitude: Floats,
    longitude: Floats,
    *,
    contributors: Sequence[str],
    law: DisplacementLaw,
    secret: bytes,
    kinds: Sequence[str] | None = None,
    areas: Mapping[str, Boundary] | None = None,
    residents: Residents | None = None,
    least_residents: float = 0.0,
) -> Displacement:
    """Move each place of each contributor by a distance and in a direction drawn by the law.

    Records of one person that lie within the law's farthest distance of each other are one place: their middle is moved
    once. Moved one by one, their mean would tell where they are. If they are of several kinds, the one that moves
    farthest counts.

    Parameters
    ----------
    latitude, longitude: (N,) degrees; what is no place is counted. contributors: (N,) who.
    kinds: (N,) ``urban`` or ``rural``; left out, every point is taken as ``rural``, which moves farther.
    secret: at least 16 bytes, the same for every release.
    areas: name of an administrative unit -> its outline; a point stays in its unit.
    residents, least_residents: at least so many people must live as near to the point shown as the true place lies;
    where they do not, distances grow to 2, 4 and 8 times.

    Raises
    ------
    ProtectionError: a secret that is too short, a kind the law does not know, residents asked for without a table.

    Source: Burgert et al. (2013) for the first law; Hampton et al. (2010) for the ring and for k from residents. The
    field from which moves are drawn is of this project.
    """
    _refuse(law, secret, kinds, residents, least_residents)
    placed = np.flatnonzero(located(latitude, longitude))
    # The last digit of a sum depends on its order: that of the file shall not move anything.
    placed = placed[np.lexsort((longitude[placed], latitude[placed]))]
    kind = ["rural"] * len(latitude) if kinds is None else list(kinds)
    mover = _Mover(law, secret, residents, least_residents)
    unit, people = _units(latitude, longitude, placed, contributors, mover.reach)
    count = len(people)
    size = np.bincount(unit[placed])
    middle = _middle(unit[placed], latitude[placed], longitude[placed])
    kind_of = {
        int(unit[row]): kind[row] for row in sorted(placed, key=lambda row: (law.farthest[kind[row]], kind[row]))
    }
    shown = np.full((count, 3), np.nan)
    area = [""] * count
    for number, person in enumerate(people):
        origin = float(middle[number, 0]), float(middle[number, 1])
        area[number], outline = _area(areas, origin)
        if areas is None or outline is not None:
            shown[number] = mover.move(person, origin, kind_of[number], outline)
    kept = np.flatnonzero(~np.isnan(shown[:, 0]))
    number_of = np.full(count, -1, dtype=np.int64)
    # Points come out in an order of their own: that of the file would tell whose they are.
    kept = kept[np.argsort(shown[kept, 0])]
    number_of[kept] = np.arange(len(kept))
    of_record = np.full(len(latitude), -1, dtype=np.int64)
    of_record[placed] = number_of[unit[placed]]
    return Displacement(
        latitude=shown[kept, 0],
        longitude=shown[kept, 1],
        records=size[kept],
        area=tuple(area[place] for place in kept),
        law=law,
        withheld=count - len(kept),
        repeated=len(placed) - count,
        widened=int((shown[kept, 2] > 1).sum()),
        without_place=len(latitude) - len(placed),
        nearer=mover.nearer(shown[kept], middle[kept]),
        of_record=of_record,
    )


def _refuse(
    law: DisplacementLaw, secret: bytes, kinds: Sequence[str] | None, residents: Residents | None, least: float
) -> None:
    if len(secret) < LEAST_SECRET:
        raise ProtectionError(
            "The secret is so short that moves could be guessed.",
            where="secret",
            expected=f"at least {LEAST_SECRET} bytes that nobody else knows",
            action="let the program make the file, and keep it for the next release",
        )
    unknown = sum(kind not in law.farthest for kind in kinds or ())
    if unknown:
        raise ProtectionError(
            f"{unknown} points are of a kind that the law '{law.id}' does not know.",
            where="kinds",
            expected=" or ".join(law.farthest),
            action="recode the column",
        )
    if least > 0 and residents is None:
        raise ProtectionError(
            "Nobody says where people live, so nobody knows how many live near a point.",
            where="least_residents",
            expected="a population table with latitude, longitude and people",
            action="name one, or leave the number of residents out",
        )


def _units(
    latitude: Floats, longitude: Floats, placed: Integers, contributors: Sequence[str], reach: float
) -> tuple[Integers, list[str]]:
    """Return the number of the place of each record, and for each place whose it is.

    Sorted by person and position, a record belongs to the first place of its person within `reach` kilometres.
    """
    unit = np.full(len(latitude), -1, dtype=np.int64)
    people: list[str] = []
    order = sorted(placed.tolist(), key=lambda row: (contributors[row], latitude[row], longitude[row]))
    heads: dict[str, list[tuple[int, Floats, Floats]]] = {}
    for row in order:
        person = contributors[row]
        mine = heads.setdefault(person, [])
        at = np.array(latitude[row]), np.array(longitude[row])
        near = next((own for own, north, east in mine if distance(*at, north, east) <= reach), None)
        if near is None:
            near = len(people)
            people.append(person)
            mine.append((near, *at))
        unit[row] = near
    return unit, people


def _middle(unit: Integers, latitude: Floats, longitude: Floats) -> Floats:
    """Return latitude and longitude of the middle of each place, (U, 2).

    In space, not in degrees: the mean of 179 and -179 degrees is on the other side of the earth.
    """
    x, y, z = (np.bincount(unit, axis) for axis in _in_space(latitude, longitude))
    middle: Floats = np.degrees(np.column_stack([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)]))
    return middle


def _in_space(latitude: Floats, longitude: Floats) -> Floats:
    """Return positions on a sphere of radius one, (3, N)."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _area(areas: Mapping[str, Boundary] | None, origin: tuple[float, float]) -> tuple[str, Boundary | None]:
    for name, outline in (areas or {}).items():
        if outline.contains(np.array([origin[1]]), np.array([origin[0]]))[0]:
            return name, outline
    return "", None


class _Mover:
    """Draws from a secret: draw t at a position follows from these and the person, never from what was drawn before."""

    def __init__(self, law: DisplacementLaw, secret: bytes, residents: Residents | None, least: float) -> None:
        self.law, self.secret, self.residents, self.least = law, secret, residents, least
        self.crowd = residents if least > 0 else None
        self.reach = max(law.farthest.values())

    def move(
        self, person: str, origin: tuple[float, float], kind: str, outline: Boundary | None
    ) -> tuple[float, float, float]:
        """Return latitude, longitude and the factor of the distance; nan where there is no such point."""
        north, east = np.array([origin[0]]), np.array([origin[1]])
        corners, weights = self._around(north, east)
        for factor in WIDER[:1] if self.crowd is None else WIDER:
            for turns in (range(FIRST), range(FIRST, TRIES)):
                draws = self._uniform(f"{self._ring(kind)}\x1f{person}\x1f{factor:g}", turns, corners, weights)
                far = factor * self.distances(draws[:, 0], draws[:, 1], kind)
                to = travel(north, east, far, 2 * np.pi * draws[:, 2])
                good = np.ones(len(turns), dtype=bool) if outline is None else outline.contains(to[1], to[0])
                if self.crowd is not None:
                    # Measured and not taken as drawn, as in what is told of all: the last digit may count a household.
                    back = distance(to[0], to[1], north, east)
                    good[good] = self.crowd.near(to[0][good], to[1][good], back[good]) >= self.least
                if good.any():
                    chosen = int(np.flatnonzero(good)[0])
                    return float(to[0][chosen]), float(to[1][chosen]), factor
        return np.nan, np.nan, np.nan

    def distances(self, how_far: Floats, which: Floats, kind: str) -> Floats:
        """Return distances in kilometres from two uniform draws."""
        share, beyond = self.law.far.get(kind, (0.0, 0.0))
        low = self.law.nearest[kind]
        high = np.where(which < share, beyond, self.law.farthest[kind])
        if self.law.uniform == "area":
            ring: Floats = np.sqrt(low**2 + how_far * (high**2 - low**2))
            return ring
        return low + how_far * (high - low)

    def _ring(self, kind: str) -> str:
        law = self.law
        share, beyond = law.far.get(kind, (0.0, 0.0))
        numbers = self.reach, law.nearest[kind], law.farthest[kind], share, beyond
        return "\x1f".join([law.uniform, *(str(float(number)) for number in numbers)])

    def _around(self, north: Floats, east: Floats) -> tuple[list[str], Floats]:
        """Return the corners of the lattice around a position, and weights whose squares add up to one."""
        position = _in_space(north, east)[:, 0] * EARTH * 3**0.5 / self.reach
        corners = np.floor(position).astype(np.int64) + CORNERS
        weights: Floats = np.cos(np.pi / 2 * (position - corners)).prod(axis=1)
        return [f"{x}\x1f{y}\x1f{z}" for x, y, z in corners.tolist()], weights

    def _uniform(self, start: str, turns: range, corners: list[str], weights: Floats) -> Floats:
        """Return three draws between 0 and 1 for each turn, (T, 3)."""
        from scipy.special import ndtr, ndtri

        begun = hashlib.blake2b(start.encode(), key=self.secret[:64], digest_size=24)
        digests = []
        for turn in turns:
            for corner in corners:
                one = begun.copy()
                one.update(f"\x1f{turn}\x1f{corner}".encode())
                digests.append(one.digest())
        whole = np.frombuffer(b"".join(digests), dtype="<u8").reshape(len(turns), len(corners), 3) >> np.uint64(12)
        # One half more keeps clear of 0 and 1, whose normal numbers are infinite.
        even: Floats = ndtr(weights @ ndtri((whole + 0.5) / 2.0**52))
        return even

    def nearer(self, shown: Floats, middle: Floats) -> tuple[float, float, float] | None:
        """Return the least, 5th percentile and median of residents as near to the point shown as the true place."""
        if self.residents is None or not len(shown):
            return None
        far = distance(shown[:, 0], shown[:, 1], middle[:, 0], middle[:, 1])
        people = self.residents.near(shown[:, 0], shown[:, 1], far)
        low, few, half = (float(each) for each in np.quantile(people, (0.0, 0.05, 0.5)))
        return low, few, half
