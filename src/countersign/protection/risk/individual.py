"""The chance that one person is recognised, from how many share the same keys in the data and in the population."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Floats

_NEAR = 1e-3  # where nearly everybody was asked, two large numbers would be subtracted: a series is exact there
_TERMS = 8


def individual_risk(size: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Return the chance that somebody with an outside list names a record rightly.

    Parameters
    ----------
    size: f, records with the same keys, 1 or more. population: F, people with these keys, estimated by the sum of
        the weights of the records. Both (C,).

    Returns
    -------
    With p = f/F and q = 1 - p, (C,)::

        f = 1     p/q ln(1/p)
        f = 2     p/q - (p/q)^2 ln(1/p)
        f >= 3    p / (f - q)
        F <= f    1/f: everybody was asked

    The mean of 1/F given f under a negative binomial F. Source: Benedetti and Franconi (1998); Hundepool et al.,
    Statistical Disclosure Control (2012), section 3.3; the approximation for f >= 3 is that of R's sdcMicro.
    """
    f, total = np.broadcast_arrays(np.asarray(size, dtype=np.float64), np.asarray(population, dtype=np.float64))
    total = np.maximum(total, f)
    p, q = f / total, (total - f) / total
    risk = p / (f - q + (f < 3))  # the small sizes are filled in below; no division by zero on the way
    one, two = f == 1, f == 2
    with np.errstate(divide="ignore", invalid="ignore"):
        odds, information = p / q, -np.log1p(-q)
        risk = np.where(one, odds * information, np.where(two, odds - odds**2 * information, risk))
    near = (one | two) & (q < _NEAR)
    powers = [q[near] ** k for k in range(_TERMS)]
    after_one = sum(power / (k + 1) for k, power in enumerate(powers))
    after_two = 1 - p[near] * sum(power / (k + 2) for k, power in enumerate(powers))
    risk[near] = p[near] * np.where(one[near], after_one, after_two)
    return np.asarray(risk, dtype=np.float64)
