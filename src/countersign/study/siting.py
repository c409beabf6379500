"""Releases on disk -> a folder of static pages, put in its place whole or not at all."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from countersign.errors import CommandError, ReleaseError, StudyError
from countersign.model.address import readable
from countersign.model.calendar import TAKEN, Announcement
from countersign.model.site import Site, SiteRelease, SiteStudy
from countersign.study.extensions import ESTIMATES
from countersign.study.site_reading import BUNDLE, read_site_release
from countersign.study.telling import Account
from countersign.study.vintages import kept, read_vintage

LONGEST = 40
"""Letters of a study's folder."""
LARGEST = 4 * 2**30
"""Bytes that a bundle may unpack to."""


@dataclass(frozen=True)
class Found:
    """A release that was found: its folder, the bundle it came from if any, and what its study announces."""

    folder: Path
    release: SiteRelease
    coming: tuple[Announcement, ...] = ()


def make_site(places: Sequence[Path], out: Path, *, title: str = "", language: str = "") -> Account:
    """Make a folder of pages for releases, and put it at `out`.

    Parameters
    ----------
    places: folders of studies (then every named vintage), folders of releases, and bundles. out: where the pages go;
    what stands there is replaced if it is such a site. title: of the site. language: BCP 47 tag; that of the first
    study if empty.

    Raises
    ------
    CommandError: nothing was named. ReleaseError: there is no release, a release is not as the run wrote it, two
        releases have one name, or a vintage that stands in the site at `out` is not among them. StoreError: the
        disk refused; what stood at `out` is untouched.
    """
    from countersign.evidence.delivery import deliver
    from countersign.publishing.site import write_site
    from countersign.publishing.site.writing import MANIFEST

    if not places:
        raise CommandError(
            "No release is named.",
            expected="at least one folder of a study or of a release, or a bundle",
            action="countersign site STUDY --out FOLDER",
        )
    with _unpacked(places) as (found, drafts):
        studies, folders = _studies(found)
        site = Site(studies, language or studies[0].newest.plan.settings.language, title)
        _refuse_lost(site, out / MANIFEST)
        _refuse_inside(found, out)
        pages = 0

        def build(folder: Path) -> None:
            nonlocal pages
            pages = write_site(site, folder)
            for (key, vintage), source in folders.items():
                target = folder.joinpath(*filter(None, (key, vintage, "release")))
                shutil.copytree(source, target, copy_function=shutil.copyfile)

        out.parent.mkdir(parents=True, exist_ok=True)
        deliver(build, out, mark=MANIFEST)
    return _tell(site, out, pages, drafts)


def _tell(site: Site, out: Path, pages: int, drafts: Sequence[Path]) -> Account:
    releases = [one for study in site.studies for one in study.releases]
    figures = sum(len(one.estimates) for one in releases)
    several = len(site.studies) > 1
    lines = [
        f"{pages:,} pages for {figures:,} figures of {len(releases):,} releases are in {out}.",
        *(
            f"  {study.key or 'study'}: {', '.join(one.vintage for one in study.releases)}"
            for study in site.studies
            if several or len(study.releases) > 1
        ),
        "They need no server: open them from the folder, or copy it to any web space.",
    ]
    if drafts:
        lines.append(
            f"Not on the site, since their study gave them no name (calendar.vintage): "
            f"{', '.join(str(one) for one in drafts)}. Name such a folder to have it there too."
        )
    unsaid = sum(
        study.newest.sentences[one.figure_id].use in ("", "U0")
        for study in site.studies
        for one in study.newest.estimates
        if one.value is not None and one.figure_id in study.newest.sentences
    )
    if unsaid:
        lines.append(
            f"Of {unsaid:,} figures nothing may be published yet, and their pages say so: see which questions are open "
            "with countersign check."
        )
    silent = [study.key or "the study" for study in site.studies if not study.address]
    if silent:
        lines.append(
            f"No feed, no list of addresses and no stable address for: {', '.join(silent)}. "
            "Say where the site will stand under 'calendar: address:'."
        )
    data = {
        "site": str(out),
        "pages": pages,
        "figures": figures,
        "studies": {study.key or "": [one.vintage for one in study.releases] for study in site.studies},
    }
    return Account("site", tuple(lines), f"open {out / 'index.html'}", data)


@contextlib.contextmanager
def _unpacked(places: Sequence[Path]) -> Iterator[tuple[list[Found], list[Path]]]:
    """Find the releases at every place; bundles are unpacked into a folder that is gone afterwards."""
    found: list[Found] = []
    drafts: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="countersign-site-") as name:
        for number, place in enumerate(places):
            if place.is_file() and zipfile.is_zipfile(place):
                folder = _unpack(place, Path(name) / str(number))
                found.append(Found(folder, read_site_release(folder)))
            elif (place / ESTIMATES).is_file():
                found.append(Found(place, read_site_release(place)))
            else:
                own, left = _of_study(place)
                found += own
                drafts += left
        yield found, drafts


def _of_study(place: Path) -> tuple[list[Found], list[Path]]:
    """Return the newest release of a study and its named vintages, and the kept drafts that have no name."""
    newest = read_vintage(place / "release")
    earlier = kept(place)
    if newest is None:
        raise ReleaseError(
            f"There is no release in '{place}'.",
            where=str(place),
            expected="a study that was run, a folder that 'countersign run' wrote, or a bundle.zip",
            action=f"make the release first: countersign run {place}",
        )
    coming = _coming(place)
    found = [Found(newest.folder, read_site_release(newest.folder), coming)]
    revised = found[0].release.plan.calendar.revises
    named = [one for one in earlier if one.given or one.name == revised]
    found += [Found(one.folder, read_site_release(one.folder), coming) for one in named if one.name != newest.name]
    return found, [one.folder for one in earlier if one not in named]


def _coming(place: Path) -> tuple[Announcement, ...]:
    """Return what the study file announces now, which may be more than its last release did."""
    from countersign.study.reading import read_study

    try:
        calendar = read_study(place).plan.calendar
    except StudyError:  # an output folder apart from its study, or a file that is being edited
        return ()
    own = (Announcement(calendar.announced, calendar.vintage),) if calendar.announced and calendar.vintage else ()
    return (*calendar.coming, *own)


def _studies(found: Sequence[Found]) -> tuple[tuple[SiteStudy, ...], dict[tuple[str, str], Path]]:
    """Put releases with one address, or else with one title, together as vintages of one study."""
    groups: dict[str, list[Found]] = {}
    for one in found:
        plan = one.release.plan
        groups.setdefault(plan.calendar.address or next(iter(plan.title.values()), ""), []).append(one)
    studies: list[SiteStudy] = []
    folders: dict[tuple[str, str], Path] = {}
    taken: set[str] = set()
    for ones in groups.values():
        ones = _distinct(ones)
        ones.sort(key=lambda one: (one.release.made, one.release.vintage), reverse=True)
        key = _key(ones[0].release, taken) if len(groups) > 1 else ""
        vintages = {one.release.vintage for one in ones}
        announced = {a.vintage: a for one in ones for a in (*one.release.plan.calendar.coming, *one.coming)}
        coming = tuple(one for one in announced.values() if one.vintage not in vintages)
        studies.append(SiteStudy(key, tuple(one.release for one in ones), coming))
        folders |= {(key, one.release.vintage): one.folder for one in ones}
    return tuple(studies), folders


def _distinct(ones: Sequence[Found]) -> list[Found]:
    """Return each vintage once; the same release named twice is no error."""
    found: dict[str, Found] = {}
    for one in ones:
        name = one.release.vintage.casefold()
        other = found.setdefault(name, one)
        if other.release.digest != one.release.digest:
            raise ReleaseError(
                f"Two releases of one study are called '{one.release.vintage}', and their figures differ.",
                where=f"{other.folder}, {one.folder}",
                expected="one release for each name: an address must lead to one figure only",
                action="give one of the studies another 'title' or 'calendar: address', or leave one of the two out",
            )
    return list(found.values())


def _key(release: SiteRelease, taken: set[str]) -> str:
    """Return a folder for a study: the last part of its address, else its title; never the same twice."""
    plan = release.plan
    name = PurePosixPath(plan.calendar.address.partition("://")[2]).parts[1:]
    base = readable(name[-1] if name else next(iter(plan.title.values()), "study")).replace("=", "-")
    base = base if len(base) <= LONGEST else base[:LONGEST].rpartition("-")[0] or base[:LONGEST]
    base = base if base not in TAKEN else f"{base}-study"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    taken.add(key)
    return key


def _refuse_lost(site: Site, manifest: Path) -> None:
    """Refuse to replace a site by one in which a vintage is gone: its addresses would lead nowhere."""
    if not manifest.is_file():
        return
    try:
        before: list[dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["studies"]
        had = {(one["folder"], vintage) for one in before for vintage in one["vintages"]}
    except (OSError, ValueError, KeyError, TypeError):  # somebody changed it: there is nothing to hold the site to
        return
    lost = sorted(had - {(study.key, one.vintage) for study in site.studies for one in study.releases})
    if lost:
        folder, vintage = lost[0]
        raise ReleaseError(
            f"The site in '{manifest.parent}' has the release '{'/'.join(filter(None, (folder, vintage)))}', and it is "
            "not among those named now: its addresses would lead nowhere.",
            where=str(manifest.parent),
            expected="every release that stands there, and new ones",
            action="name its folder too (older ones lie in 'vintages' beside 'release'), or choose another --out",
        )


def _refuse_inside(found: Sequence[Found], out: Path) -> None:
    for one in found:
        if out.resolve().is_relative_to(one.folder.resolve()):
            raise CommandError(
                "The pages would stand inside a release.",
                where="--out",
                expected="a folder outside of all releases",
                action="choose another place, such as --out site",
            )


def _unpack(bundle: Path, folder: Path) -> Path:
    """Unpack the release of a bundle, and put the bundle itself beside its files.

    Raises
    ------
    ReleaseError: a name that leads elsewhere, or more bytes than any release has.
    """
    size = 0
    try:
        with zipfile.ZipFile(bundle) as zipped:
            for member in zipped.infolist():
                path = PurePosixPath(member.filename)
                if path.parts[:1] != ("release",) or member.is_dir():
                    continue
                size += member.file_size
                if path.is_absolute() or ".." in path.parts or "\\" in member.filename or size > LARGEST:
                    raise ReleaseError(
                        "The bundle is not one of ours: a file in it would be written elsewhere, or it is too large.",
                        where=str(bundle),
                        action="do not use it; ask whoever gave it to you",
                    )
                target = folder.joinpath(*path.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with zipped.open(member) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ReleaseError(
            "The bundle cannot be read.", where=str(bundle), action="take it again from whoever published it"
        ) from error
    release = folder / "release"
    if not (release / ESTIMATES).is_file():
        raise ReleaseError(
            "There is no release in this zip.",
            where=str(bundle),
            expected="a bundle.zip that 'countersign run' wrote",
            action="name a bundle, or the folder of a release",
        )
    shutil.copyfile(bundle, release / BUNDLE)
    return release
