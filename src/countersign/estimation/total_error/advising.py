"""Advice: which question with an official answer would narrow the intervals of all others most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from countersign.catalogue import threshold
from countersign.errors import EstimationError
from countersign.estimation.total_error.learning import checked_of
from countersign.estimation.total_error.relations import Relations
from countersign.model.angle import angle, share_at
from countersign.model.total_error import Advice, Advised, Checked, TotalError, item_weights, of_checked

if TYPE_CHECKING:
    from countersign.estimation.total_error.answers import Answers
    from countersign.model.cells import Floats


def advise_questions(
    answers: Answers,
    truth: Floats,
    items: Sequence[str],
    *,
    have: Sequence[str] | None = None,
    by: Sequence[str] = (),
    level: float = 0.9,
) -> Advice:
    """Rank questions by how much narrower the intervals of all other questions are with its official answer.

    Every question in `items` is estimated from the official answers of the form alone, its own left out; then again
    with one candidate more. Widths and errors are means over all other questions, each counting the same: so it needs
    data in which all of them were asked, from this or a similar study. How errors are related is learnt once, from all
    of them. A negative gain is possible: one question alone can mislead.

    Parameters
    ----------
    items: questions with official shares in these data. have: those that the form has; None = each question is judged
        by what is lost without it. Candidates are the others. by: shares that are known and used anyway.

    Raises
    ------
    EstimationError: too few questions; every question is on the form already.
    """
    every = tuple(dict.fromkeys(items))
    held = tuple(name for name in every if name in set(have)) if have is not None else ()
    candidates = [name for name in every if name not in held] if have is not None else list(every)
    least = int(threshold("total_error_items").warn or 0)
    if len(every) <= least:
        raise EstimationError(
            f"{len(every)} questions have an official answer; to compare them takes more than {least}.",
            expected="data of this or a similar study in which many such questions were asked",
            action="use a study with more benchmark questions",
        )
    if not candidates:
        raise EstimationError(
            "Every question is on the form already.",
            expected="a question in items that is not in have",
            action="name more questions with an official answer",
        )
    margins = tuple(name for name in dict.fromkeys(by) if name not in every)
    whole = Relations(answers, truth, (*margins, *every), judged=every)
    powers, nuggets = (whole.power,), (whole.nugget,)
    smallest = threshold("total_error_share").good

    def estimated(known: Sequence[str], others: Sequence[str]) -> tuple[float, float]:
        found: list[Checked] = []
        relations = (
            Relations(answers, truth, (*margins, *known), powers=powers, nuggets=nuggets)
            if (margins or known)
            else None
        )
        for name in others:
            if relations is None or (name in known and not margins and len(known) == 1):
                continue
            predicted = relations.left_out(name) if name in known else relations.other(name)
            found += checked_of(answers, truth, name, predicted, smallest)
        learnt = of_checked(found, level=level, minimum=least)
        return _judged(learnt)

    ranked = []
    for name in candidates:
        others = [other for other in every if other != name]
        base = held if have is not None else tuple(others)
        before, error_before = estimated(base, others)
        after, error_after = estimated((*base, name), others)
        ranked.append((before - after, name, before, after, error_before, error_after))
    ranked.sort(key=lambda one: (-one[0], one[1]))
    return Advice(
        advised=tuple(
            Advised(name, place + 1, before, after, error_before, error_after)
            for place, (_, name, before, after, error_before, error_after) in enumerate(ranked)
        ),
        have=held,
        level=level,
    )


def _judged(learnt: TotalError) -> tuple[float, float]:
    """Mean width and mean absolute error, every question counting the same; nan where it cannot be learnt.

    The quantile of the scores is that of Laplace errors with their mean, mean * log(1 / (1 - level)): the few largest
    scores, which make the interval, would let the ranks jump.
    """
    if learnt.refused:
        return np.nan, np.nan
    quantile = learnt.mean_score * math.log(1.0 / (1.0 - learnt.level))
    weights = item_weights([one.item for one in learnt.checked])
    widths, errors = [], []
    for one in learnt.checked:
        centre, half = float(angle(one.estimate)), quantile * learnt.spread(one.estimate, one.raw)
        widths.append(float(share_at(centre + half) - share_at(centre - half)))
        errors.append(abs(one.error))
    return float(np.average(widths, weights=weights)), float(np.average(errors, weights=weights))
