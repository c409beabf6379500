"""Estimate with fan, selection and total error -> PlausibleRange: every part with its reason, in words."""

from __future__ import annotations

from collections.abc import Iterator

from countersign.model.estimate import Estimate
from countersign.model.experience import Foreseen
from countersign.model.fan import Part, PartKind, PlausibleRange

SAMPLING = "chance: the interval of the published estimator, should its assumption hold"
METHODS = "method: {count} estimators with other assumptions"
TOTAL_ERROR = "experience: how wrong this sample was on {items} questions with a known answer"
SELECTION = "selection on the answer itself, up to a strength of {phi:g}"


def range_of(figure: Estimate, *, up_to: float, foreseen: Foreseen | None = None) -> PlausibleRange | None:
    """Join the parts of a figure's plausible range.

    Parameters
    ----------
    up_to: largest phi that enters. foreseen: interval learnt from checkable questions.
    """
    parts = tuple(_parts(figure, up_to, foreseen))
    if all(part.kind is PartKind.SAMPLING for part in parts):
        return None  # chance alone says nothing about who took part, so it must not look as if somebody had asked
    return PlausibleRange.of(parts)


def _parts(figure: Estimate, up_to: float, foreseen: Foreseen | None) -> Iterator[Part]:
    if figure.lower is not None and figure.upper is not None:
        yield Part(PartKind.SAMPLING, figure.lower, figure.upper, SAMPLING)
    if figure.fan is not None and len(figure.fan.computed) > 1:
        fan = figure.fan
        yield Part(PartKind.METHODS, fan.lowest, fan.highest, METHODS.format(count=len(fan.computed)))
    if foreseen is not None:
        yield Part(PartKind.TOTAL_ERROR, foreseen.lower, foreseen.upper, TOTAL_ERROR.format(items=foreseen.items))
    if figure.selection is not None:
        values = [part.value for part in figure.selection.parts if part.phi <= up_to]
        if values:
            yield Part(PartKind.SELECTION, min(values), max(values), SELECTION.format(phi=up_to))
