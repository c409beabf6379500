"""Crowd answers + gold standard -> Findings: how right labels are that weigh observers by their fitted errors (E6).

Quality holds the majority against gold; the model of Dawid and Skene belongs to estimation. They meet here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from countersign.catalogue import threshold
from countersign.errors import CountersignError
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State

if TYPE_CHECKING:
    from countersign.estimation.labels import Labelling
    from countersign.model.dataset import Dataset
    from countersign.model.held_against import GoldPlan
    from countersign.model.plan import Plan

TASK = "_task"
SMOOTHING = 0.02
"""As `estimate_from_labels` has it: with few answers of many people, more would drown what they said."""


def consensus(plan: Plan, datasets: Mapping[str, Dataset]) -> tuple[Finding, ...]:
    """Return how often the labels of Dawid and Skene (1979) are right, for each variable of `gold` with several raters.

    Nothing is returned where units have one answer each, where answers are numbers, or where either side is absent;
    quality says why. A fit that fails is *not assessed*, with its reason.
    """
    found: list[Finding] = []
    for gold in plan.gold:
        data = datasets.get(gold.data or plan.main.name)
        reference = datasets.get(gold.gold)
        if data is None or reference is None or not gold.rater:
            continue
        for name, truth in gold.of.items():
            found += _checked(gold, data, reference, name, truth, {one.subject for one in found})
    return tuple(found)


def _checked(
    gold: GoldPlan, data: Dataset, reference: Dataset, name: str, truth: str, taken: set[str]
) -> Iterator[Finding]:
    variable = data.codebook.variables.get(name)
    known = {*gold.unit, gold.rater, name} <= set(data.codebook.names)
    if variable is None or not known or not {*gold.unit, truth} <= set(reference.codebook.names):
        return
    if variable.type in ("number", "integer") and not variable.values:
        return
    subject = name if name not in taken else f"{name} ({len(taken) + 1})"
    try:
        yield from _judged(gold, data, reference, name, truth, subject)
    except CountersignError as error:
        yield Finding(
            "E6",
            State.NOT_ASSESSED,
            "consensus",
            f"'{name}': no labels could be made that weigh those who answered. {error.problem}",
            subject=subject,
            fix=f"{error.action[:1].upper()}{error.action[1:]}." if error.action else "",
        )


def _judged(
    gold: GoldPlan, data: Dataset, reference: Dataset, name: str, truth: str, subject: str
) -> Iterator[Finding]:
    from countersign.estimation.labels import dawid_skene
    from countersign.study.inferring.labels import answers_of, truths_of

    answers = answers_of(_named(data, gold.unit, (gold.rater, name)), task=TASK, worker=gold.rater, label=name)
    if not (answers.votes.sum(1) >= 2).any():
        return
    known = truths_of(_named(reference, gold.unit, (truth,)), task=TASK, truth=truth)
    labelling = dawid_skene(answers, smoothing=SMOOTHING)
    check, kappa = labelling.check(known), _kappa(labelling, known)
    limits = threshold("validity")
    state = limits.state(kappa)
    yield Finding(
        "E6",
        state,
        "consensus",
        f"'{name}': labels that weigh {len(answers.workers):,} observers by their fitted errors are right for "
        f"{100 * check.accuracy:.1f} % of {check.tasks:,} units with a known answer ({100 * check.lower:.1f} to "
        f"{100 * check.upper:.1f} %); kappa {kappa:.2f}.",
        subject=subject,
        value=check.accuracy,
        unit="share",
        count=check.tasks,
        evidence={
            "method": "Dawid and Skene (1979)",
            "observers": len(answers.workers),
            "answers": answers.total,
            "units": check.tasks,
            "accuracy": {"value": check.accuracy, "lower": check.lower, "upper": check.upper},
            "promised": check.expected,
            "tied": check.tied,
            "kappa": kappa,
            "smoothing": SMOOTHING,
        },
        threshold=limits.record(),
        fix="" if state is State.PASS else "Ask more observers about each unit, or train those with many errors.",
    )


def _named(dataset: Dataset, unit: Sequence[str], others: Sequence[str]) -> Dataset:
    """Return the rows still in that say what they are about, the unit in one column of its own."""
    import narwhals as nw

    parts = [nw.col(column).cast(nw.String) for column in unit]
    told = [~nw.col(column).is_null() for column in (*unit, *others)]
    rows = dataset.kept().filter(*told).with_columns(nw.concat_str(parts, separator=" / ").alias(TASK))
    return replace(dataset, table=rows, codebook=dataset.codebook.extended({TASK: Variable(TASK, "text")}))


def _kappa(labelling: Labelling, known: Mapping[str, str]) -> float:
    """Kappa of the labels with what is known; of tied labels the first counts."""
    import numpy as np

    from countersign.model.agreement import cohen_kappa

    given = [labelling.answers.labels[place] for place in labelling.best.tolist()]
    pairs = [(label, known[task]) for task, label in zip(labelling.answers.tasks, given, strict=True) if task in known]
    labels = sorted({label for pair in pairs for label in pair})
    table = np.zeros((len(labels), len(labels)))
    for label, true in pairs:
        table[labels.index(label), labels.index(true)] += 1
    return cohen_kappa(table)
