"""Instrument: what the form itself says about identity, rules and required answers (B3, D5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from countersign.catalogue import Entry, load
from countersign.model.finding import Finding, State
from countersign.model.form import Form, FormQuestion
from countersign.model.wording import words
from countersign.quality.context import Context, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed

NO_FORM = "The study does not name the form by which the data were collected."
NAME_IT = "Name the form (an XLSForm file) under 'form:' in the study file."


def self_identification(context: Context) -> Sequence[Finding]:
    """B3 from the form of the study."""
    if not context.is_main:
        return []
    form = context.documents.form
    return identity_options(form) if form else [not_assessed("B3", "identity_options", NO_FORM, fix=NAME_IT)]


def rules(context: Context) -> Sequence[Finding]:
    """D5 from the form of the study."""
    if not context.is_main:
        return []
    form = context.documents.form
    if form is None:
        return [not_assessed("D5", "form_rules", NO_FORM, fix=NAME_IT)]
    return [*form_rules(form), *number_ranges(form), *required_answers(form)]


def identity_options(form: Form) -> list[Finding]:
    """Share of the questions about identity that offer every answer they should.

    Such questions are recognised by their claim to an item of the question bank or by words (catalogue:
    ``identity_questions``); the answers 'other' and 'prefer not to say' by words in any language of the form, and by
    their codes (``answer_words``). A question with free text leaves the answer open. Recognised by words alone, a
    question is a hint, and the state at worst a warning.
    """
    about = [(question, topic) for question in form.asked if (topic := identity_of(question))]
    if not about:
        why = f"None of the {len(form.asked)} questions of the form was recognised as a question about identity."
        return [Finding("B3", State.NOT_APPLICABLE, "identity_options", why, evidence=_origin(form))]
    lacking: dict[str, list[str]] = {}
    unknown: list[str] = []
    for question, topic in about:
        found = offered(question)
        if found is None:
            unknown.append(question.name)
        elif missing := [kind for kind in ("other", "decline") if topic[kind] and kind not in found]:
            lacking[question.name] = missing
    judgeable = len(about) - len(unknown)
    evidence = _origin(form) | {
        "questions": {question.name: topic.id for question, topic in about},
        "lacking": lacking,
        "answers_not_understood": unknown,
    }
    if not judgeable:
        why = f"The answers of {listed(unknown)} are in a language whose words for 'other' are not known, or in a file."
        fix = "Look at these questions by hand, or add the words to the catalogue (answer_words)."
        return [not_assessed("B3", "identity_options", why, fix=fix)]
    claimed = [question.name for question, _ in about if question.bank]
    title = {"other": "'other'", "decline": "'prefer not to say'"}
    told = "; ".join(
        f"'{name}' without {' and '.join(title[kind] for kind in kinds)}" for name, kinds in lacking.items()
    )
    good = judgeable - len(lacking)
    absent = [kind for kind in title if any(kind in kinds for kinds in lacking.values())]
    message = f"{number(good)} of {number(judgeable)} questions about identity offer the answers they should."
    return [
        judged(
            "B3",
            "identity_options",
            share(good, judgeable),
            message + (f" Lacking: {told}." if lacking else ""),
            limit="identity_options",
            count=len(lacking),
            evidence=evidence,
            harshest=State.FAIL if set(lacking) & set(claimed) else State.WARN,
            fix=f"Add {' and '.join(title[kind] for kind in absent)} to {listed(list(lacking))}.",
        )
    ]


def identity_of(question: FormQuestion) -> Entry | None:
    """Return what of somebody's identity a question asks for (entry of ``identity_questions``), or None."""
    if question.number:
        return None
    item = question.bank.rsplit("/", 1)[-1].casefold()
    named = words(question.name.replace("_", " "))
    for topic in load("identity_questions"):
        if question.bank:
            if item in topic.get("bank", ()):
                return topic
            continue
        texts = {**question.label, "name": " ".join(named)}
        for language, text in texts.items():
            spoken = _spoken(topic["words"], "en" if language == "name" else language)
            if any(_holds(words(text), phrase) for phrase in spoken):
                return topic
    return None


def offered(question: FormQuestion) -> frozenset[str] | None:
    """Return which of ``other`` and ``decline`` a question offers; None where nobody can tell.

    Nobody can tell where the answers come from a file, or no answer was recognised and the form is in languages
    without words in the catalogue.
    """
    if not question.choices:
        # Free text takes any answer; it may be left empty where it is not required.
        return frozenset({"other"} if question.required else {"other", "decline"}) if not question.closed else None
    spoken = {language for kind in ("other", "decline") for language in load("answer_words")[kind]["words"]}
    understood = bool({language.split("-")[0] for c in question.choices for language in c.label} & {*spoken, ""})
    found = {"other"} if question.other else set()
    for choice in question.choices:
        found |= kinds_of_answer(choice.label, choice.name) & {"other", "decline"}
    return frozenset(found) if understood or found else None


def kinds_of_answer(label: Mapping[str, str], code: str) -> frozenset[str]:
    """Return what an answer is by its wording and its code: ids of ``answer_words``, such as ``other``."""
    texts = [*label.items(), ("en", re.sub(r"[_\-.]+", " ", code))]
    return frozenset(
        kind.id
        for kind in load("answer_words")
        if any(_holds(words(text), phrase) for language, text in texts for phrase in _spoken(kind["words"], language))
    )


def form_rules(form: Form) -> list[Finding]:
    """Share of the questions in which a slip can be caught while it is made: a rule, or answers from a list.

    Questions of a closed type (lists, dates, places, scales: catalogue ``form_types``) count as such; pictures, sounds
    and films, which no rule can hold, are left out.
    """
    could = [question for question in form.asked if question.type not in _FILES]
    if not could:
        return [Finding("D5", State.NOT_APPLICABLE, "form_rules", "The form asks nothing that a rule could hold.")]
    held = [question for question in could if question.closed or question.constraint]
    open_ones = [question.name for question in could if question not in held]
    value = share(len(held), len(could))
    message = (
        f"{number(len(held))} of {number(len(could))} questions ({percent(value)}) have a rule or take their answers "
        "from a list."
    )
    return [
        judged(
            "D5", "form_rules", value, message, limit="form_rules", count=len(open_ones),
            evidence=_origin(form) | {"questions": len(could), "without": open_ones},
            fix=f"Add a constraint to {listed(open_ones)}, or a list of answers.",
        )
    ]  # fmt: skip


def number_ranges(form: Form) -> list[Finding]:
    """Share of the questions for a number that have both a smallest and a largest value."""
    numbers = [question for question in form.asked if question.number]
    if not numbers:
        return [Finding("D5", State.NOT_APPLICABLE, "number_ranges", "The form asks for no numbers.")]
    ends = {question.name: _ends(question) for question in numbers}
    lacking = [name for name, count in ends.items() if count < 2]
    message = f"{number(len(numbers) - len(lacking))} of {number(len(numbers))} questions for a number have a range."
    if half := [name for name, count in ends.items() if count == 1]:
        message += f" One end only: {listed(half)}."
    value = share(len(numbers) - len(lacking), len(numbers))
    return [
        judged(
            "D5", "number_ranges", value, message, limit="number_ranges", count=len(lacking),
            evidence=_origin(form) | {"numbers": len(numbers), "without": lacking, "one_end": half},
            fix=f"Give {listed(lacking)} a constraint such as '. >= 0 and . <= 120'.",
        )
    ]  # fmt: skip


def required_answers(form: Form) -> list[Finding]:
    """Share of the questions that cannot be passed over by oversight; a condition counts as required."""
    if not form.asked:
        return [Finding("D5", State.NOT_APPLICABLE, "required_answers", "The form asks nothing.")]
    required = [question for question in form.asked if question.required]
    names = [question.name for question in form.asked if not question.required]
    message = f"{number(len(required))} of {number(len(form.asked))} questions must be answered."
    return [
        judged(
            "D5", "required_answers", share(len(required), len(form.asked)), message, limit="required_answers",
            count=len(names), evidence=_origin(form) | {"questions": len(form.asked), "not_required": names},
            fix=f"Make {listed(names)} required, with an answer for those who cannot or will not say.",
        )
    ]  # fmt: skip


_FILES = ("image", "audio", "video", "file")


def _ends(question: FormQuestion) -> int:
    if question.closed:  # scales and percentages have their ends in the type
        return 2
    return ("<" in question.constraint) + (">" in question.constraint)


def _origin(form: Form) -> dict[str, object]:
    return {"form": form.form_id or form.file, "version": form.version, "digest": form.digest}


def _spoken(by_language: Mapping[str, Sequence[str]], language: str) -> Iterator[tuple[str, ...]]:
    """Phrases of a language as words; of all languages where the form names none."""
    tag = language.split("-")[0]
    for each, phrases in by_language.items():
        if not language or each == tag:
            yield from (_phrase(phrase) for phrase in phrases)


@cache
def _phrase(text: str) -> tuple[str, ...]:
    return tuple(words(text))


def _holds(text: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    return any(tuple(text[at : at + size]) == tuple(phrase) for at in range(len(text) - size + 1))
