"""Relations: what the errors of checkable questions tell about the error of another question.

People select themselves on a few things they have in common: interest, time, being on line. A question that goes
together with many others then shares their error. The errors of all answers, on the angle scale, are taken as one
draw with covariance proportional to R R + nugget, R the correlation of the answers: selection on the factors that
answers share, each in proportion to its variance. Calibration by regression is the same with R in place of R R; it
moves every question too little, because each calibration question measures the factors with noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.total_error.answers import Answers, label_of
from countersign.model.angle import angle, share_at
from countersign.model.cells import Floats, Integers

NUGGET = 0.1
"""Part of an error that no other question tells, relative to the mean variance of the shared part. Between 0.03 and
0.3 the results of docs/total-error.md hardly change."""


@dataclass(frozen=True)
class Predicted:
    """Answers of one question, its official shares not used.

    Parameters
    ----------
    places: positions in the `Answers`. estimate: shares. standard_error: sampling error by linearisation.
    """

    places: Integers
    estimate: Floats
    standard_error: Floats


def official_shares(answers: Answers, truth: Mapping[str, Mapping[object, float]]) -> Floats:
    """Return official shares in the order of the answers, nan where there is none, (P,).

    Counts become shares. An answer that the benchmark does not have has the share 0: its shares sum to 1 without it.

    Raises
    ------
    EstimationError: a question without any positive count; a negative one.
    """
    found = np.full(len(answers.share), np.nan)
    for name, counts in truth.items():
        if name not in answers.places:
            continue
        values = {label_of(key): float(value) for key, value in counts.items()}
        total = sum(values.values())
        if not total > 0 or min(values.values()) < 0:
            raise EstimationError(
                f"The official counts of '{name}' are not counts: they sum to {total:g}.",
                expected="counts or shares of zero or more, at least one above zero",
                action="check the benchmark",
            )
        places = answers.places[name]
        found[places] = [values.get(answers.category(int(place)), 0.0) / total for place in places]
    return found


def shared_errors(answers: Answers) -> Floats:
    """Return R R, scaled so that its mean variance is 1, (P, P)."""
    square = answers.alike @ answers.alike
    return np.asarray(square / (np.trace(square) / len(square)))


class Relations:
    """Solves for the errors of questions from the errors of known ones, each question left out in turn.

    Parameters
    ----------
    known: questions whose official shares are used. truth: official shares, (P,), nan where unknown.
    covariance: of the errors, without nugget; `shared_errors` of the answers where None.
    nugget: see `NUGGET`; the sampling variance of the known errors is added.

    Raises
    ------
    EstimationError: no known question, or one without official shares.
    """

    def __init__(
        self,
        answers: Answers,
        truth: Floats,
        known: Sequence[str],
        *,
        covariance: Floats | None = None,
        nugget: float = NUGGET,
    ) -> None:
        self.answers = answers
        self.known = tuple(dict.fromkeys(known))
        for name in self.known:
            if name not in answers.places or np.isnan(truth[answers.places[name]]).any():
                raise EstimationError(
                    f"The question '{name}' has no official shares.",
                    expected="a question that the data and the benchmark share",
                    action="leave it out, or add it to the benchmark",
                )
        if not self.known:
            raise EstimationError(
                "There is no question with an official answer.",
                expected="at least one question that both sides asked",
                action="name some under items",
            )
        self._covariance = shared_errors(answers) if covariance is None else covariance
        self._at = np.concatenate([answers.places[name] for name in self.known])
        self._turned = angle(answers.share)
        self._error = self._turned[self._at] - angle(truth[self._at])
        size = float(np.mean(self._error**2))
        noise = np.minimum(1.0 / answers.n_effective[self._at], size) / size if size > 0 else np.zeros(len(self._at))
        held = self._covariance[np.ix_(self._at, self._at)] + np.diag(nugget + noise)
        self._inverse = np.linalg.inv(held)
        self._solved = self._inverse @ self._error

    def left_out(self, name: str) -> Predicted:
        """Return a known question as if its official shares were not known, from the other known ones."""
        own = np.isin(self._at, self.answers.places[name])
        inner = self._inverse[np.ix_(own, own)]
        predicted = self._error[own] - np.linalg.solve(inner, self._solved[own])
        loads = -np.linalg.solve(inner, self._inverse[np.ix_(own, ~own)])
        return self._predicted(self.answers.places[name], predicted, self._at[~own], loads)

    def other(self, name: str) -> Predicted:
        """Return a question that is not among the known ones."""
        places = self.answers.places[name]
        loads = self._covariance[np.ix_(places, self._at)] @ self._inverse
        return self._predicted(places, loads @ self._error, self._at, loads)

    def _predicted(self, places: Integers, error: Floats, at: Integers, loads: Floats) -> Predicted:
        estimate = share_at(self._turned[places] - error)
        alike = self.answers.alike
        variance = (
            alike[places, places]
            - 2 * (loads * alike[np.ix_(places, at)]).sum(axis=1)
            + ((loads @ alike[np.ix_(at, at)]) * loads).sum(axis=1)
        )
        sampling = np.sqrt(np.maximum(variance, 0.0) / self.answers.n_effective[places])
        return Predicted(places, estimate, np.asarray(sampling * np.sqrt(estimate * (1 - estimate))))
