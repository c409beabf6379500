"""Points of contributors -> points moved by a law that is published, inside their administrative unit.

Moves are drawn from a secret and the person, not from a random stream: the same place of the same person moves the
same way in every release, so averaging releases gives nothing away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.boundary import Boundary
from countersign.model.cells import Floats, Integers
from countersign.model.place import Displacement, DisplacementLaw
from countersign.model.sphere import distance, located, travel
from countersign.protection.places.residents import Residents

TRIES = 200
"""Draws until a point counts as impossible to place."""
FIRST = 4
"""Draws made at once; most points need no more."""
WIDER = (1.0, 2.0, 4.0, 8.0)
"""Factors by which distances grow where too few people live near."""
LEAST_SECRET = 16  # bytes


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

    Source: Burgert et al. (2013) for the first law; Hampton et al. (2010) for the ring and for k from residents.
    """
    _refuse(law, secret, kinds, residents, least_residents)
    placed = np.flatnonzero(located(latitude, longitude))
    kind = ["rural"] * len(latitude) if kinds is None else list(kinds)
    reach = max(law.farthest.values())
    unit, names = _units(latitude, longitude, placed, contributors, reach)
    count = len(names)
    size = np.bincount(unit[placed])
    middle = _middle(unit[placed], latitude[placed], longitude[placed])
    kind_of = {
        int(unit[row]): kind[row] for row in sorted(placed, key=lambda row: (law.farthest[kind[row]], kind[row]))
    }
    mover = _Mover(law, secret, residents, least_residents)
    shown = np.full((count, 3), np.nan)
    area = [""] * count
    for number, name in enumerate(names):
        origin = float(middle[number, 0]), float(middle[number, 1])
        area[number], outline = _area(areas, origin)
        if areas is None or outline is not None:
            shown[number] = mover.move(name, origin, kind_of[number], outline)
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
    """Return the number of the place of each record, and for each place a name that the record order does not change.

    Sorted by person and position, a record belongs to the first place of its person within `reach` kilometres.
    """
    unit = np.full(len(latitude), -1, dtype=np.int64)
    names: list[str] = []
    order = sorted(placed.tolist(), key=lambda row: (contributors[row], latitude[row], longitude[row]))
    heads: dict[str, list[tuple[int, Floats, Floats]]] = {}
    for row in order:
        person = contributors[row]
        mine = heads.setdefault(person, [])
        at = np.array(latitude[row]), np.array(longitude[row])
        near = next((own for own, north, east in mine if distance(*at, north, east) <= reach), None)
        if near is None:
            near = len(names)
            names.append(f"{person}\x1f{len(mine)}")
            mine.append((near, *at))
        unit[row] = near
    return unit, names


def _middle(unit: Integers, latitude: Floats, longitude: Floats) -> Floats:
    """Return latitude and longitude of the middle of each place, (U, 2).

    In space, not in degrees: the mean of 179 and -179 degrees is on the other side of the earth.
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    axes = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    x, y, z = (np.bincount(unit, axis) for axis in axes)
    middle: Floats = np.degrees(np.column_stack([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)]))
    return middle


def _area(areas: Mapping[str, Boundary] | None, origin: tuple[float, float]) -> tuple[str, Boundary | None]:
    for name, outline in (areas or {}).items():
        if outline.contains(np.array([origin[1]]), np.array([origin[0]]))[0]:
            return name, outline
    return "", None


class _Mover:
    """Draws from a secret: draw t of a place is a hash of both, never of what was drawn before."""

    def __init__(self, law: DisplacementLaw, secret: bytes, residents: Residents | None, least: float) -> None:
        self.law, self.secret, self.residents, self.least = law, secret, residents, least
        self.crowd = residents if least > 0 else None

    def move(
        self, name: str, origin: tuple[float, float], kind: str, outline: Boundary | None
    ) -> tuple[float, float, float]:
        """Return latitude, longitude and the factor of the distance; nan where there is no such point."""
        north, east = np.array([origin[0]]), np.array([origin[1]])
        for factor in WIDER[:1] if self.crowd is None else WIDER:
            for turns in (range(FIRST), range(FIRST, TRIES)):
                draws = np.array([self._uniform(name, factor, turn) for turn in turns])
                far = factor * self.distances(draws[:, 0], draws[:, 1], kind)
                to = travel(north, east, far, 2 * np.pi * draws[:, 2])
                good = np.ones(len(turns), dtype=bool) if outline is None else outline.contains(to[1], to[0])
                if self.crowd is not None:
                    good[good] = self.crowd.near(to[0][good], to[1][good], far[good]) >= self.least
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

    def _uniform(self, name: str, factor: float, turn: int) -> tuple[float, float, float]:
        digest = hashlib.blake2b(f"{name}\x1f{factor:g}\x1f{turn}".encode(), key=self.secret[:64], digest_size=24)
        whole = np.frombuffer(digest.digest(), dtype="<u8") >> np.uint64(11)
        return tuple((whole / 2.0**53).tolist())

    def nearer(self, shown: Floats, middle: Floats) -> tuple[float, float, float] | None:
        """Return the least, 5th percentile and median of residents as near to the point shown as the true place."""
        if self.residents is None or not len(shown):
            return None
        far = distance(shown[:, 0], shown[:, 1], middle[:, 0], middle[:, 1])
        people = self.residents.near(shown[:, 0], shown[:, 1], far)
        low, few, half = (float(each) for each in np.quantile(people, (0.0, 0.05, 0.5)))
        return low, few, half
