"""Collectors (E7): whether a few people or groups make up the data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import narwhals as nw
import numpy as np

from countersign.model.cells import Floats
from countersign.model.finding import Finding
from countersign.quality.context import Context, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import group


def concentration(context: Context) -> Sequence[Finding]:
    """Share of records from the biggest collector, the top 1 % and 10 % of collectors, and the Gini coefficient."""
    name = context.role("collector")
    if not name:
        why = "The study does not say which column names the collector."
        fix = "Add 'roles: collector:' to the study file."
        return [not_assessed("E7", "collector_concentration", why, fix=fix)] if context.is_main else []
    counts = group(context.dataset.kept(), [name], _n=nw.len())
    known = [n for key, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True) if key is not None]
    if not known:
        return [not_assessed("E7", "collector_concentration", "No record names its collector.")]
    sizes = np.sort(np.asarray(known, dtype=np.float64))[::-1]
    biggest, one, ten = sizes[0] / sizes.sum(), top(sizes, 0.01), top(sizes, 0.10)
    message = (
        f"{number(len(sizes))} collectors; the biggest made {percent(biggest)} of the records, the top 10 % of them "
        f"{percent(ten)} (Gini {gini(sizes):.2f})."
    )
    evidence = {
        "collectors": len(sizes),
        "records": int(sizes.sum()),
        "top_1_percent": round(one, 6),
        "top_10_percent": round(ten, 6),
        "gini": round(gini(sizes), 6),
        "unnamed": int(counts["_n"].sum() - sizes.sum()),
    }
    return [
        judged(
            "E7",
            "collector_concentration",
            float(biggest),
            message,
            limit="biggest_collector",
            count=len(sizes),
            evidence=evidence,
        )
    ]


def top(sizes: Floats, part: float) -> float:
    """Return the share of records from the top `part` of collectors (rounded up to whole collectors), sizes sorted."""
    many = math.ceil(part * len(sizes) - 1e-9)
    return float(sizes[:many].sum() / sizes.sum())


def gini(sizes: Floats) -> float:
    """Return the Gini coefficient: 0 = all collectors the same, towards 1 = one made everything.

    G = 2 sum_i i x_(i) / (n sum x) - (n + 1) / n with x in ascending order.
    """
    ascending = np.sort(sizes)
    n = len(ascending)
    return float(2 * (np.arange(1, n + 1) * ascending).sum() / (n * ascending.sum()) - (n + 1) / n)
