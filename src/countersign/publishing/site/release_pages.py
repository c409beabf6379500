"""A page for each release and the page that retraces it; the calendar of all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup

from countersign.model.calendar import days_late
from countersign.model.revision import REVISED
from countersign.model.site import SiteFile
from countersign.publishing.digits import scale
from countersign.publishing.language import Words
from countersign.publishing.revisions import analysis_rows, summary
from countersign.publishing.site.citing import cite
from countersign.publishing.site.feeds import Event, anchor, dataset, icalendar
from countersign.publishing.site.figure_pages import retrace_steps, study_crumbs
from countersign.publishing.site.layout import Layout
from countersign.publishing.site.views import ReleaseView, StudyView

PAGES = ("report.html", "dossier.html", "community.html", "brief.html", "report.pdf")
HIDDEN = ("artefacts/",)
"""Parts of a release that are for programs; they are copied, and not listed one by one."""


@dataclass(frozen=True)
class Moment:
    """One row of the calendar."""

    announced: str
    made: str
    vintage: str
    title: str
    path: str
    state: str
    note: str


def write_release(layout: Layout, study: StudyView, view: ReleaseView) -> None:
    """Write the page of one release, the page that retraces it, and the addresses of its figures."""
    words, release = view.words, view.release
    listed = [one for one in release.files if not one.path.startswith(HIDDEN)]
    own = {
        one.indicator: scale(
            release.plan.indicators[one.indicator].statistic if one.indicator in release.plan.indicators else "",
            one.unit,
        )
        for one in release.revisions
    }
    title = words.gettext("Release {vintage}").format(vintage=release.vintage)
    crumbs = [*study_crumbs(layout, study), (title, "")]
    corrections = [(anchor(one), one, by) for one, by in study.study.corrections]
    layout.page(
        f"{view.base}index.html",
        "release",
        title=f"{view.study_title}: {title}",
        crumbs=crumbs,
        address=view.study.address,
        view=view,
        release=release,
        newest=study.newest,
        late=lateness(release.plan.calendar.announced, release.made, words),
        pages=[(one, _page_name(one.path, words)) for one in listed if one.path in PAGES],
        files=[(one, _size(one)) for one in listed],
        indicators=[
            (view.labels.indicator(name), view.paths[ones[0].figure_id], view.line(ones[0]), len(ones))
            for name, ones in view.indicators.items()
        ],
        jsonld=Markup(dataset(view)),  # noqa: S704 - its signs are written so that none ends the script
        citation=cite(view),
        revisions=release.revisions,
        summary=summary(release.revisions, words),
        analysis=analysis_rows(release.revisions, own, view.labels, words),
        revised=[one for one in release.revisions if one.kind == REVISED and one.figure_id in view.paths][:60],
        corrections=[each for each in corrections if release.vintage in (each[1].vintage, each[2])],
        comments=study.study.comments,
    )
    layout.page(
        f"{view.base}retrace/index.html",
        "retrace",
        title=words.gettext("How to check release {vintage}").format(vintage=release.vintage),
        crumbs=[*crumbs[:-1], (title, f"{view.base}index.html"), (words.gettext("Check"), "")],
        address=view.study.address,
        view=view,
        release=release,
        retrace=retrace_steps(layout, view),
        files=[(one, _size(one)) for one in release.files],
        first=next(iter(view.figures), "FIGURE"),
    )
    paths = {name: path.removeprefix(view.base).removesuffix("index.html") for name, path in view.paths.items()}
    layout.write(f"{view.base}figures.json", json.dumps(paths, ensure_ascii=False, indent=0) + "\n")


def write_calendar(layout: Layout, studies: list[StudyView]) -> None:
    """Write the page of all release days, promised and kept, and the same as a calendar file."""
    words = layout.words
    past, coming = [], []
    events = []
    for study in studies:
        title = study.newest.study_title
        for view in study.releases:
            calendar, made = view.release.plan.calendar, view.release.made
            past.append(
                Moment(
                    calendar.announced,
                    made[:10],
                    view.release.vintage,
                    title,
                    f"{view.base}index.html",
                    lateness(calendar.announced, made, words),
                    calendar.note,
                )
            )
            day = calendar.announced or made[:10]
            events.append(_event(study, view.release.vintage, day, title, calendar.note, made))
        for one in study.study.coming:
            coming.append(Moment(one.date, "", one.vintage, title, study.path, "", one.note))
            events.append(_event(study, one.vintage, one.date, title, one.note, study.newest.release.made))
    events = sorted(events, key=lambda one: (one.day, one.key))
    layout.write("calendar/calendar.ics", icalendar(events, name=layout.title))
    early = [
        (study.newest.study_title, one) for study in studies for one in study.newest.release.plan.calendar.early_access
    ]
    layout.page(
        "calendar/index.html",
        "calendar",
        title=words.gettext("Release calendar"),
        crumbs=[(words.gettext("Start"), "index.html"), (words.gettext("Release calendar"), "")],
        address=studies[0].study.address if len(studies) == 1 else "",
        past=sorted(past, key=lambda one: (one.made, one.vintage), reverse=True),
        coming=sorted(coming, key=lambda one: one.announced),
        early=early,
        corrections=[(study, one, by) for study in studies for one, by in study.study.corrections],
        several=len(studies) > 1,
    )


def _event(study: StudyView, vintage: str, day: str, title: str, note: str, made: str) -> Event:
    return Event(f"{study.study.key or 'study'}-{vintage}", day, f"{title}: {vintage}", note, made)


def lateness(announced: str, made: str, words: Words) -> str:
    """Say whether a release kept its promise."""
    days = days_late(announced, made)
    if days is None:
        return ""
    if days == 0:
        return words.gettext("on the day")
    if days > 0:
        return words.ngettext("{n} day late", "{n} days late", days).format(n=days)
    return words.ngettext("{n} day early", "{n} days early", -days).format(n=-days)


def _page_name(path: str, words: Words) -> str:
    return {
        "report.html": words.gettext("The report"),
        "dossier.html": words.gettext("The dossier, for statistical offices"),
        "community.html": words.gettext("The page for the community"),
        "brief.html": words.gettext("The brief, for those who decide"),
        "report.pdf": words.gettext("The report as PDF"),
    }[path]


def _size(one: SiteFile) -> str:
    size = float(one.size)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
