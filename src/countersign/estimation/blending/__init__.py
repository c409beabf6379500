"""Blending: one figure from a probability sample and volunteers who answered the same question.

The survey is right on average and imprecise, the volunteers are precise and perhaps wrong. How wrong is seen on the
common question itself, but only as well as the survey can see it: every interval here says what it makes of that.
"""

from __future__ import annotations

from countersign.estimation.blending.composite import compose, compose_bounded
from countersign.estimation.blending.pair import Blend, Pair
from countersign.estimation.blending.pooling import compose_pooled
from countersign.estimation.blending.prior import compose_with_prior
from countersign.estimation.blending.sources import imputed_covariance, overlap_covariance

__all__ = [
    "Blend",
    "Pair",
    "compose",
    "compose_bounded",
    "compose_pooled",
    "compose_with_prior",
    "imputed_covariance",
    "overlap_covariance",
]
