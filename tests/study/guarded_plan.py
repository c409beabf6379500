"""A plan that notices which of its parts a step reads, and refuses those the step does not say it depends on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import pytest

from countersign.model import plan as nouns
from countersign.model.protection_plan import ProtectionPlan
from countersign.study import protection_plan, reading
from countersign.study.depending import PARTS
from countersign.study.stepping import Stepping

SMALLER = {
    "data.figures": {"data"},
    "indicators.figures": {"indicators", *(f"indicators.{f.name}" for f in fields(nouns.IndicatorPlan))}
    - {"indicators.title"},
    "protection.wider": {"protection", "protection.coarsen", "protection.pool"},
    "protection.people": {"protection", *(f"protection.{f.name}" for f in fields(ProtectionPlan))}
    - {f"protection.{name}" for name in ("earlier", "microdata", "places", "texts", "photos")},
}
WHOLE = {"indicators": nouns.IndicatorPlan, "protection": ProtectionPlan}


class UndeclaredError(AssertionError):
    """A step read a part of the study file that it does not depend on."""


def allowed(verb: str) -> set[str]:
    """Return everything that a step may read."""
    found: set[str] = set()
    for name in PARTS[verb]:
        found |= SMALLER.get(name, {name})
        if name in WHOLE:
            found |= {f"{name}.{f.name}" for f in fields(WHOLE[name])}
    return found


@contextmanager
def guarded(patch: pytest.MonkeyPatch) -> Iterator[dict[str, set[str]]]:
    """Make every plan that is read a guarded one; yields verb -> what it has read so far."""
    reads: dict[str, set[str]] = {}
    now: list[str] = []

    def guard(kind: type, before: str) -> type:
        names = {field.name for field in fields(kind)}

        def look(self: Any, name: str) -> Any:
            if now and name in names and not _copying():
                reads.setdefault(now[-1], set()).add(f"{before}{name}")
                if f"{before}{name}" not in allowed(now[-1]):
                    raise UndeclaredError(f"the step '{now[-1]}' reads '{before}{name}'")
            return kind.__getattribute__(self, name)

        return type(kind.__name__, (kind,), {"__getattribute__": look})

    begun, made = Stepping._begun, Stepping._made

    def begin(self: Any, verb: str, needs: Any) -> Any:
        self._verb = verb
        return begun(self, verb, needs)

    def make(self: Any, work: Any) -> Any:
        now.append(self._verb)
        try:
            return made(self, work)
        finally:
            now.pop()

    patch.setattr(reading, "Plan", guard(nouns.Plan, ""))
    patch.setattr(reading, "IndicatorPlan", guard(nouns.IndicatorPlan, "indicators."))
    patch.setattr(protection_plan, "ProtectionPlan", guard(ProtectionPlan, "protection."))
    patch.setattr(Stepping, "_begun", begin)
    patch.setattr(Stepping, "_made", make)
    yield reads


def _copying() -> bool:
    """Whether the one who asks is `dataclasses.replace`, which reads every field, and `repr` and `==` likewise."""
    frame = sys._getframe(2).f_code
    return "dataclasses" in frame.co_filename or frame.co_name in ("__repr__", "__eq__", "__hash__", "__init__")
