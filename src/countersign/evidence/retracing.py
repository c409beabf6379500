"""Retracing: from a published figure back to the inputs it rests on, and the comparison with a recomputed one.

The way back needs only the release's folder. Recomputing needs the other rooms and is done where they meet; `compare`
says how far the two agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from countersign.errors import ReleaseError
from countersign.evidence.store import Store
from countersign.model.artefact import Activity, Artefact

Condition = Literal["whole", "protected", "changed", "missing"]


@dataclass(frozen=True)
class Source:
    """One artefact on the way back, and what it was made from.

    Parameters
    ----------
    role: what it was to the step that used it; empty for the figure's own file.
    activity: the step that made it; None for an input from outside.
    sources: what that step used, in the order of the roles' names.
    condition: ``whole``: the bytes are here and have their digest; ``protected``: the bytes stay with the data steward;
        ``changed``, ``missing``: not what the release says; empty where nobody looked.
    """

    artefact: Artefact
    role: str = ""
    activity: Activity | None = None
    sources: tuple[Source, ...] = ()
    condition: Condition | Literal[""] = ""

    def __iter__(self) -> Iterator[Source]:
        """Go through this artefact and everything behind it, each digest once."""
        seen: set[str] = set()
        gone: set[tuple[str, int]] = set()  # two steps may make the same bytes of different inputs
        waiting = [self]
        while waiting:
            source = waiting.pop()
            place = source.artefact.digest, id(source.activity)
            if place in gone:
                continue
            gone.add(place)
            if source.artefact.digest not in seen:
                seen.add(source.artefact.digest)
                yield source
            waiting.extend(reversed(source.sources))

    @property
    def whole(self) -> bool:
        """Whether everything on the way is as the release says: level 1 of the three levels; asks for `inspect`."""
        return all(source.condition in ("whole", "protected") for source in self)

    @property
    def protected(self) -> tuple[Artefact, ...]:
        """What the release names but does not hold: recomputing from it needs the data steward."""
        return tuple(source.artefact for source in self if source.artefact.protected)

    def lines(self) -> list[str]:
        """Return the way back as text, one line an artefact and one a step, indented by distance from the figure."""
        return list(_lines(self, 0, set()))


@dataclass(frozen=True)
class Difference:
    """One place where a recomputed figure is not the published one.

    Parameters
    ----------
    column: of the table of figures; empty when the whole figure is in one of the two only.
    recomputed, published: as text; empty when absent.
    """

    figure_id: str
    column: str
    recomputed: str
    published: str

    def __str__(self) -> str:
        if not self.column:
            where = "recomputed but not published" if self.recomputed else "published but not recomputed"
            return f"{self.figure_id}: {where}"
        now, then = self.recomputed or "nothing", self.published or "nothing"
        return f"{self.figure_id}, {self.column}: published {then}, recomputed {now}"


def walk(activities: Iterable[Activity], artefacts: Mapping[str, Artefact], digest: str) -> Source:
    """Return the way from an artefact back to the inputs it rests on.

    Parameters
    ----------
    activities: steps in the order in which they were taken; where two made one artefact, the later one counts.
    artefacts: digest -> artefact.
    digest: where to start.

    Raises
    ------
    ReleaseError: an artefact on the way is not described, or a step uses what was made only after it.
    """
    makers: dict[str, list[tuple[int, Activity]]] = {}
    steps = 0
    for position, activity in enumerate(activities):
        steps += 1
        for made in activity.outputs.values():
            makers.setdefault(made, []).append((position, activity))
    known: dict[tuple[str, int], Source] = {}

    def go(digest: str, role: str, before: int) -> Source:
        if digest not in artefacts:
            raise ReleaseError(
                f"The trail names the artefact {digest[:12]}…, but the release does not describe it.",
                expected="a line in artefacts.jsonl for every digest on the trail",
                action="ask the publisher for the whole release",
            )
        made = makers.get(digest, [])
        earlier = [maker for maker in made if maker[0] < before]
        if made and not earlier:
            raise ReleaseError(
                f"The step '{made[0][1].verb}' comes after a step that uses what it made.",
                expected="steps in the order in which they were taken",
                action="do not rely on this release; ask the publisher",
            )
        if not earlier:
            return Source(artefacts[digest], role)
        position, activity = earlier[-1]
        if (digest, position) not in known:
            inputs = activity.inputs
            known[digest, position] = Source(
                artefacts[digest],
                activity=activity,
                sources=tuple(go(inputs[name], name, position) for name in sorted(inputs)),
            )
        return replace(known[digest, position], role=role)

    return go(digest, "", steps)


def inspect(origin: Source, store: Store) -> Source:
    """Return the same way back with every artefact on it read again: whole, protected, changed or missing."""
    return _with_conditions(origin, store, {}, {})


def compare(
    recomputed: Iterable[Mapping[str, Any]], published: Iterable[Mapping[str, Any]], *, tolerance: float = 1e-9
) -> tuple[Difference, ...]:
    """Return where recomputed figures and published ones differ, in the order of the published ones.

    Parameters
    ----------
    recomputed, published: rows of the table of figures, column -> value, as `EstimateTable.rows` or a CSV reader give
        them; matched by ``figure_id``.
    tolerance: two numbers a, b agree if ``|a - b| <= tolerance * max(|a|, |b|)``; 0 asks for the same number.
        1e-9 is what solvers agree to on other machines; counts are compared exactly all the same, being whole.

    Notes
    -----
    Only columns that both have are compared. A missing value agrees only with a missing value, text only with the same
    text.
    """
    ours = {str(row["figure_id"]): row for row in recomputed}
    theirs = {str(row["figure_id"]): row for row in published}
    differences = []
    for figure_id, row in theirs.items():
        if figure_id not in ours:
            differences.append(Difference(figure_id, "", "", _text(row.get("value")) or "-"))
            continue
        for column, value in row.items():
            if column in ours[figure_id] and not _agree(ours[figure_id][column], value, tolerance):
                differences.append(Difference(figure_id, column, _text(ours[figure_id][column]), _text(value)))
    for figure_id, row in ours.items():
        if figure_id not in theirs:
            differences.append(Difference(figure_id, "", _text(row.get("value")) or "-", ""))
    return tuple(differences)


def _agree(one: Any, other: Any, tolerance: float) -> bool:
    if _text(one) == _text(other):
        return True
    try:
        a, b = float(_text(one)), float(_text(other))
    except ValueError:
        return False
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=0.0)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _condition(store: Store, artefact: Artefact) -> Condition:
    if artefact.digest in store:
        return "whole" if store.verify(artefact.digest) else "changed"
    return "protected" if artefact.protected else "missing"


def _with_conditions(
    source: Source, store: Store, conditions: dict[str, Condition], done: dict[tuple[str, int], tuple[Source, ...]]
) -> Source:
    # Two steps may have made the same bytes from different inputs: what lies behind them is not the same.
    place = (source.artefact.digest, id(source.activity))
    if place not in done:
        done[place] = tuple(_with_conditions(inner, store, conditions, done) for inner in source.sources)
    if place[0] not in conditions:
        conditions[place[0]] = _condition(store, source.artefact)
    return replace(source, sources=done[place], condition=conditions[place[0]])


WORDS = {
    "whole": "",
    "": "",
    "protected": ", protected: stays with the data steward",
    "changed": ", CHANGED since the release",
    "missing": ", MISSING from the release",
}


def _lines(source: Source, depth: int, seen: set[str]) -> Iterator[str]:
    indent = "  " * depth
    role = f"{source.role}: " if source.role else ""
    artefact = source.artefact
    rows = "" if artefact.rows is None else f", {artefact.rows:,} rows"
    named = f"{'commitment' if artefact.committed else 'sha256'} {artefact.digest}"
    text = f"{indent}{role}{artefact.name} ({artefact.kind}{rows}), {named}{WORDS[source.condition]}"
    if source.activity is None:
        yield f"{text} - an input from outside"
        return
    if artefact.digest in seen:
        yield f"{text} - see above"
        return
    seen.add(artefact.digest)
    yield text
    with_ = ", ".join(f"{name} {version}" for name, version in sorted(source.activity.software.items()))
    yield f"{indent}  made by '{source.activity.verb}' at {source.activity.ended or 'an unknown time'}" + (
        f" with {with_}" if with_ else ""
    )
    for inner in source.sources:
        yield from _lines(inner, depth + 2, seen)
