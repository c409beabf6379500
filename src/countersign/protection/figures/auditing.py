"""Auditing: what a stranger with this release, and with earlier ones, can compute of what is withheld.

It reads what is published and shares nothing with the choice of what to withhold. A withheld figure known exactly, or
better than the rule allows, stops the release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable, Bools, Bounds, Protect
from countersign.model.contribution import Nesting, Overlap, Told
from countersign.model.disclosure import AuditResult
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Plan
from countersign.model.protection_plan import ProtectionPlan
from countersign.protection.cells.auditing import attack, audit
from countersign.protection.figures.reading import Cell, Known, Seen, put_together, see, see_rows
from countersign.protection.figures.recalling import complete, recall
from countersign.protection.figures.sums import recovered_sums

SOLVER = "HiGHS, two programs a cell"
NAMED = 5
MEASURED = 300
"""Cells up to which the narrowest interval is computed too: that none is too narrow is decided much sooner."""


@dataclass(frozen=True)
class Earlier:
    """A release that is already out: its name, and the rows of its ``estimates.csv``."""

    name: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Found:
    """What the audit found.

    Parameters
    ----------
    result: as it is published. recovered: figures that can be computed, exactly or too well. newcomers: figures of an
    earlier release from almost as many people: the difference is the answer of few. opened: those of the recovered
    figures that only an earlier release withholds.
    """

    result: AuditResult
    recovered: tuple[str, ...] = ()
    newcomers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    opened: tuple[str, ...] = ()

    @property
    def safe(self) -> bool:
        """Nothing was found."""
        return not self.recovered and not any(self.newcomers.values())


def audit_release(
    plan: Plan,
    before: EstimateTable,
    published: EstimateTable,
    *,
    unsafe: Iterable[str],
    overlaps: Sequence[Overlap] = (),
    told: Sequence[Told] = (),
    nestings: Sequence[Nesting] = (),
    earlier: Sequence[Earlier] = (),
    minimums: Mapping[str, int] | None = None,
) -> Found:
    """Attack what is published.

    Parameters
    ----------
    before: the figures before anything was withheld: what is checked is whether the attack finds these numbers.
    published: as they may leave. unsafe: figures withheld for their own sake. overlaps: tell which of two conditions
    lies within the other. told: numbers of records that other tables of the release tell. nestings: which categories
    lie within those of another variable. earlier: releases that are out: figures they show are known, and a figure they
    show from 1 to minimum - 1 fewer or more people tells the answer of those few.
    minimums: figure -> a minimum of its own.

    Returns
    -------
    `Found`. The interval of each number behind an unsafe figure is compared with the width of the rule; where even
    withholding everything would leave no wider interval, with that.
    """
    seen = see(plan, before, published)
    known = put_together(
        plan,
        seen,
        within=_within(overlaps),
        told=told,
        nestings=nestings,
        recalled=[recall(plan, seen, one.rows) for one in earlier],
    )
    complete(known)
    minimum = plan.protection.minimum_contributors
    width = float(max(minimum, 1) if plan.protection.width is None else plan.protection.width)
    told_before = known.before & _of_figures(known) - known.shown
    new = (_of_figures(known) - known.before - known.certain) | known.left
    known.shown |= known.before
    unsafe = frozenset(unsafe)
    risky = _risky(known, seen, unsafe, plan.protection)
    recovered, result = _attack(known, risky, width)
    recovered |= risky & told_before
    opened = _opened(known, risky, new, width, plan.protection)
    newcomers = {one.name: _newcomers(seen, see_rows(plan, one.rows), minimum, minimums or {}) for one in earlier}
    names = tuple(
        one.name for one in seen if not one.shown and any(cell in recovered for cell in known.cells[one.name])
    )
    names += tuple(sorted({f"{cell[0]}, {_words(cell)}" for cell in recovered & known.differences}))
    told_now = tuple(name for name, cells in known.withheld.items() if name not in names and opened & {*cells})
    names += told_now
    sums = tuple(name for name in recovered_sums(before, published, unsafe, nestings=nestings) if name not in names)
    names += sums
    return Found(
        result=replace(
            result,
            hidden=result.hidden + len(told_before),
            points=result.points + len(risky & told_before) + len(opened) + len(sums),
            tables=len({(whose, what) for whose, what, _ in known.values}),
            equations=len(known.equations),
            earlier=len(earlier),
            solver=SOLVER,
        ),
        recovered=names,
        newcomers=newcomers,
        opened=told_now,
    )


def refuse(found: Found) -> None:
    """Stop the release if the audit found something.

    Raises
    ------
    ProtectionError: it names the figures and no number.
    """
    if found.recovered:
        raise ProtectionError(
            f"{len(found.recovered)} withheld numbers could be computed from what would be published"
            + (" and from earlier releases: " if found.result.earlier else ": ")
            + _listed(found.recovered),
            where="protection",
            expected="no number of few people that follows from others, from totals or from earlier releases",
            action="take one of these breakdowns out, make its categories wider ('coarsen'), or 'method: perturb'",
        )
    for name, figures in found.newcomers.items():
        if figures:
            raise ProtectionError(
                f"Beside the release '{name}' {len(figures)} figures would tell the answer of the few people who were "
                f"added or taken out since: {_listed(figures)}",
                where="protection.earlier",
                expected="no people, or as many as the minimum, more or fewer behind each figure than before",
                action="wait for more answers, take these breakdowns out, or publish the earlier figures",
            )


def warnings(found: Found) -> tuple[str, ...]:
    """Say what stands against another release, where it is not certain that anybody has it."""
    told = []
    if found.recovered:
        told.append(
            f"{len(found.recovered)} figures that are withheld now can be computed with the release that stands in the "
            f"folder. If it was given to anybody, name it under 'protection: earlier': {_listed(found.recovered)}"
        )
    for figures in found.newcomers.values():
        if figures:
            told.append(
                f"{len(figures)} figures differ from the release that stands in the folder by so few people that both "
                "together tell their answers. If it was given to anybody, name it under 'protection: earlier': "
                + _listed(figures)
            )
    return tuple(told)


# The attack -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stranger:
    """What he does not know.

    Parameters
    ----------
    table: all cells. place: of each in the table. hidden: (C,) he does not see it. nobody: (C,) he knows that nobody is
    in it. No cell is larger than the largest.
    """

    table: AdditiveTable
    place: Mapping[Cell, int]
    hidden: Bools
    nobody: Bools

    @property
    def top(self) -> float:
        """The largest number."""
        return float(self.table.values.max())

    def bounds(self, mask: Bools, places: Sequence[int]) -> Bounds:
        """Return the intervals of some cells if those in `mask` are hidden."""
        asked = np.asarray(places, dtype=np.int64)
        return audit(self.table, mask, known=self.nobody & mask, at_most=self.top, ask=asked)

    def known_too_well(self, places: Sequence[int], width: float) -> list[int]:
        """Return those of some cells that he knows to less than a width."""
        risk = np.isin(np.arange(len(self.table)), places)
        rules = Protect(risk, np.full(len(self.table), width), self.nobody & self.hidden)
        met = attack(self.table, self.hidden, rules, at_most=self.top)
        return [int(at) for at in (*met.points, *met.narrow)]


def _stranger(known: Known, risky: frozenset[Cell]) -> _Stranger:
    table, place = _table(known)
    hidden = np.array([cell not in known.shown for cell in place])
    unknown = risky | known.open | known.shared
    nobody = np.array([known.values[cell] == 0 and cell not in unknown for cell in place])
    return _Stranger(table, place, hidden, nobody)


def _attack(known: Known, risky: frozenset[Cell], width: float) -> tuple[frozenset[Cell], AuditResult]:
    """Bound every risky cell; return those known too well, and the numbers of the report."""
    withheld = len(_of_figures(known) - known.shown)
    if not risky:
        return frozenset(), AuditResult(withheld, 0, 0, None, width)
    stranger = _stranger(known, risky)
    place, hidden = stranger.place, stranger.hidden
    ask = sorted(place[cell] for cell in risky if hidden[place[cell]])
    short, less = stranger.known_too_well(ask, width), {}
    if short:
        # Nothing that is published may be to blame: a total that everybody knows leaves no wider interval.
        most = np.minimum(stranger.bounds(_everything(known, place), short).width, width)
        wide = stranger.bounds(hidden, short).width
        less = {at: own for at, own, allowed in zip(short, wide.tolist(), most.tolist(), strict=True) if own < allowed}
    points = sum(own <= 0 for own in less.values())
    narrowest = float(stranger.bounds(hidden, ask).width.min()) if 0 < len(ask) <= MEASURED else None
    cells = list(place)
    result = AuditResult(
        hidden=withheld,
        points=points,
        narrow=len(less) - points,
        narrowest=narrowest,
        width=width,
    )
    return frozenset(cells[at] for at in less), result


def _opened(
    known: Known, risky: frozenset[Cell], new: set[Cell], width: float, rules: ProtectionPlan
) -> frozenset[Cell]:
    """Return the cells withheld before that are known too well now, where they may be small, because of what is new."""
    if not known.open:
        return frozenset()
    stranger = _stranger(known, risky)
    cells, hidden = list(stranger.place), stranger.hidden
    short = stranger.known_too_well([stranger.place[cell] for cell in known.open - known.shared], width)
    if not short:
        return frozenset()
    now = stranger.bounds(hidden, short)
    then = stranger.bounds(hidden | np.array([cell in new for cell in cells]), short)
    base = rules.minimum_contributors
    answer = base if rules.numerators else int(rules.group_disclosure)
    return frozenset(
        cells[at]
        for at, own, before, least in zip(short, now.width, then.width, now.lower, strict=True)
        if own < before and least < (base if cells[at][1] == "n" else answer)
    )


def _of_figures(known: Known) -> set[Cell]:
    """Return the cells of all figures of the release."""
    return {cell for own in known.cells.values() for cell in own}


def _table(known: Known) -> tuple[AdditiveTable, dict[Cell, int]]:
    place = {cell: at for at, cell in enumerate(known.values)}
    values = np.array([float(value) for value in known.values.values()])
    equations = tuple((place[total], tuple(sorted(place[part] for part in parts))) for total, parts in known.equations)
    table = AdditiveTable(
        dimensions=("cell",),
        cells=tuple((str(at),) for at in place.values()),
        values=values,
        contributors=values.astype(np.int64),
        equations=equations,
    )
    return table, place


def _everything(known: Known, place: Mapping[Cell, int]) -> Bools:
    """Return the cells that would be hidden if every figure was withheld."""
    of_figures = (_of_figures(known) | known.before) - known.certain
    return np.array([cell in of_figures or cell not in known.shown for cell in place])


def _risky(known: Known, seen: Sequence[Seen], unsafe: frozenset[str], rules: ProtectionPlan) -> frozenset[Cell]:
    """Return the cells that must not be computed: the small ones behind an unsafe figure, and those of differences.

    Where none is small, another rule spoke: of an answer that all gave, how many gave it is meant, else all that the
    figure tells. A difference tells on people where they are few, where few of them gave an answer, and, if the study
    asks for it, where all of them gave the same.
    """
    minimum = rules.minimum_contributors
    least = 0 if rules.group_disclosure and minimum > 1 else 1
    found: set[Cell] = set()
    for cell in known.differences:
        whose, _, group = cell
        if known.values.get((whose, "n", group)) and least <= known.values[cell] < minimum:
            found.add(cell)
    for one in seen:
        if one.name not in unsafe:
            continue
        own = [cell for cell in known.cells[one.name] if cell not in known.certain]
        small = [cell for cell in own if known.values[cell] < minimum]
        answers = [cell for cell in own if cell[1] != "n" and one.x == one.n]
        found |= set(small or answers or own)
    return frozenset(found)


def _within(overlaps: Sequence[Overlap]) -> set[tuple[str, str]]:
    """Return the pairs (narrow, wide) of conditions where nobody is in the narrow one alone."""
    together: set[tuple[str, str]] = set()
    alone: set[tuple[str, str]] = set()
    for one in overlaps:
        for name in one.indicators:
            for other in one.family:
                if other != name:
                    (together if other in one.indicators else alone).add((name, other))
    return {pair for pair in together - alone if pair[::-1] in alone}


# Earlier releases -----------------------------------------------------------------------------------------------------


def _newcomers(
    seen: Sequence[Seen], rows: Sequence[Seen], minimum: int, minimums: Mapping[str, int]
) -> tuple[str, ...]:
    before = {one.name: one.n for one in rows}
    return tuple(
        one.name
        for one in seen
        if one.shown and one.name in before and 0 < abs(one.n - before[one.name]) < minimums.get(one.name, minimum)
    )


def _words(cell: Cell) -> str:
    return ", ".join(f"{name}={category}" for name, category in sorted(cell[2])) or "all"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "") + "."
