"""Same everywhere (G4): whether mode, collectors and form of each area are those of all areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Integers, Texts
from countersign.model.finding import Finding, State
from countersign.model.period import first_day, last_day
from countersign.quality.confidentiality import fewest_told
from countersign.quality.context import KEPT, Asking, Context, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import groups

# What is compared -> its name in a sentence, how one is changed, and the fix.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "mode": ("Modes of collection", "mode", "Use the same modes everywhere, or compare areas within one mode."),
    "form_version": (
        "Versions of the form",
        "version",
        "Use one version of the form everywhere, or compare areas within one version.",
    ),
    "form": (
        "Forms of the rounds",
        "form",
        "Bring areas that came in with another form into the next round, or compare them within one form.",
    ),
    "method": (
        "Methods of the rounds",
        "method",
        "Bring areas that came in with another method into the next round, or compare them within one method.",
    ),
}


def mix_by_area(context: Context) -> Asking:
    """Dissimilarity of the modes, and of the forms, of each area with those of all; areas with a single collector.

    For area a: D_a = 1/2 sum over kinds m of |p(m | a) - p(m)|; the largest is the value. Areas differ between
    collectors by nature, so for them only areas with a single one are told: there, area and collector cannot be told
    apart. A record has the form and the method of the stated round that holds its date (role time); these are compared
    only where the rounds differ in them.
    """
    area = context.role("area")
    kinds = {role: nw.col(context.role(role)) for role in ("mode", "collector", "form_version") if context.role(role)}
    of_rounds = _of_rounds(context)
    if not area or not (kinds or of_rounds):
        if not context.is_main:
            return []
        why = "The study does not say which columns hold the area, and the mode, the collector or the form's version."
        return [not_assessed("G4", "mix_by_area", why, fix="Add 'roles: area:' and 'mode:' or 'collector:'.")]
    asked = kinds | ({"round": _round(context)} if of_rounds else {})
    found = yield {
        role: groups({"_area": nw.col(area), "_kind": kind}, where=KEPT & ~nw.col(area).is_null() & ~kind.is_null())
        for role, kind in asked.items()
    }
    fewest = fewest_told(context.plan, context.dataset.unit)
    findings = [_of(found[role], role, fewest=fewest) for role in kinds]
    return findings + [_of(_named(found["round"], names), kind, fewest=fewest) for kind, names in of_rounds.items()]


def _of_rounds(context: Context) -> dict[str, list[str]]:
    """Return ``form`` and ``method`` -> what each stated round had, those in which rounds differ."""
    name, rounds = context.role("time"), context.plan.process.rounds
    if not name or not (context.schema[name].is_numeric() or context.schema[name].is_temporal()):
        return {}
    said = {
        "form": [one.form for one in rounds],
        "method": [" ".join(one.method.casefold().split()) for one in rounds],
    }
    return {kind: names for kind, names in said.items() if all(names) and len(set(names)) > 1}


def _round(context: Context) -> nw.Expr:
    """The place of the first stated round that holds a record's date or year; missing where none does."""
    column, numeric = nw.col(context.role("time")), context.schema[context.role("time")].is_numeric()
    if not numeric:
        column = column.cast(nw.Date)
    found: nw.Expr = nw.when(column.is_null()).then(nw.lit(-1))
    for place, one in reversed(list(enumerate(context.plan.process.rounds))):
        first, last = first_day(one.period), last_day(one.period)
        if first is None or last is None:
            continue
        low, high = (first.year, last.year) if numeric else (first, last)
        found = nw.when((column >= nw.lit(low)) & (column <= nw.lit(high))).then(nw.lit(place)).otherwise(found)
    return nw.when(~column.is_null()).then(found)


def _named(found: Mapping[str, Any], names: list[str]) -> Mapping[str, Any]:
    """Put the form or the method of a round in its place."""
    return {**found, "_kind": np.array([names[int(place)] for place in found["_kind"].tolist()], dtype=object)}


def _of(found: Mapping[str, Any], role: str, *, fewest: int) -> Finding:
    areas, place = _numbered(found["_area"])
    kinds, kind = _numbered(found["_kind"])
    if len(areas) < 2:
        return not_assessed("G4", "mix_by_area", "There are records of one area only.", subject=role)
    cells = np.zeros((len(areas), len(kinds)))
    np.add.at(cells, (place, kind), found["_n"].astype(float))
    whole = cells.sum(axis=0) / cells.sum()
    apart = 0.5 * np.abs(cells / cells.sum(axis=1, keepdims=True) - whole).sum(axis=1)
    apart = np.where(cells.sum(axis=1) >= fewest, apart, 0.0)  # an area of few people is not told of by itself
    most, single = int(apart.argmax()), int((np.count_nonzero(cells, axis=1) == 1).sum())
    evidence = {
        "areas": len(areas), "kinds": len(kinds), "most": str(areas[most]), "mean": round(float(apart.mean()), 6),
        "areas_with_one": single,
    }  # fmt: skip
    if role == "collector":
        message = f"{number(single)} of {number(len(areas))} areas have a single collector"
        message += "; there, the area and the collector cannot be told apart." if single else "."
        return Finding("G4", State.WARN if single else State.PASS, "mix_by_area", message, subject=role, count=single,
                       value=float(apart.max()), unit="share", evidence=evidence,
                       fix="Let collectors work in several areas, in changing pairs." if single else "")  # fmt: skip
    named, one, fix = KINDS[role]
    message = (
        f"{named}: {percent(float(apart.max()))} of the records of '{areas[most]}' would have to change {one} to be "
        f"mixed as all are ({len(areas)} areas; kinds: {len(kinds)})."
    )
    return judged(
        "G4", "mix_by_area", float(apart.max()), message, limit="mix_by_area", subject=role, count=single,
        evidence=evidence, harshest=State.WARN, fix=fix,
    )  # fmt: skip


def _numbered(labels: Texts) -> tuple[list[str], Integers]:
    """Return the different labels in alphabetical order, and the place of each label among them."""
    texts = {label: str(label) for label in dict.fromkeys(labels.tolist())}
    distinct = sorted(set(texts.values()))
    place = {text: at for at, text in enumerate(distinct)}
    return distinct, np.fromiter((place[texts[label]] for label in labels.tolist()), dtype=np.int64, count=len(labels))
