"""A page for each figure: what it says, the sentence that may be written, how to cite, download and check it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from countersign.catalogue import uses
from countersign.model.estimate import Estimate, Status
from countersign.publishing.charting import DotChart, Mark, Row
from countersign.publishing.digits import count, scale, show
from countersign.publishing.exports import shown
from countersign.publishing.figures import interval_chart
from countersign.publishing.labels import plain, statistic_of, status_word
from countersign.publishing.plausible import column, told, whys
from countersign.publishing.reference import use_title
from countersign.publishing.site.citing import cite
from countersign.publishing.site.gaps import SUMS, gap
from countersign.publishing.site.layout import Layout
from countersign.publishing.site.views import ReleaseView, StudyView

MOST_LISTED = 1000
"""Figures on one page of the list of all figures."""


@dataclass(frozen=True)
class Point:
    """A figure in one vintage as text, with the path of its page."""

    vintage: str
    path: str
    period: str
    line: str
    here: bool


def write_figures(layout: Layout, study: StudyView, view: ReleaseView) -> None:
    """Write the page of every figure of a release, and the list of them all."""
    words, release = view.words, view.release
    retrace = retrace_steps(layout, view, brief=True)
    newest = study.newest
    for name, one in view.figures.items():
        visible = shown(one)
        whole = view.everybody(one.indicator)
        points = trend(study, view, one)
        later = newest.paths.get(name, "") if newest is not view else ""
        sentence = view.sentence(name)
        chart = None
        if visible:
            beside = [one] if whole is None or whole is one or one.statistic in SUMS else [whole, one]
            chart = interval_chart(beside, view.labels, words, title=view.title(one))
        layout.page(
            view.paths[name],
            "figure",
            title=view.title(one),
            crumbs=_crumbs(layout, study, view, one),
            address=view.study.address,
            view=view,
            release=release,
            one=one,
            visible=visible,
            value=show(one, words).value if visible else "",
            unit=scale(one.statistic, one.unit).unit,
            interval=show(one, words).interval if visible else "",
            plausible=column(one, words) if visible and told(one) else "",
            whys=whys(one, words) if visible else (),
            word=status_word(one.status, words),
            suppressed=one.status is Status.SUPPRESSED,
            n="" if one.status is Status.SUPPRESSED else count(one.n, words),
            statistic=plain(statistic_of(one, view.labels, words)),
            chart=chart,
            gaps=[(view.labels.variable(v), text) for v, text in _gaps(view, one)],
            sentence=sentence,
            use=f"{sentence.use} {use_title(sentence.use, words)}" if sentence and sentence.use in uses() else "",
            citation=cite(view, one),
            points=points,
            trend=trend_chart(study, view, one, points),
            later=later,
            newest=newest.release.vintage,
            corrections=view.corrections(name),
            comments=view.comments(name),
            groups=[(view.group_path(v, c), view.labels.category(v, c)) for v, c in one.domain.items()],
            retrace=retrace,
        )
    _write_lists(layout, study, view)


def _write_lists(layout: Layout, study: StudyView, view: ReleaseView) -> None:
    """Write the list of all figures of a release, in parts where there are many."""
    words, release = view.words, view.release
    every = list(view.figures.items())
    parts = [every[start : start + MOST_LISTED] for start in range(0, len(every), MOST_LISTED)] or [[]]
    crumbs = [*study_crumbs(layout, study), _release_crumb(view)]
    title = words.gettext("All figures of {vintage}").format(vintage=release.vintage)
    paths = [f"{view.base}figures/index.html"]
    paths += [f"{view.base}lists/{number}/index.html" for number in range(2, len(parts) + 1)]
    for number, (path, part) in enumerate(zip(paths, parts, strict=True), 1):
        listed: dict[str, list[tuple[str, str, str]]] = {}
        for name, one in part:
            row = (view.paths[name], view.labels.domain(one.domain), view.line(one))
            listed.setdefault(one.indicator, []).append(row)
        layout.page(
            path,
            "figure_list",
            title=title if number == 1 else f"{title}, {number}",
            crumbs=[*crumbs, (words.gettext("All figures"), "")],
            address=view.study.address,
            view=view,
            listed=[(view.labels.indicator(name), rows) for name, rows in listed.items()],
            parts=[(n, each, n == number) for n, each in enumerate(paths, 1)],
        )


def trend(study: StudyView, view: ReleaseView, one: Estimate) -> tuple[Point, ...]:
    """Return a figure in all releases; none where it is withheld here, for then no number stands on its page."""
    if one.status is Status.SUPPRESSED or len(study.releases) < 2:
        return ()
    found = study.over_time(one.figure_id)
    return tuple(
        Point(
            each.release.vintage,
            each.paths[one.figure_id],
            each.release.plan.population.time.replace("/", " – "),
            each.line(figure),
            each is view,
        )
        for each, figure in found
    )


def trend_chart(study: StudyView, view: ReleaseView, one: Estimate, points: tuple[Point, ...]) -> DotChart | None:
    """Return the picture of a figure over vintages, where two or more have a number."""
    if len(points) < 2:
        return None
    own = scale(one.statistic, one.unit)
    rows = []
    for each, figure in study.over_time(one.figure_id):
        if not shown(figure) or figure.value is None or figure.lower is None or figure.upper is None:
            continue
        found = told(figure)
        rows.append(
            Row(
                each.release.vintage,
                marks=(Mark(figure.value * own.factor),),
                low=figure.lower * own.factor,
                high=figure.upper * own.factor,
                text=f"{show(figure, view.words).value} ({column(figure, view.words)})"
                if found
                else show(figure, view.words).line,
                wide=(found.lower * own.factor, found.upper * own.factor) if found else None,
            )
        )
    if len(rows) < 2:
        return None
    words = view.words
    return DotChart(
        title=words.gettext("{title}, release by release").format(title=view.title(one)),
        description=words.gettext("One row a release, the oldest first. The table beside it gives every number."),
        rows=tuple(rows),
        axis=own.unit,
        floor=0.0 if own.percent else None,
        ceiling=100.0 if own.percent else None,
    )


def _gaps(view: ReleaseView, one: Estimate) -> Iterator[tuple[str, str]]:
    for variable in one.domain:
        text = gap(one, view.without(one, variable), view.words)
        if text:
            yield variable, text


def study_crumbs(layout: Layout, study: StudyView) -> list[tuple[str, str]]:
    """Return the way to a study's page."""
    words = layout.words
    if not study.study.key:
        return [(words.gettext("Start"), "index.html")]
    return [(words.gettext("Start"), "index.html"), (study.newest.study_title, study.path)]


def _release_crumb(view: ReleaseView) -> tuple[str, str]:
    words = view.words
    return words.gettext("Release {vintage}").format(vintage=view.release.vintage), f"{view.base}index.html"


def _crumbs(layout: Layout, study: StudyView, view: ReleaseView, one: Estimate) -> list[tuple[str, str]]:
    found = [*study_crumbs(layout, study), _release_crumb(view)]
    if study.newest.has(one.indicator):
        found.append((view.labels.indicator(one.indicator), view.indicator_path(one.indicator)))
    return [*found, (view.labels.domain(one.domain), "")]


def retrace_steps(layout: Layout, view: ReleaseView, *, brief: bool = False) -> Markup:
    """Return the way from the figures back to what came in, the same for every figure of a release.

    Parameters
    ----------
    brief: only what each step made, not from what.
    """
    steps = list(reversed(view.release.steps))
    template = layout.environment.get_template("site/way.html")
    text = template.render(steps=steps, brief=brief, inputs=view.release.inputs)
    return Markup(text)  # noqa: S704 - rendered by a template that escapes everything
