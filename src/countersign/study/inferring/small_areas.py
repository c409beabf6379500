"""Small areas on plain tables: direct values of areas, or few units an area, made steadier by a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Cells, Floats
from countersign.model.estimate import Estimate, EstimateTable
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import as_keys, cells_of, columns_of, opened

if TYPE_CHECKING:
    from countersign.estimation.small_areas.covariate_help import CovariateHelp
    from countersign.model.dataset import Dataset

AREA_ASSUMPTION = (
    "model-based interval, assuming that areas alike in {on} differ by a normal amount with one variance, and that the"
    " sampling variances are right"
)
UNIT_ASSUMPTION = (
    "model-based interval, assuming that units alike in {on} differ between areas and within areas by normal amounts,"
    " and that the units are like the others of their area"
)


@verb
def estimate_areas(
    table: Any,
    /,
    *,
    value: str,
    area: str,
    variance: str = "",
    standard_error: str = "",
    on: Sequence[str] = (),
    categories: Sequence[str] = (),
    method: str = "REML",
    error: Mapping[str, str] | None = None,
    citizen: Sequence[str] = (),
    benchmark: str = "",
    size: str = "",
    total: float | None = None,
    n: str = "",
    level: float = 0.95,
    where: str = "",
) -> EstimateTable:
    """Estimate figures of areas from direct values with known variances and a model (Fay and Herriot 1979).

    Parameters
    ----------
    table: one row an area. value: its direct value, empty where there is none: then the model alone predicts it.
    area: its name. variance, standard_error: column of the sampling variance, or of its root; give one.
    on: columns of the model, beside an intercept. Numbers are used as numbers, except those named in `categories`.
    method: ``REML``, ``ML`` or ``FH`` (moments).
    error: covariate -> column of its mean squared error: it is then modelled as measured with error (Ybarra and Lohr
        2008), and `method` is not used.
    citizen: those of `on` that come from citizens: the notes say whether they help.
    benchmark: ``ratio``, ``difference``, ``optimal`` or ``self``: make the figures add up. size: column of population
        sizes, the weights of the sum; empty = 1 each. total: what they add up to; None = the sum of the direct values.
    n: column of the number of answers behind each direct value. where: condition on the areas.
    level: of the intervals.

    Returns
    -------
    One figure an area, in the order of the table; intervals by t with areas minus columns degrees of freedom.

    Raises
    ------
    EstimationError, DataError: see `countersign.estimation.small_areas`.
    """
    from countersign.estimation.small_areas.benchmarking import benchmark_areas
    from countersign.estimation.small_areas.fay_herriot import fay_herriot, self_benchmarked
    from countersign.estimation.small_areas.measurement_error import fay_herriot_with_error

    y, psi, x, columns, names, held = _areas(
        table, value, area, variance, standard_error, on, categories, where, (n, size, *(error or {}).values())
    )
    if error:
        c = np.zeros_like(x)
        for covariate, column in error.items():
            _known(covariate, columns, "error")
            c[:, columns.index(covariate)] = _numbers(held[column], column)
        model = fay_herriot_with_error(y, psi, x=x, error=c, columns=columns, areas=names)
        how = "Fay-Herriot with covariates measured with error (Ybarra and Lohr), jackknife error"
    else:
        model = fay_herriot(y, psi, x=x, columns=columns, areas=names, method=method)  # type: ignore[arg-type]
        how = f"Fay-Herriot, {method}"
    notes = list(model.told)
    if citizen:
        notes.append(_help(y, psi, x, columns, citizen, method).sentence)
    values, mse = model.values, model.mse
    if benchmark:
        w = _numbers(held[size], size) if size else np.ones(len(y))
        if benchmark == "self" and not error:
            model = self_benchmarked(model, w)
            values, mse = model.values, model.mse
            notes.append("The coefficients were chosen so that the figures add up to the direct total.")
        else:
            if total is None and not model.sampled.all():
                raise EstimationError(
                    "Some areas have no direct value, so the direct total is not known.",
                    where="benchmark",
                    expected="total=, the sum that is to be met",
                    action="give the published total",
                )
            goal = float(w @ y) if total is None else float(total)
            done = benchmark_areas(
                values,
                mse,
                weights=w,
                total=goal,
                method=benchmark,  # type: ignore[arg-type]
                areas=names,
            )
            values, mse = done.values, done.mse
            notes.append(done.sentence)
        how += f", benchmarked ({benchmark})"
    counts = _counts(held[n], n) if n else np.zeros(len(y), dtype=np.int64)
    degrees = int(model.sampled.sum()) - x.shape[1]
    figures = []
    for d, name in enumerate(names):
        alone = not model.sampled[d]
        share = model.shrinkage[d]
        said = "no direct value: the model alone" if alone else f"weight of the direct value {share:.0%}"
        if not n:
            said += "; the number of answers was not given"
        figures.append(
            _figure(
                value, {area: name}, float(values[d]), float(mse[d]), int(counts[d]), degrees, level,
                method=how + ("; model only" if alone else ""),
                assumption=AREA_ASSUMPTION.format(on=", ".join(on) or "nothing but being areas"),
                note=said,
                raw=None if alone else float(y[d]),
            )
        )  # fmt: skip
    return EstimateTable(tuple(figures), notes=tuple(notes))


@verb
def judge_citizen_covariate(
    table: Any,
    /,
    *,
    value: str,
    area: str,
    citizen: Sequence[str],
    variance: str = "",
    standard_error: str = "",
    on: Sequence[str] = (),
    categories: Sequence[str] = (),
    method: str = "REML",
    where: str = "",
) -> CovariateHelp:
    """Say whether citizen covariates help the figures of areas: the model with and without them.

    Parameters
    ----------
    citizen: the covariates in question. on: the others.
    table, value, area, variance, standard_error, categories, method, where: as in `estimate_areas`.

    Raises
    ------
    EstimationError, DataError: as in `estimate_areas`.
    """
    terms = list(dict.fromkeys([*on, *citizen]))
    y, psi, x, columns, _, _ = _areas(table, value, area, variance, standard_error, terms, categories, where, ())
    return _help(y, psi, x, columns, citizen, method)


@verb
def estimate_areas_from_units(
    units: Any,
    population: Any,
    /,
    *,
    mean: str,
    area: str,
    on: Sequence[str] | Mapping[str, str] = (),
    size: str = "",
    method: str = "REML",
    mse: str = "analytic",
    draws: int = 200,
    seed: int = 1,
    level: float = 0.95,
    where: str = "",
) -> EstimateTable:
    """Estimate means of areas from few units each and known population means (Battese, Harter and Fuller 1988).

    Parameters
    ----------
    units: one row a unit. population: one row an area, also for areas without units: `area`, the population mean of
        each covariate under its name, and `size`.
    mean: the answer, an expression. on: covariates, columns of both tables; or name in `population` -> expression on
        the units, such as ``{"share_women": "sex = 'f'"}``. size: column of population sizes; empty = the units are no
        part worth counting. method: ``REML`` or ``ML``. mse: ``analytic`` or ``bootstrap`` with `draws` and `seed`.
    where: condition on the units. level: of the intervals.

    Raises
    ------
    EstimationError, DataError: a unit without an answer or covariate; see `countersign.estimation.small_areas`.
    """
    from countersign.estimation.small_areas.unit_bootstrap import bootstrap_mse
    from countersign.estimation.small_areas.unit_level import predict_means
    from countersign.estimation.small_areas.unit_moments import unit_moments

    if mse not in ("analytic", "bootstrap"):
        raise EstimationError(
            f"There is no way '{mse}' to the mean squared error.", expected="analytic or bootstrap", action="correct it"
        )
    covariates = dict(on) if isinstance(on, Mapping) else {name: name for name in on}
    dataset = opened(units)
    cells, shift = _unit_cells(dataset, area, mean, covariates, where)
    moments = unit_moments(cells, area=area, y="answer", x=[f"x {name}" for name in covariates])
    known = columns_of(population, [area, *covariates, size])
    names = tuple(str(key) for key in as_keys(known[area]))
    means = np.column_stack([np.ones(len(names)), *(_numbers(known[name], name) for name in covariates)])
    if not np.isfinite(means).all():
        raise EstimationError(
            "A population mean is missing.", where="population", expected="a number in every area", action="complete it"
        )
    means[:, 1:] -= shift[1:]  # as the units: only the intercept changes
    sizes = _numbers(known[size], size) if size else None
    model = predict_means(moments, areas=names, means=means, sizes=sizes, method=method)  # type: ignore[arg-type]
    how = f"unit-level model (Battese, Harter and Fuller), {method}; mean squared error analytic"
    if mse == "bootstrap":
        model = bootstrap_mse(model, moments, means=means, draws=draws, seed=seed)
        how = f"unit-level model (Battese, Harter and Fuller), {method}; bootstrap of {draws} draws, seed {seed}"
    degrees = int(moments.n.sum()) - moments.x.shape[1]
    figures = [
        _figure(
            mean, {area: name}, float(model.values[d]) + shift[0], float(model.mse[d]), int(model.n[d]),
            degrees if model.n[d] else max(len(moments.n) - moments.x.shape[1], 1), level,
            method=how + ("" if model.n[d] else "; model only"),
            assumption=UNIT_ASSUMPTION.format(on=", ".join(covariates) or "nothing but their area"),
            note="" if model.n[d] else "no units: the model alone",
            raw=float(model.direct[d]) + shift[0] if model.n[d] else None,
        )
        for d, name in enumerate(names)
    ]  # fmt: skip
    return EstimateTable(tuple(figures), notes=model.told)


def _areas(
    table: Any,
    value: str,
    area: str,
    variance: str,
    standard_error: str,
    on: Sequence[str],
    categories: Sequence[str],
    where: str,
    further: Sequence[str],
) -> tuple[Floats, Floats, Floats, tuple[str, ...], tuple[str, ...], dict[str, Any]]:
    """Return direct values, variances, columns, their names, names of areas, and the other columns."""
    from countersign.model.regressors import regress_on

    if bool(variance) == bool(standard_error):
        raise EstimationError(
            "An area model needs the sampling variance of each direct value, once.",
            where="variance",
            expected="variance= or standard_error=, the name of its column",
            action="name one of them",
        )
    dataset = opened(table)
    held = columns_of(dataset, [area, value, variance, standard_error, *on, *further], where=where)
    keys = as_keys(held[area])
    names = tuple("" if key is None else str(key) for key in keys)
    if len(set(names)) < len(names) or "" in names:
        raise EstimationError(
            f"An area stands twice in '{area}', or a row has none.",
            where=area,
            expected="one row an area",
            action="add the rows of an area up first, or correct the names",
        )
    y = _numbers(held[value], value)
    spread = _numbers(held[variance], variance) if variance else _numbers(held[standard_error], standard_error) ** 2
    types = dataset.codebook.types()
    numeric = [name for name in on if types[name] in ("number", "integer") and name not in categories]
    columns = {name: held[name].astype(object) if name in numeric else as_keys(held[name]) for name in on}
    count = np.ones(len(names))
    empty = np.zeros((len(names), 0))
    cells = Cells(
        {area: keys, **columns}, (), count.astype(np.int64), count, count,
        empty, empty, np.zeros((len(names), 0, 0)), empty,
    )  # fmt: skip
    (model,) = regress_on([cells], tuple(on), names=["the areas"], numeric=numeric)
    return y, spread, model.dense(), model.columns, names, held


def _unit_cells(
    dataset: Dataset, area: str, mean: str, covariates: Mapping[str, str], where: str
) -> tuple[Cells, tuple[float, ...]]:
    """Reduce units to areas, numbers taken off their rounded mean first, so that squares keep their digits."""
    made = {"answer": mean} | {f"x {name}": text for name, text in covariates.items()}
    there = {f"there {name}": f"({text}) is not missing" for name, text in made.items()}
    first = cells_of(dataset, by=[], measures=made | there, where=where)
    n = int(first.n.sum())
    if not n:
        raise EstimationError("There are no units.", expected="at least two areas with units", action="check the table")
    shift = []
    for name, text in made.items():
        lost = n - int(first.plain[:, first.measures.index(f"there {name}")].sum())
        if lost:
            raise EstimationError(
                f"{lost} units have no value of '{text}'.",
                where="small areas",
                expected="a value for every unit",
                action=f'leave them out with a condition, such as where="{text} is not missing", and say so',
            )
        average = float(first.plain[:, first.measures.index(name)].sum()) / n
        shift.append(float(f"{average:.3g}"))
    moved = {
        name: f"({text})" if by == 0 else f"({text}) {'-' if by > 0 else '+'} {abs(by):.30f}".rstrip("0").rstrip(".")
        for (name, text), by in zip(made.items(), shift, strict=True)
    }
    conditions = [name for name, text in made.items() if _is_condition(dataset, text)]
    for name in conditions:
        moved[name], shift[list(made).index(name)] = made[name], 0.0
    return cells_of(dataset, by=[area], measures=moved, where=where), tuple(shift)


def _is_condition(dataset: Dataset, text: str) -> bool:
    from countersign.tables import compile_expression

    return compile_expression(text, dataset.codebook.types(), where=f"'{text}'")[1] == "boolean"


def _numbers(column: Any, name: str) -> Floats:
    try:
        return np.array([np.nan if value is None else float(value) for value in column.tolist()], dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError(
            f"The column '{name}' does not hold numbers.", where=name, expected="numbers", action="correct the column"
        ) from None


def _counts(column: Any, name: str) -> Any:
    numbers = _numbers(column, name)
    return np.where(np.isfinite(numbers), numbers, 0).astype(np.int64)


def _known(name: str, columns: Sequence[str], where: str) -> None:
    from countersign.errors import nearest

    if name not in columns:
        raise EstimationError(
            f"The covariate '{name}' is not a number of the model. {nearest(name, columns)}".strip(),
            where=where,
            expected=f"one of: {', '.join(columns)}",
            action="name it in 'on' too",
        )


def _help(
    y: Floats, psi: Floats, x: Floats, columns: Sequence[str], citizen: Sequence[str], method: str
) -> CovariateHelp:
    """Compare with and without the columns that come from these covariates, categories included."""
    from countersign.estimation.small_areas.covariate_help import covariate_help

    names = [citizen] if isinstance(citizen, str) else list(citizen)
    made = [column for name in names for column in _of(name, columns)]
    found = covariate_help(y, psi, x=x, columns=columns, covariates=made, method=method)  # type: ignore[arg-type]
    return replace(found, covariates=tuple(names))


def _of(name: str, columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column == name or column.startswith(f"{name}=")] or [name]


def _figure(
    indicator: str,
    domain: dict[str, str],
    value: float,
    mse: float,
    n: int,
    degrees: int,
    level: float,
    *,
    method: str,
    assumption: str,
    note: str,
    raw: float | None,
) -> Estimate:
    from countersign.estimation import Precision, figure_id, interval, judge
    from countersign.estimation.reliability import APPLIES

    se = float(np.sqrt(mse))
    limits = interval("t", value=value, se=se, n=n, degrees=degrees, level=level)
    precise = Precision(value, se, limits.lower, limits.upper, float(n), float(n), float(degrees))
    status, flags = judge(precise, APPLIES["mean"])
    return Estimate(
        indicator=indicator,
        statistic="mean",
        domain=domain,
        value=value,
        standard_error=se,
        lower=limits.lower,
        upper=limits.upper,
        n=n,
        method=method,
        convention=limits.convention,
        degrees=float(degrees),
        level=level,
        assumption=assumption,
        status=status,
        flags=flags,
        note=note,
        raw=raw,
        figure_id=figure_id(indicator, domain=domain),
    )
