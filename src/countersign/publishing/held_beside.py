"""Tables of what stands beside the figures: gaps of official statistics, groups of the population, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.model.sentence import Sentence
from countersign.publishing.digits import count, number, percent
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.reference import use_title


def lack_word(lack: Lack, words: Words) -> str:
    """Return how an official series falls short, in words."""
    return {
        Lack.NONE: words.gettext("no official figure"),
        Lack.TOO_OLD: words.gettext("too old"),
        Lack.NOT_DISAGGREGATED: words.gettext("not for this group"),
        Lack.COVERED: words.gettext("an official figure exists"),
        Lack.UNKNOWN: words.gettext("nobody has looked"),
    }[lack]


def gap_rows(gaps: Sequence[Gap], labels: Labels, words: Words) -> tuple[tuple[str, ...], ...]:
    """Return indicator, SDG, groups, area, year, lack, official year, filled by, use, why; the worst lack first.

    Groups of which the same is to be said share a row; the file gaps.csv has a row for each.
    """
    order = list(Lack)
    alike: dict[tuple[object, ...], list[Gap]] = {}
    for gap in gaps:
        facts = (gap.indicator, gap.lack, gap.sdg, gap.area, gap.year, gap.official_year, gap.filled_by, gap.use)
        alike.setdefault((*facts, gap.required, bool(gap.group)), []).append(gap)
    rows = []
    for same in sorted(alike.values(), key=lambda each: order.index(each[0].lack)):
        gap = same[0]
        group = "; ".join(labels.domain(one.group) for one in same)
        if gap.required:
            group = words.gettext("{group} (asked for by the SDG minimum set)").format(group=group)
        rows.append(
            (
                labels.indicator(gap.indicator), gap.sdg, group, gap.area, gap.year, lack_word(gap.lack, words),
                gap.official_year, gap.filled_by, gap.use, gap.why,
            )
        )  # fmt: skip
    return tuple(rows)


def group_rows(groups: Sequence[GroupCoverage], labels: Labels, words: Words) -> tuple[tuple[str, ...], ...]:
    """Return group, share of the population, of the data, ratio, n, effective n, may be shown, how many more."""
    rows = []
    for one in groups:
        name = f"{labels.variable(one.variable)}: {labels.category(one.variable, one.category)}"
        more = _many(one.needed, words)
        if one.precise > one.needed:
            more = words.gettext("{needed}; precise from {precise}").format(
                needed=more, precise=_many(one.precise, words)
            )
        rows.append(
            (
                f"★ {name}" if one.priority else name,
                "" if one.population is None else percent(one.population, words),
                words.gettext("withheld") if one.data is None else percent(one.data, words),
                "" if one.ratio is None else number(one.ratio, 2, words),
                words.gettext("withheld") if one.n is None else count(one.n, words),
                "" if one.n_effective is None else count(one.n_effective, words),
                "" if one.design_effect is None else number(one.design_effect, 2, words),
                _publishable(one.publishable, words),
                more,
            )
        )
    return tuple(rows)


def _many(needed: int, words: Words) -> str:
    return words.gettext("none") if not needed else f"+{count(needed, words)}"


def _publishable(word: str, words: Words) -> str:
    return {
        "yes": words.gettext("yes"),
        "with care": words.gettext("with care"),
        "no": words.gettext("no"),
    }.get(word, word)


@dataclass(frozen=True)
class Permitted:
    """What may be written of one figure, and what may not."""

    figure_id: str
    title: str
    text: str
    use: str
    caveat: str
    open: tuple[str, ...]
    refused: tuple[tuple[tuple[str, ...], str, str], ...]


def permitted(sentences: Sequence[Sentence], labels: Labels, words: Words) -> tuple[Permitted, ...]:
    """Return the sentences of a release as text, in their order."""
    return tuple(
        Permitted(
            figure_id=one.figure_id,
            title=labels.indicator(one.indicator),
            text=one.text,
            use=f"{one.use} {use_title(one.use, words)}".strip() if one.use else "",
            caveat=one.caveat,
            open=one.open,
            refused=_refused(one),
        )
        for one in sentences
    )


def _refused(one: Sentence) -> tuple[tuple[tuple[str, ...], str, str], ...]:
    """Return the refused sentences with why and what instead; those with one reason share it."""
    alike: dict[tuple[str, str], list[str]] = {}
    for no in one.refused:
        alike.setdefault((no.why, no.instead), []).append(no.sentence)
    return tuple((tuple(sentences), why, instead) for (why, instead), sentences in alike.items())
