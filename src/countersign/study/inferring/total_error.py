"""Benchmark-calibrated intervals on plain tables: what can be checked tells about the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from countersign.errors import BenchmarkError, EstimationError, nearest
from countersign.model.benchmark import Benchmark
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.total_error import CONVENTION, Advice, Checked, TotalError
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of, opened

if TYPE_CHECKING:
    from countersign.estimation.total_error import Answers
    from countersign.model.cells import Floats
    from countersign.model.dataset import Dataset

Shares = Mapping[str, Mapping[Any, float]]


@verb
def learn_total_error(
    volunteers: Any,
    reference: Any = None,
    *,
    items: Sequence[str] = (),
    by: Sequence[str] = (),
    weight: str = "",
    reference_weight: str = "",
    kinds: Mapping[str, str] | None = None,
    level: float = 0.9,
) -> TotalError:
    """Learn from questions with an official answer how wrong this sample is, one question left out at a time.

    Parameters
    ----------
    volunteers: a Dataset, or anything `countersign.read` opens; or a list of `Checked` figures, made elsewhere, each
        without the official answer to its own question; then nothing else but `level` is used.
    reference: a table of people or of a survey, a Benchmark, or shares ``{"voted": {"yes": 0.35, "no": 0.65}}``.
    items: questions that both have. by: what else is known of both, such as age group and sex; used, but not checked.
    weight: column of weights of the volunteers. reference_weight: of the reference table.
    kinds: question -> kind, such as ``civic``; questions of a kind are used alone where there are enough of them.
    level: of the intervals.

    Returns
    -------
    TotalError: the questions with the intervals they would have had; `refused` says why where there are too few.

    Raises
    ------
    EstimationError: no question is named. BenchmarkError: a question the reference lacks.
    """
    from countersign.estimation import total_error as room

    if reference is None and isinstance(volunteers, Sequence) and not isinstance(volunteers, str):
        figures = [one for one in volunteers if isinstance(one, Checked)]
        if len(figures) == len(volunteers):
            return room.learn_total_error(figures, level=level)
    answers, truth, notes = _prepared(volunteers, reference, items, by, weight, reference_weight)
    return room.learn_from_answers(answers, truth, items, by=by, level=level, kinds=kinds, notes=notes)


@verb
def estimate_with_total_error(
    volunteers: Any,
    reference: Any,
    *,
    of: Sequence[str] | str,
    items: Sequence[str],
    by: Sequence[str] = (),
    weight: str = "",
    reference_weight: str = "",
    kinds: Mapping[str, str] | None = None,
    level: float = 0.9,
    learnt: TotalError | None = None,
) -> EstimateTable:
    """Estimate shares that nobody can check, with intervals that held the truth where it can be checked.

    The value is the weighted share, corrected by what the errors of the checked questions tell about its error. The
    interval is learnt from how far such values were from the official shares of the checked questions.

    Parameters
    ----------
    volunteers: a Dataset, or anything `countersign.read` opens.
    of: questions (a share for each of their answers), or conditions such as ``"water = 'piped'"``.
    items, by, weight, reference, reference_weight, kinds, level: as in `learn_total_error`.
    learnt: learnt before, from other respondents who were asked in the same way; None = from these.

    Raises
    ------
    EstimationError: too few questions with an official answer for this level; a question in `of` that is checked.
    """
    from countersign.estimation import total_error as room

    dataset = opened(volunteers)
    wanted = [of] if isinstance(of, str) else list(of)
    columns = [name for name in wanted if name in dataset.codebook]
    checked = [name for name in columns if name in {*items, *by}]
    if checked:
        raise EstimationError(
            f"'{checked[0]}' has official shares here: there is nothing to estimate.",
            where="of",
            expected="questions without an official answer",
            action="publish the official share, or take the question out of items and by",
        )
    conditions = [text for text in wanted if text not in columns]
    answers, truth, notes = _prepared(dataset, reference, items, by, weight, reference_weight, columns, conditions)
    if learnt is None:
        learnt = room.learn_from_answers(answers, truth, items, by=by, level=level, kinds=kinds, notes=notes)
    known = tuple(dict.fromkeys((*by, *items)))
    relations = room.Relations(answers, truth, known, judged=items)
    figures: list[Estimate] = []
    for name in wanted:
        predicted = relations.other(name)
        for place, value, error in zip(
            predicted.places.tolist(), predicted.estimate.tolist(), predicted.standard_error.tolist(), strict=True
        ):
            raw = float(answers.raw[place])
            lower, upper = learnt.interval(value, error, raw=raw, level=level, kind=(kinds or {}).get(name, ""))
            text = name if name in conditions else f"{name} = '{answers.category(place)}'"
            figures.append(
                Estimate(
                    indicator=text,
                    statistic="proportion",
                    domain={},
                    value=value,
                    standard_error=error,
                    lower=lower,
                    upper=upper,
                    n=round(float(answers.n[place])),
                    n_effective=float(answers.n_effective[place]),
                    method=room.METHOD,
                    convention=CONVENTION,
                    level=level,
                    assumption="errors of this question are like those of the checked questions",
                    note=learnt.sentence(),
                    raw=raw,
                    figure_id=text,
                )
            )
    return EstimateTable(tuple(figures), notes=(learnt.sentence(), *learnt.notes))


@verb
def advise_questions(
    volunteers: Any,
    reference: Any,
    *,
    items: Sequence[str],
    have: Sequence[str] | None = None,
    by: Sequence[str] = (),
    weight: str = "",
    reference_weight: str = "",
    level: float = 0.9,
) -> Advice:
    """Rank questions with an official answer by how much narrower they make the intervals of all other questions.

    Parameters
    ----------
    volunteers, reference: data of this or a similar study in which all of `items` were asked.
    have: questions of `items` that the form has; candidates are the others. None = what is lost without each question.
    items, by, weight, reference_weight, level: as in `learn_total_error`.

    Raises
    ------
    EstimationError: too few questions; a question in `have` that is not among `items`. BenchmarkError: a question the
        reference lacks.
    """
    from countersign.estimation import total_error as room

    for name in have or ():
        if name not in items:
            raise EstimationError(
                f"'{name}' is on the form but not among the items. {nearest(name, items)}".strip(),
                where="have",
                expected=f"one of: {', '.join(items)}",
                action="add it to items, or correct the name",
            )
    answers, truth, _ = _prepared(volunteers, reference, items, by, weight, reference_weight)
    return room.advise_questions(answers, truth, items, have=have, by=by, level=level)


def _prepared(
    volunteers: Any,
    reference: Any,
    items: Sequence[str],
    by: Sequence[str],
    weight: str,
    reference_weight: str,
    columns: Sequence[str] = (),
    conditions: Sequence[str] = (),
) -> tuple[Answers, Floats, tuple[str, ...]]:
    """Reduce both sides: answers of the volunteers, official shares in the same order, notes."""
    from countersign.estimation import total_error as room

    dataset = opened(volunteers)
    shared = tuple(dict.fromkeys((*by, *items)))
    if not items:
        raise EstimationError(
            "No question with an official answer is named.",
            where="items",
            expected="questions that the volunteers and the reference share",
            action="name them under items",
        )
    official = _official(reference, shared, reference_weight)
    questions = (*shared, *(name for name in columns if name not in shared))
    cells = cells_of(dataset, by=questions, measures=_measures(conditions), weight=weight)
    answers = room.answers_of(
        cells,
        questions,
        also={name: tuple(counts) for name, counts in official.items()},
        conditions={text: (f"true {k}", f"known {k}") for k, text in enumerate(conditions)},
    )
    truth = room.official_shares(answers, official)
    return answers, truth, _notes(dataset, answers, truth, shared)


def _measures(conditions: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, text in enumerate(conditions):
        found[f"true {place}"] = text
        found[f"known {place}"] = f"({text}) or not ({text})"  # missing where the condition is missing
    return found


def _official(reference: Any, names: Sequence[str], weight: str) -> dict[str, dict[object, float]]:
    """Return official counts or shares of each question, from a table, a benchmark or a mapping."""
    if isinstance(reference, Benchmark):
        margins = {margin.name: margin for margin in reference.margins if len(margin.variables) == 1}
        shares: dict[str, dict[object, float]] = {}
        for name, held in reference.items.items():
            shares[name] = {category: share for category, share in held.items()}  # noqa: C416 - another type of key
        shares |= {name: {key[0]: count for key, count in margin.counts.items()} for name, margin in margins.items()}
        _asked(names, shares)
        return {name: shares[name] for name in names}
    if isinstance(reference, Mapping):
        _asked(names, reference)
        return {name: dict(reference[name]) for name in names}
    dataset = opened(reference)
    found: dict[str, dict[object, float]] = {}
    for name in names:
        cells = cells_of(dataset, by=[name], weight=weight)
        told = zip(cells.keys[name].tolist(), cells.weight.tolist(), strict=True)
        found[name] = {value: count for value, count in told if value is not None and value == value}
    return found


def _asked(names: Sequence[str], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            raise BenchmarkError(
                f"The reference has no shares of '{name}'. {nearest(name, known)}".strip(),
                where="items" if name not in known else "",
                expected=f"one of: {', '.join(known)}",
                action="add its official shares, or leave the question out",
            )


def _notes(dataset: Dataset, answers: Answers, truth: Floats, names: Sequence[str]) -> tuple[str, ...]:
    """Name answers that only one side has."""
    found = []
    for name in names:
        places = answers.places[name].tolist()
        extra = [answers.category(place) for place in places if truth[place] == 0 and answers.share[place] > 0]
        never = [answers.category(place) for place in places if truth[place] > 0 and answers.share[place] == 0]
        if extra:
            found.append(f"{name}: the reference has no {', '.join(extra)}; taken as a share of 0 there.")
        if never:
            found.append(f"{name}: nobody among the volunteers gave {', '.join(never)}.")
    return tuple(found)
