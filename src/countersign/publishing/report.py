"""report.html: one self-contained page that people want to read, from a release.

The page needs no network, no script and no font of its own; every picture stands beside its table.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.model.release import Release
from countersign.publishing import (
    area_coverage,
    balance,
    diagnostics,
    digits,
    experience,
    fan,
    figures,
    glossary,
    judgement,
    opening,
    protection_page,
    record,
    reference,
    revisions,
    truth,
)
from countersign.publishing import limits as changed_limits
from countersign.publishing.charting import drawer
from countersign.publishing.group_distance import group_distances
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import Numbers, environment, unreviewed
from countersign.publishing.writing import write_whole


def write_report(release: Release, path: Path, *, language: str = "en") -> None:
    """Write the report of a release as one HTML file.

    Parameters
    ----------
    language: BCP 47 tag; English where the project has no messages in that language.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(release, words=speak(language)))


def render(release: Release, *, words: Words) -> str:
    """Return the report as HTML text."""
    page = environment(words).get_template("report.html")
    view = _view(release, words)
    body = page.render(view)
    terms = glossary.used(body, words)
    return page.render({**view, "glossary": terms}) if terms else body


def style() -> str:
    """Return the style of the page and of its drawings."""
    folder = files("countersign.publishing") / "templates"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in ("report.css",))


def _view(release: Release, words: Words) -> dict[str, Any]:
    """Return everything the templates show."""
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)
    key, more = opening.key_figures(release, labels, words)
    weighted = release.weights is not None
    return {
        "release": release,
        "plan": release.plan,
        "words": words,
        "style": style(),
        "title": words.pick(release.plan.title, words.gettext("Untitled study")),
        "summary": words.pick(release.plan.summary),
        "synthetic": release.plan.synthetic or release.estimates.synthetic,
        "key_figures": key,
        "more_figures": more,
        "verdicts": opening.verdicts(release.fitness, labels, words),
        "area_verdicts": opening.area_verdicts(release.fitness, labels, words),
        "changed": changed_limits.changed(release.plan.limits, words),
        "next_steps": opening.next_steps(release.findings, release.fitness),
        "warning": opening.warning(release, words),
        "reading": opening.reading(release, labels, words),
        "held_out": truth.held_out(release.comparisons, labels, words, weighted=weighted),
        "truth": truth.known_truth(release.estimates, labels, words),
        "weighted": weighted,
        "ranges": fan.ranges(release, labels, words),
        "lesson": experience.lesson(release, labels, words),
        "card": diagnostics.card(release, labels, words),
        "indicators": figures.by_indicator(release.estimates, labels, words, release=release),
        "distances": group_distances(release, labels, words),
        "coverage": area_coverage.area_coverage(release, labels, words),
        "unreviewed": unreviewed(words),
        "blocks": judgement.by_block(release.findings, words),
        "counts": judgement.counts(release.findings, words),
        "flows": judgement.gate_flows(release.data, words),
        "weights": balance.weights_page(release.weights, labels, words),
        "revisions": revisions.revisions_page(release, labels, words),
        "protection": protection_page.protection_page(release.disclosure, labels, words),
        "methods": record.methods(release.estimates, labels, words),
        "limits": record.limits(release.findings),
        "participation": record.participation(release.plan, words),
        "artefacts": record.inputs(release, words),
        "steps": record.steps(release),
        "software": record.software(release.trail),
        "glossary": (),
        "selection_title": lambda selection: reference.selection_title(selection, words),
        "use_title": lambda use: reference.use_title(use, words),
        "count": lambda value: digits.count(value, words),
        "draw": drawer(words),
        "number": Numbers(),
        "first_figure": next((one.figure_id for one in release.estimates if one.figure_id), "FIGURE"),
    }
