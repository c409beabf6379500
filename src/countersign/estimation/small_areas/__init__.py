"""Small areas: figures of areas with few answers, from a model and what was answered there.

`fay_herriot` and `fay_herriot_with_error` take direct values of areas, `predict_means` takes moments of units;
`covariate_help` says whether a covariate is worth it, `benchmark_areas` makes figures add up.
"""

from __future__ import annotations

from countersign.estimation.small_areas.benchmarking import Benchmarked, benchmark_areas
from countersign.estimation.small_areas.covariate_help import CovariateHelp, covariate_help
from countersign.estimation.small_areas.fay_herriot import AreaModel, fay_herriot, self_benchmarked
from countersign.estimation.small_areas.measurement_error import fay_herriot_with_error
from countersign.estimation.small_areas.unit_bootstrap import bootstrap_mse
from countersign.estimation.small_areas.unit_level import UnitModel, fit_units, predict_means
from countersign.estimation.small_areas.unit_moments import UnitMoments, unit_moments

__all__ = [
    "AreaModel",
    "Benchmarked",
    "CovariateHelp",
    "UnitModel",
    "UnitMoments",
    "benchmark_areas",
    "bootstrap_mse",
    "covariate_help",
    "fay_herriot",
    "fay_herriot_with_error",
    "fit_units",
    "predict_means",
    "self_benchmarked",
    "unit_moments",
]
