"""Vintages: a release that is replaced is kept under its name, and the new one says figure by figure what it revised.

FOLDER/release/             the newest vintage
FOLDER/vintages/<vintage>/  every one before it, whole
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError, StudyError, nearest
from countersign.model.calendar import VINTAGE
from countersign.model.estimate import Estimate, Status
from countersign.model.revision import GONE, NEW, NOT_COMPARABLE, REVISED, UNCHANGED, WITHHELD, Revision
from countersign.study.extensions import ESTIMATES
from countersign.study.figures_file import read_figures

if TYPE_CHECKING:
    from countersign.model.calendar import Calendar
    from countersign.model.plan import Plan
    from countersign.model.release import Release

FOLDER = "vintages"
TRAIL, STUDY_FILE, SIGNATURES = "trail.jsonl", "study.yaml", "signatures.json"
SAME = 1e-9
"""Relative difference up to which two numbers are the same: what solvers agree to on other machines."""


@dataclass(frozen=True)
class Vintage:
    """A release on disk, known by name.

    Parameters
    ----------
    name: of the vintage. given: the study file names it, it is not just the day on which it was made. announced: the
    day that was promised.
    """

    name: str
    folder: Path
    made: str
    given: bool
    announced: str = ""

    def rows(self) -> dict[str, dict[str, str]]:
        """Return its figures by id.

        Raises
        ------
        ReleaseError: they cannot be read.
        """
        return {row["figure_id"]: row for row in read_figures(self.folder / ESTIMATES)}


def read_vintage(folder: Path) -> Vintage | None:
    """Return what a folder says of itself, or None where it holds no release."""
    from countersign.study.document import read_document

    if not (folder / ESTIMATES).is_file() or not (folder / TRAIL).is_file():
        return None
    made = _made(folder / TRAIL)
    try:
        spec = read_document(folder / STUDY_FILE).values.get("calendar") or {}
    except StudyError:  # altered by hand: it is still a release, and is kept
        spec = {}
    name = str(spec.get("vintage") or "")
    given = bool(VINTAGE.fullmatch(name))
    unnamed = made[:10] or f"unnamed-{_short_digest(folder / TRAIL)}"
    return Vintage(name if given else unnamed, folder, made, given, str(spec.get("announced") or ""))


def kept(folder: Path) -> tuple[Vintage, ...]:
    """Return the vintages kept in the output folder of a study, in the order of their names."""
    place = folder / FOLDER
    found = [read_vintage(one) for one in sorted(place.iterdir()) if one.is_dir()] if place.is_dir() else []
    return tuple(one for one in found if one is not None and not one.folder.name.startswith("."))


def already_out(plan: Plan, study: Path, folder: Path) -> list[tuple[str, Path]]:
    """Return the releases that are out, each with its file of figures: those the study names, and every named vintage.

    Who has them can subtract them from the release that is being made.

    Parameters
    ----------
    study: the study's folder. folder: where its output goes.
    """
    found = [(name, study / name / ESTIMATES) for name in plan.protection.earlier]
    named = {path.resolve() for _, path in found}
    for one in (*kept(folder), *_newest(folder)):
        path = one.folder / ESTIMATES
        if one.given and one.name != plan.calendar.vintage and path.resolve() not in named:
            found.append((f"{FOLDER}/{one.name}", path))
    return found


def revised_by(release: Release, folder: Path) -> tuple[Revision, ...]:
    """Return what became of every figure of the vintage that this release revises; nothing where it revises none.

    Raises
    ------
    ReleaseError: that vintage is not there; a correction or a comment names a figure that no release has.
    """
    calendar = release.plan.calendar
    there = {one.name: one for one in (*kept(folder), *_newest(folder))}
    ids = {one.figure_id for one in release.estimates}
    _refuse_unknown(calendar, there, ids)
    if not calendar.revises:
        return ()
    if calendar.revises not in there:
        raise ReleaseError(
            f"The vintage '{calendar.revises}', which this release revises, is not here. "
            f"{nearest(calendar.revises, there)}".strip(),
            where="study.yaml, calendar.revises",
            expected=f"a release in {folder / FOLDER / calendar.revises}",
            action="put the folder of that release there, or correct the name; without it nobody can say what changed",
        )
    return compare_vintages(there[calendar.revises].rows(), tuple(release.estimates), calendar)


def compare_vintages(
    old: Mapping[str, Mapping[str, str]], new: Iterable[Estimate], calendar: Calendar
) -> tuple[Revision, ...]:
    """Return one revision a figure: those of the new release in its order, then those that are gone.

    A figure that is withheld now gets no number at all, that of the earlier vintage neither.
    """
    found, seen = [], set()
    for one in new:
        seen.add(one.figure_id)
        found.append(_revision(one, old.get(one.figure_id), calendar))
    found += [
        Revision(name, row["indicator"], row.get("unit", ""), GONE, _reason(name, calendar))
        for name, row in old.items()
        if name not in seen
    ]
    return tuple(found)


def _revision(one: Estimate, row: Mapping[str, str] | None, calendar: Calendar) -> Revision:
    def made(kind: str, **numbers: float | None) -> Revision:
        reason = "" if kind == UNCHANGED else _reason(one.figure_id, calendar)
        return Revision(one.figure_id, one.indicator, one.unit, kind, reason, **numbers)

    if one.status is Status.SUPPRESSED:
        return made(WITHHELD)
    now = {"value": one.value, "lower": one.lower, "upper": one.upper}
    if row is None:
        return made(NEW, **now)
    then = {f"old_{name}": _number(row[name]) for name in ("value", "lower", "upper")}
    if one.value is None or then["old_value"] is None:
        same = one.value is None and str(one.status) == row["status"]
        return made(UNCHANGED if same else NOT_COMPARABLE, **now, **then)
    same = all(_same(now[name], then[f"old_{name}"]) for name in now)
    return made(UNCHANGED if same else REVISED, **now, **then)


def _reason(figure_id: str, calendar: Calendar) -> str:
    own = [f"{one.what} {one.why}" for one in calendar.corrections if figure_id in one.figures]
    return " ".join(dict.fromkeys(own)) or calendar.note


def refuse_changed(release: Release, folder: Path) -> None:
    """Refuse to change a figure under the name of a vintage that is out: somebody may hold it under that name.

    A vintage is out once it is signed, once another one has taken its place, or once the day has come for which it was
    announced.

    Raises
    ------
    ReleaseError: it names a figure that changed, and what to do.
    """
    name = release.plan.calendar.named(release.made)
    for old in (*_newest(folder), *kept(folder)):
        why = _out(old, folder, today=release.made[:10]) if old.name == name else ""
        moved = _moved(old, release) if why else []
        if moved:
            more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
            raise ReleaseError(
                f"The vintage '{name}' is out ({why}), and the figure '{moved[0]}'{more} would change under its name.",
                where="study.yaml, calendar.vintage",
                expected="the same figures under the same name; changed figures under a new one",
                action=f"name a new vintage with 'revises: {name}' and a 'note', and under 'corrections' what was "
                f"wrong; if nobody has that release yet, remove {old.folder} and run again",
            )


def keep_old(release: Release, folder: Path) -> Vintage | None:
    """Keep the release that is about to be replaced under its own name, if the new one is another vintage.

    It is copied whole before anything is replaced, so that a run killed at any point loses nothing. A release that the
    study file gave no name to and that has the same figures is not kept.

    Returns
    -------
    The vintage that was kept, or None.

    Raises
    ------
    StoreError: the disk refused; nothing has been replaced.
    """
    from countersign.evidence.delivery import deliver

    old = next(iter(_newest(folder)), None)
    if old is None or old.name == release.plan.calendar.named(release.made):
        return None
    if not old.given and _equal(old, release):
        return None
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    target = place / old.name
    deliver(lambda new: _copy(old.folder, new), target)
    return Vintage(old.name, target, old.made, old.given, old.announced)


def _copy(old: Path, new: Path) -> None:
    shutil.copytree(old, new, dirs_exist_ok=True)


def _equal(old: Vintage, release: Release) -> bool:
    try:
        return not _moved(old, release)
    except ReleaseError:  # it was altered: keep it as it is
        return False


def _moved(old: Vintage, release: Release) -> list[str]:
    """The figures that are not as they were; one that is withheld in both is."""
    rows = old.rows()
    found = compare_vintages(rows, tuple(release.estimates), release.plan.calendar)
    hidden = {name for name, row in rows.items() if row["status"] == Status.SUPPRESSED}
    return [
        one.figure_id
        for one in found
        if one.kind != UNCHANGED and not (one.kind == WITHHELD and one.figure_id in hidden)
    ]


def _newest(folder: Path) -> tuple[Vintage, ...]:
    found = read_vintage(folder / "release")
    return (found,) if found else ()


def _out(old: Vintage, folder: Path, *, today: str) -> str:
    """Why a vintage counts as published; empty where it does not."""
    if old.folder.parent == folder / FOLDER:
        return "another one has taken its place"
    if signed(old.folder):
        return "it is signed"
    if old.announced and today >= old.announced:
        return f"it was announced for {old.announced}"
    return ""


def signed(release: Path) -> bool:
    """Return whether somebody has signed the release: ``signatures.json`` beside its bundle names a party."""
    try:
        found = json.loads((release / SIGNATURES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    held = found.get("signatures") if isinstance(found, dict) else found
    return isinstance(held, list) and bool(held)


def _refuse_unknown(calendar: Calendar, there: Mapping[str, Vintage], ids: set[str]) -> None:
    """Refuse corrections and comments on figures that no release has."""
    named = [(f"corrections.{n}", one.figures, one.vintage) for n, one in enumerate(calendar.corrections)]
    named += [(f"comments.{n}", one.figures, "") for n, one in enumerate(calendar.comments)]
    for place, figures, vintage in named:
        known = ids | set(there[vintage].rows()) if figures and vintage in there else ids
        unknown = next((name for name in figures if name not in known), "")
        if unknown:
            raise ReleaseError(
                f"There is no figure '{unknown}'. {nearest(unknown, known)}".strip(),
                where=f"study.yaml, calendar.{place}.figures",
                expected=f"a figure_id of {ESTIMATES}",
                action="copy the id from that file, or leave 'figures' out where all are meant",
            )


def _made(trail: Path) -> str:
    """When the last step was taken; empty where the trail cannot be read."""
    ended = []
    try:
        for line in trail.read_text(encoding="utf-8").splitlines():
            ended.append(str(json.loads(line).get("ended", "")))
    except (OSError, ValueError, AttributeError):
        return ""
    return max(ended, default="")


def _short_digest(path: Path) -> str:
    from countersign.evidence.canonical import digest_of_file

    return digest_of_file(path)[:12]


def _number(text: str) -> float | None:
    return float(text) if text else None


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME, abs_tol=0.0)
