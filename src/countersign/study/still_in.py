"""Still in: whether somebody who did not agree, or took it back, is in anything that a release would rest on."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import ConsentError

if TYPE_CHECKING:
    from countersign.model.dataset import Dataset
    from countersign.model.source import Source
    from countersign.study.study import Study


def refuse_excluded(study: Study, datasets: Mapping[str, Dataset]) -> None:
    """Refuse to go on while anybody who said no, or took it back, stands in a table of the study.

    The rows that were chosen are looked through again by other code; so is everything beside them: further data
    sources, gold and repeated measurements, reference samples, official series.

    Raises
    ------
    ConsentError: somebody does; it names the table and the column, and how many rows.
    """
    if study.place.unsealed or not study.place.consented:
        return
    main = study.plan.main
    gone, agreed = _standing(study, datasets)
    ids = id_columns(study)
    for name in datasets:
        path = study.place.store.path(study.taken_in(name)["table"])
        if name == main.name and agreed is not None:
            _refuse_unknown(study, path, agreed)
        _refuse_found(path, gone, ids, table=name, where=study.file.document.where("data", name))
    for section, source in _beside(study):
        beside = _as_parquet(study, source)
        if beside is not None:
            _refuse_found(beside, gone, ids, table=source.name, where=study.file.document.where(section, source.name))


def _standing(study: Study, datasets: Mapping[str, Dataset]) -> tuple[frozenset[str], Collection[str] | None]:
    """Return the pseudonyms that must not occur, and those that may; None where the data themselves say who agreed."""
    from countersign.evidence.consented import last_words, not_agreed
    from countersign.study.admitting import read_register, with_withdrawals

    plan = study.plan.consent
    assert plan is not None
    register, _ = read_register(study.file, study.place)
    whole = with_withdrawals(register, _records(study, datasets), study.place)
    words = last_words((event for own in whole.events.values() for event in own), plan.purpose)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    gone = not_agreed(words, today=today)
    said_in_data = plan.purpose in plan.columns or not plan.records
    return gone, None if said_in_data else [record for record in words if record not in gone]


def _records(study: Study, datasets: Mapping[str, Dataset]) -> list[str]:
    """Return every pseudonym in the record columns of the data as they were built."""
    from countersign.tables import collect

    found: list[str] = []
    for dataset in datasets.values():
        for name in id_columns(study):
            if name in dataset.codebook:
                values = collect(dataset.table, [name])[name].tolist()
                found += [_text(value) for value in values if value is not None and value == value]
    return list(dict.fromkeys(found))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def id_columns(study: Study) -> tuple[str, ...]:
    """Return the names under which pseudonyms stand, in the study and in its files."""
    plan = study.plan
    names: list[str] = [plan.consent.record] if plan.consent and plan.consent.record else []
    for source in plan.data.values():
        names += source.roles.get("id", ())
    names += [plan.protection.contributor] if plan.protection.contributor else []
    spelled = [str(source.variables.get(name, {}).get("column", "")) for source in plan.data.values() for name in names]
    return tuple(dict.fromkeys(name for name in (*names, *spelled) if name))


def _refuse_unknown(study: Study, path: Path, agreed: Collection[str]) -> None:
    from countersign.evidence.consented import unknown_in

    plan = study.plan.consent
    assert plan is not None
    column = plan.record or next(iter(study.plan.main.roles.get("id", ())), "")
    unknown = unknown_in(path, column, agreed)
    if unknown:
        raise ConsentError(
            f"{unknown} rows of the built data are of people who did not agree to '{plan.purpose}'.",
            where=study.file.document.where("consent"),
            expected="no such row",
            action="do not publish; report this: it is a defect of the step that leaves people out",
        )


def _refuse_found(path: Path, gone: Collection[str], ids: Iterable[str], *, table: str, where: str) -> None:
    from countersign.evidence.consented import found_in

    found = found_in(path, gone, ids=tuple(ids)) if gone else {}
    if found:
        columns = ", ".join(f"'{name}'" for name in sorted(found))
        raise ConsentError(
            f"People who did not agree to this use, or took it back, still stand in '{table}' (column {columns}).",
            where=where,
            expected="no row of anybody who said no, in any table that a release rests on",
            action=f"take their rows out of the file of '{table}', or give the column that names people the role 'id'",
        )


def _beside(study: Study) -> Iterator[tuple[str, Source]]:
    """Yield what else is read beside the data: units of a reference sample, and official series."""
    for plan in study.plan.benchmarks.values():
        if plan.kind == "units":
            yield "benchmark", plan.source
    for official in study.plan.official.values():
        yield "official", official.source


def _as_parquet(study: Study, source: Source) -> Path | None:
    from countersign.intake.raw import FORMATS, read_raw

    path = study.place.beside(source.file)
    if path is None or source.format not in ("", *FORMATS[:3]):
        return None
    folder = study.place.scratch / f"looked-through-{source.name}"
    return read_raw(path, folder=folder, format=source.format, options=source.options).path
