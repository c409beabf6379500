"""A study -> how easily the people in its data are recognised, in plain sentences and on a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from countersign.errors import CommandError, ProtectionError
from countersign.model.foreseen_risk import ForeseenRisk
from countersign.model.microdata_risk import CountedRisk, MicrodataRisk, SensitiveRisk, SpecialUniques
from countersign.study.foreseeing import foresee_from
from countersign.study.telling import Account, of_study

if TYPE_CHECKING:
    from countersign.study.progress import Progress
    from countersign.study.study import Study

PAGE = "risk.html"
PEOPLE = ("person", "case", "record")
FORMS = (".xlsx", ".xls", ".json")
_FROM = {
    "declared": "They are declared under 'protection.keys'.",
    "form": "They are marked in the form.",
    "proposed": "They were guessed from names and roles: write those that neighbours really know under 'protection.keys'.",
}


class Known(NamedTuple):
    """The questions by which people could be recognised, and where they are from: declared, form or proposed."""

    keys: tuple[str, ...]
    source: str


def keys_of(study: Study) -> Known:
    """Return the keys of a study: its own, else those its form marks, else what names and roles suggest.

    Raises
    ------
    ProtectionError: nothing was found.
    """
    from countersign.catalogue import propose_keys
    from countersign.study.foreseeing import marked

    data, plan = study.main, study.plan
    if plan.protection.keys:
        return Known(plan.protection.keys, "declared")
    found = tuple(name for name in marked(study.documents.form, "key") if name in data.codebook)
    if found:
        return Known(found, "form")
    found = tuple(
        propose_keys(
            area=data.role("area"),
            age=data.role("age"),
            asked=[name for indicator in plan.indicators.values() for by in indicator.by for name in by],
            variables=[
                (one.name, [*one.label.values()])
                for one in data.codebook.variables.values()
                if not one.derived and one.type in ("category", "integer")
            ],
            there=data.codebook.names,
        )
    )
    if not found:
        raise ProtectionError(
            "It is not said by which questions people could be recognised, and no name tells it.",
            where=study.file.document.where("protection", "keys"),
            expected="the columns that neighbours know of people, such as [district, age, sex]",
            action="write them under 'protection: keys:'",
        )
    return Known(found, "proposed")


def risk_of_study(study: Study) -> tuple[MicrodataRisk, SpecialUniques, str]:
    """Measure the risk of the main data of a study, its rows as the gates keep them.

    Returns
    -------
    The risk, which questions cause it, and where the keys are from.

    Raises
    ------
    ProtectionError: no keys; see `countersign.disclosure.measure_risk`. StudyError: the data are no rows.
    """
    from countersign.protection.risk.uniques import MOST_KEYS
    from countersign.study.disclosing.risk import measure_risk, measure_suda
    from countersign.study.foreseeing import marked

    if study.plan.main.format == "published-tables":
        raise ProtectionError(
            "The main data of this study are published tables: they have no rows about people.",
            where=study.file.document.where("data"),
            expected="rows about people",
            action="see 'countersign protect' for figures",
        )
    known, plan, data = keys_of(study), study.plan.protection, study.main
    hidden = [name for name in marked(study.documents.form, "sensitive") if name in data.codebook]
    sensitive = plan.sensitive or tuple(name for name in hidden if name not in known.keys)
    risk = measure_risk(
        data,
        keys=known.keys,
        weight=data.role("weight"),
        household=plan.household,
        sensitive=sensitive,
        k=plan.k or None,
    )
    largest = None if len(known.keys) <= MOST_KEYS else 3
    return risk, measure_suda(data, keys=known.keys, largest=largest), known.source


def tell_risk(study: Study, *, out: Path | None = None) -> Account:
    """Measure the risk, write the page and say what was found; no value of a row is in either."""
    from countersign.publishing.risk import write_risk

    risk, special, source = risk_of_study(study)
    page = out or study.place.folder / PAGE
    title = study.plan.title.get("en") or next(iter(study.plan.title.values()), "")
    sentences = [*risk_sentences(risk, unit=study.main.unit), _FROM[source], *special_sentences(special)]
    write_risk(page, sentences=sentences, risk=risk, special=special, title=title, labels=_labels(study))
    lines = [*sentences, f"The page is {page}. It is for those who hold the rows: it says how many stand alone."]
    settled = not any(one.below[risk.k] for one in risk.counted)
    following = of_study(study, "publish") if settled else of_study(study, "anonymise")
    return Account("risk", tuple(lines), following, {**as_data(risk, special), "keys_from": source, "page": str(page)})


def run(
    source: Path,
    *,
    out: Path | None,
    progress: Progress,
    respondents: int | None,
    population: Path | None,
    keys: str,
    limit: float | None,
    count: str,
    data: Path | None,
    folder: Path | None,
    engine: str | None,
) -> Account:
    """Answer the command: a form, or a study with `respondents`, is looked at before collection.

    Raises
    ------
    CommandError: it is not said how many are to be asked, or of which population; an option that does not go with it.
    """
    from countersign.study.study import Study

    foreseen = {"keys": tuple(filter(None, (key.strip() for key in keys.split(",")))), "limit": limit, "count": count}
    if source.suffix.casefold() in FORMS:
        if respondents is None or population is None:
            raise CommandError(
                "A form alone does not tell who will stand alone.",
                where="--respondents" if respondents is None else "--population",
                expected="how many are to be asked, and a table with the people, or shares, of each answer",
                action="add --respondents 1000 --population margins.csv",
            )
        found = foresee_from(population, respondents=respondents, form=source, **foreseen)
        return tell_foreseen(found, out=out or Path(PAGE), following="change the form, and ask again")
    if respondents is None and (population or keys or limit is not None):
        raise CommandError(
            "These options ask about the time before collection, and it is not said how many people are to be asked.",
            where="--respondents",
            expected="a number, such as --respondents 1000",
            action="add it; for data that are there, write keys under 'protection.keys' of the study file",
        )
    with Study.open(source, data=data, folder=folder, engine=engine or "", progress=progress) as study:
        if respondents is None:
            return tell_risk(study, out=out)
        known = population or study.benchmark
        if known is None:
            raise CommandError(
                "It is not said how the answers are distributed in the population.",
                where="--population",
                expected="a file with the people, or shares, of each answer, such as --population margins.csv",
                action="add it, or name a benchmark in the study file",
            )
        plan = study.plan.protection
        foreseen["keys"] = foreseen["keys"] or plan.keys
        found = foresee_from(
            known, respondents=respondents, form=study.documents.form, sensitive=plan.sensitive, **foreseen
        )
        return tell_foreseen(found, out=out or study.place.folder / PAGE, following=of_study(study, "check"))


def tell_foreseen(found: ForeseenRisk, *, out: Path, following: str) -> Account:
    """Write the page of a risk before collection and say what is expected."""
    from countersign.publishing.risk import write_foreseen

    sentences = foreseen_sentences(found)
    write_foreseen(out, sentences=sentences, found=found)
    data = {"rows": found.rows(), "model": found.model, "keys": list(found.keys), "within_limit": found.safe}
    return Account("risk", (*sentences, f"The page is {out}."), following, {**data, "page": str(out)})


def risk_sentences(risk: MicrodataRisk, *, unit: str = "person") -> list[str]:
    """Say how many stand alone, who would be named rightly and what would be learnt."""
    noun = "people" if unit in ("person", "case") else "records"
    own = risk.counted[0]
    lines = [
        f"{risk.records:,} {noun}, and {len(risk.keys)} questions that neighbours may know: {', '.join(risk.keys)}.",
        f"{_of(own.alone, risk)} stand alone: nobody else gave the same answers. {_of(own.below[risk.k], risk)} are in groups "
        f"of fewer than {risk.k}, the limit (k).",
        f"A neighbour who knows who took part would name {_of(own.prosecutor, risk)} rightly.",
    ]  # fmt: skip
    if unit not in PEOPLE:
        lines.append(f"A row is a {unit} here and not a person: people are at more risk the more rows are about them.")
    if own.population is not None:
        lines.append(
            f"Somebody who does not know who took part would name {_of(own.population, risk)} rightly, by the weights. Where people "
            "volunteered and others know it, go by the first number."
        )  # fmt: skip
    if own.household is not None:
        lines.append(
            f"{_of(own.household, risk)} live in a household one of whose members would be named, which gives away the others."
        )
    lines += [_learnt(one, risk) for one in risk.learnt if one.counting == own.counting]
    lines += [_other(one, own, risk) for one in risk.counted[1:]]
    return [*lines, *risk.notes]


def special_sentences(special: SpecialUniques) -> list[str]:
    """Say which question tells people apart, and how much it takes to know."""
    if not special.alone or not special.score:
        return []
    first = special.questions[0]
    line = f"'{first.question}' does most to tell people apart: it takes part in {_percent(first.contribution)} of it."
    if first.without is not None:
        line += f" If nobody knew it, {first.without:,} instead of {special.alone:,} would stand alone."
    lines = [line]
    for known in special.known:
        if 1 < known.known < len(special.keys) and known.most:
            lines.append(
                f"Who knows {known.known} of the {len(special.keys)} answers singles out {_percent(known.mean / special.records)} on average, "
                f"{_percent(known.most / special.records)} at worst ({', '.join(known.worst)})."
            )  # fmt: skip
            break
    return lines


def foreseen_sentences(found: ForeseenRisk) -> list[str]:
    """Say what is to be expected, and what to change."""
    names = ", ".join(found.keys)
    lines = [
        f"{names}: of {found.respondents:,} respondents, about {_percent(found.alone)} will stand alone (chance alone leaves "
        f"{_percent(found.lower)} to {_percent(found.upper)}), and {_percent(found.below[3])} will be in groups of fewer than 3.",
        f"{found.combinations:,} combinations of answers can occur; about {found.groups:,.0f} different ones will.",
    ]  # fmt: skip
    if found.alone_in_population is not None:
        lines.append(f"Among everybody ({found.population:,.0f} people), {_percent(found.alone_in_population)} stand alone.")
    if found.safe:
        lines.append(f"That is within the limit of {_percent(found.limit)}.")
    elif found.steps and found.steps[-1].alone <= found.limit:
        told = "; then ".join(f"{one.sentence()} ({_percent(one.alone)} alone)" for one in found.steps)
        lines.append(f"The limit is {_percent(found.limit)}. To get under it with the least detail lost: {told}.")
    else:
        lines.append(f"The limit is {_percent(found.limit)}. No change of these questions gets under it: ask more people.")
    if any(one.band == 0 for one in found.steps):
        lines.append("Instead of leaving a question out, wider groups of its answers may do: larger areas, fewer categories.")
    lines += [found.model, *found.notes]
    if len(found.together) > 1:
        lines.append("Answers that go together, such as age and marital status, make fewer people stand alone than this.")
    if found.sensitive:
        lines.append(f"Nobody may learn: {', '.join(found.sensitive)}. Who stands alone gives all of it away.")
    return lines


def as_data(risk: MicrodataRisk, special: SpecialUniques) -> Mapping[str, Any]:
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
            {"known": one.known, "sets": one.sets, "alone_mean": one.mean, "alone_most": one.most, "worst": list(one.worst)}
            for one in special.known
        ],
        "minimal_uniques": {str(size): count for size, count in special.minimal.items()},
    }


def _labels(study: Study) -> dict[str, str]:
    return {name: one.label.get("en", "") for name, one in study.main.codebook.variables.items()}


def _learnt(one: SensitiveRisk, risk: MicrodataRisk) -> str:
    return (
        f"'{one.question}': {_of(one.below[2], risk)} are in groups whose members all gave the same answer, so whoever knows that "
        "they took part learns it."
    )  # fmt: skip


def _other(one: CountedRisk, own: CountedRisk, risk: MicrodataRisk) -> str:
    gaps = ", ".join(f"{name} ({count:,})" for name, count in risk.missing.items())
    return (
        f"Answers are missing: {gaps}. They count as answers of their own above; if a missing answer may be any, "
        f"{_of(one.alone, risk)} stand alone and {_of(one.below[risk.k], risk)} are in groups of fewer than {risk.k}."
    )


def _of(count: float, risk: MicrodataRisk) -> str:
    number = f"{count:,.0f}" if count >= 10 or count == round(count) else f"{count:.1f}"
    return f"{number} ({_percent(count / risk.records)})"


def _percent(share: float) -> str:
    value = 100 * share
    if 0 < value < 0.1:
        return "less than 0.1 %"
    return f"{value:.0f} %" if value >= 10 or value == round(value) else f"{value:.1f} %"

