"""Labels that many people gave, corrected with and without a gold standard; areas from a map that errs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from countersign.estimation.labels import Answers, correct_shares, estimate_shares
from countersign.estimation.maps import adjust_areas
from simulation.scenario import Outcome, Scenario, attempt, outcome

TASKS, WORKERS, EACH, SHARE = 300, 20, 5, 0.3
POSTERIOR = "share by workers' errors (Dawid and Skene)"
MAJORITY = "share of majority labels"


def crowd(rng: np.random.Generator, *, hard: float = 0.0) -> Mapping[str, Any]:
    """Let workers label tasks; `hard`: share of the tasks at which most workers err in the same way."""
    truth = (rng.random(TASKS) < SHARE).astype(int)
    sensitivity, specificity = rng.beta(16, 4, WORKERS), rng.beta(18, 2, WORKERS)
    difficult = rng.random(TASKS) < hard
    task = np.repeat(np.arange(TASKS), EACH)
    worker = np.concatenate([rng.permutation(WORKERS)[:EACH] for _ in range(TASKS)])
    right = np.where(truth[task] == 1, sensitivity[worker], specificity[worker])
    right = np.where(difficult[task] & (truth[task] == 1), 0.25, right)
    label = np.where(rng.random(len(task)) < right, truth[task], 1 - truth[task])
    answers = Answers(
        tuple(f"t{k:03}" for k in range(TASKS)), tuple(f"w{k:02}" for k in range(WORKERS)), ("no", "yes"),
        task, worker, label, np.ones(len(task)),
    )  # fmt: skip
    seed = int(rng.integers(1 << 30))

    def made(method: str) -> Outcome:
        found = estimate_shares(answers, method=method, seed=seed)
        return outcome(
            SHARE, next(one for one in found.estimates if one.domain.get("label", one.figure_id).endswith("yes"))
        )

    return {POSTERIOR: attempt(lambda: made("dawid-skene")), MAJORITY: attempt(lambda: made("majority"))}


ERRORS = "gold standard of other tasks (errors carry over)"
MEANING = "gold standard of a part of the tasks (meaning carries over)"


def gold(rng: np.random.Generator, *, easy: float = 0.0, mixed: bool = False) -> Mapping[str, Any]:
    """Label 2,000 tasks once, look up 300 of them, or of others.

    `easy`: how much better labels are at the tasks looked up; `mixed`: half of these are yes, not 30 %.
    """
    shares = np.array([0.7, 0.3])
    right = np.array([0.92, 0.8])

    names = ("no", "yes")

    def labelled(n: int, share: Any, better: float) -> tuple[Any, Any]:
        truth = rng.choice(2, n, p=share)
        chance = right[truth] + (1 - right[truth]) * better
        return truth, np.where(rng.random(n) < chance, truth, 1 - truth)

    def crossed(truth: Any, label: Any) -> dict[tuple[str, str], float]:
        return {(names[i], names[j]): float(((label == i) & (truth == j)).sum()) for i in (0, 1) for j in (0, 1)}

    truth, label = labelled(2000, shares, 0.0)
    whole = crossed(truth, label)
    if mixed or easy:
        looked_up = crossed(*labelled(300, np.array([0.5, 0.5]) if mixed else shares, easy))
    else:
        looked_up = crossed(truth[:300], label[:300])
    given = {name: whole[name, "no"] + whole[name, "yes"] for name in names}

    def made(using: str) -> Outcome:
        found = correct_shares(given, looked_up, using=using)
        return outcome(0.3, next(one for one in found.estimates if one.figure_id.endswith("yes")))

    return {ERRORS: attempt(lambda: made("errors")), MEANING: attempt(lambda: made("meaning"))}


AREA = "areas of three classes, beta limits"
AREA_T = "areas of three classes, t limits"
ACCURACY = "overall accuracy"
PRODUCERS = "producer's accuracies of three classes"
MAPS = (AREA, AREA_T, ACCURACY, PRODUCERS)
CLASSES = ("forest", "field", "town")


def maps(rng: np.random.Generator, *, near: float = 0.0) -> Mapping[str, Any]:
    """Map 40,000 pixels with errors, look up 100 places in each class; `near`: how much easier places are preferred."""
    size = 40_000
    truth = rng.choice(3, size, p=[0.6, 0.3, 0.1])
    road = rng.random(size)  # 1 = at the road, where the map is better
    wrong = rng.random(size) < np.array([0.10, 0.18, 0.25])[truth] * 2 * (1 - road)
    mapped = np.where(wrong, (truth + rng.integers(1, 3, size)) % 3, truth)
    counts: dict[tuple[str, str], float] = {}
    for place, name in enumerate(CLASSES):
        rows = np.flatnonzero(mapped == place)
        key = np.log(rng.random(len(rows))) / np.exp(near * road[rows])
        seen = rows[np.argsort(-key)[:100]]
        for other, found in enumerate(CLASSES):
            counts[name, found] = float((truth[seen] == other).sum())
    areas = {name: float((mapped == place).sum()) for place, name in enumerate(CLASSES)}
    right = np.bincount(truth, truth == mapped, 3)

    def made(kind: str, truths: Any, convention: str = "beta") -> Outcome:
        figures = {one.figure_id: one for one in adjust_areas(counts, areas).figures(convention=convention).estimates}
        if kind == "overall":
            return outcome(truths, figures["overall"])
        return outcome(truths, [figures[f"{kind}/{name}"] for name in CLASSES])

    every = np.bincount(truth, minlength=3).astype(float)
    return {
        AREA: attempt(lambda: made("area", every)),
        AREA_T: attempt(lambda: made("area", every, "t")),
        ACCURACY: attempt(lambda: made("overall", float((truth == mapped).mean()))),
        PRODUCERS: attempt(lambda: made("producers", right / every)),
    }


def world(made: Callable[..., Mapping[str, Any]], **options: Any) -> Callable[..., Mapping[str, Any]]:
    """Return a draw."""
    return lambda rng: made(rng, **options)


COUNTED = "majorities err too, and more often in one direction"
SCENARIOS = (
    Scenario(
        "labels: workers err independently",
        "300 tasks, 30 % of them yes; 5 answers each of 20 workers who find 80 % of yes and 90 % of no, more or less,"
        " and err independently.",
        {POSTERIOR: "", MAJORITY: COUNTED},
        world(crowd),
    ),
    Scenario(
        "labels: some tasks are hard for all",
        "As before, but at three in ten of the yes tasks three of four workers say no: errors are not independent.",
        {POSTERIOR: "workers err together at hard tasks", MAJORITY: "workers err together at hard tasks"},
        world(crowd, hard=0.3),
    ),
    Scenario(
        "gold standard: a random part",
        "2,000 tasks with one label each, 30 % of them yes; the truth of 300 of them, drawn by chance, was looked up.",
        {ERRORS: "", MEANING: ""},
        world(gold),
    ),
    Scenario(
        "gold standard: another mix of tasks",
        "As before, but 300 other tasks were looked up, half of them yes.",
        {ERRORS: "", MEANING: "what a label means depends on the mix, which is another one"},
        world(gold, mixed=True),
    ),
    Scenario(
        "gold standard: easier tasks",
        "As the first, but 300 other tasks were looked up, at which labels have only half the errors.",
        dict.fromkeys((ERRORS, MEANING), "labels are better at the tasks looked up than elsewhere"),
        world(gold, easy=0.5),
    ),
    Scenario(
        "maps: places by chance",
        "A map of 40,000 pixels in three classes; 100 places by chance in each class on the map.",
        dict.fromkeys(MAPS, ""),
        world(maps),
    ),
    Scenario(
        "maps: places near the road",
        "As before, but places near the road are preferred, where the map errs less.",
        dict.fromkeys(MAPS, "places were chosen where the map errs less"),
        world(maps, near=2.0),
    ),
)
