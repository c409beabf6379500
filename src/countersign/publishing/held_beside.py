"""Tables of what stands beside the figures: gaps of official statistics, groups of the population, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.model.sentence import Sentence
from countersign.publishing.digits import count, number, percent
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.reference import criterion_title, use_title


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
    """Return indicator, SDG, group, area, year, lack, official year, filled by, use, why; the worst lack first."""
    order = list(Lack)
    rows = []
    for gap in sorted(gaps, key=lambda one: order.index(one.lack)):
        group = labels.domain(gap.group)
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
    open: str
    refused: tuple[tuple[str, str, str], ...]


def permitted(sentences: Sequence[Sentence], labels: Labels, words: Words) -> tuple[Permitted, ...]:
    """Return the sentences of a release as text, in their order."""
    return tuple(
        Permitted(
            figure_id=one.figure_id,
            title=labels.indicator(one.indicator),
            text=one.text,
            use=f"{one.use} {use_title(one.use, words)}".strip() if one.use else "",
            caveat=one.caveat,
            open=", ".join(f"{key} {criterion_title(key, words)}" for key in one.open),
            refused=tuple((no.sentence, no.why, no.instead) for no in one.refused),
        )
        for one in sentences
    )
