"""Digital exclusion (E1): whether people without phone, internet or devices are in the data as in the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from countersign.catalogue import load, threshold
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.confidentiality import coarse, few, fewest_told
from countersign.quality.context import Context, listed, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import group

ONLINE = ("open-web",)


def digital_exclusion(context: Context) -> Sequence[Finding]:
    """The digital-exclusion table: shares of people with and without each technology, in the data and the benchmark.

    Looked at are questions on phone, internet and devices (catalogue: ``digital_words``) that the benchmark has too, as
    a margin or as an item it was asked for. Value: the smallest representation ratio p_s / p_b of those without. Where
    people were reached on the web nothing better than a warning is possible: those who are never online are not in it.
    """
    if not context.is_main or context.is_published_table:
        return []
    online = context.dataset.selection in ONLINE
    known = _known(context)
    asked = [v for v in context.dataset.codebook.variables.values() if v.name in context.schema and is_digital(v)]
    both = [variable for variable in asked if variable.name in known]
    if not both:
        if not online:
            return []
        why = "People were reached on the web, and nothing tells how many without phone or internet are missing."
        fix = "Ask a question on phone or internet that the benchmark has too, and name it under 'compare'."
        return [not_assessed("E1", "digital_exclusion", why, fix=fix)]
    table: dict[str, dict[str, dict[str, float | None]]] = {}
    parts: dict[str, tuple[float, float]] = {}
    coarsened: set[str] = set()
    for variable in both:
        population = known[variable.name]
        records = _records(context, variable.name, list(population))
        shares = {category: n / (sum(records.values()) or 1.0) for category, n in records.items()}
        untold = few(records, fewest_told(context.plan, context.dataset.unit))
        table[variable.name] = {
            category: {
                "data": None if category in untold else round(shares[category], 6),
                "benchmark": round(part, 6),
            }
            for category, part in population.items()
        }
        without = [category for category in population if is_without(variable, category)]
        here, there = sum(shares[c] for c in without), sum(population[c] for c in without)
        if without and there > 0:
            if untold & set(without):
                coarsened.add(variable.name)
                here = coarse(here / there) * there
            parts[variable.name] = here, there
    ratios = {name: here / there for name, (here, there) in parts.items()}
    if not ratios:
        why = f"Nothing tells which answers to {listed([v.name for v in both])} are those of people without."
        return [not_assessed("E1", "digital_exclusion", why, fix="Give the answer of those without the label 'No'.")]
    least = min(ratios, key=lambda name: ratios[name])
    here, there = parts[least]
    told = [f"{name} {ratio:.2f}" for name, ratio in sorted(ratios.items(), key=lambda item: item[1])]
    message = (
        f"People without what '{least}' asks about are {percent(here)} of the data and {percent(there)} of the "
        f"population ({ratios[least]:.2f} of their share). All: {listed(told)}."
    )
    if least in coarsened:
        message = (
            f"People without what '{least}' asks about are {percent(there)} of the population; in the data they, or "
            "the others, are so few that it is not told how many."
        )
    if online:
        message += " Those who are never on the web cannot be in these data at all."
    return [
        judged(
            "E1",
            "digital_exclusion",
            ratios[least],
            message,
            limit="representation_low",
            subject=least,
            count=sum(ratio < threshold("representation_low").good for ratio in ratios.values()),
            evidence={"table": table, "ratios": {name: round(ratio, 6) for name, ratio in ratios.items()}},
            mildest=State.WARN if online else State.PASS,
            fix="Reach people without phone or internet in person, or speak only for those who have them.",
        )
    ]


def is_digital(variable: Variable) -> bool:
    """Whether a question is about phone, internet or devices, by its item in the question bank, its name or label."""
    bank = variable.bank.partition("/")[0].upper()
    text = " ".join((variable.name, *variable.label.values())).casefold()
    for entry in load("digital_words"):
        if bank and bank in entry["banks"]:
            return True
        if any(word in text for word in entry["words"]):
            return True
    return False


def is_without(variable: Variable, category: str) -> bool:
    """Whether an answer is that of people who do not have or use it."""
    label = variable.values.get(category, category).casefold().strip()
    first = label.replace(",", " ").split(" ")[0]
    return first in load("digital_words")["answers"]["without"]


def _known(context: Context) -> Mapping[str, Mapping[str, float]]:
    """Return variable -> category -> share in the population."""
    benchmark = context.benchmark
    if benchmark is None:
        return {}
    found = {name: dict(shares) for name, shares in benchmark.items.items()}
    for name in dict.fromkeys(name for margin in benchmark.margins for name in margin.variables):
        margin = None if name in found else benchmark.margin(name)
        if margin is not None and margin.total:
            found[name] = {key[0]: count / margin.total for key, count in margin.counts.items()}
    return found


def _records(context: Context, name: str, categories: list[str]) -> dict[str, float]:
    """Records by answer, of those who gave one that the benchmark knows."""
    counts = group(context.dataset.kept(), [name], _n=nw.len())
    found = {str(key): float(n) for key, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True)}
    return {category: found.get(category, 0.0) for category in categories}
