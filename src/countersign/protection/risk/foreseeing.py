"""A form and the shares of its answers in the population -> how many respondents will stand alone, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce as fold
from itertools import combinations, product

from countersign.errors import ProtectionError
from countersign.model.foreseen_risk import Change, ForeseenRisk
from countersign.protection.risk.blocks import Block, are_whole, changed, choices
from countersign.protection.risk.spreading import Counted, Spread

BELOW = (2, 3, 5)
MOST_CHANGED = 3  # questions that a proposal changes
_GONE = 2.0  # detail counts so many times where a question is left out: nothing is left of its small groups
_NORMAL = 1.959963984540054


def foresee(
    keys: Sequence[str],
    blocks: Sequence[Block],
    *,
    respondents: int,
    limit: float,
    population: float | None = None,
    equal: Sequence[str] = (),
    numbers: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> ForeseenRisk:
    """Return what to expect of so many respondents.

    Parameters
    ----------
    blocks: from `blocks_of`. population: people, where the table counts them. equal: questions whose answers are taken
    as equally frequent. numbers: questions whose whole numbers are amounts, such as years. limit: largest acceptable
    part of respondents who stand alone. sensitive, notes: told along.

    Returns
    -------
    Expectations are computed, nothing is drawn: see `Spread`, and `Counted` where one table counts the people of every
    combination. The range is the expectation and 1.96 standard deviations.

    Raises
    ------
    ProtectionError: nobody to ask, no key, more respondents than people, a limit outside 0 to 1.
    """
    if respondents < 1:
        raise _wrong("respondents", "Nobody is to be asked.", "a whole number from 1 on")
    if not keys:
        raise _wrong("keys", "It is not said by which questions people could be recognised.", "at least one question")
    if not 0 <= limit <= 1:
        raise _wrong("limit", f"{limit:g} is no part of the respondents.", "a number from 0 to 1, such as 0.05")
    if population is not None and respondents > population:
        raise _wrong(
            "respondents",
            f"There are {population:,.0f} people, and {respondents:,} are to be asked.",
            "no more respondents than people",
        )
    search = _Search(tuple(blocks), respondents, _are_counted(blocks, population), tuple(numbers))
    law, spread = search.law(search.blocks), _spread(blocks)
    expected = law.alone(respondents)
    drawn = 1 - respondents / population if search.counted and population else 1.0
    chance = _NORMAL * spread.spread_of_alone(respondents) * drawn**0.5
    return ForeseenRisk(
        respondents=respondents,
        population=population,
        keys=tuple(keys),
        together=tuple(block.names for block in blocks),
        combinations=spread.combinations,
        groups=law.groups(respondents),
        alone=expected,
        lower=max(0.0, expected - chance),
        upper=min(1.0, expected + chance),
        below={k: law.below(k, respondents) for k in BELOW},
        alone_in_population=None if population is None else law.alone(round(population)),
        limit=limit,
        single=search.single(),
        steps=search.steps(limit),
        model=_model([block.names for block in blocks], search.counted),
        equal=tuple(equal),
        sensitive=tuple(sensitive),
        notes=tuple(notes),
    )


class _Search:
    """What changes of questions leave, for so many respondents."""

    def __init__(self, blocks: tuple[Block, ...], respondents: int, counted: bool, numbers: tuple[str, ...]) -> None:
        self.blocks, self.respondents, self.counted, self.numbers = blocks, respondents, counted, numbers
        self.found: dict[frozenset[tuple[str, int]], float] = {}
        self.home = {name: number for number, block in enumerate(blocks) for name in block.names}

    def law(self, blocks: Sequence[Block]) -> Spread | Counted:
        return Counted(blocks[0].counts) if self.counted else _spread(blocks)

    def alone(self, chosen: Mapping[str, int]) -> float:
        """Return the expected part alone after changes: question -> band, 0 for leaving it out."""
        known = frozenset(chosen.items())
        if known not in self.found:
            self.found[known] = self.law(self.applied(chosen)).alone(self.respondents)
        return self.found[known]

    def applied(self, chosen: Mapping[str, int]) -> list[Block]:
        made = list(self.blocks)
        for name, band in chosen.items():
            made[self.home[name]] = changed(made[self.home[name]], name, band)
        return made

    def choices(self, name: str) -> list[int]:
        return choices(self.blocks[self.home[name]], name, number=name in self.numbers)

    def change(self, name: str, band: int, chosen: Mapping[str, int]) -> Change:
        block = self.blocks[self.home[name]]
        ranges = not are_whole(block.answers[block.names.index(name)])
        return Change(name, band, self.alone(chosen), neighbours=bool(band) and ranges)

    def single(self) -> tuple[Change, ...]:
        found = [self.change(name, band, {name: band}) for name in self.home for band in self.choices(name)]
        return tuple(sorted(found, key=lambda one: (one.alone, one.band == 0, one.band)))

    def steps(self, limit: float) -> tuple[Change, ...]:
        """Return the changes that get under the limit and cost least detail; none if it is met, or out of reach."""
        if self.alone({}) <= limit:
            return ()
        lists = {name: self.choices(name) for name in self.home}
        cost = {(name, band): self._cost(name, band) for name, bands in lists.items() for band in bands}
        sets = [
            dict(zip(names, bands, strict=True))
            for size in range(1, min(len(lists), MOST_CHANGED) + 1)
            for names in combinations(lists, size)
            if self.alone(dict.fromkeys(names, 0)) <= limit  # else nothing milder helps
            for bands in product(*(lists[name] for name in names))
        ]
        for chosen in sorted(sets, key=lambda one: sum(cost[pair] for pair in one.items())):
            if self.alone(chosen) <= limit:
                return self._told(chosen)
        return ()

    def _told(self, chosen: Mapping[str, int]) -> tuple[Change, ...]:
        """Return the changes, the one that helps most by itself first, and what is left after each."""
        done: dict[str, int] = {}
        told = []
        for name, band in sorted(chosen.items(), key=lambda pair: self.alone(dict([pair]))):
            done[name] = band
            told.append(self.change(name, band, done))
        return tuple(told)

    def _cost(self, name: str, band: int) -> float:
        """Return the detail that a change costs: entropy, which counts double where nothing is left of a question."""
        block = self.blocks[self.home[name]]
        whole = block.detail(name)
        return whole - changed(block, name, band).detail(name) if band else _GONE * whole


def _are_counted(blocks: Sequence[Block], population: float | None) -> bool:
    """Whether one table counts the people of every combination, in whole numbers."""
    return population is not None and len(blocks) == 1 and bool((blocks[0].counts % 1 == 0).all())


def _spread(blocks: Sequence[Block]) -> Spread:
    return fold(lambda a, b: a.times(b), [Spread.of(block.counts) for block in blocks])


def _model(together: Sequence[tuple[str, ...]], counted: bool) -> str:
    if counted:
        return "Respondents are drawn by chance, each person once, from the people that the table counts."
    words = "Respondents are drawn by chance from the shares of the table, one independently of the other."
    if len(together) == 1:
        return words
    joint = "; ".join(" and ".join(names) for names in together if len(names) > 1)
    return f"{words} Questions are taken as independent" + (
        f", except those known jointly ({joint})." if joint else "."
    )


def _wrong(argument: str, problem: str, expected: str) -> ProtectionError:
    return ProtectionError(problem, where=argument, expected=expected, action=f"correct {argument}=")
