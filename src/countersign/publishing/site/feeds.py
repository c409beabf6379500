"""What machines read of a site: feed of releases and corrections, list of addresses, calendar, Dataset in JSON-LD."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from countersign.model.calendar import Correction
from countersign.publishing.site.layout import web
from countersign.publishing.site.views import ReleaseView, StudyView


def atom(study: StudyView) -> str:
    """Return an Atom feed (RFC 4287) of releases and corrections; the study has an address."""
    address, title = study.study.address, study.newest.study_title
    prefix = study.newest.prefix
    entries = [
        _entry(
            f"{title}: {one.release.vintage}",
            web(address, f"{one.base.removeprefix(prefix)}index.html"),
            one.release.made,
            one.release.plan.calendar.note or one.words.pick(one.release.plan.summary, title),
        )
        for one in study.releases
    ]
    for one, by in study.study.corrections:
        place = web(address, f"{by}/index.html")
        entries.append(
            _entry(f"{title}: {one.what}", f"{place}#{anchor(one)}", _moment(one.date), f"{one.what} {one.why}")
        )
    who = escape(study.newest.release.plan.initiative.organiser or title)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{study.words.language}">\n'
        f"<title>{escape(title)}</title>\n<id>{escape(address)}/</id>\n"
        f'<link rel="self" href="{escape(address)}/feed.xml"/>\n<link href="{escape(address)}/"/>\n'
        f"<updated>{_moment(study.newest.release.made)}</updated>\n<author><name>{who}</name></author>\n"
        + "".join(entries)
        + "</feed>\n"
    )


def anchor(one: Correction) -> str:
    """Return the place of a correction on its page; it stays when others are added."""
    said = "\n".join((one.date, one.vintage, one.what)).encode()
    return f"correction-{hashlib.sha256(said).hexdigest()[:12]}"


def _entry(title: str, place: str, moment: str, text: str) -> str:
    return (
        f"<entry><title>{escape(title)}</title><id>{escape(place)}</id>"
        f'<link href="{escape(place)}"/><updated>{_moment(moment)}</updated><summary>{escape(text)}</summary></entry>\n'
    )


def _moment(text: str) -> str:
    """Return a time as RFC 3339 asks for it; a day begins at midnight, UTC."""
    day = (text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10]
    return text if "T" in text else f"{day or '1970-01-01'}T00:00:00Z"


def sitemap(addresses: Sequence[str]) -> str:
    """Return a list of addresses for search engines (sitemaps.org 0.9)."""
    lines = "".join(f"<url><loc>{escape(one)}</loc></url>\n" for one in addresses)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )


@dataclass(frozen=True)
class Event:
    """A day of the release calendar."""

    key: str
    day: str
    title: str
    text: str
    stamp: str


def icalendar(events: Iterable[Event], *, name: str) -> str:
    """Return days as an iCalendar file (RFC 5545); promises of a month or a year have no day and are left out."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Countersign//Release calendar//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_ical(name)}"]
    for one in events:
        if len(one.day) != 10:
            continue
        day = datetime.date.fromisoformat(one.day)
        after = day + datetime.timedelta(days=1)
        stamp = _moment(one.stamp or one.day)
        lines += [
            "BEGIN:VEVENT", f"UID:{_ical(one.key)}@countersign",
            f"DTSTAMP:{stamp[:19].replace('-', '').replace(':', '')}Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}", f"SUMMARY:{_ical(one.title)}",
        ]  # fmt: skip
        lines += [f"DESCRIPTION:{_ical(one.text)}"] if one.text else []
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _ical(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(plain.split())


def _folded(line: str) -> str:
    """Break a line after at most 75 bytes, never inside a letter."""
    parts: list[str] = []
    now, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > (75 if not parts else 74):
            parts.append(now)
            now, size = "", 0
        now, size = now + sign, size + width
    return "\r\n ".join([*parts, now])


def dataset(view: ReleaseView) -> str:
    """Return a release as schema.org Dataset in JSON-LD, safe inside a page."""
    release, plan, words = view.release, view.release.plan, view.words
    address = plan.calendar.address
    about = words.pick(plan.record.description) or words.pick(plan.summary) or view.study_title
    body: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{view.study_title} ({release.vintage})",
        "description": about,
        "version": release.vintage,
        "dateModified": release.made,
        "inLanguage": words.asked,
        "isAccessibleForFree": True,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": view.labels.indicator(name), "unitText": one.unit}
            for name, one in plan.indicators.items()
        ],
    }
    creator = plan.initiative.organiser or plan.record.publisher
    body |= {"creator": {"@type": "Organization", "name": creator}} if creator else {}
    body |= {"license": plan.initiative.licence} if plan.initiative.licence else {}
    body |= {"keywords": list(plan.record.keywords)} if plan.record.keywords else {}
    body |= {"temporalCoverage": plan.population.time} if plan.population.time else {}
    body |= {"spatialCoverage": plan.population.area} if plan.population.area else {}
    where = f"{web(address, release.vintage + '/release/')}" if address else "release/"
    body["distribution"] = [
        {"@type": "DataDownload", "contentUrl": f"{where}{one.path}", "encodingFormat": kind, "sha256": one.digest}
        for one in release.files
        for name, kind in (("estimates.csv", "text/csv"), ("bundle.zip", "application/zip"))
        if one.path == name
    ]
    if address:
        body |= {
            "url": web(address, f"{release.vintage}/index.html"),
            "@id": web(address, f"{release.vintage}/index.html"),
        }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
