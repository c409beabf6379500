"""The size of a population, by group: every estimator that lists allow, and nothing shown alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from countersign.errors import EstimationError
from countersign.estimation.hidden.histories import Histories
from countersign.estimation.hidden.log_linear import ListModel, ListModels, log_linear
from countersign.estimation.hidden.lower_bound import chao_of_counts, chao_of_lists
from countersign.estimation.hidden.sizes import Size, log_normal
from countersign.estimation.hidden.two_lists import chapman, lincoln_petersen
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.tabular import Tabular

SHOWN_WEIGHT = 0.01
FEW_MODELS = 16


@dataclass(frozen=True)
class PopulationSize(Tabular):
    """How many there are, seen and unseen.

    Parameters
    ----------
    estimates: for everybody and each group the headline figure first, then every other estimator. With three lists all
        models are among them; with more lists those with a weight of 1 % and more.
    models: label of the group (``all`` for everybody) -> all models and their weights. histories: label -> counts.
    """

    estimates: EstimateTable
    models: Mapping[str, ListModels]
    histories: Mapping[str, Histories]

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures, one row each."""
        return self.estimates.rows()


@dataclass(frozen=True)
class SizeOptions:
    """How sizes are estimated; see `log_linear`, `chapman` and `chao_of_lists`."""

    criterion: str = "aicc"
    order: int = 0
    interval: str = "log-normal"
    form: str = "bias-corrected"
    level: float = 0.95
    name: str = "population"


def population_size(
    groups: Sequence[tuple[Mapping[str, str], Histories | EstimationError]], options: SizeOptions
) -> PopulationSize:
    """Estimate the size of a population for everybody and each group.

    Two lists: Chapman, then Lincoln-Petersen. Three and more: the average of all models, Chao's bound, the models.
    For each breakdown the sum over its groups follows, which stays right where groups differ in how visible they are.

    Parameters
    ----------
    groups: variable -> category (empty = everybody) and the histories, or why there are none: the group is then shown
        without a value. The first is everybody.

    Raises
    ------
    EstimationError: everybody together cannot be estimated.
    """
    made: list[Estimate] = []
    models: dict[str, ListModels] = {}
    kept: dict[str, Histories] = {}
    parts: dict[tuple[str, ...], list[Size | None]] = {}
    for domain, found in groups:
        try:
            if isinstance(found, EstimationError):
                raise found
            sizes, fitted = _sizes(found, options)
        except EstimationError as reason:
            if not domain:
                raise
            made.append(_unknown(domain, reason, options))
            parts.setdefault(tuple(domain), []).append(None)
            continue
        label = ", ".join(f"{key}={value}" for key, value in domain.items()) or "all"
        assert not isinstance(found, EstimationError)
        kept[label] = found
        made += [one.estimate(name=options.name, domain=domain) for one in sizes]
        if fitted is not None:
            models[label] = fitted
            made += [_of_model(one, fitted, domain, options, sizes[0].seen) for one in _shown(fitted)]
        if domain:
            parts.setdefault(tuple(domain), []).append(sizes[0])
    made += [_sum(by, sizes, options) for by, sizes in parts.items() if None not in sizes]
    return PopulationSize(EstimateTable(tuple(made)), models, kept)


def population_size_of_counts(
    groups: Sequence[tuple[Mapping[str, str], Mapping[int, float]]], options: SizeOptions
) -> PopulationSize:
    """Return Chao's lower bound from how often persons were seen in one source, for everybody and each group."""
    sizes = [(domain, chao_of_counts(times, form=options.form, level=options.level)) for domain, times in groups]
    made = [size.estimate(name=options.name, domain=domain) for domain, size in sizes]
    return PopulationSize(EstimateTable(tuple(made)), {}, {})


def _sizes(found: Histories, options: SizeOptions) -> tuple[list[Size], ListModels | None]:
    repeats = sum(found.repeats.values())
    if len(found.lists) == 2:
        made = [chapman(found, interval=options.interval, level=options.level)]
        if found.recaptures:
            made.append(lincoln_petersen(found, interval=options.interval, level=options.level))
        return [_told(one, repeats) for one in made], None
    fitted = log_linear(
        found, criterion=options.criterion, order=options.order, interval=options.interval, level=options.level
    )
    bound = chao_of_lists(found, form=options.form, level=options.level)
    return [_told(fitted.average, repeats), _told(bound, repeats)], fitted


def _told(size: Size, repeats: int) -> Size:
    if not repeats:
        return size
    told = f"{repeats} records repeat a person on the same list and are counted once."
    return replace(size, note=f"{size.note} {told}".strip())


def _shown(fitted: ListModels) -> list[ListModel]:
    ordered = sorted(fitted.models, key=lambda one: -one.weight)
    return ordered if len(ordered) <= FEW_MODELS else [one for one in ordered if one.weight >= SHOWN_WEIGHT]


def _of_model(
    one: ListModel, fitted: ListModels, domain: Mapping[str, str], options: SizeOptions, seen: int
) -> Estimate:
    average = fitted.average
    if one.value is None or one.upper is None or math.isinf(one.upper):
        reason = one.reason or "the likelihood sets no upper limit"
        return _unknown(domain, EstimationError(reason), options, one.name)
    size = Size(
        estimator=one.name,
        value=one.value,
        standard_error=one.standard_error or 0.0,
        lower=one.lower or 0.0,
        upper=one.upper,
        seen=seen,
        convention=one.convention,
        method=f"log-linear model of {len(fitted.lists)} lists: {one.name}; one of {len(fitted.models)}, part of the"
        " average",
        assumption=average.assumption.replace("one of the models is nearly right", "this model is right"),
        level=options.level,
        status=average.status,
        flags=("one_of_many", *average.flags),
        note=f"Weight {one.weight:.3g}. Not to be shown alone: models go from {fitted.lowest:,.0f} to"
        f" {fitted.highest:,.0f}.",
    )
    return size.estimate(name=options.name, domain=domain)


def _unknown(
    domain: Mapping[str, str], reason: EstimationError, options: SizeOptions, estimator: str = "none"
) -> Estimate:
    tail = ",".join(f"{key}={value}" for key, value in domain.items())
    head = f"{options.name}:{estimator}"
    return Estimate(
        indicator=options.name,
        statistic="count",
        domain=domain,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        n=0,
        method="lists",
        convention="none",
        level=options.level,
        unit="persons",
        status=Status.TOO_FEW,
        note=f"No value: {reason.problem}",
        figure_id=f"{head}/{tail}" if tail else head,
    )


def _sum(by: tuple[str, ...], sizes: Sequence[Size | None], options: SizeOptions) -> Estimate:
    held = [size for size in sizes if size is not None]
    value, seen = sum(size.value for size in held), sum(size.seen for size in held)
    se = math.sqrt(sum(size.standard_error**2 for size in held))
    lower, upper = log_normal(value, se, seen, level=options.level)
    order = [Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE]
    size = Size(
        estimator=f"sum over {' x '.join(by)}",
        value=value,
        standard_error=se,
        lower=lower,
        upper=upper,
        seen=seen,
        convention="log-normal",
        method=f"sum of the groups' {held[0].estimator}, groups independent",
        assumption=f"within each group: {held[0].assumption}",
        level=options.level,
        status=max((one.status for one in held), key=order.index),
        flags=tuple(dict.fromkeys(flag for one in held for flag in one.flags)),
    )
    return size.estimate(name=options.name, domain={})
