"""Learning the total error: from checked figures, or from the answers themselves, one question left out at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from countersign.catalogue import threshold
from countersign.errors import EstimationError
from countersign.estimation.total_error.relations import Predicted, Relations
from countersign.model.total_error import Checked, TotalError, of_checked, with_interval

if TYPE_CHECKING:
    from countersign.estimation.total_error.answers import Answers
    from countersign.model.cells import Floats

METHOD = "weighted share, corrected by what the errors of the checked questions tell about its error"


def learn_total_error(
    checked: Sequence[Checked],
    *,
    level: float = 0.9,
    minimum: int | None = None,
    by: Sequence[str] = (),
    method: str = "",
    notes: Sequence[str] = (),
) -> TotalError:
    """Learn how wrong a sample was from figures with an official answer (split conformal, one question left out).

    Every estimate must be made without the official answer to its own question; nothing here can check that. The
    intervals in the result come from the other questions only.

    Parameters
    ----------
    checked: a category of a question each. Their unweighted shares, if all have one, scale the errors by how far
        weighting moved a share. level: of the intervals. minimum: fewest questions; None = `total_error_items` of the
        catalogue. by, method, notes: for the record.

    Returns
    -------
    TotalError; with too few questions its `refused` says why and `interval` raises.

    Raises
    ------
    EstimationError: figures that are not shares; the same category twice.

    Notes
    -----
    Conformal prediction: Vovk, Gammerman and Shafer (2005); with normalised scores: Papadopoulos et al. (2002).
    """
    _sound(checked)
    least = int(threshold("total_error_items").warn or 0) if minimum is None else minimum
    whole = of_checked(checked, level=level, minimum=least, by=by, method=method, notes=notes)
    told: dict[str, TotalError] = {name: whole.without(name) for name in whole.items}
    intervals = [_interval(told[one.item], one) for one in checked]
    return _with(whole, intervals)


def learn_from_answers(
    answers: Answers,
    truth: Floats,
    items: Sequence[str],
    *,
    by: Sequence[str] = (),
    level: float = 0.9,
    minimum: int | None = None,
    kinds: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> TotalError:
    """Learn how wrong a sample was, each question predicted from all others, and everything learnt again without it.

    For the estimate and the interval of a checked question, its official answer is used nowhere: not for the relations,
    not for the estimates of the other questions, not for the scale and not for the quantile.

    Parameters
    ----------
    truth: official shares by answer, (P,). items: checked questions. by: questions whose shares are known and used, but
        not checked: what the sample is weighted on, such as age. kinds: question -> kind.
    """
    least = int(threshold("total_error_items").warn or 0) if minimum is None else minimum
    every = tuple(dict.fromkeys(items))
    margins = tuple(name for name in dict.fromkeys(by) if name not in every)
    known = (*margins, *every)
    smallest = threshold("total_error_share").good

    def checks(relations: Relations, names: Sequence[str]) -> list[Checked]:
        found: list[Checked] = []
        for name in names:
            found += checked_of(answers, truth, name, relations.left_out(name), smallest, (kinds or {}).get(name, ""))
        return found

    if len(every) < 2:
        alone = Relations(answers, truth, known, judged=every)
        return of_checked(checks(alone, every), level=level, minimum=least, by=margins, method=METHOD, notes=notes)
    checked: list[Checked] = []
    for name in every:  # nothing of `truth` is used here for the question itself, except to judge it
        rest = [other for other in every if other != name]
        without = Relations(answers, truth, (*margins, *rest), judged=rest)
        learnt = of_checked(checks(without, rest), level=level, minimum=least - 1)
        own = checked_of(answers, truth, name, without.other(name), smallest, (kinds or {}).get(name, ""))
        checked += [_interval(learnt, one) for one in own]
    return of_checked(checked, level=level, minimum=least, by=margins, method=METHOD, notes=notes)


def checked_of(
    answers: Answers, truth: Floats, name: str, predicted: Predicted, smallest: float, kind: str = ""
) -> list[Checked]:
    """Return the categories of a question whose official share is at least `smallest`, and their estimates."""
    found = []
    for place, estimate, error in zip(
        predicted.places.tolist(), predicted.estimate.tolist(), predicted.standard_error.tolist(), strict=True
    ):
        if truth[place] < smallest:
            continue
        found.append(
            Checked(
                item=name,
                category=answers.category(place),
                estimate=estimate,
                truth=float(truth[place]),
                raw=float(answers.raw[place]),
                standard_error=error,
                n=round(float(answers.n[place])),
                kind=kind,
            )
        )
    return found


def _interval(learnt: TotalError, one: Checked) -> Checked:
    if learnt.refused:
        return one
    ends = learnt.interval(one.estimate, one.standard_error, raw=one.raw, kind=one.kind)
    return with_interval(one, ends)


def _with(whole: TotalError, checked: Sequence[Checked]) -> TotalError:
    return TotalError(
        checked=tuple(checked),
        level=whole.level,
        minimum=whole.minimum,
        floor=whole.floor,
        scaled=whole.scaled,
        usual_error=whole.usual_error,
        by=whole.by,
        method=whole.method,
        notes=whole.notes,
    )


def _sound(checked: Sequence[Checked]) -> None:
    seen: set[tuple[str, str]] = set()
    for one in checked:
        shares = [one.estimate, one.truth, *([] if one.raw is None else [one.raw])]
        if not all(np.isfinite(value) and 0 <= value <= 1 for value in shares):
            raise EstimationError(
                f"'{one.item}', '{one.category}': not all of its figures are shares.",
                expected="numbers from 0 to 1",
                action="divide percentages by 100; leave out figures that are not shares",
            )
        if (one.item, one.category) in seen:
            raise EstimationError(
                f"'{one.item}', '{one.category}' is there twice.",
                expected="each category once",
                action="keep one of them",
            )
        seen.add((one.item, one.category))
