"""Gap between a group and everybody, with its interval, as text."""

from __future__ import annotations

from countersign.model.estimate import Estimate
from countersign.model.two_rounds import RoundFigure, difference
from countersign.publishing.digits import decimals, scale
from countersign.publishing.exports import shown
from countersign.publishing.language import Words
from countersign.publishing.plausible import told
from countersign.publishing.revisions import signed

SUMS = frozenset({"total", "count", ""})
"""Statistics of which a part is smaller than the whole by nature: there a gap says nothing."""


def gap(one: Estimate, whole: Estimate | None, words: Words) -> str:
    """Return ``−4.1 (−8.0 to −0.2)``: group minus everybody, in the unit shown; empty where it cannot be told.

    The interval is that of two independent figures (MOVER, Zou and Donner 2008). A group is part of everybody, so it
    is rather too wide than too narrow. Where people chose themselves to take part, it reaches from the one end of the
    plausible ranges to the other, as if the errors of both had nothing in common.
    """
    if whole is None or whole is one or one.statistic in SUMS or not (shown(one) and shown(whole)):
        return ""
    found = difference(_round_figure(whole), _round_figure(one))
    if found is None:
        return ""
    ends = found.farthest or (found.lower, found.upper)
    own = scale(one.statistic, one.unit)
    places = max(_places(one, own.factor), _places(whole, own.factor))
    value, low, high = (signed(number, own, places, words) for number in (found.value, *ends))
    if low == high:
        return value
    return words.gettext("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _round_figure(one: Estimate) -> RoundFigure:
    ends = told(one)
    low, high = (ends.lower, ends.upper) if ends else (None, None)
    return RoundFigure(one.value, one.lower, one.upper, "published", None, low, high)


def _places(one: Estimate, factor: float) -> int:
    if one.lower is None or one.upper is None:
        return 0
    return decimals(one.lower * factor, one.upper * factor)
