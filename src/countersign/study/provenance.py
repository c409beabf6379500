"""Provenance: figures -> whether the trail holds everything behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from countersign.model.artefact import Activity

if TYPE_CHECKING:
    from countersign.study.study import Study


FROM_OUTSIDE = ("input", "study")  # kinds of artefacts that no step made


def resolve(study: Study, digest: str) -> dict[str, bool]:
    """Return figure -> whether every step and every input behind the artefact of all figures is there.

    Every artefact on the way is kept in the store, and what no step made came from outside. The bytes themselves are
    compared with their digests by `retrace` and `verify`.
    """
    from countersign.evidence.trail import closure

    store = study.place.store
    activities = closure(study.place.trail.activities(), [digest])
    made = {one for step in activities for one in step.outputs.values()}
    used = {one for step in activities for one in step.inputs.values()}
    whole = digest in made and all(one in store for one in made | used)
    whole = whole and all(store.artefact(one).kind in FROM_OUTSIDE for one in used - made)
    return {one.figure_id: whole for one in study.protected if one.figure_id}


def differing(activities: Sequence[Activity]) -> int:
    """Return how many steps were taken more than once with the same inputs and parameters, and came out otherwise."""
    outcomes: dict[str, set[str]] = {}
    for one in activities:
        same = repr((one.verb, sorted(one.inputs.items()), sorted(map(str, one.parameters.items()))))
        outcomes.setdefault(same, set()).add(repr(sorted(one.outputs.items())))
    return sum(len(made) > 1 for made in outcomes.values())
