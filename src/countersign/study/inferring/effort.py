"""Counts with effort, and visits that may miss, on plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Cells, Texts
from countersign.model.estimate import EstimateTable
from countersign.model.regressors import Term, regress_on
from countersign.model.tabular import Tabular
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import as_keys, columns_of, opened

if TYPE_CHECKING:
    from countersign.estimation.effort import CountModel, OccupancyModel
    from countersign.tables.collection import Array


@dataclass(frozen=True)
class Rates(Tabular):
    """Rates per unit of effort, and totals.

    Parameters
    ----------
    estimates: the rate for everybody and each group, and the total with a frame. model: coefficients as ratios of
        rates, dispersion, scatter between sites. thinned: records left out by thinning.
    """

    estimates: EstimateTable
    model: CountModel
    thinned: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures, one row each."""
        return self.estimates.rows()


@dataclass(frozen=True)
class Occupancy(Tabular):
    """Share of occupied sites, chance to find, naive share; `model` holds the coefficients."""

    estimates: EstimateTable
    model: OccupancyModel
    not_made: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures, one row each."""
        return self.estimates.rows()


@verb
def estimate_rate(
    table: Any,
    /,
    *,
    count: str,
    effort: str = "",
    site: str = "",
    on: Sequence[Term] = (),
    numeric: Sequence[str] = (),
    family: str = "poisson",
    by: Sequence[str | Sequence[str]] = (),
    frame: Any = None,
    size: str = "",
    thin: float = 0.0,
    longitude: str = "",
    latitude: str = "",
    seed: int = 1,
    level: float = 0.95,
    where: str = "",
    unit: str = "",
    name: str = "",
) -> Rates:
    """Estimate a rate per unit of effort, and the total over a frame of sites.

    Parameters
    ----------
    count: expression, whole numbers from 0. effort: expression, above 0: hours, metres, visits. Without it each row is
        one unit of effort, and rows that found nothing must be there. site: column; rows of one site belong together.
    on: covariates, categories unless named in `numeric`; crossed ones as tuples.
    family: ``poisson`` (robust by site), ``negative binomial``, or ``site effects``.
    by: breakdowns, each a covariate of `on` or several. frame: table of all sites with the covariates of `on`; rates
        are then those of the frame. size: its column with the size of each site in units of effort, 1 each without it.
    where: condition on the rows. unit: of the rate, in words. name: of the figure. level: of the intervals.
    thin: kilometres; of records nearer than that only one stays, by `longitude` and `latitude`; `seed` of the order.

    Raises
    ------
    EstimationError: presence only without effort; zero or missing effort; counts that are not whole numbers; a category
        with zero counts only; categories that data and frame do not share.
    """
    from countersign.estimation.effort import fit_counts, rate, refuse_presence_only, total
    from countersign.estimation.effort import thin as thin_out

    breakdowns = [(part,) if isinstance(part, str) else tuple(part) for part in by]
    variables = _variables(on)
    keys = list(dict.fromkeys([*variables, *(each for part in breakdowns for each in part)]))
    if thin and not (longitude and latitude):
        raise EstimationError(
            "Thinning needs places.",
            where="thin",
            expected="longitude= and latitude= beside thin=",
            action="name the two columns",
        )
    wanted = [site, *keys, *([longitude, latitude] if thin else [])]
    measures = {"\0count": count} | ({"\0effort": effort} if effort else {})
    columns = columns_of(table, wanted, measures=measures, where=where)
    for expression, column in ((count, "\0count"), (effort, "\0effort")):
        _number(columns, column, expression)
    stays = np.ones(len(columns["\0count"]), dtype=bool)
    if thin:
        stays = thin_out(columns[longitude], columns[latitude], distance=thin, seed=seed)
        columns = {key: values[stays] for key, values in columns.items()}
    counts = columns["\0count"]
    refuse_presence_only(counts, effort=bool(effort), what="a rate")
    amount = columns["\0effort"] if effort else np.ones(len(counts))
    names = ["the data"]
    samples = [_keyed(columns, keys, numeric, len(counts))]
    weights = amount
    if frame is not None:
        held = columns_of(frame, [*keys, size])
        samples.append(_keyed(held, keys, numeric, len(next(iter(held.values()))) if held else _length(frame)))
        weights = held[size] if size else np.ones(len(samples[1]))
        names.append("the frame")
    made = regress_on(samples, list(on), names=names, numeric=numeric)
    groups = _sites(columns, site, len(counts))
    fitted = fit_counts(counts, amount, made[0], groups, family=family, level=level)
    label = name or f"rate of {count}"
    of = samples[-1]
    common: dict[str, Any] = {"unit": unit, "frame": frame is not None}
    figures = [rate(fitted, made[-1], weights, name=label, n=len(counts), **common)]
    domains = _domains(of, breakdowns, variables)
    if frame is not None:
        figures.append(total(fitted, made[1], weights, name=f"total of {name or count}", n=len(counts)))
    for domain, at in domains:
        own = int(_where(samples[0], domain).sum())
        figures.append(rate(fitted, made[-1], weights, name=label, domain=domain, at=at, n=own, **common))
        if frame is not None:
            figures.append(
                total(fitted, made[1], weights, name=f"total of {name or count}", domain=domain, at=at, n=own)
            )
    gone = int((~stays).sum())
    if gone:
        figures = [
            replace(one, note=f"{one.note} {gone} records were left out by thinning to {thin:g} km.".strip())
            for one in figures
        ]
    if not effort:
        figures = [replace(one, note=f"{one.note} Per record: no effort is given.".strip()) for one in figures]
    return Rates(EstimateTable(tuple(figures)), fitted, gone)


@verb
def estimate_occupancy(
    table: Any,
    /,
    *,
    detected: str,
    site: str,
    visit: str = "",
    on_site: Sequence[Term] = (),
    on_visit: Sequence[Term] = (),
    numeric: Sequence[str] = (),
    level: float = 0.95,
    where: str = "",
    name: str = "occupancy",
) -> Occupancy:
    """Estimate the share of sites that are occupied, when a visit may miss it.

    Parameters
    ----------
    table: one row a visit. detected: condition, missing where the visit was not made. site, visit: columns.
    on_site: covariates of occupancy, the same at all visits of a site. on_visit: covariates of finding.
    numeric: covariates used as numbers. where: condition on the rows. name: of the figure. level: of the intervals.

    Returns
    -------
    Occupancy, detection and the naive share of sites, with intervals.

    Raises
    ------
    EstimationError: presence only; nothing ever found; no site visited twice; a visit that is there twice; a covariate
        of a site that changes between visits.
    """
    from countersign.estimation.effort import fit_occupancy

    site_keys, visit_keys = _variables(on_site), _variables(on_visit)
    columns = columns_of(table, [site, visit, *site_keys, *visit_keys], measures={"\0found": detected}, where=where)
    _number(columns, "\0found", detected)
    made = ~np.isnan(columns["\0found"])
    columns = {key: values[made] for key, values in columns.items()}
    found = columns["\0found"]
    number = _sites(columns, site, len(found))
    if visit:
        _once(number, as_keys(columns[visit]))
    first = np.full(int(number.max()) + 1 if len(number) else 0, -1, dtype=np.int64)
    first[number[::-1]] = np.arange(len(number))[::-1]
    for key in site_keys:
        values = as_keys(columns[key])
        own = values[first]
        torn = len({int(at) for at, value in zip(number.tolist(), values.tolist(), strict=True) if value != own[at]})
        if torn:
            raise EstimationError(
                f"'{key}' changes between the visits of {torn} sites.",
                where="on_site",
                expected="one value for each site",
                action=f"use '{key}' in on_visit=, or correct it",
            )
    at_sites = _keyed({key: columns[key][first] for key in site_keys}, site_keys, numeric, len(first))
    at_visits = _keyed(columns, visit_keys, numeric, len(found))
    (x,) = regress_on([at_sites], list(on_site), names=["the sites"], numeric=numeric)
    (w,) = regress_on([at_visits], list(on_visit), names=["the visits"], numeric=numeric)
    fitted = fit_occupancy(found, number, x, w, level=level, name=name)
    return Occupancy(EstimateTable(fitted.estimates), fitted, int((~made).sum()))


def _variables(terms: Sequence[Term]) -> list[str]:
    return list(dict.fromkeys(each for term in terms for each in ((term,) if isinstance(term, str) else term)))


def _number(columns: Mapping[str, Array], column: str, expression: str) -> None:
    if column in columns and columns[column].dtype == object:
        raise EstimationError(
            f"'{expression}' is text.",
            where=column.strip("\0"),
            expected="a number, or a condition",
            action="write a condition such as \"seen = 'yes'\", or declare the column as a number",
        )


def _keyed(columns: Mapping[str, Array], keys: Sequence[str], numeric: Sequence[str], length: int) -> Cells:
    """Return rows as cells of one row each: what regressors are made from."""
    ones, none = np.ones(length), np.zeros((length, 0))
    held: dict[str, Texts] = {key: as_keys(columns[key]) for key in keys}
    for key in keys:
        if key in numeric and any(isinstance(value, str) for value in held[key].tolist()):
            raise EstimationError(
                f"'{key}' is text, not a number.",
                where="numeric",
                expected="a column of numbers",
                action="leave it out of numeric= to use its categories",
            )
    return Cells(held, (), ones.astype(np.int64), ones, ones, none, none, np.zeros((length, 0, 0)), none)


def _sites(columns: Mapping[str, Array], site: str, length: int) -> Any:
    """Number the sites; without a column each row is its own."""
    if not site:
        return np.arange(length)
    values = as_keys(columns[site]).tolist()
    gone = sum(value is None for value in values)
    if gone:
        raise EstimationError(
            f"{gone} rows have no '{site}'.",
            where="site",
            expected="a site in every row",
            action="complete the sites",
        )
    place: dict[object, int] = {}
    return np.fromiter((place.setdefault(value, len(place)) for value in values), dtype=np.int64, count=len(values))


def _once(number: Any, visits: Texts) -> None:
    pairs = list(zip(number.tolist(), visits.tolist(), strict=True))
    again = len(pairs) - len(set(pairs))
    if again:
        raise EstimationError(
            f"{again} rows repeat a visit to the same site.",
            where="visit",
            expected="one row for each visit",
            action="join the records of a visit: found if any of them found it",
        )


def _where(of: Cells, domain: Mapping[str, str]) -> Any:
    at = np.ones(len(of), dtype=bool)
    for key, value in domain.items():
        at &= np.fromiter((str(one) == value for one in of.keys[key].tolist()), dtype=bool, count=len(of))
    return at


def _domains(
    of: Cells, breakdowns: Sequence[tuple[str, ...]], variables: Sequence[str]
) -> list[tuple[dict[str, str], Any]]:
    """Return each group with the share of each row in it."""
    found = []
    for part in breakdowns:
        outside = [key for key in part if key not in variables]
        if outside:
            raise EstimationError(
                f"'{outside[0]}' is in by= but not in on=: without it in the model all groups would get the same rate.",
                where="by",
                expected="breakdowns by covariates of the model",
                action=f"add '{outside[0]}' to on=",
            )
        _, combinations = of.codes(part)
        for line in combinations:
            domain = dict(zip(part, map(str, line), strict=True))
            found.append((domain, _where(of, domain).astype(float)))
    return found


def _length(table: Any) -> int:
    dataset = opened(table)
    return len(columns_of(dataset, [dataset.codebook.names[0]])[dataset.codebook.names[0]])
