"""Noise by cell keys: the keys of a million records, their sums by cell, and a hundred thousand counts changed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import household

CELLS = 100_000
SECRET = b"a secret for the benchmark only."


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a part: processor seconds, also as a ratio to one scan that counts the cells without keys."""
    import narwhals as nw
    import numpy as np

    from countersign.protection.noise.keys import KEY, MODULUS, keyed, record_keys
    from countersign.protection.noise.laws import CellKeyNoise
    from countersign.protection.noise.perturbation_table import perturbation_table
    from countersign.tables import group, open_engine

    path = household.written(arguments.rows)
    with open_engine(arguments.engine, memory=arguments.memory) as engine:
        rows = engine.scan(path)
        by = ["region", "sex", "water"]

        def plain() -> Any:
            return group(rows, by, n=nw.len())

        def with_keys() -> Any:
            table = keyed(rows, ["id"], SECRET)
            return group(table, by, n=nw.len(), key=nw.col(KEY).sum().cast(nw.Int64))

        scan, counted = _best(plain, arguments.repeat)
        yield {
            "part": "scan",
            "engine": arguments.engine,
            "rows": arguments.rows,
            "cpu": scan,
            "cells": len(counted["n"]),
        }
        cpu, found = _best(with_keys, arguments.repeat)
        assert found["n"].tolist() == counted["n"].tolist()
        yield {
            "part": "keys and sums",
            "engine": arguments.engine,
            "rows": arguments.rows,
            "cpu": cpu,
            "ratio": cpu / scan,
        }
    ids = [f"record-{number}" for number in range(arguments.rows)]
    cpu, _ = _best(lambda: record_keys(ids, SECRET), arguments.repeat)
    yield {"part": "keys alone", "rows": arguments.rows, "cpu": cpu, "ratio": cpu / scan}
    random = np.random.default_rng(1)
    counts, sums = random.integers(0, 500, CELLS), random.integers(0, MODULUS, CELLS)
    law = CellKeyNoise(perturbation_table(5, 3.0, hidden=2), SECRET)
    cpu, _ = _best(lambda: law.counts(counts, sums), arguments.repeat)
    yield {"part": "counts changed", "cells": CELLS, "cpu": cpu, "ratio": cpu / scan}
    cpu, _ = _best(lambda: law.amounts(counts * 3.0, counts * 1.0, counts, sums), arguments.repeat)
    yield {"part": "amounts changed", "cells": CELLS, "cpu": cpu, "ratio": cpu / scan}


def _best(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the fewest processor seconds of several runs, and what the last gave."""
    seconds, made = [], None
    for _ in range(max(repeat, 1)):
        start = time.process_time()
        made = work()
        seconds.append(time.process_time() - start)
    return min(seconds), made
