"""Burden (I1): how long the form is, how long interviews took, how many were broken off."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Sequence

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.model.form import Form
from countersign.model.wording import words
from countersign.quality.context import KEPT, Asking, Context, count, is_of, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.quality.instrument import NAME_IT, NO_FORM
from countersign.quality.speed import minutes_of


def length(context: Context) -> Sequence[Finding]:
    """I1 from the form of the study."""
    if not context.is_main:
        return []
    form = context.documents.form
    return [form_length(form)] if form else [not_assessed("I1", "form_length", NO_FORM, fix=NAME_IT)]


def expected_minutes(form: Form) -> float:
    """Return the minutes that reading every question and its answers aloud and answering takes.

    minutes = words / ``words_per_minute`` + questions * ``seconds_to_answer`` / 60 (catalogue), in the language with
    most words. Repeats count once and skipped questions as asked: it is a hint, not a forecast.
    """
    shown = [question for question in form.questions if question.kind in ("question", "note")]
    most = 0
    for tag in form.languages or {"": ""}:
        texts = [text for q in shown for text in (q.label.get(tag, ""), q.hint.get(tag, ""))]
        texts += [choice.label.get(tag, "") for question in shown for choice in question.choices]
        most = max(most, sum(len(words(text)) for text in texts))
    answering = len(form.asked) * threshold("seconds_to_answer").good / 60
    return float(most / threshold("words_per_minute").good + answering)


def form_length(form: Form) -> Finding:
    """Number of questions somebody answers; the expected minutes are in the evidence. Never worse than a warning."""
    asked, minutes = len(form.asked), expected_minutes(form)
    repeated = sum(1 for question in form.asked if any(group.repeated for group in form.around(question)))
    conditional = sum(1 for question in form.asked if form.conditions(question))
    message = f"The form has {number(asked)} questions"
    if conditional or repeated:
        message += f", {number(conditional)} of them under a condition and {number(repeated)} in a repeat"
    message += f"; reading and answering all of them once takes about {minutes:.0f} minutes."
    return judged(
        "I1", "form_length", asked, message, limit="form_length", count=asked,
        evidence={"questions": asked, "conditional": conditional, "repeated": repeated, "minutes": round(minutes, 2)},
        fix="Leave out what nobody will use; ask first what matters most.",
    )  # fmt: skip


def duration(context: Context) -> Asking:
    """Median minutes of an interview, from the role ``minutes`` or from start and end."""
    minutes = minutes_of(context)
    if minutes is None:
        why = "The study does not say how long an interview took."
        fix = "Let the form record start and end, and name them under 'roles'."
        return [not_assessed("I1", "interview_minutes", why, fix=fix)] if context.is_main else []
    timed = nw.when(KEPT & (minutes >= 0)).then(minutes)
    found = yield {"median": timed.median(), "timed": timed.count()}
    if not found["timed"]:
        return [not_assessed("I1", "interview_minutes", "No record says how long the interview took.")]
    median = float(found["median"])
    return [
        judged(
            "I1", "interview_minutes", median,
            f"Half of the {number(found['timed'])} interviews with a time took longer than {median:.3g} minutes.",
            limit="interview_minutes", count=found["timed"], fix="Shorten the form, or ask it in two sittings.",
        )
    ]  # fmt: skip


def break_off(context: Context) -> Asking:
    """Share of interviews that answered less than half (catalogue: ``break_off_answers``) of the usual questions.

    The usual questions are those of which it is known whom they were put to (`usual_questions`). Without a form the
    state is at worst a warning.
    """
    if not context.is_main:
        return []
    form = context.documents.form
    if form is None and not is_of(context.dataset.unit, ["person"]):
        why = "Only an interview can be broken off, and the study does not say that a record is one."
        fix = "Say under 'data: unit:' what a record is, or name the form."
        return [not_assessed("I1", "break_off", why, fix=fix)]
    present = yield {
        "rows": nw.len(),
        **{f"present {v.name}": nw.col(v.name).count() for v in usual_questions(context)},
    }
    answered = answered_share(
        context, always={v.name for v in usual_questions(context) if present[f"present {v.name}"] == present["rows"]}
    )
    if answered is None:
        few, fewest = len(usual_questions(context)), threshold("break_off_questions").good
        why = f"Of {number(few)} questions it is known whom they were put to; break-off takes {number(fewest)}."
        fix = "Name the form in the study file, and say 'asked_if' for questions put to some people only."
        return [not_assessed("I1", "break_off", why, fix=fix)]
    limit = threshold("break_off_answers").good
    found = yield {"kept": count(KEPT), "off": count(KEPT & (answered < limit))}
    if not found["kept"]:
        return [not_assessed("I1", "break_off", "No record is still in after the quality gates.")]
    value = share(found["off"], found["kept"])
    usual = usual_questions(context)
    message = (
        f"{number(found['off'])} of {number(found['kept'])} interviews ({percent(value)}) answered less than "
        f"{percent(limit)} of the questions put to them ({number(len(usual))} at most)."
    )
    if form is None:
        message += " Without the form, a question that was skipped on purpose counts as unanswered."
    return [judged(
        "I1", "break_off", value, message, limit="break_off", count=found["off"],
        evidence={"records": found["kept"], "questions": len(usual), "limit": limit},
        harshest=State.WARN if form is None else State.FAIL,
        fix="Look where people stopped, and shorten or move what stands there.",
    )]  # fmt: skip


def asks_per_year(context: Context) -> Sequence[Finding]:
    """How often one person is asked within a year, as the study states."""
    if not context.is_main:
        return []
    asks = context.plan.process.asks_per_year
    if asks is None:
        why = "The study does not say how often the same people are asked."
        return [not_assessed("I1", "asks_per_year", why, fix="Add 'process: asks_per_year:' to the study file.")]
    return [
        judged(
            "I1", "asks_per_year", asks, f"One person is asked {asks:g} times a year.", limit="asks_per_year",
            fix="Ask the same people less often, or ask each a part of the questions.",
        )
    ]  # fmt: skip


def usual_questions(context: Context) -> tuple[Variable, ...]:
    """Return the variables of which it is known whom their question was put to, in the order of the codebook.

    Of a form these are the questions without a condition, outside repeats or of the one repeat that the table holds,
    and those whose condition the codebook tells (`asked_if`); without a form, all answers.
    """
    form = context.documents.form
    answers = [variable for variable in context.answers if not variable.derived]
    if form is None:
        return tuple(answers)
    told = {variable.name for variable in answers if variable.asked_if}
    by_repeat: dict[tuple[str, ...], set[str]] = {}
    for question in form.asked:
        repeats = tuple(group.name for group in form.around(question) if group.repeated)
        by_repeat.setdefault(repeats, set()).update([] if form.conditions(question) else [question.name])
    # A table holds the questions of one repeat, or those outside all of them.
    found = [
        tuple(v for v in answers if {last_part(v.source), v.name} & names or v.name in told)
        for names in by_repeat.values()
    ]
    return max(found, key=len, default=())


def answered_share(context: Context, *, always: Collection[str] = ()) -> nw.Expr | None:
    """Return the share of the usual questions put to a person that were answered, 0 to 1, missing where none was put.

    None where they are fewer than the catalogue's ``break_off_questions``.

    Parameters
    ----------
    always: columns known to be filled in every record; they need not be looked at again.
    """
    usual = usual_questions(context)
    if len(usual) < threshold("break_off_questions").good:
        return None
    given, put = [], []
    everybody = [variable.name for variable in usual if variable.name in always and not variable.asked_if]
    if everybody:
        given, put = [nw.lit(len(everybody))], [nw.lit(len(everybody))]
    for variable in usual:
        if variable.name in everybody:
            continue
        applies = context.applies(variable)
        there = ~nw.col(variable.name).is_null()
        given.append((there if applies is None else there & applies).cast(nw.Int64))
        put.append(nw.lit(1) if applies is None else applies.cast(nw.Int64))
    asked = functools.reduce(operator.add, put)
    answered = functools.reduce(operator.add, given)
    return nw.when(asked > 0).then(answered.cast(nw.Float64) / asked)


def last_part(column: str) -> str:
    """Return the name of a question in the name of a column: what stands after the last stroke of its groups."""
    return column.rsplit("/", 1)[-1]
