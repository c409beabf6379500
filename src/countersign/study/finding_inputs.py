"""Names of a release's inputs -> the files themselves, found by digest, by opening or by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError

if TYPE_CHECKING:
    from countersign.model.artefact import Artefact


@dataclass
class Inputs:
    """Where the inputs of a release may lie.

    Parameters
    ----------
    release: its folder. data: a folder with the inputs, or None. openings: the steward's file that opens the
        commitments, or None; inside the study's own folder its secret opens them.

    Attributes
    ----------
    unproven: names of inputs that were found by name alone: nobody showed that they are the ones committed to.
    """

    release: Path
    data: Path | None = None
    openings: Path | None = None
    unproven: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        from countersign.evidence.commitments import known_committer, read_openings
        from countersign.evidence.store import Store

        self._known = read_openings(self.openings) if self.openings else {}
        # An old release stands one folder deeper, below `releases`.
        self._around = self.release.resolve().parents[:2]
        for folder in self._around:
            committer = known_committer(folder)
            if committer is not None:
                own = Store(folder).artefacts()
                self._known = {committer.name(one.digest): one.digest for one in own} | self._known

    def digest_of(self, artefact: Artefact) -> str:
        """Return the digest of the file behind an artefact; empty where its commitment cannot be opened."""
        return self._known.get(artefact.digest, "") if artefact.committed else artefact.digest

    def all_here(self, artefacts: Iterable[Artefact]) -> bool:
        """Say whether every input is found, so that the figures can be computed again from the rows."""
        try:
            for one in artefacts:
                if one.kind == "input":
                    self.find(one)
        except ReleaseError:
            return False
        return True

    def find(self, artefact: Artefact) -> Path:
        """Return the very file that an artefact names.

        Raises
        ------
        ReleaseError: it is not here.
        """
        from countersign.evidence.canonical import digest_of_file

        digest = self.digest_of(artefact)
        named = self.data / artefact.name if self.data is not None else None
        if not digest:
            if named is not None and named.is_file() and self.openings is None:
                self.unproven.append(artefact.name)
                return named
            raise self._closed(artefact)
        places = [folder / "artefacts" / digest for folder in (self.release, *self._around)]
        for place in [named, *places] if named is not None else places:
            if place.is_file() and digest_of_file(place) == digest:
                return place
        raise ReleaseError(
            f"The input '{artefact.name}' with the digest {digest[:12]}... is not here.",
            where=str(self.release),
            expected="the very file the figure was computed from, beside the release or in --data DIR",
            action="ask the organiser for it; that the release was not altered can be checked without it",
        )

    def keys(self) -> Path:
        """Return the folder whose `.secrets` hold the keys of the people behind the release; its own if none does."""
        from countersign.evidence.contributors import Contributors

        around = [*self._around, *([self.data, self.data.resolve().parent] if self.data is not None else [])]
        return next((folder for folder in around if Contributors(folder).known), self._around[0])

    def _closed(self, artefact: Artefact) -> ReleaseError:
        return ReleaseError(
            f"The input '{artefact.name}' is protected: the release names it by the commitment "
            f"{artefact.digest[:12]}..., and nothing here opens it.",
            where=str(self.openings or self.release),
            expected="the release in its study's folder, or the data in --data DIR with --openings FILE",
            action="ask the data steward, who writes that file with: countersign open-commitments STUDY FILE; that the "
            "release was not altered can be checked without it",
        )
