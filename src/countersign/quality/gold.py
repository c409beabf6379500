"""Gold (E6): whether what was observed is what an expert or a reference instrument says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import NormalDist
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.errors import EstimationError
from countersign.model.agreement import cohen_kappa, wilson
from countersign.model.cells import Floats
from countersign.model.dataset import Dataset, Variable
from countersign.model.finding import Finding, State
from countersign.model.held_against import GoldPlan
from countersign.model.limits_of_agreement import LimitsOfAgreement, PairSums, limits_of_agreement
from countersign.quality.context import Context, listed, number, percent
from countersign.quality.findings import not_assessed, worst
from countersign.quality.votes import Votes, votes
from countersign.tables import aggregate

FIX = "Find out with the observers where they and the expert differ, and train them on these cases."


def validity(context: Context) -> Sequence[Finding]:
    """Hold the data against a gold standard, one finding for each variable of each entry of `gold`.

    Categories: share right with Wilson's interval, sensitivity, specificity and predictive values of the answer named
    (or the rarer of two), all counts, and Cohen's kappa with gold, by which the state goes. Where a unit has several
    answers its majority counts, a tie by the part of its labels that is right; single answers are told beside it.
    Numbers: mean difference and limits of agreement (Bland and Altman 1986), slope, root mean square, and Lin's
    concordance, by which the state goes.
    """
    findings: list[Finding] = []
    for plan in context.plan.gold:
        if (plan.data or context.plan.main.name) != context.dataset.name:
            continue
        gold = context.documents.datasets.get(plan.gold)
        if gold is None:
            why = f"The gold standard '{plan.gold}' is not in this delivery."
            findings.append(not_assessed("E6", "validity", why, subject=_subject(listed(list(plan.of)), findings)))
            continue
        for name, truth in plan.of.items():
            findings += _held(context, plan, gold, name, truth, _subject(name, findings))
    return findings


def _subject(name: str, findings: Sequence[Finding]) -> str:
    taken, place, subject = {finding.subject for finding in findings}, 1, name
    while subject in taken:
        place += 1
        subject = f"{name} ({place})"
    return subject


def _held(context: Context, plan: GoldPlan, gold: Dataset, name: str, truth: str, subject: str) -> Iterator[Finding]:
    absent = [
        f"'{column}' in '{context.dataset.name}'" for column in (*plan.unit, name) if column not in context.schema
    ]
    known = gold.table.collect_schema()
    absent += [f"'{column}' in '{gold.name}'" for column in (*plan.unit, truth) if column not in known.names()]
    if absent:
        yield not_assessed("E6", "validity", f"There is no {listed(absent)}.", subject=subject)
        return
    keys = [f"_u{at}" for at in range(len(plan.unit))]
    true = gold.kept().select([*_texts(plan.unit, keys), nw.col(truth).alias("_true")])
    true = true.filter(*[~nw.col(key).is_null() for key in (*keys, "_true")])
    per_unit = true.group_by(*keys).agg(_n=nw.len())
    several = int(aggregate(per_unit, n=nw.when(nw.col("_n") > 1).then(1).otherwise(0).sum())["n"] or 0)
    if several:
        why = f"{number(several)} units have more than one reference value in '{gold.name}'."
        fix = f"Keep one value of '{truth}' for each unit in '{gold.name}'."
        yield not_assessed("E6", "validity", why, subject=subject, fix=fix)
        return
    seen = context.dataset.kept().select([*_texts(plan.unit, keys), nw.col(name).alias("_seen")])
    joined = seen.filter(~nw.col("_seen").is_null()).join(true, on=keys, how="inner")
    units = int(aggregate(joined.group_by(*keys).agg(_n=nw.len()), n=nw.len())["n"])
    if not units:
        why = f"None of the units of '{gold.name}' is in '{context.dataset.name}' with an answer to '{name}'."
        fix = "Write units alike on both sides."
        yield not_assessed("E6", "validity", why, subject=subject, fix=fix)
        return
    if units == 1:
        why = f"Only one unit of '{gold.name}' is in '{context.dataset.name}' with an answer to '{name}'."
        fix = "Let the expert answer for more units: one says nothing about the others."
        yield not_assessed("E6", "validity", why, subject=subject, fix=fix)
        return
    variable = context.dataset.codebook[name]
    if variable.type in ("number", "integer") and not variable.values and known[truth].is_numeric():
        yield _numbers(joined, variable, units, subject)
    else:
        counted = votes(joined, keys, "_seen", truth="_true")
        if counted is None:
            why = f"'{name}' has more different answers than can be compared as categories."
            yield not_assessed("E6", "validity", why, subject=subject)
        else:
            yield _categories(context, counted, plan.positive.get(name, ""), variable, units, subject)


def _texts(names: Sequence[str], keys: Sequence[str]) -> list[nw.Expr]:
    """The columns of the unit as text: one file may write it as a number and the other as a text."""
    return [nw.col(name).cast(nw.String).alias(key) for name, key in zip(names, keys, strict=True)]


# Categories -----------------------------------------------------------------------------------------------------------


def confusion(counted: Votes) -> tuple[Floats, Floats]:
    """Return counts by label given (rows) and truth (columns), (K, K): of majorities, ties by parts, and of answers."""
    labels = len(counted.labels)
    majority, single = np.zeros((labels, labels)), np.zeros((labels, labels))
    top = (counted.counts >= counted.counts.max(1, keepdims=True)).astype(float)
    top /= top.sum(1, keepdims=True)
    for place, true in enumerate(counted.truth.tolist()):
        majority[:, true] += counted.units[place] * top[place]
        single[:, true] += counted.units[place] * counted.counts[place]
    return majority, single


def rates(table: Floats, positive: int) -> dict[str, Any]:
    """Return sensitivity, specificity and predictive values of one label, each with n and Wilson's 95 % interval.

    Parameters
    ----------
    table: counts by label given (rows) and truth (columns), (K, K). positive: place of the label.
    """
    hits = float(table[positive, positive])
    said, true, total = float(table[positive].sum()), float(table[:, positive].sum()), float(table.sum())
    rest = total - said - true + hits
    parts = {
        "sensitivity": (hits, true),
        "specificity": (rest, total - true),
        "positive_predictive_value": (hits, said),
        "negative_predictive_value": (rest, total - said),
    }
    return {name: proportion(*pair) for name, pair in parts.items()}


def proportion(part: float, whole: float) -> dict[str, float | None]:
    """Return a share with its Wilson 95 % interval; None where there is no whole."""
    if whole <= 0:
        return {"value": None, "lower": None, "upper": None, "n": 0}
    value = min(part / whole, 1.0)
    low, high = wilson(value, whole, NormalDist().inv_cdf(0.975))
    return {"value": round(value, 6), "lower": round(low, 6), "upper": round(high, 6), "n": round(whole)}


def _categories(
    context: Context, counted: Votes, positive: str, variable: Variable, units: int, subject: str
) -> Finding:
    majority, single = confusion(counted)
    several = bool((counted.counts.sum(1) > 1).any())
    table = majority if several else single
    right = proportion(float(np.trace(table)), float(table.sum()))
    kappa, state = _kappa(table)
    place = _positive(counted.labels, table, positive)
    told = rates(table, place) if place is not None else {}
    message = f"'{variable.name}', held against {number(units)} units with a known answer: "
    value, low, high = (float(right[key] or 0.0) for key in ("value", "lower", "upper"))
    message += "the majority of the answers is right" if several else "the answer is right"
    message += f" for {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"
    message += f"; kappa {kappa:.2f}." if kappa is not None else "; all are of one kind, so kappa is not defined."
    if several:
        one = proportion(float(np.trace(single)), float(single.sum()))
        message += f" A single answer is right in {percent(float(one['value'] or 0.0))}."
    if place is not None and told["sensitivity"]["value"] is not None and told["specificity"]["value"] is not None:
        message += (
            f" Of those that are '{counted.labels[place]}', {percent(told['sensitivity']['value'])} are found; of the "
            f"others, {percent(told['specificity']['value'])} are told to be others."
        )
    if positive and positive not in counted.labels:
        message += f" Nobody answered '{positive}', which the study names as 'positive', so it is not told how often "
        message += "it is found."
    minimum = context.plan.minimum_contributors
    hidden = bool(((table > 0) & (table < minimum)).any())
    evidence: dict[str, Any] = {
        "units": units,
        "accuracy": right,
        "kappa": None if kappa is None else round(kappa, 6),
        "confusion": {
            f"{given} given, {true} true": _cell(table[i, j], minimum)
            for i, given in enumerate(counted.labels)
            for j, true in enumerate(counted.labels)
        },
        "interval": "Wilson (1927), 95 %",
    }
    if several:
        evidence["single_answers"] = {"accuracy": proportion(float(np.trace(single)), float(single.sum()))}
        tied = (counted.counts == counted.counts.max(1, keepdims=True)).sum(1) > 1
        evidence["tied"] = round(float(counted.units[tied].sum()))
    if place is not None:
        # Exact rates would give a withheld count away again.
        shown = {key: {**one, "value": _coarse(one["value"], hidden)} for key, one in told.items()}
        evidence |= {"positive": counted.labels[place]} | shown
        if hidden:
            evidence |= {key: {"value": one["value"]} for key, one in shown.items()}
    return _finding(subject, value, "share", units, message, evidence, state)


def _kappa(table: Floats) -> tuple[float | None, State]:
    """Kappa with gold and its state; where everything is of one kind and right nothing more can be asked."""
    try:
        kappa = cohen_kappa(table)
    except EstimationError:
        return None, State.NOT_ASSESSED
    return kappa, threshold("validity").state(kappa)


def _positive(labels: Sequence[str], table: Floats, named: str) -> int | None:
    """The place of the answer whose sensitivity is told: the one named, or the rarer of two truths."""
    if named in labels:
        return list(labels).index(named)
    true = table.sum(0)
    return int(np.argmin(true)) if len(labels) == 2 else None


def _cell(count: float, minimum: int) -> float | int | None:
    if 0 < count < minimum:
        return None
    return int(count) if float(count).is_integer() else round(float(count), 3)


def _coarse(value: float | None, hidden: bool) -> float | None:
    return None if value is None else round(value, 2) if hidden else value


# Numbers --------------------------------------------------------------------------------------------------------------


def _numbers(joined: nw.LazyFrame[Any], variable: Variable, units: int, subject: str) -> Finding:
    a, b = nw.col("_seen").cast(nw.Float64), nw.col("_true").cast(nw.Float64)
    means = aggregate(joined, n=nw.len(), a=a.mean(), b=b.mean())
    da, db = a - means["a"], b - means["b"]
    sums = aggregate(joined, aa=(da * da).sum(), bb=(db * db).sum(), ab=(da * db).sum())
    try:
        found = limits_of_agreement(
            PairSums(float(means["n"]), means["a"], means["b"], sums["aa"], sums["bb"], sums["ab"]), units=units
        )
    except EstimationError as error:
        return not_assessed("E6", "validity", f"'{variable.name}': {error.problem}", subject=subject)
    inside = ((a - b) >= found.lower) & ((a - b) <= found.upper)
    within = aggregate(joined, n=nw.when(inside).then(1).otherwise(0).sum())["n"] / means["n"]
    states = [threshold("validity").state(found.concordance)]
    if found.shifted or found.tilted:
        states.append(State.WARN)
    evidence = {"units": units, "pairs": int(means["n"]), "within_limits": round(within, 6), **_rounded(found)}
    return _finding(
        subject, found.concordance, "coefficient", units, _told(found, variable, units), evidence, worst(*states)
    )


def _told(found: LimitsOfAgreement, variable: Variable, units: int) -> str:
    unit = f" {variable.unit}" if variable.unit else ""
    message = (
        f"'{variable.name}', held against {number(units)} units with a known value: on average {found.mean:+.3g}{unit} "
        f"off ({found.mean_ends[0]:.3g} to {found.mean_ends[1]:.3g}); 95 % of measurements are between "
        f"{found.lower:.3g} and {found.upper:.3g}{unit} off; concordance {found.concordance:.2f}."
    )
    if found.tilted and found.slope is not None:
        message += f" The larger the value, the {'higher' if found.slope > 0 else 'lower'} it is measured."
    return message


def _rounded(found: LimitsOfAgreement) -> Mapping[str, Any]:
    def digits(value: Any) -> Any:
        if isinstance(value, tuple):
            return [digits(each) for each in value]
        return None if value is None else float(f"{value:.6g}")

    return {name: digits(value) for name, value in asdict(found).items()}


def _finding(
    subject: str, value: float, unit: str, count: int, message: str, evidence: Mapping[str, Any], state: State
) -> Finding:
    return Finding(
        "E6",
        state,
        "validity",
        message,
        subject=subject,
        value=value,
        unit=unit,
        count=count,
        evidence=evidence,
        threshold=threshold("validity").record(),
        fix="" if state is State.PASS else FIX,
    )
