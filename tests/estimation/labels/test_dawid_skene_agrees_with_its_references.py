"""The model of Dawid and Skene: stored results of crowd-kit 1.4.2, and a slow, obvious version."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.labels import Answers, agree, dawid_skene, majority
from countersign.study.inferring.labels import answers_of, truths_of
from real_data import shared


def made(triples: list[tuple[int, int, int]], labels: int) -> Answers:
    tasks, workers = sorted({t for t, _, _ in triples}), sorted({w for _, w, _ in triples})
    return Answers(
        tuple(map(str, tasks)),
        tuple(map(str, workers)),
        tuple("abcdef"[:labels]),
        np.array([tasks.index(t) for t, _, _ in triples]),
        np.array([workers.index(w) for _, w, _ in triples]),
        np.array([k for _, _, k in triples]),
        np.ones(len(triples)),
    )


def slow_steps(answers: Answers, steps: int, smoothing: float) -> np.ndarray:
    """Posteriors by loops, as the paper writes them."""
    T, K, W = len(answers.tasks), len(answers.labels), len(answers.workers)
    given_ = [[] for _ in range(T)]
    for t, w, k in zip(answers.task, answers.worker, answers.label, strict=True):
        given_[t].append((w, k))
    q = [[sum(k == j for _, k in each) / len(each) for j in range(K)] for each in given_]
    for _ in range(steps):
        p = [sum(row[j] for row in q) / T for j in range(K)]
        e = [[[smoothing] * K for _ in range(K)] for _ in range(W)]
        for t in range(T):
            for w, k in given_[t]:
                for j in range(K):
                    e[w][k][j] += q[t][j]
        for w in range(W):
            for j in range(K):
                total = sum(e[w][k][j] for k in range(K))
                for k in range(K):
                    e[w][k][j] = e[w][k][j] / total if total else 1 / K
        for t in range(T):
            score = [p[j] * np.prod([e[w][k][j] for w, k in given_[t]]) for j in range(K)]
            q[t] = [value / sum(score) for value in score]
    return np.array(q)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), min_size=4, max_size=30))
def test_it_does_the_steps_of_the_paper(triples: list[tuple[int, int, int]]) -> None:
    answers = made(triples, 3)
    if (answers.votes.sum(1) < 2).all():
        with pytest.raises(EstimationError, match="No task has two answers"):
            dawid_skene(answers)
        return
    found = dawid_skene(answers, smoothing=0.5, steps=4, tolerance=0)
    assert found.posterior == pytest.approx(slow_steps(answers, 4, 0.5), abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 1.0]))
def test_the_likelihood_rises_at_each_step_and_it_settles(seed: int, smoothing: float) -> None:
    rng = np.random.default_rng(seed)
    triples = [(t, int(w), int(rng.integers(3))) for t in range(20) for w in rng.choice(5, 3, replace=False)]
    for accelerate in (False, True):
        found = dawid_skene(made(triples, 3), smoothing=smoothing, accelerate=accelerate)
        assert np.diff(found.log_likelihood).min(initial=0) > -1e-8
        again = dawid_skene(found.answers, smoothing=smoothing, start=found.posterior)
        assert again.posterior == pytest.approx(found.posterior, abs=1e-5)


def test_the_stored_result_is_an_early_step_and_not_the_end() -> None:
    stored = json.loads(shared("inference", "crowd_dawid_skene.json").read_text(encoding="utf-8"))
    answers = answers_of(shared("inference", "crowd_labels.csv"))
    found = dawid_skene(answers, smoothing=0, steps=17)
    place = {name: number for number, name in enumerate(answers.labels)}
    assert found.prior == pytest.approx([stored["priors"][label] for label in answers.labels], rel=1e-10)
    for key, by_truth in stored["errors"].items():
        worker, label = key.split("|")
        for truth, probability in by_truth.items():
            mine = found.errors[answers.workers.index(worker), place[label], place[truth]]
            assert mine == pytest.approx(probability, abs=1e-10)
    settled = dawid_skene(answers, smoothing=0)
    assert settled.log_likelihood[-1] > found.log_likelihood[-1] + 0.5
    assert any("stopped after 17 steps" in note for note in found.notes)


def test_the_share_and_accuracy_of_the_shared_case() -> None:
    stored = json.loads(shared("inference", "crowd_dawid_skene.json").read_text(encoding="utf-8"))
    answers = answers_of(shared("inference", "crowd_labels.csv"))
    gold = truths_of(shared("inference", "crowd_truth.csv"))
    found = dawid_skene(answers, smoothing=0, steps=16)
    assert found.shares == pytest.approx(stored["class_share_posterior"], abs=1e-10)
    assert found.hard_shares == pytest.approx(stored["class_share_ds"], abs=1e-12)
    assert found.check(gold).accuracy == stored["accuracy_ds"]
    assert majority(answers).check(gold).accuracy == pytest.approx(0.85, abs=0.003)  # ties split, not by lot
    assert agree(answers)["fleiss kappa"] == pytest.approx(0.250841829503437, abs=1e-14)
    assert agree(answers)["pairwise agreement"] == pytest.approx(stored["mean_pairwise_agreement"], rel=1e-14)


@pytest.mark.parametrize(
    ("case", "by_majority", "by_model"), [("duck_identification", 0.759, 0.889), ("jn_product", 0.897, 0.94)]
)
def test_real_crowds_are_as_right_as_published(case: str, by_majority: float, by_model: float) -> None:
    folder = "crowd_labels_duck_product"
    answers = answers_of(shared("cases", folder, f"{case}_answer.csv"), task="question", label="answer")
    gold = truths_of(shared("cases", folder, f"{case}_truth.csv"), task="question")
    assert majority(answers).check(gold).accuracy == pytest.approx(by_majority, abs=0.001)
    found = dawid_skene(answers).check(gold)
    assert found.accuracy == pytest.approx(by_model, abs=0.01)
    assert found.expected > found.upper  # these workers err together


def test_a_worker_whose_every_answer_is_the_same_is_not_hidden_by_a_rare_class() -> None:
    from countersign.estimation.labels import judge_workers

    rng = np.random.default_rng(3)
    truth = rng.random(200) < 0.4
    triples = []
    for t in range(200):
        for w in range(4):
            right = rng.random() < 0.9
            triples.append((t, w, int(truth[t] if right else not truth[t])))
        triples.append((t, 4, 0))
        triples.append((t, 5, int(rng.random() < 0.4)))
    found = judge_workers(dawid_skene(made(triples, 2)))
    assert [one.flag for one in found.workers] == [""] * 4 + ["always the same answer", "cannot be told from guessing"]
    assert found["0"].lower < 0.9 < found["0"].upper
    assert found["4"].informative < 0.02 < 0.5 < found["0"].informative
