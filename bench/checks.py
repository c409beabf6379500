"""All automatic checks of a table of 30 columns, and what they cost beside reading the columns once.

A scan is one pass over the same file in the same process that reads every needed column: it adds up numbers, counts
texts and the letters in them, and finds the latest date.
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import household
import measuring


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield one record with all measures together, and one with each by itself."""
    path = household.written(arguments.rows)
    try:
        for variant, times in (("together", arguments.repeat), ("each", 1)):
            about = {"rows": arguments.rows, "engine": arguments.engine, "memory": arguments.memory, "variant": variant}
            runs = [measuring.in_a_process(Path(__file__), {"path": str(path), **about}) for _ in range(times)]
            best = min(runs, key=lambda record: record.get("seconds", float("inf")))
            yield about | best | {"all_seconds": [record.get("seconds") for record in runs]}
    finally:
        if not arguments.keep:
            path.unlink(missing_ok=True)


def study() -> Any:
    """Return the plan: indicators, rules, a stated period, margins to hold the data against."""
    from countersign.model.plan import CheckPlan, IndicatorPlan, Plan, Population, Source

    return Plan(
        title={"en": "Households"},
        data={"d": Source(name="d", file="household.parquet", unique=(("household", "date", "collector"),))},
        population=Population(who="households", area="everywhere", start="2024-01", end="2025-12"),
        indicators={
            "income": IndicatorPlan("income", "mean", "income", by=((), ("region",))),
            "yield": IndicatorPlan("yield", "ratio", "harvest", denominator="plot", by=((), ("urban",))),
            "water": IndicatorPlan("water", "proportion", "water = 'piped'", by=((), ("region",))),
            "hunger": IndicatorPlan("hunger", "proportion", "meals < 2", where="age < 18"),
        },
        checks=(
            CheckPlan("adults + children = members"),
            CheckPlan("age >= 15 or sex = 'female' or adults > 0"),
            CheckPlan("members <= 30"),
            CheckPlan("harvest / plot < 5000"),
        ),
    )


def dataset(table: Any) -> Any:
    """Return the table with its codebook and roles."""
    from countersign.model.dataset import Codebook, Dataset, Variable

    kinds = {
        "integer": ["household", "age", "adults", "children", "members", "meals"],
        "number": ["minutes", "longitude", "latitude", "income", "plot", "harvest", "rain"],
        "date": ["date", "entered"],
        "text": ["id"],
    }
    types = {name: kind for kind, names in kinds.items() for name in names}
    ranges = {"age": (0, 120), "members": (1, 40), "minutes": (1, 600), "rain": (0, 2000)}
    values = {name: {str(code): str(code) for code in range(1, 6)} for name in ("phone", "internet", "satisfied")}
    values |= {"sex": {"female": "female", "male": "male"}, "water": {word: word for word in household.WATER}}
    variables = {}
    for name in table.collect_schema().names():
        if name not in ("_row", "_kept"):
            variables[name] = Variable(
                name, types.get(name, "category"), range=ranges.get(name, (None, None)), values=values.get(name, {}),
                asked_if="sex = 'female'" if name == "antenatal" else "",
            )  # fmt: skip
    roles = {"id": "id", "collector": "collector", "time": "date", "minutes": "minutes", "longitude": "longitude",
             "latitude": "latitude", "area": "district"}  # fmt: skip
    return Dataset(
        "d", table, Codebook(variables), unit="household", roles={key: (name,) for key, name in roles.items()}
    )


def benchmark() -> Any:
    """Return census counts by region, sex and age group."""
    from countersign.model.benchmark import Benchmark, Margin

    levels = {"region": household.REGIONS, "sex": ["female", "male"], "age_group": household.AGES}
    margins = tuple(Margin((name,), {(level,): 1000.0 for level in labels}) for name, labels in levels.items())
    return Benchmark("census", margins)


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run the job once, in this process."""
    from countersign.quality import assess
    from countersign.tables import open_engine

    path, record = Path(job["path"]), dict[str, Any]()
    today = datetime.date.fromisoformat(household.TODAY)
    with open_engine(job["engine"], memory=job["memory"], temp_folder=household.FOLDER / "spill") as engine:
        with measuring.timed(record, "start"):  # what a first assessment imports; not in `seconds`
            few = engine.from_arrow(household.piece(0, 2000))
            assess(dataset(few), plan=study(), benchmark=benchmark(), today=today)
        passes = counting()
        each: dict[str, Any] = {}
        with measuring.timed(record):
            data = dataset(engine.scan(path))
            if job["variant"] == "each":
                findings = by_measure(data, today, each)
            else:
                findings = assess(data, plan=study(), benchmark=benchmark(), today=today)
        record |= {"peak_mib": measuring.peak_mib(), "passes": passes["n"], "findings": len(findings)}
        record |= {"not_assessed": sorted({f.check for f in findings if f.state.value == "not_assessed"})}
        scans = []
        for _ in range(3):
            seen: dict[str, Any] = {}
            with measuring.timed(seen):
                scan(engine, path)
            scans.append((seen["seconds"], seen["cpu"]))
    record["scan_seconds"] = min(seconds for seconds, _ in scans)
    record["scan_cpu"] = min(cpu for _, cpu in scans)
    record["ratio_to_scan"] = round(record["seconds"] / record["scan_seconds"], 2)
    record["cpu_ratio_to_scan"] = round(record["cpu"] / record["scan_cpu"], 2)
    if each:  # dearest first; what takes less than a hundredth of a second is left out
        dear = sorted(each, key=lambda name: -each[name]["cpu"])
        record["each"] = {name: each[name] for name in dear if each[name]["cpu"] >= 0.01}
    return record


def by_measure(data: Any, today: datetime.date, each: dict[str, Any]) -> list[Any]:
    """Run one measure after the other, each by itself, and put down what it takes."""
    from countersign.quality import MEASURES, assess

    findings = []
    for measure in MEASURES:
        seen: dict[str, Any] = {}
        with measuring.timed(seen):
            findings += assess(data, plan=study(), benchmark=benchmark(), today=today, measures=[measure])
        each[measure.__name__] = {"seconds": seen["seconds"], "cpu": seen["cpu"], "peak_mib": measuring.peak_mib()}
    return findings


def counting() -> dict[str, int]:
    """Count how often rows are brought out of an engine from here on."""
    from countersign.tables import collection

    passes, plain = {"n": 0}, collection.as_arrow

    def counted(table: Any) -> Any:
        passes["n"] += 1
        return plain(table)

    collection.as_arrow = counted
    return passes


def scan(engine: Any, path: Path) -> None:
    """Read every column once: sums of numbers, number and letters of texts, the latest date."""
    import narwhals as nw

    table = engine.scan(path)
    schema = table.collect_schema()
    sums = {}
    for name, kind in schema.items():
        column = nw.col(name)
        if kind == nw.String:
            sums[name] = column.str.len_chars().sum()
        elif kind == nw.Boolean:
            sums[name] = nw.when(column).then(1).otherwise(0).sum()
        else:
            sums[name] = column.sum() if kind.is_numeric() else column.max()
    measuring.scan(table, **sums)


if __name__ == "__main__":
    measuring.child(work)
