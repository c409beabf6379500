"""Twelve rules on the rows of `checks`, in Countersign, pandera and pointblank, each in an environment of its own.

Every program answers the same question: how many records break each rule. The counts must be the same. Repeats are
counted beyond the first of their kind; a missing value breaks no rule but the two that forbid it.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import household
import measuring

HERE = Path(__file__).resolve().parent
FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2025, 12, 31)
KNOWN = household.DISTRICTS[:-5]  # the register of places lacks five
RULES = (
    "not null", "unique key", "range", "allowed values", "pattern", "period", "two columns", "required if", "sum",
    "whole record", "order of dates", "known place",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record a program: its fastest run, and its seconds over ours in the same round."""
    import peers

    path = household.written(arguments.rows)
    programs = {"countersign": sys.executable}
    for line in (HERE / "peers.txt").read_text(encoding="utf-8").splitlines():
        if line.split("==")[0] in PROGRAMS:
            programs[line.split("==")[0]] = str(peers.environment(line))
    variants = [(name, variant) for name in programs for variant in VARIANTS[name]]
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {each: [] for each in variants}
    try:
        for _ in range(arguments.repeat):
            for name, variant in variants:
                job = {"path": str(path), "program": name, "variant": variant, "memory": arguments.memory}
                runs[name, variant].append(measuring.in_a_process(Path(__file__), job, python=programs[name]))
    finally:
        if not arguments.keep:
            path.unlink(missing_ok=True)
    ours = min(runs[variants[0]], key=lambda record: record.get("seconds", float("inf")))
    for (name, variant), records in runs.items():
        best = min(records, key=lambda record: record.get("seconds", float("inf")))
        if "broken" in best and "broken" in ours:
            assert best["broken"] == ours["broken"], (name, variant, best["broken"], ours["broken"])
        both = [
            (a["cpu"], b["cpu"]) for a, b in zip(records, runs[variants[0]], strict=True) if "cpu" in a and "cpu" in b
        ]
        ratio = {"times_ours": round(sorted(a / b for a, b in both)[len(both) // 2], 2)} if both else {}
        yield {"program": name, "variant": variant, "rows": arguments.rows} | best | ratio


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run one program once, in this process; imports are not timed."""
    record: dict[str, Any] = {}
    with measuring.timed(record, "start"):
        prepared = PROGRAMS[job["program"]](job)
    with measuring.timed(record):
        broken = prepared()
    assert set(broken) == set(RULES), set(broken) ^ set(RULES)
    return record | {"peak_mib": measuring.peak_mib(), "broken": {rule: int(broken[rule]) for rule in RULES}}


def _countersign(job: dict[str, Any]) -> Callable[[], dict[str, int]]:
    from dataclasses import replace

    import checks

    from countersign.model.plan import CheckPlan
    from countersign.quality import assess, duplicates, edits
    from countersign.tables import open_engine

    water, known = (", ".join(f"'{word}'" for word in words) for words in (household.WATER, KNOWN))
    rules = {
        "not null": "phone is not missing",
        "range": "age between 0 and 120",
        "allowed values": f"water in ({water})",
        "pattern": "starts_with(id, 'R')",
        "period": f"date between '{FIRST}' and '{LAST}'",
        "two columns": "children <= members",
        "required if": "sex != 'female' or antenatal is not missing",
        "sum": "adults + children = members",
        "order of dates": "entered >= date",
        "known place": f"district in ({known})",
    }
    plan = replace(checks.study(), checks=tuple(CheckPlan(rule, name=name) for name, rule in rules.items()))
    plan = replace(plan, data={name: replace(source, unique=()) for name, source in plan.data.items()})
    measures = [edits.checks, duplicates.exact_duplicates, duplicates.key_duplicates]
    engine = open_engine(job["variant"], memory=job["memory"], temp_folder=household.FOLDER / "spill")
    few = engine.from_arrow(household.piece(0, 100))
    assess(checks.dataset(few), plan=plan, measures=measures)

    def counted() -> dict[str, int]:
        findings = assess(checks.dataset(engine.scan(Path(job["path"]))), plan=plan, measures=measures)
        names = {"exact_duplicates": "whole record", "key_duplicates": "unique key"}
        return {names.get(one.check, one.subject): one.count or 0 for one in findings}

    return counted


def _pandera(job: dict[str, Any]) -> Callable[[], dict[str, int]]:
    os.environ["PANDERA_VALIDATION_DEPTH"] = "SCHEMA_AND_DATA"  # else rows that are not read yet are not checked

    import pandera.polars as pa
    import polars as pl

    columns = [name for name in pl.scan_parquet(job["path"]).collect_schema().names() if not name.startswith("_")]

    def rule(name: str, expression: Any) -> Any:
        return pa.Check(lambda data: data.lazyframe.select(expression), name=name, error=name)

    schema = pa.DataFrameSchema(
        {
            "phone": pa.Column(nullable=False),
            "age": pa.Column(checks=pa.Check.in_range(0, 120, name="range", error="range")),
            "water": pa.Column(checks=pa.Check.isin(household.WATER, name="allowed values", error="allowed values")),
            "id": pa.Column(checks=pa.Check.str_matches("^R", name="pattern", error="pattern")),
            "date": pa.Column(checks=pa.Check.in_range(FIRST, LAST, name="period", error="period")),
            "district": pa.Column(checks=pa.Check.isin(KNOWN, name="known place", error="known place")),
        },
        checks=[
            rule("unique key", pl.col("id").is_first_distinct()),
            rule("two columns", pl.col("children") <= pl.col("members")),
            rule("required if", (pl.col("sex") != "female") | pl.col("antenatal").is_not_null()),
            rule("sum", pl.col("adults") + pl.col("children") == pl.col("members")),
            rule("whole record", pl.struct(columns).is_first_distinct()),
            rule("order of dates", pl.col("entered") >= pl.col("date")),
        ],
    )

    def counted() -> dict[str, int]:
        broken = dict.fromkeys(RULES, 0)
        data = pl.scan_parquet(job["path"]).select(columns)
        try:
            schema.validate(data.collect() if job["variant"] == "polars" else data, lazy=True)
        except pa.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                name = "not null" if error.check == "not_nullable" else getattr(error.check, "name", "")
                broken[name] = len(error.failure_cases)
        return broken

    return counted


def _pointblank(job: dict[str, Any]) -> Callable[[], dict[str, int]]:
    import pointblank as pb
    import polars as pl

    columns = [name for name in pl.scan_parquet(job["path"]).collect_schema().names() if not name.startswith("_")]

    def counted() -> dict[str, int]:
        if job["variant"] == "polars":
            data: Any = pl.read_parquet(job["path"], columns=columns)
        else:
            import ibis

            data = ibis.duckdb.connect().read_parquet(job["path"]).select(columns)
        plan = (
            pb.Validate(data)
            .col_vals_not_null("phone")
            .col_vals_between("age", 0, 120)
            .col_vals_in_set("water", household.WATER)
            .col_vals_regex("id", "^R")
            .col_vals_between("date", FIRST, LAST)
            .col_vals_le("children", pb.col("members"))
            .col_vals_in_set("district", KNOWN)
            .col_vals_ge("entered", pb.col("date"))
        )
        steps = [
            "not null",
            "range",
            "allowed values",
            "pattern",
            "period",
            "two columns",
            "known place",
            "order of dates",
        ]
        for name, expression in _expressions(job["variant"], columns).items():
            plan = plan.col_vals_expr(expression)
            steps.append(name)
        failed = plan.interrogate(collect_extracts=False, collect_tbl_checked=False).n_failed()
        return dict(zip(steps, failed.values(), strict=True))

    return counted


def _expressions(variant: str, columns: list[str]) -> dict[str, Any]:
    """Return the rules of pointblank that are expressions of the engine: true where a record is right."""
    if variant == "polars":
        import polars as pl

        return {
            "unique key": pl.col("id").is_first_distinct(),
            "required if": (pl.col("sex") != "female") | pl.col("antenatal").is_not_null(),
            "sum": pl.col("adults") + pl.col("children") == pl.col("members"),
            "whole record": pl.struct(columns).is_first_distinct(),
        }
    import ibis
    from ibis import _

    return {
        "unique key": ibis.row_number().over(group_by=_.id) == 0,
        "required if": (_.sex != "female") | _.antenatal.notnull(),
        "sum": _.adults + _.children == _.members,
        "whole record": ibis.row_number().over(group_by=[_[name] for name in columns]) == 0,
    }


PROGRAMS: dict[str, Callable[[dict[str, Any]], Callable[[], dict[str, int]]]] = {
    "countersign": _countersign,
    "pandera": _pandera,
    "pointblank": _pointblank,
}
VARIANTS = {
    "countersign": ("duckdb", "polars"),
    "pandera": ("polars", "polars lazy"),
    "pointblank": ("polars", "duckdb"),
}

if __name__ == "__main__":
    measuring.child(work)
