"""The verbs on plain tables, for notebooks and scripts: no study file, the same methods.

A table may be a path (CSV, XLSX, Parquet), a pandas or Polars data frame, or an Arrow table.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import ArgumentError, DataError, nearest
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Codebook, Dataset, Variable
from countersign.model.plan import GatePlan, IndicatorPlan, Plan, Source, WeightingPlan

if TYPE_CHECKING:
    from countersign.model.estimate import EstimateTable
    from countersign.model.finding import Finding
    from countersign.model.weights import Weights
    from countersign.tables import Engine


def read(
    table: Any,
    /,
    *,
    variables: Mapping[str, Mapping[str, Any]] | None = None,
    missing: Mapping[str, str] | None = None,
    derive: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    roles: Mapping[str, str | Sequence[str]] | None = None,
    selection: str = "opportunistic",
    engine: str = "duckdb",
) -> Dataset:
    """Open a table.

    Parameters
    ----------
    table: a path, or any data frame that narwhals or PyArrow can read.
    variables: what the columns mean, as under ``data.<name>.variables`` in a study file; others get a proposed type.
    missing: value -> reason, for every column. derive: name -> expression, in order.
    roles: role -> column(s): weight, stratum, psu, fpc, collector ...
    selection: how units got in; see the catalogue's list ``selections``.
    engine: ``duckdb``, ``polars`` or ``spark``.

    Returns
    -------
    A Dataset; its files live as long as it does.

    Raises
    ------
    DataError: the table cannot be read as described.
    """
    folder = tempfile.TemporaryDirectory(prefix="countersign-")
    try:
        return _read(table, folder, variables, missing, derive, keep, roles, selection, engine)
    except BaseException:
        folder.cleanup()
        raise


def _read(
    table: Any,
    folder: tempfile.TemporaryDirectory[str],
    variables: Mapping[str, Mapping[str, Any]] | None,
    missing: Mapping[str, str] | None,
    derive: Mapping[str, str] | None,
    keep: Sequence[str],
    roles: Mapping[str, str | Sequence[str]] | None,
    selection: str,
    engine: str,
) -> Dataset:
    from countersign.intake import take_in
    from countersign.model.artefact import Artefact
    from countersign.tables import open_engine

    path = as_file(table, Path(folder.name))
    opened: Engine = open_engine(engine, temp_folder=Path(folder.name) / "spill")
    source = Source(
        name=path.stem,
        file=path.name,
        variables=variables or {},
        missing=missing or {},
        derive=derive or {},
        keep=tuple(GatePlan(rule=rule) for rule in keep),
        roles={role: (c,) if isinstance(c, str) else tuple(c) for role, c in (roles or {}).items()},
    )
    work = Path(folder.name) / "work"
    work.mkdir()
    dataset = take_in(
        source,
        path=path,
        engine=opened,
        store=lambda file: Artefact(digest="", name=file.name, kind="input", size=file.stat().st_size),
        folder=work,
    )
    dataset = Dataset(**{**dataset.__dict__, "selection": selection})
    weakref.finalize(dataset, _close, opened, folder)
    return dataset


def _close(engine: Engine, folder: tempfile.TemporaryDirectory[str]) -> None:
    engine.__exit__(None, None, None)
    folder.cleanup()


def as_file(table: Any, folder: Path) -> Path:
    """Return the file of a table: the path itself, or a Parquet file of a data frame, written into `folder`.

    Raises
    ------
    DataError: there is no such file; it is no table, or one without rows.
    """
    path = Path(table) if isinstance(table, (str, Path)) else _as_parquet(table, folder)
    if not path.is_file():
        raise DataError(
            f"There is no file '{path.name}' in '{path.parent}'.",
            where=str(path),
            expected="a CSV, XLSX or Parquet file",
            action="correct the path",
        )
    return path


def _as_parquet(table: Any, folder: Path) -> Path:
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not isinstance(table, pa.Table):
        try:
            table = nw.from_native(table, eager_only=True).to_arrow()
        except TypeError:
            raise DataError(
                f"A {type(table).__name__} is not a table.",
                expected="a path, a pandas or Polars data frame, or an Arrow table",
                action="turn it into one of these first",
            ) from None
    if not table.num_rows:
        raise DataError(
            "The table has no rows.",
            where="table",
            expected="at least one row",
            action="look at how it was made",
        )
    # A column without a single value has no type; text is what every engine reads.
    fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
    path = folder / "table.parquet"
    pq.write_table(table.cast(pa.schema(fields)), path)
    return path


def assess(table: Any, /, *, benchmark: Benchmark | None = None, checks: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Say what was found about a table.

    Parameters
    ----------
    table: a Dataset, or anything `read` opens. benchmark: statistics of the same population.
    checks: conditions every record should meet, such as ``"age >= 0"``.
    """
    from countersign.model.plan import CheckPlan
    from countersign.quality import assess as assess_data

    dataset = _dataset(table)
    plan = _plan(dataset, checks=tuple(CheckPlan(rule=rule) for rule in checks))
    return assess_data(dataset, plan=plan, benchmark=benchmark)


def weight(
    table: Any,
    /,
    margins: Benchmark | Mapping[str, Mapping[str, float]],
    *,
    by: Sequence[str | Sequence[str]] | None = None,
    trim: float | None = None,
    base: str = "",
) -> Weights:
    """Rake a table to known margins.

    Parameters
    ----------
    table: a Dataset, or anything `read` opens.
    margins: a Benchmark, or variable -> category -> population count, such as ``{"sex": {"f": 510, "m": 490}}``.
    by: the margins to meet, each a variable or several together; all of them if None.
    trim: largest weight as a multiple of the mean weight. base: column with base weights.

    Raises
    ------
    BenchmarkError: margins and data contradict each other. WeightingError: no convergence, missing values.
    """
    from countersign.study.weighing import weigh

    if not isinstance(margins, Benchmark):
        known = [Margin((name,), {(str(c),): float(n) for c, n in counts.items()}) for name, counts in margins.items()]
        margins = Benchmark(name="margins", margins=tuple(known))
    groups = [margin.variables for margin in margins.margins] if by is None else by
    wanted = tuple((group,) if isinstance(group, str) else tuple(group) for group in groups)
    plan = WeightingPlan(method="rake", benchmark=margins.name, by=wanted, base=base, upper=trim)
    return weigh(_dataset(table), margins, plan=plan, where="margins")


def estimate(
    table: Any,
    /,
    *,
    by: Sequence[str | Sequence[str]] = (),
    weights: Weights | None = None,
    where: str = "",
    name: str = "",
    interval: str = "",
    **statistic: Any,
) -> EstimateTable:
    """Estimate one indicator, with its interval, for everybody and for each part.

    Parameters
    ----------
    table: a Dataset, or anything `read` opens.
    by: breakdowns, each a variable or several together. weights: from `weight`. where: condition on the rows.
    interval: convention, see docs/methods.md. name: of the indicator.
    statistic: exactly one of ``mean=``, ``proportion=``, ``total=``, ``median=``, ``distribution=`` with an expression,
        ``quantile=(q, expression)`` or ``ratio=(numerator, denominator)``.

    Raises
    ------
    ExpressionError: an unknown column or function. EstimationError: nobody to estimate from.
    """
    from countersign.study.estimating import estimate_indicators

    dataset = _dataset(table)
    groups = tuple((group,) if isinstance(group, str) else tuple(group) for group in by)
    indicator = _indicator(name, groups, where, interval, statistic)
    plan = _plan(dataset, indicators={indicator.name: indicator})
    return estimate_indicators(plan, {dataset.name: dataset}, weights, where=lambda *place: ".".join(map(str, place)))


def _indicator(
    name: str, by: tuple[tuple[str, ...], ...], where: str, interval: str, statistic: Mapping[str, Any]
) -> IndicatorPlan:
    from countersign.study.reading import STATISTICS

    if len(statistic) != 1 or next(iter(statistic)) not in STATISTICS:
        odd = next((word for word in statistic if word not in STATISTICS), "")
        raise ArgumentError(
            f"There is no statistic '{odd}'. {nearest(odd, STATISTICS)}".strip()
            if odd
            else f"{'No statistic is' if not statistic else 'Several statistics are'} asked for.",
            where="estimate",
            expected=f"exactly one of: {', '.join(f'{word}=' for word in STATISTICS)}",
            action='give one, such as mean="income"',
        )
    kind, body = next(iter(statistic.items()))
    parts = {"ratio": (str, str), "quantile": (float, str)}.get(kind, (str,))
    given = tuple(body) if isinstance(body, list | tuple) and len(parts) > 1 else (body,)
    right = len(given) == len(parts) and all(
        isinstance(one, str) and one.strip()
        if part is str
        else isinstance(one, int | float) and not isinstance(one, bool) and 0 < one < 1
        for one, part in zip(given, parts, strict=False)
    )
    if not right:
        raise ArgumentError(
            f"{kind}= cannot be read.",
            where="estimate",
            expected={
                "ratio": 'two expressions, such as ratio=("water", "people")',
                "quantile": 'a share between 0 and 1, and an expression, such as quantile=(0.9, "income")',
            }.get(kind, f'an expression, such as {kind}="income"'),
            action=f"correct {kind}=",
        )
    numerator, denominator, q = given[0], "", 0.5
    if kind == "ratio":
        numerator, denominator = given
    elif kind == "quantile":
        q, numerator = given
    return IndicatorPlan(
        name=name or f"{kind} of {numerator}",
        statistic="quantile" if kind == "median" else kind,  # type: ignore[arg-type]
        numerator=str(numerator),
        denominator=str(denominator),
        q=float(q),
        where=where,
        by=tuple(dict.fromkeys(((), *by))),
        interval=interval,
    )


def _dataset(table: Any) -> Dataset:
    return table if isinstance(table, Dataset) else read(table)


def _plan(dataset: Dataset, **fields: Any) -> Plan:
    from countersign.model.plan import Initiative

    source = Source(name=dataset.name, file=dataset.name, roles=dataset.roles, answers=dataset.answers)
    given = {"indicators": {}, **fields}
    initiative = Initiative(selection=dataset.selection)
    return Plan(title={"en": dataset.name}, data={dataset.name: source}, initiative=initiative, **given)


def plot(estimates: EstimateTable) -> Any:
    """Draw figures with their intervals; the picture shows itself in a notebook and has ``save(path)``."""
    from countersign.publishing import plot as draw

    return draw(estimates)


__all__ = ["Codebook", "Variable", "assess", "estimate", "plot", "read", "weight"]
