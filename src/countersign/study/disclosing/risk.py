"""Microdata risk on plain tables: how easily the people in them are recognised, and by which questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import chosen, known, numeric, opened

if TYPE_CHECKING:
    import narwhals as nw

    from countersign.model.dataset import Dataset
    from countersign.model.foreseen_risk import ForeseenRisk
    from countersign.model.microdata_risk import MicrodataRisk, RecordRisk, Records, SpecialUniques


@verb
def measure_risk(
    table: Any,
    *,
    keys: Sequence[str],
    weight: str = "",
    household: str = "",
    sensitive: Sequence[str] = (),
    k: int | None = None,
    missing: Literal["both", "own", "any"] = "both",
    where: str = "",
) -> MicrodataRisk:
    """Measure how easily the people in a table are recognised by what neighbours know of them.

    Parameters
    ----------
    table: one row a person. keys: questions whose answers somebody who looks for a person knows.
    weight: how many people a record stands for; needed only for the risk from somebody who does not know who took
        part. household: who lives together: one recognised member gives away the others.
    sensitive: questions whose answers nobody may learn. k: people who should share all keys; the catalogue's limit
        (3) if left out.
    missing: a missing key is an answer of its own (``own``), matches any answer (``any``), or both are reported.
    where: condition on the rows.

    Returns
    -------
    MicrodataRisk: k-anonymity, records alone, expected re-identifications, household risk, l-diversity, t-closeness;
    ``by_record()`` gives the risk of each record, rows in the order of the file.

    Raises
    ------
    DataError: an unknown column. ProtectionError: k below 2; no key; a sensitive question that is a key; a weight
    that is missing or below zero; a missing household; no rows; a word that `missing` does not know.
    """
    from countersign.protection.risk.measuring import Asked, measure

    dataset = opened(table)
    _known(dataset, keys=keys, weight=weight, household=household, sensitive=sensitive)
    if weight:
        numeric(dataset, (weight,), argument="weight")
    _one_of("missing", missing, ("both", "own", "any"))
    asked = Asked(
        tuple(keys),
        int(protection_limit("people_per_key")) if k is None else k,
        weight,
        household,
        tuple(sensitive),
        missing,
    )
    asked.check()
    found = measure(_rows(dataset, where), asked)
    return replace(found, records_of=_holding(dataset, found.records_of))


@verb
def measure_suda(
    table: Any,
    *,
    keys: Sequence[str],
    fraction: float = 0.01,
    largest: int | None = None,
    missing: Literal["own", "any"] = "own",
    where: str = "",
) -> SpecialUniques:
    """Find which questions tell people apart: special uniques (SUDA2).

    Parameters
    ----------
    table: one row a person. keys: questions whose answers somebody who looks for a person knows; at most 12.
    fraction: part of the population that is in the data, for the DIS-SUDA score.
    largest: most questions in a set that is looked at; all if left out.
    missing: a missing key is an answer of its own (``own``), or matches any answer (``any``).
    where: condition on the rows.

    Returns
    -------
    SpecialUniques: how much each question contributes, who is alone if it is not known, who is alone by number of
    questions known, ``levels`` by answer; ``by_record()`` gives score and DIS-SUDA score of each record.

    Raises
    ------
    DataError: an unknown column. ProtectionError: no key; more than 12 keys and no small `largest`; a fraction that
    is none; no rows; a word that `missing` does not know.
    """
    from countersign.protection.risk.special import measure_special

    dataset = opened(table)
    _known(dataset, keys=keys)
    _one_of("missing", missing, ("own", "any"))
    found = measure_special(_rows(dataset, where), keys, fraction=fraction, largest=largest or 0, counting=missing)
    return replace(found, records_of=_holding(dataset, found.records_of))


def _holding(dataset: Dataset, compute: Records | None) -> Records:
    """Return what computes the records, with the table it reads: one that was opened here closes when it is let go."""
    assert compute is not None

    def records(_held: Dataset = dataset) -> RecordRisk:
        return compute()

    return records


def _known(dataset: Dataset, **columns: str | Sequence[str]) -> None:
    for names in columns.values():
        known(dataset, [name for name in ((names,) if isinstance(names, str) else names) if name])


def _rows(dataset: Dataset, where: str) -> nw.LazyFrame[Any]:
    return chosen(dataset, where)


def _one_of(argument: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise ProtectionError(
            f"{argument}= cannot be '{given}'.",
            where=argument,
            expected=f"one of: {', '.join(allowed)}",
            action=f"correct {argument}=",
        )


@verb
def foresee_risk(
    population: Any,
    *,
    respondents: int,
    keys: Sequence[str] = (),
    form: Any = None,
    limit: float | None = None,
    count: str = "count",
) -> ForeseenRisk:
    """Say before collection how many respondents a set of questions will make recognisable.

    Parameters
    ----------
    population: the shares of the answers: a table with a column per question and one of counts, or the stacked form
        (variable, category, count; joint ones as ``sex x age``); or variable -> category -> people. Shares that add up
        to 1 or 100 are taken as shares.
    respondents: how many people are to answer. keys: questions by which they could be recognised; those marked in the
        form if left out, else all of the table.
    form: the file of the form (XLSForm), whose column ``countersign::key`` marks keys and ``countersign::sensitive``
        what nobody may learn. A key that the table does not know takes its answers from the form, all as equally
        frequent.
    limit: largest acceptable part of the respondents who stand alone; the catalogue's if left out.
    count: column of the counts.

    Returns
    -------
    ForeseenRisk: the part expected to stand alone, its range, what each change of a question leaves, and changes that
    get under the limit.

    Raises
    ------
    BenchmarkError, DataError: a table that cannot be read so. FormError: a form that cannot be read.
    ProtectionError: a key of which nothing is known; a sensitive question that is a key; more respondents than people.
    """
    from countersign.study.foreseeing import foresee_from

    return foresee_from(population, respondents=respondents, keys=keys, form=form, limit=limit, count=count)
