"""Repeats (E5): whether units observed more than once were found the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.errors import EstimationError
from countersign.model.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, pairwise
from countersign.model.cells import Floats
from countersign.model.dataset import Dataset, Variable
from countersign.model.finding import Finding, State
from countersign.model.held_against import RepeatPlan
from countersign.model.intraclass import Intraclass, one_way, two_way
from countersign.quality.context import Context, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed, worst
from countersign.quality.votes import Votes, resampled, votes, written
from countersign.tables import add_up, aggregate, group

FIRST, SECOND = "first", "second"
BOOTSTRAP = "percentiles of samples of units drawn with replacement (Efron 1979)"


@dataclass(frozen=True)
class _Observed:
    """Observations: one row each, unit columns ``_u0`` ..., who observed in ``_rater`` (where told), the variables."""

    table: nw.LazyFrame[Any]
    unit: tuple[str, ...]
    rated: bool


def repeats(context: Context) -> Sequence[Finding]:
    """Agreement of repeated observations, one finding for each variable of each entry of `repeats`.

    Categories: Cohen's kappa where there are two observers, else Fleiss' kappa; Krippendorff's alpha (nominal, and
    ordinal where codes are numbers) beside it. Numbers: ICC(2,1) where all observers saw all units, else ICC(1,1).
    Where observers are named, only the first observation of each counts between them, and what one observer said twice
    about a unit is judged on its own (test and retest).
    """
    findings: list[Finding] = []
    subjects: set[str] = set()
    for plan in context.plan.repeats:
        if (plan.data or context.plan.main.name) != context.dataset.name:
            continue
        observed = _observations(context, plan)
        if isinstance(observed, str):
            findings.append(not_assessed("E5", "reliability", observed, subject=_free(listed(plan.of), subjects)))
            continue
        findings.append(_repeated(observed, plan, _free(" + ".join(plan.unit), subjects)))
        for name in plan.of:
            subject = _free(name, subjects)
            variable = context.dataset.codebook[name]
            findings += _of_variable(context, observed, variable, subject)
    return findings


def _free(subject: str, taken: set[str]) -> str:
    """A subject that no other finding has: two entries may name one variable."""
    place, name = 1, subject
    while name in taken:
        place += 1
        name = f"{subject} ({place})"
    taken.add(name)
    return name


def _observations(context: Context, plan: RepeatPlan) -> _Observed | str:
    """Bring all observations into one table, or say why that cannot be done."""
    sources = {FIRST: context.dataset}
    if plan.second:
        other = context.documents.datasets.get(plan.second)
        if other is None:
            return f"The second observations ('{plan.second}') are not in this delivery."
        sources[SECOND] = other
    wanted = [*plan.unit, *plan.of, *([plan.rater] if plan.rater else [])]
    tables = []
    for place, dataset in sources.items():
        schema = dataset.table.collect_schema().names()
        absent = [name for name in wanted if name not in schema]
        if absent:
            return f"'{dataset.name}' has no column {listed(absent)}."
        tables.append(_as_observations(dataset, plan, place, together=bool(plan.second)))
    table = tables[0] if len(tables) == 1 else nw.concat(tables, how="vertical")
    keys = tuple(f"_u{place}" for place in range(len(plan.unit)))
    return _Observed(table, keys, bool(plan.rater or plan.second))


def _as_observations(dataset: Dataset, plan: RepeatPlan, place: str, *, together: bool) -> nw.LazyFrame[Any]:
    # Two files may write the unit as number and as text; joined they must be of one type.
    units = [
        (nw.col(name).cast(nw.String) if together else nw.col(name)).alias(f"_u{at}")
        for at, name in enumerate(plan.unit)
    ]
    who = nw.lit(place) if together else nw.col(plan.rater) if plan.rater else nw.lit("")
    values = [
        (nw.col(name).cast(nw.Float64) if _is_number(dataset.codebook[name]) else nw.col(name).cast(nw.String))
        if together
        else nw.col(name)
        for name in plan.of
    ]
    chosen = dataset.kept().select(
        *units,
        who.alias("_rater"),
        nw.col("_row").cast(nw.Int64),
        *(v.alias(n) for v, n in zip(values, plan.of, strict=True)),
    )
    named = [f"_u{at}" for at in range(len(plan.unit))] + ["_rater"]
    return chosen.filter(*[~nw.col(name).is_null() for name in named])


def _repeated(observed: _Observed, plan: RepeatPlan, subject: str) -> Finding:
    """The share of units that were observed more than once."""
    keys = list(observed.unit)
    seen = nw.col("_rater").n_unique() if observed.rated else nw.len()
    per_unit = observed.table.group_by(*keys).agg(_seen=seen, _rows=nw.len())
    found = aggregate(
        per_unit,
        units=nw.len(),
        several=nw.when(nw.col("_seen") >= 2).then(1).otherwise(0).sum(),
        again=nw.when(nw.col("_rows") > nw.col("_seen")).then(1).otherwise(0).sum(),
    )
    units, several = int(found["units"]), int(found["several"] or 0)
    who = "by different people" if observed.rated else "more than once"
    return judged(
        "E5",
        "repeated_share",
        share(several, units),
        f"{number(several)} of {number(units)} units ({percent(share(several, units))}) were observed {who}.",
        limit="repeated_share",
        subject=subject,
        count=several,
        evidence={"units": units, "repeated": several, "by_one_observer": int(found["again"] or 0)},
        harshest=State.WARN,
        fix="Have at least 5 % of the units, drawn by chance, observed twice by different people.",
    )


def _of_variable(context: Context, observed: _Observed, variable: Variable, subject: str) -> Iterator[Finding]:
    name, seed = variable.name, context.plan.settings.seed
    table = observed.table.filter(~nw.col(name).is_null())
    between, within = table, None
    keys = [*observed.unit, "_rater"]
    if observed.rated:
        firsts = table.group_by(*keys).agg(_row=nw.col("_row").min(), _again=nw.len())
        twice = aggregate(firsts, n=nw.when(nw.col("_again") > 1).then(1).otherwise(0).sum())["n"]
        if twice:
            within = table
            between = table.join(firsts.select(*keys, "_row"), on=[*keys, "_row"], how="inner")
    judge = _numbers if _is_number(variable) else _categories
    yield judge(between, observed.unit, variable, subject, rated=observed.rated, seed=seed, check="reliability")
    if within is not None:
        yield judge(within, tuple(keys), variable, subject, rated=False, seed=seed, check="retest")


def _is_number(variable: Variable) -> bool:
    return variable.type in ("number", "integer") and not variable.values


# Categories -----------------------------------------------------------------------------------------------------------


def _categories(
    table: nw.LazyFrame[Any],
    unit: tuple[str, ...],
    variable: Variable,
    subject: str,
    *,
    rated: bool,
    seed: int,
    check: str,
) -> Finding:
    name = variable.name
    counted = votes(table, unit, name)
    if counted is None:
        why = f"'{name}' has more different answers than can be compared as categories."
        return not_assessed(
            "E5", check, why, subject=subject, fix=f"Declare '{name}' as a number, or group its answers."
        )
    if counted.several < 1:
        return not_assessed("E5", check, f"No unit has two observations of '{name}'.", subject=subject)
    if counted.several < 2:
        return not_assessed(
            "E5", check, f"Only one unit has two observations of '{name}'.", subject=subject,
            fix="Repeat observations of several units: one says nothing about the others.",
        )  # fmt: skip
    try:
        coefficients = _coefficients(counted, seed)
        pair = _pair(table, unit, name) if rated else None
        if pair is not None:
            coefficients = {"Cohen's kappa": _with_ends(_Cohen(pair), pair[pair > 0], seed)} | coefficients
    except EstimationError:
        why = f"All repeated observations of '{name}' are the same one answer: agreement beyond chance is not defined."
        return not_assessed("E5", check, why, subject=subject, fix="Repeat observations where answers differ.")
    chosen = next(iter(coefficients))
    value, ends = coefficients[chosen]
    alpha = coefficients["Krippendorff's alpha, nominal"][0]
    states = {"reliability": threshold("reliability").state(value), "alpha": threshold("agreement_alpha").state(alpha)}
    equal = pairwise(counted.counts, weight=counted.units)
    return _judged(
        check,
        subject,
        value,
        states,
        f"'{name}', {_told(check)} {number(counted.several)} units: {chosen} is {value:.2f}{_ends(ends)}; "
        f"{percent(equal)} of the pairs agree.",
        {
            "units": int(counted.several),
            "answers": len(counted.labels),
            "coefficient": chosen,
            "equal_pairs": round(equal, 6),
            "coefficients": {key: _row(*both) for key, both in coefficients.items()},
            "interval": BOOTSTRAP,
        },
    )


def _coefficients(counted: Votes, seed: int) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """Fleiss' kappa and Krippendorff's alpha; the ordinal one where the answers are codes that are numbers."""
    several = counted.counts.sum(1) >= 2
    counts, units = counted.counts[several], counted.units[several]
    found = {
        "Fleiss' kappa": _with_ends(lambda w: fleiss_kappa(counts, weight=w), units, seed),
        "Krippendorff's alpha, nominal": _with_ends(lambda w: krippendorff_alpha(counts, weight=w), units, seed),
    }
    numbers = _numbers_of(counted.labels)
    if numbers is not None and len(numbers) > 2:
        found["Krippendorff's alpha, ordinal"] = _with_ends(
            lambda w: krippendorff_alpha(counts, scale="ordinal", numbers=numbers, weight=w), units, seed
        )
    return found


def _numbers_of(labels: Sequence[str]) -> Floats | None:
    try:
        return np.array([float(label) for label in labels])
    except ValueError:
        return None


class _Cohen:
    """Cohen's kappa of the cells of a table, given how many units are in each that has any."""

    def __init__(self, table: Floats) -> None:
        self.place = np.nonzero(table > 0)
        self.shape = table.shape

    def __call__(self, units: Floats) -> float:
        table = np.zeros(self.shape)
        table[self.place] = units
        return cohen_kappa(table)


def _pair(table: nw.LazyFrame[Any], unit: tuple[str, ...], name: str) -> Floats | None:
    """Return units by the answers of two observers, (K, K), if there are exactly two."""
    raters = [value for value in group(table, ["_rater"], _n=nw.len())["_rater"].tolist() if value is not None]
    if len(raters) != 2:
        return None
    sides = [
        table.filter(nw.col("_rater") == rater).select(*unit, nw.col(name).alias(side))
        for rater, side in zip(raters, ("_one", "_two"), strict=True)
    ]
    cells = group(sides[0].join(sides[1], on=list(unit), how="inner"), ["_one", "_two"], _n=nw.len())
    rows = [
        (written(one), written(two), float(n))
        for one, two, n in zip(cells["_one"].tolist(), cells["_two"].tolist(), cells["_n"].tolist(), strict=True)
    ]
    labels = sorted({label for one, two, _ in rows for label in (one, two)})
    found = np.zeros((len(labels), len(labels)))
    for one, two, n in rows:
        found[labels.index(one), labels.index(two)] += n
    return found


# Numbers --------------------------------------------------------------------------------------------------------------


def _numbers(
    table: nw.LazyFrame[Any],
    unit: tuple[str, ...],
    variable: Variable,
    subject: str,
    *,
    rated: bool,
    seed: int,
    check: str,
) -> Finding:
    del seed  # the interval is analytical
    name = variable.name
    value = nw.col(name).cast(nw.Float64)
    middle = aggregate(table, mean=value.mean())["mean"]
    if middle is None:
        return not_assessed("E5", check, f"No unit has two observations of '{name}'.", subject=subject)
    centred = table.with_columns((value - middle).alias("_y"))
    sums = {"_n": nw.len(), "_t": nw.col("_y").sum(), "_q": (nw.col("_y") ** 2).sum()}
    per_unit = _totals(add_up(centred, unit, **sums))
    several = per_unit["_n"] >= 2
    if not several.any():
        return not_assessed("E5", check, f"No unit has two observations of '{name}'.", subject=subject)
    n, total, squares = (per_unit[key][several] for key in ("_n", "_t", "_q"))
    try:
        found = _intraclass(centred, per_unit, rated=rated) or one_way(n, total, squares)
    except EstimationError:
        why = f"The repeated observations of '{name}' are all the same number, or of one unit only."
        return not_assessed("E5", check, why, subject=subject, fix="Repeat observations of units that differ.")
    unit_name = f" {variable.unit}" if variable.unit else ""
    return _judged(
        check,
        subject,
        found.value,
        {"reliability": threshold("reliability").state(found.value)},
        f"'{name}', {_told(check)} {number(int(several.sum()))} units: {found.definition} is {found.value:.2f}"
        f"{_ends((found.lower, found.upper))}; one observation is off by {found.within:.3g}{unit_name} (standard "
        f"deviation).",
        {
            "units": int(several.sum()),
            "observations": int(n.sum()),
            "coefficient": found.definition,
            "coefficients": {found.definition: _row(found.value, (found.lower, found.upper))},
            "interval": found.method,
            "within_standard_deviation": found.within,
        },
    )


def _totals(table: nw.LazyFrame[Any]) -> Mapping[str, Floats]:
    """Bring sums by unit out of the engine, equal ones once would not do: each unit counts for itself."""
    from countersign.tables import collect

    found = collect(table, ["_n", "_t", "_q"])
    order = np.lexsort((found["_q"], found["_t"], found["_n"]))  # an order of its own, so that sums repeat
    return {name: np.asarray(column, dtype=float)[order] for name, column in found.items()}


def _intraclass(centred: nw.LazyFrame[Any], per_unit: Mapping[str, Floats], *, rated: bool) -> Intraclass | None:
    """Return ICC(2,1) if all observers saw all units once, else None."""
    if not rated or not (per_unit["_n"] == per_unit["_n"][0]).all():
        return None
    raters = group(centred, ["_rater"], _n=nw.len(), _t=nw.col("_y").sum())
    complete = len(raters["_n"]) == per_unit["_n"][0] and (raters["_n"] == len(per_unit["_n"])).all()
    if not complete or None in raters["_rater"].tolist():
        return None
    return two_way(per_unit["_t"], np.asarray(raters["_t"], dtype=float), float(per_unit["_q"].sum()))


# Words ----------------------------------------------------------------------------------------------------------------


def _judged(
    check: str, subject: str, value: float, states: Mapping[str, State], message: str, evidence: Mapping[str, Any]
) -> Finding:
    state = worst(*states.values())
    limits = {"reliability": "reliability", "alpha": "agreement_alpha"}
    return Finding(
        "E5",
        state,
        check,
        message,
        subject=subject,
        value=value,
        unit="coefficient",
        count=evidence["units"],
        evidence={**evidence, "states": {key: str(one) for key, one in states.items()}},
        threshold={key: threshold(limits[key]).record() for key in states},
        fix=""
        if state is State.PASS
        else "Train observers on the answers they differ in, or make the question easier.",
    )


def _with_ends(statistic: Any, units: Floats, seed: int) -> tuple[float, tuple[float, float] | None]:
    return statistic(units), resampled(statistic, units, seed=seed)


def _row(value: float, ends: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = ends or (None, None)
    return {
        "value": round(value, 6),
        "lower": None if low is None else round(low, 6),
        "upper": None if high is None else round(high, 6),
    }


def _ends(ends: tuple[float, float] | None) -> str:
    return f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else ""


def _told(check: str) -> str:
    return "observed again by the same person," if check == "retest" else "observed more than once,"
