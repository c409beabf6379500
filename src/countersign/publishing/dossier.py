"""dossier.html: the findings of a release for a statistical office, in the order of its own quality framework.

The same findings as the report and the page for the community. Nothing is hidden: what nobody assessed stands under its
concept, a view of a framework that was not read in full says so, and limits the study changed come first.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.model.release import Release
from countersign.publishing import (
    concepts,
    criterion_cards,
    held_beside,
    judgement,
    limits,
    people_said,
    protection_page,
    record,
    reference,
    truth,
    verdict_tables,
)
from countersign.publishing.area_coverage import area_coverage
from countersign.publishing.charting import drawer
from countersign.publishing.digits import count
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import Numbers, environment, unreviewed
from countersign.publishing.plausible import main_figures
from countersign.publishing.report import style as report_style
from countersign.publishing.writing import write_whole


def write_dossier(release: Release, path: Path, *, language: str = "en") -> None:
    """Write the dossier of a release as one HTML file.

    Parameters
    ----------
    language: BCP 47 tag; English where the project has no messages in that language.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(release, words=speak(language)))


def render(release: Release, *, words: Words) -> str:
    """Return the dossier as HTML text."""
    return environment(words).get_template("dossier.html").render(_view(release, words))


def style() -> str:
    """Return the style of the page: that of the report and what only tables of a dossier need."""
    own = (files("countersign.publishing") / "templates" / "dossier.css").read_text(encoding="utf-8")
    return f"{report_style()}\n{own}"


def _view(release: Release, words: Words) -> dict[str, Any]:
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)
    cards = criterion_cards.cards(release.findings, words)
    first = {one.figure_id for one in main_figures(release.estimates)}
    main = [one for one in release.sentences if one.figure_id in first]
    others = [one for one in release.sentences if one.figure_id not in first]
    return {
        "release": release,
        "plan": release.plan,
        "words": words,
        "style": style(),
        "title": words.pick(release.plan.title, words.gettext("Untitled study")),
        "synthetic": release.plan.synthetic or release.estimates.synthetic,
        "changed": limits.changed(release.plan.limits, words),
        "verdicts": verdict_tables.rows(release.fitness, labels, words),
        "details": verdict_tables.details(release.fitness, labels, words),
        "musts": verdict_tables.musts(release.fitness, labels, words),
        "cards": cards,
        "orders": concepts.orders(tuple(cards), words),
        "counts": judgement.counts(release.findings, words),
        "unassessed": sum(not card.rows and not card.passed for card in cards.values()),
        "sentences": held_beside.permitted(main, labels, words),
        "more_sentences": held_beside.permitted(others, labels, words),
        "gaps": held_beside.gap_rows(release.gaps, labels, words),
        "groups": held_beside.group_rows(release.groups, labels, words),
        "asked": people_said.asked(release.answers, words),
        "scorecards": people_said.scorecards(release.scorecards, words),
        "held_out": truth.held_out(release.comparisons, labels, words, weighted=release.weights is not None),
        "weighted": release.weights is not None,
        "coherence": cards.get("G1"),
        "protection": protection_page.protection_page(release.disclosure, labels, words),
        "draw": drawer(words),
        "coverage": area_coverage(release, labels, words),
        "unreviewed": unreviewed(words),
        "number": Numbers(),
        "methods": record.methods(release.estimates, labels, words),
        "participation": record.participation(release.plan, words),
        "selection_title": lambda selection: reference.selection_title(selection, words),
        "use_title": lambda use: reference.use_title(use, words),
        "count": lambda value: count(value, words),
    }
