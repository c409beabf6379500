"""Stepping: how a study takes a step, or finds on the trail that it has been taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from countersign.catalogue import changed_limits
from countersign.study.depending import parts_of

if TYPE_CHECKING:
    from countersign.model.artefact import Artefact
    from countersign.model.plan import Plan
    from countersign.study.reading import StudyFile
    from countersign.study.workplace import Workplace

Noun = TypeVar("Noun")

SEALED = ("assess", "estimate", "compare", "learn", "examine", "contribute")
"""Steps whose outcome is not protected yet: a digest of it must not tell what it holds."""


class Stepping:
    """The part of `Study` that knows the trail.

    A step is known by the digests of what it needs; so a step is taken again only where one of those has changed.
    """

    if TYPE_CHECKING:
        file: StudyFile
        place: Workplace
        _digests: dict[str, dict[str, str]]

        @property
        def plan(self) -> Plan:
            """What the study file says."""

        @property
        def secret(self) -> bytes:
            """The secret on which noise rests."""

        def _truth(self) -> Path | None: ...

        def _earlier(self) -> list[tuple[str, Path]]: ...

    def digests(self) -> tuple[str, ...]:
        """Return the digests of everything made so far."""
        return tuple(digest for made in self._digests.values() for digest in made.values())

    def kept(self, source: str) -> dict[str, str]:
        """Return role -> digest of what one step made, or one source gave; nothing where it has not been done."""
        return dict(self._digests.get(source, {}))

    def _step(self, verb: str, role: str, kind: type[Noun], work: Callable[[], Noun], *, needs: Sequence[str]) -> Noun:
        """Take a step whose outcome is a noun, or find it on the trail.

        It depends on the parts of the study file that `depending.PARTS` names, and on what it `needs`: names of earlier
        steps, or their beginnings.
        """
        with self._begun(verb, needs) as step:
            if not step.done:
                self._keep(step, role, self._made(work), kind=role)
            return self._found(step, role, kind)

    def _taken(self, verb: str, kind: type[Noun], work: Callable[[], Noun], *, needs: Sequence[str]) -> Noun:
        """Take a step whose outcome is a noun of several parts, each kept by itself and open in a release."""
        parts = get_type_hints(kind)
        with self._begun(verb, needs) as step:
            if not step.done:
                made = self._made(work)
                for name in parts:
                    self._keep(step, name, getattr(made, name), kind="protected")
            return kind(**{name: self._found(step, name, part) for name, part in parts.items()})

    def _begun(self, verb: str, needs: Sequence[str]) -> Any:
        inputs = {
            f"{source}.{part}": digest
            for source, made in self._digests.items()
            if any(source == need or source.startswith(f"{need}.") for need in needs)
            for part, digest in made.items()
        }
        study: Artefact = self.place.store.keep_json(parts_of(self.plan, verb), name="study.json", kind="study")
        if verb == "estimate" and (truth := self._truth()):
            inputs["truth"] = self.place.store.keep(truth, kind="input").digest
        if verb == "protect":
            for name, path in self._earlier():
                inputs[f"earlier.{name}"] = self.place.store.keep(path, kind="input").digest
        return self.place.step(verb, inputs={"study": study, **inputs}, parameters=self._marked(verb))

    def _marked(self, verb: str) -> dict[str, str]:
        """Return the tag by which another secret is noticed, for the steps that rest on it; it tells nothing of it."""
        from countersign.evidence.secret import tag_of

        return {"secret": tag_of(self.secret)} if verb in ("contribute", "protect") and self.secret else {}

    def _made(self, work: Callable[[], Noun]) -> Noun:
        with changed_limits(self.plan.limits):
            return work()

    def _keep(self, step: Any, role: str, made: Any, *, kind: str) -> None:
        from countersign.study.notation import as_json

        kept = self.place.store.keep_json(as_json(made), name=f"{role}.json", kind=kind, sealed=step.verb in SEALED)
        step.output(role, kept)

    def _found(self, step: Any, role: str, kind: type[Noun]) -> Noun:
        from countersign.study.notation import from_json

        self._digests[step.verb] = dict(step.outputs)
        return from_json(step.read(role), kind)
