"""The output ``sdmx`` of a study: its structure, what is checked without data, the files, and what is said of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countersign.model.data_structure import DataStructure
    from countersign.model.plan import Plan
    from countersign.model.release import Release
    from countersign.study.reading import StudyFile

NAME = "sdmx"
FOLDER = "sdmx"


def wanted(plan: Plan) -> bool:
    """Return whether a study asks for SDMX."""
    return NAME in plan.publish


def structure_of(file: StudyFile) -> DataStructure | None:
    """Return the structure the figures go out in: that of the study's file, else the global one; None if not asked for.

    Raises
    ------
    DataError: the file cannot be read; see `countersign.publishing.sdmx.read_structure`.
    """
    plan = file.plan
    if not wanted(plan):
        return None
    if plan.sdmx is None or not plan.sdmx.structure:
        from countersign.catalogue.sdmx import sdg

        return sdg()
    from countersign.publishing.sdmx import read_structure

    where = file.document.where(NAME, "structure")
    return read_structure(file.folder / plan.sdmx.structure, named=plan.sdmx.structure_id, where=where)


def check_sdmx(file: StudyFile) -> None:
    """Hold what the study file says of SDMX against the structure, without data.

    Raises
    ------
    DataError: see `structure_of`. ReleaseError: a code, a series or a component that the structure lacks.
    """
    structure = structure_of(file)
    if structure is not None:
        from countersign.publishing.sdmx import check_plan

        check_plan(file.plan, structure, where=file.document.where)


def write_sdmx_files(release: Release, folder: Path) -> None:
    """Write the figures as SDMX; see `countersign.publishing.sdmx.write_sdmx`."""
    from countersign.publishing.sdmx import write_sdmx

    write_sdmx(release, folder / FOLDER, structure=_structure(release))


def keep_structure(file: StudyFile, folder: Path) -> None:
    """Put the file of the structure beside the messages, so that a stranger can hold them against it.

    Nothing is done where the global structure is used, which everybody has, or no SDMX is written.
    """
    named = file.plan.sdmx.structure if file.plan.sdmx and wanted(file.plan) else ""
    if named:
        (folder / FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(file.folder / named, folder / FOLDER / f"structure{Path(named).suffix.lower()}")


def told(release: Release) -> tuple[str, ...]:
    """Return what a command says of the mapping; nothing where the study does not ask for SDMX."""
    if not wanted(release.plan):
        return ()
    from countersign.publishing.sdmx import map_release, sentences

    return sentences(map_release(release, _structure(release)).account)


def _structure(release: Release) -> DataStructure:
    if release.structure is not None:
        return release.structure
    from countersign.catalogue.sdmx import sdg

    return sdg()
