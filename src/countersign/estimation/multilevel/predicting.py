"""Predictions of a multilevel model for every census cell, with the doubt about its effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.estimation.multilevel.laplace import Answers, Peak
from countersign.estimation.multilevel.layout import Layout
from countersign.model.cells import Floats

NODES = 21


@dataclass(frozen=True)
class Predicted:
    """Predictions for C census cells.

    Parameters
    ----------
    mean: expected answer, E(p_c) over the normal posterior of the linear predictor, by Gauss-Hermite quadrature, (C,).
    slope: its derivative by the linear predictor, E(p_c (1 - p_c)) for yes or no, 1 otherwise, (C,).
    """

    mean: Floats
    slope: Floats


def predict(layout: Layout, peak: Peak, answers: Answers) -> Predicted:
    """Predict the answer in every census cell."""
    eta = layout.census.times(peak.z)
    if not answers.binary:
        return Predicted(eta, np.ones(len(eta)))
    spread = np.sqrt(np.maximum(peak.curvature.quadratic(layout.census_in_parts), 0.0))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    share, slope = np.zeros(len(eta)), np.zeros(len(eta))
    for node, weight in zip(nodes, weights, strict=True):
        p = 0.5 * (1 + np.tanh(0.5 * (eta + node * spread)))
        share += weight * p
        slope += weight * p * (1 - p)
    return Predicted(share, slope)
