"""Places and texts, on plain tables: wide regions, moved points, identifiers in free text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from countersign.errors import DataError
from countersign.model.cells import Floats
from countersign.model.place import Displacement, Regions
from countersign.model.tabular import Tabular
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import columns_of

if TYPE_CHECKING:
    from countersign.protection.places.residents import Residents


@verb
def coarsen_places(
    table: Any,
    *,
    contributor: str,
    k: int = 5,
    latitude: str = "latitude",
    longitude: str = "longitude",
    finest: int = 9,
    coarsest: int = 4,
    residents: Any = None,
    least_residents: float = 0.0,
    where: str = "",
) -> Regions:
    """Put points into regions of H3 cells, each as small as the number of people in it allows.

    Parameters
    ----------
    table: one row a record. contributor: column that names the person; the records of one person count once.
    k: fewest contributors to a region. latitude, longitude: columns in degrees.
    finest, coarsest: H3 resolutions, 0 to 15. where: condition on the rows.
    residents: table with the columns latitude, longitude and people. least_residents: fewest of them in a region.

    Raises
    ------
    ProtectionError: k below 2, resolutions in the wrong order, fewest residents without a table of them.
    DataError: an unknown column, or a record without a contributor.

    Source: H3 grid (Brodsky 2018); adaptive aggregation after Lagonigro, Oller and Martori (2017), SORT 41.
    """
    from countersign.protection.places.regions import adapt

    points = _points(table, latitude, longitude, contributor, where)
    return adapt(
        points.latitude,
        points.longitude,
        contributors=np.unique(np.array(points.people, dtype=object).astype(str), return_inverse=True)[1],
        k=k,
        finest=finest,
        coarsest=coarsest,
        residents=_residents(residents),
        least_residents=least_residents,
    )


@verb
def displace_points(
    table: Any,
    *,
    contributor: str,
    secret: str,
    law: Literal["dhs", "donut"] = "donut",
    latitude: str = "latitude",
    longitude: str = "longitude",
    kind: str = "",
    residents: Any = None,
    least_residents: float = 0.0,
    where: str = "",
) -> Displacement:
    """Move each place of each contributor by a law that is published.

    Parameters
    ----------
    table, contributor, latitude, longitude, where: as in `coarsen_places`.
    secret: file with the secret, made if it is not there. With the same one, the same place moves the same way.
    law: of the catalogue's list ``displacement_laws``. kind: column with ``urban`` or ``rural``; left out, all points
        move as rural ones do.
    residents, least_residents: at least so many people must live as near to the point shown as the true place lies.

    Raises
    ------
    ProtectionError: a kind the law does not know. DataError: an unknown column, or a record without a contributor.

    Source: Burgert et al. (2013); Hampton et al. (2010).
    """
    from countersign.evidence.secret import keep_secret
    from countersign.protection.places.displacing import displace
    from countersign.protection.places.displacing import law as known_law

    points = _points(table, latitude, longitude, contributor, where, kind)
    return displace(
        points.latitude,
        points.longitude,
        contributors=points.people,
        law=known_law(law),
        secret=keep_secret(Path(secret)),
        kinds=points.kinds,
        residents=_residents(residents),
        least_residents=least_residents,
    )


@dataclass(frozen=True)
class Found(Tabular):
    """What may give somebody away in free text: how often each kind was found in each column, never what it says."""

    counts: tuple[tuple[str, str, int], ...]
    texts: int
    clean: int

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each column and kind."""
        return [{"column": column, "kind": kind, "found": count} for column, kind, count in self.counts]


@verb
def count_identifiers(
    table: Any, *, texts: Sequence[str], names: Sequence[str] = (), countries: Sequence[str] = (), where: str = ""
) -> Found:
    """Count what may give somebody away in columns of free text.

    Parameters
    ----------
    texts: columns answered in people's own words. names: columns with names of people: these names are looked for.
    countries: two-letter codes; their identity numbers and national telephone numbers are looked for too.
    where: condition on the rows.

    Raises
    ------
    DataError: an unknown column.
    """
    from countersign.protection.texts.screening import screen

    found = columns_of(table, [*texts, *names], where=where)
    listed = sorted({str(value) for name in names for value in found[name].tolist() if value is not None})
    columns = {name: [None if value is None else str(value) for value in found[name].tolist()] for name in texts}
    screening = screen(columns, secret=b"the order is not shown", countries=countries, names=listed)
    counts = tuple(
        (column, kind, count) for column, kinds in screening.counts().items() for kind, count in kinds.items()
    )
    return Found(tuple(sorted(counts)), texts=len(screening.texts), clean=screening.clean)


@dataclass(frozen=True)
class _Points:
    latitude: Floats
    longitude: Floats
    people: list[str]
    kinds: list[str] | None


def _points(table: Any, latitude: str, longitude: str, contributor: str, where: str, kind: str = "") -> _Points:
    found = columns_of(table, [latitude, longitude, contributor, *([kind] if kind else [])], where=where)
    people = found[contributor].tolist()
    if gone := sum(value is None or value != value for value in people):
        raise DataError(
            f"{gone} records have no contributor.",
            where=contributor,
            expected="who gave the record, in every row",
            action="leave these rows out with 'where', and say so",
        )
    return _Points(
        np.asarray(found[latitude], dtype=float),
        np.asarray(found[longitude], dtype=float),
        [str(value) for value in people],
        [str(value) for value in found[kind].tolist()] if kind else None,
    )


def _residents(table: Any) -> Residents | None:
    from countersign.protection.places.residents import Residents

    if table is None:
        return None
    found = columns_of(table, ["latitude", "longitude", "people"])
    return Residents(*(np.asarray(found[name], dtype=float) for name in ("latitude", "longitude", "people")))
