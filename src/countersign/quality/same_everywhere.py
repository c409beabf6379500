"""Same everywhere (G4): whether the modes and collectors of each area are those of all areas."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np

from countersign.model.finding import Finding, State
from countersign.quality.context import Context, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import group


def mix_by_area(context: Context) -> Sequence[Finding]:
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
    return [_of(context, area, role) for role in kinds]


def _of(context: Context, area: str, role: str) -> Finding:
    column = context.role(role)
    table = context.dataset.kept().filter(~nw.col(area).is_null() & ~nw.col(column).is_null())
    found = group(table, [area, column], _n=nw.len())
    areas, place = np.unique([str(name) for name in found[area]], return_inverse=True)
    kinds, kind = np.unique([str(name) for name in found[column]], return_inverse=True)
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
