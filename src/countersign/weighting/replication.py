"""Replication: a design turned into replicate factors of its primary sampling units.

Each replicate perturbs the sample so that the spread of an estimate over replicates tells its variance. Factors
multiply base weights and have mean 1 over replicates or over random draws. Wolter (2007); Rao, Wu and Yue (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from countersign.errors import WeightingError, nearest
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.design import Design
from countersign.model.replicates import Centre, ReplicateWeights
from countersign.model.weights import Weights
from countersign.weighting.replication_hadamard import hadamard

KINDS = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "Rao-Wu", "subbootstrap", "SDR")
RANDOM = ("bootstrap", "Rao-Wu", "subbootstrap")
WITH_FPC = ("JK1", "JKn", "bootstrap", "Rao-Wu", "SDR")
MOST_FACTORS = 250_000_000
"""Units x replicates that are held at once: 2 GB."""


@dataclass(frozen=True)
class _Units:
    """P units in H strata, sorted by their keys; `rank` is their order of drawing within the whole list."""

    names: tuple[str, ...]
    labels: list[tuple[object, ...]]
    of: Integers  # stratum of each unit, (P,)
    strata: list[tuple[object, ...]]
    size: Integers  # units of each stratum, (H,)
    fraction: Floats  # n_h / N_h, (H,), 0 without a correction
    still: Integers  # strata whose one unit is taken as certain, numbers
    rank: Floats

    def of_stratum(self, number: int) -> Integers:
        return np.flatnonzero(self.of == number).astype(np.int64)


@dataclass(frozen=True)
class _Made:
    factors: Floats
    scale: float
    rscales: Floats


def replicate_weights(
    units: Cells,
    kind: str,
    *,
    design: Design,
    replicates: int = 500,
    seed: int = 1,
    rho: float = 0.5,
    draws: int = 0,
    order: str = "",
    centre: Centre = "replicates",
    weight: str = "",
    calibration: Weights | None = None,
    degrees: int | None = None,
) -> ReplicateWeights:
    """Make replicate factors.

    Parameters
    ----------
    units: rows reduced by the variables of `design` (and `order`).
    kind: ``JK1`` leaves out one unit at a time; ``JKn`` the same within strata; ``BRR`` balanced half samples of two
        units a stratum; ``Fay`` the same, softened by `rho`; ``bootstrap`` draws n_h units with replacement (with a
        population size: without replacement from the sample repeated to that size); ``Rao-Wu`` the rescaled bootstrap
        with `draws` units a stratum; ``subbootstrap`` n_h - 1 units (Rao-Wu without a population size); ``SDR``
        successive differences in the order of `order`.
    replicates: number of random replicates, or smallest number for ``SDR``; the other kinds decide it themselves.
    rho: of Fay, from 0 (BRR) to below 1. draws: m_h of Rao-Wu; 0 = n_h - 1.
    order: column with the order of drawing, for ``SDR``; a number or text that sorts.
    centre, weight, calibration: as in `ReplicateWeights`. degrees: None = units minus strata.

    Notes
    -----
    n units in a stratum, N in the population, f = n / N or 0, k = times drawn, a = signs of a Hadamard matrix:

    - JK1: n/(n-1), left out 0; scale (1-f)(n-1)/n. JKn: rscale (1-f)(n_h-1)/n_h in its stratum, scale 1.
    - BRR, Fay: 2 - rho and rho; scale 1/(R (1-rho)^2); full orthogonal balance.
    - bootstrap: k; scale n*/((n*-1)(R-1)), n* the harmonic mean of n_h (Canty and Davison 1999; R survey). With a
      population size its variance is N/(N-1) too large; where N/n is not whole some units are copied once more than
      others. Rao-Wu has neither fault.
    - Rao-Wu: 1 - c + c (n/m) k with c = sqrt(m (1-f)/(n-1)); scale 1/(R-1). Subbootstrap: m = n-1, f = 0.
    - SDR: 1 + sqrt(1-f) (a_i - a_(i+1)) / sqrt(8); scale 4/R (Fay and Train 1995), closed to a ring in each stratum.

    Raises
    ------
    WeightingError: a kind that does not fit the design: strata of one unit, other than two for BRR, a population size
        where the kind cannot use it, negative factors, more factors than fit into memory.
    """
    if kind not in KINDS:
        raise WeightingError(
            f"There is no kind of replicates '{kind}'. {nearest(kind, KINDS)}".strip(),
            where="kind",
            expected=f"one of: {', '.join(KINDS)}",
            action="for replicate weights that came with the data, name their columns",
        )
    if design.fpc and kind not in WITH_FPC:
        raise WeightingError(
            f"{kind} has no place for population sizes.",
            where="fpc",
            expected=f"one of: {', '.join(WITH_FPC)}",
            action="leave fpc out (variances are then slightly too large), or choose Rao-Wu or JKn",
        )
    held = _units(units, design, kind, order)
    random = np.random.default_rng(seed)
    made = _MAKERS[kind](held, _Options(replicates, rho, draws, random))
    told = len(held.labels) - len(held.strata)
    return ReplicateWeights(
        kind=kind,
        scale=made.scale,
        rscales=made.rscales,
        degrees=told if degrees is None else degrees,
        centre=centre,
        weight=weight,
        strata=design.strata,
        unit=design.psu,
        keys={name: _column([label[place] for label in held.labels]) for place, name in enumerate(held.names)},
        factors=made.factors,
        calibration=calibration,
    )


@dataclass(frozen=True)
class _Options:
    replicates: int
    rho: float
    draws: int
    random: np.random.Generator


def _column(values: list[object]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


# --- units -----------------------------------------------------------------------------------------------------------


def _units(cells: Cells, design: Design, kind: str, order: str) -> _Units:
    names = (*design.strata, design.psu)
    for name in (*names, design.fpc, order):
        if name and name not in cells.keys:
            raise WeightingError(
                f"The variable '{name}' is not among the cells. {nearest(name, cells.keys)}".strip(),
                where="design",
                expected=f"one of: {', '.join(cells.keys)}",
                action="reduce the rows by this variable too",
            )
        if name and any(value is None or value != value for value in cells.coded(name)[1]):
            raise WeightingError(
                f"There are rows without a value of '{name}'.",
                where="design",
                expected="a stratum, unit, population size and order for every row",
                action=f"complete '{name}', or set these rows aside with a quality gate",
            )
    if not len(cells):
        raise WeightingError("There are no rows to replicate.", expected="at least two units")
    code, labels = cells.codes(names)
    stratum, strata = cells.codes(design.strata)
    of = np.zeros(len(labels), dtype=np.int64)
    of[code] = stratum
    size = np.bincount(of, minlength=len(strata)).astype(np.int64)
    fraction = _fraction(cells, design.fpc, stratum, strata, size)
    still = np.flatnonzero((size == 1) & (fraction < 1))
    if len(still) and not (design.lonely == "certainty" and design.strata):
        told = _named(strata, still)
        raise WeightingError(
            f"{len(still)} strata have only one unit, so leaving it out or drawing it again tells nothing: {told}."
            if design.strata
            else "There is only one unit, so nobody can say how far chance moves the figures.",
            where="design.lonely",
            expected="at least two units in every stratum",
            action="merge strata, or choose lonely: certainty if these units were certain to be drawn",
        )
    if kind == "JK1" and design.strata:
        raise WeightingError(
            "JK1 is for a sample without strata.",
            where="strata",
            expected="no strata",
            action="choose JKn, which leaves units out within their strata",
        )
    return _Units(
        names=names,
        labels=labels,
        of=of,
        strata=strata,
        size=size,
        fraction=fraction,
        still=np.flatnonzero((size == 1) | (fraction >= 1)),
        rank=_rank(cells, code, len(labels), order, kind, design.psu),
    )


def _fraction(cells: Cells, fpc: str, stratum: Integers, strata: list[tuple[object, ...]], size: Integers) -> Floats:
    if not fpc:
        return np.zeros(len(strata))
    told = cells.keys[fpc].astype(float)
    population = np.zeros(len(strata))
    population[stratum] = told
    if (population[stratum] != told).any():
        wrong = np.unique(stratum[population[stratum] != told])
        raise WeightingError(
            f"The population size '{fpc}' varies within a stratum: {_named(strata, wrong)}.",
            where="fpc",
            expected="one population size for each stratum",
            action="correct the column, or leave fpc out",
        )
    if (small := np.flatnonzero(size > population)).size:
        raise WeightingError(
            f"There are more units in the sample than '{fpc}' says exist: {_named(strata, small)}.",
            where="fpc",
            expected="a population size of at least the sample size",
            action="check whether the column holds sizes (not sampling fractions) of the units that were drawn",
        )
    found: Floats = size / population
    return found


def _rank(cells: Cells, code: Integers, count: int, order: str, kind: str, psu: str) -> Floats:
    if kind != "SDR":
        return np.arange(count, dtype=float)
    name = order or (psu if psu == "_row" else "")
    if not name:
        raise WeightingError(
            "Successive differences need the order in which units were drawn.",
            where="order",
            expected="a column with that order, such as the number on the sorted frame",
            action="name it under order, or choose another kind",
        )
    place, values = cells.coded(name)
    rank = np.zeros(count)
    rank[code] = place
    if (rank[code] != place).any():
        raise WeightingError(
            f"The order '{name}' varies within a unit.",
            where="order",
            expected="one place in the order for each unit",
            action="use the order of drawing of the units, not of the rows",
        )
    if len(np.unique(rank)) < count:
        raise WeightingError(
            f"{count} units have only {len(values)} different places in the order '{name}'.",
            where="order",
            expected="a different place for each unit",
            action="number the units in the order in which they were drawn",
        )
    return rank


def _named(strata: list[tuple[object, ...]], at: Integers) -> str:
    told = [" x ".join(str(part) for part in strata[place]) or "the whole sample" for place in at.tolist()]
    return "; ".join(told[:10]) + (f" and {len(told) - 10} more" if len(told) > 10 else "")


# --- factors ---------------------------------------------------------------------------------------------------------


def _room(units: int, replicates: int, kind: str) -> None:
    if units * replicates > MOST_FACTORS:
        raise WeightingError(
            f"{kind} makes {replicates:,} replicates of {units:,} units, which is more than is held at once.",
            where="kind",
            expected=f"at most {MOST_FACTORS:,} factors",
            action="name the primary sampling units under psu, or choose Rao-Wu with a few hundred replicates",
        )


def _jackknife(units: _Units, options: _Options) -> _Made:
    """Leave out one unit at a time, within its stratum; strata taken whole or as certain stay as they are."""
    moving = np.flatnonzero(~np.isin(units.of, units.still))
    if not len(moving):
        raise WeightingError(
            "All strata are in the sample whole, so there is no sampling error to replicate.",
            where="fpc",
            expected="at least one stratum of which only a part was drawn",
        )
    count = len(units.of)
    _room(count, len(moving), "A jackknife")
    factors = np.ones((count, len(moving)))
    size, start = units.size[units.of], 0
    for number in range(len(units.strata)):
        if number in units.still:
            continue
        own = units.of_stratum(number)
        n = len(own)
        block = np.full((n, n), n / (n - 1))
        np.fill_diagonal(block, 0.0)
        factors[own, start : start + n] = block
        start += n
    order = np.concatenate([units.of_stratum(h) for h in range(len(units.strata)) if h not in units.still])
    n = size[order].astype(float)
    rscales = (1 - units.fraction[units.of[order]]) * (n - 1) / n
    return _Made(factors, 1.0, rscales)


def _jackknife_of_one(units: _Units, options: _Options) -> _Made:
    made = _jackknife(units, options)
    return _Made(made.factors, float(made.rscales[0]), np.ones(len(made.rscales)))


def _balanced(units: _Units, rho: float) -> _Made:
    if not 0 <= rho < 1:
        raise WeightingError(
            f"Fay's rho of {rho:g} cannot be used.",
            where="rho",
            expected="from 0 to below 1",
            action="often 0.3 to 0.5",
        )
    pairs = [number for number in range(len(units.strata)) if number not in units.still]
    if (wrong := np.array([number for number in pairs if units.size[number] != 2], dtype=np.int64)).size:
        raise WeightingError(
            f"Balanced half samples need two units in every stratum; these have another number:"
            f" {_named(units.strata, wrong)}.",
            where="kind",
            expected="exactly two units in every stratum",
            action="choose JKn or Rao-Wu, or pair the units in pseudo-strata if the design allows it",
        )
    signs = hadamard(len(pairs) + 1)
    factors = np.ones((len(units.of), len(signs)))
    for place, number in enumerate(pairs, start=1):
        first, second = units.of_stratum(number).tolist()
        factors[first] = np.where(signs[place] > 0, 2 - rho, rho)
        factors[second] = 2 - factors[first]
    return _Made(factors, 1 / (len(signs) * (1 - rho) ** 2), np.ones(len(signs)))


def _drawn(units: _Units, options: _Options, stratum: Callable[[Integers, float], Floats]) -> Floats:
    """Return factors of random draws, stratum by stratum in sorted order."""
    if options.replicates < 2:
        raise WeightingError(
            f"{options.replicates} replicates have no spread.", where="replicates", expected="at least 2, often 200"
        )
    _room(len(units.of), options.replicates, "A bootstrap")
    factors = np.ones((len(units.of), options.replicates))
    for number in range(len(units.strata)):
        if number not in units.still:
            own = units.of_stratum(number)
            factors[own] = stratum(own, float(units.fraction[number])).T
    return factors


def _bootstrap(units: _Units, options: _Options) -> _Made:
    """With replacement, or without from the sample repeated up to the size of the population."""
    random, count = options.random, options.replicates

    def stratum(own: Integers, fraction: Floats | float) -> Floats:
        n = len(own)
        if not fraction:
            return random.multinomial(n, np.full(n, 1 / n), size=count).astype(float)
        whole, rest = divmod(round(n / float(fraction)), n)
        copies = whole + random.permutation(np.arange(n) < rest)  # one pseudo-population for all replicates, as R
        return random.multivariate_hypergeometric(copies, n, size=count).astype(float)

    factors = _drawn(units, options, stratum)
    moving = np.delete(units.size, units.still)
    typical = 1 / np.mean(1 / moving) if len(moving) else np.inf
    return _Made(factors, float(typical / (typical - 1) / (count - 1)), np.ones(count))


def _rescaled(units: _Units, options: _Options) -> _Made:
    """Rao and Wu (1988), Rao, Wu and Yue (1992)."""
    random, count = options.random, options.replicates

    def stratum(own: Integers, fraction: float) -> Floats:
        n = len(own)
        m = options.draws or n - 1
        c = np.sqrt(m * (1 - fraction) / (n - 1))
        if c > 1 + 1e-12:
            raise WeightingError(
                f"{m} draws from {n} units give negative factors.",
                where="draws",
                expected=f"at most {int((n - 1) / (1 - fraction))} draws in a stratum of {n} units",
                action="leave draws out for one less than the units of each stratum",
            )
        drawn = random.multinomial(m, np.full(n, 1 / n), size=count)
        factors: Floats = 1 - c + c * (n / m) * drawn
        return factors

    if options.draws < 0:
        raise WeightingError(f"{options.draws} draws cannot be made.", where="draws", expected="at least 1")
    return _Made(_drawn(units, options, stratum), 1 / (count - 1), np.ones(count))


def _one_less(units: _Units, options: _Options) -> _Made:
    return _rescaled(units, _Options(options.replicates, options.rho, 0, options.random))


def _successive(units: _Units, options: _Options) -> _Made:
    """Differences of neighbours in the order of drawing, each stratum closed to a ring.

    With at most R - 1 units the variance of a total is exactly half the sum of squared differences of neighbours; with
    more, signs are used again and the equality holds on average over them.
    """
    signs = hadamard(max(options.replicates, 4))
    size = len(signs)
    _room(len(units.of), size, "Successive differences")
    factors = np.ones((len(units.of), size))
    start = 0
    for number in range(len(units.strata)):
        own = units.of_stratum(number)
        if number in units.still:
            continue
        own = own[np.argsort(units.rank[own], kind="stable")]
        line = 1 + (start + np.arange(len(own))) % (size - 1)
        after = np.roll(line, -1)
        step = np.sqrt((1 - units.fraction[number]) / 8)
        factors[own] = 1 + step * (signs[line].astype(float) - signs[after])
        start += len(own)
    return _Made(factors, 4 / size, np.ones(size))


_MAKERS: dict[str, Callable[[_Units, _Options], _Made]] = {
    "JK1": _jackknife_of_one,
    "JKn": _jackknife,
    "BRR": lambda units, options: _balanced(units, 0.0),
    "Fay": lambda units, options: _balanced(units, options.rho),
    "bootstrap": _bootstrap,
    "Rao-Wu": _rescaled,
    "subbootstrap": _one_less,
    "SDR": _successive,
}
