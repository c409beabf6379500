"""Design: how the sample was drawn, as far as variance needs to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Design:
    """Strata, clusters and finite population correction, each the name of a key of the cells.

    Parameters
    ----------
    strata: names; several mean their interaction. Empty = one stratum.
    psu: primary sampling unit, nested in strata. Empty = every row is its own.
    fpc: population size N_h of the row's stratum (units or PSUs, as sampled), constant within a stratum. Empty = drawn
        with replacement.
    lonely: what to do with a stratum of one PSU: ``refuse``; ``adjust`` (centre on the overall mean); ``certainty``
        (no contribution).
    enumeration: every unit of the population is in the data: no sampling variance.
    """

    strata: tuple[str, ...] = ()
    psu: str = ""
    fpc: str = ""
    lonely: Literal["refuse", "adjust", "certainty"] = "refuse"
    enumeration: bool = False
