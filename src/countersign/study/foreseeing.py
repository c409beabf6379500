"""A form and a table of the population -> the risk before collection."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError, nearest
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Dataset

if TYPE_CHECKING:
    from countersign.model.foreseen_risk import ForeseenRisk
    from countersign.model.form import Form

_SHARES = (1.0, 100.0)


def foresee_from(
    population: Any,
    *,
    respondents: int,
    keys: Sequence[str] = (),
    form: Any = None,
    limit: float | None = None,
    count: str = "count",
    sensitive: Sequence[str] = (),
) -> ForeseenRisk:
    """Return the risk before collection; see `countersign.disclosure.foresee_risk`.

    Parameters
    ----------
    sensitive: told along; those the form marks are added.
    """
    from countersign.protection.risk import foreseeing
    from countersign.protection.risk.blocks import blocks_of

    asked = _form(form)
    margins = population_of(population, count=count)
    known = list(dict.fromkeys(name for margin in margins for name in margin.variables))
    chosen = tuple(keys) or marked(asked, "key") or tuple(known)
    hidden = tuple(dict.fromkeys((*sensitive, *marked(asked, "sensitive"))))
    answers = _answers(asked)
    for name in chosen:
        if name not in known and name not in answers:
            everything = (
                [*known, *(question.name for question in asked.questions if question.asked)] if asked else known
            )
            raise ProtectionError(
                f"Neither the table of the population nor the form knows '{name}'. {nearest(name, everything)}".strip(),
                where="keys",
                expected=f"one of: {', '.join(dict.fromkeys(everything))}",
                action="correct the name, or add the question to the table of the population",
            )
    both = [name for name in hidden if name in chosen]
    if both:
        raise ProtectionError(
            f"'{both[0]}' is a key and sensitive at once.",
            where="sensitive",
            expected="a question whose answer neighbours do not know yet",
            action="take one of the two marks away",
        )
    blocks, equal = blocks_of(chosen, margins, {name: answers.get(name, ()) for name in chosen})
    return foreseeing.foresee(
        chosen,
        blocks,
        respondents=respondents,
        limit=protection_limit("alone_before") if limit is None else limit,
        population=_people(margins, blocks),
        equal=equal,
        numbers=[name for name in chosen if _is_amount(name, asked)],
        sensitive=hidden,
        notes=_notes(asked, margins, chosen, equal),
    )


def population_of(population: Any, *, count: str = "count") -> tuple[Margin, ...]:
    """Return the margins in a table (anything `countersign.read` opens), a mapping or a Benchmark."""
    if isinstance(population, Benchmark):
        return population.margins
    if isinstance(population, Mapping):
        return tuple(
            Margin((name,), {(str(category),): float(people) for category, people in shares.items()})
            for name, shares in population.items()
        )
    if isinstance(population, Dataset):
        from countersign.tables.collection import as_arrow

        population = as_arrow(population.kept().select(*population.codebook.names))
    from countersign.intake import read_benchmark
    from countersign.model.artefact import Artefact
    from countersign.model.plan import BenchmarkPlan, Source
    from countersign.study.plain import as_file
    from countersign.tables import open_engine

    with tempfile.TemporaryDirectory(prefix="countersign-") as scratch, open_engine("duckdb") as engine:
        folder = Path(scratch)
        path = as_file(population, folder)
        (folder / "work").mkdir()
        found = read_benchmark(
            BenchmarkPlan(source=Source(name="population", file=path.name), count=count),
            path=path,
            engine=engine,
            store=lambda file: Artefact(digest="", name=file.name, kind="input", size=file.stat().st_size),
            folder=folder / "work",
        )
    return found.margins


def marked(form: Form | None, mark: str) -> tuple[str, ...]:
    """Return the questions that a form marks as ``key`` or ``sensitive``."""
    return tuple(q.name for q in form.questions if getattr(q, mark)) if form else ()


def _form(form: Any) -> Form | None:
    from countersign.forms import read_form
    from countersign.model.form import Form

    return form if form is None or isinstance(form, Form) else read_form(form)


def _answers(form: Form | None) -> dict[str, tuple[str, ...]]:
    """Return question -> its answers, of questions with one answer from a list."""
    if form is None:
        return {}
    return {
        question.name: tuple(choice.name for choice in question.choices)
        for question in form.questions
        if question.choices and question.type.startswith(("select_one", "select one"))
    }


def _is_amount(name: str, form: Form | None) -> bool:
    """Whether whole numbers that answer a question are amounts: the form says so, or it is about age."""
    from countersign.catalogue import recognise

    question = next((one for one in form.questions if one.name == name), None) if form else None
    return question.number if question else "age" in recognise(name)


def _people(margins: Sequence[Margin], blocks: Sequence[Any]) -> float | None:
    """Return how many people the tables count, or None where they hold shares or disagree."""
    totals = [margin.total for margin in margins if any(set(b.names) <= set(margin.variables) for b in blocks)]
    if not totals or any(abs(totals[0] - shares) < 1e-6 * shares for shares in _SHARES):
        return None
    return max(totals) if max(totals) - min(totals) <= 0.01 * max(totals) else None


def _notes(form: Form | None, margins: Sequence[Margin], keys: Sequence[str], equal: Sequence[str]) -> tuple[str, ...]:
    notes = []
    answers = _answers(form)
    for name in equal:
        notes.append(
            f"Nothing is known about the answers to '{name}' but that there are {len(answers[name])}: all are taken as "
            "equally frequent, which makes the expected risk too high rather than too low."
        )
    for name in keys:
        margin = next((one for one in margins if name in one.variables), None)
        given = len({key[margin.variables.index(name)] for key in margin.counts}) if margin else 0
        if margin and len(answers.get(name, ())) > given:
            notes.append(
                f"The form offers {len(answers[name])} answers to '{name}', the table of the population knows {given}: "
                "the risk will be higher than expected here."
            )
    return tuple(notes)
