"""Measuring: each run in a process of its own, so that peak memory is that run's alone."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LONGEST = 900  # seconds a run may take


@contextmanager
def timed(record: dict[str, Any], name: str = "") -> Iterator[None]:
    """Put wall-clock and processor seconds of the block into `record`."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    yield
    after = resource.getrusage(resource.RUSAGE_SELF)
    prefix = f"{name}_" if name else ""
    record[f"{prefix}seconds"] = round(time.perf_counter() - started, 4)
    if not name:
        record["cpu"] = round(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 4)


def scan(table: Any, **sums: Any) -> None:
    """Read columns once: plain sums in the engine, which are not the same bits every time and cost least."""
    from countersign.tables.collection import as_arrow

    as_arrow(table.select(**sums))


def peak_mib() -> float:
    """Return the largest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the process was before it became this program
        held = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return round(int(held.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def in_a_process(script: Path, job: dict[str, Any], *, python: str = sys.executable) -> dict[str, Any]:
    """Run `script --child JOB` and return the JSON of its last line."""
    command = [python, str(script), "--child", json.dumps(job)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {"error": f"not finished after {LONGEST} seconds"}
    if done.returncode:
        return {
            "error": " / ".join(done.stderr.strip().splitlines()[-3:])[:400] if done.stderr.strip() else "no message"
        }
    record: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return record


def child(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer `in_a_process`."""
    print(json.dumps(work(json.loads(sys.argv[sys.argv.index("--child") + 1]))))


def versions() -> dict[str, str]:
    """Return the versions a result depends on."""
    names = ("countersign", "duckdb", "polars", "narwhals", "numpy", "pyarrow")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}
