"""Workers: how often each is right, and whose answers look like no work at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign import catalogue
from countersign.estimation.interval import interval
from countersign.estimation.labels.aggregation import Labelling
from countersign.estimation.sample import sums
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Worker:
    """One worker.

    Parameters
    ----------
    answers: given; on gold tasks only, where a gold standard judges. accuracy: share right, with its interval.
    chance: accuracy of somebody who gives the same labels as often, but without looking.
    informative: 0 for answers that do not depend on the truth, 1 for perfect ones (Raykar and Yu 2012).
    flag: ``too few answers to judge``, ``always the same answer``, ``worse than guessing``, ``cannot be told from
        guessing``, or empty.
    """

    worker: str
    answers: int
    accuracy: float | None
    lower: float
    upper: float
    chance: float | None
    informative: float
    flag: str


@dataclass(frozen=True)
class Workers(Tabular):
    """Every worker, in order of name. A flag is a reason to look, not a verdict."""

    workers: tuple[Worker, ...]
    judged_by: str

    def __getitem__(self, name: str) -> Worker:
        return next(one for one in self.workers if one.worker == name)

    @property
    def flagged(self) -> tuple[Worker, ...]:
        """Those whose answers look like no work."""
        return tuple(one for one in self.workers if one.flag and not one.flag.startswith("too few"))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a worker."""
        return [dict(one.__dict__) for one in self.workers]


def judge_workers(labelling: Labelling, *, gold: Mapping[str, str] | None = None, level: float = 0.95) -> Workers:
    """Return each worker's accuracy with its interval, and flags.

    Parameters
    ----------
    gold: task -> truth; then only answers to these tasks count. None = the labelling's own probabilities q: a worker's
        accuracy is the mean probability that the answer is right, its variance a(1-a)/n + sum q(1-q)/n^2, the interval
        Wilson's with the size that has this variance. Where workers err together this flatters all of them.

    Notes
    -----
    Flags: below the least number of answers nobody is judged. *Always the same answer*: one label only, although the
    tasks and the others' answers make this improbable. *Worse than guessing*, *cannot be told from guessing*: the
    interval is below, or holds, the accuracy of a guesser with the same frequencies of labels. Limits are in the
    catalogue.
    """
    answers, K = labelling.answers, len(labelling.answers.labels)
    posterior, counted = labelling.posterior, answers.count.copy()
    if gold is not None:
        posterior, known = _truths(labelling, gold)
        counted = counted * known[answers.task]
    W = len(answers.workers)
    q = posterior[answers.task, answers.label]
    n: Floats = sums(answers.worker, counted, W)
    hits = np.bincount(answers.worker, counted * q, W)
    doubt = np.bincount(answers.worker, counted * q * (1 - q), W)
    given = np.bincount(answers.worker * K + answers.label, counted, W * K).reshape(W, K)
    prior = np.stack([np.bincount(answers.worker, counted * posterior[answers.task, k], W) for k in range(K)], 1)
    surprise = _same_answer(labelling, posterior, counted)
    least = catalogue.threshold("worker_answers").good
    improbable = math.log(catalogue.threshold("same_answer_probability").good)
    found = []
    for w, name in enumerate(answers.workers):
        score = _informative(labelling.errors[w])
        if n[w] == 0:
            found.append(Worker(name, 0, None, 0.0, 1.0, None, score, "too few answers to judge"))
            continue
        accuracy = min(max(hits[w] / n[w], 0.0), 1.0)
        spread = accuracy * (1 - accuracy) / n[w] + doubt[w] / n[w] ** 2
        size = min(accuracy * (1 - accuracy) / spread, n[w]) if spread > 0 else n[w]
        ends = interval("wilson-plain", value=accuracy, se=0.0, n=max(size, 1.0), degrees=math.inf, level=level)
        chance = float((given[w] / n[w]) @ (prior[w] / n[w]))
        flag = ""
        if n[w] < least:
            flag = "too few answers to judge"
        elif (given[w] > 0).sum() == 1 and surprise[w] < improbable:
            flag = "always the same answer"
        elif ends.upper < chance:
            flag = "worse than guessing"
        elif ends.lower <= chance and (given[w] > 0).sum() > 1:
            flag = "cannot be told from guessing"
        found.append(Worker(name, round(n[w]), accuracy, ends.lower, ends.upper, chance, score, flag))
    return Workers(tuple(found), "gold standard" if gold is not None else f"the labels by {labelling.method}")


def _truths(labelling: Labelling, gold: Mapping[str, str]) -> tuple[Floats, Floats]:
    code = {label: k for k, label in enumerate(labelling.answers.labels)}
    posterior = np.zeros_like(labelling.posterior)
    known = np.zeros(len(posterior))
    for i, task in enumerate(labelling.answers.tasks):
        if task in gold:
            known[i] = 1.0
            if gold[task] in code:
                posterior[i, code[gold[task]]] = 1.0
    return posterior, known


def _informative(errors: Floats) -> float:
    """Mean squared difference between the answers to different classes, (K given, K true): 0 for a spammer."""
    K = errors.shape[1]
    if K < 2:
        return 0.0
    mean = errors.mean(1, keepdims=True)
    return float(((errors - mean) ** 2).sum() / (K - 1))


def _same_answer(labelling: Labelling, posterior: Floats, counted: Floats) -> Floats:
    """Log probability that an average worker gives these answers, for each worker, (W,)."""
    answers, W = labelling.answers, len(labelling.answers.workers)
    load = np.bincount(answers.worker, answers.count, W)
    average = np.tensordot(load / load.sum(), labelling.errors, axes=1)
    likely = (posterior[answers.task] * average[answers.label]).sum(1)
    found: Floats = sums(answers.worker, counted * np.log(np.maximum(likely, 1e-300)), W)
    return found
