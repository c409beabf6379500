"""Same everywhere (G4): whether the modes and collectors of each area are those of all areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Integers, Texts
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import groups


def mix_by_area(context: Context) -> Asking:
    """Dissimilarity of the modes of each area with those of all, and areas that a single collector covers.

    For area a: D_a = 1/2 sum over modes m of |p(m | a) - p(m)|; the largest is the value. Areas differ between
    collectors by nature, so for them only areas with a single one are told: there, area and collector cannot be told
    apart.
    """
    area = context.role("area")
    kinds = [role for role in ("mode", "collector") if context.role(role)]
    if not area or not kinds:
        if not context.is_main:
            return []
        why = "The study does not say which columns hold the area, and the mode of collection or the collector."
        return [not_assessed("G4", "mix_by_area", why, fix="Add 'roles: area:' and 'mode:' or 'collector:'.")]
    found = yield {
        role: groups(
            {"_area": nw.col(area), "_kind": nw.col(context.role(role))},
            where=KEPT & ~nw.col(area).is_null() & ~nw.col(context.role(role)).is_null(),
        )
        for role in kinds
    }
    return [_of(found[role], role) for role in kinds]


def _of(found: Mapping[str, Any], role: str) -> Finding:
    areas, place = _numbered(found["_area"])
    kinds, kind = _numbered(found["_kind"])
    if len(areas) < 2:
        return not_assessed("G4", "mix_by_area", "There are records of one area only.", subject=role)
    cells = np.zeros((len(areas), len(kinds)))
    np.add.at(cells, (place, kind), found["_n"].astype(float))
    whole = cells.sum(axis=0) / cells.sum()
    apart = 0.5 * np.abs(cells / cells.sum(axis=1, keepdims=True) - whole).sum(axis=1)
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
    message = (
        f"Modes of collection: {percent(float(apart.max()))} of the records of '{areas[most]}' would have to change "
        f"mode to be mixed as all are ({len(areas)} areas, {len(kinds)} modes)."
    )
    return judged(
        "G4", "mix_by_area", float(apart.max()), message, limit="mix_by_area", subject=role, count=single,
        evidence=evidence, harshest=State.WARN, fix="Use the same modes everywhere, or compare areas within one mode.",
    )  # fmt: skip


def _numbered(labels: Texts) -> tuple[list[str], Integers]:
    """Return the different labels in alphabetical order, and the place of each label among them."""
    texts = {label: str(label) for label in dict.fromkeys(labels.tolist())}
    distinct = sorted(set(texts.values()))
    place = {text: at for at, text in enumerate(distinct)}
    return distinct, np.fromiter((place[texts[label]] for label in labels.tolist()), dtype=np.int64, count=len(labels))
