"""Small data sets for the tests: a table, a codebook, a plan."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from countersign.model.dataset import Codebook, Dataset, Variable
from countersign.model.finding import Finding
from countersign.model.plan import Plan, Source
from countersign.model.protection_plan import ProtectionPlan
from countersign.quality import assess
from countersign.tables import open_engine
from real_data import shared

__all__ = ["ENGINES", "dataset", "engine", "found", "plan", "shared"]

ENGINES = ("duckdb", "polars")


@pytest.fixture(params=ENGINES)
def engine(request):
    with open_engine(request.param) as opened:
        yield opened


def kind(values: Sequence[Any]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "boolean"
    if known and all(isinstance(value, int) for value in known):
        return "integer"
    if known and all(isinstance(value, int | float) for value in known):
        return "number"
    if known and all(hasattr(value, "isoformat") for value in known):
        return "date"
    return "category"


def dataset(
    engine: Any,
    columns: Mapping[str, Sequence[Any]],
    *,
    kept: Sequence[bool] | None = None,
    variables: Mapping[str, Mapping[str, Any]] | None = None,
    **more: Any,
) -> Dataset:
    """Make a data set; `variables` holds what the codebook says beyond the type."""
    count = len(next(iter(columns.values())))
    types = {"integer": pa.int64(), "number": pa.float64(), "date": pa.date32(), "boolean": pa.bool_()}
    said = variables or {}
    book, arrays = {}, {}
    for name, values in columns.items():
        spec = {"type": kind(values), **said.get(name, {})}
        book[name] = Variable(name=name, **spec)
        timed = any(isinstance(value, datetime.datetime) for value in values)
        arrays[name] = pa.array(values, type=pa.timestamp("us") if timed else types.get(spec["type"], pa.string()))
    arrays["_row"] = pa.array(range(1, count + 1), type=pa.int64())
    arrays["_kept"] = pa.array([True] * count if kept is None else list(kept))
    return Dataset("d", engine.from_arrow(pa.table(arrays)), Codebook(book), **more)


def plan(*, source: Mapping[str, Any] | None = None, **more: Any) -> Plan:
    # The samples of the tests are small: by default nothing about them is kept back.
    told = {"protection": ProtectionPlan(minimum_contributors=1)}
    given = {"title": {"en": "T"}, "indicators": {}, **told, **more}
    return Plan(data={"d": Source(name="d", file="d.csv", **(source or {}))}, **given)


def found(data: Dataset, check: str, *, subject: str | None = None, **more: Any) -> Finding:
    """Assess and return the one finding of a check."""
    the_plan = more.pop("plan", None) or plan()
    findings = [f for f in assess(data, plan=the_plan, **more) if f.check == check]
    findings = [f for f in findings if subject is None or f.subject == subject]
    assert len(findings) == 1, [(f.check, f.subject) for f in findings]
    return findings[0]
