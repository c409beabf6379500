"""Asking: Plan -> Questionnaire, the questions that only people can answer, with what the study says already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from countersign.catalogue import Question, Words, choices, criteria, languages, load, questions, scales, words
from countersign.errors import CommandError, nearest
from countersign.model.plan import Plan
from countersign.model.questionnaire import Asked, Questionnaire
from countersign.quality.context import is_given

HINTS: Mapping[str, str] = {
    "number": "a number",
    "date": "a day, written year-month-day",
    "text": "a few words",
}


def ask(plan: Plan, *, role: str = "", language: str = "en") -> Questionnaire:
    """Return the questions that people are asked about a study, in the order of the criteria.

    A question about every indicator, or about every step of the value chain, stands once for each.

    Parameters
    ----------
    role: id in the list of roles: only what this role may answer; empty = everything. language: BCP 47, of the answers.

    Raises
    ------
    CommandError: there is no such role (the nearest is named), or nothing is asked of it.
    """
    roles = load("roles")
    if role and role not in roles:
        raise CommandError(
            f"There is no role '{role}'. {nearest(role, roles.ids)}".rstrip(),
            where="--role",
            expected="one of " + ", ".join(roles.ids),
        )
    spoken = language.split("-")[0]
    said = words(spoken if spoken in languages() else "en")
    asked = tuple(
        one
        for question in questions()
        if not role or role in question.roles
        for one in _of_question(question, plan, said)
    )
    if not asked:
        raise CommandError(
            f"Nothing is asked of the role '{role}'.",
            where="--role",
            expected="one of " + ", ".join(dict.fromkeys(one for each in questions() for one in each.roles)),
        )
    return Questionnaire(
        title=plan.title, asked=asked, role=role, language=language, worded=said.language, reviewed=said.verified
    )


def _subjects(question: Question, plan: Plan, said: Words) -> Mapping[str, Mapping[str, str]]:
    """What a question is asked about, id -> title by language; one empty id where it is the whole study."""
    if question.per == "indicator":
        return {name: indicator.title or {"en": name} for name, indicator in plan.indicators.items()}
    if question.per == "step":
        return {step.id: {"en": f"{step.id}: {said[f'value_chain.{step.id}.title']}"} for step in load("value_chain")}
    return {"": {}}


def _of_question(question: Question, plan: Plan, said: Words) -> Iterator[Asked]:
    criterion = criteria()[question.criterion]
    hint = HINTS.get(question.scale, "")
    for about, title in _subjects(question, plan, said).items():
        yield Asked(
            question=question.id,
            criterion=question.criterion,
            ask=said[f"questions.{question.id}.ask"],
            technical=question.technical,
            about=about,
            about_title=title,
            choices={answer: _choice(question, answer, text, said) for answer, text in choices(question).items()},
            hint=f"{hint} ({question.unit})" if hint and question.unit else hint,
            roles={one: said[f"roles.{one}.title"] for one in question.roles},
            evidence=question.evidence,
            proof=criterion.evidence if question.evidence != "none" else "",
            known=_known(question, about, plan),
        )


def _choice(question: Question, answer: str, text: str, said: Words) -> str:
    """What an answer means in words: the question's own, those of its scale, or those of the list it chooses from."""
    listing = question.choices_of or scales()[question.scale].choices_of
    keys = (
        f"questions.{question.id}.choices.{answer}",
        f"scales.{question.scale}.{answer}",
        f"{listing}.{answer}.title",
    )
    return next((said[key] for key in keys if key in said.texts), text)


def _known(question: Question, about: str, plan: Plan) -> str:
    """What the study file says that bears on a question, in one line."""
    who, process = plan.initiative, plan.process
    rung = who.participation.get(about) if question.per == "step" else None
    if question.per == "step":
        return f"The study states rung {rung}" if rung is not None else ""
    facts: Mapping[str, tuple[tuple[str, object], ...]] = {
        "A1": (("Consent", who.consent),),
        "A4": (("Organiser", who.organiser), ("Funder", who.funder), ("Contact", who.contact)),
        "A6": (("Licence", who.licence), ("Steward", who.steward), ("Wanted use", plan.use)),
        "C3": (
            ("Who", plan.population.who),
            ("Where", plan.population.area),
            ("When", plan.population.time),
        ),
        "D1": (("Protocol", who.protocol),),
        "D2": (("Records of the pilot", process.pilot.records if process.pilot else None),),
        "D3": (
            ("Trained", process.training.trained if process.training else None),
            ("Passed", process.training.passed if process.training else None),
        ),
        "D4": (("Selection", who.selection),),
        "I2": (("Cost", f"{process.cost.amount:g} {process.cost.currency}".strip() if process.cost else ""),),
    }
    said = [f"{name}: {fact}" for name, fact in facts.get(question.criterion, ()) if is_given(fact)]
    return "; ".join(said)
