"""Shares from labels: intervals that hold, breakdowns, and the plan for more answers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from countersign import inference
from countersign.errors import CountersignError
from countersign.estimation.labels import Answers, dawid_skene, estimate_shares, plan_redundancy


def crowd(
    rng: np.random.Generator, T: int, W: int, R: int, p: list[float], low: float, high: float
) -> tuple[Answers, np.ndarray]:
    K = len(p)
    truth = rng.choice(K, T, p=p)
    right = rng.uniform(low, high, W)
    errors = np.full((W, K, K), 0.0)
    for w in range(W):
        errors[w] = (1 - right[w]) / (K - 1)
        np.fill_diagonal(errors[w], right[w])
    worker = np.argsort(rng.random((T, W)), 1)[:, :R].ravel()
    task = np.repeat(np.arange(T), R)
    chance = np.cumsum(errors[worker, :, truth[task]], 1)
    label = (rng.random(len(task))[:, None] > chance).sum(1).clip(max=K - 1)

    def names(count: int, head: str) -> tuple[str, ...]:
        return tuple(f"{head}{number:04d}" for number in range(count))

    return Answers(names(T, "t"), names(W, "w"), names(K, "c"), task, worker, label, np.ones(len(task))), truth


@pytest.mark.slow
def test_intervals_hold_the_share_and_are_wider_than_for_certain_labels() -> None:
    rng, held, wider = np.random.default_rng(5), [], []
    for _ in range(60):
        answers, _ = crowd(rng, 300, 12, 5, [0.6, 0.4], 0.6, 0.9)
        found = estimate_shares(answers, groups=20)["share/c0000"]
        held.append(found.lower <= 0.6 <= found.upper)  # type: ignore[operator]
        wider.append(found.standard_error / (0.24 / 300) ** 0.5)  # type: ignore[operator]
    assert 0.88 <= np.mean(held) <= 1.0
    assert np.mean(wider) > 1.05


def test_every_domain_has_its_own_share_and_tables_may_be_of_any_kind() -> None:
    answers, truth = crowd(np.random.default_rng(1), 240, 10, 5, [0.5, 0.5], 0.75, 0.95)
    place = [
        "north" if t == (number % 10 > 0) else "south" for number, t in enumerate(truth)
    ]  # mostly c0001 in the north
    rows = [
        {"task": answers.tasks[t], "worker": answers.workers[w], "label": answers.labels[k]}
        for t, w, k in zip(answers.task, answers.worker, answers.label, strict=True)
    ]
    about = [{"task": name, "region": where} for name, where in zip(answers.tasks, place, strict=True)]
    about.append({"task": "never seen", "region": "north"})
    found = inference.estimate_from_labels(
        pa.Table.from_pylist(rows), pa.Table.from_pylist(about), by=["region"], groups=10
    )
    for region in ("north", "south"):
        true = np.mean([t == 1 for t, where in zip(truth, place, strict=True) if where == region])
        one = found[f"share/c0001/region={region}"]
        assert one.lower <= true <= one.upper  # type: ignore[operator]
    assert found.notes[-1] == "1 tasks have no answer and do not count"


def test_tasks_that_the_table_of_tasks_lacks_are_refused() -> None:
    rows = pa.Table.from_pylist([{"task": t, "worker": w, "label": "x"} for t in "ab" for w in "uv"])
    with pytest.raises(CountersignError, match="1 tasks with answers are not in the table"):
        inference.estimate_from_labels(rows, pa.Table.from_pylist([{"task": "a", "g": 1}]), by=["g"])


def test_more_answers_buy_what_the_plan_says() -> None:
    rng = np.random.default_rng(2)
    answers, _ = crowd(rng, 400, 12, 7, [0.5, 0.5], 0.65, 0.85)
    plan = plan_redundancy(dawid_skene(answers), simulations=4000)
    other, truth = crowd(np.random.default_rng(2), 400, 12, 3, [0.5, 0.5], 0.65, 0.85)
    right = (dawid_skene(other).best == truth).mean()
    assert plan.accuracy[2] == pytest.approx(right, abs=0.05)
    assert (np.diff(plan.decided) > -0.02).all()
    assert plan.needed(accuracy=0.5) == 1
    assert plan.needed(accuracy=1.1) is None


def test_labels_may_be_numbers_and_one_person_may_answer_twice() -> None:
    rows = [{"task": 1, "worker": "ä", "label": 1}, {"task": 1, "worker": "ä", "label": 1}]
    rows += [{"task": 1, "worker": "b", "label": 0}, {"task": 2, "worker": "b", "label": None}]
    found = inference.aggregate_labels(pa.Table.from_pylist(rows), method="majority")
    assert found.rows()[0]["label"] == "1"
    assert found.notes == (
        "1 rows have no label and are not answers",
        "1 answers repeat a task for the same worker; each counts",
    )
