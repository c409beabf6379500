"""The plausible range of a figure in words: what we would say, where the truth may lie, and the reason of each part.

A range that rests on chance alone is not told as one: for people who chose themselves to take part, chance is rarely
the largest error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from countersign.model.estimate import Estimate
from countersign.model.experience import Experience
from countersign.model.fan import Part, PartKind, PlausibleRange
from countersign.publishing.digits import Scale, decimals, number, scale
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, lowered, plain
from countersign.publishing.language import Words

MOST_GROUPS = 6


def told(one: Estimate) -> PlausibleRange | None:
    """Return the plausible range of a figure that may be shown; None where chance is all that was looked at."""
    found = one.plausible
    if found is None or one.value is None or not shown(one):
        return None
    return found if found.beyond_chance else None


def main_figures(estimates: Iterable[Estimate]) -> tuple[Estimate, ...]:
    """Return the figure for everybody of each indicator, or the groups of its first breakdown where there is none."""
    every = tuple(estimates)
    picked: list[Estimate] = []
    for name in dict.fromkeys(one.indicator for one in every):
        own = [one for one in every if one.indicator == name]
        whole = [one for one in own if not one.domain]
        first = [one for one in own if tuple(one.domain) == tuple(own[0].domain)]
        picked += whole or first[:MOST_GROUPS]
    return tuple(picked)


def anchors(estimates: Iterable[Estimate]) -> dict[int, str]:
    """Return ``id(figure)`` -> place on the page of each main figure that has a plausible range."""
    ranged = [one for one in main_figures(estimates) if told(one)]
    return {id(one): f"range-{place}" for place, one in enumerate(ranged, 1)}


@dataclass(frozen=True)
class Speaking:
    """The numbers of one figure as text, in its own unit.

    Parameters
    ----------
    places: decimals of tables and pictures. coarse: decimals of sentences, as many as the plausible range supports.
    """

    own: Scale
    places: int
    coarse: int
    words: Words

    @classmethod
    def of(cls, one: Estimate, found: PlausibleRange, words: Words) -> Speaking:
        """Return how to write the numbers of a figure."""
        own = scale(one.statistic, one.unit)
        coarse = decimals(found.lower * own.factor, found.upper * own.factor)
        fine = coarse + 1
        if one.lower is not None and one.upper is not None:
            fine = min(fine, max(coarse, decimals(one.lower * own.factor, one.upper * own.factor)))
        return cls(own, fine, coarse, words)

    def number(self, value: float) -> str:
        """Return a number for a table."""
        return number(value * self.own.factor, self.places, self.words)

    def span(self, lower: float, upper: float) -> str:
        """Return a range for a table, such as ``4.8–30.4``."""
        return f"{self.number(lower)}–{self.number(upper)}"

    def said(self, value: float, *, whole: bool = True) -> str:
        """Return a number for a sentence: ``25 % of adults``; not `whole`: ``25 %``."""
        unit = self.own.unit if whole or not self.own.percent else "%"
        return f"{number(value * self.own.factor, self.coarse, self.words)} {unit}".strip()


def saying(one: Estimate, words: Words) -> tuple[str, str]:
    """Return two sentences of a figure with a plausible range: what we would say, and where the truth may lie."""
    found = told(one)
    assert found is not None
    assert one.value is not None
    speaking = Speaking.of(one, found, words)
    return (
        words.gettext("We would say {value}.").format(value=speaking.said(one.value)),
        words.gettext("The truth may lie anywhere between {low} and {high}.").format(
            low=speaking.said(found.lower, whole=False), high=speaking.said(found.upper, whole=False)
        ),
    )


def part_name(part: Part, words: Words) -> str:
    """Return the short name of a part."""
    return {
        PartKind.SAMPLING: words.gettext("Chance"),
        PartKind.METHODS: words.gettext("Other ways of computing it"),
        PartKind.TOTAL_ERROR: words.gettext("Errors on checked questions"),
        PartKind.SELECTION: words.gettext("Selection on the answer itself"),
    }.get(part.kind, plain(str(part.kind)))


def part_reason(
    part: Part, one: Estimate, experience: Experience, *, up_to: float, weighted: bool, words: Words
) -> str:
    """Return in plain words why the truth may lie elsewhere.

    Parameters
    ----------
    up_to: strongest selection in the range. weighted: the figure is made with weights.
    """
    if part.kind is PartKind.SAMPLING and not weighted:
        return words.gettext(
            "Other people could have taken part. This is all there is only if those who took part are like everybody."
        )
    if part.kind is PartKind.SAMPLING:
        return words.gettext(
            "Other people could have taken part. This is all there is only if, within the groups that weights know, "
            "those who took part are like the others."
        )
    if part.kind is PartKind.METHODS and one.fan is not None:
        return words.gettext(
            "{n} ways of computing the figure, each of which assumes something else. Nobody knows which one holds."
        ).format(n=len(one.fan.computed))
    if part.kind is PartKind.TOTAL_ERROR:
        foreseen, learnt = experience.of(one.figure_id), experience.corrected or experience.weighted
        if foreseen is not None and learnt is not None:
            return words.gettext(
                "How wrong these data were on {n} questions with a known answer. The interval is made to hold the "
                "truth of {level} in 100 such questions."
            ).format(n=foreseen.items, level=number(learnt.level * 100, 0, words))
    if part.kind is PartKind.SELECTION:
        return words.gettext(
            "If taking part depends on the answer itself, up to a strength of {phi} between 0 (not at all) and 1 (on "
            "nothing else). No data can tell how strong it is."
        ).format(phi=f"{up_to:g}".translate(words.signs))
    return part.reason


def whys(one: Estimate, words: Words) -> tuple[str, ...]:
    """Return the parts of a plausible range, a few words each."""
    found = told(one)
    if found is None:
        return ()
    speaking = Speaking.of(one, found, words)
    unit = " %" if speaking.own.percent else ""
    return tuple(f"{part_name(part, words)}: {speaking.span(part.lower, part.upper)}{unit}" for part in found.parts)


def lead(one: Estimate, words: Words) -> tuple[str, ...]:
    """Return the sentences above the picture of a figure: value, range, what makes its ends, what corrects it."""
    found = told(one)
    assert found is not None
    lowest = min(found.parts, key=lambda part: part.lower)
    highest = max(found.parts, key=lambda part: part.upper)
    if lowest.kind is highest.kind:
        ends = words.gettext("Both ends come from: {part}.").format(part=lowered(part_name(lowest, words)))
    else:
        ends = words.gettext("The low end comes from: {low}. The high end comes from: {high}.").format(
            low=lowered(part_name(lowest, words)), high=lowered(part_name(highest, words))
        )
    return (*saying(one, words), ends)


def corrected(one: Estimate, experience: Experience, words: Words) -> str:
    """Return what the checked questions would make of a figure, in a sentence; else nothing."""
    found, foreseen = told(one), experience.of(one.figure_id)
    if found is None or foreseen is None or foreseen.value is None:
        return ""
    speaking = Speaking.of(one, found, words)
    return words.ngettext(
        "Corrected by what {n} checked question teaches, it would be {value}.",
        "Corrected by what {n} checked questions teach, it would be {value}.",
        foreseen.items,
    ).format(n=foreseen.items, value=speaking.said(foreseen.value, whole=False))


def tipping(one: Estimate, words: Words) -> tuple[str, ...]:
    """Return what it would take to put the truth on the other side of the value that matters, in sentences."""
    found, tip = told(one), one.tipping
    if found is None or tip is None:
        return ()
    speaking = Speaking.of(one, found, words)
    unit = "%" if speaking.own.percent else speaking.own.unit
    at = f"{speaking.number(tip.threshold)} {unit}".strip()
    if found.lower <= tip.threshold <= found.upper:
        said = words.gettext(
            "The value that matters, {threshold}, lies inside the plausible range: these data do not tell on which "
            "side of it the truth is."
        )
    else:
        said = words.gettext("The value that matters, {threshold}, lies outside the plausible range.")
    sentences = [said.format(threshold=at)]
    if tip.ratio is not None:
        sentences.append(
            words.gettext(
                "To put the truth there, the error would have to be {ratio} times as large as is typical of the "
                "questions with a known answer."
            ).format(ratio=number(tip.ratio, 1, words))
        )
    if tip.phi is not None and tip.phi > 0:
        sentences.append(
            words.gettext(
                "The figure would cross it if taking part depended on the answer itself with a strength of {phi} or "
                "more (0: not at all; 1: on nothing else)."
            ).format(phi=number(tip.phi, 2, words))
        )
    elif tip.phi is not None:
        sentences.append(
            words.gettext("Adjusted for what is known of people alone, the figure is on the other side of it already.")
        )
    elif one.selection is not None:
        sentences.append(
            words.gettext("No strength of selection on the answer itself would move the figure across it.")
        )
    if tip.odds is not None:
        sentences.append(
            words.gettext(
                "Or the odds of this answer among those who did not take part would have to be {odds} times the odds "
                "among people alike who did."
            ).format(odds=number(tip.odds, 2, words))
        )
    return tuple(sentences)


def column(one: Estimate, words: Words) -> str:
    """Return the plausible range for a table; empty where there is none."""
    found = told(one)
    return "" if found is None else Speaking.of(one, found, words).span(found.lower, found.upper)


def title(one: Estimate, labels: Labels) -> str:
    """Return the name of a figure with its group."""
    name = labels.indicator(one.indicator)
    return f"{name}: {labels.domain(one.domain)}" if one.domain else name
