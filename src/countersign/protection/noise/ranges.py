"""What is told beside a figure (fan, plausible range, stated selection) moved with it when it is changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from countersign.model.estimate import Estimate
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.sensitivity import SelectionRange, Tipping

DIGITS = 6  # of what is told: the last bits of a number would tell from which counts it was computed
_FEW = 2  # digits of what a threshold takes: more would tell the base


@dataclass(frozen=True)
class Moved:
    """How a figure was changed.

    Parameters
    ----------
    by: new less old value. grows: factor of the widths of intervals, root of n / n'. noise: half width of the noise
        alone. share: values stay from 0 to 1. size: n' / n.
    """

    by: float
    grows: float
    noise: float
    share: bool
    size: float

    def at(self, value: float) -> float:
        """Return where a value is now."""
        return short(min(max(value + self.by, 0.0), 1.0) if self.share else value + self.by)

    def ends(self, value: float, lower: float, upper: float) -> tuple[float, float]:
        """Return where an interval around an old value is now, widened by the noise."""
        new = value + self.by
        low = new - math.hypot((value - lower) * self.grows, self.noise)
        high = new + math.hypot((upper - value) * self.grows, self.noise)
        return (short(max(low, 0.0)), short(min(high, 1.0))) if self.share else (short(low), short(high))


def moved(figure: Estimate, move: Moved) -> Estimate:
    """Return a changed figure with all that is told beside it changed alike.

    What was exactly the published interval is the new interval; everything else keeps its distance from the figure.
    """
    fan = _fan(figure, move) if figure.fan else None
    return replace(
        figure,
        fan=fan,
        plausible=_plausible(figure, fan, move) if figure.plausible else None,
        selection=_selection(figure.selection, move) if figure.selection else None,
        tipping=_tipping(figure, figure.tipping) if figure.tipping else None,
    )


def _fan(figure: Estimate, move: Moved) -> Fan:
    assert figure.fan is not None
    return Fan(tuple(_alternative(one, figure, move) for one in figure.fan.alternatives))


def _alternative(one: Alternative, figure: Estimate, move: Moved) -> Alternative:
    if one.value is None:
        return one
    if one.chosen:
        return replace(
            one,
            value=figure.value,
            standard_error=figure.standard_error,
            lower=figure.lower,
            upper=figure.upper,
        )
    lower, upper = one.lower, one.upper
    if lower is not None and upper is not None:
        lower, upper = move.ends(one.value, lower, upper)
    error = None if one.standard_error is None else short(math.hypot(one.standard_error * move.grows, move.noise / 2))
    return replace(one, value=move.at(one.value), standard_error=error, lower=lower, upper=upper)


def _plausible(figure: Estimate, fan: Fan | None, move: Moved) -> PlausibleRange | None:
    assert figure.plausible is not None
    assert figure.value is not None
    old = figure.value - move.by
    parts = []
    for part in figure.plausible.parts:
        lower, upper = move.ends(old, part.lower, part.upper)
        if part.kind is PartKind.SAMPLING and figure.lower is not None and figure.upper is not None:
            lower, upper = figure.lower, figure.upper
        if part.kind is PartKind.METHODS and fan is not None and fan.computed:
            lower, upper = fan.lowest, fan.highest
        parts.append(Part(part.kind, lower, upper, part.reason))
    return PlausibleRange.of(parts)


def _selection(told: SelectionRange, move: Moved) -> SelectionRange:
    parts = []
    for part in told.parts:
        lower, upper = part.lower, part.upper
        if lower is not None and upper is not None:
            lower, upper = move.ends(part.value, lower, upper)
        parts.append(replace(part, value=move.at(part.value), lower=lower, upper=upper))
    return replace(
        told,
        unadjusted=move.at(told.unadjusted),
        strength=short(told.strength, _FEW),
        fraction=short(told.fraction * move.size),
        parts=tuple(parts),
    )


def _tipping(figure: Estimate, told: Tipping) -> Tipping:
    assert figure.value is not None

    def few(value: float | None) -> float | None:
        return None if value is None else short(value, _FEW)

    return replace(
        told, value=figure.value, correlation=few(told.correlation), ratio=few(told.ratio), odds=few(told.odds)
    )


def short(value: float, digits: int = DIGITS) -> float:
    """Return a number with so many digits."""
    return float(f"{value:.{digits}g}")
