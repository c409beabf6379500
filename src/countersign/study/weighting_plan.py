"""The key `weights` of a study file -> WeightingPlan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from countersign.errors import StudyError
from countersign.model.plan import WeightingPlan
from countersign.study.document import Document

METHODS = ("rake", "post-stratify", "calibrate")
CALIBRATE_ONLY = ("distance", "bounds", "within", "numeric", "benchmark_error")


def read_weighting(spec: Mapping[str, Any] | None, document: Document) -> WeightingPlan | None:
    """Turn what the file says under `weights` into a plan; None where it says nothing.

    Variables under `hold_out` are taken out of every margin, so that no group of a study can use them by accident.

    Raises
    ------
    StudyError: not exactly one method; a key that belongs to another method; nothing left to weight by.
    """
    if not spec:
        return None
    methods = [key for key in METHODS if key in spec]
    if len(methods) != 1:
        raise StudyError(
            "It is not clear how to weight.",
            where=document.where("weights"),
            expected="exactly one of 'rake: BENCHMARK', 'post-stratify: BENCHMARK' or 'calibrate: BENCHMARK'",
            action="keep one of them",
        )
    method = methods[0]
    for key in CALIBRATE_ONLY:
        if key in spec and method != "calibrate":
            raise StudyError(
                f"'{key}' belongs to 'calibrate', not to '{method}'.",
                where=document.where("weights", key),
                expected="'calibrate: BENCHMARK' beside it",
                action=f"write 'calibrate: {spec[method]}' (with 'distance: raking' it gives the weights of 'rake'), "
                f"or take '{key}' out",
            )
    if method == "calibrate" and "trim" in spec:
        raise StudyError(
            "'trim' does not go with 'calibrate'.",
            where=document.where("weights", "trim"),
            expected="'bounds', within which every total is still met",
            action="write for example 'bounds: [0.3, 3]' instead of 'trim'",
        )
    held = _names(spec.get("hold_out"))
    by = _without(tuple(_names(item) for item in spec.get("by") or ()), held)
    if not by and not (method == "calibrate" and spec.get("numeric")):
        raise StudyError(
            "No margin is left to weight to." if held else "There is no margin to weight to.",
            where=document.where("weights", "by" if "by" in spec else method),
            expected="at least one variable under 'by' that is not under 'hold_out'"
            + (", or a number under 'numeric'" if method == "calibrate" else ""),
            action="name one that the benchmark and the data share",
        )
    if method == "post-stratify":
        by = (tuple(dict.fromkeys(name for group in by for name in group)),)
    trim = spec.get("trim")
    trimming = trim if isinstance(trim, dict) else {"upper": trim}
    within = _names(spec.get("within"))
    for name in held:
        if name in within or name in _numbers(spec):
            raise StudyError(
                f"'{name}' is held out and used at once.",
                where=document.where("weights", "hold_out"),
                expected="a variable that weights do not use",
                action=f"take '{name}' out of one of the two",
            )
    return WeightingPlan(
        method=cast("Any", method),
        benchmark=spec[method],
        by=by,
        base=spec.get("base", ""),
        upper=trimming.get("upper"),
        lower=trimming.get("lower"),
        distance=spec.get("distance", "linear"),
        bounds=_bounds(spec, document),
        within=within,
        numeric={name: _total(name, known, within, document) for name, known in _numbers(spec).items()},
        hold_out=held,
        benchmark_error=bool(spec.get("benchmark_error", False)),
    )


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _without(groups: tuple[tuple[str, ...], ...], held: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    left = (tuple(name for name in group if name not in held) for group in groups)
    return tuple(dict.fromkeys(group for group in left if group))


def _numbers(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`numeric: [turnover]` and `numeric: {turnover: total}` both mean the benchmark's own total."""
    numeric = spec.get("numeric") or {}
    return dict.fromkeys(_names(numeric), "total") if isinstance(numeric, str | list) else dict(numeric)


def _total(name: str, known: Any, within: tuple[str, ...], document: Document) -> dict[tuple[str, ...], float] | None:
    if known == "total":
        return None
    if isinstance(known, dict) == bool(within):
        if isinstance(known, dict):
            return {tuple(str(part).split(" x ")): float(amount) for part, amount in known.items()}
        return {(): float(known)}
    raise StudyError(
        f"The total of '{name}' does not fit 'within'.",
        where=document.where("weights", "numeric", name),
        expected=f"one total for each part of {' x '.join(within)}, such as {{North: 120, South: 80}}"
        if within
        else "one total for everybody, as a number",
        action="write the totals so, or write 'total' to take them from a benchmark of kind units",
    )


def _bounds(spec: Mapping[str, Any], document: Document) -> tuple[float, float] | None:
    if "bounds" not in spec:
        if spec.get("distance") == "logit":
            raise StudyError(
                "The logit distance needs bounds.",
                where=document.where("weights", "distance"),
                expected="for example 'bounds: [0.5, 2]'",
                action="add them; a factor of 1 keeps a base weight (or the mean weight, if there are none)",
            )
        return None
    lower, upper = (float(bound) for bound in spec["bounds"])
    if not lower < 1 < upper:
        raise StudyError(
            f"The bounds {lower:g} and {upper:g} leave no room.",
            where=document.where("weights", "bounds"),
            expected="a lower bound below 1 and an upper bound above it, such as [0.5, 2]",
            action="correct them; a factor of 1 keeps a base weight",
        )
    return lower, upper
