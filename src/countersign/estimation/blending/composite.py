"""Composite: survey and volunteers weighted by their estimated mean squared errors.

theta = (1 - w) survey + w volunteers, w = (v_s - c) / (v_s + v_v - 2 c + B^2), B = volunteers - survey. This is the
minimiser of the mean squared error with the squared bias replaced by its observed square (Elliott and Haviland 2007),
which shrinks the volunteers more than a bias-corrected square would: the price in the worst case is smaller.

What it gains and costs does not depend on the data but on the true bias in standard errors. With many volunteers the
root mean squared error is 0.68 of the survey's without bias, equal at 1.5 standard errors of the survey, and at worst
1.12 of it, at 2.7. No interval can be shorter than the survey's where the bias is small and right for all biases
(Armstrong and Kolesar 2018). So the interval is the survey's own; the composite always lies in it, at most half a
standard error from its middle. A shorter one needs something else: a stated bound on the bias, or domains whose biases
are alike.
"""

from __future__ import annotations

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.blending.pair import Blend, Pair
from countersign.model.cells import Floats

ERRORS = np.linspace(-8.0, 8.0, 801)
"""Grid of sampling errors, in standard errors."""


def compose(pair: Pair, *, level: float = 0.95) -> Blend:
    """Blend by estimated mean squared error.

    Returns
    -------
    `Blend`; se: root of the mean squared error, averaged over the biases that the observed one allows (normal about it
    with its variance); interval: the survey's own, survey +- t sqrt(v_s), which is right whatever the bias.

    Raises
    ------
    EstimationError: a level outside (0, 1); no degrees of freedom.
    """
    lean, deviation = pair.lean, np.sqrt(pair.bias_variance)
    scale = np.sqrt(pair.survey_variance)
    units = pair.bias / deviation
    share = lean / (1 + units**2)
    value = pair.survey + share * pair.bias
    pull, kept = (pair.survey_variance - pair.covariance) / deviation / scale, lean * deviation / scale
    se = scale * np.sqrt([_error_at(*map(float, one)) for one in zip(pull, kept, units, strict=True)])
    half = np.array([student(level, df) for df in pair.degrees]) * scale
    return Blend(
        pair,
        share,
        np.zeros(len(pair)),
        value,
        se,
        pair.survey - half,
        pair.survey + half,
        level,
        "the survey's own t",
    )


def compose_bounded(pair: Pair, *, bound: float, level: float = 0.95) -> Blend:
    """Blend when the bias of the volunteers is known to be at most `bound`, up or down.

    Returns
    -------
    `Blend` with fixed shares w = (v_s - c) / (v_s + v_v - 2 c + bound^2); se: root of the largest mean squared error;
    interval: value +- h with P(|N(w bound, v(w))| <= h) = level (Armstrong and Kolesar 2018, doi 10.3982/ECTA14434).

    Raises
    ------
    EstimationError: a bound below zero.
    """
    if not bound >= 0 or not np.isfinite(bound):
        raise EstimationError(
            "A bound on the bias is a number of at least 0.",
            where="bias_bound",
            expected="such as bias_bound=0.02",
            action="state how far the volunteers' mean can be from the truth, or leave it out",
        )
    z = quantile(level)
    gap = pair.survey_variance - pair.covariance
    share: Floats = np.clip(gap / (pair.bias_variance + bound**2), 0.0, 1.0)
    variance = (
        (1 - share) ** 2 * pair.survey_variance
        + share**2 * pair.volunteers_variance
        + 2 * share * (1 - share) * pair.covariance
    )
    value = pair.survey + share * pair.bias
    factor = np.array([folded(float(t), level) for t in share * bound / np.sqrt(variance)])
    half = factor * np.sqrt(variance) * np.array([student(level, df) for df in pair.degrees]) / z
    se = np.sqrt(variance + (share * bound) ** 2)
    return Blend(pair, share, np.zeros(len(pair)), value, se, value - half, value + half, level, "bounded bias")


def _mean_error(pull: float, kept: float, bias: Floats, units: Floats) -> Floats:
    """Mean error given the observed bias `units`, (B, U), in standard errors of the survey.

    The survey's error given the observed bias is normal with mean -pull (units - bias) and variance 1 - pull^2; the
    volunteers pull back by kept units / (1 + units^2).
    """
    found: Floats = -pull * (units - bias) + kept * units / (1 + units**2)
    return found


def _error_at(pull: float, kept: float, observed: float) -> float:
    """Mean squared error over v_s, averaged over true biases, normal about the observed one."""
    density = np.exp(-0.5 * ERRORS**2)
    density /= density.sum()
    nodes = np.linspace(-4.0, 4.0, 41)
    likely = np.exp(-0.5 * nodes**2)
    bias = (observed + nodes)[:, None]
    mean = _mean_error(pull, kept, bias, ERRORS[None, :] + bias)
    return float(likely @ ((mean**2) @ density) / likely.sum()) + max(1 - pull**2, 0.0)


def folded(shift: float, level: float) -> float:
    """Quantile of the absolute value of a normal variable with mean `shift` and variance 1."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def gap(h: float) -> float:
        return float(ndtr(h - shift) - ndtr(-h - shift)) - level

    return float(brentq(gap, 0.0, shift + 10.0, xtol=1e-13))


def quantile(level: float) -> float:
    """Two-sided normal quantile."""
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise EstimationError("A confidence level lies between 0 and 1.", where="level", expected="such as 0.95")
    return float(ndtri((1 + level) / 2))


def student(level: float, degrees: float) -> float:
    """Two-sided quantile of Student's t; normal for infinite degrees."""
    from scipy.special import stdtrit

    if not degrees >= 1:
        raise EstimationError(
            "The survey has no degrees of freedom here, so there is no interval.",
            where="blending",
            expected="more sampling units than strata",
            action="merge groups until each has at least two sampling units",
        )
    return float(stdtrit(degrees, (1 + level) / 2)) if np.isfinite(degrees) else quantile(level)
