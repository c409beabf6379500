"""Provenance: figures -> whether the trail holds everything behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError, StoreError
from countersign.model.artefact import Activity

if TYPE_CHECKING:
    from countersign.study.study import Study


def resolve(study: Study, digest: str) -> dict[str, bool]:
    """Return figure -> whether every step and every input behind the artefact of all figures is there and intact."""
    from countersign.evidence.retracing import inspect, walk
    from countersign.evidence.trail import closure

    store = study.place.store
    activities = closure(study.place.trail.activities(), [digest])
    digests = {one for step in activities for one in (*step.inputs.values(), *step.outputs.values())}
    try:
        artefacts = {one: store.artefact(one) for one in digests}
        whole = bool(activities) and inspect(walk(activities, artefacts, digest), store).whole
    except (ReleaseError, StoreError):  # something on the way is gone: that is the answer
        whole = False
    return {one.figure_id: whole for one in study.protected if one.figure_id}


def differing(activities: Sequence[Activity]) -> int:
    """Return how many steps were taken more than once with the same inputs and parameters, and came out otherwise."""
    outcomes: dict[str, set[str]] = {}
    for one in activities:
        same = repr((one.verb, sorted(one.inputs.items()), sorted(map(str, one.parameters.items()))))
        outcomes.setdefault(same, set()).add(repr(sorted(one.outputs.items())))
    return sum(len(made) > 1 for made in outcomes.values())
