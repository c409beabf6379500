"""Risk -> plain sentences: who stands alone, which question does it, what a form will bring about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countersign.model.foreseen_risk import ForeseenRisk
from countersign.model.microdata_risk import CountedRisk, MicrodataRisk, SensitiveRisk, SpecialUniques

_PEOPLE = ("person", "case")
_ROWS = (*_PEOPLE, "record")


def risk_sentences(risk: MicrodataRisk, *, unit: str = "person", about_keys: str = "") -> list[str]:
    """Say how many stand alone, who would be named rightly and what would be learnt.

    Parameters
    ----------
    unit: what a row is. about_keys: where the keys are from, in a sentence.
    """
    noun, own = "people" if unit in _PEOPLE else "records", risk.counted[0]
    lines = [
        f"{risk.records:,} {noun}, {len(risk.keys)} questions that neighbours may know: {', '.join(risk.keys)}.",
        *([about_keys] if about_keys else []),
        f"{_of(own.alone, risk)} stand alone: nobody else gave the same answers.",
        f"{_of(own.below[risk.k], risk)} are in groups of fewer than {risk.k}, the limit (k).",
        f"A neighbour who knows who took part would name {_of(own.prosecutor, risk)} rightly.",
    ]
    if unit not in _ROWS:
        lines.append(f"A row is a {unit} here and no person: people are at more risk the more rows are about them.")
    if own.population is not None:
        lines.append(
            f"Somebody who does not know who took part would name {_of(own.population, risk)} rightly, by the weights. "
            "Where people volunteered and others know it, go by the first number."
        )
    if own.household is not None:
        lines.append(
            f"Counting those who are given away by somebody of their household, it is {_of(own.household, risk)}."
        )
    lines += [_learnt(one, risk) for one in risk.learnt if one.counting == own.counting]
    lines += [_missing(one, risk) for one in risk.counted[1:]]
    return [*lines, *risk.notes]


def special_sentences(special: SpecialUniques) -> list[str]:
    """Say which question tells people apart, and how much it takes to know."""
    if not special.score:
        return []
    first = special.questions[0]
    line = f"'{first.question}' does most to tell people apart: it takes part in {percent(first.contribution)} of it."
    if first.without is not None:
        line += f" If nobody knew it, {first.without:,} instead of {special.alone:,} would stand alone."
    lines = [line]
    some = next((one for one in special.known if one.most and 1 < one.known < len(special.keys)), None)
    if some:
        mean, most = percent(some.mean / special.records), percent(some.most / special.records)
        lines.append(
            f"Who knows {some.known} of the {len(special.keys)} answers singles out {mean} of them on average, "
            f"{most} with the worst choice ({', '.join(some.worst)})."
        )
    return lines


def foreseen_sentences(found: ForeseenRisk) -> list[str]:
    """Say what is to be expected, and what to change."""
    few = found.below[3]
    lines = [
        f"{', '.join(found.keys)}: about {percent(found.alone)} of {found.respondents:,} respondents will stand alone.",
        f"Chance leaves it between {percent(found.lower)} and {percent(found.upper)}.",
        f"{percent(few)} will be in groups of fewer than 3.",
        f"{found.combinations:,} combinations of answers can occur; about {found.groups:,.0f} different ones will.",
    ]
    if found.alone_in_population is not None and found.population:
        lines.append(
            f"Among everybody ({found.population:,.0f} people), {percent(found.alone_in_population)} stand alone."
        )
    lines.append(_advice(found))
    if any(one.band == 0 for one in found.steps):
        lines.append("Instead of leaving a question out, wider answers may do: larger areas, fewer categories.")
    lines += [found.model, *found.notes]
    if len(found.together) > 1:
        lines.append("Answers that go together, such as age and marital status, make fewer people stand alone.")
    if found.sensitive:
        lines.append(f"Nobody may learn: {', '.join(found.sensitive)}. Who is recognised gives all of it away.")
    return lines


def risk_data(risk: MicrodataRisk, special: SpecialUniques) -> Mapping[str, Any]:
    """Return everything but single records and answers, for machines."""
    return {
        "records": risk.records,
        "keys": list(risk.keys),
        "k": risk.k,
        "sensitive": list(risk.sensitive),
        "missing": dict(risk.missing),
        "measures": risk.rows(),
        "questions": special.rows(),
        "known": [
            {
                "known": one.known,
                "sets": one.sets,
                "alone_mean": one.mean,
                "alone_most": one.most,
                "worst": list(one.worst),
            }
            for one in special.known
        ],
        "minimal_uniques": {str(size): count for size, count in special.minimal.items()},
    }


def percent(share: float) -> str:
    """Return a share in words: two digits, and what is small is never told as nothing."""
    value = 100 * share
    if 0 < value < 0.1:
        return "less than 0.1 %"
    if 99.5 <= value < 100:
        return "more than 99 %"
    return f"{value:.0f} %" if value >= 10 or value == round(value) else f"{value:.1f} %"


def _advice(found: ForeseenRisk) -> str:
    limit = percent(found.limit)
    if found.safe:
        return f"That is within the limit of {limit}."
    told = "; then ".join(f"{one.sentence()} ({percent(one.alone)} alone)" for one in found.steps)
    if found.steps and found.steps[-1].alone <= found.limit:
        return f"The limit is {limit}. To get under it with the least detail lost: {told}."
    return f"The limit is {limit}. Changing up to three questions does not get under it: ask fewer, or more people."


def _learnt(one: SensitiveRisk, risk: MicrodataRisk) -> str:
    return (
        f"'{one.question}': {_of(one.below[2], risk)} are in groups whose members all gave the same answer: "
        "whoever knows that somebody took part learns it."
    )


def _missing(one: CountedRisk, risk: MicrodataRisk) -> str:
    gaps = ", ".join(f"{name} ({count:,})" for name, count in risk.missing.items())
    return (
        f"Answers are missing: {gaps}. Above they count as answers of their own; if a missing answer may be any, "
        f"{_of(one.alone, risk)} stand alone and {_of(one.below[risk.k], risk)} are in groups of fewer than {risk.k}."
    )


def _of(count: float, risk: MicrodataRisk) -> str:
    number = f"{count:,.0f}" if count >= 10 or count == round(count) else f"{count:.1f}"
    return f"{number} ({percent(count / risk.records)})"
