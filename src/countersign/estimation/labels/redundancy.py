"""Redundancy: how many answers a task needs before its label can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.labels.aggregation import Labelling
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

ALL_ORDERS = 1000
"""Up to so many workers, nobody answers a simulated task twice."""


@dataclass(frozen=True)
class Redundancy(Tabular):
    """What a number of answers to every task buys, by simulation from the fitted model.

    Parameters
    ----------
    answers: 1, 2, ..., (R,). accuracy: share of labels that are right. decided: share of tasks whose label is certain
        enough. majority: share right by majority, ties by lot. simulations: tasks drawn.
    """

    answers: tuple[int, ...]
    accuracy: Floats
    decided: Floats
    majority: Floats
    enough: float
    simulations: int

    def needed(self, *, accuracy: float) -> int | None:
        """Return the fewest answers from which labels are so often right, or None if none of these is enough."""
        reached = np.flatnonzero(self.accuracy >= accuracy)
        return self.answers[int(reached[0])] if len(reached) else None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a number of answers; the error of simulation is the standard error of `accuracy`."""
        return [
            {
                "answers": n,
                "accuracy": float(self.accuracy[i]),
                "simulation_error": float(np.sqrt(self.accuracy[i] * (1 - self.accuracy[i]) / self.simulations)),
                "majority_accuracy": float(self.majority[i]),
                "decided": float(self.decided[i]),
            }
            for i, n in enumerate(self.answers)
        ]


def plan_redundancy(labelling: Labelling, *, most: int = 15, simulations: int = 4000, seed: int = 1) -> Redundancy:
    """Simulate tasks answered by workers like these, and say how often the label would be right.

    Truth from the fitted shares, workers as often as they answered so far, labels from their fitted errors, label from
    the model. Workers who err together need more answers than this says.

    Parameters
    ----------
    most: largest number of answers looked at, not more than there are workers. simulations: tasks. seed: of the draws.

    Raises
    ------
    EstimationError: labels by majority, which say nothing of workers' errors.
    """
    if labelling.method != "dawid-skene":
        raise EstimationError(
            "Majority labels do not tell how workers err.",
            where="method",
            expected="labels by the model of Dawid and Skene",
            action="use method='dawid-skene'",
        )
    answers, rng = labelling.answers, np.random.default_rng(seed)
    W, K = len(answers.workers), len(answers.labels)
    prior = labelling.posterior.mean(0)
    load = np.bincount(answers.worker, answers.count, W)
    most = min(most, W) if W <= ALL_ORDERS else most
    truth = rng.choice(K, simulations, p=prior / prior.sum())
    if W <= ALL_ORDERS:
        with np.errstate(divide="ignore"):
            keys = np.log(load) + rng.gumbel(size=(simulations, W))
        who = np.argsort(-keys, axis=1)[:, :most]
    else:
        who = rng.choice(W, (simulations, most), p=load / load.sum())
    with np.errstate(divide="ignore"):
        log_e, score = np.log(labelling.errors), np.tile(np.log(prior), (simulations, 1))
    votes, at = np.zeros((simulations, K)), np.arange(simulations)
    accuracy, decided, by_majority = [], [], []
    for r in range(most):
        chance = np.cumsum(labelling.errors[who[:, r], :, truth], axis=1)
        label = np.minimum((rng.random(simulations)[:, None] > chance).sum(1), K - 1)
        score = score + log_e[who[:, r], label]
        votes[at, label] += 1
        top = score.max(1, keepdims=True)
        posterior = np.exp(score - top)
        posterior /= posterior.sum(1, keepdims=True)
        accuracy.append(float((posterior.argmax(1) == truth).mean()))
        decided.append(float((posterior.max(1) >= labelling.enough).mean()))
        best = votes >= votes.max(1, keepdims=True)
        by_majority.append(float((best[at, truth] / best.sum(1)).mean()))
    return Redundancy(
        tuple(range(1, most + 1)),
        np.array(accuracy),
        np.array(decided),
        np.array(by_majority),
        labelling.enough,
        simulations,
    )
