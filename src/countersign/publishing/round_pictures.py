"""TwoRounds -> a picture of each indicator in both rounds; no line where a difference is not called a change."""

from __future__ import annotations

from countersign.model.two_rounds import FigurePair, RoundFigure, TwoRounds
from countersign.publishing.charting.trend import Moment, Rupture, TrendChart
from countersign.publishing.digits import Scale, decimals, number, scale
from countersign.publishing.labels import plain
from countersign.publishing.language import Words

MOST_PICTURES = 6


def pictures(rounds: TwoRounds, words: Words) -> tuple[TrendChart, ...]:
    """Return the pictures of the figures for everybody that have a number in both rounds, in the study's order."""
    both = [
        pair
        for pair in rounds.figures
        if not pair.domain and pair.old and pair.new and pair.old.shown and pair.new.shown
    ]
    return tuple(_picture(pair, rounds, words) for pair in both[:MOST_PICTURES])


def _picture(pair: FigurePair, rounds: TwoRounds, words: Words) -> TrendChart:
    assert pair.old is not None
    assert pair.new is not None
    own = scale(pair.statistic, pair.unit)
    broken = bool(pair.why_no_change)
    periods = [_period(one, words) for one in (rounds.old.period, rounds.new.period)]
    if periods[0] == periods[1]:
        periods = [words.gettext("Earlier"), words.gettext("Later")]
    moments = tuple(_moment(period, one, own) for period, one in zip(periods, (pair.old, pair.new), strict=True))
    return TrendChart(
        title=rounds.titles.get(pair.indicator) or plain(pair.indicator),
        description=_described(pair, periods, own, words),
        moments=moments,
        ruptures=(Rupture(1, words.gettext("not called a change")),) if broken else (),
        axis=own.unit,
        floor=0.0 if own.percent else None,
        ceiling=100.0 if own.percent else None,
        band=words.gettext("plausible range") if any(one.wide for one in moments) else "",
    )


def _period(text: str, words: Words) -> str:
    return text.replace("/", " – ") or words.gettext("not stated")


def _moment(period: str, one: RoundFigure, own: Scale) -> Moment:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * own.factor

    low, high = scaled(one.plausible_lower), scaled(one.plausible_upper)
    return Moment(
        period,
        scaled(one.value),
        scaled(one.lower),
        scaled(one.upper),
        wide=None if low is None or high is None else (low, high),
    )


def _described(pair: FigurePair, periods: list[str], own: Scale, words: Words) -> str:
    said = []
    for period, one in zip(periods, (pair.old, pair.new), strict=True):
        assert one is not None
        low, high = ((end or 0.0) * own.factor for end in (one.lower, one.upper))
        places = decimals(low, high)
        value, *ends = (number(each, places, words) for each in ((one.value or 0.0) * own.factor, low, high))
        said.append(f"{period}: {value} ({ends[0]}–{ends[1]}).")
    if pair.why_no_change:
        said.append(words.gettext("No line is drawn across a break: {breaks}.").format(breaks=pair.why_no_change[0]))
    return " ".join([*said, words.gettext("The table below gives every number.")])
