"""Prior: the volunteers speak first, as a normal prior, the survey as the data.

Conjugate normal (Wisniowski, Sakshaug, Perez Ruiz and Blom 2020, doi 10.1093/jssam/smz051; Sakshaug et al. 2019): the
power a0 from 0 to 1 says which part of the volunteers' information is believed, and the conflict with the survey
decides it.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.estimation.blending.composite import quantile
from countersign.estimation.blending.pair import Blend, Pair

Discount = Literal["distance", "empirical", "none"]


def compose_with_prior(pair: Pair, *, discount: Discount = "distance", level: float = 0.95) -> Blend:
    """Combine the survey with the volunteers as a prior N(volunteers, v_v / a0).

    Parameters
    ----------
    discount: ``distance``: prior variance max(v_v, B^2), B = volunteers - survey, so a0 = min(1, v_v / B^2);
        ``empirical``: max(v_v, B^2 - v_s), the a0 under which the observed conflict is most likely (Gravestock and
        Held 2017); ``none``: a0 = 1, the volunteers are believed whatever the survey says.

    Returns
    -------
    `Blend`: posterior mean, posterior standard deviation, and its central normal interval. Variances count as known,
    and so does a0, although it was chosen by the same data: the interval is too short where the bias is of the size of
    the survey's standard error.

    Raises
    ------
    EstimationError: an unknown discount; samples that are not independent: a prior has not seen the data.
    """
    if discount not in get_args(Discount):
        raise EstimationError(
            f"There is no discount '{discount}'. {nearest(str(discount), get_args(Discount))}".strip(),
            where="discount",
            expected=f"one of: {', '.join(get_args(Discount))}",
        )
    if (pair.covariance != 0).any():
        raise EstimationError(
            "The volunteers' estimate shares data with the survey, so it cannot be a prior for it.",
            where="method",
            expected="independent samples",
            action="use method='composite', or the volunteers' estimate without adjustment to the survey",
        )
    squared, own = pair.bias**2, pair.volunteers_variance
    if discount == "distance":
        variance = np.maximum(own, squared)
    elif discount == "empirical":
        variance = np.maximum(own, squared - pair.survey_variance)
    else:
        variance = own
    share = pair.survey_variance / (pair.survey_variance + variance)
    value = pair.survey + share * pair.bias
    se = np.sqrt(share * variance)
    half = quantile(level) * se
    return Blend(
        pair, share, np.zeros(len(pair)), value, se, value - half, value + half, level, "normal credible interval"
    )
