"""Estimation: figures with their intervals, from cells, a design and weights.

Reduce, then solve: nothing here touches a row except quantiles and regressions, which take arrays.
"""

from __future__ import annotations

from countersign.estimation.figures import FigureContext, figure_id, figures, quantile_figures
from countersign.estimation.interval import DEFAULTS, Interval, conventions, interval
from countersign.estimation.quantile import QuantileResult, estimate_quantile
from countersign.estimation.rao_scott import Association, rao_scott
from countersign.estimation.ratio import RatioResult, covariance_of, estimate_ratio
from countersign.estimation.regression import Regression, fit_regression
from countersign.estimation.reliability import Precision, judge
from countersign.estimation.sample import Residuals, Sample, prepare

__all__ = [
    "DEFAULTS",
    "Association",
    "FigureContext",
    "Interval",
    "Precision",
    "QuantileResult",
    "RatioResult",
    "Regression",
    "Residuals",
    "Sample",
    "conventions",
    "covariance_of",
    "estimate_quantile",
    "estimate_ratio",
    "figure_id",
    "figures",
    "fit_regression",
    "interval",
    "judge",
    "prepare",
    "quantile_figures",
    "rao_scott",
]
