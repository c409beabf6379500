"""Findings -> diagnostics card: how far the figures of a self-selected sample can be trusted, as lights with words.

Four questions: does anybody speak for every group (coverage), do weights make the data like the population (balance),
how much is left to chance (precision), how much rests on what cannot be checked (sensitivity). The overall light is the
worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.catalogue import threshold
from countersign.model.finding import State
from countersign.model.release import Release
from countersign.publishing.digits import number
from countersign.publishing.labels import SYMBOLS, WORST_FIRST, Labels
from countersign.publishing.language import Words
from countersign.publishing.plausible import main_figures, told

DIMENSIONS = ("coverage", "balance", "precision", "sensitivity")


@dataclass(frozen=True)
class Light:
    """One light: what was measured, its limits, what it means in plain words.

    Parameters
    ----------
    state: class of the row; symbol, word: the same for eyes without colour and for ears. subject: the indicator it is
        about, the worst of several.
    """

    name: str
    state: str
    symbol: str
    word: str
    value: str
    limits: str
    meaning: str
    subject: str = ""


@dataclass(frozen=True)
class Group:
    """The lights of one question, with the worst of them."""

    title: str
    state: str
    symbol: str
    word: str
    lights: tuple[Light, ...]


@dataclass(frozen=True)
class Card:
    """The diagnostics card."""

    state: str
    symbol: str
    word: str
    sentence: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class _Measured:
    """One measure of one subject, before it is worded."""

    limit: str
    state: State
    value: float | None
    subject: str
    threshold: Mapping[str, Any]


def card(release: Release, labels: Labels, words: Words) -> Card | None:
    """Return the lights of a release; None where no figure has a plausible range."""
    if not any(told(one) for one in release.estimates):
        return None
    found = _measures(release)
    groups = []
    states: dict[str, State] = {}
    for dimension in DIMENSIONS:
        own = [one for limit in MEASURES[dimension] for one in _worst(found.get(limit, ()))]
        states[dimension] = _worst_state([one.state for one in own])
        lights = tuple(_light(one, len(found[one.limit]), labels, words) for one in own)
        groups.append(Group(_title(dimension, words), *_told(states[dimension], words), lights))
    overall = _worst_state(list(states.values()))
    return Card(*_told(overall, words), _sentence(overall, states, words), tuple(groups))


MEASURES: dict[str, tuple[str, ...]] = {
    "coverage": ("empty_cells", "overlap"),
    "balance": ("asmd", "mean_absolute_bias"),
    "precision": ("cv", "effective_n", "design_effect", "largest_weight"),
    "sensitivity": ("proxy_strength", "method_spread", "break_even"),
}
"""Question -> the limits of the catalogue that answer it."""

SHARES = ("cv", "empty_cells", "overlap")
"""Limits that are said in percent."""

CHECKS = {
    "empty_cells": "empty_cells", "overlap": "overlap", "balance": "asmd", "residual_bias": "mean_absolute_bias",
    "weights": "design_effect", "largest_weight": "largest_weight",
}  # fmt: skip
"""Check of a finding -> limit it was held against."""


def _measures(release: Release) -> dict[str, list[_Measured]]:
    found: dict[str, list[_Measured]] = {}
    strength = {
        one.indicator: one.selection.strength
        for one in reversed(main_figures(release.estimates))
        if one.selection is not None and told(one)
    }
    for one in release.findings:
        evidence = one.evidence
        if one.check in CHECKS:
            limit = CHECKS[one.check]
            found.setdefault(limit, []).append(_Measured(limit, one.state, one.value, one.subject, one.threshold))
        values: dict[str, Any] = {}
        if one.check == "precision":
            values = {"cv": one.value, "effective_n": evidence.get("effective_n")}
        if one.check == "sensitivity":
            values = {
                "method_spread": one.value,
                "proxy_strength": strength.get(one.subject),
                "break_even": (evidence.get("tipping") or {}).get("ratio"),
            }
        for limit, state in (evidence.get("states") or {}).items() if values else ():
            if limit in values:
                part = one.threshold.get(limit) or {}
                found.setdefault(limit, []).append(
                    _Measured(
                        limit, State(state), values[limit], one.subject, part if isinstance(part, Mapping) else {}
                    )
                )
    return found


def _worst(measures: Sequence[_Measured]) -> Sequence[_Measured]:
    """The worst of one measure over its subjects: by state, then by distance from what is good."""
    if not measures:
        return ()
    sign = 1 if threshold(measures[0].limit).better == "lower" else -1

    def rank(one: _Measured) -> tuple[int, float]:
        return WORST_FIRST.index(one.state), -sign * (one.value if one.value is not None else 0.0)

    return (min(measures, key=rank),)


def _worst_state(states: Sequence[State]) -> State:
    assessed = [state for state in states if state in (State.FAIL, State.WARN, State.PASS)]
    return min(assessed, key=WORST_FIRST.index) if assessed else State.NOT_ASSESSED


def _light(one: _Measured, subjects: int, labels: Labels, words: Words) -> Light:
    name, meaning = _meanings(words)[one.limit]
    subject = labels.indicator(one.subject) if one.subject else ""
    if subject and subjects > 1:
        subject = words.gettext("worst of {n}: {subject}").format(n=subjects, subject=subject)
    state, symbol, word = _told(one.state, words)
    return Light(
        name=name,
        state=state,
        symbol=symbol,
        word=word,
        value=_said(one, words),
        limits=_limits(one, words),
        meaning=meaning,
        subject=subject,
    )


def _told(state: State, words: Words) -> tuple[str, str, str]:
    word = {
        State.PASS: words.gettext("good"),
        State.WARN: words.gettext("caution"),
        State.FAIL: words.gettext("problem"),
    }.get(state, words.gettext("not assessed"))
    return str(state), SYMBOLS[state], word


def _said(one: _Measured, words: Words) -> str:
    """Return a measured value with so many digits that it is not taken for a limit it does not meet."""
    if one.value is None:
        return ""
    factor = 100.0 if one.limit in SHARES else 1.0
    value, limits = factor * one.value, {factor * limit for limit in _bounds(one) if limit is not None}
    places = {"effective_n": 0, "method_spread": 1}.get(one.limit, 1 if factor > 1 or abs(value) >= 10 else 2)
    while places < 6 and any(abs(round(value, places) - each) < 1e-9 < abs(value - each) for each in limits):
        places += 1
    unit = {"mean_absolute_bias": words.gettext("points"), "method_spread": words.gettext("standard errors")}
    return f"{number(value, places, words)} {'%' if factor > 1 else unit.get(one.limit, '')}".strip()


def _bounds(one: _Measured) -> tuple[float, float | None]:
    """Return the limits that were applied."""
    catalogued = threshold(one.limit)
    return one.threshold.get("good", catalogued.good), one.threshold.get("warn", catalogued.warn)


def _limits(one: _Measured, words: Words) -> str:
    """Return ``good up to 0.1, caution up to 0.25``, with the limits that were applied."""
    good, warn = _bounds(one)

    def plain(value: float) -> str:
        text = f"{value * 100:.3g} %" if one.limit in SHARES else f"{value:g}"
        return text.translate(words.signs)

    if threshold(one.limit).better == "higher":
        said = words.gettext("good from {good}").format(good=plain(good))
        return said if warn is None else said + words.gettext(", caution from {warn}").format(warn=plain(warn))
    said = words.gettext("good up to {good}").format(good=plain(good))
    return said if warn is None else said + words.gettext(", caution up to {warn}").format(warn=plain(warn))


def _title(dimension: str, words: Words) -> str:
    return {
        "coverage": words.gettext("Coverage: does anybody speak for every group?"),
        "balance": words.gettext("Balance: do the weighted data look like the population?"),
        "precision": words.gettext("Precision: how much is left to chance?"),
        "sensitivity": words.gettext("Sensitivity: how much rests on what cannot be checked?"),
    }[dimension]


def _meanings(words: Words) -> dict[str, tuple[str, str]]:
    """Return limit -> name and meaning, in plain words."""
    say = words.gettext
    return {
        "empty_cells": (
            say("Population in nearly empty groups"),
            say("Hardly anybody took part there. For these people the figures are a guess from others."),
        ),
        "overlap": (
            say("Population that hardly ever takes part"),
            say("People of a kind that is all but absent from the data. No weight can make up for them."),
        ),
        "asmd": (
            say("Largest difference from the benchmark after weighting"),
            say("How far the weighted data still are from the population, in what weights know."),
        ),
        "mean_absolute_bias": (
            say("Error on questions with a known answer"),
            say("How wrong the data are on average where it can be checked. The other figures may be as wrong."),
        ),
        "cv": (
            say("Coefficient of variation of the figure for everybody"),
            say("The standard error beside the figure. It shows chance only."),
        ),
        "effective_n": (
            say("Effective number of records"),
            say("A simple random sample of this size would be as precise. It shows chance only."),
        ),
        "design_effect": (
            say("Design effect of the weights"),
            say("How many times larger unequal weights make the variance."),
        ),
        "largest_weight": (
            say("Largest weight, as a multiple of the mean"),
            say("Whether a few records decide the figures."),
        ),
        "proxy_strength": (
            say("How well the weights predict the answer (correlation)"),
            say("If what weights use says little about the answer, weights repair little of the error."),
        ),
        "method_spread": (
            say("Largest difference between adjusted ways of computing"),
            say("If it is large, the figure depends on which assumption is believed."),
        ),
        "break_even": (
            say("Error needed to reach the value that matters"),
            say(
                "As a multiple of the typical error on questions with a known answer. Below 1, such an error would do."
            ),
        ),
    }


def _sentence(overall: State, states: Mapping[str, State], words: Words) -> str:
    short = {
        "coverage": words.gettext("coverage"),
        "balance": words.gettext("balance"),
        "precision": words.gettext("precision"),
        "sensitivity": words.gettext("sensitivity"),
    }
    said = {
        State.PASS: words.gettext("Nothing that was measured speaks against these figures."),
        State.WARN: words.gettext("Use the figures with caution because of: {what}."),
        State.FAIL: words.gettext("Do not quote a figure without its plausible range, because of: {what}."),
    }.get(overall, words.gettext("Nothing could be measured."))
    text = said.format(what=", ".join(short[name] for name, state in states.items() if state is overall))
    silent = [short[name] for name, state in states.items() if state is State.NOT_ASSESSED]
    if silent and overall is not State.NOT_ASSESSED:
        text += " " + words.gettext("Not assessed: {what}.").format(what=", ".join(silent))
    return text
