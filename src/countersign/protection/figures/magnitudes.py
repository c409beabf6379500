"""Magnitudes: totals and means of amounts, such as incomes: no contributor is found out, no sum by subtracting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from countersign.model.additive_table import TOLERANCE, AdditiveTable, Protect
from countersign.model.contribution import Nesting
from countersign.model.plan import Plan
from countersign.protection.figures.linking import steps
from countersign.protection.figures.records import Domain, Record, variables, words
from countersign.protection.figures.system import FREE, nested, shared, sorted_into

KEPT = 3
LIMIT = 10.0


def dominated(plan: Plan, records: Sequence[Record]) -> set[str]:
    """Return the figures of amounts in which a few contributors make up too much, or could find each other out.

    Dominance (n, k): the n largest are more than k % of the total. p %: the total less the two largest is less than p %
    of the largest. Amounts below 0 enter with their size.

    Source: Hundepool et al., Statistical Disclosure Control (2012), section 4.2.
    """
    from countersign.protection.cells.rules import excess_of_dominance, shortfall_of_p

    rules = plan.protection
    own = [one for one in records if one.behind.total is not None]
    if not own or not (rules.dominance or rules.p_percent is not None):
        return set()
    largest = np.array([_padded(one) for one in own])
    totals = np.maximum(np.array([abs(float(one.behind.total or 0.0)) for one in own]), largest.sum(axis=1))
    found = np.zeros(len(own), dtype=bool)
    if rules.dominance:
        found |= excess_of_dominance(totals, largest, *rules.dominance) > 0
    if rules.p_percent is not None:
        found |= shortfall_of_p(totals, largest, rules.p_percent) > 0
    return {one.name for one, unsafe in zip(own, found.tolist(), strict=True) if unsafe}


def _padded(one: Record) -> list[float]:
    values = sorted((abs(value) for value in one.behind.largest), reverse=True)[:KEPT]
    return [*values, *[0.0] * (KEPT - len(values))]


def withhold_magnitudes(
    plan: Plan,
    records: Sequence[Record],
    hidden: frozenset[str],
    costs: Mapping[str, float],
    *,
    nestings: Sequence[Nesting] = (),
) -> set[str]:
    """Return further figures of amounts to withhold, so that no withheld sum follows from those that are shown.

    Sums add up over groups as bases do. Where counts are protected sums are too, but for those that are withheld
    because of dominance alone: nothing was hidden beside them yet.
    """
    from countersign.protection.cells.suppressing import suppress

    by_indicator: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        if one.behind.total is not None:
            by_indicator[one.of].append(one)
    found: set[str] = set()
    for own in by_indicator.values():
        if not any(one.name in hidden for one in own):
            continue
        table = _table(own, costs, nestings)
        further = len(table) - len(own)
        unsafe = np.array([*(one.name in hidden for one in own), *[False] * further])
        p = plan.protection.p_percent or 0.0
        width = np.where(unsafe, 2 * p / 100 * np.array([*(_padded(one)[0] for one in own), *[0.0] * further]), 0.0)
        nothing = np.zeros(len(table), dtype=bool)
        already = np.arange(len(table)) >= len(own)
        pattern = suppress(table, Protect(unsafe, width, nothing), limit=LIMIT, already=already)
        found |= {one.name for one, gone in zip(own, pattern.hidden.tolist(), strict=False) if gone}
    return found


def _table(records: Sequence[Record], costs: Mapping[str, float], nestings: Sequence[Nesting] = ()) -> AdditiveTable:
    """Return the sums of one indicator, shifted so that none is below 0: a shift of each amount keeps sums additive.

    After those of the records come those of groups that several breakdowns divide and no record is of.
    """
    place = {one.domain: at for at, one in enumerate(records)}
    sizes = [float(one.behind.units) for one in records]
    totals = [float(one.behind.total or 0.0) for one in records]
    groups: dict[frozenset[str], list[Domain]] = defaultdict(list)
    for one in records:
        groups[variables(one.domain)].append(one.domain)
    for names, domains in shared(groups, nestings).items():
        for domain, divisions in domains.items():
            fullest = max(divisions, key=lambda parts: sum(sizes[place[part]] for part in parts))
            place[domain] = len(sizes)
            sizes.append(sum(sizes[place[part]] for part in fullest))
            totals.append(sum(totals[place[part]] for part in fullest))
            groups[names].append(domain)
    n, amounts = np.array(sizes), np.array(totals)
    shift = max(0.0, float(np.max(-amounts / np.maximum(n, 1.0))))
    values = np.maximum(amounts + shift * n, 0.0)
    slack = np.minimum(1e-9 * max(1.0, float(values.max())), TOLERANCE * np.maximum(1.0, values))
    sums = [pair for outer, inner in steps(groups) for pair in sorted_into(groups[inner], outer).items()]
    sums += [pair for domains in groups.values() for pair in nested(domains, groups, nestings)]
    equations = []
    for whole, parts in sums:
        own = [place[part] for part in parts]
        if whole in place and abs(values[place[whole]] - values[own].sum()) <= slack[place[whole]]:
            equations.append((place[whole], tuple(own)))
    return AdditiveTable(
        dimensions=("group",),
        cells=tuple((words(domain),) for domain in place),
        values=values,
        contributors=n.astype(np.int64),
        equations=tuple(dict.fromkeys(equations)),
        costs=np.array([*(costs[one.name] for one in records), *[FREE] * (len(sizes) - len(records))]),
        counted=False,
    )
