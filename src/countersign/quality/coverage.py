"""Coverage (E1, B2): who is missing, group by group, against the benchmark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from typing import Any

from countersign.catalogue import threshold
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import Finding, State
from countersign.quality.confidentiality import coarse, few, fewest_told
from countersign.quality.context import KEPT, Asking, Context, listed, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import groups

Category = tuple[str, ...]


def coverage(context: Context) -> Asking:
    """Hold the shares of groups in the data against the benchmark, margin by margin.

    With p_s and p_b the share of a group among the records still in and in the benchmark:
    dissimilarity D = 1/2 sum |p_s - p_b|; representation ratio RR = p_s / p_b; uncovered share = sum of p_b over
    groups without a record. Records with a missing category count in none and are reported.
    """
    benchmark = context.benchmark
    if not context.is_main:
        return []
    if context.is_published_table:
        return [
            Finding(
                "E1",
                State.NOT_APPLICABLE,
                "coverage",
                "Records are cells of a published table, not people: whom the table leaves out is a question about its "
                "source.",
            )
        ]
    if benchmark is None:
        return [
            not_assessed(
                "E1",
                "coverage",
                "Nothing is known about the population, so nobody can say who is missing.",
                fix="Name a benchmark: a census table or a reference survey of the same population.",
            )
        ]
    margins = _margins(context, benchmark)
    known = [margin for margin in margins if all(name in context.schema for name in margin.variables)]
    lacking = [margin.name for margin in margins if margin not in known]
    found = yield {str(place): groups(margin.variables, where=KEPT) for place, margin in enumerate(known)}
    findings: list[Finding] = []
    for place, margin in enumerate(known):
        findings += _compared(
            found[str(place)], margin, benchmark, fewest=fewest_told(context.plan, context.dataset.unit)
        )
    if not findings:
        findings.append(
            not_assessed(
                "E1",
                "coverage",
                f"The data have no variable of the benchmark '{benchmark.name}' ({listed(lacking)}).",
                fix="Derive the variables of the benchmark from the data.",
            )
        )
    return findings


def dissimilarity(data: Mapping[Category, float], benchmark: Mapping[Category, float]) -> float:
    """Return D = 1/2 sum |p_s - p_b| of two distributions given as counts; 0 = alike, 1 = nothing in common."""
    sizes = sum(data.values()), sum(benchmark.values())
    # Exactly rounded: a set has another order in every run.
    apart = (abs(data.get(c, 0.0) / sizes[0] - benchmark.get(c, 0.0) / sizes[1]) for c in {*data, *benchmark})
    return 0.5 * math.fsum(apart)


def _merged(counts: Mapping[Category, float], untold: Set[Category]) -> dict[Category, float]:
    """Return counts with those groups added up of which nothing is told: the sum over two would tell each."""
    found = {cell: count for cell, count in counts.items() if cell not in untold}
    return found | {("",): sum(count for cell, count in counts.items() if cell in untold)} if untold else found


def _margins(context: Context, benchmark: Benchmark) -> list[Margin]:
    """Return the margins the study weights to and that of the areas; where it weights to none, all there are."""
    plan = context.plan.weighting
    if plan is not None and plan.benchmark == benchmark.name:
        area = context.role("area")
        asked = [benchmark.margin(*variables) for variables in (*plan.by, *([(area,)] if area else []))]
        found = {margin.variables: margin for margin in asked if margin is not None}
        if found:
            return list(found.values())
    return list(benchmark.margins)


def _compared(counts: Mapping[str, Any], margin: Margin, benchmark: Benchmark, *, fewest: int) -> list[Finding]:
    names = list(margin.variables)
    data: dict[Category, float] = {}
    missing = 0.0
    for place, n in enumerate(counts["_n"].tolist()):
        cell = tuple(_label(counts[name][place]) for name in names)
        if None in cell:
            missing += n
        else:
            key = tuple(str(part) for part in cell)
            data[key] = data.get(key, 0.0) + n
    size, whole = sum(data.values()), margin.total
    if not size or not whole:
        return [not_assessed("E1", "coverage", f"No record has {margin.name}.", subject=margin.name)]
    known = {cell: n for cell, n in data.items() if margin.counts.get(cell, 0.0) > 0}
    unmatched = {cell: n for cell, n in data.items() if cell not in known}
    untold = few(data, fewest)
    ratios = {
        _name(cell): (data.get(cell, 0.0) / size) / (count / whole)
        for cell, count in margin.counts.items()
        if count > 0
    }
    empty = {_name(cell): count / whole for cell, count in margin.counts.items() if count > 0 and cell not in data}
    apart = dissimilarity(_merged(data, untold), _merged(margin.counts, untold))
    hidden = {_name(cell) for cell in untold}
    told = {name: ratio for name, ratio in ratios.items() if name not in hidden}
    low = sorted((ratio, name) for name, ratio in told.items() if ratio < threshold("representation_low").good)
    high = sorted(((ratio, name) for name, ratio in told.items() if ratio > threshold("representation_high").good))[
        ::-1
    ]
    message = f"By {margin.name}, {percent(apart)} of the records would have to be others to match {benchmark.name}."
    if low:
        message += " Too few: " + listed([f"{name} ({ratio:.2f} of its share)" for ratio, name in low], most=3) + "."
    if high:
        message += (
            " Too many: " + listed([f"{name} ({ratio:.2f} times its share)" for ratio, name in high], most=3) + "."
        )
    if unmatched:
        message += f" {number(sum(unmatched.values()))} records are in groups that the benchmark lacks."
    if hidden:
        message += f" Of {number(len(hidden))} groups nothing is told, so that nobody in a small one can be found."
    evidence = {
        "benchmark": benchmark.name,
        "records": int(size),
        "missing": int(missing),
        "ratios": {name: round(ratio, 6) for name, ratio in told.items()},
        "unmatched": {_name(cell): int(n) for cell, n in unmatched.items() if cell not in untold},
        "not_told": sorted(name for name in hidden if name in ratios),
    }
    worst = [name for _, name in low[:3]]
    uncovered = sum(empty.values())
    findings = [
        judged(
            "E1",
            "coverage",
            apart,
            message,
            limit="dissimilarity",
            subject=margin.name,
            count=len(low),
            evidence=evidence,
            fix=f"Recruit in {listed(worst)}, or restrict the claim to the groups covered." if worst else "",
        ),
        judged(
            "E1",
            "uncovered",
            uncovered,
            f"By {margin.name}, {percent(uncovered)} of the population are in empty groups: {listed(list(empty))}."
            if empty
            else f"By {margin.name}, every group of the population has at least one record.",
            limit="uncovered_share",
            subject=margin.name,
            count=len(empty),
            evidence={"groups": {name: round(part, 6) for name, part in empty.items()}},
            fix=f"Recruit in {listed(list(empty), most=3)}, or leave these groups out of the population.",
        ),
    ]
    return [*findings, _inclusion(margin, data, ratios, hidden)]


def _inclusion(
    margin: Margin, data: Mapping[Category, float], ratios: Mapping[str, float], hidden: Set[str]
) -> Finding:
    """B2: the least represented group, and groups too small to show on their own."""
    sizes = {_name(cell): int(data.get(cell, 0.0)) for cell, count in margin.counts.items() if count > 0}
    limit, flagged = threshold("group_size").warn or 0.0, threshold("group_size").good
    small = [name for name, n in sizes.items() if n < limit]
    flags = [name for name, n in sizes.items() if limit <= n < flagged]
    least = min(ratios, key=lambda name: ratios[name])
    message = f"By {margin.name}, the least represented group is {least}, at {ratios[least]:.2f} of its share."
    if least in hidden:
        message = f"By {margin.name}, the least represented group is {least}; how many took part is not told."
    if small:
        message += f" {len(small)} of {len(sizes)} groups have fewer than {limit:g} records: {listed(small)}."
    if flags:
        message += f" {len(flags)} have fewer than {flagged:g}: {listed(flags)}."
    return judged(
        "B2",
        "group_inclusion",
        coarse(ratios[least]) if least in hidden else ratios[least],
        message,
        limit="representation_low",
        subject=margin.name,
        count=len(small),
        evidence={"records": {name: n for name, n in sizes.items() if name not in hidden}, "not_told": len(hidden)},
        mildest=State.WARN if small or flags else State.PASS,
    )


def _label(value: object) -> str | None:
    """A category as the benchmark writes it."""
    return None if value is None or value != value else str(value)


def _name(cell: Category) -> str:
    return " x ".join(cell)
