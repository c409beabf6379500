"""Figures + contributions -> what may leave of them, with the report on it: the figures and the compared answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ReleaseError, StudyError
from countersign.model.disclosure import Disclosure
from countersign.model.estimate import EstimateTable
from countersign.model.release import Comparison
from countersign.study.contributing import asks_for_protection, compared_id
from countersign.study.extensions import ESTIMATES
from countersign.study.figures_file import read_figures

if TYPE_CHECKING:
    from countersign.model.contribution import Contributions
    from countersign.model.plan import Plan
    from countersign.protection.figures.auditing import Earlier


@dataclass(frozen=True)
class Leaving:
    """What may leave.

    Parameters
    ----------
    figures: the figures, some of them withheld. comparisons: the compared answers, without those that would tell a
    withheld figure. disclosure: what was done.
    """

    figures: EstimateTable
    comparisons: tuple[Comparison, ...]
    disclosure: Disclosure


def protect(
    plan: Plan,
    estimates: EstimateTable,
    comparisons: Sequence[Comparison],
    contributions: Contributions,
    earlier: Sequence[Earlier] = (),
    *,
    secret: bytes = b"",
) -> Leaving:
    """Withhold what would tell of a person, and audit what is left as an attacker would.

    Parameters
    ----------
    earlier: releases that are already out. secret: on which noise rests, where the study asks for it.

    Raises
    ------
    ProtectionError: people cannot be protected as asked, or something that is withheld could be computed.
    """
    from countersign.protection import audit_release, refuse, withhold

    if not asks_for_protection(plan):
        return Leaving(estimates, tuple(comparisons), Disclosure("suppress", len(estimates), 0, reason=WHY_NOT))
    if plan.protection.method != "suppress":
        return changed(plan, estimates, comparisons, contributions, secret)
    protected = withhold(plan, estimates, contributions)
    found = audit_release(
        plan,
        estimates,
        protected.figures,
        unsafe=protected.unsafe,
        overlaps=contributions.overlaps,
        told=contributions.told,
        earlier=earlier,
    )
    refuse(found)
    gone = {one.item for one in comparisons if compared_id(one.item, one.category) in protected.compared}
    kept = tuple(one for one in comparisons if one.item not in gone)
    return Leaving(protected.figures, kept, replace(protected.disclosure, audit=found.result))


def changed(
    plan: Plan,
    estimates: EstimateTable,
    comparisons: Sequence[Comparison],
    contributions: Contributions,
    secret: bytes,
) -> Leaving:
    """Change the figures and the compared answers by noise or rounding, and say what that protects."""
    from countersign.study.changing import change, change_comparisons, law_for

    law = law_for(plan, secret)
    assert law is not None
    figures, disclosure = change(plan, estimates, contributions, law)
    return Leaving(figures, change_comparisons(comparisons, contributions, law), disclosure)


WHY_NOT = "No rule asks for protection: the rows are no people, or the study says that nothing is withheld."


def earlier_releases(folders: Sequence[tuple[str, Path]], *, where: str) -> tuple[Earlier, ...]:
    """Read the figures of releases that are already out.

    Raises
    ------
    StudyError: a folder holds no release. ReleaseError: its figures cannot be read.
    """
    from countersign.protection.figures.auditing import Earlier

    found = []
    for name, path in folders:
        if not path.is_file():
            raise StudyError(
                f"There is no release in '{name}'.",
                where=where,
                expected=f"a folder with the file {ESTIMATES}",
                action="name the folder that was given away; without it nobody can tell what the two together tell",
            )
        found.append(Earlier(name, read_figures(path)))
    return tuple(found)


def look_back(
    plan: Plan, estimates: EstimateTable, leaving: Leaving, contributions: Contributions, release: Path
) -> tuple[str, ...]:
    """Say what the release that stands in the folder tells beside the new one; it may never have left the house."""
    from countersign.protection import audit_release, unsafe_figures, warnings
    from countersign.protection.figures.auditing import Earlier

    path = release / ESTIMATES
    if not asks_for_protection(plan) or plan.protection.method != "suppress" or not path.is_file():
        return ()
    try:
        rows = read_figures(path)
    except ReleaseError:  # it is about to be replaced
        return ()
    return warnings(
        audit_release(
            plan,
            estimates,
            leaving.figures,
            unsafe=unsafe_figures(plan, estimates, contributions),
            overlaps=contributions.overlaps,
            told=contributions.told,
            earlier=(Earlier(release.name, rows),),
        )
    )
