"""Multilevel regression and post-stratification on plain tables: volunteers, a census, and a model between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.estimate import Estimate, EstimateTable
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of, opened

if TYPE_CHECKING:
    from countersign.estimation.multilevel.fitting import MultilevelModel
    from countersign.estimation.multilevel.post_stratifying import DomainPredictions
    from countersign.model.cells import Cells, Floats

Group = str | Sequence[str]
ASSUMPTION = (
    "model-based interval, assuming that among people alike in {on} those who took part answer like those who did not,"
    " and that the effects of the categories of {groups} vary normally around the model"
)


@verb
def poststratify_model(
    volunteers: Any,
    census: Any,
    /,
    *,
    mean: str = "",
    proportion: str = "",
    groups: Sequence[Group],
    on: Sequence[Group] = (),
    numeric: Sequence[str] = (),
    count: str = "count",
    by: Sequence[Group] = (),
    penalty: float = 1.0,
    penalty_on: float = 2.5,
    level: float = 0.95,
    where: str = "",
) -> EstimateTable:
    """Estimate a mean or a share of a population and its parts by a multilevel model and a census table.

    Parameters
    ----------
    volunteers: one row an answer. census: one row a cell of the population, with its `count`.
    mean, proportion: the answer, an expression on the volunteers; give one. A proportion is modelled on the logit
        scale.
    groups: variables of both tables whose categories borrow strength from each other; several crossed as a tuple.
    on: fixed variables of both tables, such as a number known of each region; those in `numeric` are used as numbers,
        all others as categories.
    by: breakdowns, each a variable of both tables or several; the figure for everybody comes first.
    penalty: scale of the half-normal on the standard deviations between categories, in logits or in standard deviations
        of the answers; 0 = none. penalty_on: scale of the normal on fixed coefficients; 0 = none.
    where: condition on the volunteers. level: of the intervals.

    Raises
    ------
    EstimationError, DataError: see `countersign.estimation.multilevel`.
    """
    from countersign.estimation.multilevel.post_stratifying import post_stratify_model

    chosen = tuple(dict.fromkeys([(), *((one,) if isinstance(one, str) else tuple(one) for one in by)]))
    extra = [name for one in chosen for name in one]
    task = _prepared(
        volunteers, census, mean, proportion, groups, on, numeric, count, extra, penalty, penalty_on, where
    )
    notes = list(task.model.told)
    if task.lost:
        notes.append(f"{task.lost:,} volunteers without an answer are not used.")
    outside = [name for name in extra if name not in task.keys]
    if outside:
        notes.append(
            f"{', '.join(dict.fromkeys(outside))} are not in the model: within its cells people are taken to answer"
            " alike there."
        )
    figures: list[Estimate] = []
    for one in chosen:
        found = post_stratify_model(task.model, task.census, by=one, answered=task.answered, keys=task.keys)
        if not one:
            notes.append(
                f"{found.overall_unanswered:.1%} of the population are in cells of the census nobody answered from: the"
                " model predicts them from the others."
            )
        figures += _figures(found, task, mean or proportion, groups, level)
    return EstimateTable(tuple(figures), notes=tuple(notes))


@verb
def describe_multilevel_model(
    volunteers: Any,
    census: Any,
    /,
    *,
    mean: str = "",
    proportion: str = "",
    groups: Sequence[Group],
    on: Sequence[Group] = (),
    numeric: Sequence[str] = (),
    count: str = "count",
    penalty: float = 1.0,
    penalty_on: float = 2.5,
    where: str = "",
) -> MultilevelModel:
    """Return the model behind `poststratify_model`: standard deviations between categories, and fixed coefficients.

    Parameters
    ----------
    volunteers, census, mean, proportion, groups, on, numeric, count, penalty, penalty_on, where: as in
        `poststratify_model`.

    Raises
    ------
    EstimationError, DataError: as in `poststratify_model`.
    """
    return _prepared(
        volunteers, census, mean, proportion, groups, on, numeric, count, [], penalty, penalty_on, where
    ).model


@dataclass(frozen=True)
class _Task:
    model: MultilevelModel
    census: Cells
    answered: Cells
    keys: tuple[str, ...]
    lost: int


def _prepared(
    volunteers: Any,
    census: Any,
    mean: str,
    proportion: str,
    groups: Sequence[Group],
    on: Sequence[Group],
    numeric: Sequence[str],
    count: str,
    extra: Sequence[str],
    penalty: float,
    penalty_on: float,
    where: str,
) -> _Task:
    from countersign.estimation.multilevel.fitting import Penalty, fit_multilevel
    from countersign.estimation.multilevel.laplace import Answers
    from countersign.estimation.multilevel.layout import layout

    if bool(mean) == bool(proportion):
        raise EstimationError(
            "The answer is missing, or given twice.",
            where="mean, proportion",
            expected="mean= or proportion=, an expression",
            action="give one of them",
        )
    if penalty < 0 or penalty_on < 0:
        raise EstimationError("A penalty is below 0.", expected="0 or more", action="leave it out for the usual one")
    people, cells = opened(volunteers), opened(census)
    terms = [(one,) if isinstance(one, str) else tuple(one) for one in (*groups, *on)]
    keys = tuple(dict.fromkeys(name for term in terms for name in term))
    variables = list(dict.fromkeys([*keys, *extra]))
    text = mean or proportion
    every = cells_of(people, by=variables, measures={"there": f"({text}) is not missing"}, where=where)
    lost = int(every.n.sum() - every.plain[:, 0].sum())
    there = f"({text}) is not missing"
    answered = cells_of(
        people, by=variables, measures={"answer": text}, where=f"({where}) and {there}" if where else there
    )
    table = cells_of(cells, by=variables, weight=count, called="the census", amount="count")
    total, square = answered.plain[:, 0], answered.second[:, 0, 0]
    n = answered.n.astype(np.float64)
    if proportion and (not np.allclose(square, total, rtol=1e-12) or (total < 0).any() or (total > n).any()):
        raise EstimationError(
            f"'{proportion}' is not yes or no.",
            where="proportion",
            expected="a condition, or a column of 0 and 1",
            action="write a condition such as \"water = 'piped'\", or use mean=",
        )
    laid = layout(
        answered,
        table,
        groups=[one if isinstance(one, str) else tuple(one) for one in groups],
        on=[one if isinstance(one, str) else tuple(one) for one in on],
        numeric=numeric,
    )
    within = float(np.maximum(square - total**2 / np.maximum(n, 1), 0.0).sum())
    answers = Answers(n, total, 0.0 if proportion else within, bool(proportion))
    model = fit_multilevel(laid, answers, penalty=Penalty(groups=penalty, fixed=penalty_on))
    return _Task(model, table, answered, keys, lost)


def _figures(found: DomainPredictions, task: _Task, text: str, groups: Sequence[Group], level: float) -> list[Estimate]:
    binary = task.model.answers.binary
    called = ", ".join(one if isinstance(one, str) else " x ".join(one) for one in groups)
    raw_sum, raw_n = _raw(task, found)
    figures = []
    for d, labels in enumerate(found.domains):
        domain = dict(zip(found.by, map(_words, labels), strict=True))
        said = [f"{found.from_spread[d]:.0%} of the variance is from not knowing how much categories differ"]
        if found.unanswered[d] > 0:
            said.append(f"{found.unanswered[d]:.1%} of these people are in cells nobody answered from")
        figures.append(
            _figure(
                text, domain, float(found.value[d]), float(found.se[d]), int(found.n[d]), level, binary=binary,
                method=f"multilevel {'logistic' if binary else 'linear'} regression on {called} (Laplace, penalised),"
                " post-stratified to the census; delta method with the error of the standard deviations",
                assumption=ASSUMPTION.format(on=", ".join(task.keys), groups=called),
                note="; ".join(said),
                raw=float(raw_sum[d] / raw_n[d]) if raw_n[d] else None,
            )
        )  # fmt: skip
    return figures


def _raw(task: _Task, found: DomainPredictions) -> tuple[Floats, Floats]:
    code, levels = task.answered.codes(found.by)
    place = {level: number for number, level in enumerate(levels)}
    total = np.bincount(code, task.answered.plain[:, 0], len(levels))
    n = np.bincount(code, task.answered.n, len(levels))
    at = [place.get(domain, -1) for domain in found.domains]
    return np.array([total[k] if k >= 0 else 0.0 for k in at]), np.array([n[k] if k >= 0 else 0.0 for k in at])


def _figure(
    indicator: str,
    domain: dict[str, str],
    value: float,
    se: float,
    n: int,
    level: float,
    *,
    binary: bool,
    method: str,
    assumption: str,
    note: str,
    raw: float | None,
) -> Estimate:
    from countersign.estimation import Precision, figure_id, interval, judge
    from countersign.estimation.reliability import APPLIES

    statistic = "proportion" if binary else "mean"
    effective = value * (1 - value) / se**2 if binary and se > 0 else float(n)
    limits = interval(
        "logit" if binary else "t", value=value, se=se, n=max(n, 1), degrees=np.inf, level=level, n_effective=effective
    )
    status, flags = judge(
        Precision(value, se, limits.lower, limits.upper, float(n), effective, np.inf), APPLIES[statistic]
    )
    return Estimate(
        indicator=indicator,
        statistic=statistic,
        domain=domain,
        value=value,
        standard_error=se,
        lower=limits.lower,
        upper=limits.upper,
        n=n,
        method=method,
        convention=limits.convention,
        n_effective=effective,
        level=level,
        assumption=assumption,
        status=status,
        flags=flags,
        note=note,
        raw=raw,
        figure_id=figure_id(indicator, domain=domain),
    )


def _words(part: object) -> str:
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)
