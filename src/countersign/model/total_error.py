"""Total error: how wrong this sample was on what can be checked, and the interval that follows for what cannot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.angle import angle, share_at
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

CONVENTION = "benchmark-calibrated"
NORMAL_90 = 1.6448536269514722
ROUNDING = 1e-9


@dataclass(frozen=True)
class Checked:
    """One category of a question with an official answer.

    Parameters
    ----------
    item, category: the question and one answer to it. estimate: share after weighting, made without the official
        answer to this question. raw: share among respondents, without weights. truth: official share.
    standard_error: sampling error of the estimate. n: people who answered. kind: of the question, such as ``civic``.
    lower, upper: interval learnt from the other questions only; None where it was refused.
    """

    item: str
    category: str
    estimate: float
    truth: float
    raw: float | None = None
    standard_error: float = 0.0
    n: int = 0
    kind: str = ""
    lower: float | None = None
    upper: float | None = None

    @property
    def error(self) -> float:
        """Estimate minus truth."""
        return self.estimate - self.truth

    @property
    def held(self) -> bool | None:
        """Whether the interval holds the truth; None without an interval."""
        if self.lower is None or self.upper is None:
            return None
        return self.lower - ROUNDING <= self.truth <= self.upper + ROUNDING

    @property
    def width(self) -> float | None:
        """Upper minus lower end."""
        return None if self.lower is None or self.upper is None else self.upper - self.lower


@dataclass(frozen=True)
class TotalError(Tabular):
    """The distribution of total error of a sample, learnt from its checkable questions.

    On the angle scale, 2 arcsin(sqrt(p)), the score of a category is |error| / s, with s = floor + |moved|.
    `moved` is how far weighting moved the share: a share that needed much repair is rarely repaired in full. An
    interval is value -+ q s; q is a quantile of the scores in which every question counts the same.

    Parameters
    ----------
    checked: the categories. level: of the intervals in `checked`, and the default. minimum: fewest questions.
    floor: root mean square of `moved` over the checked questions; 0 with `scaled` false: then s = 1.
    usual_error: median sampling error of the checked categories, on the angle scale; a less certain figure gets more.
    by: what the sample was weighted on. method: how the estimates were made. notes: what a reader should know.
    """

    checked: tuple[Checked, ...]
    level: float
    minimum: int
    floor: float = 0.0
    scaled: bool = False
    usual_error: float = 0.0
    by: tuple[str, ...] = ()
    method: str = ""
    notes: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """The questions it rests on."""
        return tuple(dict.fromkeys(one.item for one in self.checked))

    @property
    def refused(self) -> str:
        """Why no interval can be given at the default level; empty where it can."""
        return self._too_few(len(self.items), self.level)

    @property
    def needed(self) -> int:
        """Fewest questions from which an interval at the default level is learnt."""
        return self._needed(self.level)

    @property
    def coverage(self) -> float | None:
        """Share of checked categories whose interval, learnt from the other questions, holds the truth."""
        found = [one.held for one in self.checked if one.held is not None]
        return sum(found) / len(found) if found else None

    @property
    def coverage_by_item(self) -> float | None:
        """The same with equal weight for every question."""
        found = [(one.held, weight) for one, weight in zip(self.checked, self._weights.tolist(), strict=True)]
        told = [(held, weight) for held, weight in found if held is not None]
        return sum(weight for held, weight in told if held) / sum(weight for _, weight in told) if told else None

    @property
    def median_width(self) -> float | None:
        """Median width of these intervals, as a share."""
        found = [one.width for one in self.checked if one.width is not None]
        return float(np.median(found)) if found else None

    @property
    def plain_coverage(self) -> float | None:
        """Share of checked categories that a 95 % sampling interval alone would have held."""
        told = [one for one in self.checked if one.standard_error > 0]
        return sum(abs(one.error) <= 1.96 * one.standard_error for one in told) / len(told) if told else None

    def interval(
        self, value: float, se: float = 0.0, *, raw: float | None = None, level: float | None = None, kind: str = ""
    ) -> tuple[float, float]:
        """Return the interval of a share that cannot be checked.

        Parameters
        ----------
        value: the share after weighting. se: its sampling error; where it is larger than usual among the checked, the
            interval is wider. raw: the share without weights. kind: of the question; questions of the same kind are
            used alone where there are enough of them.

        Raises
        ------
        EstimationError: too few questions for this level; no raw share where the scale needs it; not a share.
        """
        level = self.level if level is None else level
        _share(value, "value")
        reason = self._too_few(len(self.items), level)
        if reason:
            raise EstimationError(
                reason,
                expected=f"at least {self._needed(level)} questions with an official answer",
                action="add questions from an official survey to the form: see inference.advise_questions",
            )
        if self.scaled and raw is None:
            raise EstimationError(
                "The unweighted share is not given, and the interval depends on how far weighting moved the share.",
                expected="raw, the share among respondents without weights",
                action="give raw=, or learn without unweighted shares",
            )
        if raw is not None:
            _share(raw, "raw")
        centre = float(angle(value))
        half = self.quantile(level, kind) * self.spread(value, raw)
        sampling = se / math.sqrt(max(value * (1.0 - value), 1e-12)) if se > 0 else 0.0
        half = math.sqrt(half**2 + NORMAL_90**2 * max(0.0, sampling**2 - self.usual_error**2))
        return float(share_at(centre - half)), float(share_at(centre + half))

    def spread(self, value: float, raw: float | None = None) -> float:
        """Return s, the scale of the score of a share, from how far weighting moved it."""
        moved = float(angle(value)) - float(angle(raw)) if raw is not None and self.scaled else 0.0
        return float(_scale(np.array([moved]), self.floor, self.scaled)[0])

    @property
    def mean_score(self) -> float:
        """Mean of the scores, every question with the same weight."""
        return float((self._weights * self._scores).sum() / self._weights.sum())

    def quantile(self, level: float | None = None, kind: str = "") -> float:
        """Return the quantile of the scores, every question with the same weight; infinite with too few questions."""
        level = self.level if level is None else level
        chosen = self._of(kind, level)
        return balanced_quantile(self._scores[chosen], self._weights[chosen], level)

    def without(self, item: str) -> TotalError:
        """Return what the other questions alone would have taught; the floor and the usual error are theirs."""
        return of_checked(
            [one for one in self.checked if one.item != item],
            level=self.level,
            minimum=self.minimum - 1,
            by=self.by,
            method=self.method,
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a checked category, the largest errors first."""
        error = np.round(np.abs(angle(self._estimates) - angle(self._truths)), 9)  # rounding orders no question
        order = np.argsort(-error, kind="stable").tolist()
        return [
            {
                "item": one.item,
                "category": one.category,
                "kind": one.kind,
                "raw": one.raw,
                "estimate": one.estimate,
                "truth": one.truth,
                "error": one.error,
                "standard_error": one.standard_error,
                "lower": one.lower,
                "upper": one.upper,
                "held": one.held,
                "n": one.n,
            }
            for one in (self.checked[place] for place in order)
        ]

    def sentence(self) -> str:
        """Say in words what it rests on and how it did."""
        if self.refused:
            return self.refused
        told = f"Rests on {len(self.items)} questions with an official answer ({len(self.checked)} categories)"
        if self.coverage is None or self.median_width is None:
            return f"{told}."
        return (
            f"{told}; learnt from the other questions each time, the {self.level:.0%} interval held the official"
            f" share in {self.coverage:.0%} of the categories; median width of {100 * self.median_width:.0f} points."
        )

    def _of(self, kind: str, level: float) -> Integers:
        own = np.array([place for place, one in enumerate(self.checked) if kind and one.kind == kind], dtype=np.int64)
        count = len({self.checked[place].item for place in own.tolist()})
        return own if count >= self._needed(level) else np.arange(len(self.checked), dtype=np.int64)

    def _needed(self, level: float) -> int:
        return max(self.minimum, math.ceil(level / (1.0 - level) - ROUNDING)) if 0 < level < 1 else self.minimum

    def _too_few(self, count: int, level: float) -> str:
        if not 0.0 < level < 1.0:
            return f"A level of {level:g} is not between 0 and 1."
        needed = self._needed(level)
        if count >= needed:
            return ""
        return (
            f"The total error cannot be learnt: {count} questions have an official answer, and a {level:.0%} interval"
            f" needs at least {needed}."
        )

    @cached_property
    def _estimates(self) -> Floats:
        return np.array([one.estimate for one in self.checked], dtype=float)

    @cached_property
    def _truths(self) -> Floats:
        return np.array([one.truth for one in self.checked], dtype=float)

    @cached_property
    def _weights(self) -> Floats:
        return item_weights([one.item for one in self.checked])

    @cached_property
    def _scores(self) -> Floats:
        error = np.abs(angle(self._estimates) - angle(self._truths))
        return np.asarray(error / _scale(_moved(self.checked), self.floor, self.scaled))


def of_checked(
    checked: Sequence[Checked],
    *,
    level: float,
    minimum: int,
    by: Sequence[str] = (),
    method: str = "",
    notes: Sequence[str] = (),
) -> TotalError:
    """Return the total error with its floor and usual sampling error, before anything is left out.

    The scale uses the movement where every category has an unweighted share and some of them moved.
    """
    weights = item_weights([one.item for one in checked])
    scaled, floor, usual = False, 0.0, 0.0
    if checked:
        p = np.array([one.estimate for one in checked])
        spread = np.sqrt(np.maximum(p * (1 - p), 1e-12))
        usual = float(np.median(np.array([one.standard_error for one in checked]) / spread))
        if all(one.raw is not None for one in checked):
            floor = float(np.sqrt((weights * _moved(checked) ** 2).sum() / weights.sum()))
            scaled = floor > 1e-6
    return TotalError(
        checked=tuple(checked),
        level=level,
        minimum=minimum,
        floor=floor if scaled else 0.0,
        scaled=scaled,
        usual_error=usual,
        by=tuple(by),
        method=method,
        notes=tuple(notes),
    )


def with_interval(one: Checked, ends: tuple[float, float]) -> Checked:
    """Return the category with its interval."""
    return replace(one, lower=ends[0], upper=ends[1])


def item_weights(items: Sequence[str]) -> Floats:
    """Return 1 / (number of categories of the item), so that every question counts the same."""
    count: dict[str, int] = {}
    for item in items:
        count[item] = count.get(item, 0) + 1
    return np.array([1.0 / count[item] for item in items], dtype=float)


def balanced_quantile(scores: Floats, weights: Floats, level: float) -> float:
    """Return the quantile in which every question counts 1, and one more question of unknown score is allowed for.

    With k questions of one category each it interpolates the ordered scores at level (k + 1), which would hold a
    further exchangeable question with probability `level` (Weibull's plotting position, type 6 of Hyndman and Fan
    1996). With several categories a question each of them has its share of the weight 1.

    Returns
    -------
    Infinity where level (k + 1) > k: so few questions cannot support the level.
    """
    order = np.argsort(scores, kind="stable")
    weight = weights[order]
    total = float(weight.sum())
    wanted = level * (total + 1.0)
    if wanted > total + ROUNDING:
        return math.inf
    places = np.cumsum(weight) - weight / 2.0
    return float(np.interp(wanted - 0.5, places, scores[order]))


def _moved(checked: Sequence[Checked]) -> Floats:
    return np.array(
        [0.0 if one.raw is None else float(angle(one.estimate)) - float(angle(one.raw)) for one in checked], dtype=float
    )


def _scale(moved: Floats, floor: float, scaled: bool) -> Floats:
    return floor + np.abs(moved) if scaled else np.ones(len(moved))


def _share(value: float, name: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise EstimationError(
            f"{name} is {value:g}, which is not a share.",
            expected="a number from 0 to 1",
            action="give shares, not percentages; intervals of means are not learnt from shares",
        )


@dataclass(frozen=True)
class Advised:
    """What one more question with an official answer would bring.

    Parameters
    ----------
    item: the question. with_it, without_it: mean width of the intervals of all other questions. error_with,
        error_without: their mean absolute error. rank: 1 is the best.
    """

    item: str
    rank: int
    without_it: float
    with_it: float
    error_without: float
    error_with: float

    @property
    def gain(self) -> float:
        """How much narrower the intervals of the others become, as a share."""
        return self.without_it - self.with_it


@dataclass(frozen=True)
class Advice(Tabular):
    """Which questions with an official answer to add to a form, the most useful first."""

    advised: tuple[Advised, ...]
    have: tuple[str, ...] = ()
    level: float = 0.9

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a question; nothing where too few others are left to learn from."""
        return [
            {
                "rank": one.rank,
                "item": one.item,
                **{
                    name: None if math.isnan(width) else width
                    for name, width in (
                        ("gain", one.gain),
                        ("without_it", one.without_it),
                        ("with_it", one.with_it),
                        ("error_without", one.error_without),
                        ("error_with", one.error_with),
                    )
                },
            }
            for one in self.advised
        ]
