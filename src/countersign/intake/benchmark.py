"""Benchmarks: margins of the population from a tidy file, a reference sample or published tables; and out again."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from countersign.errors import BenchmarkError, DataError, StoreError, nearest
from countersign.intake.totals_error import totals_error
from countersign.intake.words import fold
from countersign.model.artefact import Artefact
from countersign.model.benchmark import Benchmark, Margin, NumberTotal
from countersign.model.dataset import Dataset
from countersign.model.harmless import as_meant, harmless
from countersign.model.plan import BenchmarkPlan
from countersign.tables import Engine, aggregate, collect, group

Store = Callable[[Path], Artefact]
JOINT = " x "  # between the variables (and the categories) of a joint margin in a stacked file


def read_benchmark(
    plan: BenchmarkPlan,
    *,
    path: Path,
    engine: Engine,
    store: Store,
    folder: Path,
    wanted: Sequence[tuple[str, ...]] = (),
    items: Sequence[str] = (),
    numbers: Sequence[tuple[str, tuple[str, ...]]] = (),
    with_error: bool = False,
) -> Benchmark:
    """Read the statistics of the population.

    Kinds: ``margins`` is a tidy file, a column per variable and a column of counts, or the stacked form with the
    columns
    variable, category and count, where a joint margin is written ``sex x age``; ``units`` is a reference sample, one
    row a
    unit, counted by `wanted` (with its weight, if it has one); ``published-tables`` goes through `read_tables`.
    The benchmark's file goes through `take_in`: declared types, recode, missing codes, derived variables and gates
    hold.

    Parameters
    ----------
    wanted: the combinations of variables to give margins for; empty = all variables jointly (`units`: none).
    items: variables whose distribution (shares of the weighted rows that have an answer) is wanted: of `units` from
        the rows, of `margins` from a margin that has it.
    numbers: numbers whose weighted sums are wanted, each with the variables of the parts, `units` only.
    with_error: give the covariance of margins and sums over draws of the reference sample too, `units` only.

    Returns
    -------
    A Benchmark; categories are text. Rows without a category are left out of a margin and counted in its notes.

    Raises
    ------
    DataError: counts that are negative or no numbers, a cell given twice. BenchmarkError: no such variable.
    """
    dataset = _take_in(plan, path=path, engine=engine, store=store, folder=folder)
    notes = [note for reading in dataset.readings for note in reading.notes]
    where = f"benchmark.{plan.source.name} ({path.name})"
    size = 0
    found: dict[str, dict[str, float]] = {}
    if plan.kind == "units":
        size = int(aggregate(dataset.kept(), n=nw.col("_row").count())["n"])
        if plan.weight:
            _check_counts(dataset, plan.weight, where)
        margins = [_count(dataset, names, plan.weight, where, notes) for names in wanted]
        for item in items:
            margin = _count(dataset, (item,), plan.weight, where, [])
            found[item] = {key[0]: count / margin.total for key, count in margin.counts.items()}
        totals = [_summed(dataset, name, within, plan.weight, where) for name, within in numbers]
        error = totals_error(dataset, margins, totals, plan.weight, where=where) if with_error else None
    else:
        totals, error = [], None
        _refuse_units_only(numbers, with_error, where)
        counts = _count_column(plan, dataset, where)
        _check_counts(dataset, counts, where)
        if plan.kind == "margins" and _stacked(dataset):
            margins = _stacked_margins(dataset, counts, wanted, where)
        else:
            if plan.kind == "margins":
                _check_twice(dataset, counts, where)
            own = _variables(dataset, counts)
            margins = [_count(dataset, names, counts, where, notes) for names in (wanted or [own])]
        for item in items:
            found[item] = _shares(item, margins, where)
    return Benchmark(
        name=plan.source.name,
        margins=tuple(margins),
        source=plan.citation,
        year=plan.year,
        items=found,
        size=size,
        notes=tuple(dict.fromkeys(notes)),
        numbers=tuple(totals),
        error=error,
    )


def totals_of_units(
    dataset: Dataset,
    wanted: Sequence[tuple[str, ...]],
    numbers: Sequence[tuple[str, tuple[str, ...]]] = (),
    weight: str = "",
    *,
    with_error: bool = False,
) -> Benchmark:
    """Count margins and sum numbers of a table of units; see `read_benchmark`."""
    where, notes = f"benchmark {dataset.name}", list[str]()
    if weight:
        _check_counts(dataset, weight, where)
    margins = [_count(dataset, names, weight, where, notes) for names in wanted]
    totals = [_summed(dataset, name, within, weight, where) for name, within in numbers]
    return Benchmark(
        name=dataset.name,
        margins=tuple(margins),
        size=int(aggregate(dataset.kept(), n=nw.col("_row").count())["n"]),
        notes=tuple(dict.fromkeys(notes)),
        numbers=tuple(totals),
        error=totals_error(dataset, margins, totals, weight, where=where) if with_error else None,
    )


def _refuse_units_only(numbers: Sequence[tuple[str, tuple[str, ...]]], with_error: bool, where: str) -> None:
    if numbers or with_error:
        raise BenchmarkError(
            "Only a reference sample ('kind: units') can be summed"
            + (f": there is no total of {', '.join(name for name, _ in numbers)}." if numbers else "."),
            where=where,
            expected="kind: units",
            action="write the totals themselves into the study file, for example 'numeric: {turnover: 3914069}'"
            if numbers
            else "take 'benchmark_error' out: published counts do not tell their error",
        )


def _shares(item: str, margins: Sequence[Margin], where: str) -> dict[str, float]:
    """Return the shares of a variable's categories from the first margin that has it."""
    margin = Benchmark("", tuple(margins)).margin(item)
    if margin is None or not margin.total > 0:
        raise BenchmarkError(
            f"The benchmark has no margin by '{item}' to compare with.",
            where=where,
            expected="a margin that has it, or a reference sample ('kind: units')",
            action="add it to the benchmark's file, or take it out of 'compare' and 'hold_out'",
        )
    return {key[0]: count / margin.total for key, count in margin.counts.items()}


def _summed(dataset: Dataset, name: str, within: tuple[str, ...], weight: str, where: str) -> NumberTotal:
    """Return the weighted sum of a number in each part; a missing number would make every sum too small."""
    variable = dataset.codebook.variables.get(name)
    if variable is None or variable.type not in ("number", "integer"):
        raise BenchmarkError(
            f"The benchmark has no column of numbers '{name}'. {nearest(name, dataset.codebook.names)}".strip(),
            where=where,
            expected="a number in every record of the reference sample",
            action=f"rename it under the benchmark's 'variables', or write the total of '{name}' into the study file",
        )
    table = dataset.kept()
    gone = aggregate(table, gone=nw.col(name).is_null().cast(nw.Int64).sum())["gone"]
    if gone:
        raise BenchmarkError(
            f"{int(gone):,} records of the benchmark have no '{name}', so its total is not known.",
            where=where,
            expected="a number in every record",
            action="complete it, or write the total into the study file",
        )
    amount = nw.col(name) * nw.col(weight) if weight else nw.col(name)
    margin = _count(replace(dataset, table=dataset.table.with_columns(_amount=amount)), within, "_amount", where, [])
    return NumberTotal(name, dict(margin.counts), within)


def _take_in(plan: BenchmarkPlan, *, path: Path, engine: Engine, store: Store, folder: Path) -> Dataset:
    from countersign.intake.taking import take_in

    source = plan.source
    if plan.kind == "published-tables":
        source = replace(source, format="published-tables")
    elif plan.kind == "margins":
        spec = source.variables.get(plan.count, {})
        source = replace(source, variables={**source.variables, plan.count: {"type": "number", **spec}})
    return take_in(source, path=path, engine=engine, store=store, folder=folder)


def _count_column(plan: BenchmarkPlan, dataset: Dataset, where: str) -> str:
    if plan.count in dataset.codebook:
        return plan.count
    numbers = [name for name in dataset.codebook.names if dataset.codebook[name].type in ("number", "integer")]
    if plan.kind == "published-tables":
        measures = [name for name in numbers if name != "age"]
        if "persons" in measures or len(measures) == 1:
            return "persons" if "persons" in measures else measures[0]
    raise BenchmarkError(
        f"There is no column '{plan.count}'. {nearest(plan.count, dataset.codebook.names)}".strip(),
        where=where,
        expected="a column with the number of people of each cell",
        action="name it: 'count: COLUMN'" + (f" (columns of numbers: {', '.join(numbers)})" if numbers else ""),
    )


def _variables(dataset: Dataset, counts: str) -> tuple[str, ...]:
    kinds = ("number",)
    return tuple(name for name in dataset.codebook.names if name != counts and dataset.codebook[name].type not in kinds)


def _check_counts(dataset: Dataset, counts: str, where: str) -> None:
    variable = dataset.codebook.variables.get(counts)
    if variable is None or variable.type not in ("number", "integer"):
        raise DataError(
            f"The column '{counts}' is not a column of numbers." if variable else f"There is no column '{counts}'.",
            where=where,
            expected="a number of people in every row",
            action=(
                f"look for cells that are no numbers; a mark for missing must be declared under 'missing' ({counts})"
            ),
        )
    table = dataset.kept()
    blank = nw.col(counts).is_null()
    negative = nw.coalesce(nw.col(counts) < 0, nw.lit(False))
    row = nw.col("_row")
    found = aggregate(
        table,
        rows=row.count(),
        blank=blank.cast(nw.Int64).sum(),
        negative=negative.cast(nw.Int64).sum(),
        first_blank=nw.when(blank).then(row).otherwise(nw.lit(None)).min(),
        first_negative=nw.when(negative).then(row).otherwise(nw.lit(None)).min(),
    )
    if found["negative"]:
        raise DataError(
            f"{found['negative']:,} counts in '{counts}' are negative (first: data row {found['first_negative']:,}).",
            where=where,
            expected="counts of zero or more",
            action="correct the file",
        )
    if found["blank"]:
        raise DataError(
            f"{found['blank']:,} rows have no number in '{counts}' (first: data row {found['first_blank']:,}).",
            where=where,
            expected="a number in every row",
            action="fill it in (0 for nobody), or take the rows out",
        )


def _check_twice(dataset: Dataset, counts: str, where: str) -> None:
    names = [name for name in _variables(dataset, counts) if not dataset.codebook[name].derived]
    found = group(dataset.kept(), names, _n=nw.col("_row").count(), _last=nw.col("_row").max())
    twice = np.flatnonzero(found["_n"] > 1)
    if len(twice):
        raise DataError(
            f"{len(twice):,} cells are given more than once (for example in data row "
            f"{int(found['_last'][twice].min()):,}).",
            where=where,
            expected="one row for each combination of " + ", ".join(names),
            action="take the double rows out, or add up their counts",
        )


def _count(dataset: Dataset, names: Sequence[str], weight: str, where: str, notes: list[str]) -> Margin:
    for name in names:
        if name not in dataset.codebook:
            raise BenchmarkError(
                f"The benchmark has no variable '{name}'. {nearest(name, dataset.codebook.names)}".strip(),
                where=where,
                expected="one of: " + ", ".join(dataset.codebook.names),
                action="rename or derive it under the benchmark ('variables', 'derive'), or weight by something else",
            )
    table = dataset.kept()
    size = nw.col(weight).sum() if weight else nw.col("_row").count()
    found = group(table, list(names), _size=size)
    counts: dict[tuple[str, ...], float] = {}
    lost = 0.0
    for place, amount in enumerate(found["_size"].tolist()):
        key = [found[name][place] for name in names]
        if any(part is None or part != part for part in key):
            lost += float(amount)
            continue
        counts[tuple(as_meant(_label(part)) for part in key)] = float(amount)
    if lost:
        notes.append(f"{lost:,.0f} of the benchmark have no {' or no '.join(names)} and are not in this margin.")
    return Margin(tuple(names), counts)


def _label(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _stacked(dataset: Dataset) -> bool:
    return {"variable", "category"} <= {fold(name) for name in dataset.codebook.names}


def _stacked_margins(dataset: Dataset, counts: str, wanted: Sequence[tuple[str, ...]], where: str) -> list[Margin]:
    by_word = {fold(name): name for name in dataset.codebook.names}
    columns = collect(dataset.kept(), [by_word["variable"], by_word["category"], counts])
    made: dict[tuple[str, ...], dict[tuple[str, ...], float]] = {}
    rows = zip(columns[by_word["variable"]], columns[by_word["category"]], columns[counts], strict=True)
    for number, (variable, category, count) in enumerate(rows, 1):
        names = tuple(as_meant(str(variable)).split(JOINT))
        parts = tuple(as_meant(_label(category)).split(JOINT))
        if len(names) != len(parts) or variable is None or category is None:
            raise DataError(
                "The variable and the category do not go together.",
                where=f"{where}, data row {number:,}",
                expected=f"as many categories as variables, joined by '{JOINT}'",
                action="correct the row",
            )
        own = made.setdefault(names, {})
        if parts in own:
            raise DataError(
                f"A category of '{variable}' is given twice.",
                where=f"{where}, data row {number:,}",
                expected="one row for each category",
                action="take the double row out",
            )
        own[parts] = float(count)
    margins = [Margin(names, own) for names, own in made.items()]
    together = Benchmark("", tuple(margins))
    for names in wanted:
        if together.margin(*names) is None:
            known = [margin.name for margin in margins]
            raise BenchmarkError(
                f"The benchmark has no margin by {JOINT.join(names)}. {nearest(JOINT.join(names), known)}".strip(),
                where=where,
                expected="one of: " + ", ".join(known),
                action="add it, or weight by something else",
            )
    return [together.margin(*names) or margins[0] for names in wanted] if wanted else margins


def write_margins(benchmark: Benchmark, path: Path) -> None:
    """Write the margins as a tidy CSV file that `read_benchmark` reads.

    One margin has a column per variable; several take the stacked form (variable, category, count). The file appears
    whole or not at all.

    Raises
    ------
    StoreError: the disk is full or the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            if len(benchmark.margins) == 1:
                margin = benchmark.margins[0]
                writer.writerow([*map(harmless, margin.variables), "count"])
                writer.writerows([*map(harmless, key), f"{count:.17g}"] for key, count in margin.counts.items())
            else:
                writer.writerow(["variable", "category", "count"])
                for margin in benchmark.margins:
                    for key, count in margin.counts.items():
                        names = [harmless(JOINT.join(margin.variables)), harmless(JOINT.join(key))]
                        writer.writerow([*names, f"{count:.17g}"])
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise StoreError(
            "The margins could not be written.",
            where=str(path),
            expected="a place with room",
            action="free some space or choose another folder",
        ) from problem
