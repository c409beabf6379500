"""Site -> its pages, written into an empty folder; the files of the releases are copied beside them by the caller."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from countersign.model.site import Site
from countersign.publishing.language import Words, speak
from countersign.publishing.site.feeds import atom, sitemap
from countersign.publishing.site.figure_pages import study_crumbs, write_figures
from countersign.publishing.site.finding import write_search
from countersign.publishing.site.group_pages import Group, by_variable, write_groups
from countersign.publishing.site.indicator_pages import write_indicators
from countersign.publishing.site.layout import Layout, style, web
from countersign.publishing.site.release_pages import lateness, write_calendar, write_release
from countersign.publishing.site.views import StudyView, views

MOST_GROUPS = 40
"""Groups that stand on the first page of several studies; those often left behind come first."""
MANIFEST = "countersign-site.json"
"""A file that only our folders have; it names every study and vintage whose addresses live there."""


def write_site(site: Site, folder: Path, *, words: Words | None = None) -> int:
    """Write all pages of a site into a folder and return how many there are.

    Parameters
    ----------
    words: the language; that of the site if None.
    """
    words = words or speak(site.language)
    studies = views(site, words)
    title = site.title or (studies[0].newest.study_title if len(studies) == 1 else words.gettext("Citizen data"))
    layout = Layout(site, words, folder, title=title)
    for study in studies:
        write_study(layout, study)
        for view in study.releases:
            write_release(layout, study, view)
            write_figures(layout, study, view)
        write_indicators(layout, study)
        write_groups(layout, study)
        _machines(layout, study)
    if len(studies) > 1:
        _write_home(layout, studies)
    write_search(layout, studies)
    write_calendar(layout, studies)
    _write_about(layout, studies)
    layout.write("site.css", style())
    script = files("countersign.publishing") / "templates" / "site" / "search.js"
    layout.write("search/search.js", script.read_text(encoding="utf-8"))
    layout.write(".nojekyll", "")
    layout.write(MANIFEST, manifest(site))
    return sum(path.endswith(".html") for path in layout.written)


def manifest(site: Site) -> str:
    """Return what stands in the site: studies, their vintages, the digest of the figures of each."""
    body = {
        "countersign_site": 1,
        "studies": [
            {
                "folder": study.key,
                "title": dict(study.newest.plan.title),
                "address": study.address,
                "vintages": {one.vintage: one.digest for one in study.releases},
            }
            for study in site.studies
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def write_study(layout: Layout, study: StudyView) -> None:
    """Write the page of a study: its newest figures, its groups, its releases."""
    view, words = study.newest, study.words
    release = view.release
    main = []
    for name, ones in view.indicators.items():
        one = view.everybody(name) or ones[0]
        main.append(
            (view.labels.indicator(name), view.indicator_path(name), view.line(one), view.sentence(one.figure_id), one)
        )
    layout.page(
        study.path,
        "study",
        title=view.study_title,
        crumbs=study_crumbs(layout, study) if study.study.key else (),
        address=view.study.address,
        view=view,
        release=release,
        plan=release.plan,
        summary=words.pick(release.plan.summary),
        main=main,
        listed=by_variable(view),
        releases=[
            (one, lateness(one.release.plan.calendar.announced, one.release.made, words)) for one in study.releases
        ],
        coming=study.study.coming,
        corrections=study.study.corrections,
        feed=bool(view.study.address),
        alone=not study.study.key,
    )


def _write_home(layout: Layout, studies: list[StudyView]) -> None:
    words = layout.words
    groups: dict[str, list[tuple[StudyView, Group]]] = {}
    for study in studies:
        for _, kind, ones in by_variable(study.newest):
            for one in ones if kind == "people" else ():
                if not one.title.startswith("("):  # records without an answer are no group of people
                    groups.setdefault(one.title.casefold(), []).append((study, one))
    ordered = sorted(
        groups.values(),
        key=lambda ones: (not any(one.marginalised for _, one in ones), -len({id(study) for study, _ in ones})),
    )
    layout.page(
        "index.html",
        "home",
        title=layout.title,
        studies=studies,
        groups=ordered[:MOST_GROUPS],
        summaries={study.path: words.pick(study.newest.release.plan.summary) for study in studies},
    )


def _write_about(layout: Layout, studies: list[StudyView]) -> None:
    words = layout.words
    layout.page(
        "about/index.html",
        "about",
        title=words.gettext("About these figures, and how to check them"),
        crumbs=[(words.gettext("Start"), "index.html"), (words.gettext("About"), "")],
        address=studies[0].study.address if len(studies) == 1 else "",
        studies=studies,
    )


def _machines(layout: Layout, study: StudyView) -> None:
    """Write the feed and the list of addresses of a study that says where it stands on the web."""
    address, prefix = study.study.address, study.newest.prefix
    if not address:
        return
    layout.write(f"{prefix}feed.xml", atom(study))
    pages = [path.removeprefix(prefix) for path in layout.written if path.startswith(prefix) and path.endswith(".html")]
    layout.write(f"{prefix}sitemap.xml", sitemap([web(address, path) for path in sorted(pages)]))
