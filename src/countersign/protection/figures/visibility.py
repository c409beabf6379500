"""Visibility: what protection took from each group, told so that the telling itself gives nothing away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from countersign.model.contribution import Contributions
from countersign.model.disclosure import Visibility
from countersign.model.estimate import EstimateTable, Status
from countersign.model.protection_plan import VisibleGroup

TENTH = 0.1
HALF = 0.5


def visibility(
    before: EstimateTable,
    after: EstimateTable,
    contributions: Contributions,
    *,
    spared: Sequence[VisibleGroup] = (),
    unweighted: Collection[str] | None = None,
    narrow: EstimateTable | None = None,
    width: float = 1.0,
) -> tuple[Visibility, ...]:
    """Return a row for every category of every variable that figures are broken down by, the groups spared first.

    Parameters
    ----------
    before, after: the same figures, none withheld, and as they leave. spared: the marginalised groups.
    unweighted: figures that would be withheld if no group was dearer than others. narrow: the figures as the study asks
    for them, before wider categories took the place of some. width: how exactly nobody may know how many people
    stand behind withheld figures.
    """
    hidden = _withheld(after) - _withheld(before)
    marked = {(one.variable, one.category) for one in spared}
    asked = _domains(narrow if narrow is not None else before)
    there, behind = _domains(before), contributions.by_figure()
    changed = {one.figure_id for one in after if "noise" in one.flags}
    rows = []
    for group, wanted in asked.items():
        own = there.get(group, [])
        gone = [name for name in own if name in hidden]
        people = {name: behind[name].contributors for name in own if name in behind}
        rows.append(
            Visibility(
                group={group[0]: group[1]},
                figures=len(wanted),
                hidden=len(gone),
                people=told_share(
                    sum(people.get(name, 0) for name in gone), sum(people.values()), len(gone), len(own), width=width
                ),
                hidden_unweighted=None if unweighted is None else sum(name in unweighted for name in own),
                changed=sum(name in changed for name in own),
                coarsened=len(set(wanted) - set(own)),
                marginalised=group in marked,
            )
        )
    return tuple(sorted(rows, key=lambda row: not row.marginalised))


def told_share(people: int, everybody: int, figures: int, every: int, *, width: float) -> float:
    """Return the share of people hidden, rounded so that it adds nothing to what the figures tell.

    An exact share would be one more equation on the withheld numbers. It is rounded to a multiple of a tenth, or of
    `width` people for each withheld figure where that is more; where this would be more than half, the share of
    figures is told instead, which anybody can count.

    Parameters
    ----------
    people: behind the withheld figures; everybody: behind all. figures, every: how many figures these are.
    """
    if not figures or not everybody:
        return 0.0
    if figures == every:
        return 1.0
    step = max(TENTH, width * figures / everybody)
    if step > HALF:
        return figures / every
    return min(1.0, round(people / everybody / step) * step)


def _withheld(table: EstimateTable) -> set[str]:
    return {one.figure_id for one in table if one.status is Status.SUPPRESSED}


def _domains(table: EstimateTable) -> dict[tuple[str, str], list[str]]:
    """Return (variable, category) -> its figures, in the order of the table; those without an answer count as well."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in table:
        for group in one.domain.items():
            found.setdefault(group, []).append(one.figure_id)
    return found


def losses(rows: Sequence[Visibility]) -> Mapping[str, float]:
    """Return group in words -> share of its figures withheld, the largest first."""
    lost = {", ".join(f"{name} {category}" for name, category in row.group.items()): row.share for row in rows}
    return dict(sorted(lost.items(), key=lambda item: -item[1]))
