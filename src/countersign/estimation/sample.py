"""Sample: cells seen through a design and weights, in integers, prepared once for all domains.

Strata and PSUs are numbered, sampling fractions computed, and the calibration that the weights met is kept as one code
per margin, because calibration residuals need every cell, also those outside a domain.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from countersign.errors import EstimationError, nearest
from countersign.model.auxiliaries import Auxiliaries, auxiliaries_of, generalised_inverse
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.design import Design
from countersign.model.weights import Weights

Residuals = Literal["joint", "alternating", "none"]
KEPT = 2_000_000
"""Numbers of crossed margins that are kept for the next breakdown; more are computed again."""


@dataclass(frozen=True)
class Sample:
    """Cells with what variance needs to know; C cells, H strata, P primary sampling units, L margin categories.

    Parameters
    ----------
    stratum: of each cell, (C,). unit: PSU of each cell, (C,), or None where every row is its own.
    of_unit: stratum of each PSU, (P,), or None.
    sampled: n_h, rows or PSUs of each stratum, also those outside a domain, (H,).
    scale: (1 - f_h) n_h / (n_h - 1), 0 for strata that do not contribute, (H,).
    lonely: strata of one PSU that are centred on the overall mean, (H,).
    final, fitted: calibration factor g after and before trimming, (C,).
    auxiliaries: the margins and numbers that calibrated weights met, as L columns, or None.
    residuals: which residuals calibrated weights use.
    error: covariance of the totals met where they come from a sample, (L, L), or None.
    """

    cells: Cells
    design: Design
    stratum: Integers
    unit: Integers | None
    of_unit: Integers | None
    sampled: Floats
    scale: Floats
    lonely: npt.NDArray[np.bool_]
    final: Floats
    fitted: Floats
    auxiliaries: Auxiliaries | None
    residuals: Residuals
    error: Floats | None = None

    @property
    def calibrated(self) -> bool:
        """Whether variances are of calibration residuals."""
        return self.auxiliaries is not None and self.residuals != "none"

    @property
    def size(self) -> int:
        """Columns of the auxiliaries, L."""
        return self.auxiliaries.size if self.auxiliaries is not None else 0

    @property
    def x(self) -> Auxiliaries:
        """The auxiliaries of calibrated weights."""
        if self.auxiliaries is None:
            raise ValueError("weights that met no totals have no auxiliaries")
        return self.auxiliaries

    @cached_property
    def one_weight(self) -> Floats | None:
        """Base weight of the rows of each cell, (C,), or None where it varies within a cell."""
        cells = self.cells
        if not (np.abs(cells.weight2 * cells.n - cells.weight**2) <= 1e-10 * cells.weight**2).all():
            return None
        d = cells.weight / cells.n
        return np.where(d > 0, d, 1.0)

    @cached_property
    def inverse(self) -> Floats:
        """(X'DX)^-1 of the auxiliaries, generalised (margins overlap), (L, L)."""
        return generalised_inverse(self.x.gram(self.cells.weight))

    @cached_property
    def margin_totals(self) -> Floats:
        """Sum of d g x' before trimming, per PSU, or per stratum where every row is its own, (G, L)."""
        group = self.stratum if self.unit is None else self.unit
        groups = len(self.sampled if self.of_unit is None else self.of_unit)
        return self.x.grouped(self.cells.weight * self.fitted, group, groups)

    def margin_squares(self) -> Iterable[Floats]:
        """Sum of d^2 g^2 x x' before trimming, of each stratum, H times (L, L); kept where they are small."""
        if len(self.sampled) * self.size**2 > KEPT:
            return self._margin_squares()
        return self._kept_squares

    @cached_property
    def _kept_squares(self) -> list[Floats]:
        return list(self._margin_squares())

    def _margin_squares(self) -> Iterator[Floats]:
        amount = self.cells.weight2 * self.fitted**2
        order = np.argsort(self.stratum, kind="stable")
        edges = np.searchsorted(self.stratum[order], np.arange(len(self.sampled) + 1))
        return (self.x.gram(amount, order[low:high]) for low, high in itertools.pairwise(edges))

    def measure(self, name: str) -> int:
        """Return the place of a measure.

        Raises
        ------
        EstimationError: there is no such measure.
        """
        if name not in self.cells.measures:
            raise EstimationError(
                f"There is no measure '{name}' among the cells. {nearest(name, self.cells.measures)}".strip(),
                expected=f"one of: {', '.join(self.cells.measures)}",
                action="reduce the rows with this measure",
            )
        return self.cells.measures.index(name)

    def domains(self, by: Sequence[str]) -> tuple[Integers, list[tuple[object, ...]]]:
        """Number the combinations of `by`, refusing a name that is not among the cells."""
        for name in by:
            _known(self.cells, name, "by")
        return self.cells.codes(by)


def prepare(
    cells: Cells,
    *,
    design: Design | None = None,
    weights: Weights | None = None,
    residuals: Residuals = "joint",
) -> Sample:
    """Look at cells through a design and weights.

    Parameters
    ----------
    cells: keys include the design's variables and those the weights differ by.
    design: strata, PSU, finite population correction; None = one stratum, with replacement.
    weights: calibrated weights; None = base weights.
    residuals: ``joint`` takes residuals of one base-weighted regression on all margins (Deville and Sarndal 1992; R
        ``calibrate``); ``alternating`` takes unweighted margin means off in ten passes (R ``rake``); ``none`` ignores
        calibration, which overstates variance.

    Raises
    ------
    EstimationError: unknown variables, missing strata or PSUs, a stratum of one PSU under ``lonely="refuse"``,
        population sizes that vary within a stratum or are below the sample.
    """
    design = design or Design()
    for name in (*design.strata, design.psu, design.fpc):
        if name:
            _known(cells, name, "design")
            if name != design.fpc or not design.enumeration:
                _complete(cells, name)
    stratum, labels = cells.codes(design.strata)
    count = len(labels)
    unit, of_unit = None, None
    if design.psu:
        unit, pairs = cells.codes((*design.strata, design.psu))
        of_unit = np.zeros(len(pairs), dtype=np.int64)
        of_unit[unit] = stratum
        sampled = np.bincount(of_unit, minlength=count).astype(float)
    else:
        sampled = np.bincount(stratum, cells.n, count)
    fraction = _fractions(cells, design, stratum, labels, sampled)
    scale, lonely = _scale(design, labels, sampled, fraction)
    final, fitted = (np.ones(len(cells)),) * 2 if weights is None else weights.factor_of(cells)
    auxiliaries, error = None, None
    if weights is not None and (weights.margins or weights.numbers):
        if weights.numbers and residuals == "alternating":
            raise EstimationError(
                "Alternating margin means are defined for margins only, but the weights met totals of numbers too.",
                expected="residuals='joint'",
                action="use the joint regression",
            )
        auxiliaries = auxiliaries_of(cells, weights.margins, weights.numbers)
        error = _error_of(weights, auxiliaries)
    return Sample(
        cells=cells,
        design=design,
        stratum=stratum,
        unit=unit,
        of_unit=of_unit,
        sampled=sampled,
        scale=scale,
        lonely=lonely,
        final=final,
        fitted=fitted,
        auxiliaries=auxiliaries,
        residuals=residuals,
        error=error,
    )


def _error_of(weights: Weights, auxiliaries: Auxiliaries) -> Floats | None:
    """Return the covariance of the totals in the order of the columns, (L, L); a column without one has no error."""
    if weights.error is None:
        return None
    place = {column: number for number, column in enumerate(weights.error.columns)}
    at = np.array([place.get(column, -1) for column in auxiliaries.columns])
    there = at >= 0
    found: Floats = weights.error.covariance[np.ix_(at, at)] * np.outer(there, there)
    return found


def _known(cells: Cells, name: str, where: str) -> None:
    if name not in cells.keys:
        raise EstimationError(
            f"The variable '{name}' is not among the cells. {nearest(name, cells.keys)}".strip(),
            where=where,
            expected=f"one of: {', '.join(cells.keys) or '(none)'}",
            action="reduce the rows by this variable too",
        )


def _complete(cells: Cells, name: str) -> None:
    gone = np.array([value is None or value != value for value in cells.keys[name].tolist()], dtype=bool)
    if gone.any():
        raise EstimationError(
            f"{int(cells.n[gone].sum())} rows have no value of the design variable '{name}'.",
            where="design",
            expected="a stratum, PSU and population size for every row",
            action=f"complete '{name}', or set these rows aside with a quality gate",
        )


def _told(label: tuple[object, ...]) -> str:
    return " x ".join(str(part) for part in label) or "the whole sample"


def _fractions(
    cells: Cells, design: Design, stratum: Integers, labels: list[tuple[object, ...]], sampled: Floats
) -> Floats:
    """Return f_h = n_h / N_h, 0 without a finite population correction."""
    if not design.fpc or design.enumeration:
        return np.zeros(len(labels))
    size = cells.keys[design.fpc].astype(float)
    population = np.zeros(len(labels))
    population[stratum] = size
    if (population[stratum] != size).any():
        wrong = labels[int(stratum[population[stratum] != size][0])]
        raise EstimationError(
            f"The population size '{design.fpc}' varies within stratum {_told(wrong)}.",
            where="design.fpc",
            expected="one population size for each stratum",
            action="correct the column, or leave fpc out",
        )
    if (sampled > population).any():
        wrong = labels[int(np.flatnonzero(sampled > population)[0])]
        raise EstimationError(
            f"Stratum {_told(wrong)} has more sampled units than '{design.fpc}' says exist.",
            where="design.fpc",
            expected="a population size of at least the sample size",
            action="check whether the column holds sizes (not sampling fractions) of the units that were drawn",
        )
    fractions: Floats = sampled / population
    return fractions


def _scale(
    design: Design, labels: list[tuple[object, ...]], sampled: Floats, fraction: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return (1 - f) n / (n - 1) per stratum and which strata have one PSU that must be centred elsewhere."""
    if design.enumeration:
        return np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
    single = (sampled <= 1) & (fraction < 1)
    if single.any() and design.lonely == "refuse":
        if not design.strata:
            unit = f"one value of '{design.psu}'" if design.psu else "one record"
            raise EstimationError(
                f"All that is left of the data is {unit}, so nobody can say how far chance moves the figures.",
                where="design",
                expected="at least two units",
                action="wait for more data"
                + (
                    f", or take '{design.psu}' out of the role 'psu' to treat records as drawn one by one"
                    * bool(design.psu)
                ),
            )
        names = [_told(labels[place]) for place in np.flatnonzero(single)]
        shown = "; ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        raise EstimationError(
            f"{len(names)} strata have only one sampling unit, so their variance cannot be estimated: {shown}.",
            where="design.lonely",
            expected="at least two sampling units in every stratum",
            action="merge strata, or choose lonely: adjust (centre on the overall mean) or certainty (no contribution)",
        )
    scale = (1 - fraction) * sampled / np.maximum(sampled - 1, 1)
    lonely = single & (design.lonely == "adjust")
    return np.where(single & ~lonely, 0.0, scale), lonely


def sums(code: Integers, amount: Floats | Integers | None, count: int) -> Floats:
    """Sum `amount` (None = 1 each) by `code` 0 .. count - 1."""
    return np.bincount(code, amount, count).astype(np.float64, copy=False)
