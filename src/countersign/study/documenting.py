"""Study -> Documents: what is known beside the rows, read from the files the study names."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from countersign.model.documents import Documents
from countersign.study.taking_in import take_in_official

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countersign.intake.answers import Given
    from countersign.model.boundary import Boundary
    from countersign.model.form import Form
    from countersign.model.official import OfficialSeries
    from countersign.study.study import Study


def gather(study: Study) -> tuple[Documents, dict[str, str]]:
    """Read everything a study names beside its data.

    Returns
    -------
    The documents, and the digest of every file they were read from, by role.

    Raises
    ------
    CountersignError: a file is missing or cannot be read; it names the line of the study file.
    """
    digests: dict[str, str] = {}

    def keep(role: str, file: str, *place: str | int) -> Path:
        path = study.place.find(file, where=study.file.document.where(*place))
        digests[role] = study.place.store.keep(path, kind="input").digest
        return path

    given = _given(study, keep, digests)
    documents = Documents(
        answers=given.answers,
        scorecards=given.scorecards,
        forms=_forms(study, keep),
        datasets=study.datasets,
        official=_official(study, digests),
        protocol=_headings(study, keep),
        boundary=_boundary(study, keep),
        consent={name: one.account for name, one in study.place.consented.items()},
    )
    digests |= {f"consent {name}": one.made["account"] for name, one in study.place.consented.items()}
    return documents, digests


def _given(study: Study, keep: Callable[..., Path], digests: dict[str, str]) -> Given:
    """What people answered and scored; every file that proves an answer is kept under its digest."""
    from countersign.intake.answers import read_given

    files = [keep(f"answers {name}", name, "answers", place) for place, name in enumerate(study.plan.answers)]

    def prove(path: Path) -> str:
        # The name a person gave the file may name somebody; a number tells nothing, its digest finds it as well.
        digest = study.place.store.keep(path, name=f"evidence{path.suffix}", kind="input").digest
        if digest not in digests.values():
            digests[f"evidence {sum(role.startswith('evidence ') for role in digests) + 1}"] = digest
        return digest

    return read_given(
        files,
        folder=study.place.study,
        indicators=tuple(study.plan.indicators),
        today=datetime.datetime.now(datetime.UTC).date(),
        keep=prove,
    )


def _forms(study: Study, keep: Callable[..., Path]) -> dict[str, Form]:
    """The forms in the order of the study file: the one in use first."""
    from countersign.forms import read_form

    files = study.plan.form.files if study.plan.form else {}
    found = {}
    for name, file in files.items():
        place = ("form",) if isinstance(study.file.document.values["form"], str) else ("form", "files", name)
        found[name] = read_form(keep(f"form {name}", file, *place))
    return found


def _official(study: Study, digests: dict[str, str]) -> tuple[OfficialSeries, ...]:
    """The official series in the order of the study file."""
    found = []
    for name in study.plan.official:
        series, made = take_in_official(name, study.file, study.place)
        found.append(series)
        digests |= {f"official.{name}.{role}": digest for role, digest in made.items()}
    return tuple(found)


def _headings(study: Study, keep: Callable[..., Path]) -> tuple[str, ...] | None:
    """The headings of the protocol's file, or None where the study names none."""
    from countersign.intake import read_headings

    plan = study.plan.process.protocol
    if plan is None or not plan.file:
        return None
    place = ("process", "protocol", "file")
    return read_headings(keep("protocol", plan.file, *place), where=study.file.document.where(*place))


def _boundary(study: Study, keep: Callable[..., Path]) -> Boundary | None:
    """The outline of the area, or None where the study names none."""
    from countersign.intake import read_boundary

    plan = study.plan.places
    if plan is None or not plan.boundary:
        return None
    place = ("places", "boundary")
    return read_boundary(keep("boundary", plan.boundary, *place), where=study.file.document.where(*place))
