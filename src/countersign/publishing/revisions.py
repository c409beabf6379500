"""What a release revised and what it puts right: revisions.csv, corrections.csv, CORRECTIONS.txt, the report's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from countersign.model.calendar import Calendar
from countersign.model.release import Release
from countersign.model.revision import GONE, NEW, NOT_COMPARABLE, REVISED, UNCHANGED, WITHHELD, Revision, analyse
from countersign.publishing.delimited import write_delimited
from countersign.publishing.digits import Scale, decimals, number, percent, scale
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.writing import write_whole

REVISIONS, CORRECTIONS, CORRECTIONS_TEXT = "revisions.csv", "corrections.csv", "CORRECTIONS.txt"
REVISION_COLUMNS = (
    "figure_id", "indicator", "unit", "revises", "kind", "old_value", "value", "difference", "old_lower", "old_upper",
    "lower", "upper", "outside_old_interval", "reason",
)  # fmt: skip
CORRECTION_COLUMNS = ("date", "vintage", "figure_id", "what", "why")
MOST_ROWS = 60


@dataclass(frozen=True)
class AnalysisRow:
    """Revision analysis of one indicator as text."""

    title: str
    compared: str
    revised: str
    outside: str
    mean: str
    mean_absolute: str
    relative: str


@dataclass(frozen=True)
class RevisionRow:
    """One revised figure as text."""

    figure_id: str
    label: str
    before: str
    after: str
    moved: str
    outside: bool
    reason: str


@dataclass(frozen=True)
class RevisionsPage:
    """What the report shows. left_out: revised figures that stand in the file only."""

    revises: str
    note: str
    summary: tuple[str, ...]
    analysis: tuple[AnalysisRow, ...]
    rows: tuple[RevisionRow, ...]
    left_out: int


def write_revisions(revisions: Sequence[Revision], path: Path, *, revises: str) -> int:
    """Write ``revisions.csv``: one row a figure, earlier and later value; return the number of rows.

    Raises
    ------
    StoreError: the disk refused.
    """
    outside = {None: "", True: "yes", False: "no"}
    rows = [
        [
            one.figure_id, one.indicator, one.unit, revises, one.kind, one.old_value, one.value, one.difference,
            one.old_lower, one.old_upper, one.lower, one.upper, outside[one.outside], one.reason,
        ]
        for one in revisions
    ]  # fmt: skip
    return write_delimited(path, columns=REVISION_COLUMNS, rows=rows)


def write_corrections(calendar: Calendar, folder: Path) -> None:
    """Write ``corrections.csv``, one row a figure concerned (empty = all), and ``CORRECTIONS.txt`` for readers.

    Raises
    ------
    StoreError: the disk refused.
    """
    rows = [
        [one.date, one.vintage, figure, one.what, one.why]
        for one in calendar.corrections
        for figure in (one.figures or ("",))
    ]
    write_delimited(folder / CORRECTIONS, columns=CORRECTION_COLUMNS, rows=rows)
    lines = ["CORRECTIONS", "", "What was wrong in releases that were out, and is right in this one.", ""]
    for one in sorted(calendar.corrections, key=lambda each: each.date, reverse=True):
        lines += [f"{one.date}, release {one.vintage}", f"  What was wrong: {one.what}", f"  Why: {one.why}"]
        lines += [f"  Figures: {', '.join(one.figures) if one.figures else 'all'}", ""]
    write_whole(folder / CORRECTIONS_TEXT, "\n".join(lines))


def revisions_page(release: Release, labels: Labels, words: Words) -> RevisionsPage | None:
    """Return the revisions of a release as the report shows them; None where it revises nothing."""
    if not release.revisions:
        return None
    statistics = {one.indicator: one.statistic for one in release.estimates}
    own = {one.indicator: scale(statistics.get(one.indicator, ""), one.unit) for one in release.revisions}
    domains = {one.figure_id: one.domain for one in release.estimates}
    moved = [one for one in release.revisions if one.kind == REVISED]
    return RevisionsPage(
        revises=release.plan.calendar.revises,
        note=release.plan.calendar.note,
        summary=summary(release.revisions, words),
        analysis=analysis_rows(release.revisions, own, labels, words),
        rows=tuple(_row(one, own[one.indicator], domains, labels, words) for one in moved[:MOST_ROWS]),
        left_out=max(0, len(moved) - MOST_ROWS),
    )


def summary(revisions: Iterable[Revision], words: Words) -> tuple[str, ...]:
    """Return how many figures moved, came and went, a sentence each."""
    kinds = [one.kind for one in revisions]
    said = {
        REVISED: ("{n} figure is revised.", "{n} figures are revised."),
        UNCHANGED: ("{n} figure is as it was.", "{n} figures are as they were."),
        NEW: ("{n} figure is new.", "{n} figures are new."),
        GONE: ("{n} figure is no longer published.", "{n} figures are no longer published."),
        WITHHELD: ("{n} figure is withheld to protect people.", "{n} figures are withheld to protect people."),
        NOT_COMPARABLE: (
            "{n} figure has a number in one of the two only.",
            "{n} figures have a number in one of the two only.",
        ),
    }
    return tuple(
        words.ngettext(one, several, kinds.count(kind)).format(n=kinds.count(kind))
        for kind, (one, several) in said.items()
        if kinds.count(kind)
    )


def analysis_rows(
    revisions: Iterable[Revision], own: dict[str, Scale], labels: Labels, words: Words
) -> tuple[AnalysisRow, ...]:
    """Return revision analysis by indicator as text, in the unit in which the figures are shown."""
    ones = tuple(revisions)
    rows = []
    for found in analyse(ones):
        how = own[found.indicator]
        unit = words.gettext("points") if how.percent else how.unit
        places = _places([one for one in ones if one.indicator == found.indicator], how)
        rows.append(
            AnalysisRow(
                title=labels.indicator(found.indicator),
                compared=str(found.compared),
                revised=str(found.revised),
                outside=str(found.outside),
                mean=f"{signed(found.mean, how, places + 1, words)} {unit}".strip(),
                mean_absolute=f"{number(found.mean_absolute * how.factor, places + 1, words)} {unit}".strip(),
                relative="" if found.relative is None else percent(found.relative, words),
            )
        )
    return tuple(rows)


def signed(value: float, own: Scale, places: int, words: Words) -> str:
    """Return a difference with its sign, in the unit in which figures are shown."""
    text = number(value * own.factor, places, words)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def _row(
    one: Revision, own: Scale, domains: Mapping[str, Mapping[str, str]], labels: Labels, words: Words
) -> RevisionRow:
    places = _places([one], own)
    domain = domains.get(one.figure_id)
    group = one.figure_id if domain is None else labels.domain(domain)
    return RevisionRow(
        figure_id=one.figure_id,
        label=f"{labels.indicator(one.indicator)}: {group}",
        before=_line(one.old_value, one.old_lower, one.old_upper, own, places, words),
        after=_line(one.value, one.lower, one.upper, own, places, words),
        moved="" if one.difference is None else signed(one.difference, own, places, words),
        outside=one.outside is True,
        reason=one.reason,
    )


def _line(value: float | None, low: float | None, high: float | None, own: Scale, places: int, words: Words) -> str:
    if value is None or low is None or high is None:
        return ""
    middle, ends = (
        number(value * own.factor, places, words),
        [number(x * own.factor, places, words) for x in (low, high)],
    )
    return f"{middle} ({ends[0]}–{ends[1]})" if ends[0] != ends[1] else middle


def _places(ones: Iterable[Revision], own: Scale) -> int:
    """Return the decimals that the narrowest interval supports, and at least as many as show the revision."""
    found = [
        decimals(one.lower * own.factor, one.upper * own.factor)
        for one in ones
        if one.lower is not None and one.upper is not None
    ]
    return max(found, default=1)
