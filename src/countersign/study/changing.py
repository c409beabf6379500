"""Figures + contributions + a secret -> figures changed by noise or rounding, and the report on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.model.dataset import Dataset
from countersign.model.disclosure import Disclosure
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.gap import GroupCoverage
from countersign.model.plan import Plan
from countersign.model.release import Comparison

if TYPE_CHECKING:
    from countersign.model.contribution import Contributions
    from countersign.protection.noise.laws import Law

FILE = "noise.key"
PERTURBED = (
    "Figures are changed a little to protect people, as if up to {largest} people were added or left out (variance"
    " {variance}); intervals allow for it. The same people are changed alike in every figure and in every release."
)
ROUNDED = (
    "Numbers of people are rounded to multiples of {base} to protect people; shares and means follow from them, and"
    " intervals allow for it."
)
NOT_ADDITIVE = "Parts need not add up to their total: each is changed by itself, and the total is the better number."
SUBTRACTED = (
    "Who subtracts two figures of groups that differ by one or two people can tell which with a chance of"
    " {chance} % at best; 50 % is a coin."
)
PRESENCE_SHOWN = (
    "That a group is not empty is not hidden: a figure that differs from that of a part of its people tells that there"
    " are others (zeros: protect hides it)."
)
PRESENCE_HIDDEN = "Groups of which nobody can say whether they are empty are withheld."
NEAREST = (
    "Rounding to the nearest follows from the count: who has many overlapping tables can narrow counts down. Rounding"
    " at random (how: random) does not have this weakness."
)
NO_ID = (
    "The records of '{data}' have no id, so the same people have the same noise only while the file keeps its order:"
    " name a column under data.{data}.roles.id."
)


def secret_for(plan: Plan, folder: Path) -> bytes:
    """Return the secret on which noise rests, made at first use; empty where the study asks for none.

    Parameters
    ----------
    folder: of the study file. The secret lies in its folder ``.secrets``, or where ``protection.noise.secret`` says.

    Raises
    ------
    StoreError: the file holds something else, or cannot be made.
    """
    from countersign.evidence.secret import FOLDER, keep_secret

    rules = plan.protection
    if rules.method == "suppress":
        return b""
    named = rules.noise.get("secret", "")
    return keep_secret(folder / named if named else folder / FOLDER / FILE)


def law_for(plan: Plan, secret: bytes) -> Law | None:
    """Return the law of the noise, or None where figures are withheld instead.

    Raises
    ------
    ProtectionError: limits that no law keeps.
    """
    from countersign.protection.noise.settings import law_of

    rules = plan.protection
    if rules.method == "suppress":
        return None
    return law_of(rules.method, rules.noise, secret, hide_presence=rules.zeros == "protect")


def change(
    plan: Plan, estimates: EstimateTable, contributions: Contributions, law: Law
) -> tuple[EstimateTable, Disclosure]:
    """Return the figures changed by the law, and the report."""
    from countersign.protection.noise.figures import change_figures

    told = change_figures(
        estimates,
        contributions.by_figure(),
        law=law,
        exempt=contributions.exempt,
        hide_zeros=plan.protection.zeros == "protect",
        judge=judged,
    )
    already = sum(one.status is Status.SUPPRESSED for one in estimates)
    withheld = sum(one.status is Status.SUPPRESSED for one in told) - already
    noise = dict(law.told())
    notes = _notes(plan, law, noise)
    report = Disclosure(plan.protection.method, len(told), withheld, noise=noise, notes=notes)
    return replace(told, notes=(*told.notes, *notes)), report


def _notes(plan: Plan, law: Law, noise: dict[str, float]) -> tuple[str, ...]:
    """Return what the reader is told, and add to the numbers what subtracting can tell."""
    from countersign.protection.noise.differencing import differencing
    from countersign.protection.noise.laws import CellKeyNoise

    hidden = plan.protection.zeros == "protect"
    notes = []
    if isinstance(law, CellKeyNoise):
        told = differencing(law.table)
        noise |= {"one_or_two": told.one_or_two, "unnoticed": told.unnoticed}
        notes = [
            PERTURBED.format(largest=f"{law.largest:g}", variance=f"{law.variance:g}"),
            SUBTRACTED.format(chance=f"{50 + 50 * told.one_or_two:.0f}"),
        ]
    else:
        notes = [ROUNDED.format(base=f"{noise['base']:g}"), *([] if law.drawn else [NEAREST])]
    notes += [NOT_ADDITIVE, PRESENCE_HIDDEN if hidden else PRESENCE_SHOWN]
    for source in plan.data.values():
        if law.drawn and source.format != "published-tables" and not source.roles.get("id"):
            notes += [] if plan.protection.contributor else [NO_ID.format(data=source.name)]
    return tuple(notes)


def judged(figure: Estimate) -> Estimate:
    """Judge anew how reliable a figure is, from its published numbers."""
    from countersign.estimation.figures import PRECISE_ENOUGH
    from countersign.estimation.reliability import APPLIES, Precision, judge

    if figure.value is None or figure.standard_error is None or figure.degrees is None:
        return figure
    assert figure.lower is not None
    assert figure.upper is not None
    seen = Precision(
        value=figure.value,
        se=figure.standard_error,
        lower=figure.lower,
        upper=figure.upper,
        n=float(figure.n),
        n_effective=figure.n_effective or float(figure.n),
        degrees=figure.degrees,
    )
    status, flags = judge(seen, APPLIES[figure.statistic])
    note = figure.note
    for words in PRECISE_ENOUGH.values():
        note = note.removeprefix(words).removeprefix("; ")
    own = PRECISE_ENOUGH.get(status, "")
    return replace(figure, status=status, flags=flags, note="; ".join(filter(None, [own, note])))


def change_comparisons(
    comparisons: Sequence[Comparison], contributions: Contributions, law: Law
) -> tuple[Comparison, ...]:
    """Return the compared answers changed as figures are; a question of which one category is gone is left out."""
    from countersign.protection.noise.figures import change_share
    from countersign.study.contributing import compared_id

    behind = {one.figure_id: one for one in contributions.compared}
    told, gone = [], set()
    for one in comparisons:
        who = behind.get(compared_id(one.item, one.category))
        if who is None:
            told.append(one)
            continue
        made = change_share(one.raw, one.weighted, one.standard_error, who, law=law)
        if made is None:
            gone.add(one.item)
            continue
        told.append(replace(one, raw=made[0], weighted=made[1], standard_error=made[2]))
    return tuple(one for one in told if one.item not in gone)


def counts_of_groups(
    plan: Plan, dataset: Dataset, rows: Sequence[GroupCoverage], law: Law
) -> dict[tuple[str, str], int]:
    """Return (variable, category) -> the number of records as the law publishes it."""
    from countersign.protection.noise.figures import about
    from countersign.study.keying import sums_of_keys

    found: dict[tuple[str, str], int] = {}
    for variable in dict.fromkeys(row.variable for row in rows):
        keys = sums_of_keys(plan, dataset, variable, law.secret) if variable in dataset.codebook else {}
        for row in rows:
            if row.variable == variable:
                key = keys.get(row.category, 0)
                name = about({variable: row.category})
                found[variable, row.category] = int(law.counts([row.n or 0], [key], [name])[0])
    return found
