"""Aggregation: one label for each task, by majority or by the model of Dawid and Skene."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.estimation.labels.answers import Answers
from countersign.estimation.sample import sums
from countersign.model.cells import Floats, Integers
from countersign.model.tabular import Tabular

TIE = 1e-9
"""Two labels whose probabilities differ by less are tied."""
Step: TypeAlias = Callable[[Floats], tuple[Floats, Floats, Floats, float]]
JEFFREYS = 0.5
LIMIT = 20_000


@dataclass(frozen=True)
class Labelling(Tabular):
    """A label for each of T tasks, and what was learnt about W workers.

    Parameters
    ----------
    answers: what it was made from. method: ``majority`` or ``dawid-skene``.
    posterior: probability of each label, (T, K). prior: share of each label, (K,), or by group of tasks, (G, K).
    errors: probability that a worker gives a label (second axis) to a task of a class (third), (W, K, K).
    log_likelihood: with the prior's part, after each step, rising; empty for majority.
    enough: probability from which no more is asked.
    """

    answers: Answers
    method: str
    posterior: Floats
    prior: Floats
    errors: Floats
    log_likelihood: tuple[float, ...] = ()
    enough: float = 0.95
    notes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> Integers:
        """Code of the most probable label of each task, the first of tied ones, (T,)."""
        found: Integers = self.posterior.argmax(1)
        return found

    @property
    def tied(self) -> Any:
        """Whether the most probable label of a task is not the only one, (T,)."""
        top = self.posterior.max(1, keepdims=True)
        return (self.posterior >= top - TIE).sum(1) > 1

    @property
    def ask_more(self) -> Any:
        """Whether the most probable label of a task is not probable enough, (T,)."""
        return self.posterior.max(1) < self.enough - TIE

    @property
    def shares(self) -> dict[str, float]:
        """Label -> mean probability over tasks: the share to use."""
        return dict(zip(self.answers.labels, self.posterior.mean(0).tolist(), strict=True))

    @property
    def hard_shares(self) -> dict[str, float]:
        """Label -> share of tasks it was given to, ties split: biased wherever labels are uncertain."""
        top = (self.posterior >= self.posterior.max(1, keepdims=True) - TIE).astype(float)
        return dict(zip(self.answers.labels, (top / top.sum(1, keepdims=True)).mean(0).tolist(), strict=True))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a task; a tied task has no label."""
        labels, best, tied, more = self.answers.labels, self.best, self.tied, self.ask_more
        n = self.answers.votes.sum(1)
        return [
            {
                "task": task,
                "label": None if tied[i] else labels[best[i]],
                "probability": float(self.posterior[i, best[i]]),
                "answers": int(n[i]),
                "tied": bool(tied[i]),
                "ask_more": bool(more[i]),
                **{f"p_{label}": float(self.posterior[i, k]) for k, label in enumerate(labels)},
            }
            for i, task in enumerate(self.answers.tasks)
        ]

    def error_rows(self) -> list[dict[str, Any]]:
        """Return one row for each worker, class and label: the probability of giving this label to this class."""
        labels = self.answers.labels
        return [
            {"worker": worker, "truth": truth, "label": label, "probability": float(self.errors[w, given, true])}
            for w, worker in enumerate(self.answers.workers)
            for true, truth in enumerate(labels)
            for given, label in enumerate(labels)
        ]

    def check(self, gold: Mapping[str, str], *, level: float = 0.95) -> GoldCheck:
        """Compare with tasks whose truth is known; a tie counts as the share of its labels that is right.

        Raises
        ------
        EstimationError: no task of the gold standard was answered.
        """
        place = {task: i for i, task in enumerate(self.answers.tasks)}
        known = [(place[task], truth) for task, truth in gold.items() if task in place]
        if not known:
            raise EstimationError(
                "None of the tasks with a known truth was answered.",
                where="gold",
                expected="the same names of tasks in both tables",
                action="look at the spelling of the tasks",
            )
        code = {label: k for k, label in enumerate(self.answers.labels)}
        at = np.array([i for i, _ in known])
        top = self.posterior[at] >= self.posterior[at].max(1, keepdims=True) - TIE
        true = np.array([code.get(truth, -1) for _, truth in known])
        right = np.where(true >= 0, top[np.arange(len(at)), np.maximum(true, 0)] / top.sum(1), 0.0)
        share, n = float(right.mean()), len(at)
        se = float(np.sqrt(share * (1 - share) / n))
        ends = interval("wilson-plain", value=share, se=se, n=n, degrees=n, level=level)
        expected = float(self.posterior[at].max(1).mean())
        return GoldCheck(share, ends.lower, ends.upper, expected, n, int(self.tied[at].sum()), len(gold) - n)


@dataclass(frozen=True)
class GoldCheck(Tabular):
    """How often the labels are right where the truth is known.

    Parameters
    ----------
    accuracy, lower, upper: share right, Wilson interval. expected: what the labels' own probabilities promised: if it
        is higher, workers err together and the probabilities are too sure.
    tasks: with a known truth and an answer; tied among them; unanswered: known truth, no answer.
    """

    accuracy: float
    lower: float
    upper: float
    expected: float
    tasks: int
    tied: int
    unanswered: int

    def rows(self) -> list[dict[str, Any]]:
        """Return one row."""
        return [dict(self.__dict__)]


def majority(answers: Answers, *, ties: str = "share") -> Labelling:
    """Give each task the label most workers gave; the probability is the share of votes.

    Parameters
    ----------
    ties: ``share``: a tied task has no label, and counts in shares by equal parts; ``refuse``.

    Raises
    ------
    EstimationError: tied tasks, under ``refuse``.
    """
    if ties not in ("share", "refuse"):
        raise EstimationError(f"There is no way to treat ties called '{ties}'.", where="ties", expected="share, refuse")
    votes = answers.votes
    posterior = votes / votes.sum(1, keepdims=True)
    errors = _errors(answers, posterior, np.ones(len(votes)), 0.0)
    enough = catalogue.threshold("label_certain").good
    found = Labelling(answers, "majority", posterior, posterior.mean(0), errors, enough=enough, notes=_told(answers))
    count = int(found.tied.sum())
    if count and ties == "refuse":
        raise EstimationError(
            f"{count} of {len(votes)} tasks are tied between labels.",
            where="ties",
            expected="one label with most votes",
            action="ask one more worker for each of them, use method='dawid-skene', or ties='share'",
        )
    told = f"{count} of {len(votes)} tasks are tied and have no label; they count in shares by equal parts"
    return Labelling(**{**found.__dict__, "notes": (*found.notes, *((told,) if count else ()))})


def dawid_skene(
    answers: Answers,
    *,
    smoothing: float = JEFFREYS,
    group: Integers | None = None,
    weight: Floats | None = None,
    start: Floats | None = None,
    steps: int = 0,
    tolerance: float = 1e-9,
    accelerate: bool = False,
) -> Labelling:
    """Fit the shares of classes and each worker's error matrix together (EM).

    Workers answer independently of each other given the true class of a task. With prior p_k and e_w(l | k), the
    probability that worker w gives l to a task of class k::

        E step   q_ik ∝ p_k prod e_w(l | k)^count
        M step   p_k = mean q_ik,   e_w(l | k) = (sum count q_ik + s) / (sum over l)

    Parameters
    ----------
    smoothing: s, answers of each kind given to every worker beforehand: the mode under a Dirichlet prior. 0.5 is the
        prior of Jeffreys; 0 is maximum likelihood, which with few answers a worker has several maxima and is too sure.
    group: group of each task, (T,): every group has its own prior, workers err alike in all. weight: of tasks, (T,).
    start: posterior to start from, (T, K); None = shares of votes, so the result does not depend on chance.
    steps: stop after so many steps, settled or not, to compare with software that stops early; 0 = until settled.
    tolerance: largest change of a posterior probability at which the fit is finished.
    accelerate: leap along the way the steps go (Varadhan and Roland 2008), where that raises the likelihood: for refits
        from a near start.

    Returns
    -------
    Labelling; its prior is (K,), or (G, K) with groups.

    Raises
    ------
    EstimationError: no task has two answers; smoothing below 0; no convergence.

    Notes
    -----
    Dawid and Skene (1979), Applied Statistics 28, 20-28. The start settles which of several maxima is found: the one
    next to the majority. Each step raises the (penalised) likelihood.
    """
    votes = answers.votes
    T, K = votes.shape
    if not smoothing >= 0 or math.isinf(smoothing):
        raise EstimationError(
            f"The smoothing is {smoothing:g}.", where="smoothing", expected="0 or more", action="0.5 is the usual one"
        )
    if not (votes.sum(1) >= 2).any():
        raise EstimationError(
            "No task has two answers, so workers cannot be told from tasks.",
            where="answers",
            expected="three answers or more to most tasks",
            action="give the tasks to several workers",
        )
    w: Floats = np.ones(T) if weight is None else weight
    of: Integers = np.zeros(T, dtype=np.int64) if group is None else group
    groups = int(of.max()) + 1
    posterior = votes / votes.sum(1, keepdims=True) if start is None else start
    scale = sums(of, w, groups)
    trace: list[float] = []
    counted = slice(None) if (w > 0).all() else w > 0
    counts = w[counted]

    def step(q: Floats) -> tuple[Floats, Floats, Floats, float]:
        prior: Floats = np.stack([sums(of, w * q[:, k], groups) for k in range(K)], 1)
        prior = prior / np.where(scale > 0, scale, 1.0)[:, None]
        errors = _errors(answers, q, w, smoothing)
        with np.errstate(divide="ignore"):
            log_e, log_p = np.log(errors), np.log(prior)
        score = answers.matrix @ log_e.reshape(-1, K) + log_p[of]
        top = _across(np.maximum, score)
        top = np.where(np.isfinite(top), top, 0.0)  # a task that counts 0 may be impossible under the rest
        likely = np.exp(score - top[:, None])
        total = _across(np.add, likely)
        possible = total > 0
        if possible.all():
            new = likely / total[:, None]
        else:
            new = np.where(possible[:, None], likely / np.where(possible, total, 1.0)[:, None], 1.0 / K)
            total = np.where(possible, total, 1.0)
        value = float(counts @ (top + np.log(total))[counted])
        return new, prior, errors, value + (smoothing * float(log_e.sum()) if smoothing else 0.0)

    moved, done = math.inf, 0
    while done < LIMIT:
        new, prior, errors, value = step(posterior)
        done += 1
        trace.append(value)
        moved = float(np.abs(new - posterior)[counted].max())
        before, posterior = posterior, new
        if moved < tolerance or done == steps:
            break
        if accelerate and not steps:
            posterior = _leap(before, posterior, step, value)
    else:
        raise EstimationError(
            f"The model of workers' errors did not settle in {LIMIT} steps.",
            where="dawid-skene",
            expected="probabilities that stop changing",
            action="give smoothing=1, collect more answers for each task, or merge rare labels",
        )
    notes = [*_told(answers)]
    if moved >= tolerance:
        notes.append(f"stopped after {steps} steps as asked, before it settled: the last step moved by {moved:.2g}")
    if switched := _switched(answers, errors):
        notes.append(f"workers more often give another label than '{switched}' to tasks of that class: look at it")
    if np.median(votes.sum(1)) < 3:
        notes.append("half of the tasks have fewer than three answers: error rates are hardly known from so few")
    return Labelling(
        answers,
        "dawid-skene",
        posterior,
        prior if group is not None else prior[0],
        errors,
        tuple(trace),
        catalogue.threshold("label_certain").good,
        tuple(notes),
    )


def _leap(before: Floats, now: Floats, step: Step, value: float) -> Floats:
    """Extrapolate two steps; return the further point if its likelihood is not lower than that of the last step."""
    after = step(now)[0]
    r = now - before
    v = (after - now) - r
    length = float(np.sqrt((v * v).sum()))
    if length == 0:
        return after
    a = -max(float(np.sqrt((r * r).sum())) / length, 1.0)
    far = np.maximum(before - 2 * a * r + a * a * v, 0.0)
    total = _across(np.add, far)[:, None]
    far = np.where(total > 0, far / np.where(total > 0, total, 1.0), after)
    reached, _, _, height = step(far)
    return reached if height >= value else after


def _across(ufunc: np.ufunc, rows: Floats) -> Floats:
    """Reduce every row of (T, K): column by column where these are few, which is what NumPy is fast at."""
    found: Floats = reduce(ufunc, rows.T) if rows.shape[1] < 8 else ufunc.reduce(rows, axis=1)
    return found


def _errors(answers: Answers, posterior: Floats, weight: Floats, smoothing: float) -> Floats:
    """Return the error matrices, (W, K given, K true); a class a worker never met has equal chances."""
    K = posterior.shape[1]
    counts = (answers.transposed @ (weight[:, None] * posterior)).reshape(-1, K, K) + smoothing
    total = counts.sum(1, keepdims=True)
    found: Floats = np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1.0 / K)
    return found


def _switched(answers: Answers, errors: Floats) -> str:
    K = len(answers.labels)
    load = np.bincount(answers.worker, answers.count, len(answers.workers))
    mean = np.tensordot(load / load.sum(), errors, axes=1)
    wrong = [answers.labels[k] for k in range(K) if mean[:, k].argmax() != k]
    return wrong[0] if wrong else ""


def _told(answers: Answers) -> tuple[str, ...]:
    found = []
    if answers.unanswered:
        found.append(f"{answers.unanswered} rows have no label and are not answers")
    if answers.repeated:
        found.append(f"{answers.repeated} answers repeat a task for the same worker; each counts")
    return tuple(found)
