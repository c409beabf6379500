"""Pooling: domains whose volunteers err alike tell each other how much.

The bias of domain k is drawn from N(beta, tau^2). The common part is taken off the volunteers, what is left weighs
them: the model of Fay and Herriot (1979) with the volunteers' figures as the covariate, the survey as the anchor.
"""

from __future__ import annotations

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.blending.composite import student
from countersign.estimation.blending.pair import Blend, Pair
from countersign.model.cells import Floats


def compose_pooled(pair: Pair, *, level: float = 0.95) -> Blend:
    """Blend K domains with their biases pooled.

    Notes
    -----
    tau^2 solves sum (B_k - beta)^2 / (V_k + tau^2) = K - 1 (Fay and Herriot 1979), 0 where that is negative; beta is
    the mean of the B_k by 1/(V_k + tau^2). w = (v_s - c)/(V + tau^2), value = survey + w (B - beta). Mean squared error
    g1 + g2 + 2 g3 less the bias of tau^2 (Datta, Rao and Smith 2005, doi 10.1093/biomet/92.1.183): g1 = v_s - w^2 (V +
    tau^2), g2 = w^2 var(beta), g3 = w^2 / (V + tau^2) x 2K / (sum 1/(V + tau^2))^2; never below g1 + g2. Interval:
    t with K - 1 degrees of freedom (the survey's, if fewer). Sampling errors of different domains count as independent.

    Raises
    ------
    EstimationError: fewer than three domains.
    """
    count = len(pair)
    if count < 3:
        raise EstimationError(
            f"The bias cannot be pooled over {count} domains.",
            where="pool",
            expected="at least three domains with both samples",
            action="use a finer breakdown, or do not pool",
        )
    bias, variance = pair.bias, pair.bias_variance
    tau2 = between(bias, variance)
    weight = 1 / (variance + tau2)
    beta = float(weight @ bias / weight.sum())
    share: Floats = np.clip((pair.survey_variance - pair.covariance) * weight, 0.0, 1.0)
    value = pair.survey + share * (bias - beta)
    total = variance + tau2
    g1 = pair.survey_variance - 2 * share * (pair.survey_variance - pair.covariance) + share**2 * total
    g2 = share**2 / weight.sum()
    g3 = share**2 / total * 2 * count / weight.sum() ** 2
    over = 2 * (count * (weight**2).sum() - weight.sum() ** 2) / weight.sum() ** 3
    mse = np.maximum(g1 + g2 + 2 * g3 - share**2 * over, g1 + g2)
    degrees = np.minimum(pair.degrees, count - 1)
    half = np.array([student(level, df) for df in degrees]) * np.sqrt(mse)
    return Blend(
        pair, share, np.full(count, beta), value, np.sqrt(mse), value - half, value + half, level, "pooled bias"
    )


def between(bias: Floats, variance: Floats) -> float:
    """Solve sum (B - beta)^2 / (V + tau^2) = K - 1 for tau^2, 0 where there is no positive root."""
    from scipy.optimize import brentq

    def gap(tau2: float) -> float:
        weight = 1 / (variance + tau2)
        centre = weight @ bias / weight.sum()
        return float(weight @ (bias - centre) ** 2) - (len(bias) - 1)

    if gap(0.0) <= 0:
        return 0.0
    top = float(((bias - bias.mean()) ** 2).sum()) + 1e-300
    return float(brentq(gap, 0.0, top, xtol=1e-15 * top, rtol=1e-13))
