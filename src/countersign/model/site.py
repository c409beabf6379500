"""Site: releases as they lie on disk, with what pages show of them; nothing in it is not already published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countersign.model.calendar import Announcement, Comment, Correction
from countersign.model.estimate import EstimateTable
from countersign.model.finding import Fitness
from countersign.model.gap import Gap, GroupCoverage
from countersign.model.plan import Plan
from countersign.model.revision import Revision
from countersign.model.sentence import Sentence


@dataclass(frozen=True)
class SiteFile:
    """One file of a release: its path below the release's folder, its size in bytes and its SHA-256."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True)
class SiteStep:
    """One step of the trail.

    Parameters
    ----------
    verb: what was done. inputs, outputs: (role, digest). software: name and version. ended: UTC, ISO 8601.
    """

    verb: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    software: tuple[str, ...]
    ended: str


@dataclass(frozen=True)
class SiteInput:
    """What came in from outside: a name, its SHA-256, and whether it stays with the data steward.

    committed: the digest is a salted commitment, which the steward can open; it is not that of the file itself.
    """

    name: str
    digest: str
    protected: bool
    committed: bool = False


@dataclass(frozen=True)
class SiteSignature:
    """Who signed: name, role and position (ids of the catalogue), the reason, the day, and whether it still holds."""

    name: str
    role: str
    position: str
    reason: str
    date: str
    superseded: bool = False


@dataclass(frozen=True)
class GroupVisibility:
    """What protection took from one group: figures asked for, shown and withheld."""

    group: str
    figures: int
    shown: int
    withheld: int
    marginalised: bool


@dataclass(frozen=True)
class SiteRelease:
    """One release.

    Parameters
    ----------
    vintage: its name. plan: the study file. made: UTC, ISO 8601. version: of the software. estimates: its figures.
    sentences: figure_id -> what may be written. files: of the release's folder; bundle: there is a bundle.zip.
    steps, inputs: of the trail. revisions: what it revised. signatures: who signed.
    """

    vintage: str
    plan: Plan
    made: str
    version: str
    estimates: EstimateTable
    sentences: Mapping[str, Sentence] = field(default_factory=dict)
    fitness: tuple[Fitness, ...] = ()
    visibility: tuple[GroupVisibility, ...] = ()
    gaps: tuple[Gap, ...] = ()
    coverage: tuple[GroupCoverage, ...] = ()
    files: tuple[SiteFile, ...] = ()
    bundle: bool = False
    steps: tuple[SiteStep, ...] = ()
    inputs: tuple[SiteInput, ...] = ()
    revisions: tuple[Revision, ...] = ()
    signatures: tuple[SiteSignature, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of estimates.csv, by which the figures are known; empty without the file."""
        return next((one.digest for one in self.files if one.path == "estimates.csv"), "")


@dataclass(frozen=True)
class SiteStudy:
    """All releases of one study, the newest first.

    Parameters
    ----------
    key: the study's folder on the site; empty = the study is the whole site. coming: releases announced.
    """

    key: str
    releases: tuple[SiteRelease, ...]
    coming: tuple[Announcement, ...] = ()

    @property
    def newest(self) -> SiteRelease:
        """The newest release."""
        return self.releases[0]

    @property
    def address(self) -> str:
        """Where the study stands on the web; empty where it does not say."""
        return next((one.plan.calendar.address for one in self.releases if one.plan.calendar.address), "")

    @property
    def corrections(self) -> tuple[tuple[Correction, str], ...]:
        """Every correction once, with the vintage that puts it right, the latest first."""
        found: dict[tuple[str, str, str], tuple[Correction, str]] = {}
        for release in reversed(self.releases):
            for one in release.plan.calendar.corrections:
                found.setdefault((one.date, one.vintage, one.what), (one, release.vintage))
        return tuple(sorted(found.values(), key=lambda pair: pair[0].date, reverse=True))

    @property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment once, the latest first."""
        found = {(c.date, c.about): c for release in self.releases for c in release.plan.calendar.comments}
        return tuple(sorted(found.values(), key=lambda one: one.date, reverse=True))


@dataclass(frozen=True)
class Site:
    """Studies that stand together, in the order in which they were named; one study alone stands at the root."""

    studies: tuple[SiteStudy, ...]
    language: str = "en"
    title: str = ""
