"""Figures of groups and of everybody -> how far each group is from everybody, with its interval, as picture and table.

A group is part of everybody, so the two figures go together and their difference is known better than two strangers'
would be. Where the share p of the group in the population is known (from the benchmark) and the figure is a mean or a
share, their correlation is taken as r = p se(group) / se(everybody), at most sqrt(p): exact if the group and the rest
were drawn apart. Else r = 0, which makes the interval rather too wide than too narrow. With the two intervals (l, u)::

    L = d - sqrt((g - l_g)² + (u_T - T)² - 2 r (g - l_g) (u_T - T))
    U = d + sqrt((u_g - g)² + (T - l_T)² - 2 r (u_g - g) (T - l_T))

Source: Zou, G. Y. (2007), Psychological Methods 12, 399 to 413 (method of variance estimates recovery, dependent case).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countersign.model.estimate import Estimate, Status
from countersign.model.release import Release
from countersign.publishing.charting import DotChart, Line, Mark, Row
from countersign.publishing.digits import decimals, number, scale
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import Words

MOST_GROUPS = 24
MISSING = "(missing)"  # the category of those who gave no answer is no group
OF_PEOPLE = frozenset({"mean", "proportion", "distribution"})


@dataclass(frozen=True)
class Distance:
    """A group minus everybody, in the unit of the figure, with its interval; r: the correlation that was taken."""

    value: float
    lower: float
    upper: float
    r: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower > 0 or self.upper < 0

    @property
    def counted(self) -> bool:
        """Whether it has no width: both figures were counted, and chance has no part in them."""
        return self.lower == self.upper


@dataclass(frozen=True)
class GroupDistances:
    """One indicator: the picture, the table, what the interval rests on, and the main message."""

    indicator: str
    title: str
    message: str
    chart: DotChart
    table: tuple[tuple[str, str, str, str, str], ...]
    unit: str
    assumption: str


def distance(group: Estimate, everybody: Estimate, *, share: float | None = None) -> Distance | None:
    """Return group minus everybody with its interval, or None unless both are shown.

    Parameters
    ----------
    share: of the group in the population, 0 to 1; without it the two are taken as unrelated.
    """
    if not (shown(group) and shown(everybody)) or everybody.status is Status.REFUSED:
        return None
    numbers = [one for e in (group, everybody) for one in (e.value, e.lower, e.upper)]
    if any(one is None or not math.isfinite(one) for one in numbers):
        return None
    g, g_low, g_up, t, t_low, t_up = (float(one) for one in numbers if one is not None)
    r = 0.0
    if share and group.statistic in OF_PEOPLE and group.standard_error and everybody.standard_error:
        r = min(share * group.standard_error / everybody.standard_error, math.sqrt(share))
    below, above = (g - g_low, t_up - t), (g_up - g, t - t_low)
    return Distance(g - t, g - t - _length(*below, r), g - t + _length(*above, r), r)


def _length(a: float, b: float, r: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b - 2 * r * a * b))


def group_distances(release: Release, labels: Labels, words: Words) -> tuple[GroupDistances, ...]:
    """Return for each indicator how far its groups are from everybody, by one variable at a time.

    Indicators without a figure for everybody, or without a group that is shown, have none. Totals and counts have none:
    a part is always less than the whole.
    """
    shares = {(one.variable, one.category): one.population for one in release.groups if one.population is not None}
    found = []
    for name in dict.fromkeys(one.indicator for one in release.estimates):
        own = [one for one in release.estimates if one.indicator == name]
        everybody = next((one for one in own if not one.domain and shown(one)), None)
        groups = [one for one in own if len(one.domain) == 1]
        if everybody is None or everybody.statistic in ("total", "count") or not any(map(shown, groups)):
            continue
        one = _of_indicator(everybody, groups, shares, labels, words)
        if one:
            found.append(one)
    return tuple(found)


def _of_indicator(
    everybody: Estimate,
    groups: Sequence[Estimate],
    shares: Mapping[tuple[str, str], float],
    labels: Labels,
    words: Words,
) -> GroupDistances | None:
    own = scale(everybody.statistic, everybody.unit)
    unit = words.gettext("points") if own.percent else own.unit
    order = list(dict.fromkeys(name for group in groups for name in group.domain))
    measured = []
    for group in sorted(groups, key=lambda one: order.index(next(iter(one.domain)))):
        ((variable, category),) = group.domain.items()
        measured.append((group, distance(group, everybody, share=shares.get((variable, str(category))))))
    seen = [(group, apart) for group, apart in measured if apart is not None]
    if not seen:
        return None
    places = max(decimals(apart.lower * own.factor, apart.upper * own.factor) for _, apart in seen)
    kept = _kept(measured)
    rows, variable = [], ""
    for group, apart in kept:
        name = next(iter(group.domain))
        if name != variable:
            rows.append(Row(labels.variable(name), header=True))
            variable = name
        rows.append(_row(group, apart, own.factor, places, labels, words))
    title = words.gettext("{figure}: each group beside everybody").format(figure=labels.indicator(everybody.indicator))
    message = _message(seen, own.factor, places, unit, labels, words)
    chart = DotChart(
        title=title,
        description=message + " " + words.gettext("The table below gives every number."),
        rows=tuple(rows),
        axis=words.gettext("difference from everybody ({unit})").format(unit=unit) if unit else "",
        lines=(Line(0.0, words.gettext("everybody")),),
    )
    table = tuple(_cells(group, apart, everybody, own.factor, places, labels, words) for group, apart in measured)
    return GroupDistances(everybody.indicator, title, message, chart, table, unit, _assumption(seen, words))


def _kept(measured: Sequence[tuple[Estimate, Distance | None]]) -> list[tuple[Estimate, Distance | None]]:
    """The groups that the picture shows, in their order: those farthest from everybody first where there are many."""
    order = sorted(range(len(measured)), key=lambda at: -abs(measured[at][1].value) if measured[at][1] else 0.0)  # type: ignore[union-attr]
    return [measured[at] for at in sorted(order[:MOST_GROUPS])]


def _signed(value: float, places: int, words: Words) -> str:
    text = number(value, places, words)
    return f"+{text}" if value > 0 and text.strip("0.,٫٬ ") else text


def _span(apart: Distance, factor: float, places: int, words: Words) -> str:
    return words.gettext("{low} to {high}").format(
        low=_signed(apart.lower * factor, places, words), high=_signed(apart.upper * factor, places, words)
    )


def _row(group: Estimate, apart: Distance | None, factor: float, places: int, labels: Labels, words: Words) -> Row:
    label = labels.domain(group.domain)
    if apart is None:
        return Row(label, text=status_word(group.status, words))
    weak = group.status is Status.UNRELIABLE
    return Row(
        label,
        marks=(Mark(apart.value * factor, "hollow" if weak else "dot"),),
        low=apart.lower * factor,
        high=apart.upper * factor,
        text=_signed(apart.value * factor, places, words)
        + ("" if apart.counted else f" ({_span(apart, factor, places, words)})"),
        faint=weak,
    )


def _cells(
    group: Estimate,
    apart: Distance | None,
    everybody: Estimate,
    factor: float,
    places: int,
    labels: Labels,
    words: Words,
) -> tuple[str, str, str, str, str]:
    ((variable, _),) = group.domain.items()
    name = f"{labels.variable(variable)}: {labels.domain(group.domain)}"
    if apart is None or group.value is None:
        return name, status_word(group.status, words), "", "", ""
    said = words.gettext("more than chance") if apart.beyond_chance else words.gettext("within chance")
    if apart.counted:
        said = words.gettext("no interval: its width is zero")
    return (
        name,
        number(group.value * factor, places, words),
        _signed(apart.value * factor, places, words),
        "" if apart.counted else _span(apart, factor, places, words),
        said,
    )


def _message(
    seen: Sequence[tuple[Estimate, Distance]], factor: float, places: int, unit: str, labels: Labels, words: Words
) -> str:
    """The main message: who is farthest below and above, and how many groups differ by more than chance."""
    seen = [one for one in seen if MISSING not in one[0].domain.values()] or seen
    beyond = [(group, apart) for group, apart in seen if apart.beyond_chance]
    if not beyond:
        return words.ngettext(
            "The {n} group that is shown does not differ from everybody by more than chance.",
            "None of the {n} groups that are shown differs from everybody by more than chance.",
            len(seen),
        ).format(n=len(seen))
    farthest, apart = max(beyond, key=lambda one: abs(one[1].value))
    text = (
        words.gettext("Farthest above everybody: {group}, by {far} {unit} (interval {low} to {high}).")
        if apart.value > 0
        else words.gettext("Farthest below everybody: {group}, by {far} {unit} (interval {low} to {high}).")
    )
    if all(apart.counted for _, apart in seen):  # chance has no part in what was counted
        text = (
            words.gettext("Farthest above everybody: {group}, by {far} {unit}.")
            if apart.value > 0
            else words.gettext("Farthest below everybody: {group}, by {far} {unit}.")
        )
        far = number(abs(apart.value) * factor, places, words)
        return text.format(group=labels.domain(farthest.domain), far=far, unit=unit)
    low, high = sorted(abs(end) for end in (apart.lower, apart.upper))
    said = text.format(
        group=labels.domain(farthest.domain),
        far=number(abs(apart.value) * factor, places, words),
        low=number(low * factor, places, words),
        high=number(high * factor, places, words),
        unit=unit,
    )
    many = words.ngettext(
        "{beyond} of {n} group differs by more than chance.",
        "{beyond} of {n} groups differ by more than chance.",
        len(seen),
    ).format(beyond=len(beyond), n=len(seen))
    return f"{said} {many}"


def _assumption(seen: Sequence[tuple[Estimate, Distance]], words: Words) -> str:
    known = sum(apart.r > 0 for _, apart in seen)
    alone = words.gettext(
        "Group and everybody are taken as unrelated, though the group is part of everybody: the interval is rather too "
        "wide than too narrow."
    )
    both = words.gettext(
        "A group is part of everybody; its share in the benchmark says how far the two figures go together, as if the "
        "group and the rest were drawn apart."
    )
    said = (
        both
        if known == len(seen)
        else alone
        if not known
        else f"{both} {words.gettext('Where the share is unknown:')} {alone}"
    )
    return said + " " + words.gettext("The interval shows chance and no other error (method: Zou 2007).")
