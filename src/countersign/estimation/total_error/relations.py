"""Relations: what the errors of checkable questions tell about the error of another question.

People select themselves on a few things they have in common: interest, time, being on line. A question that goes
together with many others then shares their error. The errors of all answers, on the angle scale, are taken as one
draw with covariance proportional to R^p + nugget, R the correlation of the answers. With p = 1 this is calibration by
ridge regression: selection on the answers themselves. With p = 2 it is selection on the factors that answers share,
each in proportion to its variance: regression moves every question too little then, because each question measures
the factors with noise. p and the nugget are those with the smallest error when each known question is left out in
turn; a large nugget means that the errors have nothing to do with each other, and nothing is corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.total_error.answers import Answers, label_of
from countersign.model.angle import angle, share_at
from countersign.model.cells import Floats, Integers

POWERS = (1, 2)
NUGGETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Part of an error that no other question tells, relative to the mean variance of the shared part. 100: all of it."""


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


def _raised(alike: Floats, power: int) -> Floats:
    """Return R^p, scaled so that the mean variance is 1."""
    found = np.linalg.matrix_power(alike, power)
    return np.asarray(found / (np.trace(found) / len(found)))


class Relations:
    """Solves for the errors of questions from the errors of known ones, each question left out in turn.

    Parameters
    ----------
    known: questions whose official shares are used. truth: official shares, (P,), nan where unknown.
    judged: those of `known` whose errors choose power and nugget; all where empty. powers, nuggets: candidates.

    Other questions of the answers play no part: a figure does not depend on what else is estimated.

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
        judged: Sequence[str] = (),
        powers: Sequence[int] = POWERS,
        nuggets: Sequence[float] = NUGGETS,
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
        self._at = np.concatenate([answers.places[name] for name in self.known])
        self._blocks = {name: np.flatnonzero(np.isin(self._at, answers.places[name])) for name in self.known}
        self._turned = angle(answers.share)
        self._error = self._turned[self._at] - angle(truth[self._at])
        self._choose(powers, nuggets, [name for name in self.known if name in judged] or list(self.known))

    def _choose(self, powers: Sequence[int], nuggets: Sequence[float], judged: Sequence[str]) -> None:
        """Keep the candidate with the smallest squared error, each judged question left out in turn."""
        best, chosen = np.inf, None
        own_alike = self.answers.alike[np.ix_(self._at, self._at)]
        # Questions with as many answers as each other are left out together: thousands of tiny systems, one call.
        sizes = np.array([len(self._blocks[name]) for name in judged])
        alike = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]
        places = [np.stack([self._blocks[judged[int(at)]] for at in group]) for group in alike]
        losses = np.zeros(len(judged))
        for power in powers:
            values, vectors = np.linalg.eigh(_raised(own_alike, power))
            turned = vectors.T @ self._error
            held = [vectors[each] for each in places]
            for nugget in nuggets:
                shrunk = 1.0 / (np.maximum(values, 0.0) + nugget)
                for group, own in zip(alike, held, strict=True):
                    inner, outer = (own * shrunk) @ own.transpose(0, 2, 1), own @ (shrunk * turned)
                    losses[group] = (np.linalg.solve(inner, outer[..., None])[..., 0] ** 2).mean(axis=1)
                loss = float(sum(losses.tolist()))
                if loss < best:
                    best, chosen = loss, (power, float(nugget), vectors, shrunk)
        if chosen is None:
            raise EstimationError(
                "The errors of the checked questions are not numbers.",
                expected="official shares and answers for each of them",
                action="check the shares of the reference",
            )
        self.power, self.nugget, vectors, shrunk = chosen
        self._inverse = (vectors * shrunk) @ vectors.T
        self._solved = self._inverse @ self._error

    def left_out(self, name: str) -> Predicted:
        """Return a known question as if its official shares were not known, from the other known ones."""
        own = self._blocks[name]
        rest = np.setdiff1d(np.arange(len(self._at)), own)
        inner = self._inverse[np.ix_(own, own)]
        predicted = self._error[own] - np.linalg.solve(inner, self._solved[own])
        loads = -np.linalg.solve(inner, self._inverse[np.ix_(own, rest)])
        return self._predicted(self.answers.places[name], predicted, self._at[rest], loads)

    def other(self, name: str) -> Predicted:
        """Return a question that is not among the known ones."""
        places = self.answers.places[name]
        every = np.concatenate([self._at, places])
        covariance = _raised(self.answers.alike[np.ix_(every, every)], self.power)
        size = len(self._at)
        held = covariance[:size, :size] + self.nugget * np.eye(size)
        loads: Floats = np.linalg.solve(held, covariance[:size, size:]).T.astype(np.float64)
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
