"""Visited (E10): which of all places were visited, how they differ from all, and what can be said without a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.dataset import Dataset
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, is_of, listed, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import collect, group
from countersign.tables.collection import Array

Key = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """How the visited places differ from all in one variable.

    Parameters
    ----------
    standardised: (mean visited - mean all) / SD of all; for categories the largest (p_v - p) / sqrt(p (1 - p)).
    kolmogorov: largest distance of the two distribution functions, numbers only. category: the one furthest off.
    """

    variable: str
    standardised: float
    kolmogorov: float | None = None
    category: str = ""


def visited(context: Context) -> Sequence[Finding]:
    """Hold the places of the data against a list of all places, if the study names one.

    Share of places and of strata visited; for every covariate the standardised difference of visited and all places
    and, for numbers, the Kolmogorov distance; visits to places that the list lacks.
    """
    plan = context.plan.places
    if plan is None:
        if not context.is_main or not is_of(context.dataset.unit, ("place", "event")):
            return []
        why = "No list of all places is named, so nobody can say which were never visited, or how they differ."
        fix = "Add 'places:' with a list of all places and the columns that name a place; or with 'by' alone."
        return [not_assessed("E10", "places_visited", why, fix=fix)]
    if (plan.data or context.plan.main.name) != context.dataset.name:
        return []
    lacking = [name for name in plan.by if name not in context.schema]
    if lacking:
        why = f"The data have no column {listed(lacking)} that names the place."
        return [not_assessed("E10", "places_visited", why, fix="Name the columns that both have under 'places: by:'.")]
    visits = _visits(context.dataset, plan.by)
    frame = context.documents.datasets.get(plan.frame)
    if frame is None:
        return [_without_list(visits, plan.by)]
    columns = [*plan.by, *(name for name in (*plan.strata, *plan.covariates) if name not in plan.by)]
    absent = [name for name in columns if name not in frame.table.collect_schema().names()]
    if absent:
        why = f"The list '{frame.name}' has no column {listed(absent)}."
        return [not_assessed("E10", "places_visited", why, fix="Correct the names under 'places:'.")]
    rows = collect(frame.kept(), columns)
    keys = [tuple(_text(rows[name][place]) for name in plan.by) for place in range(len(rows[plan.by[0]]))]
    seen = np.array([key in visits for key in keys], dtype=bool)
    if not len(seen):
        return [not_assessed("E10", "places_visited", f"The list '{frame.name}' is empty.")]
    if repeated := len(keys) - len(set(keys)):
        why = f"{number(repeated)} rows of the list '{frame.name}' repeat a place."
        fix = (
            f"Keep one row for each {listed(list(plan.by))} in '{frame.name}', or name a place more closely under 'by'."
        )
        return [not_assessed("E10", "places_visited", why, fix=fix)]
    if visits and not seen.any():
        why = f"None of the {number(len(visits))} places visited is in the list '{frame.name}'."
        return [not_assessed("E10", "places_visited", why, fix="Write places alike on both sides.")]
    strangers = visits.keys() - set(keys)
    findings = [_share(seen, visits, strangers, frame.name)]
    findings += [_strata(rows[name], seen, name) for name in plan.strata]
    if seen.any():
        findings += [
            _balance(difference(rows[name], seen, name), seen)
            if _told(rows[name][seen])
            else not_assessed(
                "E10", "visited_balance", f"'{name}' is missing for every place that was visited.", subject=name,
                fix=f"Fill in '{name}' in the list '{frame.name}'.",
            )
            for name in plan.covariates
        ]  # fmt: skip
    return findings


def _told(values: Array) -> bool:
    """Whether any value is there."""
    return any(value is not None and value == value for value in values.tolist())


def difference(values: Array, seen: Array, name: str) -> Difference:
    """Return how visited places differ from all places in one variable; see `Difference`.

    Parameters
    ----------
    values: of all places, (P,): numbers with nan, or objects with None, for missing; these are left out.
    seen: which were visited, (P,).
    """
    if values.dtype == object or values.dtype.kind not in "fiu":
        texts = np.array([_text(value) for value in values], dtype=object)
        there = np.array([value is not None for value in values], dtype=bool)
        worst = Difference(name, 0.0)
        for category in sorted(set(texts[there].tolist())):
            share = float(np.mean(texts[there] == category))
            own = float(np.mean(texts[there & seen] == category)) if (there & seen).any() else 0.0
            spread = np.sqrt(share * (1 - share))
            apart = (own - share) / spread if spread > 0 else 0.0
            if abs(apart) > abs(worst.standardised):
                worst = Difference(name, float(apart), category=category)
        return worst
    numbers = values.astype(np.float64)
    there = np.isfinite(numbers)
    whole, own_numbers = np.sort(numbers[there]), np.sort(numbers[there & seen])
    if not len(own_numbers):
        return Difference(name, 0.0, 0.0)
    spread = float(whole.std())
    standardised = float(own_numbers.mean() - whole.mean()) / spread if spread > 0 else 0.0
    steps = np.unique(whole)
    apart_at = np.abs(
        np.searchsorted(own_numbers, steps, side="right") / len(own_numbers)
        - np.searchsorted(whole, steps, side="right") / len(whole)
    )
    return Difference(name, standardised, float(apart_at.max()))


def inside(context: Context) -> Sequence[Finding]:
    """E10: share of the points inside the boundary that the study names; equal points are looked at once."""
    boundary = context.documents.boundary
    names = context.role("longitude"), context.role("latitude")
    if boundary is None:
        return []
    if not all(names) or not all(context.schema[name].is_numeric() for name in names):
        plan = context.plan.places
        if plan is None or (plan.data or context.plan.main.name) != context.dataset.name:
            return []
        why = "The study names a boundary, but no columns of numbers say where the records are."
        fix = "Name them under 'roles: longitude, latitude', and declare both as numbers in degrees."
        return [not_assessed("E10", "inside_area", why, fix=fix)]
    x, y = (nw.col(name).cast(nw.Float64) for name in names)
    table = context.dataset.kept().filter(~x.is_null() & ~y.is_null()).with_columns(_x=x, _y=y)
    found = group(table, ["_x", "_y"], n=nw.len())
    n = found["n"].astype(np.float64)
    if not len(n):
        return [not_assessed("E10", "inside_area", "No record has a place.")]
    within = boundary.contains(found["_x"].astype(np.float64), found["_y"].astype(np.float64))
    outside = int(n[~within].sum())
    value = float(n[within].sum() / n.sum())
    message = f"{percent(value)} of the records with a place lie inside the boundary of the area."
    message += f" {number(outside)} lie outside." if outside else ""
    return [
        judged("E10", "inside_area", value, message, limit="inside_area", count=outside,
               subject="" if context.is_main else context.dataset.name, evidence={"records": int(n.sum())},
               fix="Look at the records outside: a lost decimal point, exchanged columns, or another area.")
    ]  # fmt: skip


def accuracy(context: Context) -> Sequence[Finding]:
    """E10: median and 90th percentile of the accuracy that devices give for a point (role accuracy), in metres."""
    name = context.role("accuracy")
    if not name or not context.schema[name].is_numeric():
        return []
    values = collect(context.dataset.kept(), [name])[name].astype(np.float64)
    values = values[np.isfinite(values) & (values >= 0)]
    if not len(values):
        return [not_assessed("E10", "gps_error", f"No record has a value in '{name}'.")]
    half, most = (float(np.quantile(values, q)) for q in (0.5, 0.9))
    message = f"Devices gave half of the points to within {half:.3g} m, and nine in ten to within {most:.3g} m."
    evidence = {"median": round(half, 6), "p90": round(most, 6), "records": len(values)}
    return [
        judged("E10", "gps_error", most, message, limit="gps_error", evidence=evidence, harshest=State.WARN,
               count=int((values > threshold("gps_error").good).sum()),
               fix="Let collectors wait for a better signal, or take the place from a list.")
    ]  # fmt: skip


def _visits(dataset: Dataset, by: Sequence[str]) -> dict[Key, int]:
    """Return place -> number of visits; a visit without a name for its place counts for none."""
    counts = group(dataset.kept(), list(by), n=nw.len())
    found: dict[Key, int] = {}
    for place, n in enumerate(counts["n"].tolist()):
        parts = [counts[name][place] for name in by]
        if all(part is not None and part == part for part in parts):
            key = tuple(_text(part) for part in parts)
            found[key] = found.get(key, 0) + int(n)
    return found


def _without_list(visits: dict[Key, int], by: Sequence[str]) -> Finding:
    times = np.array(sorted(visits.values()), dtype=np.float64)
    why = "No list of all places is named, so nobody can say which were never visited."
    evidence: dict[str, object] = {"places": len(times)}
    if len(times):
        once = int((times == 1).sum())
        evidence |= {
            "visits": int(times.sum()),
            "median": float(np.median(times)),
            "most": int(times[-1]),
            "once": once,
        }
        why += (
            f" What can be said: {number(len(times))} places ({listed(list(by))}) were visited {number(times.sum())} "
            f"times; half of them {np.median(times):g} times or less, {number(once)} once, one {number(times[-1])}."
        )
    return Finding("E10", State.NOT_ASSESSED, "places_visited", why, count=len(times), evidence=evidence,
                   fix="Get or make a list of all places, and name it under 'places: frame:'.")  # fmt: skip


def _share(seen: Array, visits: dict[Key, int], strangers: set[Key], frame: str) -> Finding:
    value = float(seen.mean())
    message = (
        f"{number(seen.sum())} of {number(len(seen))} places of the list '{frame}' were visited ({percent(value)})."
    )
    unknown = sum(visits[key] for key in strangers)
    if strangers:
        message += f" {number(unknown)} visits were to {number(len(strangers))} places that it lacks."
    return judged(
        "E10",
        "places_visited",
        value,
        message,
        limit="places_visited",
        count=int((~seen).sum()),
        harshest=State.WARN,
        evidence={"places": len(seen), "visited": int(seen.sum()), "unknown_places": len(strangers),
                  "visits_to_unknown": unknown},
        fix="Draw the next places to visit at random from the list, or speak of the visited places only.",
    )  # fmt: skip


def _strata(values: Array, seen: Array, name: str) -> Finding:
    texts = np.array(["" if value is None else _text(value) for value in values], dtype=object)
    strata = sorted(set(texts.tolist()) - {""})
    if not strata:
        why = f"'{name}' is missing for every place of the list."
        return not_assessed("E10", "strata_visited", why, subject=name, fix=f"Fill in '{name}' in the list.")
    empty = [one for one in strata if not seen[texts == one].any()]
    value = 1 - len(empty) / len(strata)
    message = f"{len(strata) - len(empty)} of {len(strata)} kinds of places by '{name}' were visited."
    message += f" Never: {listed(empty)}." if empty else ""
    return judged(
        "E10", "strata_visited", value, message, limit="strata_visited", subject=name, count=len(empty),
        evidence={"never": empty[:20]}, fix=f"Visit places of the kind {listed(empty, most=3)}." if empty else "",
    )  # fmt: skip


def _balance(apart: Difference, seen: Array) -> Finding:
    what = f" ({apart.category})" if apart.category else ""
    way = "more" if apart.standardised > 0 else "less"
    message = f"Visited places have {way} of '{apart.variable}'{what} than all places, by "
    message += f"{abs(apart.standardised):.2f} standard deviations."
    if apart.kolmogorov is not None:
        message += f" The two distributions are at most {percent(apart.kolmogorov)} apart."
    return judged(
        "E10",
        "visited_balance",
        abs(apart.standardised),
        message,
        limit="asmd",
        subject=apart.variable,
        count=int(seen.sum()),
        evidence={"standardised": round(apart.standardised, 6), "category": apart.category,
                  "kolmogorov": None if apart.kolmogorov is None else round(apart.kolmogorov, 6)},
        harshest=State.WARN,
        fix="Weight the places by this variable, or draw the next ones at random.",
    )  # fmt: skip


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
