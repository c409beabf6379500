"""comparison.html: two rounds of one study side by side, and what may and may not be called a change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countersign.catalogue import criteria
from countersign.model.estimate import Estimate, Status
from countersign.model.finding import State
from countersign.model.two_rounds import Break, FigurePair, MovedFinding, MovedVerdict, RoundFigure, TwoRounds
from countersign.publishing.charting import drawer
from countersign.publishing.digits import Scale, count, decimals, number, scale
from countersign.publishing.dossier import style
from countersign.publishing.labels import SYMBOLS, plain, state_word, status_word
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import Numbers, environment
from countersign.publishing.reference import criterion_title, selection_title, use_title
from countersign.publishing.round_pictures import pictures
from countersign.publishing.writing import write_whole

METHOD = "MOVER (Zou and Donner 2008)"


@dataclass(frozen=True)
class PairRow:
    """One figure in both rounds as text."""

    title: str
    group: str
    figure_id: str
    unit: str
    before: str
    after: str
    moved: str
    farthest: str
    word: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class VerdictMove:
    """A verdict then and now as text."""

    about: str
    before: str
    after: str
    newly: str
    no_longer: str


def write_rounds(rounds: TwoRounds, path: Path, *, language: str = "en") -> None:
    """Write the comparison as one HTML file.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(rounds, words=speak(language)))


def render(rounds: TwoRounds, *, words: Words) -> str:
    """Return the comparison as HTML text."""
    rows = tuple(_row(pair, rounds, words) for pair in rounds.figures)
    said = {row.figure_id: f"{row.title}, {row.group}" if row.group else row.title for row in rows}
    return (
        environment(words)
        .get_template("comparison.html")
        .render(
            {
                "rounds": rounds,
                "words": words,
                "style": style(),
                "title": rounds.new.title or words.gettext("Untitled study"),
                "synthetic": rounds.old.synthetic or rounds.new.synthetic,
                "heads": _heads(rounds, words),
                "in_short": tuple(_in_short(rounds, words)),
                "rows": rows,
                "pictures": pictures(rounds, words),
                "draw": drawer(words),
                "number": Numbers(),
                "method": METHOD,
                "chosen": rounds.old.self_selected or rounds.new.self_selected,
                "farthest": any(row.farthest for row in rows),
                "breaks": tuple(_break(one, words) for one in rounds.breaks),
                "findings": tuple(_finding(one, words) for one in rounds.findings),
                "verdicts": tuple(_verdict(one, rounds, words) for one in rounds.verdicts),
                "visible": tuple(said[name] for name in rounds.visible),
                "lost": tuple(said[name] for name in rounds.lost),
            }
        )
    )


def summary(rounds: TwoRounds) -> tuple[str, ...]:
    """Return what moved in plain sentences, for the command line."""
    return tuple(_in_short(rounds, speak()))


def _heads(rounds: TwoRounds, words: Words) -> tuple[tuple[str, str, str], ...]:
    old, new = rounds.old, rounds.new
    return (
        (words.gettext("Period"), old.period, new.period),
        (words.gettext("Made"), old.made, new.made),
        (
            words.gettext("How they got in"),
            selection_title(old.selection, words),
            selection_title(new.selection, words),
        ),
        *rounds.versions,
    )


def _in_short(rounds: TwoRounds, words: Words) -> list[str]:
    both = [pair for pair in rounds.figures if pair.difference]
    called = [pair for pair in both if not pair.why_no_change]
    moved = [pair for pair in called if pair.difference and pair.difference.beyond_chance]
    said = [
        words.ngettext("{n} figure stands in both rounds.", "{n} figures stand in both rounds.", len(both)).format(
            n=len(both)
        ),
    ]
    if called:
        said.append(
            words.gettext("{moved} of {called} that may be compared differ by more than chance.").format(
                moved=len(moved), called=len(called)
            )
        )
        expected = round(len(called) * (1 - Estimate.level))
        if expected:
            said.append(
                words.gettext("So would about {n} of {called} if nothing had changed.").format(
                    n=expected, called=len(called)
                )
            )
    if len(both) > len(called):
        said.append(
            words.ngettext(
                "{n} difference is not called a change; the reasons stand beside it.",
                "{n} differences are not called changes; the reasons stand beside them.",
                len(both) - len(called),
            ).format(n=len(both) - len(called))
        )
    if rounds.breaks:
        n = len(rounds.breaks)
        said.append(words.ngettext("{n} thing was done otherwise.", "{n} things were done otherwise.", n).format(n=n))
    for names, one, several in (
        (rounds.visible, "{n} group is newly visible.", "{n} groups are newly visible."),
        (rounds.lost, "{n} group is no longer visible.", "{n} groups are no longer visible."),
    ):
        if names:
            said.append(words.ngettext(one, several, len(names)).format(n=len(names)))
    return said


def _row(pair: FigurePair, rounds: TwoRounds, words: Words) -> PairRow:
    own = scale(pair.statistic, pair.unit)
    widths = [
        decimals(one.lower * own.factor, one.upper * own.factor)
        for one in (pair.old, pair.new)
        if one and one.lower is not None and one.upper is not None
    ]
    places = max(widths, default=0)
    moved = pair.difference
    unit = words.gettext("points") if own.percent else own.unit
    return PairRow(
        title=rounds.titles.get(pair.indicator) or plain(pair.indicator),
        group=", ".join(pair.domain.values()),
        figure_id=pair.figure_id,
        unit=own.unit,
        before=_figure(pair.old, own, places, words),
        after=_figure(pair.new, own, places, words),
        moved=_span(moved.value, (moved.lower, moved.upper), own, places, words, unit) if moved else "",
        farthest=_ends(moved.farthest, own, places, words) if moved and moved.farthest else "",
        word=_word(pair, words),
        why=pair.why_no_change,
    )


def _figure(one: RoundFigure | None, own: Scale, places: int, words: Words) -> str:
    if one is None:
        return words.gettext("not in this round")
    if one.value is None or one.lower is None or one.upper is None:
        known = one.status in {str(status) for status in Status}
        return status_word(Status(one.status), words) or one.status if known else one.status
    low, high = (number(each * own.factor, places, words) for each in (one.lower, one.upper))
    said = f"{number(one.value * own.factor, places, words)} ({low}–{high})"
    return f"{said}, n {count(one.n, words)}" if one.n is not None else said


def _span(value: float, ends: tuple[float, float], own: Scale, places: int, words: Words, unit: str) -> str:
    return f"{_signed(value, own, places, words)} ({_ends(ends, own, places, words)}) {unit}".strip()


def _ends(ends: tuple[float, float], own: Scale, places: int, words: Words) -> str:
    low, high = (_signed(each, own, places, words) for each in ends)
    return words.gettext("{low} to {high}").format(low=low, high=high)


def _signed(value: float, own: Scale, places: int, words: Words) -> str:
    text = number(value * own.factor, places, words)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def _word(pair: FigurePair, words: Words) -> str:
    if pair.difference is None:
        return ""
    if pair.why_no_change:
        return words.gettext("not called a change")
    return words.gettext("more than chance") if pair.difference.beyond_chance else words.gettext("within chance")


def _break(one: Break, words: Words) -> tuple[str, str, str, str]:
    kind = {
        "form": words.gettext("form"),
        "definition": words.gettext("definition"),
        "method": words.gettext("method"),
        "benchmark": words.gettext("benchmark"),
        "processing": words.gettext("processing"),
        "limits": words.gettext("limits"),
    }.get(one.kind, one.kind)
    nothing = words.gettext("not stated")
    return kind, one.place, one.before or nothing, one.after or nothing


def _finding(one: MovedFinding, words: Words) -> tuple[str, str, str, str, str]:
    name = f"{one.criterion} {criterion_title(one.criterion, words)}" if one.criterion in criteria() else one.criterion
    about = f"{one.check} ({one.subject})" if one.subject else one.check
    return name, about, _state(one.before, words), _state(one.after, words), one.message


def _state(word: str, words: Words) -> str:
    if not word:
        return words.gettext("not there")
    return f"{SYMBOLS[State(word)]} {state_word(State(word), words)}"


def _verdict(one: MovedVerdict, rounds: TwoRounds, words: Words) -> VerdictMove:
    about = rounds.titles.get(one.subject) or (plain(one.subject) if one.subject else words.gettext("The whole study"))

    def said(use: str, reach: str) -> str:
        if use:
            return f"{use} {use_title(use, words)}"
        if reach:
            return words.gettext("none established; nothing speaks against {use}").format(
                use=f"{reach} {use_title(reach, words)}"
            )
        return words.gettext("none established")

    return VerdictMove(
        about=f"{about}, {one.area}" if one.area else about,
        before=said(one.use_before, one.reach_before),
        after=said(one.use_after, one.reach_after),
        newly=", ".join(one.newly),
        no_longer=", ".join(one.no_longer),
    )
