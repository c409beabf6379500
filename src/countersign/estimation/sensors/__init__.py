"""Sensors: low-cost readings corrected beside reference stations, with errors that hold for other sensors."""

from __future__ import annotations

from countersign.estimation.sensors.candidates import Candidate
from countersign.estimation.sensors.correction import Judged, LeftOut, SensorCorrection, Spread, correct
from countersign.estimation.sensors.readings import Readings, autocorrelation, residual_share

__all__ = [
    "Candidate",
    "Judged",
    "LeftOut",
    "Readings",
    "SensorCorrection",
    "Spread",
    "autocorrelation",
    "correct",
    "residual_share",
]
