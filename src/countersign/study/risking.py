"""A study -> how easily the people in its data are recognised, in plain sentences and on a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from countersign.errors import CommandError, ProtectionError
from countersign.study.foreseeing import foresee_from
from countersign.study.telling import Account, of_study
from countersign.study.telling_risk import foreseen_sentences, risk_data, risk_sentences, special_sentences

if TYPE_CHECKING:
    from countersign.model.foreseen_risk import ForeseenRisk
    from countersign.model.microdata_risk import MicrodataRisk, SpecialUniques
    from countersign.study.progress import Progress
    from countersign.study.study import Study

PAGE = "risk.html"
FORMS = (".xlsx", ".xls", ".json")
_FROM = {
    "declared": "They are declared under 'protection.keys'.",
    "form": "They are marked in the form.",
    "proposed": "They were guessed from names and roles: write what neighbours really know under 'protection.keys'.",
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
    sentences = risk_sentences(risk, unit=study.main.unit, about_keys=_FROM[source])
    sentences += special_sentences(special)
    labels = {name: one.label.get("en", "") for name, one in study.main.codebook.variables.items()}
    write_risk(page, sentences=sentences, risk=risk, special=special, title=title, labels=labels)
    lines = [*sentences, f"The page is {page}. It is for those who hold the rows: it says how many stand alone."]
    settled = not any(one.below[risk.k] for one in risk.counted)
    following = of_study(study, "publish") if settled else of_study(study, "anonymise")
    return Account(
        "risk", tuple(lines), following, {**risk_data(risk, special), "keys_from": source, "page": str(page)}
    )


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

    named = tuple(filter(None, (key.strip() for key in keys.split(","))))
    if source.suffix.casefold() in FORMS:
        if respondents is None or population is None:
            raise CommandError(
                "A form alone does not tell who will stand alone.",
                where="--respondents" if respondents is None else "--population",
                expected="how many are to be asked, and a table with the people, or shares, of each answer",
                action="add --respondents 1000 --population margins.csv",
            )
        found = foresee_from(population, respondents=respondents, form=source, keys=named, limit=limit, count=count)
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
        found = foresee_from(
            known,
            respondents=respondents,
            form=study.documents.form,
            keys=named or plan.keys,
            sensitive=plan.sensitive,
            limit=limit,
            count=count,
        )
        return tell_foreseen(found, out=out or study.place.folder / PAGE, following=of_study(study, "check"))


def tell_foreseen(found: ForeseenRisk, *, out: Path, following: str) -> Account:
    """Write the page of a risk before collection and say what is expected."""
    from countersign.publishing.risk import write_foreseen

    sentences = foreseen_sentences(found)
    write_foreseen(out, sentences=sentences, found=found)
    data = {"rows": found.rows(), "model": found.model, "keys": list(found.keys), "within_limit": found.safe}
    return Account("risk", (*sentences, f"The page is {out}."), following, {**data, "page": str(out)})
