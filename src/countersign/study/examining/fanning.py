"""Answers + reference -> Fan: every estimator that could be computed, figure by figure, with what it assumes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import numpy as np

from countersign.errors import CountersignError
from countersign.model.benchmark import Margin
from countersign.model.cells import Cells, Floats
from countersign.model.estimate import Estimate, Status
from countersign.model.experience import Foreseen
from countersign.model.fan import CHECKED, Alternative, Fan
from countersign.model.reference import Reference
from countersign.study.examining.answers import Answers, asked_only, told
from countersign.study.examining.modelling import Model, fit_model, predict
from countersign.study.measuring import ASKED

if TYPE_CHECKING:
    from countersign.estimation.nonprobability.target import Target
    from countersign.model.propensity import KnownTotals, Propensity

Group: TypeAlias = tuple[str, ...]
Found: TypeAlias = dict[tuple[str, ...], tuple[float, float]]
"""Categories of a breakdown -> value and standard error."""

ALIKE = "among people alike in {on}, those who took part answer like those who did not"
TELLS = {
    "unweighted": "those who took part are like everybody",
    "inverse propensity": ALIKE + "; the chance to take part is a logistic function of these (Chen, Li and Wu)",
    "calibrated propensity": ALIKE + "; the same chances, fitted so that the totals of these are met",
    "adjusted logistic propensity": ALIKE + "; the chance to take part is an exponential function of these",
    "mass imputation": ALIKE + "; a {model} model of the answer",
    "doubly robust": ALIKE + "; the chances or the model of the answer may be wrong, not both",
    "post-stratified model": ALIKE + "; a multilevel {model} model of the answer, the reference taken as a census",
    CHECKED: "errors of this question go along with errors of the questions whose answer is known, as answers do",
}
"""Estimator -> what must hold for it to be right, in the order of the fan."""

ROUNDING = 1e-9

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)


@dataclass(frozen=True)
class Knowledge:
    """What the estimators of the fan know of the population.

    Parameters
    ----------
    on: terms of the models. reference: a sample reduced by them and by the breakdowns it has, or None. margins: known
        counts where there is no sample. name: of the benchmark.
    """

    on: tuple[Group, ...]
    reference: Reference | None = None
    margins: tuple[Margin, ...] = ()
    name: str = ""

    @property
    def terms(self) -> tuple[str | Group, ...]:
        """Terms as the models take them."""
        return tuple(group[0] if len(group) == 1 else group for group in self.on)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of all terms."""
        return tuple(dict.fromkeys(name for group in self.on for name in group))

    @property
    def words(self) -> str:
        """The terms, to be read."""
        return ", ".join(" x ".join(group) for group in self.on)

    @cached_property
    def totals(self) -> KnownTotals:
        """Margins as totals."""
        from countersign.model.propensity import KnownTotals

        counts: dict[str | Group, Mapping[object, float]] = {}
        for margin in self.margins:
            if len(margin.variables) == 1:
                counts[margin.variables[0]] = {key[0]: count for key, count in margin.counts.items()}
            else:
                counts[margin.variables] = dict(margin.counts)  # type: ignore[arg-type]
        return KnownTotals(counts, name=self.name)


@dataclass
class Fanning:
    """The estimators of one question, each computed once a breakdown."""

    answers: Answers
    knowledge: Knowledge
    _made: dict[tuple[str, Group], Found | str] = field(default_factory=dict)
    _fits: dict[str, Propensity | CountersignError] = field(default_factory=dict)
    model: Model | None = None

    @cached_property
    def within(self) -> Fanning:
        """The same among those the question is about; with the reference they are a part of.

        Raises
        ------
        CountersignError: the benchmark does not say who they are.
        """
        if not self.answers.conditional:
            return self
        known = self.knowledge
        if known.reference is None or ASKED not in known.reference.cells.keys:
            _refused("the benchmark does not say whom this question is about")
        assert known.reference is not None
        part = replace(known.reference, cells=asked_only(known.reference.cells))
        return Fanning(replace(self.answers, cells=asked_only(self.answers.cells)), replace(known, reference=part))

    def fan_of(self, figure: Estimate, *, chosen: str, foreseen: Foreseen | None = None) -> Fan | None:
        """Return the fan of one figure; None where it has no value.

        Parameters
        ----------
        chosen: name of the estimator that is published. foreseen: what checkable questions say of the figure.
        """
        if figure.value is None or figure.status not in SHOWN:
            return None
        domain = self.answers.domain(figure)
        own = Alternative(
            chosen, figure.value, figure.standard_error, figure.lower, figure.upper, figure.assumption, chosen=True
        )
        members = [own] if chosen == "unweighted" else [self._unweighted(figure), own]
        for name, solve in ESTIMATORS.items():
            found = self._solved(name, solve, tuple(domain))
            assumption = self._tells(name)
            if isinstance(found, str):
                members.append(Alternative(name, None, None, None, None, assumption, reason=found))
                continue
            pair = found.get(tuple(domain.values()))
            if pair is None or math.isnan(pair[0]):
                reason = "nobody in this group on one of the two sides"
                members.append(Alternative(name, None, None, None, None, assumption, reason=reason))
                continue
            members.append(self._alternative(figure, name, *pair, assumption))
        if foreseen is not None and foreseen.value is not None:
            members.append(
                Alternative(
                    CHECKED, foreseen.value, foreseen.standard_error, foreseen.lower, foreseen.upper, TELLS[CHECKED]
                )
            )
        return Fan(tuple(members))

    def _solved(self, name: str, solve: Solver, by: Group) -> Found | str:
        key = (name, by)
        if key not in self._made:
            try:
                self._made[key] = solve(self, by)
            except CountersignError as error:
                self._made[key] = error.problem
        return self._made[key]

    def _unweighted(self, figure: Estimate) -> Alternative:
        at = self.answers.inside(figure)
        n = self.answers.measure("present")[at].sum()
        mean = self.answers.measure("value")[at].sum() / n
        square = mean if self.answers.shared else self.answers.measure("square")[at].sum() / n
        error = math.sqrt(max(square - mean**2, 0.0) / max(n - 1, 1))
        return self._alternative(figure, "unweighted", float(mean), error, TELLS["unweighted"])

    def _alternative(self, figure: Estimate, name: str, value: float, error: float, assumption: str) -> Alternative:
        from countersign.estimation import interval

        if self.answers.shared:
            if not -ROUNDING < value < 1 + ROUNDING:
                reason = f"gives {value:.3g}, which is no share"
                return Alternative(name, None, None, None, None, assumption, reason=reason)
            value = min(max(value, 0.0), 1.0)
        n = float(self.answers.measure("present")[self.answers.inside(figure)].sum())
        kind = "logit" if self.answers.shared else "t"
        limits = interval(kind, value=value, se=error, n=n, degrees=math.inf)
        return Alternative(name, value, error, limits.lower, limits.upper, assumption)

    def _tells(self, name: str) -> str:
        model = "logistic" if self.answers.shared and self.knowledge.reference else "linear"
        return TELLS[name].format(on=self.knowledge.words, model=model)

    @property
    def target(self) -> Target:
        """The question as the estimators take it."""
        from countersign.estimation.nonprobability.target import Target

        name = self.answers.indicator.name
        return Target(name=name, measure="value", counted="present", share=self.answers.shared)

    def propensity(self, method: str) -> Propensity:
        """Return the chances of taking part, fitted once a method."""
        from countersign.weighting.propensity import fit_propensity

        if method not in self._fits:
            known = self.knowledge
            against = known.totals if known.reference is None else (known.reference,)
            try:
                self._fits[method] = fit_propensity(self.answers.cells, against, on=known.terms, method=method)  # type: ignore[arg-type]
            except CountersignError as error:
                self._fits[method] = error
        found = self._fits[method]
        if isinstance(found, CountersignError):
            raise found
        return found


Solver: TypeAlias = Callable[[Fanning, Group], Found]


def _weighted(method: str) -> Solver:
    def solve(fanning: Fanning, by: Group) -> Found:
        from countersign.estimation.nonprobability.propensity_weighted import estimate_weighted

        result = estimate_weighted(fanning.propensity(method), fanning.target, by=by)
        return _paired(result.domains, result.value, result.se)

    return solve


def _imputed(fanning: Fanning, by: Group) -> Found:
    from countersign.estimation.nonprobability.imputation import impute, impute_from_totals

    fanning = fanning.within
    known = fanning.knowledge
    if known.reference is None:
        if by:
            _refused("known totals say nothing about parts of the population")
        cells, totals = _joined(fanning.answers.cells, known.margins)
        made = impute_from_totals(cells, totals, "value", tuple(totals), counted="present")
    else:
        made = impute(
            fanning.answers.cells,
            known.reference,
            "value",
            known.terms,
            counted="present",
            model="logistic" if fanning.answers.shared else "linear",
            by=by,
        )
    return _paired(made.domains, made.value, made.se)


def _joined(cells: Cells, margins: Sequence[Margin]) -> tuple[Cells, dict[str, dict[object, float]]]:
    """Make one variable of the variables of each margin, on both sides."""
    keys, totals = dict(cells.keys), {}
    for margin in margins:
        code, labels = cells.codes(margin.variables)
        names = np.array([" x ".join(told(part) for part in label) for label in labels], dtype=object)
        keys[margin.name] = names[code]
        totals[margin.name] = {" x ".join(map(str, key)): count for key, count in margin.counts.items()}
    return replace(cells, keys=keys), totals  # type: ignore[return-value]


def _doubly(fanning: Fanning, by: Group) -> Found:
    from countersign.estimation.nonprobability.doubly_robust import estimate_double, fit_double

    if fanning.knowledge.reference is None:
        _refused("needs a reference sample, and the benchmark has only totals")
    fanning = fanning.within
    result = estimate_double(fit_double(fanning.propensity("mle"), fanning.target), by=by)
    return _paired(result.domains, result.value, result.se)


def _modelled(fanning: Fanning, by: Group) -> Found:
    if fanning.knowledge.reference is None:
        _refused("needs a reference sample, and the benchmark has only totals")
    fanning = fanning.within
    known = fanning.knowledge
    assert known.reference is not None
    lacking = [name for name in by if name not in known.reference.cells.keys]
    if lacking:
        _refused(f"{known.reference.called} does not hold '{lacking[0]}'")
    if fanning.model is None:
        fanning.model = fit_model(fanning.answers, known.reference, known.terms)
    return _paired(*predict(fanning.model, known.reference, by, known.variables))


ESTIMATORS: dict[str, Solver] = {
    "inverse propensity": _weighted("mle"),
    "calibrated propensity": _weighted("calibrated"),
    "adjusted logistic propensity": _weighted("adjusted-logistic"),
    "mass imputation": _imputed,
    "doubly robust": _doubly,
    "post-stratified model": _modelled,
}
"""Estimator -> how it is computed; the unweighted and the published one stand before them."""


def _paired(domains: Sequence[tuple[object, ...]], value: Floats, error: Floats) -> Found:
    return {
        tuple(told(part) for part in labels): (float(one), float(off))
        for labels, one, off in zip(domains, value, error, strict=True)
    }


def _refused(reason: str) -> NoReturn:
    raise CountersignError(reason)
