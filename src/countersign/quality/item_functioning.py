"""Item functioning (G4): whether the items of a scale work the same way in two groups, and in every area.

Of people with the same score, one group may say yes to one item more often than another: the item then means something
else to them, was translated otherwise, or was asked otherwise. The groups must not be compared by the score until a
person has looked at it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.cells import Floats, Integers
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, Questions, Totals, number, together
from countersign.quality.findings import not_assessed
from countersign.quality.item_scales import ItemScale, rests_on, scales_of
from countersign.quality.mantel_haenszel import class_of, common_odds
from countersign.quality.missing_groups import breakdowns, holm
from countersign.tables import Groups

LIMITS = ("item_delta_small", "item_delta_large", "item_alpha", "item_records")
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class _Item:
    """One item in one comparison: of `group` beside `beside`; `letter` is its class, empty without a delta."""

    name: str
    group: str
    beside: str
    delta: float
    error: float
    chi2: float
    p: float
    letter: str

    def record(self) -> dict[str, Any]:
        shown = {"item": self.name, "group": self.group, "beside": self.beside, "class": self.letter}
        if not self.letter:
            return shown
        return shown | {
            "delta": round(self.delta, 4), "standard_error": round(self.error, 4), "chi2": round(self.chi2, 4),
            "p": float(f"{self.p:.3g}"),
        }  # fmt: skip


@dataclass(frozen=True)
class _Counted:
    """Yes and no of each item by group and score, (G, S, I) each."""

    labels: list[str]
    yes: Floats
    no: Floats

    @property
    def records(self) -> Floats:
        """(G,), records with every item."""
        return np.asarray((self.yes + self.no)[:, :, 0].sum(axis=1), dtype=float)


def item_functioning(context: Context) -> Asking:
    """Mantel-Haenszel delta of each item of each scale, by the study's breakdowns and by area.

    People are compared with people of the same score. The score holds the item itself: without it, groups that differ
    in level would seem to differ in every item (Holland and Thayer 1988). Items of class C leave the score of the
    others, and all are compared once more, if enough items stay. Of a breakdown the two largest categories are
    compared, of more than two areas each with all others, p-values by Holm (1979) over the areas. A variable that is
    computed from the items is left out. Only records with an answer to every item count.
    """
    scales = [] if context.is_published_table else scales_of(context)
    found: list[Finding] = []
    wanted: list[Generator[Questions, Totals, Finding]] = []
    for scale in scales:
        chosen = _variables(context, scale)
        if not chosen:
            why = f"The study names no area and no breakdown by which the items of '{scale.name}' could be compared."
            fix = "Add 'roles: area:', or 'by:' to an indicator."
            found.append(not_assessed("G4", "item_functioning", why, subject=scale.name, fix=fix))
        wanted += [_of(context, scale, name) for name in chosen]
    return [*found, *(yield from together(wanted))]


def _variables(context: Context, scale: ItemScale) -> list[str]:
    items = set[str]().union(*(rests_on(context, name) for name in scale.columns.values()))
    area = context.role("area")
    wanted = dict.fromkeys([*breakdowns(context), *([area] if area else [])])
    return [name for name in wanted if not rests_on(context, name) & items]


def _of(context: Context, scale: ItemScale, name: str) -> Generator[Questions, Totals, Finding]:
    counted = yield from _count(scale, name, removed=())
    subject, is_area = f"{scale.name} by {name}", name == context.role("area")
    pairs, few = _pairs(counted, is_area=is_area)
    if not pairs:
        return _not_compared(scale, name, counted, subject)
    items = list(scale.columns)
    first = _compare(counted, pairs, items)
    removed = tuple(sorted({items.index(one.name) for one in first if one.letter == "C"}))
    second = first
    if removed and len(items) - len(removed) >= threshold("scale_items").good:
        second = _compare((yield from _count(scale, name, removed=removed)), pairs, items)
    else:
        removed = ()
    return _judged(scale, name, subject, counted, second, few, tuple(items[at] for at in removed))


def _count(scale: ItemScale, name: str, *, removed: Sequence[int]) -> Generator[Questions, Totals, _Counted]:
    """Count by group and score; items that are removed from the score of the others are added to their own."""
    answers = [nw.col(f"_item{at}") for at in range(len(scale.columns))]
    steps = {f"_item{at}": answer for at, answer in enumerate(scale.answers.values())}
    anchors = [at for at in range(len(answers)) if at not in removed]
    score = reduce(add, (answers[at] for at in anchors))
    sums = {"_n": nw.len()} | {f"_yes{at}": answers[at].sum() for at in anchors}
    by = {"_group": nw.col(name), "_score": score} | {f"_own{at}": answers[at] for at in removed}
    found = (yield {"cells": Groups(by, sums, KEPT & ~nw.col(name).is_null(), steps=steps)})["cells"]
    complete = np.all([_known(found[key]) for key in by], axis=0)
    return _arranged({key: cells[complete] for key, cells in found.items()}, len(answers), anchors)


def _known(cells: Any) -> Any:
    """Which cells of a key are there; the sum of a missing answer is missing, as None or nan."""
    return np.array([each is not None and each == each for each in cells.tolist()], dtype=bool)


def _arranged(found: Mapping[str, Any], items: int, anchors: Sequence[int]) -> _Counted:
    texts = [str(label) for label in found["_group"].tolist()]
    labels = sorted(set(texts))
    place = np.array([labels.index(text) for text in texts], dtype=np.int64)
    n, score = found["_n"].astype(float), found["_score"].astype(np.int64)
    yes, no = (np.zeros((len(labels), len(anchors) + 2, items)) for _ in range(2))
    for at in range(items):
        own: Integers = np.zeros(len(n), dtype=np.int64) if at in anchors else found[f"_own{at}"].astype(np.int64)
        said = found[f"_yes{at}"].astype(float) if at in anchors else n * own
        np.add.at(yes[:, :, at], (place, score + own), said)
        np.add.at(no[:, :, at], (place, score + own), n - said)
    return _Counted(labels, yes, no)


def _pairs(counted: _Counted, *, is_area: bool) -> tuple[list[tuple[int, list[int]]], list[str]]:
    """Return the comparisons, a group and those it is held against, and the groups with too few who tell anything."""
    telling = _telling(counted)
    least = threshold("item_records").good
    groups = range(len(counted.labels))
    if is_area and len(groups) > 2:
        pairs = [(at, [other for other in groups if other != at]) for at in groups]
    else:
        order = sorted(groups, key=lambda at: (-counted.records[at], counted.labels[at]))[:2]
        pairs = [(order[1], [order[0]])] if len(order) == 2 else []
    enough = [pair for pair in pairs if telling[pair[0]] >= least and telling[pair[1]].sum() >= least]
    return enough, [counted.labels[pair[0]] for pair in pairs if pair not in enough]


def _telling(counted: _Counted) -> Floats:
    """(G,), records with yes to some items and not to all: the others agree in every item whatever their group."""
    inner = (counted.yes + counted.no)[:, 1 : counted.yes.shape[2], 0]
    return np.asarray(inner.sum(axis=1), dtype=float)


def _compare(counted: _Counted, pairs: Sequence[tuple[int, list[int]]], items: Sequence[str]) -> list[_Item]:
    small, large, chance = (threshold(key).good for key in LIMITS[:3])
    odds = [
        common_odds(
            (counted.yes[others].sum(axis=0), counted.no[others].sum(axis=0)), (counted.yes[group], counted.no[group])
        )
        for group, others in pairs
    ]
    none = _adjusted(np.array([each.p_none() for each in odds]))
    beyond = _adjusted(np.array([each.p_at_most(small) for each in odds]))
    found = []
    for row, ((group, others), each) in enumerate(zip(pairs, odds, strict=True)):
        beside = counted.labels[others[0]] if len(others) == 1 else ELSEWHERE
        for at, item in enumerate(items):
            delta, p = float(each.delta[at]), float(none[row, at])
            letter = class_of(delta, p, float(beyond[row, at]), small=small, large=large, chance=chance)
            measured = delta, float(each.error[at]), float(each.chi2[at]), p
            found.append(_Item(item, counted.labels[group], beside, *measured, letter))
    return found


def _adjusted(p: Floats) -> Floats:
    """Adjust p-values over the comparisons of each item, (comparisons, I); those that are nan take no part."""
    found = p.copy()
    for at in range(p.shape[1]):
        known = ~np.isnan(p[:, at])
        found[known, at] = holm(p[known, at].tolist())
    return found


def _not_compared(scale: ItemScale, name: str, counted: _Counted, subject: str) -> Finding:
    if len(counted.labels) < 2:
        why = f"Only one group of {name} has records with all items of '{scale.name}', so nothing can be compared."
        return not_assessed("G4", "item_functioning", why, subject=subject, fix="Collect in more than one group.")
    least = threshold("item_records").good
    why = (
        f"Too few people in two groups of {name} said yes to some items of '{scale.name}' and not to all: "
        f"{number(least)} are needed in each. The others do not tell how an item works."
    )
    return not_assessed("G4", "item_functioning", why, subject=subject, fix="Join groups, or collect more records.")


def _judged(
    scale: ItemScale, name: str, subject: str, counted: _Counted, found: Sequence[_Item], few: Sequence[str],
    removed: Sequence[str],
) -> Finding:  # fmt: skip
    worst = {item: max((one for one in found if one.name == item), key=_badness) for item in scale.columns}
    table = sorted(worst.values(), key=_badness, reverse=True)
    first, size = table[0], len(table)
    large, some = (sum(one.letter == letter for one in table) for letter in ("C", "B"))
    groups = dict(zip(counted.labels, counted.records.astype(int).tolist(), strict=True))
    compared = len({one.group for one in found})
    if first.letter in ("B", "C"):
        way, side = "less" if first.delta < 0 else "more", first.beside
        message = (
            f"Of people with the same score in '{scale.name}', '{first.group}' says yes to '{first.name}' {way} often "
            f"than {side if side == ELSEWHERE else repr(side)} (delta {first.delta:.2f}, class {first.letter}). "
            f"By {name}, {number(large)} of {number(size)} items differ much (C) and {number(some)} somewhat (B)."
        )
    elif first.letter:
        message = (
            f"By {name}, all {number(size)} items of '{scale.name}' work the same way for people with the same score; "
            f"the largest delta is {abs(first.delta):.2f} ('{first.name}')."
        )
    else:
        why = f"No item of '{scale.name}' has both answers in two groups of {name}, so none can be compared."
        return not_assessed("G4", "item_functioning", why, subject=subject, fix="Collect more records.")
    unknown = [one.name for one in table if not one.letter]
    if unknown:
        message += f" {number(len(unknown))} could not be compared, as everybody in a group answers them alike."
    if few:
        message += f" {number(len(few))} groups have too few records."
    return Finding(
        "G4",
        State.WARN if large else State.PASS,
        "item_functioning",
        message,
        subject=subject,
        value=abs(first.delta),
        unit="delta",
        count=large + some,
        evidence={
            "items": [one.record() for one in table], "B": some, "C": large, "groups": groups, "compared": compared,
            "too_few": list(few), "out_of_the_score": list(removed),
        },
        threshold={key: threshold(key).record() for key in LIMITS},
        fix=f"Ask people of both groups how they understand '{first.name}'; compare them without it until then."
        if large
        else "",
    )  # fmt: skip


def _badness(one: _Item) -> tuple[str, float]:
    return one.letter, 0.0 if np.isnan(one.delta) else abs(one.delta)
