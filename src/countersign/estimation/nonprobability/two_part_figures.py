"""Two-part figures: estimates whose standard error says how much of it comes from where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from countersign.estimation.figures import ALONE, TOO_FEW, figure_id
from countersign.estimation.interval import interval
from countersign.estimation.nonprobability.reference_variance import degrees_of
from countersign.estimation.nonprobability.target import TwoPartResult
from countersign.estimation.reliability import APPLIES, Precision, judge
from countersign.model.estimate import Estimate, Status
from countersign.model.propensity import Propensity

METHODS = {
    "mle": "inverse propensity weighting, logit by pseudo maximum likelihood (Chen, Li and Wu 2020)",
    "calibrated": "inverse propensity weighting, logit calibrated to the totals (Chen, Li and Wu 2020)",
    "adjusted-logistic": "inverse propensity weighting, adjusted logistic (Wang, Valliant and Li 2021)",
}
ASSUMPTION = (
    "model-based interval, assuming that among people alike in {by} taking part does not depend on the answer, that"
    " everybody could have taken part, and that the model of taking part is right"
)
ASSUMPTION_DOUBLE = (
    "model-based interval, assuming that among people alike in {by} taking part does not depend on the answer, that"
    " everybody could have taken part, and that the model of taking part or the model of the answer is right"
)
UNSEEN = 0.0005
"""Share of the population in combinations without volunteers from which it is told: what is shown as 0.1 %."""


def figures_of(
    result: TwoPartResult,
    propensity: Propensity,
    *,
    outcome: str = "",
    estimator: str = "hajek",
    level: float = 0.95,
    convention: str = "",
    notes: Sequence[str] = (),
) -> list[Estimate]:
    """Return one figure a domain.

    Parameters
    ----------
    outcome: family of the model of the answer, for doubly robust estimates. convention: of the interval; empty = ``t``,
        and exact limits at shares of 0 and 1. notes: one for each domain, after the parts of the standard error.

    Notes
    -----
    Degrees of freedom: (V_A + V_B)^2 / (V_A^2/(n - 1) + V_B^2/df_B), Satterthwaite (1946).
    """
    target, restriction = result.target, propensity.restriction
    name = target.name if restriction is None else f"{target.name} ({restriction.words})"
    statistic = "total" if target.statistic == "total" else "proportion" if target.share else "mean"
    auxiliary = ", ".join(propensity.by)
    method = METHODS[propensity.method]
    if outcome:
        method = f"doubly robust: {method}; {outcome} model of the answer"
    means = {"hajek": "weighted mean (Hajek)", "horvitz-thompson": "over the known number of people (Horvitz-Thompson)"}
    if target.statistic == "mean":
        method += f"; {means[estimator]}"
    method += f"; variance in two parts, of the volunteers (Poisson sampling) and of {propensity.source}"
    assumption = (ASSUMPTION_DOUBLE if outcome else ASSUMPTION).format(by=auxiliary)
    beyond = _degrees(propensity)
    made = []
    for k, labels in enumerate(result.domains):
        domain = dict(zip(result.by, (_text(part) for part in labels), strict=True))
        n, value, se = int(result.n[k]), float(result.value[k]), float(result.se[k])
        common: dict[str, Any] = {
            "indicator": name,
            "statistic": statistic,
            "domain": domain,
            "n": n,
            "method": method,
            "level": level,
            "assumption": assumption,
            "figure_id": figure_id(name, domain=domain),
        }
        if math.isnan(value) or n < 2:
            made.append(_nothing(common, n))
            continue
        degrees = _satterthwaite(float(result.own[k]), float(result.reference[k]), n - 1, beyond)
        effective = _effective(value, se, n, float(result.kish[k]), target.share)
        asked = convention or ("korn-graubard" if target.share and value in (0.0, 1.0) else "t")
        limits = interval(asked, value=value, se=se, n=n, degrees=degrees, level=level, n_effective=effective)
        status, flags = judge(
            Precision(value, se, limits.lower, limits.upper, float(n), effective, degrees), APPLIES[statistic]
        )
        own, other = np.sqrt(result.own[k]), np.sqrt(result.reference[k])
        note = [f"of the standard error, {own:.4g} comes from the volunteers and {other:.4g} from {propensity.source}"]
        if not propensity.references and propensity.covariance is None:
            note = [f"the standard error, {se:.4g}, comes from the volunteers; the totals count as free of error"]
        if restriction is not None:
            note.append(
                f"about the population {restriction.words}: {restriction.share:.1%} of it and"
                f" {restriction.volunteers} volunteers are left out"
            )
        if not labels and propensity.unseen is not None and propensity.unseen >= UNSEEN:
            note.append(
                f"{propensity.unseen:.1%} of the population is in combinations of {auxiliary} that nobody took part"
                " from; the model speaks for them"
            )
        note += [notes[k]] if notes else []
        words = {Status.CAUTION: "use with caution: imprecise", Status.UNRELIABLE: "not precise enough to be quoted"}
        raw = float(result.raw[k])
        made.append(
            Estimate(
                **common,
                value=value,
                standard_error=se,
                lower=limits.lower,
                upper=limits.upper,
                convention=limits.convention,
                n_effective=effective,
                degrees=degrees if math.isfinite(degrees) else None,
                status=status,
                flags=flags,
                note="; ".join(part for part in (words.get(status, ""), *note, limits.note) if part),
                raw=raw if math.isfinite(raw) else None,
            )
        )
    return made


def _nothing(common: dict[str, Any], n: int) -> Estimate:
    return Estimate(
        **common,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        convention="none",
        status=Status.TOO_FEW if n else Status.NO_DATA,
        flags=(TOO_FEW,) if n else (),
        note=ALONE if n else "nobody took part, or nobody in the reference is of this kind",
    )


def _degrees(propensity: Propensity) -> float:
    """Degrees of freedom of the reference: the fewest of several samples."""
    found = [degrees_of(reference) for reference in propensity.references]
    return min(found, default=math.inf)


def _satterthwaite(own: float, reference: float, n: float, beyond: float) -> float:
    if own + reference == 0:
        return n
    bottom = (own**2 / n if n > 0 else 0.0) + (reference**2 / beyond if beyond > 0 else math.inf)
    return (own + reference) ** 2 / bottom if bottom > 0 else math.inf


def _effective(value: float, se: float, n: int, kish: float, share: bool) -> float:
    if share and se > 0 and 0 < value < 1:
        return min(float(n), value * (1 - value) / se**2)
    return min(float(n), kish) if math.isfinite(kish) else float(n)


def _text(part: object) -> str:
    if part is None:
        return "(missing)"
    return str(int(part)) if isinstance(part, float) and part.is_integer() else str(part)
