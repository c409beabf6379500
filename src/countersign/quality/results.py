"""Results: Weights, EstimateTable and comparisons -> Findings (A3 aside): how exact, how wrong, how plainly told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from countersign.catalogue import threshold
from countersign.errors import CountersignError
from countersign.model.benchmark import Benchmark
from countersign.model.disclosure import Disclosure
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.official import OfficialSeries
from countersign.model.plan import Plan
from countersign.model.release import Comparison
from countersign.model.support import Support
from countersign.model.weights import Weights
from countersign.quality.claims import refused_by_results
from countersign.quality.coherence import coherence
from countersign.quality.confidentiality import confidentiality
from countersign.quality.context import listed, number, percent
from countersign.quality.disaggregated import disaggregated
from countersign.quality.findings import judged, not_assessed, worst
from countersign.quality.gaps import find_gaps, need
from countersign.quality.provenance import provenance
from countersign.quality.response import uneven_response
from countersign.quality.sensitivity import sensitivity, supported
from countersign.quality.signs import sign_stability

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)


def assess_results(
    *,
    plan: Plan,
    weights: Weights | None,
    estimates: EstimateTable,
    comparisons: Sequence[Comparison] = (),
    support: Support | None = None,
    official: Sequence[OfficialSeries] = (),
    benchmark: Benchmark | None = None,
    resolved: Mapping[str, bool] | None = None,
    differing: int = 0,
    report: str = "",
    found: Sequence[Finding] = (),
    disclosure: Disclosure | None = None,
) -> tuple[Finding, ...]:
    """Return what was found about the figures: A3, A5, C4, D6, E1 to E3, E12, G1 and H2.

    Parameters
    ----------
    comparisons: questions whose answer is known for the population and that were not used in weighting.
    support: how much of the population the data can speak for. official: series that speak of the same thing.
    benchmark: what the weights met.
    resolved, differing: what the trail says of the figures, see `provenance`. report: digest of the protected figures.
    found: findings from the data alone; a break they found refuses a trend. disclosure: what was done for people.
    """
    findings = [
        *balance(weights),
        *uneven_response(weights, plan=plan, benchmark=benchmark),
        *supported(support),
        *precision(plan, estimates),
        *weight_spread(weights),
    ]
    findings += residual_bias(comparisons, weighted=weights is not None)
    findings += sign_stability(plan, estimates)
    findings += sensitivity(estimates, selection=plan.initiative.selection)
    findings.append(uncertainty(estimates))
    findings += need(plan, find_gaps(plan, estimates, official))
    findings += coherence(plan, estimates, official)
    findings += confidentiality(plan, estimates, report=report, disclosure=disclosure)
    findings += disaggregated(plan, estimates)
    findings += provenance(resolved, differing=differing)
    findings += refused_by_results(plan, estimates, [*found, *findings])
    return tuple(findings)


def balance(weights: Weights | None) -> list[Finding]:
    """E1: the largest standardised difference between data and population before and after weighting."""
    if weights is None or not weights.balance:
        return []
    before = max(weights.balance, key=lambda one: abs(one.before))
    after = max(weights.balance, key=lambda one: abs(one.after))
    message = (
        f"Before weighting the group furthest off was {before.variable} {before.category} (standardised difference "
        f"{abs(before.before):.2f}); after weighting the largest difference is {abs(after.after):.2f}."
    )
    return [
        judged(
            "E1",
            "balance",
            abs(after.after),
            message,
            limit="asmd",
            count=sum(abs(one.after) > threshold("asmd").good for one in weights.balance),
            evidence={"before": round(abs(before.before), 6), "after": round(abs(after.after), 6)},
        )
    ]


def weight_spread(weights: Weights | None) -> list[Finding]:
    """E2: what unequal weights cost (Kish 1965)."""
    if weights is None or weights.method == "base" or not weights.count:
        return []
    message = (
        f"With unequal weights, {number(weights.count)} records count like {number(weights.effective_n)} "
        f"(design effect {weights.design_effect:.2f})."
    )
    return [
        judged(
            "E2",
            "weights",
            weights.design_effect,
            message,
            limit="design_effect",
            count=weights.count,
            evidence={"effective_n": round(weights.effective_n, 3)},
            harshest=State.WARN,
            fix="Recruit in the groups with the largest weights, or trim them.",
        ),
        _largest(weights),
    ]


def _largest(weights: Weights) -> Finding:
    """E2: the largest weight as a multiple of the mean; of base weights that differ in a cell, their mean counts."""
    held = weights.n > 0
    ratio = float((weights.weight[held] / weights.n[held]).max() / (weights.total / weights.count))
    return judged(
        "E2",
        "largest_weight",
        ratio,
        f"The heaviest records count {ratio:.1f} times as much as the average one.",
        limit="largest_weight",
        harshest=State.WARN,
        fix="Trim the weights and show both, or recruit in the groups with the largest weights.",
    )


def absent_sources(absent: Mapping[str, CountersignError]) -> tuple[Finding, ...]:
    """E4: optional data sources that this delivery does not give, and why; their indicators have no data."""
    return tuple(
        Finding(
            "E4",
            State.WARN,
            "source_absent",
            f"The data source '{name}' is not in this delivery: {error.problem} Its indicators have no data.",
            subject=name,
            unit="sources",
            count=1,
            evidence={"expected": error.expected},
            fix=f"Ask for it, if these indicators are wanted: {error.action}.",
        )
        for name, error in absent.items()
    )


def precision(plan: Plan, estimates: EstimateTable) -> list[Finding]:
    """E2: coefficient of variation and effective number of records, one finding an indicator.

    Value and state are those of the figure for everybody (the first figure where there is none); how many figures of
    its breakdowns are weaker is in the message.
    """
    if not len(estimates):
        return [not_assessed("E2", "precision", "There are no figures yet.")]
    findings = []
    for name in dict.fromkeys(estimate.indicator for estimate in estimates):
        figures = [estimate for estimate in estimates if estimate.indicator == name and estimate.status in SHOWN]
        if not figures:
            findings.append(not_assessed("E2", "precision", f"'{name}' has no figure that may be shown.", subject=name))
            continue
        findings.append(_precision(name, figures))
    return findings


def _precision(name: str, figures: list[Estimate]) -> Finding:
    main = next((figure for figure in figures if not figure.domain), figures[0])
    if all(figure.standard_error == 0 and figure.lower == figure.upper == figure.value for figure in figures):
        return Finding(
            "E2",
            State.PASS,
            "precision",
            f"'{name}': a full count, {number(main.n)} counted. Chance plays no part; who was missed does.",
            subject=name,
            value=0.0,
            unit="ratio",
            count=0,
            evidence={"n": main.n, "figures": len(figures), "weak": []},
        )
    cv = variation(main)
    size = float(main.n if main.n_effective is None else main.n_effective)
    states = {"effective_n": threshold("effective_n").state(size)}
    told = f"n = {number(main.n)}"
    if main.n_effective is not None:
        told += f", which count like {number(main.n_effective)}"
    if cv is not None:
        states["cv"] = threshold("cv").state(cv)
        told = f"coefficient of variation {percent(cv)}, {told}"
    weak = [figure for figure in figures if _weak(figure)]
    message = f"'{name}'{'' if not main.domain else ' (first group)'}: {told}."
    if len(figures) > 1:
        message += f" {len(weak)} of its {len(figures)} figures are too weak to quote."
    state = worst(*states.values())
    return Finding(
        "E2",
        state,
        "precision",
        message,
        subject=name,
        value=cv,
        unit="ratio",
        count=len(weak),
        evidence={
            "n": main.n,
            "effective_n": None if main.n_effective is None else round(main.n_effective, 3),
            "design_effect": main.design_effect,
            "figures": len(figures),
            "weak": [figure.figure_id for figure in weak if figure.figure_id],
            "states": {key: str(value) for key, value in states.items()},
        },
        threshold={"cv": threshold("cv").record(), "effective_n": threshold("effective_n").record()},
        fix=""
        if state is State.PASS and not weak
        else "Collect more records in the weak groups, or show wider groups.",
    )


def variation(figure: Estimate) -> float | None:
    """Return the coefficient of variation, standard error over the absolute value; None where either is unknown.

    A figure without a standard error (a quantile) takes that of its interval: half its width over 1.96, for 95 %.
    """
    error = figure.standard_error
    if error is None and figure.lower is not None and figure.upper is not None and abs(figure.level - 0.95) < 1e-9:
        error = (figure.upper - figure.lower) / (2 * 1.959963984540054)
    return None if error is None or not figure.value else abs(error / figure.value)


def _weak(figure: Estimate) -> bool:
    """Whether a figure is marked unreliable, or fails a limit of the catalogue."""
    cv = variation(figure)
    size = figure.n if figure.n_effective is None else figure.n_effective
    return (
        figure.status is Status.UNRELIABLE
        or (cv is not None and threshold("cv").state(cv) is State.FAIL)
        or threshold("effective_n").state(float(size)) is State.FAIL
    )


def mean_absolute_bias(comparisons: Sequence[Comparison]) -> dict[str, tuple[float, float]]:
    """Return item -> mean absolute difference over its categories, before and after weighting, in percentage points.

    The categories are the benchmark's: an answer that only the data know, such as a refusal, has no known truth.
    """
    items: dict[str, list[Comparison]] = {}
    for one in known(comparisons):
        items.setdefault(one.item, []).append(one)
    return {
        item: (
            100 * sum(abs(one.raw - one.benchmark) for one in parts) / len(parts),
            100 * sum(abs(one.weighted - one.benchmark) for one in parts) / len(parts),
        )
        for item, parts in items.items()
    }


def known(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return the comparisons whose category exists in the benchmark."""
    return [one for one in comparisons if one.benchmark > 0]


def residual_bias(comparisons: Sequence[Comparison], *, weighted: bool = True) -> list[Finding]:
    """E3: how wrong the data are on questions whose answer is known, before and after weighting.

    Value: mean over items of the mean absolute difference over the item's categories, after weighting, in percentage
    points. One further finding for each item that weighting made worse by more than a trifle (catalogue).
    """
    comparisons = known(comparisons)
    if not comparisons:
        return [
            not_assessed(
                "E3",
                "residual_bias",
                "No question with a known answer was held out of weighting, so the remaining bias is unknown.",
                fix="Name questions that the data and the benchmark both asked under 'compare'.",
            )
        ]
    items = mean_absolute_bias(comparisons)
    before = sum(pair[0] for pair in items.values()) / len(items)
    after = sum(pair[1] for pair in items.values()) / len(items)
    worse = sorted((item for item in items if items[item][1] > items[item][0]), key=lambda i: items[i][0] - items[i][1])
    better = sorted(
        (item for item in items if items[item][1] < items[item][0]), key=lambda i: items[i][1] - items[i][0]
    )
    message = f"Over {len(items)} questions with a known answer the data are off by {after:.2f} points on average"
    if weighted:
        message += (
            f" after weighting, {before:.2f} before. {len(better)} came closer to the truth, {len(worse)} moved away"
        )
        message += f": {listed(worse, most=4)}" if worse else ""
    evidence = {
        "before": round(before, 6),
        "after": round(after, 6),
        "items": {item: {"before": round(b, 6), "after": round(a, 6)} for item, (b, a) in items.items()},
        "better": better,
        "worse": worse,
    }
    findings = [
        judged(
            "E3",
            "residual_bias",
            after,
            message + ".",
            limit="mean_absolute_bias",
            count=len(worse) if weighted else None,
            evidence=evidence,
            fix="Weight by further variables that drive these questions, or say plainly how far off the data are.",
        )
    ]
    findings.append(_furthest(items, comparisons))
    clearly = [item for item in worse if threshold("item_worse").state(items[item][1] - items[item][0]) is State.WARN]
    return findings + ([_worse(item, items[item], comparisons) for item in clearly] if weighted else [])


def _furthest(items: Mapping[str, tuple[float, float]], comparisons: Sequence[Comparison]) -> Finding:
    """E3: how many known questions have an answer that is off by more than the limit, and by how much the furthest."""
    limit = threshold("known_item")
    off = {}
    for item in items:
        parts = [one for one in comparisons if one.item == item]
        most = max(abs(one.weighted - one.benchmark) for one in parts)
        # Of the two halves of a yes-no question the smaller share is the one people speak about.
        far = [one for one in parts if abs(one.weighted - one.benchmark) >= most - 1e-9]
        main = min(far, key=lambda one: one.benchmark)
        off[item] = (main, 100 * abs(main.weighted - main.benchmark))
    beyond = sorted((item for item in off if not limit.keeps(off[item][1], limit.good)), key=lambda item: -off[item][1])
    furthest, points = max(off.values(), key=lambda pair: pair[1])
    told = [f"{name} ({off[name][0].category}, {off[name][1]:.0f} points)" for name in beyond]
    message = f"None of {len(items)} known questions is off by more than {limit.good:g} points."
    if beyond:
        message = (
            f"{len(beyond)} of {len(items)} known questions are off by more than {limit.good:g} points, "
            "however exact they look: "
            f"{listed(told)}."
        )
    return judged(
        "E3",
        "known_items",
        points,
        message,
        limit="known_item",
        count=len(beyond),
        evidence={
            "furthest": furthest.item,
            "items": {
                item: {
                    "category": one.category,
                    "raw": round(one.raw, 6),
                    "weighted": round(one.weighted, 6),
                    "benchmark": round(one.benchmark, 6),
                }
                for item, (one, _) in off.items()
            },
        },
        harshest=State.WARN,
        fix="People may tell more of what is well thought of than they do; use none of these questions without "
        "another source.",
    )


def _worse(item: str, off: tuple[float, float], comparisons: Sequence[Comparison]) -> Finding:
    """Name the category of an item that moved furthest away from the truth."""
    parts = [one for one in comparisons if one.item == item]
    moved = [abs(one.weighted - one.benchmark) - abs(one.raw - one.benchmark) for one in parts]
    # Of the two halves of a yes-no question the smaller share is the one people speak about.
    main = min(
        (one for one, by in zip(parts, moved, strict=True) if by >= max(moved) - 1e-9), key=lambda one: one.benchmark
    )
    message = (
        f"Weighting made '{item}' worse: {main.category} {100 * main.raw:.1f} % before, {100 * main.weighted:.1f} % "
        f"after, truth {100 * main.benchmark:.1f} %."
    )
    return Finding(
        "E3",
        State.WARN,
        "item_bias",
        message,
        subject=item,
        value=off[1],
        unit="percentage points",
        count=len(parts),
        evidence={
            "before": round(off[0], 6),
            "after": round(off[1], 6),
            "category": main.category,
            "raw": main.raw,
            "weighted": main.weighted,
            "benchmark": main.benchmark,
        },
        fix=f"Do not use these data for '{item}' without another source.",
    )


def uncertainty(estimates: EstimateTable) -> Finding:
    """H2: every figure shown carries an interval, its convention and the method."""
    figures = [estimate for estimate in estimates if estimate.status in SHOWN]
    if not figures:
        return not_assessed("H2", "uncertainty_shown", "There are no figures to show yet.")
    bare = [one for one in figures if one.lower is None or one.upper is None or not one.method or not one.convention]
    silent = [one for one in figures if not one.assumption]
    state = State.FAIL if bare else State.WARN if silent else State.PASS
    message = (
        f"{number(len(figures) - len(bare))} of {number(len(figures))} figures carry interval, method and convention."
    )
    if silent:
        message += f" {number(len(silent))} do not say what must hold for their interval."
    return Finding(
        "H2",
        state,
        "uncertainty_shown",
        message,
        value=1 - len(bare) / len(figures),
        unit="share",
        count=len(bare),
        evidence={"figures": len(figures), "without_interval": len(bare), "without_assumption": len(silent)},
        fix="" if state is State.PASS else "Publish only figures with interval, method and assumption.",
    )
