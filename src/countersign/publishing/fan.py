"""Figures with a fan -> one picture and its tables each: the plausible range, its parts, every way of computing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.model.estimate import Estimate
from countersign.model.fan import Alternative, PlausibleRange
from countersign.model.release import Release
from countersign.publishing.charting import DotChart, Line, Mark, Row
from countersign.publishing.digits import number
from countersign.publishing.labels import Labels, plain
from countersign.publishing.language import Words
from countersign.publishing.plausible import (
    Speaking,
    anchors,
    corrected,
    lead,
    main_figures,
    part_name,
    part_reason,
    tipping,
    title,
    told,
)


@dataclass(frozen=True)
class Ranged:
    """One figure and where the truth may lie.

    Parameters
    ----------
    anchor: its place on the page. sentences: above the picture; tipping: on the value that matters, if one is named.
    parts: name, range, reason. estimators: name, value, interval, standard error, assumption. failed: name and reason
        of what could not be computed. selection: strength, value, whether it is in the range.
    """

    anchor: str
    title: str
    sentences: tuple[str, ...]
    tipping: tuple[str, ...]
    chart: DotChart
    unit: str
    parts: tuple[tuple[str, str, str], ...]
    estimators: tuple[tuple[str, ...], ...]
    failed: tuple[tuple[str, str], ...]
    selection: tuple[tuple[str, str, str], ...]


def ranges(release: Release, labels: Labels, words: Words) -> tuple[Ranged, ...]:
    """Return the main figures of a release that have a plausible range."""
    places = anchors(release.estimates)
    return tuple(
        _ranged(one, places[id(one)], release, labels, words)
        for one in main_figures(release.estimates)
        if id(one) in places
    )


def estimator_name(name: str, words: Words) -> str:
    """Return the name of an estimator for people."""
    return {
        "unweighted": words.gettext("Without weights"),
        "raking": words.gettext("Raking"),
        "post-stratification": words.gettext("Post-stratification"),
        "inverse propensity": words.gettext("Inverse propensity"),
        "calibrated propensity": words.gettext("Calibrated propensity"),
        "adjusted logistic propensity": words.gettext("Adjusted logistic propensity"),
        "mass imputation": words.gettext("Mass imputation"),
        "doubly robust": words.gettext("Doubly robust"),
        "post-stratified model": words.gettext("Post-stratified model"),
        "corrected by checked questions": words.gettext("Corrected by checked questions"),
    }.get(name, plain(name))


def _ranged(one: Estimate, anchor: str, release: Release, labels: Labels, words: Words) -> Ranged:
    found = told(one)
    assert found is not None
    speaking = Speaking.of(one, found, words)
    up_to = release.plan.uncertainty.up_to
    parts = tuple(
        (
            part_name(part, words),
            speaking.span(part.lower, part.upper),
            part_reason(part, one, release.experience, up_to=up_to, weighted=release.weights is not None, words=words),
        )
        for part in found.parts
    )
    alternatives = one.fan.alternatives if one.fan else ()
    better = corrected(one, release.experience, words)
    return Ranged(
        anchor=anchor,
        title=title(one, labels),
        sentences=(*lead(one, words), *([better] if better else [])),
        tipping=tipping(one, words),
        chart=_chart(one, found, speaking, up_to, labels),
        unit=speaking.own.unit,
        parts=parts,
        estimators=tuple(_estimator_row(each, speaking) for each in alternatives if each.value is not None),
        failed=tuple(
            (estimator_name(each.estimator, words), each.reason) for each in alternatives if each.value is None
        ),
        selection=_selection_rows(one, speaking, up_to),
    )


def _chart(one: Estimate, found: PlausibleRange, speaking: Speaking, up_to: float, labels: Labels) -> DotChart:
    words, factor = speaking.words, speaking.own.factor
    rows = [
        Row(
            words.gettext("Plausible range"),
            wide=(found.lower * factor, found.upper * factor),
            text=speaking.span(found.lower, found.upper),
        ),
        Row(words.gettext("Why: its parts"), header=True),
    ]
    rows += [
        Row(
            part_name(part, words),
            low=part.lower * factor,
            high=part.upper * factor,
            text=speaking.span(part.lower, part.upper),
        )
        for part in found.parts
    ]
    computed = one.fan.computed if one.fan else ()
    if computed:
        rows.append(Row(words.gettext("Every way of computing it"), header=True))
        rows += [_alternative_row(each, speaking) for each in computed]
    rows += _selection_chart_rows(one, speaking, up_to)
    published = any(each.chosen for each in computed)
    legend = [
        ("band", 1, words.gettext("plausible range")),
        ("line", 1, words.gettext("interval")),
        *([("dot", 1, words.gettext("value"))] if len(computed) > published else []),
        *([("diamond", 2, words.gettext("published value"))] if published else []),
        *([("hollow", 1, words.gettext("under stated selection"))] if one.selection else []),
    ]
    lines: tuple[Line, ...] = ()
    if one.tipping is not None:
        at = one.tipping.threshold
        lines = (Line(at * factor, words.gettext("value that matters: {value}").format(value=speaking.number(at))),)
    return DotChart(
        title=words.gettext("Where the truth may lie: {figure}").format(figure=title(one, labels)),
        description=_described(one, found, speaking),
        rows=tuple(rows),
        axis=speaking.own.unit,
        lines=lines,
        legend=tuple(legend),  # type: ignore[arg-type]
        floor=0.0 if speaking.own.percent else None,
        ceiling=100.0 if speaking.own.percent else None,
        band=(found.lower * factor, found.upper * factor),
    )


def _described(one: Estimate, found: PlausibleRange, speaking: Speaking) -> str:
    words = speaking.words
    said = words.gettext("Published value {value}; plausible range {range}.").format(
        value=speaking.number(one.value or 0.0), range=speaking.span(found.lower, found.upper)
    )
    for part in found.parts:
        said += f" {part_name(part, words)}: {speaking.span(part.lower, part.upper)}."
    if one.fan and one.fan.computed:
        said += " " + words.gettext("{n} ways of computing it, from {low} to {high}.").format(
            n=len(one.fan.computed), low=speaking.number(one.fan.lowest), high=speaking.number(one.fan.highest)
        )
    return said + " " + words.gettext("The tables below give every number.")


def _alternative_row(each: Alternative, speaking: Speaking) -> Row:
    factor, words = speaking.own.factor, speaking.words
    assert each.value is not None
    name = estimator_name(each.estimator, words)
    both = None if each.lower is None or each.upper is None else (each.lower, each.upper)
    return Row(
        words.gettext("{name} (published)").format(name=name) if each.chosen else name,
        marks=(Mark(each.value * factor, "diamond", 2) if each.chosen else Mark(each.value * factor),),
        low=both[0] * factor if both else None,
        high=both[1] * factor if both else None,
        text=speaking.number(each.value) + (f" ({speaking.span(*both)})" if both else ""),
    )


def _estimator_row(each: Alternative, speaking: Speaking) -> tuple[str, ...]:
    words = speaking.words
    name = estimator_name(each.estimator, words)
    assert each.value is not None
    places = min(6, speaking.places + 1)
    error = each.standard_error
    return (
        words.gettext("{name} (published)").format(name=name) if each.chosen else name,
        speaking.number(each.value),
        speaking.span(each.lower, each.upper) if each.lower is not None and each.upper is not None else "",
        "" if error is None else number(error * speaking.own.factor, places, words),
        each.assumption,
    )


def _strength(phi: float, words: Words) -> str:
    named = {0.0: words.gettext("not at all"), 0.5: words.gettext("half"), 1.0: words.gettext("on nothing else")}
    text = f"{phi:g}".translate(words.signs)
    return f"{text}: {named[phi]}" if phi in named else text


def _selection_chart_rows(one: Estimate, speaking: Speaking, up_to: float) -> Sequence[Row]:
    if one.selection is None:
        return ()
    words, factor = speaking.words, speaking.own.factor
    rows = [Row(words.gettext("If taking part depends on the answer itself"), header=True)]
    for part in one.selection.parts:
        label = _strength(part.phi, words)
        if part.phi > up_to:
            label = words.gettext("{strength} (left out)").format(strength=label)
        rows.append(Row(label, marks=(Mark(part.value * factor, "hollow"),), text=speaking.number(part.value)))
    return rows


def _selection_rows(one: Estimate, speaking: Speaking, up_to: float) -> tuple[tuple[str, str, str], ...]:
    words = speaking.words
    return tuple(
        (
            _strength(part.phi, words),
            speaking.number(part.value),
            words.gettext("yes") if part.phi <= up_to else words.gettext("no, stronger than the study states"),
        )
        for part in (one.selection.parts if one.selection else ())
    )
