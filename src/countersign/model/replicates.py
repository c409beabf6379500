"""Replicate weights: how much each unit counts in each of R perturbed copies of the sample, and how to add up spread.

The factor of a row is that of its primary sampling unit, so units x R numbers are held, never rows x R. Replicate
weights that came with the data stay columns of the table and are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any, Literal, TypeAlias

import numpy as np

from countersign.errors import EstimationError, WeightingError
from countersign.model.cells import Cells, Floats, Integers, Texts
from countersign.model.tabular import Tabular
from countersign.model.weights import Weights

Centre = Literal["replicates", "full"]
CENTRES: tuple[Centre, ...] = ("replicates", "full")

Refit: TypeAlias = Callable[[Cells], Callable[[Floats], Floats]]
"""W cells of the weighting variables -> a function of sums of replicate base weights by these cells, (W, B), that gives
the calibration factors of these B replicates, (W, B)."""


@dataclass(frozen=True)
class ReplicateWeights(Tabular):
    """R replicates of a sample: V = scale x sum over r of rscale_r (theta_r - centre)^2.

    Parameters
    ----------
    kind: ``JK1``, ``JKn``, ``BRR``, ``Fay``, ``bootstrap``, ``Rao-Wu``, ``subbootstrap``, ``SDR``, ``given``.
    scale, rscales: as in R survey; rscales is (R,).
    degrees: of freedom: PSUs minus strata; for given columns what their documentation says, or their rank less one.
    centre: ``replicates`` (their mean over those with rscale > 0; R ``mse=FALSE``) or ``full`` (the full-sample
        estimate; R ``mse=TRUE``).
    weight: column of base weights of the full sample; empty = 1 each.
    strata, unit: columns that name the units; ``_row`` = every record of the file is its own.
    keys: column -> category of each unit, P objects. factors: what base weights are multiplied by, (P, R).
    columns: the R columns of given weights. combined: they hold whole weights (else factors of the base weight).
    calibration: the full-sample fit that is repeated in every replicate, or None.
    """

    kind: str
    scale: float
    rscales: Floats
    degrees: int
    centre: Centre = "replicates"
    weight: str = ""
    strata: tuple[str, ...] = ()
    unit: str = ""
    keys: Mapping[str, Texts] = field(default_factory=dict)
    factors: Floats | None = None
    columns: tuple[str, ...] = ()
    combined: bool = True
    calibration: Weights | None = None

    def __post_init__(self) -> None:
        if self.centre not in CENTRES:
            raise EstimationError(
                f"Replicates cannot be centred on '{self.centre}'.",
                where="centre",
                expected="replicates (their own mean) or full (the estimate of the full sample)",
            )
        width = len(self.columns) if self.factors is None else self.factors.shape[1]
        if len(self.rscales) != width:
            raise EstimationError(
                f"There are {width} replicates and {len(self.rscales)} rscales.",
                where="rscales",
                expected="one rscale for each replicate",
            )
        bad = not (np.isfinite(self.scale) and self.scale > 0 and np.isfinite(self.rscales).all())
        if bad or (self.rscales < 0).any() or not (self.rscales > 0).any():
            raise EstimationError(
                "The scale of the replicates must be positive, and their rscales zero or more and not all zero.",
                where="scale, rscales",
                expected="the numbers that the documentation of the weights gives",
            )

    def __len__(self) -> int:
        return len(self.rscales)

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that name a unit."""
        return (*self.strata, self.unit) if self.factors is not None else ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that cells must be broken down by: units and weighting variables."""
        return tuple(dict.fromkeys((*self.names, *self.weighting)))

    @property
    def weighting(self) -> tuple[str, ...]:
        """Columns that calibration factors differ by."""
        if self.calibration is None:
            return ()
        held = self.calibration
        return (*held.by, *((held.base_column,) if held.base is not None and held.base_column else ()))

    @cached_property
    def stratum_of_unit(self) -> Integers:
        """Number of the stratum of each unit, (P,)."""
        labels = list(zip(*(self.keys[name].tolist() for name in self.strata), strict=True))
        places: dict[tuple[object, ...], int] = {}
        size = 0 if self.factors is None else len(self.factors)
        found = [places.setdefault(label, len(places)) for label in labels] or [0] * size
        return np.array(found, dtype=np.int64)

    def unit_of(self, cells: Cells) -> Integers:
        """Return the place of each cell's unit, (C,).

        Raises
        ------
        EstimationError: `cells` lack a key, or hold a unit that has no replicate factors.
        """
        size = 0 if self.factors is None else len(self.factors)
        places = Weights(
            method="replicates", by=self.names, keys=self.keys, factor=np.arange(size, dtype=float),
            n=np.ones(size), weight=np.ones(size), weight2=np.ones(size),
        )  # fmt: skip
        return place_of(places, cells, what="replicate factors")

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a unit with its factors ``r1 .. rR``; for given columns a row a replicate."""
        if self.factors is None:
            pairs = zip(self.columns, self.rscales.tolist(), strict=True)
            return [{"replicate": name, "scale": self.scale, "rscale": rscale} for name, rscale in pairs]
        told: list[dict[str, Any]] = []
        for place, line in enumerate(self.factors.tolist()):
            row = {name: self.keys[name][place] for name in self.names}
            told.append(row | {f"r{number}": factor for number, factor in enumerate(line, start=1)})
        return told

    def _repr_html_(self) -> str:
        """Show what kind of replicates these are; the factors themselves may be many."""
        units = "columns of the table" if self.factors is None else f"{len(self.factors):,} units"
        fitted = f", {self.calibration.method} repeated in each" if self.calibration else ""
        middle = "the full sample" if self.centre == "full" else "their mean"
        return (
            f"<p>{escape(self.kind)}: {len(self):,} replicates, {units}{escape(fitted)}; scale {self.scale:.6g}, "
            f"{self.degrees} degrees of freedom, centred on {middle}</p>"
        )


@dataclass(frozen=True)
class ReplicateCells:
    """Cells with their sums in each replicate, where the replicate weights are columns of the table.

    Parameters
    ----------
    cells: moments of the full sample. weight: sum of replicate weights, (C, R). first: sum of replicate weight x
        measure, (C, p, R).
    """

    cells: Cells
    weight: Floats
    first: Floats


@dataclass(frozen=True)
class ReplicateTotals(Tabular):
    """Weighted totals of p measures in K domains, in the full sample and in every replicate.

    Any smooth function of totals has its replicate variance from these.

    Parameters
    ----------
    by, domains: breakdown, and the categories of each domain. measures: p names.
    full: (K, p). replicates: (R, K, p). n: records behind each domain, (K,). degrees: of freedom, (K,).
    plain: unweighted sums, (K, p). weight, weight2: sum w and sum w^2 of these records, (K,).
    square: weighted sum of the first measure squared, (K,), nan where it is not known.
    design: the replicates these came from.
    """

    by: tuple[str, ...]
    domains: tuple[tuple[object, ...], ...]
    measures: tuple[str, ...]
    full: Floats
    replicates: Floats
    n: Integers
    degrees: Integers
    plain: Floats
    weight: Floats
    weight2: Floats
    square: Floats
    design: ReplicateWeights

    def named(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return measure -> total, of the full sample (K,) and of the replicates (R, K)."""
        places = dict(zip(self.measures, range(len(self.measures)), strict=True))
        return (
            {name: self.full[:, place] for name, place in places.items()},
            {name: self.replicates[:, :, place] for name, place in places.items()},
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a domain and measure: the total of the full sample and of each replicate."""
        told: list[dict[str, Any]] = []
        for k, labels in enumerate(self.domains):
            for j, name in enumerate(self.measures):
                row: dict[str, Any] = dict(zip(self.by, labels, strict=True))
                row |= {"measure": name, "full": float(self.full[k, j])}
                told.append(row | {f"r{r}": v for r, v in enumerate(self.replicates[:, k, j].tolist(), start=1)})
        return told


def place_of(weights: Weights, cells: Cells, *, what: str = "weights") -> Integers:
    """Return the number of each cell's own cell in `weights`, (C,); see `Weights.factor_of`."""
    if lacking := [name for name in weights.by if name not in cells.keys]:
        raise EstimationError(
            f"The {what} differ by {', '.join(lacking)}, but the cells are not broken down by it.",
            expected=f"cells by {', '.join(weights.by)}",
            action="add these variables when the rows are reduced to cells",
        )
    numbered = replace(weights, factor=np.arange(len(weights.factor), dtype=float), fitted=None)
    try:
        found, _ = numbered.factor_of(cells)
    except WeightingError:
        raise EstimationError(
            f"There are rows whose {', '.join(weights.by)} were not met before, so they have no {what}.",
            expected="the same rows when the replicates are made and when they are used",
            action="make the replicates from the table that is estimated from",
        ) from None
    return found.astype(np.int64)
