"""A published figure -> its inputs, and the same figure computed again from them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from countersign.catalogue import load
from countersign.errors import ReleaseError, nearest
from countersign.model.artefact import Activity, Artefact
from countersign.study.admitting import SEALED
from countersign.study.bundling import BUNDLE
from countersign.study.extensions import ESTIMATES
from countersign.study.figures_file import read_figures
from countersign.study.finding_inputs import Inputs
from countersign.study.progress import Progress
from countersign.study.recomputing import Recomputing
from countersign.study.releasing import STUDY_FILE, TRAIL
from countersign.study.telling import Account, command, first_file
from countersign.study.unpacking import Opened, unpacked

# Relative: sums are ordered, so a difference can only come from another version of a library.
TOLERANCE = 1e-9


def retrace_figure(
    release: Path, figure: str, *, data: Path | None, openings: Path | None = None, progress: Progress
) -> Account:
    """Walk from a figure of a release back to its inputs, and compute again what can be.

    Parameters
    ----------
    release: the release's folder, or its bundle. figure: the figure's id; empty = the first. data: folder with the
        inputs, if they are not in the store beside the release. openings: the file of the data steward that opens
        commitments.

    Raises
    ------
    ReleaseError: there is no such release or figure, a file was altered, or the inputs are not to be found.
    BundleError: the bundle is not whole, or something does not follow from the figures that are published.
    """
    if data is not None and not data.is_dir():
        raise ReleaseError(
            f"There is no folder '{data}'.",
            where="--data",
            expected="a folder with the inputs of the release",
            action="correct the path",
        )
    if release.is_file():
        with unpacked(release) as opened:
            return _retrace(opened, figure, data=data, openings=openings, progress=progress)
    return _retrace(Opened(release, release), figure, data=data, openings=openings, progress=progress)


def _retrace(opened: Opened, figure: str, *, data: Path | None, openings: Path | None, progress: Progress) -> Account:
    from countersign.evidence.retracing import inspect, walk
    from countersign.evidence.store import Store
    from countersign.evidence.trail import Trail

    release = opened.folder
    figures = _figures(release)
    row = _row(figures, figure, release)
    with_store = Store(release)
    activities = Trail(release, with_store).activities()
    artefacts = {artefact.digest: artefact for artefact in with_store.artefacts()}
    final = _final(activities)
    lines = [f"{row['figure_id']} = {_said(row)}", *opened.place(row["figure_id"])]
    lines += inspect(walk(activities, artefacts, final), with_store).lines()
    inputs = Inputs(opened.around, data, openings)
    again: dict[str, dict[str, str]] = {}
    level = 1 if opened.bundled is not None else 0
    # A bundle, or a release far from its study, reaches level 2; beside the data, or given them, level 3.
    if data is not None or (opened.bundled is None and inputs.all_here(artefacts.values())):
        again = _compute_again(release, activities, artefacts, found=inputs, progress=progress)
        lines += _compare(row, again)
        level = 3
    second = Recomputing(release, with_store, final, opened.bundled)
    second.figure(row["figure_id"])
    lines.append(f"Level 2, recomputed from what is published: {'; '.join(second.done)}.")
    if second.left:
        lines.append(f"Not recomputed from that alone: {'; '.join(second.left)}.")
    level = max(level, 2)
    if inputs.unproven:
        lines.append(
            f"Taken by name from {data}: {', '.join(inputs.unproven)}. That these are the files the release commits to "
            "was not checked; for that, ask the data steward for a file of openings (--openings FILE)."
        )
    lines.append(_reached(level, opened, unproven=bool(inputs.unproven)))
    told = {"figure": dict(row), "recomputed": again.get(row["figure_id"], {}), "level": level}
    told |= {"level_2": second.done, "not_recomputed": second.left, "activities": [a.key for a in activities]}
    following = f"open {first_file(release)}" if opened.bundled is None else command("verify", opened.named)
    return Account("retrace", tuple(lines), following, told)


def _reached(level: int, opened: Opened, *, unproven: bool) -> str:
    if level < 3:
        return (
            "Level reached: 2. For level 3 the rows are needed: ask the data steward to let you in, then name the data "
            "and the steward's file of openings (--data DIR --openings FILE)."
        )
    told = "Level reached: 3, recomputed from the rows"
    told += ", which nobody showed to be those of the release." if unproven else "."
    if opened.bundled or not (opened.folder / BUNDLE).is_file():
        return told
    return f"{told} To see whether it was altered: {command('verify', opened.named)}"


def recompute(release: Path, found: Inputs, *, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """Compute every figure of a release again; return how many there are, and the ids of those that come out otherwise.

    Parameters
    ----------
    release: its folder. found: where its inputs are.

    Raises
    ------
    ReleaseError: there is no release, or an input is not to be found.
    """
    from countersign.evidence.retracing import compare
    from countersign.evidence.store import Store
    from countersign.evidence.trail import Trail

    store = Store(release)
    artefacts = {artefact.digest: artefact for artefact in store.artefacts()}
    published = _figures(release)
    again = _compute_again(release, Trail(release, store).activities(), artefacts, found=found, progress=progress)
    differing = {one.figure_id for one in compare(again.values(), published.values(), tolerance=TOLERANCE)}
    return len(published), tuple(sorted(differing))


def _said(row: Mapping[str, str]) -> str:
    """The figure with its interval and method; without a value, the state it is in."""
    if row["value"]:
        return f"{row['value']} ({row['lower']} to {row['upper']}), {row['method']}"
    state = next((entry for entry in load("states") if entry.id == row["status"]), None)
    return f"no number: {state['shown_as']}. {state['means']}" if state else row["status"]


def _figures(release: Path) -> dict[str, dict[str, str]]:
    path = release / ESTIMATES
    if not path.is_file() and (release / "release" / ESTIMATES).is_file():
        raise ReleaseError(
            f"'{release}' is a study, not its release.",
            where=str(release),
            expected="a folder that 'countersign run' wrote",
            action=f"start: {command('retrace', release / 'release')}",
        )
    if not path.is_file():
        raise ReleaseError(
            f"There is no release in '{release}'.",
            where=str(path),
            expected="a folder that 'countersign run' wrote",
            action=f"name the release folder, or make one: {command('run', 'STUDY')}",
        )
    return {row["figure_id"]: row for row in read_figures(path)}


def _row(figures: Mapping[str, dict[str, str]], figure: str, release: Path) -> dict[str, str]:
    if not figures:
        raise ReleaseError("The release holds no figure.", where=str(release / ESTIMATES), action="run the study again")
    if not figure:
        return next(iter(figures.values()))
    if figure not in figures:
        raise ReleaseError(
            f"There is no figure '{figure}' in this release. {nearest(figure, figures)}".strip(),
            where=str(release / ESTIMATES),
            expected=f"a figure_id of that file, such as {next(iter(figures))}",
            action="copy the id from the first column",
        )
    return figures[figure]


def _final(activities: tuple[Activity, ...]) -> str:
    for activity in reversed(activities):
        if activity.verb == "protect":
            return activity.outputs["figures"]
    raise ReleaseError("The trail of this release names no figures.", where=TRAIL, action="run the study again")


def _compute_again(
    release: Path,
    activities: tuple[Activity, ...],
    artefacts: Mapping[str, Artefact],
    *,
    found: Inputs,
    progress: Progress,
) -> dict[str, dict[str, str]]:
    """Run the study of the release on its inputs, found by digest, in a folder of its own."""
    from countersign.publishing import write_estimates
    from countersign.study.study import Study

    with tempfile.TemporaryDirectory(prefix="countersign-retrace-") as name:
        work = Path(name)
        inputs = work / "inputs"
        inputs.mkdir()
        for artefact in artefacts.values():
            if artefact.kind == "input":
                shutil.copyfile(found.find(artefact), inputs / artefact.name)
        shutil.copyfile(release / STUDY_FILE, work / "study.yaml")
        engines = {a.parameters.get("engine") for a in activities if a.verb == "take_in"}
        with Study.open(work, data=inputs, folder=work, engine=str(engines.pop() or ""), progress=progress) as study:
            for artefact in artefacts.values():
                if artefact.kind == SEALED:
                    kept = study.place.store.keep(found.find(artefact), name=artefact.name, kind=SEALED)
                    study.place.unsealed[Path(artefact.name).stem] = kept.digest
            study.place.keys = found.keys()
            write_estimates(study.protected, work / ESTIMATES, limits=study.plan.limits)
        return _figures(work)


def _compare(row: Mapping[str, str], again: Mapping[str, Mapping[str, Any]]) -> list[str]:
    from countersign.evidence.retracing import compare

    other = again.get(row["figure_id"])
    if other is None:
        raise ReleaseError(
            f"The figure '{row['figure_id']}' does not come out again.",
            where=ESTIMATES,
            expected="the same figures from the same inputs",
            action="compare the versions of the software in trail.jsonl",
        )
    differences = compare([other], [row], tolerance=TOLERANCE)
    if not differences:
        return ["Computed again from these inputs: the same figure, digit for digit within the declared tolerance."]
    raise ReleaseError(
        "Computed again from its inputs, the figure differs: " + "; ".join(str(line) for line in differences) + ".",
        where=ESTIMATES,
        expected="the same figure, digit for digit within the declared tolerance",
        action="do not use the figure; ask the organiser whether the release was altered, or compare the versions of "
        "the software in trail.jsonl",
    )
