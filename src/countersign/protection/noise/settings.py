"""Settings: the law a study or a verb asks for, what it leaves out taken from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.catalogue import protection_limit
from countersign.protection.noise.laws import CellKeyNoise, Law, Rounding
from countersign.protection.noise.perturbation_table import PerturbationTable, perturbation_table, variances
from countersign.protection.noise.rounding import default_base


def table_of(*, largest: int = 0, variance: float = 0.0, hidden: int = -1) -> PerturbationTable:
    """Return a perturbation table.

    Parameters
    ----------
    largest, variance, hidden: 0, 0 and -1 = those of the catalogue, list ``protection``. A variance that is left out is
        brought between those that the others allow.
    """
    changes = largest or int(protection_limit("noise_largest"))
    never = int(protection_limit("noise_hidden")) if hidden < 0 else hidden
    if not variance:
        low, high = variances(changes, hidden=never)
        variance = min(max(protection_limit("noise_variance"), low), high)
    return perturbation_table(changes, float(variance), hidden=never)


def law_of(method: str, noise: Mapping[str, Any], secret: bytes, *, hide_presence: bool = False) -> Law:
    """Return the law of a study.

    Parameters
    ----------
    method: ``perturb`` or ``round``. noise: its options: largest, variance, hidden, base, how.
    hide_presence: see `CellKeyNoise`.
    """
    if method == "round":
        return Rounding(int(noise.get("base", default_base())), secret, noise.get("how", "random"), hide_presence)
    table = table_of(
        largest=int(noise.get("largest", 0)),
        variance=float(noise.get("variance", 0.0)),
        hidden=int(noise.get("hidden", -1)),
    )
    return CellKeyNoise(table, secret, hide_presence)
