"""Replicate weights on plain tables: make them, or name those that came with the data, and estimate with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import DataError, EstimationError, nearest
from countersign.model.dataset import Dataset
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.plan import IndicatorPlan
from countersign.model.replicates import Centre, Refit, ReplicateCells, ReplicateTotals, ReplicateWeights
from countersign.model.weights import Weights
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import as_keys, compiled, condition, design_from, known, numeric, opened

if TYPE_CHECKING:
    import narwhals as nw

    from countersign.model.cells import Cells, Floats

ROW = "_row"
RANK = 1e-5
"""Columns nearer to others than this share of their length add nothing to the rank (R survey's tolerance)."""
BLOCK = 4_000_000
"""Cells of replicate columns that are collected at once."""

Group = str | Sequence[str]


@verb
def replicate(
    table: Any,
    kind: str = "",
    *,
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    weight: str = "",
    weights: Weights | None = None,
    replicates: int = 500,
    seed: int = 1,
    rho: float = 0.5,
    draws: int = 0,
    order: str = "",
    centre: Centre = "replicates",
    columns: str | Sequence[str] = (),
    combined: bool = True,
    scale: float | None = None,
    rscales: Sequence[float] | float = 1.0,
    degrees: int | None = None,
) -> ReplicateWeights:
    """Make replicate weights, or name those that came with the data.

    Parameters
    ----------
    table: a Dataset, or anything `countersign.read` opens.
    kind: ``JK1``, ``JKn``, ``BRR``, ``Fay``, ``bootstrap``, ``Rao-Wu``, ``subbootstrap``, ``SDR``; left out where
        `columns` names given weights.
    strata, psu, fpc, weight: columns; left out, those with the roles ``stratum``, ``psu``, ``fpc``, ``weight``. Without
        a PSU every record is its own. lonely: ``refuse`` or ``certainty``.
    weights: from `countersign.weight`; its margins are met again in every replicate.
    replicates, seed: of the random kinds. rho: of Fay. draws: of Rao-Wu, 0 = one less than the units. order: of SDR.
    centre: ``replicates`` or ``full``.
    columns: given replicate weights: names, or a pattern such as ``repwt*`` (sorted by their numbers). combined: they
        are whole weights, not factors of the base weight. scale, rscales: from their documentation. degrees: of
        freedom; None = PSUs minus strata, for given columns their rank less one, as R.

    Raises
    ------
    WeightingError: a kind that does not fit the design. EstimationError: given columns without their scale, or with
        missing values.
    """
    from countersign.tables import reduce
    from countersign.weighting.replication import replicate_weights

    dataset = opened(table)
    weight = _base(dataset, weight, weights)
    known(dataset, [weight] if weight else [])
    if columns:
        if kind not in ("", "given"):
            raise EstimationError(
                f"'{kind}' makes new replicates, but columns of given ones are named.",
                where="kind",
                expected="a kind, or columns",
                action="leave kind out",
            )
        return _given(dataset, columns, weight, combined, scale, rscales, degrees, centre, weights)
    _complete(dataset, [weight] if weight else [])
    design = design_from(
        strata=strata or dataset.roles.get("stratum", ()),
        psu=psu or dataset.role("psu") or ROW,
        fpc=fpc or dataset.role("fpc"),
        lonely=lonely,
    )
    names = [name for name in (*design.strata, design.psu, design.fpc, order) if name]
    known(dataset, [name for name in names if name != ROW])
    units = reduce(dataset.kept(), by=tuple(dict.fromkeys(names)), measures={})
    return replicate_weights(
        units, kind, design=design, replicates=replicates, seed=seed, rho=rho, draws=draws, order=order, centre=centre,
        weight=weight, calibration=weights, degrees=degrees,
    )  # fmt: skip


@verb
def estimate_with_replicates(
    table: Any,
    replicates: ReplicateWeights,
    *,
    by: Group | Sequence[Group] = (),
    where: str = "",
    level: float = 0.95,
    interval: str = "",
    name: str = "",
    totals: Mapping[str, str] | None = None,
    function: Callable[[Mapping[str, Floats]], Any] | None = None,
    **statistic: Any,
) -> EstimateTable:
    """Estimate one indicator with replicate variances, for everybody and for each part.

    Parameters
    ----------
    table: the table the replicates were made from. replicates: from `replicate`.
    by: breakdowns, each a variable or several together. where: condition on the rows. level: of the intervals.
    name: of the indicator; empty = the statistic and its expression.
    interval: convention, see docs/methods.md; for quantiles ``woodruff-mean``, ``woodruff-beta`` or ``t`` (the spread
        of the replicates' quantiles).
    statistic: exactly one of ``mean=``, ``proportion=``, ``total=``, ``median=`` with an expression,
        ``quantile=(q, expression)`` or ``ratio=(numerator, denominator)``.
    totals, function: instead of these, names -> expressions that are totalled, and a smooth function of the totals,
        such as ``lambda t: t["a"] / t["b"] - t["c"]``; it is given arrays.

    Raises
    ------
    ExpressionError: an unknown column or function. EstimationError: nobody to estimate from, units the replicates do
        not know. WeightingError: a replicate whose weights cannot be fitted.
    """
    dataset = opened(table)
    groups = _groups(by)
    known(dataset, [part for group in groups for part in group])
    if function is not None or totals is not None:
        if statistic or function is None or not totals:
            raise EstimationError(
                "A function of totals needs both, and no other statistic.",
                where="function",
                expected="totals={'a': 'expression', ...}, function=lambda t: ...",
            )
        indicator = IndicatorPlan(
            name=name or "function of totals", statistic="ratio", numerator=next(iter(totals)), by=groups, where=where,
            interval=interval,
        )  # fmt: skip
        figures = _functions(dataset, indicator, replicates, totals, function, level)
    else:
        from countersign.study.plain import _indicator

        indicator = _indicator(name, groups[1:], where, interval, statistic)
        if indicator.statistic == "distribution":
            raise EstimationError(
                "A distribution is asked for category by category here.",
                where="distribution",
                expected="proportion=\"variable = 'category'\"",
            )
        quantile = indicator.statistic == "quantile"
        figures = (_quantiles if quantile else _ratios)(dataset, indicator, replicates, level)
    return EstimateTable(estimates=tuple(figures))


@verb
def replicate_totals(
    table: Any,
    replicates: ReplicateWeights,
    *,
    measures: Mapping[str, str],
    by: Group | Sequence[Group] = (),
    where: str = "",
) -> ReplicateTotals:
    """Total expressions by group, with the full-sample weights and with each replicate.

    What any method needs of a sample with replicate weights, such as the reference sample of a propensity model: its
    weighted sums by cell, R + 1 times.

    Parameters
    ----------
    table: the table the replicates were made from. replicates: from `replicate`. where: condition on the rows.
    measures: name -> expression; conditions count 1 or 0, missing counts 0. by: variables that cross to groups.

    Raises
    ------
    DataError: an unknown column. ExpressionError: a measure that cannot be added up. EstimationError: no row is left.
    """
    dataset = opened(table)
    group = tuple(part for each in _groups(by)[1:] for part in each)
    made = _expressions(dataset, measures, where)
    found = _totals(dataset, replicates, made, (group,), list(measures), counted="_present")[0]
    if not found.n.sum():
        raise _nobody(IndicatorPlan(name=", ".join(measures), statistic="total", numerator="", where=where))
    return found


# --- figures ---------------------------------------------------------------------------------------------------------


def _groups(by: Group | Sequence[Group]) -> tuple[tuple[str, ...], ...]:
    each = (by,) if isinstance(by, str) else by
    groups = [(group,) if isinstance(group, str) else tuple(group) for group in each]
    return tuple(dict.fromkeys(((), *groups)))


def _ratios(
    dataset: Dataset, indicator: IndicatorPlan, replicates: ReplicateWeights, level: float
) -> Iterator[Estimate]:
    from countersign.estimation.figures import FigureContext
    from countersign.estimation.replication_figures import replicate_figures
    from countersign.study.measuring import measures_of

    held = measures_of(indicator, dataset, where=indicator.name)
    made = {"value": held.value, "base": held.base, "present": held.present}
    if indicator.statistic in ("mean", "total"):
        made["value^2"] = held.value * held.value
    found = _totals(
        dataset, replicates, made, indicator.by, ["value", "base"], counted="present",
        square="value^2" if "value^2" in made else "",
    )  # fmt: skip
    _somebody(found[0], indicator)
    denominator = None if indicator.statistic == "total" else "base"
    for each in found:
        yield from replicate_figures(
            each, indicator, numerator="value", denominator=denominator, context=FigureContext(level=level),
            selection=dataset.selection,
        )  # fmt: skip


def _functions(
    dataset: Dataset,
    indicator: IndicatorPlan,
    replicates: ReplicateWeights,
    totals: Mapping[str, str],
    function: Callable[[Mapping[str, Floats]], Any],
    level: float,
) -> Iterator[Estimate]:
    from countersign.estimation.figures import FigureContext
    from countersign.estimation.replication_figures import replicate_figures

    made = _expressions(dataset, totals, indicator.where)
    found = _totals(dataset, replicates, made, indicator.by, list(totals), counted="_present")
    _somebody(found[0], indicator)
    for each in found:
        yield from replicate_figures(
            each, indicator, numerator=indicator.numerator, function=function, context=FigureContext(level=level),
            selection=dataset.selection,
        )  # fmt: skip


def _quantiles(
    dataset: Dataset, indicator: IndicatorPlan, replicates: ReplicateWeights, level: float
) -> Iterator[Estimate]:
    from countersign.estimation.figures import FigureContext
    from countersign.estimation.replication_quantile import replicate_quantile_figures
    from countersign.study.measuring import measures_of
    from countersign.tables import collect

    held = measures_of(indicator, dataset, where=indicator.name)
    rows = dataset.kept().with_columns(_value=held.value_null)
    keys = list(dict.fromkeys((*replicates.needed, *(name for group in indicator.by for name in group))))
    known(dataset, [name for name in (*keys, *replicates.columns, replicates.weight) if name and name != ROW])
    numeric(dataset, [name for name in (*replicates.columns, replicates.weight) if name], argument="weight")
    numbers = ["_value", *([replicates.weight] if replicates.weight else [])]
    columns = collect(rows, list(dict.fromkeys((*numbers, *keys))))
    columns |= {name: as_keys(columns[name]) for name in keys if name not in numbers}
    if not (columns["_value"] == columns["_value"]).any():
        raise _nobody(indicator)
    width = max(1, BLOCK // max(len(columns["_value"]), 1))
    kept: dict[tuple[int, int], Floats] = {}

    def given(at: slice) -> Floats:
        place = (at.start // width, (at.stop - 1) // width)
        if place not in kept:
            kept.clear()
            wanted = replicates.columns[place[0] * width : (place[1] + 1) * width]
            found = collect(rows.select(ROW, *(_number(name) for name in wanted)), list(wanted))
            kept[place] = np.stack([found[name] for name in wanted], axis=1)
        start = place[0] * width
        return kept[place][:, at.start - start : at.stop - start]

    for group in indicator.by:
        yield from replicate_quantile_figures(
            columns, indicator, replicates, variable="_value", by=group, context=FigureContext(level=level),
            selection=dataset.selection, given=given if replicates.columns else None, refit=_refit(replicates),
        )  # fmt: skip


def _somebody(found: ReplicateTotals, indicator: IndicatorPlan) -> None:
    if not found.n.sum():
        raise _nobody(indicator)


def _nobody(indicator: IndicatorPlan) -> EstimationError:
    return EstimationError(
        f"No record is left for the indicator '{indicator.name}'"
        + (f": 'where: {indicator.where}' selects nobody who answered." if indicator.where else "."),
        where="where" if indicator.where else "",
        expected="at least one record",
        action="correct the condition",
    )


# --- sums ------------------------------------------------------------------------------------------------------------


def _expressions(dataset: Dataset, measures: Mapping[str, str], where: str) -> dict[str, nw.Expr]:
    """Compile measures, 0 where the row is not counted, and ``_present``: 1 where all of them have a value."""
    import narwhals as nw

    made = {name: compiled(text, dataset, summed=True).cast(nw.Float64) for name, text in measures.items()}
    inside = condition(where, dataset).fill_null(False) if where else nw.lit(True)
    for value in made.values():
        inside = inside & ~value.is_null()
    found = {name: nw.when(inside).then(value).otherwise(0.0) for name, value in made.items()}
    return found | {"_present": nw.when(inside).then(1.0).otherwise(0.0)}


def _refit(replicates: ReplicateWeights) -> Refit | None:
    from countersign.weighting.replication_calibration import refit

    return None if replicates.calibration is None else refit(replicates.calibration)


def _totals(
    dataset: Dataset,
    replicates: ReplicateWeights,
    made: Mapping[str, nw.Expr],
    by: Sequence[Sequence[str]],
    measures: Sequence[str],
    *,
    counted: str,
    square: str = "",
) -> tuple[ReplicateTotals, ...]:
    from countersign.estimation import replication
    from countersign.tables import reduce

    keys = tuple(dict.fromkeys((*replicates.needed, *(name for group in by for name in group))))
    known(dataset, [name for name in (*keys, *replicates.columns, replicates.weight) if name and name != ROW])
    numeric(dataset, [name for name in (*replicates.columns, replicates.weight) if name], argument="weight")
    cells: Cells | ReplicateCells = reduce(dataset.kept(), by=keys, measures=made, weight=replicates.weight or None)
    if replicates.columns:
        assert not isinstance(cells, ReplicateCells)
        cells = _summed(dataset, replicates, cells, keys, made, measures)
    return replication.replicate_totals(
        cells, replicates, measures=measures, by=by, counted=counted, square=square, refit=_refit(replicates)
    )


def _summed(
    dataset: Dataset,
    replicates: ReplicateWeights,
    cells: Cells,
    keys: Sequence[str],
    made: Mapping[str, nw.Expr],
    measures: Sequence[str],
) -> ReplicateCells:
    """Sum every replicate column, alone and times each measure, by cell, in one pass."""
    import narwhals as nw

    from countersign.tables import group

    full = nw.col(replicates.weight).cast(nw.Float64) if replicates.weight else nw.lit(1.0)
    places = [cells.measures.index(name) for name in measures]
    rows = dataset.kept().select(
        *keys,
        **{f"_v{j}": made[name] for j, name in zip(places, measures, strict=True)},
        **{
            f"_w{r}": _number(name) if replicates.combined else _number(name) * full
            for r, name in enumerate(replicates.columns)
        },
    )
    sums = {f"_w{r}": nw.col(f"_w{r}").sum() for r in range(len(replicates))}
    sums |= {f"_s{j}_{r}": (nw.col(f"_w{r}") * nw.col(f"_v{j}")).sum() for j in places for r in range(len(replicates))}
    found = group(rows, keys, **sums)
    first = np.zeros((len(cells), len(cells.measures), len(replicates)))
    for j in places:
        first[:, j] = np.stack([found[f"_s{j}_{r}"] for r in range(len(replicates))], axis=1)
    return ReplicateCells(cells, np.stack([found[f"_w{r}"] for r in range(len(replicates))], axis=1), first)


# --- given weights ---------------------------------------------------------------------------------------------------


def _number(name: str) -> nw.Expr:
    import narwhals as nw

    return nw.col(name).cast(nw.Float64)


def _given(
    dataset: Dataset,
    columns: str | Sequence[str],
    weight: str,
    combined: bool,
    scale: float | None,
    rscales: Sequence[float] | float,
    degrees: int | None,
    centre: Centre,
    weights: Weights | None,
) -> ReplicateWeights:
    names = _matching(dataset, columns) if isinstance(columns, str) else tuple(columns)
    known(dataset, names)
    if len(names) < 2:
        raise EstimationError("One replicate has no spread.", where="columns", expected="at least two columns")
    if scale is None:
        raise EstimationError(
            "The scale of given replicate weights cannot be seen from them.",
            where="scale",
            expected="with R replicates: 1/R (balanced half samples), 1/(R (1-rho)^2) (Fay), (R-1)/R (JK1), 1 (JK2, JKn"
            " with rscales), 1/(R-1) (bootstrap), 4/R (successive differences)",
            action="take it from the documentation of the survey",
        )
    _complete(dataset, (*names, *([weight] if weight else [])))
    if not weight:
        raise EstimationError(
            "Given replicate weights need the full-sample weight beside them.",
            where="weight",
            expected="the column of the full-sample weight",
        )
    return ReplicateWeights(
        kind="given",
        scale=float(scale),
        rscales=np.broadcast_to(np.asarray(rscales, dtype=float), (len(names),)).copy()
        if np.ndim(rscales) == 0
        else np.asarray(rscales, dtype=float),
        degrees=_rank(dataset, names, "" if combined else weight) - 1 if degrees is None else degrees,
        centre=centre,
        weight=weight,
        columns=names,
        combined=combined,
        calibration=weights,
    )


def _base(dataset: Dataset, weight: str, weights: Weights | None) -> str:
    """Return the column of base weights; calibrated weights say themselves which one they were fitted with."""
    if weights is None:
        return weight or dataset.role("weight")
    fitted = f"'{weights.base_column}'" if weights.base_column else "no base weights"
    if weight and weight != weights.base_column:
        raise EstimationError(
            f"The weights were fitted with {fitted}, but the replicates are asked for with '{weight}'.",
            where="weight",
            expected="the same base weights",
            action=f"fit the weights with base='{weight}', or leave weight out",
        )
    return weights.base_column


def _matching(dataset: Dataset, pattern: str) -> tuple[str, ...]:
    found = [name for name in dataset.codebook.names if fnmatchcase(name, pattern)]
    if not found:
        raise DataError(
            f"No column is named like '{pattern}'. {nearest(pattern, dataset.codebook.names)}".strip(),
            where=dataset.name,
            expected="a pattern such as repwt*",
        )
    return tuple(sorted(found, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]))


def _complete(dataset: Dataset, names: Sequence[str]) -> None:
    """Refuse missing or negative weights: they would count as nothing, silently."""
    import narwhals as nw

    from countersign.tables import aggregate

    if not names:
        return
    numeric(dataset, names, argument="weight")
    wrong = {
        f"_{place}": (~(_number(name).is_finite() & (_number(name) >= 0)).fill_null(False)).cast(nw.Int64).sum()
        for place, name in enumerate(names)
    }
    sums = {f"_s{place}": _number(name).sum() for place, name in enumerate(names)}
    found = aggregate(dataset.kept(), **wrong, **sums)
    bad = {name: int(found[f"_{place}"] or 0) for place, name in enumerate(names) if found[f"_{place}"]}
    empty = [name for place, name in enumerate(names) if not bad and not found[f"_s{place}"]]
    if empty:
        raise EstimationError(
            f"The weights '{empty[0]}' add up to nothing.",
            where="weight",
            expected="weights above zero in some rows",
            action="look at the column, and that the table has rows",
        )
    if bad:
        told = "; ".join(f"'{name}' in {count} rows" for name, count in list(bad.items())[:5])
        raise EstimationError(
            f"Weights are missing or negative: {told}.",
            where="weight",
            expected="a weight of zero or more in every row",
            action="complete the column, or set these rows aside with a quality gate",
        )


def _rank(dataset: Dataset, names: Sequence[str], weight: str) -> int:
    """Return the rank of the replicate weights, from sums over many more groups of rows than there are columns.

    Rows are put into 8 R groups by their number, so that the table is read once and R x R numbers decide.
    """
    import narwhals as nw
    from scipy.linalg import qr

    from countersign.tables import group

    full = _number(weight) if weight else nw.lit(1.0)
    rows = dataset.kept().select(
        _part=nw.col(ROW) % (8 * len(names)), **{f"_w{r}": _number(name) * full for r, name in enumerate(names)}
    )
    found = group(rows, ["_part"], **{f"_w{r}": nw.col(f"_w{r}").sum() for r in range(len(names))})
    matrix = np.stack([found[f"_w{r}"] for r in range(len(names))], axis=1)
    diagonal = np.abs(np.diag(qr(matrix, mode="r", pivoting=True)[0]))
    return int((diagonal > RANK * diagonal.max(initial=0.0)).sum())
