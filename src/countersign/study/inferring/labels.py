"""Labels of many people, on plain tables: aggregated, judged, and turned into shares that carry their doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from countersign.errors import DataError, EstimationError
from countersign.model.estimate import EstimateTable
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of
from countersign.study.inferring.spelling import spelled

if TYPE_CHECKING:
    from countersign.estimation.labels import Agreement, Answers, Labelling, Redundancy, Workers

APART = 0.01
"""Difference of a share from which two fits are told to have ended at different places."""


def answers_of(
    table: Any, *, task: str = "task", worker: str = "worker", label: str = "label", where: str = ""
) -> Answers:
    """Count answers by task, worker and label.

    Raises
    ------
    DataError: rows without a task or a worker. Rows without a label are no answers; they are counted.
    """
    from countersign.estimation.labels import Answers

    cells = cells_of(table, by=[task, worker, label], where=where)
    for name in (task, worker):
        if (gone := np.array([value is None for value in cells.keys[name].tolist()], dtype=bool)).any():
            raise DataError(
                f"{int(cells.n[gone].sum())} answers have no {'task' if name == task else 'worker'}.",
                where=name,
                expected="who answered, and about what, in every row",
                action="leave these rows out with 'where', and say so",
            )
    codes, levels = zip(*(cells.coded(name) for name in (task, worker, label)), strict=True)
    missing = (
        codes[2] == len(levels[2]) - 1 if levels[2] and levels[2][-1] is None else np.zeros(len(cells), dtype=bool)
    )
    kept = ~missing
    names, places = [], []
    for code, values in zip(codes, levels, strict=True):
        used = np.unique(code[kept])
        names.append(tuple(spelled(values[place]) for place in used.tolist()))
        places.append(np.searchsorted(used, code[kept]))
    return Answers(
        names[0],
        names[1],
        names[2],
        places[0],
        places[1],
        places[2],
        cells.n[kept].astype(float),
        unanswered=int(cells.n[missing].sum()),
    )


@verb
def aggregate_labels(
    answers: Any,
    *,
    method: Literal["dawid-skene", "majority"] = "dawid-skene",
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    where: str = "",
    ties: str = "share",
    smoothing: float = 0.5,
    steps: int = 0,
) -> Labelling:
    """Give each task one label, from several people's answers.

    Parameters
    ----------
    answers: table of answers, one row each. task, worker, label: its columns. where: condition on the rows.
    method: ``dawid-skene`` weighs workers by their fitted errors, ``majority``
        counts votes. ties: of majority: ``share`` or ``refuse``.
    smoothing, steps: of the model, see `countersign.estimation.labels.dawid_skene`.

    Returns
    -------
    One row a task; also ``.shares``, ``.error_rows()``, ``.check(gold)``, ``.ask_more``.

    Raises
    ------
    DataError: an answer without a task or a worker. EstimationError: no answer; a tie that is refused; no convergence.
    """
    from countersign.estimation.labels import dawid_skene, majority

    counted = answers_of(answers, task=task, worker=worker, label=label, where=where)
    if method == "majority":
        return majority(counted, ties=ties)
    if method != "dawid-skene":
        raise EstimationError(f"There is no method '{method}'.", where="method", expected="dawid-skene, majority")
    found = dawid_skene(counted, smoothing=smoothing, steps=steps)
    return found if steps else replace(found, notes=(*found.notes, *_other_maximum(found, smoothing)))


def _other_maximum(found: Labelling, smoothing: float) -> tuple[str, ...]:
    """Start again from majority labels, ties shared, and tell if the fit ends elsewhere."""
    from countersign.estimation.labels import dawid_skene

    votes = found.answers.votes
    top = (votes >= votes.max(1, keepdims=True)).astype(float)
    other = dawid_skene(
        found.answers, smoothing=smoothing, start=top / top.sum(1, keepdims=True), tolerance=1e-6, accelerate=True
    )
    gap = float(np.abs(other.posterior.mean(0) - found.posterior.mean(0)).max())
    if gap <= APART:
        return ()
    better = "higher" if other.log_likelihood[-1] > found.log_likelihood[-1] else "lower"
    told = (
        f"started from majority labels instead of votes the fit ends elsewhere, with a {better} likelihood: a share"
        f" differs by {gap:.3f}; more answers or more smoothing settle that"
    )
    return (told,)


@verb
def measure_agreement(
    answers: Any,
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    where: str = "",
    scale: Literal["nominal", "ordinal", "interval"] = "nominal",
    order: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 1,
) -> Agreement:
    """Return pairwise agreement, Fleiss' kappa and Krippendorff's alpha of several people's answers, with intervals.

    Parameters
    ----------
    answers, task, worker, label, where: as in `aggregate_labels`.
    scale: of the labels, for alpha. order: of labels that are no numbers. level: of the intervals.
    seed: of the groups of the jackknife.

    Raises
    ------
    EstimationError: no task with two answers; all answers the same; labels without an order.
    """
    from countersign.estimation.labels import agree

    counted = answers_of(answers, task=task, worker=worker, label=label, where=where)
    return agree(counted, scale=scale, order=tuple(order), level=level, seed=seed)


@verb
def judge_workers(
    answers: Any,
    gold: Any = None,
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    truth: str = "truth",
    where: str = "",
    smoothing: float = 0.5,
    level: float = 0.95,
) -> Workers:
    """Return each worker's accuracy with its interval, and flags for answers that look like no work.

    Parameters
    ----------
    answers, task, worker, label, where: as in `aggregate_labels`.
    gold: table of tasks with a known truth (columns `task`, `truth`); None = judged by the model's labels.
    smoothing: of the workers' errors in the model. level: of the intervals.

    Raises
    ------
    DataError: an answer without a task or a worker; a gold task with two truths, or none.
    """
    from countersign.estimation.labels import dawid_skene
    from countersign.estimation.labels import judge_workers as judge

    counted = answers_of(answers, task=task, worker=worker, label=label, where=where)
    known = None if gold is None else truths_of(gold, task=task, truth=truth)
    if known is not None and not set(known) & set(counted.tasks):
        raise DataError(
            "None of the gold tasks was answered.",
            where="gold",
            expected="the same names of tasks in both tables",
            action="look at the spelling of the tasks",
        )
    return judge(dawid_skene(counted, smoothing=smoothing), gold=known, level=level)


@verb
def plan_redundancy(
    answers: Any,
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    where: str = "",
    smoothing: float = 0.5,
    most: int = 15,
    simulations: int = 4000,
    seed: int = 1,
) -> Redundancy:
    """Say how often labels would be right with 1, 2, ... answers to each task, from workers like these.

    Parameters
    ----------
    answers, task, worker, label, where, smoothing: as in `aggregate_labels`.
    most: largest number of answers to a task. simulations: tasks that are drawn for each number. seed: of these.

    Raises
    ------
    DataError: an answer without a task or a worker. EstimationError: no answer; no convergence.
    """
    from countersign.estimation.labels import dawid_skene
    from countersign.estimation.labels import plan_redundancy as plan

    counted = answers_of(answers, task=task, worker=worker, label=label, where=where)
    return plan(dawid_skene(counted, smoothing=smoothing), most=most, simulations=simulations, seed=seed)


@verb
def estimate_from_labels(
    answers: Any,
    tasks: Any = None,
    *,
    by: Sequence[str] = (),
    weight: str = "",
    cluster: str = "",
    method: Literal["dawid-skene", "majority"] = "dawid-skene",
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    where: str = "",
    smoothing: float = 0.02,
    groups: int = 30,
    level: float = 0.95,
    seed: int = 1,
) -> EstimateTable:
    """Estimate how common each label is, with the doubt about labels and workers in the interval.

    Parameters
    ----------
    tasks: table with one row a task (column `task`) with `by`, `weight` and `cluster`; tasks without answers do not
        count, and are told.
    by: breakdowns, one variable each. weight: of tasks. cluster: tasks sampled together, such as one place.
    answers, task, worker, label, where: as in `aggregate_labels`. method: of the labels, likewise.
    smoothing: of the workers' errors in the model. level: of the intervals.
    groups, seed: random groups of tasks of the jackknife.

    Raises
    ------
    DataError: a task that is not in the table of tasks, or twice; a missing breakdown, weight or cluster.
    EstimationError: fewer than two tasks or clusters; a part of too few tasks.
    """
    from countersign.estimation.labels import estimate_shares

    counted = answers_of(answers, task=task, worker=worker, label=label, where=where)
    options: dict[str, Any] = {
        "method": method, "smoothing": smoothing, "groups": groups, "level": level, "seed": seed
    }  # fmt: skip
    if tasks is None:
        if by or weight or cluster:
            raise EstimationError(
                "Breakdowns, weights and clusters of tasks need the table of tasks.",
                where="tasks",
                action="give the table of tasks as second argument",
            )
        return estimate_shares(counted, **options)
    about, unanswered = _about(counted, tasks, task, [name for name in (*by, weight, cluster) if name])
    if weight:
        options["weight"] = np.array([_number(value, weight) for value in about[weight]])
    if cluster:
        options["cluster"] = np.unique([spelled(value) for value in about[cluster]], return_inverse=True)[1]
    tables = [estimate_shares(counted, **options)]
    for name in by:
        levels, group = np.unique([spelled(value) for value in about[name]], return_inverse=True)
        domains = [{name: str(value)} for value in levels]
        tables.append(estimate_shares(counted, group=group.astype(np.int64), domains=domains, **options))
    notes = (*tables[0].notes, *((f"{unanswered} tasks have no answer and do not count",) if unanswered else ()))
    every = tuple(one for table in tables for one in table.estimates)
    return EstimateTable(every, title=tables[0].title, notes=notes)


@verb
def correct_with_gold(
    labels: Any,
    gold: Any,
    *,
    label: str = "label",
    truth: str = "truth",
    task: str = "",
    weight: str = "",
    using: Literal["errors", "meaning"] = "errors",
    where: str = "",
    level: float = 0.95,
) -> EstimateTable:
    """Correct the shares of labels by what a gold standard says of their errors.

    Parameters
    ----------
    labels: table with one row a task and its final label, such as ``aggregate_labels(...).to_arrow()``.
    gold: table with the truth. With `task` it holds task and truth, and labels are looked up; without, it holds label
        and truth of each gold task, which may be other tasks.
    weight: of the labelled tasks. using: ``errors`` if only the errors carry over from gold; ``meaning`` if gold is a
        random part of these tasks.
    where: condition on the labelled tasks. level: of the intervals.

    Raises
    ------
    DataError: a task with several labels or truths, or without one; gold tasks that are not there.
    EstimationError: a label without gold tasks; errors so large that nothing can be corrected.
    """
    from countersign.estimation.labels import correct_shares

    cells = cells_of(labels, by=[label], weight=weight, where=where)
    given: dict[str, float] = {}
    for name, amount in zip(cells.keys[label].tolist(), cells.weight.tolist(), strict=True):
        if name is None:
            raise DataError(
                "Some tasks have no label.",
                where=label,
                expected="one label a task",
                action="leave tied tasks out with 'where', and say so, or ask one more worker for them",
            )
        given[spelled(name)] = given.get(spelled(name), 0.0) + amount
    if (cells.weight < 0).any() or cells.weight.sum() <= 0:
        raise EstimationError(
            "There is no labelled task, or all weights are 0.",
            where="labels",
            expected="labelled tasks with weights above 0",
            action="look at 'where' and at the weights",
        )
    pairs = _joined(labels, gold, task, label, truth, where) if task else _pairs(gold, label, truth)
    n = float(cells.weight.sum() ** 2 / cells.weight2.sum())
    return correct_shares(given, pairs, n=n, using=using, level=level)


def truths_of(gold: Any, *, task: str = "task", truth: str = "truth") -> dict[str, str]:
    """Return task -> truth.

    Raises
    ------
    DataError: a task with two truths, or without one.
    """
    cells = cells_of(gold, by=[task, truth])
    found: dict[str, str] = {}
    for name, true in zip(cells.keys[task].tolist(), cells.keys[truth].tolist(), strict=True):
        if name is None or true is None or spelled(name) in found:
            raise DataError(
                "A gold task has no name or no truth."
                if name is None or true is None
                else "A gold task has two truths.",
                where=truth,
                expected="one truth for each gold task",
                action="correct the gold standard",
            )
        found[spelled(name)] = spelled(true)
    return found


def _pairs(gold: Any, label: str, truth: str) -> dict[tuple[str, str], float]:
    cells = cells_of(gold, by=[label, truth])
    found: dict[tuple[str, str], float] = {}
    for given, true, n in zip(cells.keys[label].tolist(), cells.keys[truth].tolist(), cells.n.tolist(), strict=True):
        if given is None or true is None:
            raise DataError(
                "Some gold tasks have no label or no truth.",
                where="gold",
                expected="both",
                action="leave them out, and say so",
            )
        found[spelled(given), spelled(true)] = found.get((spelled(given), spelled(true)), 0.0) + n
    return found


def _joined(labels: Any, gold: Any, task: str, label: str, truth: str, where: str) -> dict[tuple[str, str], float]:
    known = truths_of(gold, task=task, truth=truth)
    cells = cells_of(labels, by=[task, label], where=where)
    found: dict[tuple[str, str], float] = {}
    seen: set[str] = set()
    for name, given in zip(cells.keys[task].tolist(), cells.keys[label].tolist(), strict=True):
        if spelled(name) in seen:
            raise DataError(
                "A task has several labels.",
                where=task,
                expected="one row a task",
                action="aggregate the answers first: aggregate_labels(...).to_arrow()",
            )
        seen.add(spelled(name))
        if (true := known.get(spelled(name))) is not None:
            found[spelled(given), true] = found.get((spelled(given), true), 0.0) + 1.0
    if not found:
        raise DataError(
            "None of the gold tasks is among the labelled tasks.",
            where=task,
            expected="the same names of tasks in both tables",
            action="look at the spelling of the tasks",
        )
    return found


def _about(counted: Answers, tasks: Any, task: str, names: Sequence[str]) -> tuple[Mapping[str, list[Any]], int]:
    """Return the columns of the table of tasks in the order of the answered tasks, and how many were not answered."""
    held = cells_of(tasks, by=[task, *names])
    place = {spelled(name): number for number, name in enumerate(held.keys[task].tolist())}
    if len(place) < len(held) or (held.n > 1).any():
        raise DataError("Some tasks are in the table of tasks more than once.", where=task, expected="one row a task")
    lost = [name for name in counted.tasks if name not in place]
    if lost:
        raise DataError(
            f"{len(lost)} tasks with answers are not in the table of tasks.",
            where=task,
            expected="every answered task",
            action="look at the spelling of the tasks",
        )
    order = [place[name] for name in counted.tasks]
    columns = {name: [held.keys[name][number] for number in order] for name in names}
    for name, values in columns.items():
        if any(value is None for value in values):
            raise DataError(f"Some tasks have no '{name}'.", where=name, action=f"complete '{name}'")
    return columns, len(held) - len(order)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"'{name}' is not a number.", where=name, expected="a number for every task")
    return float(value)
