"""Composition: how much of a change is another mix of parts, and how much is change within the parts.

Parts are kinds of source, product or place; each has a share of the whole and a mean. The split is the midpoint one:
for two factors it is the Shapley value, it has no remainder, and it is the same read forwards and backwards.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from countersign.errors import EstimationError
from countersign.model.tabular import Tabular

METHOD = "midpoint split of a change into mix and within parts"
TOLERANCE = 1e-9
CORNERS = 12  # figures of which every combination of rounding up and down is tried: 2^12


@dataclass(frozen=True)
class Period:
    """One period: each part's share of the whole (they sum to 1) and its mean; None = nobody of that part."""

    name: str
    shares: Mapping[str, Fraction]
    means: Mapping[str, Fraction | None]

    @property
    def overall(self) -> Fraction:
        """Sum of share times mean."""
        return sum((self.shares[part] * mean for part, mean in self.means.items() if mean is not None), Fraction(0))


@dataclass(frozen=True)
class Contribution:
    """A component of the change.

    Parameters
    ----------
    component: ``change``, ``mix`` or ``within``. part: for ``within``, and for a part's share in ``mix``.
    exact: as a fraction. low, high: what rounding of the published figures leaves open, or None.
    """

    component: str
    part: str
    exact: Fraction
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float:
        """The nearest floating-point number."""
        return float(self.exact)


@dataclass(frozen=True)
class Decomposition(Tabular):
    """A change from one period to the next, split without remainder.

    Parameters
    ----------
    before, after: the periods. contributions: the change, the mix, each part's share in the mix, each part within.
    notes: plain sentences: implied shares, parts of one period only.
    """

    before: Period
    after: Period
    contributions: tuple[Contribution, ...]
    notes: tuple[str, ...] = field(default=())

    def component(self, component: str, part: str = "") -> Contribution:
        """Return one contribution."""
        for one in self.contributions:
            if (one.component, one.part) == (component, part):
                return one
        raise KeyError((component, part))

    @property
    def change(self) -> float:
        """Overall mean after minus before."""
        return self.component("change").value

    @property
    def mix(self) -> float:
        """What another mix of parts contributes."""
        return self.component("mix").value

    @property
    def within(self) -> dict[str, float]:
        """Part -> what change of its own mean contributes."""
        return {one.part: one.value for one in self.contributions if one.component == "within"}

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a contribution; shares and means beside those of a part."""
        found = []
        for one in self.contributions:
            row: dict[str, Any] = {
                "from": self.before.name,
                "to": self.after.name,
                "component": one.component,
                "part": one.part,
                "value": one.value,
                "low": one.low,
                "high": one.high,
            }
            for label, period in (("before", self.before), ("after", self.after)):
                mean = period.means.get(one.part)
                row[f"share_{label}"] = float(period.shares[one.part]) if one.part in period.shares else None
                row[f"mean_{label}"] = None if mean is None else float(mean)
            found.append(row)
        return found


def decompose_periods(before: Period, after: Period, *, one_sided: str = "refuse") -> Decomposition:
    """Split a change into mix and within parts, exactly.

    With shares s and means m of part j, before 0 and after 1, and the midpoint of the overall means M::

        within_j = 1/2 (s_j0 + s_j1) (m_j1 - m_j0)
        mix_j    = (s_j1 - s_j0) (1/2 (m_j0 + m_j1) - 1/2 (M_0 + M_1)),     mix = sum mix_j

    The sum over all is M_1 - M_0, computed in fractions, so to the last digit.

    Parameters
    ----------
    one_sided: what to do with a part that only one period has: ``refuse``; ``mix`` takes its only mean for both
        periods, so that its coming or going is all mix.

    Raises
    ------
    EstimationError: shares outside 0 to 1 or that do not sum to 1; a part of one period only, under ``refuse``.

    Notes
    -----
    Marshall (1885) and Edgeworth (1925), midpoint weights; Shapley (1953); Shorrocks (2013), J. Economic Inequality 11.
    """
    parts = list(dict.fromkeys((*before.shares, *after.shares)))
    for period in (before, after):
        _checked(period)
    shares = [{part: period.shares.get(part, Fraction(0)) for part in parts} for period in (before, after)]
    means, notes = [{**period.means} for period in (before, after)], []
    for part in parts:
        here = [held.get(part) for held in means]
        if None not in here:
            continue
        if one_sided != "mix":
            only = before if here[1] is None else after
            raise EstimationError(
                f"The part '{part}' is in '{only.name}' only, so it has no change of its own.",
                where="parts",
                expected="the same parts in both periods",
                action="merge it with another part, or say one_sided='mix': its coming or going is then all mix",
            )
        known = here[0] if here[0] is not None else here[1]
        for held in means:
            held[part] = known
        notes.append(f"'{part}' is in one period only: its mean is taken to be the same in both, so it is all mix")
    (s0, s1), half = shares, Fraction(1, 2)
    m0, m1 = ({part: held[part] or Fraction(0) for part in parts} for held in means)
    middle = half * (before.overall + after.overall)
    mixed = {part: (s1[part] - s0[part]) * (half * (m0[part] + m1[part]) - middle) for part in parts}
    within = {part: half * (s0[part] + s1[part]) * (m1[part] - m0[part]) for part in parts}
    return Decomposition(
        before=before,
        after=after,
        contributions=(
            Contribution("change", "", after.overall - before.overall),
            Contribution("mix", "", sum(mixed.values(), Fraction(0))),
            *(Contribution("mix", part, amount) for part, amount in mixed.items()),
            *(Contribution("within", part, amount) for part, amount in within.items()),
        ),
        notes=tuple(notes),
    )


def _checked(period: Period) -> None:
    total = sum(period.shares.values(), Fraction(0))
    outside = [part for part, share in period.shares.items() if not 0 <= share <= 1]
    if outside or abs(total - 1) > TOLERANCE:
        said = ", ".join(f"{part} {float(share):.1%}" for part, share in period.shares.items())
        raise EstimationError(
            f"The shares of '{period.name}' are not shares of a whole: {said} (sum {float(total):.4g}).",
            where="shares",
            expected="each from 0 to 1, together 1",
            action="look whether the overall figure lies between those of the parts, and whether a part is missing",
        )


def implied_shares(overall: Fraction, means: Mapping[str, Fraction], *, name: str) -> dict[str, Fraction]:
    """Return the shares of two parts that make their means average to the overall figure.

    ``s_1 = (M - m_2) / (m_1 - m_2)``. Nothing else than these two parts may be in the overall figure.

    Raises
    ------
    EstimationError: not two parts, equal means, an overall figure outside the two means.
    """
    if len(means) != 2:
        raise EstimationError(
            f"The shares of {len(means)} parts do not follow from their means.",
            where=name,
            expected="two parts, or the share of each",
            action="give the shares",
        )
    (first, one), (second, other) = means.items()
    if one == other:
        raise EstimationError(
            f"'{first}' and '{second}' have the same mean, so their shares cannot be told from it.",
            where=name,
            action="give the shares",
        )
    share = (overall - other) / (one - other)
    if not 0 <= share <= 1:
        raise EstimationError(
            f"The overall figure {float(overall):g} is not between the parts, {float(one):g} and {float(other):g}: the "
            f"share of '{first}' would be {float(share):.1%}.",
            where=name,
            expected="an overall figure that is an average of the parts",
            action="look whether the figures are of one release, of the same records, and whether a part is missing",
        )
    return {first: share, second: 1 - share}


def decompose_figures(
    before: tuple[str, float | None, Mapping[str, float], Mapping[str, float] | None],
    after: tuple[str, float | None, Mapping[str, float], Mapping[str, float] | None],
    *,
    rounding: float = 0.0,
    one_sided: str = "refuse",
) -> Decomposition:
    """Split the change between two sets of published figures.

    Parameters
    ----------
    before, after: name of the period, overall mean, part -> mean, part -> share (None = implied by the overall mean,
        for two parts).
    rounding: unit to which means are rounded, such as 0.01; `low` and `high` of a contribution are then the ends over
        all figures that would have been rounded to these.

    Raises
    ------
    EstimationError: what `implied_shares` and `decompose_periods` refuse; shares, means and overall figure that
        contradict each other by more than rounding.
    """
    given = [before, after]
    made = [_period(*one, rounding=rounding) for one in given]
    found = decompose_periods(*made, one_sided=one_sided)
    notes = [*found.notes]
    for (_, _, _, shares), period in zip(given, made, strict=True):
        if shares is None:
            said = ", ".join(f"{part} {float(share):.1%}" for part, share in period.shares.items())
            notes.append(f"shares of '{period.name}' are implied by its figures, if there are no other parts: {said}")
    places = [
        (number, part)
        for number, (_, overall, means, shares) in enumerate(given)
        for part in (*means, *(("",) if shares is None and overall is not None else ()))
    ]
    if not rounding or len(places) > CORNERS:
        return Decomposition(found.before, found.after, found.contributions, tuple(notes))
    ends: dict[tuple[str, str], list[Fraction]] = {}
    skipped = 0
    for signs in itertools.product((-1, 1), repeat=len(places)):
        moved = {place: sign * _exact(rounding) / 2 for place, sign in zip(places, signs, strict=True)}
        try:
            corner = decompose_periods(
                *(_period(*one, rounding=rounding, moved=(moved, number)) for number, one in enumerate(given)),
                one_sided=one_sided,
            )
        except EstimationError:  # figures that could not have been published together
            skipped += 1
            continue
        for one in corner.contributions:
            ends.setdefault((one.component, one.part), []).append(one.exact)
    bounded = tuple(
        Contribution(
            one.component,
            one.part,
            one.exact,
            float(min(values, default=one.exact)),
            float(max(values, default=one.exact)),
        )
        for one in found.contributions
        for values in [ends.get((one.component, one.part), [])]
    )
    notes.append(f"low and high: what figures rounded to {rounding:g} leave open; not a sampling interval")
    return Decomposition(found.before, found.after, bounded, tuple(notes))


def _exact(number: float) -> Fraction:
    """The decimal a person wrote, not its nearest binary number."""
    if isinstance(number, bool | str) or not math.isfinite(number):
        raise EstimationError(
            "A published figure is no number.", where="figures", expected="numbers", action="correct the figures"
        )
    return Fraction(repr(float(number)))


def _period(
    name: str,
    overall: float | None,
    means: Mapping[str, float],
    shares: Mapping[str, float] | None,
    *,
    rounding: float = 0.0,
    moved: tuple[Mapping[tuple[int, str], Fraction], int] = ({}, 0),
) -> Period:
    by, number = moved
    exact = {part: _exact(mean) + by.get((number, part), Fraction(0)) for part, mean in means.items()}
    if shares is None:
        if overall is None:
            raise EstimationError(
                f"'{name}' has neither shares nor an overall figure.", where=name, action="give one of them"
            )
        whole = _exact(overall) + by.get((number, ""), Fraction(0))
        return Period(name, implied_shares(whole, exact, name=name), dict(exact))
    if set(shares) != set(means):
        raise EstimationError(
            f"The shares and the means of '{name}' are not of the same parts.",
            where=name,
            expected=f"a share for each of: {', '.join(means)}",
            action="give both for every part",
        )
    period = Period(name, {part: _exact(share) for part, share in shares.items()}, dict(exact))
    _checked(period)
    if (
        overall is not None
        and not by
        and abs(period.overall - _exact(overall)) > max(_exact(rounding), Fraction(1, 10**9))
    ):
        raise EstimationError(
            f"The parts of '{name}' average to {float(period.overall):g}, but its overall figure is {overall:g}.",
            where=name,
            expected="an overall figure that is the average of the parts, up to rounding",
            action="look whether a part is missing; or say to which unit figures are rounded",
        )
    return period
