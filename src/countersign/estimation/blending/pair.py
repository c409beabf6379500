"""Pair and Blend: two estimates of one thing, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Pair:
    """Estimates of the same K means from a probability sample and from volunteers.

    Parameters
    ----------
    survey, survey_variance: (K,), unbiased. volunteers, volunteers_variance: (K,), perhaps biased.
    covariance: of the two errors, (K,); 0 without overlap and without common auxiliary data.
    degrees: of freedom of the survey's variance, (K,).
    """

    survey: Floats
    survey_variance: Floats
    volunteers: Floats
    volunteers_variance: Floats
    covariance: Floats
    degrees: Floats

    def __post_init__(self) -> None:
        for name in ("survey_variance", "volunteers_variance"):
            wrong = ~(np.asarray(getattr(self, name)) > 0)
            if wrong.any():
                told = "survey" if name == "survey_variance" else "volunteers'"
                raise EstimationError(
                    f"The variance of the {told} estimate is 0 or unknown, so nobody can say how much it should count.",
                    where="blending",
                    expected="at least two different answers in both samples",
                    action="use a wider group, or the survey alone",
                )
        if (self.covariance**2 >= self.survey_variance * self.volunteers_variance).any():
            raise EstimationError(
                "The two estimates vary together completely, so there is nothing to blend.",
                where="blending",
                expected="two samples that are not the same people",
            )

    def __len__(self) -> int:
        return len(self.survey)

    @property
    def bias(self) -> Floats:
        """Observed bias of the volunteers, volunteers - survey, (K,)."""
        return self.volunteers - self.survey

    @property
    def bias_variance(self) -> Floats:
        """Variance of the observed bias, (K,)."""
        return self.survey_variance + self.volunteers_variance - 2 * self.covariance

    @property
    def lean(self) -> Floats:
        """Share of the volunteers that would be best without bias, (v_s - c) / (v_s + v_v - 2 c), from 0 to 1, (K,)."""
        found: Floats = np.clip((self.survey_variance - self.covariance) / self.bias_variance, 0.0, 1.0)
        return found


@dataclass(frozen=True)
class Blend(Tabular):
    """K blended means.

    Parameters
    ----------
    pair: what was blended. share: weight of the volunteers, (K,). bias: bias taken off the volunteers first, (K,); 0
        unless pooled. value: (K,). se: root of the estimated mean squared error, (K,). lower, upper: (K,).
    level: of the interval. convention: its name.
    domains: labels of the K means.
    """

    pair: Pair
    share: Floats
    bias: Floats
    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    level: float
    convention: str
    domains: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a mean."""
        one = self.pair
        return [
            {
                "domain": self.domains[k] if self.domains else "",
                "survey": float(one.survey[k]),
                "survey_se": float(np.sqrt(one.survey_variance[k])),
                "volunteers": float(one.volunteers[k]),
                "volunteers_se": float(np.sqrt(one.volunteers_variance[k])),
                "covariance": float(one.covariance[k]),
                "observed_bias": float(one.bias[k]),
                "observed_bias_se": float(np.sqrt(one.bias_variance[k])),
                "bias_removed": float(self.bias[k]),
                "share_of_volunteers": float(self.share[k]),
                "value": float(self.value[k]),
                "standard_error": float(self.se[k]),
                "lower": float(self.lower[k]),
                "upper": float(self.upper[k]),
            }
            for k in range(len(one))
        ]
