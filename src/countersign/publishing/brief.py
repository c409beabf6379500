"""brief.html: one to two pages for those who decide: what may be written, how sure it is, who is left behind.

Nothing stands here that the sentences of the release do not allow; what they refuse is named as refused, with why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from countersign.model.estimate import Estimate
from countersign.model.release import Release
from countersign.model.sentence import Sentence
from countersign.publishing import opening
from countersign.publishing.brief_evidence import evidence
from countersign.publishing.charting import DotChart, Row, drawer
from countersign.publishing.exports import shown
from countersign.publishing.group_distance import GroupDistances, group_distances
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import Numbers, environment, unreviewed
from countersign.publishing.plausible import main_figures, saying, told, whys
from countersign.publishing.writing import write_whole

MOST_FIGURES = 3
MOST_REFUSED = 3
MOST_ROWS = 14
OWN = "U0"  # for the community's own learning: nothing may be published
POPULATION = "U4"  # from this use on something may be said of the population


@dataclass(frozen=True)
class BriefFigure:
    """One question and its answer.

    Parameters
    ----------
    written: the sentence that may be written, or why none may. caveat: what must stand beside it. range, why: where the
        truth may lie and the reasons. refused: sentences that may not be written, why not, and what instead.
    """

    title: str
    figure_id: str
    written: str
    allowed: bool
    caveat: str
    range: str
    why: tuple[str, ...]
    refused: tuple[tuple[str, str, str], ...]


def write_brief(release: Release, path: Path, *, language: str = "en") -> None:
    """Write the policy brief of a release as one HTML file.

    Parameters
    ----------
    language: BCP 47 tag; English where the project has no messages in that language.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(release, words=speak(language)))


def render(release: Release, *, words: Words) -> str:
    """Return the brief as HTML text."""
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)
    picked = main_figures(release.estimates)
    apart = group_distances(release, labels, words)
    gap = _gap([one for one in apart if _use(one.indicator, release) > OWN])
    verdicts = opening.verdicts(release.fitness, labels, words)
    view = {
        "release": release,
        "plan": release.plan,
        "words": words,
        "style": style(),
        "title": words.pick(release.plan.title, words.gettext("Untitled study")),
        "synthetic": release.plan.synthetic or release.estimates.synthetic,
        "figures": tuple(_figure(one, release, labels, words) for one in picked[:MOST_FIGURES]),
        "more": max(0, len(picked) - MOST_FIGURES),
        "gap": gap,
        "inside": gap is not None and _use(gap.indicator, release) < POPULATION,
        "verdict": verdicts[0] if verdicts else None,
        "steps": opening.next_steps(release.findings, release.fitness)[:1],
        "evidence": evidence(release, picked[:MOST_FIGURES], words),
        "unreviewed": unreviewed(words),
        "draw": drawer(words),
        "number": Numbers(),
    }
    return environment(words).get_template("brief.html").render(view)


def style() -> str:
    """Return the style of the page."""
    folder = files("countersign.publishing") / "templates"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in ("report.css", "brief.css"))


def _use(indicator: str, release: Release) -> str:
    """Return the lowest use that the sentences of an indicator rest on: what may be written of all of its figures."""
    own = [said.use for said in release.sentences if said.indicator == indicator and said.use]
    return min(own, default="")


def _figure(one: Estimate, release: Release, labels: Labels, words: Words) -> BriefFigure:
    said = next((each for each in release.sentences if each.figure_id == one.figure_id), None)
    title = labels.indicator(one.indicator)
    if one.domain:
        title += f", {labels.domain(one.domain)}"
    if said is None:
        why = words.gettext("Nobody has judged yet what may be written of it.")
        return BriefFigure(title, one.figure_id, why, False, "", "", (), ())
    ranged = told(one) is not None
    return BriefFigure(
        title=title,
        figure_id=one.figure_id,
        written=said.text,
        allowed=shown(one) and said.use > OWN,
        caveat=said.caveat,
        range=saying(one, words)[1] if ranged else "",
        why=whys(one, words) if ranged else (),
        refused=_refused(said),
    )


def _refused(said: Sentence) -> tuple[tuple[str, str, str], ...]:
    """Return the sentences nearest to the one allowed that may not be written; one for each reason."""
    alike: dict[tuple[str, str], str] = {}
    for no in said.refused:
        alike.setdefault((no.why, no.instead), no.sentence)
    return tuple((sentence, why, instead) for (why, instead), sentence in alike.items())[:MOST_REFUSED]


def _gap(found: Sequence[GroupDistances]) -> GroupDistances | None:
    """Return the picture of the first indicator that has groups, cut to what a brief has room for."""
    if not found:
        return None
    one = found[0]
    rows: tuple[Row, ...] = one.chart.rows
    if len(rows) > MOST_ROWS:
        far = sorted((row for row in rows if row.marks), key=lambda row: -abs(row.marks[0].at))
        kept = {id(row) for row in far[: MOST_ROWS - sum(row.header for row in rows)]}
        rows = tuple(row for row in rows if row.header or id(row) in kept)
        rows = tuple(
            row for at, row in enumerate(rows) if not row.header or (at + 1 < len(rows) and not rows[at + 1].header)
        )
    chart = DotChart(one.chart.title, one.chart.description, rows, axis=one.chart.axis, lines=one.chart.lines)
    return GroupDistances(one.indicator, one.title, one.message, chart, one.table, one.unit, one.assumption)
