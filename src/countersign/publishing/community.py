"""community.html: one printed page in large type and plain words, for those who gave the data.

What does not fit on the page is left out in a fixed order: further figures first, then further groups. Sentences are
never cut.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from countersign.catalogue import languages, load, threshold, uses
from countersign.catalogue import words as catalogue_words
from countersign.model.estimate import Estimate, Status
from countersign.model.finding import Fitness
from countersign.model.release import DataNote, Release
from countersign.model.sentence import Sentence
from countersign.publishing import people
from countersign.publishing.digits import between, count, decimals, in_people, number, percent, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.hidden_groups import hidden
from countersign.publishing.labels import Labels, lowered
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import environment, unreviewed
from countersign.publishing.plain_language import jargon, sentences
from countersign.publishing.plausible import main_figures, told
from countersign.publishing.reference import self_selected, spoken
from countersign.publishing.writing import write_whole

POPULATION = "U4"  # from this use on a sentence may speak of the population and not only of those who took part
# The page in millimetres, after templates/community.css: 297 less its margins, and some to spare for wider letters.
ROOM = 273.0
LINE, BIG_LINE, TITLE_LINE, GAP = 6.42, 7.34, 8.93, 1.2
HEADING, BANNER, BOX, PICTURE, SIGNATURES = 11.2, 7.5, 4.4, 11.7, 15.0
WIDE, NARROW, BESIDE, BOLD, TITLE = 76, 32, 49, 39, 41  # letters on a line of each kind
HEADINGS = 28
TALL = 0.92  # scripts that run from right to left need higher lines
HOUSEHOLD = "household"
MADE_UP = "Made up, to show how it works. Not about real people."
LEAVING_OUT = (
    ("asked", 2), ("found", 3), ("missing", 2), ("hidden", 3), ("hidden", 2), ("found", 2), ("asked", 1), ("found", 1),
    ("missing", 1),
)  # fmt: skip
MOST_FIGURES, MOST_GROUPS, MOST_ASKED = 4, 4, 4


@dataclass(frozen=True)
class Told:
    """One figure as it is told: of what, the sentence, what must stand beside it, and the picture of ten."""

    title: str
    said: str
    caveat: str = ""
    picture: people.OfTen | None = None
    people: bool = True

    @property
    def height(self) -> float:
        """How many millimetres of the page it takes."""
        width, bold = (BESIDE, BOLD) if self.picture else (WIDE, WIDE - 10)
        words = LINE * _lines(self.title, width) + BIG_LINE * _lines(self.said, bold)
        words += LINE * _lines(self.caveat, width) if self.caveat else 0
        return max(words, PICTURE if self.picture else 0) + GAP + 0.2


@dataclass(frozen=True)
class Leaf:
    """Everything the page says."""

    asked: tuple[str, ...]
    more: int
    who: tuple[str, ...]
    found: tuple[Told, ...]
    missing: tuple[str, ...]
    good: tuple[str, ...]
    step: str
    ask: tuple[str, ...]
    back: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    dense: bool = False

    @property
    def beside(self) -> str:
        """What must stand beside every figure, where it is the same for all of them; it is told once."""
        caveats = {one.caveat for one in self.found}
        return caveats.pop() if len(caveats) == 1 else ""

    @property
    def perhaps(self) -> bool:
        """Whether some picture has a question mark."""
        return any(one.picture and one.picture.sure < one.picture.most for one in self.found)


def write_community(release: Release, path: Path, *, language: str = "en") -> None:
    """Write the page for the community as one HTML file that prints on one A4 sheet.

    Parameters
    ----------
    language: BCP 47 tag; English where the page has not been translated.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(release, words=speak(language)))


def render(release: Release, *, words: Words) -> str:
    """Return the page as HTML text."""
    synthetic = release.plan.synthetic or release.estimates.synthetic
    title = words.pick(release.plan.title, words.gettext("Untitled study"))
    note = unreviewed(words)
    used = TITLE_LINE * _lines(title, TITLE) + 2 + (LINE + GAP if note else 0)
    used += BANNER + LINE * _lines(words.gettext(MADE_UP), WIDE - 12) if synthetic else 0
    used += LINE * _wrapped(words)
    parties = len(release.plan.signing.parties)  # who signed is told on the page once it is signed
    used += HEADING + parties * (2 * LINE + GAP) if parties else 0
    view = {
        "release": release,
        "words": words,
        "title": title,
        "synthetic": synthetic,
        "style": style(),
        "page": fit(leaf(release, words), room=ROOM * (TALL if words.direction == "rtl" else 1) - used),
        "draw": people.draw,
        "unreviewed": note,
    }
    return environment(words).get_template("community.html").render(view)


def style() -> str:
    """Return the style of the page."""
    return (files("countersign.publishing") / "templates" / "community.css").read_text(encoding="utf-8")


def leaf(release: Release, words: Words) -> Leaf:
    """Return what the page says of a release, before it is made to fit."""
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)
    whole = next((one for one in release.fitness if not one.subject and not one.domain), None)
    verdict = whole or next(iter(release.fitness), None)
    asked = _asked(release, labels, words)
    return Leaf(
        asked=asked[:MOST_ASKED],
        more=len(asked[MOST_ASKED:]),
        who=_who(release, words),
        found=_found(release, labels, words),
        missing=_missing(release, labels, words),
        good=_good(verdict, words),
        step=_step(verdict, words),
        ask=_ask(release, words),
        back=_back(release, words),
        hidden=hidden(release.disclosure, labels, words),
    )


def fit(page: Leaf, *, room: float) -> Leaf:
    """Leave out what does not fit in `room` millimetres: asked beyond two, figures and groups beyond two, then more.

    What still does not fit is set closer (`Leaf.dense`); the letters of the text stay as large.
    """
    for name, least in LEAVING_OUT:
        while _height(page) > room and len(getattr(page, name)) > least:
            more = page.more + (name == "asked")
            page = replace(page, more=more, **{name: getattr(page, name)[:-1]})
    return replace(page, dense=_height(page) > room)


def _lines(text: str, width: int) -> int:
    return max(1, math.ceil(len(text) / width))


def _wrapped(words: Words) -> int:
    """Return how many lines the headings of the half columns take beyond the first."""
    pairs = (("What we asked", "Who took part"), ("Whom to ask", "How results come back"))
    return sum(max(_lines(words.gettext(name), HEADINGS) for name in pair) - 1 for pair in pairs)


def _block(texts: Sequence[str], width: int) -> float:
    return sum(LINE * _lines(text, width) + GAP for text in texts)


def _height(page: Leaf) -> float:
    """Return about how many millimetres the page takes below its title."""
    more = [""] if page.more else []
    beside = max(_block([*page.asked, *more], NARROW), _block(page.who, NARROW + 3))
    last = max(_block(page.ask, NARROW + 3), _block(page.back, NARROW + 3))
    wide = _block([*page.missing, *page.good], WIDE) + (_block([page.step], WIDE) + HEADING + BOX if page.step else 0)
    once = page.beside
    found = sum((replace(one, caveat="") if once else one).height for one in page.found) or LINE
    found += LINE + GAP if once or page.perhaps else 0
    kept = HEADING + _block(page.hidden, WIDE) if page.hidden else 0
    return 6 * HEADING + beside + last + wide + found + kept + SIGNATURES


def _asked(release: Release, labels: Labels, words: Words) -> tuple[str, ...]:
    names = list(dict.fromkeys(one.indicator for one in release.estimates)) or list(release.plan.indicators)
    return tuple(labels.indicator(name) for name in names) or (
        words.gettext("Nobody has written down what was asked."),
    )


def _person(note: DataNote | None) -> bool:
    """Whether one record is a person: by the words the catalogue knows, of which a household is none."""
    unit = note.unit.casefold() if note else ""
    words = [str(word) for word in load("units")["person"]["words"] if word != HOUSEHOLD]
    return any(word in unit for word in words) and HOUSEHOLD not in unit


def _who(release: Release, words: Words) -> tuple[str, ...]:
    said = []
    for note in release.data[:1]:
        n = count(note.kept, words)
        if _person(note):
            said.append(words.ngettext("{n} person.", "{n} people.", note.kept).format(n=n))
        else:
            said.append(words.gettext("We have {n} records. Each is one {unit}.").format(n=n, unit=note.unit))
        listing = load("selections")
        if note.selection in listing:
            said.append(spoken(f"selections.{note.selection}.title", listing[note.selection].title, words) + ".")
    place = ", ".join(filter(None, (release.plan.population.area, _years(release.plan.population.time))))
    if place:
        said.append(f"{place}.")
    return tuple(said) or (words.gettext("Nobody has written down who took part."),)


def _years(time: str) -> str:
    return time.replace("/", " – ")


def _found(release: Release, labels: Labels, words: Words) -> tuple[Told, ...]:
    said = {one.figure_id: one for one in release.sentences}
    picked = main_figures(release.estimates)[:MOST_FIGURES]
    return tuple(_told(one, said.get(one.figure_id), release, labels, words) for one in picked)


def _told(one: Estimate, sentence: Sentence | None, release: Release, labels: Labels, words: Words) -> Told:
    title = labels.indicator(one.indicator)
    if one.domain:
        title += f", {labels.domain(one.domain)}"
    if one.status is Status.REFUSED:
        return Told(title, words.gettext("These data cannot tell."))
    if not shown(one) or one.value is None or one.lower is None or one.upper is None:
        return Told(title, _why_not(one, words))
    note = _note_of(one, release)
    person, chosen = _person(note), note is None or self_selected(note.selection)
    if sentence and not sentence.use > "U0":
        inside = _of_those_in(one, title, words, person=person, counted=False)
        return replace(inside, caveat=words.gettext("Only for us. It may not be published yet."))
    whole = sentence.use >= POPULATION if sentence else not chosen
    if not whole:
        counted = note is not None and note.selection == "enumeration"
        return _of_those_in(one, title, words, person=person, counted=counted)
    span = told(one)
    lower, upper = (span.lower, span.upper) if span else (one.lower, one.upper)
    own = scale(one.statistic, one.unit)
    caveat = words.gettext("Nobody can be sure. This is our best range.") if chosen else ""
    if own.percent and 0 <= lower <= upper and upper * own.factor <= 100:
        share = lower * own.factor / 100, upper * own.factor / 100
        text = _in_hundred(100 * share[0], 100 * share[1], words)
        return Told(title, f"{text}.", caveat, people.of_ten(*share, words, people=person), person)
    ranged = replace(one, lower=lower, upper=upper)
    return Told(title, f"{between(show(ranged, words), words)}.", caveat)


def _why_not(one: Estimate, words: Words) -> str:
    """Return why a figure has no number: each state has words of its own."""
    return {
        Status.SUPPRESSED: words.gettext("We know this and do not show it, to protect people."),
        Status.TOO_FEW: words.gettext("Too few people answered. So we have no number."),
        Status.NOT_ASKED: words.gettext("We did not ask these people this question."),
    }.get(one.status, words.gettext("Nobody answered this. So we do not know."))


def _in_hundred(lower: float, upper: float, words: Words) -> str:
    """Return a range in percent as ``Between 5 and 30 in 100``, rounded as in the other pages."""
    if decimals(lower, upper) or lower == upper:
        return in_people(lower, upper, words)
    return words.gettext("Between {low} and {high} in {base}").format(
        low=number(lower, 0, words), high=number(upper, 0, words), base=100
    )


def _note_of(one: Estimate, release: Release) -> DataNote | None:
    plan = release.plan.indicators.get(one.indicator)
    name = plan.data if plan and plan.data else next(iter(release.plan.data), "")
    return next((note for note in release.data if note.name == name), next(iter(release.data), None))


def _of_those_in(one: Estimate, title: str, words: Words, *, person: bool, counted: bool) -> Told:
    """Return a figure told of those who took part only: as counted, without weights."""
    value = one.value if one.raw is None else one.raw
    assert value is not None
    own = scale(one.statistic, one.unit)
    only = (
        words.gettext("We cannot say it of everybody.") if person else words.gettext("We cannot say it of all places.")
    )
    if counted:  # who was counted is everybody
        only = ""
    if own.percent and 0 <= value * own.factor <= 100:
        share = value * own.factor / 100
        text = (
            words.gettext("Of those who took part, {n} of 100.")
            if person
            else words.gettext("Of what we saw, {n} of 100.")
        )
        return Told(
            title,
            text.format(n=number(100 * share, 0, words)),
            only,
            people.about_ten(share, words, people=person),
            person,
        )
    text = words.gettext("Among those who took part: {value}.") if person else words.gettext("In what we saw: {value}.")
    figure = show(one if one.raw is None else replace(one, value=value), words)
    return Told(title, text.format(value=f"{figure.value} {figure.unit}".strip()), only)


def _missing(release: Release, labels: Labels, words: Words) -> tuple[str, ...]:
    """Return whom the data hardly hold: groups beside the benchmark, or, without one, that nobody has compared."""
    least = threshold("representation_low").good
    few: list[tuple[bool, float, str]] = []
    for one in release.groups:
        if one.population is None and one.n:
            continue
        withheld = one.n is None or one.data is None
        ratio = 0.0 if withheld or not one.n else one.ratio if one.ratio is not None else 1.0
        if ratio < least:
            few.append(
                (not one.priority, ratio, _few(one.variable, one.category, one.data, one.population, labels, words))
            )
    if not release.groups and release.weights is not None:
        for each in release.weights.balance:
            data, target = each.share_data, each.share_benchmark
            if target and data / target < least:
                few.append((True, data / target, _few(each.variable, each.category, data, target, labels, words)))
    if few:
        return tuple(dict.fromkeys(text for _, _, text in sorted(few)))[:MOST_GROUPS]
    if release.groups or release.weights is not None:
        return (words.gettext("No group that we compared is much too small. Others we could not compare."),)
    if _person(next(iter(release.data), None)):
        return (words.gettext("We do not know. Nobody has compared those who took part with everybody."),)
    return (words.gettext("We do not know. Nobody has compared what we saw with all there is."),)


def _few(variable: str, category: str, share: float | None, target: float | None, labels: Labels, words: Words) -> str:
    names = " x ".join(labels.variable(part) for part in variable.split(" x "))
    group = f"{labels.category(variable, category)} ({lowered(names)})"
    if share is None:
        return words.gettext("{group}. So few took part that we do not show how many.").format(group=group)
    if not share:
        return words.gettext("{group}. Nobody took part.").format(group=group)
    if target is None:
        return words.gettext("{group}. Too few took part.").format(group=group)
    places = 0 if min(share, target) >= 0.01 else 1
    return words.gettext("{group}. {share} of those who took part, {target} of everybody.").format(
        group=group, share=percent(share, words, places), target=percent(target, words, places)
    )


def _good(verdict: Fitness | None, words: Words) -> tuple[str, ...]:
    if verdict is None:
        return (words.gettext("Nobody has looked at this yet."),)
    ladder = uses()
    if verdict.use in ladder:
        said = [f"{_use(verdict.use, words)}."]
    elif verdict.reach in ladder:
        said = [
            words.gettext("It is not settled yet. Some questions are open."),
            words.gettext("If they are answered well, at best: {use}.").format(use=_use(verdict.reach, words)),
        ]
    else:
        said = [words.gettext("It is not settled yet. Some questions are open.")]
    # What is only open is not failed: that it may still be reached is said above.
    settled = verdict.use if verdict.use in ladder else verdict.reach
    if verdict.wanted in ladder and settled < verdict.wanted:
        said.append(words.gettext("It is not good enough yet for: {use}.").format(use=_use(verdict.wanted, words)))
    return tuple(said)


def _use(key: str, words: Words) -> str:
    return spoken(f"uses.{key}.title", uses()[key].title, words)


def _step(verdict: Fitness | None, words: Words) -> str:
    """Return the next step without the name of its use; its first sentence alone if the rest is jargon.

    In another language it is the usual step for the criterion that the English one is about.
    """
    if verdict and words.language != "en" and words.language in languages():
        texts = catalogue_words(words.language).texts
        near = [one.criterion for one in verdict.blockers if one.fix and one.fix in verdict.next_step]
        if near and f"criteria.{near[0]}.fix" in texts:
            return texts[f"criteria.{near[0]}.fix"]
    text = verdict.next_step if verdict else ""
    if text.startswith("For U") and ": " in text:
        text = text.split(": ", 1)[1]
    text = re.sub(r":? countersign [^.]*$", ".", text)  # a command says nothing to those who read this page
    found = sentences(text)
    return found[0] if found and jargon(text) and not jargon(found[0]) else text


def _ask(release: Release, words: Words) -> tuple[str, ...]:
    own = release.plan.initiative
    said = [text for text in (own.organiser, own.contact) if text]
    return tuple(said) or (words.gettext("Nobody is named yet. There should be one person."),)


def _back(release: Release, words: Words) -> tuple[str, ...]:
    feedback: Sequence[object] = release.plan.process.feedback or ()
    if not feedback:
        return (words.gettext("Nobody has planned this yet. Ask for it."),)
    last = (release.plan.process.feedback or ())[-1]
    parts = [", ".join(filter(None, (last.how, last.date))) + "."]
    if last.reached is not None:
        parts.append(
            words.ngettext("{n} person was reached.", "{n} people were reached.", last.reached).format(
                n=count(last.reached, words)
            )
        )
    return tuple(parts)
