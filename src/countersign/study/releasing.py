"""Study -> Release -> folder: everything that may leave, written beside the old release and swapped in whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.model.release import DataNote, Release
from countersign.study.agreeing import statements_of
from countersign.study.extensions import publisher
from countersign.study.outputs import in_order
from countersign.study.still_in import refuse_excluded

if TYPE_CHECKING:
    from countersign.model.artefact import Activity, Artefact
    from countersign.model.estimate import EstimateTable
    from countersign.model.experience import Experience
    from countersign.study.study import Study

ASSESSMENT = "assessment.json"
CATALOGUE = "catalogue.json"
COMPARISON = "comparison.csv"
DISCLOSURE = "disclosure.json"
FAN = "fan.csv"
GAPS = "gaps.csv"
GROUPS = "leave_nobody_behind.csv"
SENTENCES = "sentences.csv"
TRAIL = "trail.jsonl"
STUDY_FILE = "study.yaml"
VISIBILITY = "visibility.csv"


def compose_release(study: Study) -> Release:
    """Gather what the release shows; the figures are the protected ones."""
    from countersign import __version__
    from countersign.publishing.language import speak
    from countersign.publishing.sentences import permit
    from countersign.quality.answers import shown
    from countersign.study.committing import commit, names_of
    from countersign.study.lacking import told_weights
    from countersign.study.outlining import outlines
    from countersign.study.sdmx_output import structure_of
    from countersign.study.vintages import revised_by

    estimates, findings, fitness = study.protected, study.findings, study.fitness
    activities = activities_of(study)
    release = Release(
        plan=study.plan,
        version=__version__,
        made=max((activity.ended for activity in activities), default=""),
        data=tuple(
            DataNote(
                name=data.name,
                unit=data.unit,
                selection=data.selection,
                rows=data.readings[0].rows if data.readings else 0,
                kept=(data.readings[0].rows if data.readings else 0) - sum(gate.dropped for gate in data.gates),
                codebook=data.codebook,
                gates=data.gates,
                readings=data.readings,
            )
            for data in study.datasets.values()
        ),
        findings=findings,
        fitness=fitness,
        estimates=estimates,
        weights=told_weights(study),
        benchmark=study.benchmark,
        comparisons=study.leaving.comparisons,
        disclosure=study.leaving.disclosure,
        experience=_of_shown(study.experience, estimates),
        support=study.support,
        artefacts=_artefacts(study, activities),
        answers=shown(study.documents.answers),
        scorecards=study.documents.scorecards,
        gaps=study.gaps,
        groups=study.coverage_table,
        trail=activities,
        source=study.file.document.text,
        shapes=outlines(study),
        structure=structure_of(study.file),
    )
    release = replace(release, revisions=revised_by(release, study.place.folder))
    release = replace(release, sentences=permit(release, speak(study.plan.settings.language)))
    release = commit(release, names_of(study, activities))
    return _read_aloud(release) if "report" in release.plan.publish else release


def _read_aloud(release: Release) -> Release:
    """Add what automated checks of accessibility find in the report itself (H3)."""
    from countersign.publishing.language import speak
    from countersign.publishing.report import render
    from countersign.quality import accessible

    page = render(release, words=speak(release.plan.settings.language))
    return replace(release, findings=(*release.findings, accessible(page)))


def _of_shown(experience: Experience, estimates: EstimateTable) -> Experience:
    """Leave out what experience says of figures that are withheld."""
    open_ones = {one.figure_id for one in estimates if one.value is not None}
    return replace(experience, figures=tuple(one for one in experience.figures if one.figure_id in open_ones))


def activities_of(study: Study) -> tuple[Activity, ...]:
    """The steps the release depends on, and no others that the folder's trail may hold."""
    from countersign.evidence.trail import closure

    return closure(study.place.trail.activities(), study.digests())


def _artefacts(study: Study, activities: tuple[Activity, ...]) -> dict[str, Artefact]:
    from countersign.evidence.store import in_order, without_size

    digests = [digest for a in activities for digest in in_order(a)]
    return {digest: without_size(study.place.store.artefact(digest)) for digest in dict.fromkeys(digests)}


def write_release(release: Release, study: Study) -> Path:
    """Write the release's folder.

    Returns
    -------
    Its path. Until the new release is whole, the old one stays in its place; if it is another vintage, it is kept.

    Raises
    ------
    StoreError: the disk refused; the old release is untouched. ReleaseError: a figure would change under the name of a
        vintage that is out, or parties still have to sign: then the release is in ``proposal/``.
    """
    from countersign.evidence.manifest import FIGURES, MANIFEST
    from countersign.evidence.store import release_store
    from countersign.evidence.trail import write_trail
    from countersign.publishing import write_assessment, write_comparison, write_fan
    from countersign.publishing.catalogue_versions import write_catalogue_versions
    from countersign.publishing.disclosing import write_disclosure, write_visibility
    from countersign.publishing.gaps import write_gaps, write_group_coverage
    from countersign.publishing.revisions import REVISIONS, write_corrections, write_revisions
    from countersign.publishing.sentences import write_sentences
    from countersign.study.bundling import assemble, pack
    from countersign.study.committing import names_of
    from countersign.study.delivering import empty_blocks, hand_over, show_signatures
    from countersign.study.sdmx_output import keep_structure
    from countersign.study.stating import state
    from countersign.study.vintages import keep_old, refuse_changed

    place, calendar, activities = study.place, release.plan.calendar, activities_of(study)
    refuse_excluded(study, study.datasets)  # once more at the end: a step may have found its outcome on the trail
    where = study.file.document.where("publish")
    # The figures themselves always go out: evidence and retracing rest on them.
    publishers = [publisher(name, where=where) for name in in_order(("csv", *release.plan.publish))]

    refuse_changed(release, place.folder)
    agreed = statements_of(study)

    old = []

    def build(folder: Path) -> None:
        write_catalogue_versions(folder / CATALOGUE)
        write_assessment(release.findings, release.fitness, folder / ASSESSMENT, limits=release.plan.limits)
        if release.comparisons or any(e.truth is not None for e in release.estimates):
            write_comparison(release.comparisons, release.estimates, folder / COMPARISON)
        if any(estimate.fan for estimate in release.estimates):
            write_fan(release.estimates, folder / FAN)
        write_sentences(release.sentences, folder / SENTENCES, limits=release.plan.limits)
        if release.gaps:
            write_gaps(release.gaps, folder / GAPS)
        if release.disclosure:
            write_disclosure(release.disclosure, folder / DISCLOSURE)
            write_visibility(release.disclosure.visibility, folder / VISIBILITY)
        if release.groups:
            write_group_coverage(release.groups, folder / GROUPS)
        if release.revisions:
            write_revisions(release.revisions, folder / REVISIONS, revises=calendar.revises)
        if calendar.corrections:
            write_corrections(calendar, folder)
        for name, benchmark in study.benchmarks.items():
            _write_margins(benchmark, folder, name)
        (folder / STUDY_FILE).write_text(release.source, encoding="utf-8")
        release_store(place.store, activities, folder, names=names_of(study, activities))
        write_trail(release.trail, folder / TRAIL)
        keep_structure(study.file, folder)
        for write in publishers:
            write(release, folder)
        empty_blocks(release, folder)
        members = assemble(release, folder)
        manifest, figures = (bytes(members[name]) for name in (MANIFEST, FIGURES))
        pack(members, state(release, manifest, figures, folder=place.folder, study=place.study, agreed=agreed), folder)
        show_signatures(folder, place.folder)

    folder = hand_over(build, lambda: old.append(keep_old(release, place.folder)), release, place)
    study.warned += tuple(f"The release '{one.name}' before it is kept: {one.folder}" for one in old if one)
    return folder


def _write_margins(benchmark: object, folder: Path, name: str) -> None:
    from countersign.intake import write_margins
    from countersign.model.benchmark import Benchmark

    if isinstance(benchmark, Benchmark) and benchmark.margins:
        target = folder / "margins"
        target.mkdir(exist_ok=True)
        write_margins(benchmark, target / f"{name}.csv")
