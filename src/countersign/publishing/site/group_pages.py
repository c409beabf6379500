"""What is known of each group: all its figures, how many are withheld, what official statistics lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from countersign.model.estimate import Estimate, Status
from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.model.site import GroupVisibility
from countersign.publishing.digits import count, percent
from countersign.publishing.exports import shown
from countersign.publishing.figures import FigureRow, figure_row
from countersign.publishing.language import Words
from countersign.publishing.site.figure_pages import study_crumbs
from countersign.publishing.site.gaps import gap
from countersign.publishing.site.layout import Layout
from countersign.publishing.site.views import ReleaseView, StudyView

MOST_CROSSED = 200


@dataclass(frozen=True)
class GroupLine:
    """One figure of a group: of what, the figure, its page and how far it lies from everybody."""

    title: str
    row: FigureRow
    path: str
    line: str
    whole: str
    gap: str


@dataclass(frozen=True)
class Group:
    """One group and what is told of it."""

    variable: str
    category: str
    title: str
    path: str
    shown: int
    withheld: int
    marginalised: bool
    kind: str


def groups_of(view: ReleaseView) -> list[Group]:
    """Return every group of a release; those that are often left behind come first within their variable."""
    seen = {one.group: one for one in view.release.visibility}
    priority = {(one.variable, one.category) for one in view.release.coverage if one.priority}
    found = []
    for (variable, category), figures in view.groups.items():
        told = seen.get(f"{variable}={category}")
        found.append(
            Group(
                variable,
                category,
                view.labels.category(variable, category),
                view.group_path(variable, category),
                sum(shown(one) for one in figures),
                sum(one.status is Status.SUPPRESSED for one in figures),
                bool(told and told.marginalised) or (variable, category) in priority,
                view.kind(variable),
            )
        )
    return found


def by_variable(view: ReleaseView) -> list[tuple[str, str, list[Group]]]:
    """Return variable, kind and groups: groups of people first, then places, then times."""
    found: dict[str, list[Group]] = {}
    for one in groups_of(view):
        found.setdefault(one.variable, []).append(one)
    order = ("people", "place", "time")
    ordered = sorted(found.items(), key=lambda pair: order.index(pair[1][0].kind))
    return [
        (view.labels.variable(name), ones[0].kind, sorted(ones, key=lambda one: not one.marginalised))
        for name, ones in ordered
    ]


def write_groups(layout: Layout, study: StudyView) -> None:
    """Write the page of every group of the newest release, and the list of groups."""
    view = study.newest
    words = view.words
    gaps = {one.figure_id: one for one in view.release.gaps}
    seen = {one.group: one for one in view.release.visibility}
    covered = {(one.variable, one.category): one for one in view.release.coverage}
    listed = by_variable(view)
    groups_title = words.gettext("Groups")
    start = study_crumbs(layout, study)
    layout.page(
        f"{view.prefix}groups/index.html",
        "groups",
        title=words.gettext("What is known of each group"),
        crumbs=[*start, (groups_title, "")],
        address=view.study.address,
        view=view,
        listed=listed,
    )
    for variable, _, ones in listed:
        for group in ones:
            figures = view.groups[group.variable, group.category]
            alone = [_line(view, one, group.variable, crossed=False) for one in figures if len(one.domain) == 1]
            crossed = [one for one in figures if len(one.domain) > 1]
            layout.page(
                group.path,
                "group",
                title=words.gettext("What is known of: {group}").format(group=group.title),
                crumbs=[*start, (groups_title, f"{view.prefix}groups/index.html"), (group.title, "")],
                address=view.study.address,
                view=view,
                release=view.release,
                group=group,
                variable=variable,
                lines=alone,
                ranged=any(line.row.plausible for line in alone),
                crossed=[_line(view, one, group.variable, crossed=True) for one in crossed[:MOST_CROSSED]],
                left_out=max(0, len(crossed) - MOST_CROSSED),
                visibility=_visible(seen.get(f"{group.variable}={group.category}"), words),
                coverage=_covered(covered.get((group.variable, group.category)), words),
                lacking=_lacking(view, figures, gaps, words),
            )


def _line(view: ReleaseView, one: Estimate, variable: str, *, crossed: bool) -> GroupLine:
    rest = {name: code for name, code in one.domain.items() if name != variable}
    title = view.labels.indicator(one.indicator)
    whole = view.without(one, variable)
    visible = whole is not None and shown(whole) and shown(one)
    return GroupLine(
        title=f"{title}: {view.labels.domain(rest)}" if crossed else title,
        row=figure_row(one, view.labels, view.words),
        path=view.paths[one.figure_id],
        line=view.line(one),
        whole=view.line(whole) if visible and whole is not None else "",
        gap=gap(one, whole, view.words),
    )


def _visible(one: GroupVisibility | None, words: Words) -> str:
    """Say how many figures of a group are shown; what was withheld is told for figures, never for people."""
    if one is None or not one.figures:
        return ""
    if not one.withheld:
        return words.ngettext(
            "{n} figure was asked for of this group, and none is withheld.",
            "{n} figures were asked for of this group, and none is withheld.",
            one.figures,
        ).format(n=one.figures)
    return words.gettext(
        "{all} figures were asked for of this group: {shown} are shown, {withheld} are withheld to protect people."
    ).format(all=one.figures, shown=one.shown, withheld=one.withheld)


def _covered(one: GroupCoverage | None, words: Words) -> str:
    """Say how large a group is in the population and among the records."""
    if one is None or one.n is None or one.data is None:
        return ""
    said = words.gettext("{n} records, {share} of all.").format(n=count(one.n, words), share=percent(one.data, words))
    if one.population is not None:
        said += " " + words.gettext("In the population it is {share}.").format(share=percent(one.population, words))
    return said


def _lacking(
    view: ReleaseView, figures: list[Estimate], gaps: Mapping[str, Gap], words: Words
) -> list[tuple[str, str]]:
    """Return what official statistics lack of a group: the figure, and in which way."""
    said = {
        Lack.NONE: words.gettext("no official figure at all"),
        Lack.TOO_OLD: words.gettext("the official figure is too old"),
        Lack.NOT_DISAGGREGATED: words.gettext("official figures do not show this group"),
    }
    found = []
    for one in figures:
        own = gaps.get(one.figure_id)
        if own and own.lack in said:
            found.append((view.title(one), said[own.lack]))
    return found[:MOST_CROSSED]
