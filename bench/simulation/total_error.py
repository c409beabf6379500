"""Margin of total error: intervals learnt from questions with an official answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr

from countersign.estimation import total_error as room
from countersign.model.cells import Cells
from simulation.scenario import Outcome, Scenario, attempt

PEOPLE, CHECKED, OTHERS, TRAITS, LEVEL = 800, 30, 10, 3, 0.95
LEARNT = "10 other questions, interval learnt from 30"
SAMPLING = "10 other questions, sampling error alone"


def study(rng: np.random.Generator, *, unseen: float = 0.0) -> Mapping[str, Any]:
    """Ask 40 questions with yes or no, 30 of which have an official answer.

    Answers depend on three traits, in which those who take part differ from the population. `unseen`: how far they
    differ in a fourth trait that only the 10 other questions depend on.
    """
    shift = np.append(rng.normal(0, 0.5, TRAITS), unseen)
    easy = rng.normal(0, 0.8, CHECKED + OTHERS)
    load = np.column_stack([rng.normal(0, 0.6, (CHECKED + OTHERS, TRAITS)), np.zeros(CHECKED + OTHERS)])
    if unseen:
        load[CHECKED:, TRAITS] = 1.0
    spread = np.sqrt(1 + (load**2).sum(axis=1))
    truth = ndtr(easy / spread)
    trait = rng.normal(0, 1, (PEOPLE, TRAITS + 1)) + shift
    yes = easy + trait @ load.T + rng.normal(0, 1, (PEOPLE, CHECKED + OTHERS)) > 0
    names = [f"q{k:02}" for k in range(CHECKED + OTHERS)]
    keys = {name: np.where(yes[:, k], "yes", "no").astype(object) for k, name in enumerate(names)}
    one, none = np.ones(PEOPLE), np.zeros((PEOPLE, 0))
    cells = Cells(keys, (), one.astype(np.int64), one, one, none, none, np.zeros((PEOPLE, 0, 0)), none)
    official = {name: {"yes": float(truth[k]), "no": float(1 - truth[k])} for k, name in enumerate(names[:CHECKED])}
    share = yes[:, CHECKED:].mean(axis=0)
    error = np.sqrt(share * (1 - share) / (PEOPLE - 1))
    plain = Outcome(truth[CHECKED:], share, error, share - 1.96 * error, share + 1.96 * error)

    def learnt() -> Outcome:
        items = names[:CHECKED]
        answers = room.answers_of(cells, names, also=dict.fromkeys(items, ("yes", "no")))
        shares = room.official_shares(answers, official)
        total = room.learn_from_answers(answers, shares, items, level=LEVEL)
        relations = room.Relations(answers, shares, tuple(items), judged=items)
        found = []
        for name in names[CHECKED:]:
            predicted = relations.other(name)
            at = [answers.category(place) for place in predicted.places.tolist()].index("yes")
            value, se = float(predicted.estimate[at]), float(predicted.standard_error[at])
            raw = float(answers.raw[predicted.places[at]])
            found.append((value, (half(value, se, total, raw)), *total.interval(value, se, raw=raw, level=LEVEL)))
        value, se, lower, upper = (np.array(column) for column in zip(*found, strict=True))
        return Outcome(truth[CHECKED:], value, se, lower, upper)

    return {LEARNT: attempt(learnt), SAMPLING: plain}


def half(value: float, se: float, total: Any, raw: float) -> float:
    """Return the length of the interval over 2 x 1.96: what stands for a standard error here."""
    lower, upper = total.interval(value, se, raw=raw, level=LEVEL)
    return float(upper - lower) / 3.92


def world(**options: float) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: study(rng, **options)


SAMPLED = "those who take part differ from the population"
SCENARIOS = (
    Scenario(
        "total error: questions of the same kind",
        "800 people who differ from the population in three traits answer 40 questions that depend on these; 30 have an"
        " official answer, the shares of the other 10 are wanted.",
        {LEARNT: "", SAMPLING: SAMPLED},
        world(),
        populations=150,
    ),
    Scenario(
        "total error: questions of another kind",
        "As before, but the 10 others depend on a fourth trait too, in which those who take part differ, and which no"
        " checked question touches.",
        {LEARNT: "errors of the checked questions are not like theirs", SAMPLING: SAMPLED},
        world(unseen=0.7),
        populations=60,
    ),
)
