"""Secondary suppression of random hierarchical tables, beside Gaussian elimination and one programme for each cell.

``value_to_elimination`` and ``cpu_to_elimination`` are ratios to `suppression_peers.by_elimination` in the same run,
``value_to_optimum`` to the proven optimum where it is known. ``recoverable``: unsafe cells that are not protected.
``exact`` is what `suppress` does; its ``bound`` is a cost (value + 1) that no safe pattern is below, equal to ``cost``
where proven. ``cpu_to_attack`` is a ratio to one attack on the finished pattern: are all unsafe cells protected?
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measuring
import suppression_peers

import tables

OPTIMUM = {65: 27, 272: 159, 1_085: 322, 2_640: 670, 5_607: 1_038}
"""Values of the secondary cells of the cheapest pattern by cost value + 1, proven (HiGHS and cover cuts)."""

METHODS = ("elimination", "one_by_one", "heuristic", "decomposition", "exact")
SLOW_FROM = {"one_by_one": 15_000, "heuristic": 40_000}
"""Cells above which a method is left out: it takes longer than all the others together."""


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record for each table up to so many cells and each method."""
    for cells in (size for size in tables.SIZES if size <= arguments.rows):
        first: dict[str, Any] = {}
        for method in METHODS:
            if cells > SLOW_FROM.get(method, cells):
                continue
            record = measuring.in_a_process(Path(__file__), {"cells": cells, "method": method})
            first = first or record
            if "error" not in record:
                record["value_to_elimination"] = round(record["value"] / first["value"], 3)
                record["cpu_to_elimination"] = round(record["cpu"] / first["cpu"], 2)
                if cells in OPTIMUM:
                    record["value_to_optimum"] = round(record["value"] / OPTIMUM[cells], 3)
            yield {"cells": cells, "method": method} | record


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Protect one table by one method, in this process."""
    from countersign.protection.cells import decomposing, heuristic
    from countersign.protection.cells.attacking import unprotected
    from countersign.protection.cells.suppressing import suppress

    table, protect = tables.random_table(*tables.SIZES[job["cells"]])
    bound: dict[str, Any] = {}
    _ = table.matrix, table.price
    start = time.process_time()
    if job["method"] == "elimination":
        hidden = suppression_peers.by_elimination(table, protect)
    elif job["method"] == "one_by_one":
        hidden = suppression_peers.one_by_one(table, protect)
    elif job["method"] == "heuristic":
        hidden = heuristic.hide(table, protect, limit=600).hidden
    elif job["method"] == "exact":
        pattern = suppress(table, protect, limit=600)
        hidden, bound = pattern.hidden, {"cost": pattern.cost, "bound": pattern.bound, "proven": pattern.proven}
    else:
        hidden = decomposing.hide(table, protect, limit=600).hidden
    cpu = time.process_time() - start
    start = time.process_time()
    recoverable = int(unprotected(table, protect, hidden).size)
    attack = time.process_time() - start
    secondary = hidden & ~protect.unsafe
    return {
        "unsafe": int(protect.unsafe.sum()),
        "secondary": int(secondary.sum()),
        "value": int(table.values[secondary].sum()),
        "cpu": round(cpu, 3),
        "cpu_to_attack": round(cpu / attack, 1),
        "recoverable": recoverable,
        "peak_mib": measuring.peak_mib(),
    } | bound


if __name__ == "__main__":
    measuring.child(work)
