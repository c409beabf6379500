"""Cube: a published table taken apart into cells, each known to be a detail or a sum of others.

A key has one place per dimension; ``ALL`` there means "all of them together". So a total row, a total column and a
national row are all the same thing: cells with ``ALL`` in some places, which the sums of finer cells must reach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ALL = "*"
NOT_SHOWN = "not shown in the table"
# Up to this share of the totals (all together), people missing from the parts are taken as a group the table does not
# show (Kenya 2019: intersex persons, 0.003 %; ages not stated); above it, as a mistake in the table. Own choice, 2026,
# changeable by the option `rest_share`.
REST_SHARE = 0.01

Key = tuple[str, ...]
Numbers = dict[str, float]


@dataclass(frozen=True)
class SumCheck:
    """Whether the cells over one dimension add up to the cells with ``ALL`` there.

    Parameters
    ----------
    grain: dimensions of the finer cells; over: the one summed. compared, equal: cells. larger, smaller: cells whose
        total is larger or smaller than its parts; by: sum of the differences (total less parts), per direction.
    examples: up to three (cell in words, measure, total less parts), largest first.
    """

    grain: tuple[str, ...]
    over: str
    compared: int
    equal: int
    larger: int
    smaller: int
    by: tuple[float, float]
    examples: tuple[tuple[str, str, float], ...] = ()


@dataclass
class Cube:
    """Cells of a table by dimension.

    Parameters
    ----------
    dims: names; cells: key -> measure -> number; notes: what was found while taking the table apart; groups: rows that
    were sums of other rows and left out.
    """

    dims: tuple[str, ...]
    cells: dict[Key, Numbers] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    groups: int = 0

    def total(self) -> dict[str, float]:
        """Sum of each measure over all cells."""
        return _totals(self)

    def add(self, key: Key, measure: str, value: float) -> bool:
        """Put a number into a cell; return False if another one is there already."""
        own = self.cells.setdefault(key, {})
        if measure in own and own[measure] != value:
            return False
        own[measure] = value
        return True

    def grains(self) -> dict[tuple[str, ...], int]:
        """Combinations of dimensions that occur, with the number of cells."""
        found: dict[tuple[str, ...], int] = defaultdict(int)
        for key in self.cells:
            found[self.grain(key)] += 1
        return dict(found)

    def grain(self, key: Key) -> tuple[str, ...]:
        """Dimensions in which a key is particular."""
        return tuple(name for name, value in zip(self.dims, key, strict=True) if value != ALL)

    def words(self, key: Key) -> str:
        """Say a key: ``county=Embu, sex=male``."""
        parts = [f"{name}={value}" for name, value in zip(self.dims, key, strict=True) if value != ALL]
        return ", ".join(parts) or "the whole"

    def of_grain(self, grain: Sequence[str]) -> dict[Key, Numbers]:
        """Cells of one combination of dimensions."""
        wanted = tuple(name for name in self.dims if name in grain)
        return {key: numbers for key, numbers in self.cells.items() if self.grain(key) == wanted}


def check_sums(cube: Cube, *, rounding: float = 0.0) -> list[SumCheck]:
    """Compare every sum over one dimension with the cell that should hold it, where the table has both."""
    checks = []
    for grain in sorted(cube.grains(), key=lambda names: (len(names), names)):
        finer = cube.of_grain(grain)
        for over in grain:
            place = cube.dims.index(over)
            sums: dict[Key, Numbers] = {}
            for key, numbers in finer.items():
                above = (*key[:place], ALL, *key[place + 1 :])
                if above in cube.cells:
                    own = sums.setdefault(above, {})
                    for measure, value in numbers.items():
                        own[measure] = own.get(measure, 0.0) + value
            if sums:
                checks.append(_compare(cube, grain, over, sums, rounding))
    return checks


def _compare(cube: Cube, grain: tuple[str, ...], over: str, sums: Mapping[Key, Numbers], rounding: float) -> SumCheck:
    compared, equal, larger, smaller, more, less = 0, 0, 0, 0, 0.0, 0.0
    examples: list[tuple[str, str, float]] = []
    for above, parts in sums.items():
        for measure, total in cube.cells[above].items():
            if measure not in parts:
                continue
            compared += 1
            difference = total - parts[measure]
            if abs(difference) <= rounding:
                equal += 1
                continue
            if difference > 0:
                larger, more = larger + 1, more + difference
            else:
                smaller, less = smaller + 1, less + difference
            examples.append((cube.words(above), measure, difference))
    examples.sort(key=lambda item: (-abs(item[2]), item[0]))
    return SumCheck(grain, over, compared, equal, larger, smaller, (more, less), tuple(examples[:3]))


def sentence(check: SumCheck) -> str:
    """Say what a check found, in one or two sentences."""
    what = f"Sums over {check.over} (cells by {', '.join(check.grain)})"
    if check.equal == check.compared:
        return f"{what}: all {check.compared:,} agree with the totals in the table."
    text = f"{what}: {check.equal:,} of {check.compared:,} agree with the totals in the table."
    if check.larger:
        text += f" {check.larger:,} totals are larger than their parts, by {check.by[0]:,.0f} together."
    if check.smaller:
        text += f" {check.smaller:,} totals are smaller than their parts, by {-check.by[1]:,.0f} together."
    listed = "; ".join(f"{words} ({measure}: {difference:+,.0f})" for words, measure, difference in check.examples)
    return f"{text} Largest: {listed}."


def details(cube: Cube, by: Sequence[str], *, rest: Sequence[str], share: float = REST_SHARE) -> tuple[Cube, list[str]]:
    """Return the cells of one grain, completed so that they add up to the totals the table gives.

    Where a total over dimensions in `rest` exceeds its parts by at most `share`, the difference becomes a cell of its
    own, with `NOT_SHOWN` in those dimensions: people the table counts and does not show. Larger totals and totals
    smaller than their parts are left alone and reported.

    Parameters
    ----------
    by: dimensions of the detail cells. rest: dimensions in which a category may be left out (never areas: a file may
        hold a part of the country).
    """
    dims = tuple(name for name in cube.dims if name in by)
    places = [cube.dims.index(name) for name in dims]
    made = Cube(dims)
    for key, numbers in cube.of_grain(dims).items():
        made.cells[tuple(key[place] for place in places)] = dict(numbers)
    notes: list[str] = []
    free = [name for name in dims if name in rest]
    for size in range(1, len(free) + 1):
        for grain in sorted(cube.grains(), key=len, reverse=True):
            gone = [name for name in dims if name not in grain]
            if set(grain) <= set(dims) and len(gone) == size and set(gone) <= set(free):
                notes += _complete(cube, made, grain, gone, share)
    return made, notes


def _complete(cube: Cube, made: Cube, grain: Sequence[str], gone: Sequence[str], share: float) -> list[str]:
    wanted = [made.dims.index(name) for name in grain]
    sums: dict[Key, Numbers] = {}
    for key, numbers in made.cells.items():
        own = sums.setdefault(tuple(key[place] for place in wanted), {})
        for measure, value in numbers.items():
            own[measure] = own.get(measure, 0.0) + value
    added: Numbers = {}
    cells = refused = 0
    allowed = _allowed(cube.of_grain(grain), sums, share)
    shown = {measure for numbers in made.cells.values() for measure in numbers}
    for key, numbers in cube.of_grain(grain).items():
        part = tuple(value for value in key if value != ALL)
        parts = sums.get(part, {})
        found = {measure: total - parts.get(measure, 0.0) for measure, total in numbers.items() if measure in shown}
        good = {m: d for m, d in found.items() if d > 0 and m in allowed}
        refused += sum(1 for m, d in found.items() if d < 0 or (d > 0 and m not in allowed))
        if good:
            values = dict(zip(grain, part, strict=True))
            target = tuple(values.get(name, NOT_SHOWN) for name in made.dims)
            made.cells[target] = {**{m: 0.0 for m, d in found.items() if d == 0}, **good}
            cells += 1
            for measure, difference in good.items():
                added[measure] = added.get(measure, 0.0) + difference
    notes = []
    listed = ", ".join(f"{measure} {value:,.0f}" for measure, value in added.items())
    if cells:
        notes.append(
            f"{cells:,} totals count people that no category of {' and '.join(gone)} shows ({listed}); "
            "they are kept as "
            f"cells without {' and '.join(gone)}."
        )
    if refused:
        notes.append(
            f"{refused:,} totals over {' and '.join(gone)} differ from their parts and cannot be "
            "explained by people left "
            "out; the parts were used, not the totals."
        )
    return notes


def _allowed(totals: Mapping[Key, Numbers], sums: Mapping[Key, Numbers], share: float) -> set[str]:
    """Measures whose totals exceed their parts by at most `share`, taken over all cells that do."""
    more: Numbers = {}
    whole: Numbers = {}
    for key, numbers in totals.items():
        parts = sums.get(tuple(value for value in key if value != ALL), {})
        for measure, total in numbers.items():
            more[measure] = more.get(measure, 0.0) + max(0.0, total - parts.get(measure, 0.0))
            whole[measure] = whole.get(measure, 0.0) + total
    return {measure for measure, surplus in more.items() if surplus <= share * whole[measure]}


def rest_of(made: Cube, coarse: Cube, name: str, *, areas: Sequence[str] = (), share: float = REST_SHARE) -> list[str]:
    """Add to the detail cells what another, coarser table counts beyond them; return what was found.

    A category the details lack is added whole; elsewhere a surplus of at most `share` is added, anything else reported.
    The added cells have `NOT_SHOWN` in the dimensions the coarser table lacks. Areas the details lack are never
    added: the
    file may hold a part of the country.
    """
    places = [made.dims.index(dim) for dim in coarse.dims]
    sums: dict[Key, Numbers] = {}
    for key, numbers in made.cells.items():
        own = sums.setdefault(tuple(key[place] for place in places), {})
        for measure, value in numbers.items():
            own[measure] = own.get(measure, 0.0) + value
    before = _totals(made)
    added: dict[str, float] = {}
    odd: list[str] = []
    measures = set(before)
    lone: set[str] = set()
    here = {dim: {key[made.dims.index(dim)] for key in made.cells} for dim in coarse.dims if dim in areas}
    for key, numbers in coarse.cells.items():
        parts = sums.get(key, {})
        values = dict(zip(coarse.dims, key, strict=True))
        absent = {f"{dim}={value}" for dim, value in values.items() if dim in here and value not in here[dim]}
        if absent:
            lone |= absent
            continue
        target = tuple(values.get(dim, NOT_SHOWN) for dim in made.dims)
        for measure, total in numbers.items():
            if measure not in measures:
                continue
            surplus = total - parts.get(measure, 0.0)
            if surplus == 0:
                continue
            if surplus > 0 and (not parts or surplus <= share * total):
                made.cells.setdefault(target, {})[measure] = surplus
                lacking = [f"{dim}={value}" for dim, value in values.items() if not _has(made, dim, value, coarse.dims)]
                reason = " ".join(lacking) or "not in the detail cells"
                added[reason] = added.get(reason, 0.0) + surplus
            else:
                odd.append(f"{coarse.words(key)} ({measure}: {surplus:+,.0f})")
    notes = []
    if lone:
        notes.append(f"{len(lone):,} areas are only in {name} and were left out: {', '.join(sorted(lone)[:5])}.")
        coarse = Cube(coarse.dims, {key: n for key, n in coarse.cells.items() if not _in(coarse, key, lone)})
    after = _totals(coarse)
    for measure in sorted(measures & set(after)):
        if after[measure] != before[measure]:
            listed = ", ".join(f"{reason} {value:,.0f}" for reason, value in sorted(added.items()))
            notes.append(
                f"{name} counts {after[measure]:,.0f} ({measure}), the detail cells "
                f"{before[measure]:,.0f}: a difference of "
                f"{after[measure] - before[measure]:,.0f}" + (f", added as: {listed}." if listed else ".")
            )
        else:
            notes.append(f"{name} and the detail cells both count {after[measure]:,.0f} ({measure}).")
    if odd:
        notes.append(
            f"{name} differs from the detail cells in {len(odd):,} places that cannot be explained by people left out, "
            f"for example {'; '.join(odd[:3])}; the detail cells were used."
        )
    return notes


def _in(cube: Cube, key: Key, areas: set[str]) -> bool:
    return any(f"{dim}={value}" in areas for dim, value in zip(cube.dims, key, strict=True))


def _has(made: Cube, dim: str, value: str, added: Sequence[str]) -> bool:
    """Whether a category occurs among cells that came with all dimensions."""
    place = made.dims.index(dim)
    others = [made.dims.index(name) for name in made.dims if name not in added]
    return any(key[place] == value and all(key[other] != NOT_SHOWN for other in others) for key in made.cells)


def _totals(cube: Cube) -> Numbers:
    sums: Numbers = {}
    for numbers in cube.cells.values():
        for measure, value in numbers.items():
            sums[measure] = sums.get(measure, 0.0) + value
    return sums
