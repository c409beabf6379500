"""Findings and verdicts as JSON: assessment.json and fitness.json, as docs/formats.md describes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.model.finding import Finding, Fitness
from countersign.model.held_against import LimitChange
from countersign.publishing.limits import criterion_of
from countersign.publishing.writing import write_whole

ASSESSMENT_VERSION = 2
FITNESS_VERSION = 2


def finding_record(finding: Finding, *, limits: Sequence[LimitChange] = ()) -> dict[str, Any]:
    """Return one finding as JSON values, keys in the published order; `limits`: those the study sets otherwise."""
    return {
        "criterion": finding.criterion,
        "state": str(finding.state),
        "check": finding.check,
        "subject": finding.subject,
        "value": _plain(finding.value),
        "unit": finding.unit,
        "count": _plain(finding.count),
        "message": finding.message,
        "evidence": _plain(finding.evidence),
        "threshold": _plain(finding.threshold),
        "fix": finding.fix,
        "domain": _plain(finding.domain),
        "limits_changed": [change.limit for change in limits if criterion_of(change) == finding.criterion],
    }


def fitness_record(fitness: Fitness, *, limits: Sequence[LimitChange] = ()) -> dict[str, Any]:
    """Return one verdict as JSON values, keys in the published order; `limits`: those the study sets otherwise."""
    return {
        "subject": fitness.subject,
        "use": fitness.use,
        "wanted": fitness.wanted,
        "blocked": _plain(fitness.blocked),
        "open": _plain(fitness.open),
        "next_step": fitness.next_step,
        "population": fitness.population,
        "period": fitness.period,
        "level": fitness.level,
        "domain": _plain(fitness.domain),
        "reach": fitness.reach,
        "blockers": [_plain(asdict(blocker)) for blocker in fitness.blockers],
        "better": [_plain(asdict(one)) for one in fitness.better],
        "path": [{"node": node, "answer": answer} for node, answer in fitness.path],
        "outcome": fitness.outcome,
        "limits_changed": [_plain(asdict(change)) for change in limits],
    }


def write_assessment(
    findings: Iterable[Finding], fitness: Iterable[Fitness], path: Path, *, limits: Sequence[LimitChange] = ()
) -> int:
    """Write the findings to `path` (a JSON list) and the verdicts to ``fitness.json`` beside it.

    Every finding names the `limits` of its criterion that the study sets otherwise; every verdict holds all of them.

    Returns the number of findings. NaN and infinities become null: JSON has no such numbers.

    Raises
    ------
    StoreError: the disk refused.
    """
    records = [finding_record(finding, limits=limits) for finding in findings]
    verdicts = [fitness_record(verdict, limits=limits) for verdict in fitness]
    write_whole(path, _text(records))
    write_whole(path.with_name("fitness.json"), _text(verdicts))
    return len(records)


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of ``assessment`` or ``fitness``."""
    text = (files("countersign.publishing") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn NumPy values, tuples, mappings and non-finite numbers into what JSON can say."""
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(item) for item in items]
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return _plain(value.tolist())
    return str(value)


def _key(key: Any) -> str:
    return " x ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
