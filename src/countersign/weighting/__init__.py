"""Weighting: make what people reported add up to what is known about the population.

Each method turns cells and margins into `Weights`, and refuses where weights would hide a problem.
"""

from __future__ import annotations

from countersign.weighting.balance import balance
from countersign.weighting.base import base_weights
from countersign.weighting.calibrating import calibrate_to
from countersign.weighting.calibration import DISTANCES, Calibration, calibrate
from countersign.weighting.post_stratification import post_stratify
from countersign.weighting.raking import rake
from countersign.weighting.trimming import trim

__all__ = [
    "DISTANCES",
    "Calibration",
    "balance",
    "base_weights",
    "calibrate",
    "calibrate_to",
    "post_stratify",
    "rake",
    "trim",
]
