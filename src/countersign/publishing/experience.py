"""Experience as a page shows it: how wrong these data were where it can be checked, and who got an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countersign.model.estimate import Estimate
from countersign.model.release import Release
from countersign.model.total_error import Checked, TotalError
from countersign.publishing.charting import DotChart, Line, Mark, Row
from countersign.publishing.digits import SHARES, count, number
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.plausible import main_figures, title, told

MOST_IN_A_CHART = 15
ALIKE = 0.97
"""Share of the largest error of a question from which an answer counts as about as far off."""


@dataclass(frozen=True)
class Lesson:
    """What checkable questions taught.

    Parameters
    ----------
    sentences: what was found, or why nothing was. given: who got an interval, and who did not. chart: the largest
        errors; table: every answer of every question. corrected: both show corrected figures beside those that are
        published; published: what these are called.
    """

    sentences: tuple[str, ...]
    given: tuple[str, ...]
    chart: DotChart | None = None
    table: tuple[tuple[str, ...], ...] = ()
    corrected: bool = False
    published: str = ""


def lesson(release: Release, labels: Labels, words: Words) -> Lesson | None:
    """Return what experience says of a release; None where no figure has a plausible range."""
    if not any(told(one) for one in release.estimates):
        return None
    experience = release.experience
    learnt = next((one for one in (experience.corrected, experience.weighted) if one and not one.refused), None)
    if learnt is None:
        return Lesson(_refused(release, words), ())
    plain = experience.weighted or learnt
    name = words.gettext("without weights") if release.weights is None else words.gettext("with weights")
    chart, table = _errors(learnt, plain, labels, words, published=name)
    given = _given(release, labels, words)
    return Lesson(_found(learnt, plain, words), given, chart, table, corrected=learnt is not plain, published=name)


def _refused(release: Release, words: Words) -> tuple[str, ...]:
    experience = release.experience
    tried = experience.weighted or experience.corrected
    if tried is None or not tried.refused:
        return (experience.reason or words.gettext("No question with a known answer was compared."),)
    have = len(tried.items)
    return (
        words.ngettext(
            "No interval could be learnt: {n} question has an official answer, and a {level} % interval needs at "
            "least {needed}.",
            "No interval could be learnt: {n} questions have an official answer, and a {level} % interval needs at "
            "least {needed}.",
            have,
        ).format(n=have, level=number(tried.level * 100, 0, words), needed=tried.needed),
        words.ngettext(
            "{n} more is needed: a question that an official survey asks as well.",
            "{n} more are needed: questions that an official survey asks as well.",
            max(tried.needed - have, 1),
        ).format(n=max(tried.needed - have, 1)),
        words.gettext("Until then the plausible ranges above leave this out, and are too narrow if anything."),
    )


def _found(learnt: TotalError, plain: TotalError, words: Words) -> tuple[str, ...]:
    said = [
        words.gettext(
            "{items} questions ({answers} answers to them) have an official answer and were not used for weighting."
        ).format(items=len(learnt.items), answers=len(learnt.checked))
    ]
    judged = [one.held for one in learnt.checked if one.held is not None]
    if judged and learnt.median_width is not None:
        said.append(
            words.gettext(
                "For each question we asked the others what its interval should be. The {level} % interval held the "
                "official share of {held} of {n} answers ({share} %). Half of these intervals are wider than {width} "
                "points."
            ).format(
                level=number(learnt.level * 100, 0, words),
                held=count(sum(judged), words),
                n=count(len(judged), words),
                share=number(100 * sum(judged) / len(judged), 0, words),
                width=number(100 * learnt.median_width, 0, words),
            )
        )
    certain = [one for one in plain.checked if one.standard_error > 0]
    if plain.plain_coverage is not None:
        said.append(
            words.gettext(
                "The usual 95 % interval, which shows chance only, held it for {held} of {n} ({share} %)."
            ).format(
                held=count(plain.plain_coverage * len(certain), words),
                n=count(len(certain), words),
                share=number(100 * plain.plain_coverage, 0, words),
            )
        )
    return tuple(said)


def _given(release: Release, labels: Labels, words: Words) -> tuple[str, ...]:
    experience = release.experience
    seen = [one for one in release.estimates if shown(one) and one.value is not None]
    have = [one for one in seen if experience.of(one.figure_id)]
    whole = sum(len(one.domain) == (one.statistic == "distribution") for one in have)
    said = [
        words.gettext(
            "{n} of the {all} figures shown got an interval from this: {whole} for everybody, {groups} for groups."
        ).format(
            n=count(len(have), words),
            all=count(len(seen), words),
            whole=count(whole, words),
            groups=count(len(have) - whole, words),
        )
    ]
    for why, without in _without(main_figures(release.estimates), release, words).items():
        names = "; ".join(dict.fromkeys(title(one, labels) for one in without))
        said.append(words.gettext("Without such an interval, because {why}: {names}.").format(why=why, names=names))
    return tuple(said)


def _without(figures: Sequence[Estimate], release: Release, words: Words) -> dict[str, list[Estimate]]:
    found: dict[str, list[Estimate]] = {}
    for one in figures:
        if shown(one) and one.value is not None and release.experience.of(one.figure_id) is None:
            if one.statistic in SHARES:
                why = words.gettext("too few other questions were checked, or it comes from other data")
            else:
                why = words.gettext("it is not a share")
            found.setdefault(why, []).append(one)
    return found


def _errors(
    learnt: TotalError, plain: TotalError, labels: Labels, words: Words, *, published: str
) -> tuple[DotChart, tuple[tuple[str, ...], ...]]:
    weighted = {(one.item, one.category): one for one in plain.checked}
    groups: dict[str, list[Checked]] = {}
    for one in learnt.checked:
        groups.setdefault(one.item, []).append(one)

    def off(one: Checked) -> float:
        return abs(weighted.get((one.item, one.category), one).error)

    telling = {item: _telling(ones, off) for item, ones in groups.items()}
    order = sorted(telling, key=lambda item: -off(telling[item]))
    both = learnt is not plain
    rows = [_error_row(telling[item], weighted, labels, words, both=both) for item in order[:MOST_IN_A_CHART]]
    worst = telling[order[0]]
    chart = DotChart(
        title=words.gettext("How far off the checked questions are, and the interval that experience gives"),
        description=words.gettext(
            "Errors in points of one answer of each of {n} questions, the largest first. Largest: {answer}, {points} "
            "points {published}. The table below gives every number."
        ).format(
            n=len(rows), published=published, answer=_answer(worst, labels), points=number(100 * off(worst), 1, words)
        ),
        rows=tuple(rows),
        axis=words.gettext("points above or below the official share (0 = right)"),
        lines=(Line(0.0, words.gettext("official share")),),
        legend=(
            *((("hollow", 2, published),) if both else ()),
            ("dot", 1, words.gettext("corrected by the other questions") if both else published),
            ("line", 1, words.gettext("interval learnt from the other questions")),
        ),
    )
    table = [_table_row(one, weighted, labels, words, both=both) for item in order for one in groups[item]]
    return chart, tuple(table)


def _telling(ones: Sequence[Checked], off: Callable[[Checked], float]) -> Checked:
    """Return the answer furthest off; of answers about as far off, people speak about the rarest."""
    worst = max(off(one) for one in ones)
    return min((one for one in ones if off(one) >= ALIKE * worst), key=lambda one: one.truth)


def _answer(one: Checked, labels: Labels) -> str:
    return f"{labels.variable(one.item)}: {labels.category(one.item, one.category)}"


def _error_row(
    one: Checked, weighted: dict[tuple[str, str], Checked], labels: Labels, words: Words, *, both: bool
) -> Row:
    published = weighted.get((one.item, one.category))
    marks = [Mark(100 * one.error)]
    numbers = [one.estimate, one.truth]
    if both and published is not None:
        marks.insert(0, Mark(100 * published.error, "hollow", 2))
        numbers.insert(0, published.estimate)
    text = " | ".join(number(100 * value, 1, words) for value in numbers)
    sign = "" if one.held is None else " ✓" if one.held else " ✕"
    return Row(
        _answer(one, labels),
        tuple(marks),
        low=None if one.lower is None else 100 * (one.lower - one.truth),
        high=None if one.upper is None else 100 * (one.upper - one.truth),
        text=text + sign,
    )


def _table_row(
    one: Checked, weighted: dict[tuple[str, str], Checked], labels: Labels, words: Words, *, both: bool
) -> tuple[str, ...]:
    published = weighted.get((one.item, one.category))
    said = [number(100 * one.estimate, 1, words)]
    if both:
        said.insert(0, number(100 * published.estimate, 1, words) if published else "")
    span = ""
    if one.lower is not None and one.upper is not None:
        span = f"{number(100 * one.lower, 1, words)}–{number(100 * one.upper, 1, words)}"
    held = "" if one.held is None else words.gettext("yes") if one.held else words.gettext("no")
    return (
        labels.variable(one.item),
        labels.category(one.item, one.category),
        *said,
        span,
        number(100 * one.truth, 1, words),
        held,
    )
