"""Target: what is asked of a self-selected sample, and the answer with both parts of its variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.tabular import Tabular

Denominator: TypeAlias = Literal["hajek", "horvitz-thompson"]
Population: TypeAlias = float | Mapping[Any, float] | None
"""Known size of the population, or of each domain by its category (a tuple where the breakdown has several)."""

BLOCK = 4_000_000
"""Numbers in a dense work array; more domains are done in blocks."""


@dataclass(frozen=True)
class Target:
    """A mean or a total.

    Parameters
    ----------
    name: of the figure. measure: y, 0 where it is missing. counted: measure that is 1 where y is there; empty = in
        every row. statistic: ``mean`` or ``total``. share: y is 0 or 1.
    """

    name: str
    measure: str
    counted: str = ""
    statistic: Literal["mean", "total"] = "mean"
    share: bool = False

    def places(self, cells: Cells) -> tuple[int, int | None]:
        """Return the places of y and of its presence among the measures."""
        for name in (self.measure, self.counted):
            if name and name not in cells.measures:
                raise EstimationError(
                    f"There is no measure '{name}' among the cells. {nearest(name, cells.measures)}".strip(),
                    expected=f"one of: {', '.join(cells.measures)}",
                    action="reduce the rows with this measure",
                )
        y = cells.measures.index(self.measure)
        if not self.counted:
            return y, None
        counted = cells.measures.index(self.counted)
        return y, None if (cells.plain[:, counted] == cells.n).all() else counted


@dataclass(frozen=True)
class TwoPartResult(Tabular):
    """One target in K domains.

    Parameters
    ----------
    by, domains: breakdown and the categories of each domain. value: (K,), nan where nobody answered.
    own, reference: the variance from those who took part, and from the reference, (K,).
    n: answers, (K,). raw: the same without weights. kish: (sum w)^2 / sum w^2 of the answers.
    size: the population the figure speaks for, as weighted, (K,).
    """

    target: Target
    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    value: Floats
    own: Floats
    reference: Floats
    n: Integers
    raw: Floats
    kish: Floats
    size: Floats

    @property
    def se(self) -> Floats:
        """Standard errors, (K,)."""
        return np.sqrt(self.own + self.reference)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a domain."""
        return [
            dict(zip(self.by, labels, strict=True))
            | {
                "figure": self.target.name,
                "value": float(self.value[k]),
                "standard_error": float(self.se[k]),
                "from_volunteers": float(np.sqrt(self.own[k])),
                "from_reference": float(np.sqrt(self.reference[k])),
                "n": int(self.n[k]),
            }
            for k, labels in enumerate(self.domains)
        ]


def whole(cells: Cells, target: Target) -> None:
    """Refuse missing answers where they would count as zero."""
    _, counted = target.places(cells)
    if counted is not None:
        missing = int(cells.n.sum() - cells.plain[:, counted].sum())
        raise EstimationError(
            f"{missing} volunteers gave no answer to '{target.name}', and would count as zero.",
            where=target.name,
            expected="an answer from everybody, for a total or a mean over a known number of people",
            action="ask for a mean among those who answered (hajek), or complete the answers",
        )


def sizes(
    population: Population, labels: Sequence[tuple[object, ...]], by: Sequence[str], *, needed: str = ""
) -> Floats | None:
    """Return the known population of each domain, (K,), or None where only the whole is known.

    Parameters
    ----------
    needed: why the sizes must be known, for the message; empty = they need not be.

    Raises
    ------
    EstimationError: sizes that are not known although they are needed, or are not above zero.
    """
    found: Floats | None = None
    if isinstance(population, Mapping):
        known = {_key(category): float(size) for category, size in population.items()}
        lacking = [label for label in labels if tuple(map(str, label)) not in known]
        if lacking:
            told = "; ".join(" x ".join(map(str, label)) for label in lacking[:8])
            raise EstimationError(
                f"The size of the population is not given for {' x '.join(by)} = {told}.",
                where="population",
                expected="a size for every domain",
                action="complete the sizes",
            )
        found = np.array([known[tuple(map(str, label))] for label in labels])
    elif population is not None and not by:
        found = np.array([float(population)])
    if needed and found is None:
        raise EstimationError(
            f"{needed} needs the known size of the population{' of every domain' if by else ''}.",
            where="population",
            expected="a number"
            if not by
            else f"a size for each category of {' x '.join(by)}, such as {{'north': 1200, 'south': 800}}",
            action="give population, or choose estimator: hajek, which needs no size",
        )
    values = [population] if isinstance(population, (int, float)) else (found if found is not None else [])
    if any(not (np.isfinite(size) and size > 0) for size in values):
        raise EstimationError(
            "A size of the population is not above zero.", where="population", expected="numbers above zero"
        )
    return found


def blocks(count: int, cells: int) -> list[tuple[int, int]]:
    """Cut K domains into runs whose dense arrays stay small."""
    step = max(1, BLOCK // max(cells, 1))
    return [(low, min(low + step, count)) for low in range(0, count, step)]


def local(domain: Integers, low: int, high: int) -> Integers:
    """Number the domains of a block from 0; -1 elsewhere."""
    return np.where((domain >= low) & (domain < high), domain - low, -1)


def _key(category: object) -> tuple[str, ...]:
    return tuple(map(str, category)) if isinstance(category, tuple) else (str(category),)
