"""Sensitivity: what would follow if those who took part differ in the answer itself, and how strong that must be."""

from __future__ import annotations

from countersign.estimation.sensitivity.bounds import bound, bound_by_direction, bound_by_odds, shift
from countersign.estimation.sensitivity.defect import break_even, defect, typical
from countersign.estimation.sensitivity.selection import PHIS, adjust, index, select, standardised_bias
from countersign.estimation.sensitivity.tipping import tip

__all__ = [
    "PHIS",
    "adjust",
    "bound",
    "bound_by_direction",
    "bound_by_odds",
    "break_even",
    "defect",
    "index",
    "select",
    "shift",
    "standardised_bias",
    "tip",
    "typical",
]
