"""A study's points -> a map of regions in which nobody stands alone, and points moved by a published law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError
from countersign.model.place import Displacement, Regions

if TYPE_CHECKING:
    from countersign.model.boundary import Boundary
    from countersign.model.cells import Floats
    from countersign.model.dataset import Dataset
    from countersign.protection.places.residents import Residents
    from countersign.study.study import Study
    from countersign.study.telling import Account

FOLDER = "places"
EACH = "each record"
"""What `contributor` says where no person gave two records."""
ALONE = ("person", "case", "household", "respondent")
"""Units of which each is there once, so that a record is a contributor."""


@dataclass(frozen=True)
class Map:
    """The points of a study, made coarse: regions, and moved points where a law is named."""

    data: str
    regions: Regions
    displacement: Displacement | None = None


def place(study: Study) -> Map:
    """Make the places of a study coarse, as its file says under ``protection.places``.

    Raises
    ------
    ProtectionError: the data have no coordinates; nobody says which records are of one person; see `adapt`, `displace`.
    DataError: a file that is named is not there or lacks a column.
    """
    from countersign.protection.places.regions import COARSEST, FINEST, adapt

    plan = study.plan.protection
    options = plan.places
    dataset = study.datasets[options.get("data", study.plan.main.name)]
    where = study.file.document.where
    latitude, longitude, contributors, kinds = _columns(study, dataset, options)
    residents = _residents(study, options)
    least = float(options.get("least_residents", protection_limit("residents_per_region") if residents else 0))
    regions = adapt(
        latitude,
        longitude,
        contributors=np.unique(np.array(contributors, dtype=object).astype(str), return_inverse=True)[1],
        k=int(options.get("k", protection_limit("contributors_per_region"))),
        finest=int(options.get("finest", FINEST)),
        coarsest=int(options.get("coarsest", COARSEST)),
        residents=residents,
        least_residents=least,
        sites=_sites(study, options),
    )
    if not options.get("law"):
        return Map(dataset.name, regions)
    from countersign.evidence.secret import FOLDER as SECRETS
    from countersign.evidence.secret import keep_secret
    from countersign.protection.places.displacing import displace, law

    named = options.get("secret", "")
    secret = keep_secret(study.place.study / (named or f"{SECRETS}/places"))
    areas = _areas(study, options, where("protection", "places", "within"))
    moved = displace(
        latitude,
        longitude,
        contributors=contributors,
        law=law(str(options["law"])),
        secret=secret,
        kinds=kinds,
        areas=areas,
        residents=residents,
        least_residents=least,
    )
    return Map(dataset.name, regions, moved)


def write_map(found: Map, study: Study) -> Path:
    """Write the folder ``places`` and return it; the old one stays until the new one is whole.

    Raises
    ------
    StoreError: the disk refused, or a folder of that name is not ours.
    """
    from countersign.evidence.delivery import deliver
    from countersign.publishing.language import speak
    from countersign.publishing.places import METHOD, write_places

    title = study.plan.title.get(study.plan.settings.language) or next(iter(study.plan.title.values()), "")
    words = speak(study.plan.settings.language)

    def build(folder: Path) -> None:
        write_places(
            found.regions, found.displacement, folder, title=title, words=words, synthetic=study.plan.synthetic
        )

    return deliver(build, study.place.folder / FOLDER, mark=METHOD)


def tell_map(found: Map, folder: Path, study: Study) -> Account:
    """Say how many regions there are, what is hidden, and how far points were moved."""
    from countersign.publishing.places import sentences
    from countersign.study.telling import Account, of_study

    data: dict[str, Any] = {
        "folder": str(folder),
        "regions": len(found.regions.regions),
        "k": found.regions.k,
        "points": None if found.displacement is None else len(found.displacement.latitude),
    }
    told = (*sentences(found.regions, found.displacement), f"The map is {folder / 'places.html'}")
    return Account("places", told, of_study(study, "run"), data)


def _columns(
    study: Study, dataset: Dataset, options: Mapping[str, Any]
) -> tuple[Floats, Floats, list[str], list[str] | None]:
    from countersign.tables import collect

    where = study.file.document.where
    north, east = dataset.role("latitude"), dataset.role("longitude")
    if not north or not east:
        raise ProtectionError(
            f"'{dataset.name}' does not say where its records come from.",
            where=where("data", dataset.name),
            expected="the roles latitude and longitude, in degrees",
            action="name the columns under 'roles', or another source under protection.places.data",
        )
    who = options.get("contributor") or study.plan.protection.contributor
    if not who and dataset.unit not in ALONE:
        raise ProtectionError(
            "Nobody says which records are of one person, so one busy person could look like many.",
            where=where("protection", "places"),
            expected=f"contributor: a column, or '{EACH}' where nobody gave two",
            action="add it under protection.places",
        )
    # A number of a row would be another one in the next release, and draw another move of the same place.
    own = list(dataset.roles.get("id", ())) if not who or who == EACH else [who]
    kind = [options["kind"]] if options.get("kind") else []
    missing = [name for name in (*own, *kind) if name not in dataset.codebook]
    if missing:
        raise ProtectionError(
            f"'{dataset.name}' has no column '{missing[0]}'.",
            where=where("protection", "places"),
            expected="a variable of this data source",
            action="correct the name",
        )
    found = collect(dataset.kept(), [north, east, *own, *kind])
    count = len(found[north])
    people = [f"row {number}" for number in range(count)]
    if own:
        # A record without a name is taken as one of a person of its own only together with all others without one.
        parts = [["" if one is None or one != one else str(one) for one in found[name].tolist()] for name in own]
        people = ["\x1f".join(each) for each in zip(*parts, strict=True)]
    kinds = [str(value) for value in found[kind[0]].tolist()] if kind else None
    return np.asarray(found[north], dtype=float), np.asarray(found[east], dtype=float), people, kinds


def _file(study: Study, name: str, *place: str) -> Path:
    return study.place.find(name, where=study.file.document.where("protection", "places", *place))


def _table(study: Study, file: str, columns: list[str], *place: str) -> list[Floats]:
    """Read columns of numbers from a table beside the study."""
    from countersign.study.inferring.rows import columns_of

    found = columns_of(_file(study, file, *place), columns)
    return [np.asarray(found[name], dtype=float) for name in columns]


def _residents(study: Study, options: Mapping[str, Any]) -> Residents | None:
    from countersign.protection.places.residents import Residents

    spec = options.get("residents")
    if not spec:
        return None
    names = [spec.get(key, key) for key in ("latitude", "longitude", "people")]
    return Residents(*_table(study, spec["file"], names, "residents"))


def _sites(study: Study, options: Mapping[str, Any]) -> tuple[Floats, Floats] | None:
    if not options.get("sites"):
        return None
    north, east = _table(study, options["sites"], ["latitude", "longitude"], "sites")
    return north, east


def _areas(study: Study, options: Mapping[str, Any], where: str) -> Mapping[str, Boundary] | None:
    from countersign.intake.boundary import read_areas

    spec = options.get("within")
    if not spec:
        return None
    return read_areas(_file(study, spec["file"], "within"), name=spec["name"], where=where)
