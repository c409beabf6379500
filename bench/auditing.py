"""The attacker's audit of random tables with hidden cells, beside two linear programmes for every hidden cell.

``attack`` decides for every unsafe cell whether it can be computed, ``audit`` bounds every hidden cell, ``plainly``
does the same by two programmes a cell, each started from the one before but without certificates; of large tables it
does a sample, and ``cpu`` is scaled up. ``cpu_to_plain`` is a ratio within the run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measuring
import numpy as np

import tables

WAYS = ("plainly", "audit", "attack")
SAMPLE = 200
"""Hidden cells that are bounded plainly."""


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record for each table up to so many cells and each way."""
    for cells in (size for size in tables.SIZES if size <= arguments.rows):
        plain: dict[str, Any] = {}
        for way in WAYS:
            record = measuring.in_a_process(Path(__file__), {"cells": cells, "way": way})
            plain = plain or record
            if "cpu" in record and "cpu" in plain:
                record["cpu_to_plain"] = round(record["cpu"] / max(plain["cpu"], 1e-3), 4)
            yield {"cells": cells, "way": way} | record


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Audit one table in one way, in this process; the pattern is that of the decomposition."""
    from countersign.protection.cells.auditing import attack, audit
    from countersign.protection.cells.decomposing import hide

    table, protect = tables.random_table(*tables.SIZES[job["cells"]])
    hidden = hide(table, protect, limit=600).hidden
    _ = table.matrix
    start = time.process_time()
    if job["way"] == "attack":
        found = attack(table, hidden, protect)
        record: dict[str, Any] = {"points": len(found.points), "narrow": len(found.narrow), "programs": found.programs}
    elif job["way"] == "audit":
        bounds = audit(table, hidden, known=protect.known)
        record = {"points": int((bounds.width <= 0).sum())}
    else:
        record = {"sample": _plainly(table, hidden & ~protect.known)}
    cpu = time.process_time() - start
    if job["way"] == "plainly":
        cpu *= int(hidden.sum()) / record["sample"]
    return record | {"hidden": int(hidden.sum()), "unsafe": int(protect.unsafe.sum()), "cpu": round(cpu, 3)}


def _plainly(table: Any, open_: Any) -> int:
    from countersign.protection.cells.auditing import unknowns_of
    from countersign.protection.cells.bounding import Programs

    solver = Programs(unknowns_of(table, open_, None), whole=False)
    places = np.random.default_rng(1).permutation(int(open_.sum()))[:SAMPLE]
    for place in places.tolist():
        for sign in (1.0, -1.0):
            solver.most(np.array([place]), np.array([sign]))
    return len(places)


if __name__ == "__main__":
    measuring.child(work)
