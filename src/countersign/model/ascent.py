"""Ascent: the top of a concave function, reached by Newton's steps, or the reason why there is none.

Selection and outcome models are fitted by the same climb, so that both converge fully or stop with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from countersign.model.cells import Floats

Look: TypeAlias = Callable[[Floats], tuple[float, Floats, Floats, float]]
"""Coefficients -> value, slope (q,), curvature (q, q; minus the second derivative), largest abs linear predictor."""

FARTHEST = 30.0
"""A linear predictor beyond it is a chance of 1e-13: coefficients run away, there is no top."""

NEAR = 1e-14
"""Squared distance to the top, in standard errors, from which one more step reaches the precision of floats."""

FLAT = 1e-12
"""Smallest eigenvalue of the curvature, scaled to a diagonal of ones, below which columns depend on each other."""

SLANT = 1e-6
"""Slope, in standard errors, from which a direction without curvature leads upwards for ever."""


@dataclass(frozen=True)
class Ascent:
    """Where the climb ended.

    Parameters
    ----------
    at: coefficients, (q,). curvature: minus the second derivative there, (q, q). steps: Newton's steps taken.
    end: ``top``; ``flat``: columns depend on each other; ``away``: the coefficients grow without end; ``tired``: not
        there after all steps allowed.
    bound: for ``flat`` the places of the columns that depend on each other; for ``away`` those that grow most.
    """

    at: Floats
    curvature: Floats
    steps: int
    end: Literal["top", "flat", "away", "tired"]
    bound: tuple[int, ...] = ()


def climb(look: Look, start: Floats, *, most: int = 100) -> Ascent:
    """Take Newton's steps, halved until they lead upwards, until the top is reached to the precision of floats."""
    at = np.asarray(start, dtype=float)
    value, slope, curvature, far = look(at)
    polish = 0
    for number in range(1, most + 1):
        scale = np.sqrt(np.maximum(np.diag(curvature), 1e-300))
        scaled = curvature / np.outer(scale, scale)
        eigen, vectors = np.linalg.eigh(scaled)
        if not eigen[0] > FLAT:
            if far > FARTHEST / 2:
                return Ascent(at, curvature, number, "away", _largest(at))
            uphill = abs(float(vectors[:, 0] @ (slope / scale))) > SLANT
            return Ascent(at, curvature, number, "away" if uphill else "flat", _largest(vectors[:, 0]))
        step = (vectors @ ((vectors.T @ (slope / scale)) / eigen)) / scale
        near = float(slope @ step) <= NEAR
        size = 1.0
        while True:
            new = look(at + size * step)
            if np.isfinite(new[0]) and new[0] >= value - 1e-12 * abs(value):
                break
            size /= 2
            if size < 1e-10:
                return Ascent(at, curvature, number, "tired")
        at = at + size * step
        value, slope, curvature, far = new
        if far > FARTHEST:
            return Ascent(at, curvature, number, "away", _largest(at))
        polish += near
        if polish == 2:
            return Ascent(at, curvature, number, "top")
    return Ascent(at, curvature, most, "tired")


def _largest(vector: Floats) -> tuple[int, ...]:
    """Return the places of the largest parts of a vector, largest first."""
    size = np.abs(vector)
    order = np.argsort(-size, kind="stable")
    return tuple(int(place) for place in order if size[place] > 0.2 * size[order[0]])[:6]


def told(columns: Sequence[str], places: Sequence[int]) -> str:
    """Name columns in a sentence."""
    return ", ".join(columns[place] for place in places)
