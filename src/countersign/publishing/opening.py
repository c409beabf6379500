"""The first page: the key figures in a sentence each, what the data are good enough for, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from countersign.model.estimate import Estimate
from countersign.model.finding import Finding, Fitness, State
from countersign.model.release import Release
from countersign.publishing.digits import between, count, decimals, in_people, number, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, lowered, statistic_of, status_word
from countersign.publishing.language import Words
from countersign.publishing.plausible import anchors, corrected, main_figures, saying, told, whys
from countersign.publishing.reference import (
    criterion_title,
    ladder,
    place,
    selection_title,
    self_selected,
    use_title,
)
from countersign.publishing.truth import average_error, items

MOST_KEY_FIGURES = 8
MOST_STEPS = 5


@dataclass(frozen=True)
class KeyFigure:
    """One key figure: what it is about, its interval as a sentence, and the small print.

    Parameters
    ----------
    range: where the truth may lie, as a sentence, for those who chose themselves; why: its parts; anchor: the
        place on the page that gives the reasons. allowed: the strongest sentence that may be written, caveat: what must
        stand beside it.
    """

    title: str
    group: str
    sentence: str
    details: str
    word: str
    figure_id: str
    range: str = ""
    why: tuple[str, ...] = ()
    anchor: str = ""
    allowed: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class Rung:
    """One use on the ladder: ``reached``, ``blocked`` or ``open``, and by which criteria."""

    code: str
    title: str
    bar: str
    state: str
    wanted: bool
    failing: tuple[str, ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What one part of the data is good enough for."""

    subject: str
    use: str
    title: str
    wanted: str
    enough: bool
    claim: str
    rungs: tuple[Rung, ...]
    reach: str = ""


@dataclass(frozen=True)
class AreaVerdicts:
    """The verdicts of one indicator by area or group: use established, use nothing speaks against, what failed."""

    subject: str
    level: str
    rows: tuple[tuple[str, str, str, str], ...]


def key_figures(release: Release, labels: Labels, words: Words) -> tuple[tuple[KeyFigure, ...], int]:
    """Return the figures of the first page and how many others could have stood there.

    The figure for everybody of each indicator; where a study asks for none, the groups of its first breakdown.
    """
    picked = main_figures(release.estimates)
    places = anchors(release.estimates)
    allowed = {one.figure_id: one for one in release.sentences}
    figures = []
    for one in picked[:MOST_KEY_FIGURES]:
        if told(one):
            figure = _ranged(one, places.get(id(one), ""), release, labels, words)
        else:
            figure = key_figure(one, labels, words, chosen=_chosen(one, release))
        if one.figure_id in allowed and shown(one):
            sentence = allowed[one.figure_id]
            figure = replace(figure, allowed=sentence.text, caveat=sentence.caveat)
        figures.append(figure)
    return tuple(figures), max(0, len(picked) - MOST_KEY_FIGURES)


def _chosen(one: Estimate, release: Release) -> bool:
    """Return whether those behind a figure chose themselves."""
    plan = release.plan.indicators.get(one.indicator)
    name = plan.data if plan and plan.data else release.plan.main.name if release.plan.data else ""
    own = [note for note in release.data if note.name == name] or release.data
    return any(self_selected(note.selection) for note in own)


def _ranged(one: Estimate, anchor: str, release: Release, labels: Labels, words: Words) -> KeyFigure:
    """Return a key figure of those who chose themselves: value and plausible range, not the interval of chance."""
    found = told(one)
    assert found is not None
    value, lies = saying(one, words)
    parts = [
        words.ngettext("from {n} record", "from {n} records", one.n).format(n=count(one.n, words)),
        corrected(one, release.experience, words).rstrip("."),
    ]
    if one.truth is not None:
        inside, outside = (
            words.gettext("true value {value}: inside the plausible range"),
            words.gettext("true value {value}: NOT inside the plausible range"),
        )
        parts.append(_against_truth(one, found.lower, found.upper, (inside, outside), words))
    return KeyFigure(
        title=labels.indicator(one.indicator),
        group=labels.domain(one.domain) if one.domain else "",
        sentence=value,
        details=" · ".join(filter(None, parts)),
        word=status_word(one.status, words),
        figure_id=one.figure_id,
        range=lies,
        why=whys(one, words),
        anchor=anchor,
    )


def _against_truth(one: Estimate, lower: float, upper: float, said: tuple[str, str], words: Words) -> str:
    """Return whether a range holds the true value, with the value; `said`: what to say if it does, and if not."""
    truth = one.truth or 0.0
    own = scale(one.statistic, one.unit)
    places = decimals(lower * own.factor, upper * own.factor)
    text = said[0] if lower <= truth <= upper else said[1]
    return text.format(value=f"{number(truth * own.factor, places, words)} {own.unit}".strip())


def key_figure(one: Estimate, labels: Labels, words: Words, *, chosen: bool = False) -> KeyFigure:
    """Return one key figure in sentences.

    Parameters
    ----------
    chosen: those who took part chose themselves, so that the interval is said to show chance only.
    """
    group = labels.domain(one.domain) if one.domain else ""
    title = labels.indicator(one.indicator)
    word = status_word(one.status, words)
    if not shown(one) or one.value is None or one.lower is None or one.upper is None:
        return KeyFigure(title, group, word, one.note, "", one.figure_id)
    own, numbers = scale(one.statistic, one.unit), show(one, words)
    if own.percent and 0 <= one.lower * own.factor < one.upper * own.factor <= 100:
        sentence = in_people(one.lower * own.factor, one.upper * own.factor, words)
        if own.unit.startswith("% of "):
            sentence += f" {own.unit.removeprefix('% of ')}"
    else:
        sentence = between(numbers, words)
    parts = [
        words.gettext("Best single value ({statistic}): {value}").format(
            statistic=statistic_of(one, labels, words), value=f"{numbers.value} {numbers.unit}".strip()
        ),
        _interval(one, words, chosen=chosen),
        words.ngettext("from {n} record", "from {n} records", one.n).format(n=count(one.n, words)),
    ]
    if one.truth is not None:
        said = words.gettext("true value {value}: inside"), words.gettext("true value {value}: NOT inside the interval")
        parts.append(_against_truth(one, one.lower, one.upper, said, words))
    return KeyFigure(title, group, sentence, " · ".join(parts), word, one.figure_id)


def _interval(one: Estimate, words: Words, *, chosen: bool) -> str:
    if one.lower == one.upper:
        return words.gettext("no interval: its width is zero")
    level = number(one.level * 100, 0, words)
    if chosen:
        return words.gettext("{level} % interval, chance only").format(level=level)
    return words.gettext("{level} % interval").format(level=level)


def verdicts(fitness: Sequence[Fitness], labels: Labels, words: Words) -> tuple[Verdict, ...]:
    """Return what each subject is good enough for, with the whole ladder of uses; equal verdicts are told once.

    Verdicts of areas and groups are in `area_verdicts`.
    """
    groups: dict[tuple[object, ...], list[Fitness]] = {}
    for one in fitness:
        if one.domain:
            continue
        key = (one.use, one.wanted, repr(sorted(one.blocked.items())), repr(sorted(one.open.items())))
        groups.setdefault(key, []).append(one)
    result = []
    for same in groups.values():
        one = same[0]
        names = [labels.indicator(each.subject) if each.subject else words.gettext("The whole study") for each in same]
        result.append(
            Verdict(
                subject="; ".join(names) if len(groups) > 1 else "",
                use=one.use,
                title=use_title(one.use, words) if one.use else "",
                wanted=use_title(one.wanted, words),
                enough=bool(one.use) and one.use >= one.wanted,
                claim=next((words.gettext(use.claim) for use in ladder() if use.id == one.use and use.claim), ""),
                rungs=_rungs(one, words),
                reach=use_title(one.reach, words) if one.reach > one.use else "",
            )
        )
    return tuple(result)


def area_verdicts(fitness: Sequence[Fitness], labels: Labels, words: Words) -> tuple[AreaVerdicts, ...]:
    """Return the verdicts by area or group, a table for each indicator and level."""
    groups: dict[tuple[str, str], list[Fitness]] = {}
    for one in fitness:
        if one.domain:
            groups.setdefault((one.subject, one.level), []).append(one)

    def said(use: str) -> str:
        return use_title(use, words) if use else words.gettext("none established")

    return tuple(
        AreaVerdicts(
            labels.indicator(subject) if subject else words.gettext("The whole study"),
            labels.by(tuple(same[0].domain)),
            tuple(
                (
                    labels.domain(one.domain),
                    said(one.use),
                    said(one.reach),
                    ", ".join(
                        dict.fromkeys(criterion_title(key, words) for keys in one.blocked.values() for key in keys)
                    ),
                )
                for one in same
            ),
        )
        for (subject, _), same in groups.items()
    )


def _rungs(one: Fitness, words: Words) -> tuple[Rung, ...]:
    rungs = []
    told: set[str] = set()
    stopped = False
    for use in ladder():
        failing = tuple(sorted(one.blocked.get(use.id, ()), key=place))
        unanswered = tuple(sorted(one.open.get(use.id, ()), key=place))
        stopped = stopped or bool(failing)
        reached = bool(one.use) and use.id <= one.use
        state = "reached" if reached else "blocked" if stopped else "open"
        new = [key for key in failing if key not in told], [key for key in unanswered if key not in told]
        told |= {*failing, *unanswered}
        rungs.append(
            Rung(
                code=use.id,
                title=words.gettext(use.title),
                bar=words.gettext(use.bar) if use.bar else "",
                state=state,
                wanted=use.id == one.wanted,
                failing=tuple(criterion_title(key, words) for key in new[0]),
                unanswered=tuple(criterion_title(key, words) for key in new[1]),
            )
        )
    return tuple(rungs)


def next_steps(findings: Iterable[Finding], fitness: Sequence[Fitness]) -> tuple[str, ...]:
    """Return what would help most: the steps the verdicts name, then the fixes of what blocks the wanted use."""
    steps = [one.next_step for one in fitness if one.next_step]
    blocking = {key for one in fitness for use, keys in one.blocked.items() if use <= one.wanted for key in keys}
    ordered = sorted(findings, key=lambda finding: (finding.criterion not in blocking, place(finding.criterion)))
    steps += [finding.fix for finding in ordered if finding.state is State.FAIL and finding.fix]
    steps += [finding.fix for finding in ordered if finding.state is State.WARN and finding.fix]
    return tuple(dict.fromkeys(steps))[:MOST_STEPS]


def warning(release: Release, words: Words) -> str:
    """Return the sentence that stands beside the key figures of a sample that selected itself; else nothing."""
    if not any(self_selected(note.selection) for note in release.data):
        return ""
    if any(told(one) for one in release.estimates):
        said = words.gettext(
            "These data selected themselves. Chance is rarely their largest error. So each range below says where "
            "the truth may lie, and why."
        )
    elif release.weights is not None:
        said = words.gettext(
            "These data selected themselves. They are weighted to a benchmark, which repairs a part of that. The "
            "intervals below show chance only; the true value may lie outside them."
        )
    else:
        said = words.gettext(
            "These data selected themselves and are not weighted. The intervals below show chance only; for "
            "everybody, the true value may lie outside them."
        )
    asked = items(release.comparisons)
    if asked:
        off = average_error(asked, weighted=release.weights is not None)
        said += " " + words.gettext(
            "Where the right answer is known, these data are off by {points} percentage points on average."
        ).format(points=number(off, 1, words))
    return said


def reading(release: Release, labels: Labels, words: Words) -> tuple[str, ...]:
    """Return how to read the intervals of this release, for the way its units got in."""
    if not any(shown(one) for one in release.estimates):
        return ()
    selections = {note.selection for note in release.data} or {release.plan.initiative.selection}
    levels = sorted({one.level for one in release.estimates if shown(one)})
    level = ", ".join(number(level * 100, 0, words) for level in levels)
    sentences = [
        words.gettext(
            "Each figure stands with an interval, because a different set of records would have given a different "
            "figure. The wider the interval, the less is known."
        )
    ]
    chosen = sorted(key for key in selections if self_selected(key))
    if chosen:
        ways = "; ".join(lowered(selection_title(key, words)) for key in chosen)
        sentences.append(
            words.gettext(
                "Who or what is in these data was not drawn at random ({ways}). They selected themselves, or were "
                "selected by where people happened to be. The intervals show chance only. They do not show how far "
                "those who are in differ from those who are not. More records do not repair this."
            ).format(ways=ways)
        )
        sentences.append(_condition(release, labels, words))
        if any(told(one) for one in release.estimates):
            sentences.append(
                words.gettext(
                    "The plausible range looks further. It joins chance, other ways of computing, the errors on "
                    "questions with a known answer, and stated selection. Quote it with the figure."
                )
            )
    elif selections == {"enumeration"}:
        sentences.append(
            words.gettext(
                "The aim was to count everybody. An interval shows how the figure would vary if such counts were "
                "repeated; wrong or missing answers come on top."
            )
        )
    else:
        sentences.append(
            words.gettext(
                "The records were drawn at random. If the same survey was done again many times, about {level} of 100 "
                "such intervals would hold the true value. Wrong answers and missing groups come on top."
            ).format(level=level)
        )
    return tuple(sentences)


def _condition(release: Release, labels: Labels, words: Words) -> str:
    if release.weights is not None and release.weights.by:
        return words.gettext(
            "They hold only if, among people or places alike in {variables}, those who are in are like those who are "
            "not. Nothing in these data alone can prove that."
        ).format(variables=labels.by(release.weights.by))
    return words.gettext(
        "The data are not weighted. The intervals hold only for records taken in the same way, not for everybody."
    )
