"""Signs (E3): whether the estimators of a figure agree in the direction of their correction and in what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.fan import ASIDE, UNWEIGHTED
from countersign.model.finding import Finding, State
from countersign.model.plan import Plan
from countersign.quality.context import listed

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
TINY = 1e-9


def sign_stability(plan: Plan, estimates: EstimateTable) -> list[Finding]:
    """For each indicator, three questions to its estimators (at least as many as the catalogue says).

    Do all adjusted estimators move the figure for everybody in one direction from the one without weights? Are all of
    them on one side of the threshold that the study names? And does the difference between the highest and the lowest
    group of each breakdown keep its sign? Value: the smallest share of estimators that agree with the majority.
    """
    findings = []
    for name, indicator in plan.indicators.items():
        figures = [one for one in estimates if one.indicator == name and one.status in SHOWN and one.fan]
        main = next((one for one in figures if not one.domain), None)
        questions: dict[str, list[float]] = {}
        if main is not None:
            own = _values(main)
            naive = _of(main).get(UNWEIGHTED)
            if naive is not None:
                questions["direction of the correction"] = [value - naive for value in own.values()]
            if indicator.threshold is not None:
                questions["side of the threshold"] = [value - indicator.threshold for value in own.values()]
        questions |= _differences(figures)
        least = threshold("sign_estimators").good
        asked = {question: signs for question, signs in questions.items() if len(signs) >= least}
        if asked:
            findings.append(_told(name, asked))
    return findings


def _of(figure: Estimate) -> Mapping[str, float]:
    """Estimator -> value."""
    computed = figure.fan.computed if figure.fan else ()
    return {one.estimator: one.value for one in computed if one.value is not None}


def _values(figure: Estimate) -> Mapping[str, float]:
    """The same without those that stand aside: one uses nothing of what is known, one uses more than the others."""
    return {name: value for name, value in _of(figure).items() if name not in ASIDE}


def _differences(figures: Sequence[Estimate]) -> dict[str, list[float]]:
    """Breakdown -> difference between the highest and the lowest published group, by estimator."""
    groups: dict[tuple[str, ...], list[Estimate]] = {}
    for one in figures:
        if one.domain and one.value is not None:
            groups.setdefault(tuple(one.domain), []).append(one)
    found = {}
    for names, parts in groups.items():
        if len(parts) < 2:
            continue
        high = max(parts, key=lambda one: one.value if one.value is not None else 0.0)
        low = min(parts, key=lambda one: one.value if one.value is not None else 0.0)
        above, below = _values(high), _values(low)
        both = [estimator for estimator in above if estimator in below]
        found[f"highest against lowest {' x '.join(names)}"] = [above[e] - below[e] for e in both]
    return found


def agreeing(signs: Sequence[float]) -> float:
    """Return the share of differences on the side of most; those that are 0 are on either side."""
    up, down = sum(one > TINY for one in signs), sum(one < -TINY for one in signs)
    return 1 - min(up, down) / len(signs)


def _told(name: str, asked: Mapping[str, list[float]]) -> Finding:
    shares = {question: agreeing(signs) for question, signs in asked.items()}
    unstable = [question for question, share in shares.items() if share < 1]
    many = min(len(signs) for signs in asked.values())
    message = f"'{name}': {many} estimators or more agree in {listed(list(shares), most=3)}."
    if unstable:
        message = f"'{name}': the estimators do not agree in {listed(unstable, most=3)}."
    return Finding(
        "E3",
        State.WARN if unstable else State.PASS,
        "sign_stability",
        message,
        subject=name,
        value=min(shares.values()),
        unit="share",
        count=len(unstable),
        evidence={
            question: {
                "estimators": len(signs),
                "above": sum(s > TINY for s in signs),
                "below": sum(s < -TINY for s in signs),
            }
            for question, signs in asked.items()
        },
        threshold=threshold("sign_estimators").record(),
        fix="Say that the direction is not known; ask more questions with a known answer." if unstable else "",
    )
