"""Release -> Description: what all records say of it, put together once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from countersign.catalogue import load
from countersign.model.release import Release
from countersign.publishing import statements
from countersign.publishing.language import Words, speak

SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # the name space of URLs (RFC 4122)
_WEB = re.compile(r"https?://\S+")
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


@dataclass(frozen=True)
class Licence:
    """The terms of use. name: as the study says it; id: of SPDX, empty where it is not listed; url: of its text."""

    name: str
    id: str = ""
    url: str = ""


@dataclass(frozen=True)
class Description:
    """A release as catalogues describe data.

    Parameters
    ----------
    identifier: stays the same for a study and vintage. titles, descriptions, provenance, quality: language -> text.
    language: the main one. publisher, creator: names. contact: as written; mail, web: the addresses in it.
    start, end: ISO 8601, of the period. area, spatial: name and URI of the place. issued: day on which it was made.
    version: the vintage; before: the vintage it replaces; notes: why. address: where it stands on the web, or empty.
    accrual: ISO 8601 duration. synthetic: everything is made up.
    """

    identifier: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    language: str
    keywords: tuple[str, ...]
    publisher: str
    creator: str
    contact: str
    mail: str
    web: str
    homepage: str
    licence: Licence
    themes: tuple[str, ...]
    area: str
    spatial: str
    start: str
    end: str
    issued: str
    version: str
    before: str
    notes: str
    address: str
    accrual: str
    synthetic: bool
    provenance: Mapping[str, str]
    quality: Mapping[str, str]
    software: str

    @property
    def title(self) -> str:
        """The title in the main language."""
        return self.titles[self.language]

    @property
    def description(self) -> str:
        """The description in the main language."""
        return self.descriptions.get(self.language) or next(iter(self.descriptions.values()))

    @property
    def slug(self) -> str:
        """The title as a name for files and packages: small letters, digits and hyphens."""
        found = re.sub(r"[^a-z0-9]+", "-", self.title.casefold()).strip("-")
        return found[:80].strip("-") or "release"


def describe(release: Release) -> Description:
    """Return what records say of a release; everything comes from the study file and from the release itself."""
    plan, record = release.plan, release.plan.record
    synthetic = plan.synthetic or release.estimates.synthetic
    languages = tuple(tag for tag, text in plan.title.items() if text) or (plan.settings.language,)
    spoken = {language: speak(language) for language in languages}
    titles = {language: _title(release, words, synthetic=synthetic) for language, words in spoken.items()}
    told = record.description or plan.summary
    descriptions = {tag: text.strip() for tag, text in told.items() if text.strip()}
    if not descriptions:
        descriptions = {tag: statements.citizen_data(release, words) for tag, words in spoken.items()}
    if synthetic:
        descriptions = {
            tag: f"{speak(tag).gettext('Synthetic data: made up, do not quote.')} {text}"
            for tag, text in descriptions.items()
        }
    contact = record.contact or plan.initiative.contact
    mail, web = _MAIL.search(contact), _WEB.search(contact)
    version = plan.calendar.vintage or release.made[:10]
    name = plan.calendar.address or "|".join((next(iter(plan.title.values()), ""), plan.population.time))
    return Description(
        identifier=f"urn:uuid:{uuid.uuid5(SPACE, f'countersign:{name}|{version}')}",
        titles=titles,
        descriptions=descriptions,
        language=languages[0],
        keywords=_keywords(release, synthetic=synthetic),
        publisher=record.publisher or plan.initiative.organiser or "unknown",
        creator=plan.initiative.organiser or record.publisher or "unknown",
        contact=contact,
        mail=mail[0].rstrip(".,;") if mail else "",
        web=web[0].rstrip(".,;)") if web else "",
        homepage=record.homepage,
        licence=licence_of(plan.initiative.licence),
        themes=record.themes,
        area=plan.population.area,
        spatial=record.spatial,
        start=plan.population.start,
        end=plan.population.end or plan.population.start,
        issued=release.made[:10],
        version=version,
        before=plan.calendar.revises,
        notes=plan.calendar.note,
        address=plan.calendar.address,
        accrual=record.accrual,
        synthetic=synthetic,
        provenance={tag: statements.citizen_data(release, words) for tag, words in spoken.items()},
        quality={tag: statements.use(release, "", words) for tag, words in spoken.items()},
        software=f"Countersign {release.version}",
    )


def licence_of(text: str) -> Licence:
    """Return the licence that a study names, by any of the names it goes by; as written where it is not listed."""
    plain = " ".join(text.split())
    for one in load("licences"):
        if plain.casefold() in {one.id.casefold(), one.title.casefold(), *one.get("names", ())}:
            return Licence(one.title, one.id, one.get("url") or f"https://spdx.org/licenses/{one.id}.html")
    web = _WEB.search(plain)
    return Licence(plain, url=web[0].rstrip(".,;)") if web else "")


def _title(release: Release, words: Words, *, synthetic: bool) -> str:
    title = words.pick(release.plan.title, words.gettext("Untitled study"))
    return words.gettext("{title} (synthetic data)").format(title=title) if synthetic else title


def _keywords(release: Release, *, synthetic: bool) -> tuple[str, ...]:
    sdg = [f"SDG {one.sdg}" for one in release.plan.indicators.values() if one.sdg]
    found = (*release.plan.record.keywords, "citizen data", *sdg, *(("synthetic data",) if synthetic else ()))
    return tuple(dict.fromkeys(found))
