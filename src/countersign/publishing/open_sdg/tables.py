"""Figures of one indicator -> the rows of its table: a number or none, and beside it what a reader must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countersign.errors import ReleaseError
from countersign.model.estimate import Estimate
from countersign.model.release import Release
from countersign.publishing.digits import Scale, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import Words
from countersign.publishing.open_sdg import columns as names
from countersign.publishing.open_sdg.periods import period, year_variable
from countersign.publishing.plausible import column
from countersign.publishing.sdmx.statuses import reasons, status_of
from countersign.publishing.verdicts import established

BY_YEAR, TOGETHER = "by year", "years together"


@dataclass(frozen=True)
class Table:
    """The table of one indicator.

    Parameters
    ----------
    columns: in order. rows: cells by column; a column that a row lacks is blank. breakdowns: variable -> column.
    categories: variable -> category of the study -> cell. unit: of the values. years: all there are, in order.
    percent: the values are percentages.
    """

    indicator: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    breakdowns: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]]
    unit: str
    years: tuple[int, ...]
    percent: bool

    @property
    def mapped(self) -> bool:
        """Whether some row stands for an area with an outline."""
        return names.GEOCODE in self.columns


def table(
    release: Release, indicator: str, labels: Labels, words: Words, *, codes: Mapping[str, Mapping[str, str]]
) -> Table:
    """Return the figures of one indicator as a table of an Open SDG site.

    Shares from 0 to 1 become percentages. A figure without a number keeps its row, with blank cells for its numbers.

    Parameters
    ----------
    words: of the main language. codes: variable of areas -> category -> code of the outline.

    Raises
    ------
    ReleaseError: see `period`; two figures that a site could not tell apart.
    """
    own = [one for one in release.estimates if one.indicator == indicator]
    years = year_variable(release.plan, own)
    variables = [name for name in dict.fromkeys(n for one in own for n in one.domain) if name != years]
    breakdowns = names.columns(variables)
    categories: dict[str, dict[str, str]] = {name: {} for name in variables}
    for one in own:
        for name in variables:
            if name in one.domain:
                code = str(one.domain[name])
                categories[name][code] = names.category(code, label=labels.variable(name))
    shape = scale(own[0].statistic, own[0].unit) if own else Scale()
    apart = bool(years) and len({years in one.domain for one in own}) > 1
    rows = []
    for one in sorted(own, key=lambda one: apart and years not in one.domain):  # by year first: a site opens with it
        year, detail = period(one, variable=years)
        row: dict[str, object] = {names.YEAR: year, names.UNITS: shape.unit}
        row |= {breakdowns[name]: categories[name][str(one.domain[name])] for name in variables if name in one.domain}
        if apart:
            row[names.SERIES] = BY_YEAR if years in one.domain else TOGETHER
        row |= _beside(one, release, shape, words, year) | {names.TIME: detail, names.FIGURE: one.figure_id}
        row[names.GEOCODE] = _geocode(one, codes) if shown(one) else ""
        rows.append(row)
    _refuse_twins(rows, breakdowns, indicator)
    used = [name for name in (names.UNITS, names.SERIES, *names.ATTRIBUTES, names.GEOCODE) if _used(name, rows)]
    head = [name for name in used if name in (names.UNITS, names.SERIES)]
    tail = [name for name in used if name not in head]
    return Table(
        indicator=indicator,
        columns=(names.YEAR, *breakdowns.values(), *head, *tail, names.VALUE),
        rows=tuple(rows),
        breakdowns=breakdowns,
        categories=categories,
        unit=shape.unit,
        years=tuple(sorted({int(str(row[names.YEAR])) for row in rows})),
        percent=shape.percent,
    )


def _beside(one: Estimate, release: Release, shape: Scale, words: Words, year: int) -> dict[str, object]:
    """Return value and attributes of a figure; nothing that was computed from rows where it is not shown."""
    visible = shown(one)
    numbers: dict[str, object] = dict.fromkeys((names.VALUE, names.LOWER, names.UPPER))
    interval = plausible = ""
    if visible:
        pairs = {names.VALUE: one.value, names.LOWER: one.lower, names.UPPER: one.upper}
        if one.plausible:
            pairs |= {names.PLAUSIBLE_LOWER: one.plausible.lower, names.PLAUSIBLE_UPPER: one.plausible.upper}
        numbers |= {name: None if value is None else value * shape.factor for name, value in pairs.items()}
        interval = f"{show(one, words).interval} ({one.level * 100:g} %, {one.convention})"
        plausible = column(one, words)
    return {
        names.STATUS: str(one.status),
        names.OBS_STATUS: status_of(reasons(one, release.plan, period=str(year)))[0],
        **numbers,
        names.INTERVAL: interval,
        names.PLAUSIBLE: plausible,
        names.FITNESS: established(release.fitness, one) if visible else "",
        names.COMMENT: status_word(one.status, words),
    }


def _geocode(one: Estimate, codes: Mapping[str, Mapping[str, str]]) -> str:
    """Return the code of the outline of the area that a figure is about; of several, of the variable named last."""
    for name in reversed(list(codes)):
        if name in one.domain:
            return codes[name].get(str(one.domain[name]), "")
    return ""


def _used(name: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Return whether a column is written: always those that say what a cell is, others where some row has them."""
    always = (names.STATUS, names.OBS_STATUS, names.LOWER, names.UPPER, names.INTERVAL, names.FITNESS, names.FIGURE)
    return name in always or any(row.get(name) not in (None, "") for row in rows)


def _refuse_twins(rows: Sequence[Mapping[str, object]], breakdowns: Mapping[str, str], indicator: str) -> None:
    """Refuse two rows of one year, series and breakdown: a site shows one number for them and drops the other."""
    seen: dict[tuple[object, ...], object] = {}
    for row in rows:
        key = tuple(row.get(name, "") for name in (names.YEAR, names.SERIES, *breakdowns.values()))
        if key in seen:
            raise ReleaseError(
                f"The figures '{seen[key]}' and '{row[names.FIGURE]}' of '{indicator}' are one on the site.",
                where="open_sdg",
                expected="figures that differ in year or breakdown",
                action="take one of them out, or give its indicator a period of its own under `time`",
            )
        seen[key] = row[names.FIGURE]
