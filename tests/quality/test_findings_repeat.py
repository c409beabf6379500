"""Findings are the same in every run, whatever the number of threads, to the last bit of each number."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from countersign.model.dataset import Codebook, Dataset, Variable
from countersign.model.plan import CheckPlan, IndicatorPlan, Plan, Source
from countersign.quality import assess
from countersign.tables import open_engine

TODAY = datetime.date(2026, 11, 1)
TYPES = {"litter": "number", "metres": "number", "minutes": "number", "hours": "number", "date": "date",
         "age": "integer", "filled": "boolean", "longitude": "number", "latitude": "number"}  # fmt: skip
ROLES = {"id": "id", "collector": "collector", "time": "date", "minutes": "minutes", "area": "district",
         "longitude": "longitude", "latitude": "latitude"}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rng = np.random.default_rng(3)
    rows = 250_000
    day = np.datetime64("2024-01-01") + rng.integers(0, 700, rows).astype("timedelta64[D]")
    table = pa.table(
        {
            "_row": np.arange(1, rows + 1),
            "_kept": rng.random(rows) > 0.02,
            "id": np.arange(rows).astype(str),
            "event": rng.integers(0, 9_000, rows).astype(str),
            "collector": rng.integers(0, 300, rows).astype(str),
            "district": rng.integers(0, 40, rows).astype(str),
            "date": pa.array(day),
            "litter": pa.array(rng.lognormal(1, 2, rows), mask=rng.random(rows) < 0.1),
            "metres": rng.lognormal(4, 1, rows),
            "minutes": rng.lognormal(3, 0.5, rows),
            "hours": pa.array(rng.gamma(2, 3.3, rows), mask=rng.random(rows) < 0.05),
            "filled": rng.random(rows) < 0.2,
            "age": rng.integers(0, 90, rows),
            "longitude": rng.normal(20, 1, rows),
            "latitude": rng.normal(40, 1, rows),
        }
    )
    file = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(table, file, row_group_size=10_000)
    return file


def findings(path: Any, *, threads: int, events: bool) -> list[str]:
    with open_engine("duckdb", threads=threads) as engine:
        table = engine.scan(path)
        book = {
            name: Variable(name, TYPES.get(name, "category"))
            for name in table.collect_schema().names()
            if not name.startswith("_")
        }
        roles = {key: (name,) for key, name in ROLES.items()} | ({"psu": ("event",)} if events else {})
        plan = Plan(
            title={"en": "Litter"},
            data={
                "d": Source(
                    name="d",
                    file="rows.parquet",
                    roles=roles,
                    unique=(("collector", "date"),),
                    imputed={"hours": "filled"},
                )
            },
            indicators={
                "density": IndicatorPlan("density", "ratio", "litter", denominator="metres", by=((), ("district",))),
                "hours": IndicatorPlan("hours", "mean", "hours", by=((), ("district",))),
                "litter": IndicatorPlan("litter", "total", "litter"),
            },
            checks=(CheckPlan("litter / metres < 1000"), CheckPlan("hours <= 24")),
        )
        return [repr(one) for one in assess(Dataset("d", table, Codebook(book), roles=roles), plan=plan, today=TODAY)]


@pytest.mark.slow
@pytest.mark.parametrize("events", [False, True])
def test_findings_are_the_same_whatever_the_number_of_threads(path: Any, events: bool) -> None:
    one = findings(path, threads=1, events=events)
    assert len(one) > 50
    for threads in (2, 5, 8, 8):
        for here, there in zip(one, findings(path, threads=threads, events=events), strict=True):
            assert here == there
