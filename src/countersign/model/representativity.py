"""Representativity: how unevenly the parts of a population took part, as R-indicator and partial indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers, Texts


@dataclass(frozen=True)
class Partial:
    """What one variable has to do with uneven participation.

    Parameters
    ----------
    unconditional: standard deviation of chances between its categories; conditional: of chances within groups alike in
        all other variables. of: category -> signed unconditional part (below 0 = took part too little); conditional_of:
        category -> its conditional part, without a sign.
    """

    unconditional: float
    conditional: float
    of: Mapping[str, float]
    conditional_of: Mapping[str, float]


@dataclass(frozen=True)
class Representativity:
    """How uneven participation is.

    Parameters
    ----------
    indicator: R = 1 - 2 S, 1 = all equally likely to take part. spread: S, the standard deviation of chances.
    mean: of chances. variation: S / mean. adjusted: R less what chance alone adds to S^2.
    partial: variable -> its part.
    """

    indicator: float
    spread: float
    mean: float
    variation: float
    adjusted: float
    partial: Mapping[str, Partial]


def representativity(
    keys: Mapping[str, Texts],
    chance: Floats,
    people: Floats,
    *,
    taken_part: float,
    parameters: int,
    reference: float = 0.0,
) -> Representativity:
    """Return R-indicator, coefficient of variation and partial indicators of chances to take part.

    With N_c people and chance rho_c in cell c, N = sum N_c and rho the mean chance::

        R = 1 - 2 S,   S^2 = sum N_c / N (rho_c - rho)^2
        unconditional  P_u(Z)^2 = sum_z N_z / N (rho_z - rho)^2,   P_u(Z = z) = sqrt(N_z / N) (rho_z - rho)
        conditional    P_c(Z)^2 = sum_c N_c / N (rho_c - rho_u(c))^2, u(c) the group alike in all other variables,
                       P_c(Z = z)^2 the part of it from cells with Z = z

    Chances that are fitted vary even if the true ones do not. The leading term of that, for q free parameters fitted to
    n people against a reference of m, is ``q rho^2 ((1 - rho) / n + 1 / m)``; `adjusted` takes it off S^2.

    Parameters
    ----------
    keys: variable -> category of each cell, (C,). chance: rho_c, (C,). people: N_c, (C,).
    taken_part: n. parameters: q. reference: m, rows of the reference sample; 0 = the population is known.

    Raises
    ------
    EstimationError: no people, or a chance below 0.

    Notes
    -----
    Schouten, Cobben and Bethlehem (2009), Survey Methodology 35, 101-113; Schouten, Shlomo and Skinner (2011), Journal
    of Official Statistics 27, 231-253; the bias: Shlomo, Skinner and Schouten (2012), leading term for equal weights.
    """
    held = people > 0
    share = people[held] / people[held].sum() if held.any() else people
    rho = chance[held]
    if not len(share) or (rho < 0).any():
        raise EstimationError("There are no chances to take part to compare.", where="response")
    mean = float(share @ rho)
    square = float(share @ (rho - mean) ** 2)
    noise = parameters * mean**2 * (max(1 - mean, 0.0) / taken_part + (1 / reference if reference else 0.0))
    codes = {name: _coded(values[held]) for name, values in keys.items()}
    partial = {name: _partial(name, codes, rho, share, mean) for name in keys}
    spread = square**0.5
    return Representativity(
        indicator=1 - 2 * spread,
        spread=spread,
        mean=mean,
        variation=spread / mean if mean else 0.0,
        adjusted=1 - 2 * max(square - noise, 0.0) ** 0.5,
        partial=partial,
    )


def _coded(values: Texts) -> tuple[Texts, Integers]:
    labels, place = np.unique(values.astype(str), return_inverse=True)
    return labels.astype(object), place.astype(np.int64)


def _partial(
    name: str, codes: Mapping[str, tuple[Texts, Integers]], rho: Floats, share: Floats, mean: float
) -> Partial:
    labels, own = codes[name]
    size = np.bincount(own, share, len(labels))
    signed = np.sqrt(size) * (np.bincount(own, share * rho, len(labels)) / size - mean)
    others = np.zeros(len(rho), dtype=np.int64)
    for other, (names, code) in codes.items():
        if other != name:
            others = others * len(names) + code
    _, group = np.unique(others, return_inverse=True)
    middle = np.bincount(group, share * rho) / np.bincount(group, share)
    apart = share * (rho - middle[group]) ** 2
    within = np.sqrt(np.bincount(own, apart, len(labels)))
    return Partial(
        unconditional=float(np.sqrt((signed**2).sum())),
        conditional=float(np.sqrt(apart.sum())),
        of=dict(zip(labels.tolist(), signed.tolist(), strict=True)),
        conditional_of=dict(zip(labels.tolist(), within.tolist(), strict=True)),
    )
