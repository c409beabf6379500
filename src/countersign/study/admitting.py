"""Source -> the rows that may be used for the purpose of the study, sealed under the keys of those who gave them.

What is left out is counted and goes no further: nothing of it is kept, not even sealed.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import ConsentError, CountersignError, DataError
from countersign.model.consent import ConsentAccount, ConsentEvent, ConsentPlan, ConsentRegister, Excluded

if TYPE_CHECKING:
    from countersign.evidence.contributors import Contributors
    from countersign.intake.consenting import JudgedRows
    from countersign.intake.raw import RawTable
    from countersign.model.source import Source
    from countersign.study.reading import StudyFile
    from countersign.study.study import Study
    from countersign.study.workplace import Workplace

ROWS, SEALED = "rows", "sealed"
ACCOUNT = "account"
FORMATS = ("", "csv", "xlsx", "parquet")
BLOCK = 1 << 14


@dataclass(frozen=True)
class Consented:
    """The rows of a source that may be used.

    Parameters
    ----------
    digest: of the sealed rows. account: what was left out; made: digests of what the step kept, by role.
    """

    digest: str
    account: ConsentAccount
    made: Mapping[str, str]


def in_force(file: StudyFile, source: Source) -> bool:
    """Whether people's agreement decides which rows of a source are used."""
    consent = file.plan.consent
    return bool(consent and consent.purpose not in ("", "?") and source.name in file.plan.data)


def build_for(study: Study, purpose: str) -> None:
    """Build the data of a study for another purpose than its own: for a verb that does something else with the rows.

    Rows of people who agreed that figures are published may not be published as rows.

    Raises
    ------
    ConsentError: the data were taken in for another purpose already.
    """
    consent = study.plan.consent
    if consent is None or consent.purpose in ("", "?", purpose):
        return
    if "datasets" in study.__dict__:
        raise ConsentError(
            f"The data were taken in for '{consent.purpose}', and this is '{purpose}'.",
            where=study.file.document.where("consent", "purpose"),
            expected="one purpose at a time",
            action="open the study anew",
        )
    study.file = replace(study.file, plan=replace(study.plan, consent=replace(consent, purpose=purpose)))


def admit(source: Source, file: StudyFile, place: Workplace) -> Consented | None:
    """Seal the rows of everybody who agreed, and count the others; found again on the trail if nothing has changed.

    Returns
    -------
    None for a further source that holds no pseudonyms: it is looked through at the end, see `study.still_in`.

    Raises
    ------
    ConsentError: see `read_consent` and `judge_rows`; the format of the data cannot be judged row by row.
    """
    from countersign.evidence.canonical import digest_of_file
    from countersign.study.depending import without_labels
    from countersign.study.notation import as_json, from_json

    where = file.document.where
    path = place.find(source.file, where=where("data", source.name, "file"))
    if source.format not in FORMATS:
        if source.name != file.plan.main.name:
            return None
        raise ConsentError(
            f"Data of the format '{source.format}' have no rows of people that could be left out.",
            where=where("consent", "purpose"),
            expected="a table with one row a person or record",
            action="take out 'consent: purpose:', or name the rows as the main data",
        )
    contributors = contributors_of(place)
    plan = with_words(file, place)
    register, records = read_register(file, place)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    expired = sorted(e.record for own in register.events.values() for e in own if e.expires and e.expires < today)
    parameters = {
        "source": without_labels(source),
        "consent": plan,
        "by": groups_of(file),
        "limits": [one for one in file.plan.limits if one.limit == "adult_age"],
        # Commitments: whoever does not hold the secret of the study cannot try out small files until one fits.
        "data": contributors.commitment(digest_of_file(path)),
        "agreed": contributors.commitment(json.dumps([records, _noted(place), expired])),
    }
    with place.step("admit", inputs={}, parameters=as_json(parameters)) as step:
        if not step.done:
            folder = place.scratch / f"consent-{source.name}"
            folder.mkdir(exist_ok=True)
            _made(step, source, plan, register, path, folder, file, place, contributors, today)
        account = from_json(step.read(ACCOUNT), ConsentAccount)
        made = dict(step.outputs)
        return Consented(made[ROWS], account, made) if ROWS in made else None


def _made(
    step: Any,
    source: Source,
    plan: ConsentPlan,
    register: ConsentRegister,
    path: Path,
    folder: Path,
    file: StudyFile,
    place: Workplace,
    contributors: Contributors,
    today: str,
) -> None:
    from countersign.catalogue import changed_limits
    from countersign.intake.consenting import judge_rows, pseudonyms, record_column
    from countersign.intake.raw import read_raw
    from countersign.study.notation import as_json

    raw = read_raw(path, folder=folder, format=source.format, options=source.options)
    main = source.name == file.plan.main.name
    if not main and record_column(source, plan) not in raw.names:
        account = ConsentAccount(plan.purpose, source.name, raw.rows, raw.rows)
        step.output(ACCOUNT, place.store.keep_json(as_json(account), name="consent.json", kind="consent", sealed=True))
        return
    own = register
    if (column := record_column(source, plan)) in raw.names:
        own = with_withdrawals(register, pseudonyms(raw, column), place)

    def where(*key: str) -> str:
        return file.document.where("consent", *key)

    with changed_limits(file.plan.limits):
        judged = judge_rows(raw, source, plan, own, today=today, where=where)
    if main and not judged.used:
        raise ConsentError(
            f"Nobody agreed to '{plan.purpose}', so there is no row to build a data set from.",
            where=where("purpose"),
            expected="rows of people who agreed to it",
            action="ask people for it, or build the study for a purpose that they agreed to",
        )
    groups, notes = _groups(judged, raw, source, file, folder, place) if main else ((), ())
    account = ConsentAccount(
        purpose=plan.purpose,
        source=source.name,
        rows=raw.rows,
        used=len(judged.used),
        reasons=dict(sorted(Counter(one for one in judged.reasons if one is not None).items())),
        recorded=judged.recorded,
        minors=judged.minors,
        groups=groups,
        notes=(*judged.notes, *notes),
    )
    contributors.ensure(judged.records[number - 1] for number in judged.used)
    sealed = folder / f"{source.name}.sealed"
    used = _seal(sealed, raw, judged, contributors)
    if raw.path != raw.file:
        raw.path.unlink(missing_ok=True)
    step.output(ROWS, place.store.keep(sealed, name=f"{source.name}.sealed", kind=SEALED, rows=used))
    sealed.unlink()
    step.output(ACCOUNT, place.store.keep_json(as_json(account), name="consent.json", kind="consent", sealed=True))


# What is known of people's agreement -------------------------------------------------------------------------------


def contributors_of(place: Workplace) -> Contributors:
    """Return the keys of the people in a study; they lie beside the study file."""
    from countersign.evidence.contributors import Contributors

    return Contributors(place.keys)


def with_words(file: StudyFile, place: Workplace) -> ConsentPlan:
    """Return what the study says of consent, with the digests of the words people were read."""
    from countersign.intake.consent_records import read_notice

    plan = file.plan.consent
    assert plan is not None
    notices = {}
    for version, notice in plan.notices.items():
        where = file.document.where("consent", "notices", version)
        found = {language: place.find(name, where=where) for language, name in notice.files.items()}
        notices[version] = read_notice(notice, found)
    return replace(plan, notices=notices)


def read_register(file: StudyFile, place: Workplace) -> tuple[ConsentRegister, str]:
    """Return the register that the study names, empty if it names none, and the digest of its file.

    Raises
    ------
    ConsentError: see `read_consent`.
    """
    from countersign.evidence.canonical import digest_of_file
    from countersign.intake.consent_records import read_consent

    plan = file.plan.consent
    if plan is None or not plan.records:
        return ConsentRegister(), ""
    path = place.find(plan.records, where=file.document.where("consent", "records"))
    digest = digest_of_file(path)
    if digest not in place.registers:  # read once a run: it is asked again at the end
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        place.registers[digest], _ = read_consent(path, folder=place.scratch, today=today)
    return place.registers[digest], digest


def with_withdrawals(register: ConsentRegister, records: Sequence[str], place: Workplace) -> ConsentRegister:
    """Return a register with everything that was taken back by receipt, of these records and of those it knows."""
    from countersign.evidence.withdrawals import read_withdrawals

    noted = read_withdrawals(place.study)
    if not noted:
        return register
    by_tag: dict[str, list[Any]] = {}
    for one in noted:
        by_tag.setdefault(one.tag, []).append(one)
    contributors = contributors_of(place)
    events = [event for own in register.events.values() for event in own]
    for record in dict.fromkeys((*records, *register.events)):
        for one in by_tag.get(contributors.tag(record).hex(), ()) if record else ():
            events.append(ConsentEvent(record, "withdrawn", one.purposes, time=one.time))
    return ConsentRegister.of(events)


def _noted(place: Workplace) -> str:
    from countersign.evidence.canonical import digest_of_file
    from countersign.evidence.withdrawals import FILE, read_withdrawals

    return digest_of_file(place.study / FILE) if read_withdrawals(place.study) else ""


def groups_of(file: StudyFile) -> tuple[str, ...]:
    """Return the variables by whose groups those left out are counted: those of the study, else its population's."""
    plan = file.plan
    return (plan.consent.by if plan.consent else ()) or tuple(plan.population.groups)


def _groups(
    judged: JudgedRows, raw: RawTable, source: Source, file: StudyFile, folder: Path, place: Workplace
) -> tuple[tuple[Excluded, ...], tuple[str, ...]]:
    """Count those left out by group, from rows that are typed for that and then thrown away."""
    from countersign.intake.taking import take_in_raw
    from countersign.quality.confidentiality import few, fewest_people
    from countersign.tables import collect

    by = groups_of(file)
    if not by or all(reason is None for reason in judged.reasons):
        return (), ()
    bare = replace(source, keep=(), unique=(), roles={}, answers=(), imputed={}, wholes=(), scales=())
    every = folder / "everybody"
    every.mkdir(exist_ok=True)
    try:
        dataset = take_in_raw(bare, raw=raw, digest="", engine=place.engine, folder=every)
        absent = [name for name in by if name not in dataset.codebook]
        columns = collect(dataset.table, [name for name in by if name not in absent])
    except CountersignError as error:
        if not isinstance(error, DataError):
            raise
        return (), ("Those left out could not be counted by group: their rows cannot be read as the study says.",)
    finally:
        for path in every.glob("*"):
            path.unlink()
    found: list[Excluded] = []
    fewest = fewest_people(file.plan)
    for name, values in columns.items():
        rows: Counter[str] = Counter()
        out: Counter[str] = Counter()
        for value, reason in zip(values.tolist(), judged.reasons, strict=True):
            category = _category(value)
            rows[category] += 1
            out[category] += reason is not None
        hidden = few(dict(out), fewest) | few(dict(rows), fewest)
        found += [
            Excluded(name, one, None if one in hidden else rows[one], None if one in hidden else out[one])
            for one in sorted(rows)
        ]
    notes = tuple(f"'{name}' is no column of the data, so nobody is counted by it." for name in absent)
    return tuple(found), notes


def _category(value: Any) -> str:
    if value is None or value != value:
        return "(missing)"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# Rows, sealed and opened ---------------------------------------------------------------------------------------------


def _seal(path: Path, raw: RawTable, judged: JudgedRows, contributors: Contributors) -> int:
    """Write the rows that are used, sealed; text cells as JSON, typed ones (of a Parquet file) as Arrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from countersign.evidence.sealing import seal

    with pq.ParquetFile(raw.path) as table:
        schema = table.schema_arrow
    text = all(pa.types.is_string(one.type) for one in schema)
    head = {
        "names": list(raw.names),
        "file": raw.file.name,
        "first_line": raw.first_line,
        "dialect": None
        if raw.dialect is None
        else {
            "encoding": raw.dialect.encoding,
            "delimiter": raw.dialect.delimiter,
            "skip": raw.dialect.skip,
            "quotes": raw.dialect.quotes,
        },
        "detected": list(raw.detected),
        "notes": list(raw.notes),
        "schema": "" if text else base64.b64encode(schema.serialize().to_pybytes()).decode(),
    }

    def rows() -> Iterator[tuple[str, int, bytes]]:
        for first, batch in raw.blocks():
            columns = [column.to_pylist() for column in batch.columns] if text else []
            for at in range(len(batch)):
                place = first - 1 + at
                if judged.reasons[place] is not None:
                    continue
                if text:
                    row = json.dumps([column[at] for column in columns], ensure_ascii=False, separators=(",", ":"))
                    yield judged.records[place], place + 1, row.encode()
                else:
                    yield judged.records[place], place + 1, batch.slice(at, 1).serialize().to_pybytes()

    return seal(path, head, rows(), contributors)


def open_rows(digest: str, place: Workplace, *, folder: Path, file: Path | None) -> RawTable:
    """Open sealed rows again, into a table below `folder`.

    Parameters
    ----------
    file: the original file where it is at hand, for the lines in messages.

    Raises
    ------
    ConsentError: a key was destroyed since, so that the rows are no longer what a figure was computed from.
    """
    import pyarrow as pa

    from countersign.evidence.sealing import head_of, unseal
    from countersign.intake.dialect import Dialect
    from countersign.intake.raw import RawTable, write_blocks

    sealed = place.store.path(digest)
    head = head_of(sealed)
    names = tuple(head["names"])
    schema = pa.schema([(name, pa.string()) for name in names])
    if head["schema"]:
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(head["schema"])))
    numbers: list[int] = []

    def blocks() -> Iterator[Sequence[pa.Array]]:
        waiting: list[bytes] = []
        for number, row in unseal(sealed, contributors_of(place)):
            if row is None:
                raise ConsentError(
                    "Somebody whose row is behind these figures took it back since, and the key was destroyed.",
                    where=str(head["file"]),
                    expected="every row that the figures were computed from",
                    action="run the study again; that the old release was not altered can still be checked",
                )
            numbers.append(number)
            waiting.append(row)
            if len(waiting) == BLOCK:
                yield _arrays(waiting, schema, typed=bool(head["schema"]))
                waiting = []
        if waiting:
            yield _arrays(waiting, schema, typed=bool(head["schema"]))

    target = folder / "opened.parquet"
    rows = write_blocks(blocks(), schema, target)
    dialect = Dialect(header=names, **head["dialect"]) if head["dialect"] else None
    return RawTable(
        file=file or Path(head["file"]),
        path=target,
        names=names,
        rows=rows,
        dialect=dialect,
        first_line=head["first_line"],
        detected=tuple(head["detected"]),
        notes=tuple(head["notes"]),
        numbers=tuple(numbers),
    )


def _arrays(rows: Sequence[bytes], schema: Any, *, typed: bool) -> Sequence[Any]:
    import pyarrow as pa

    if typed:
        batches = [pa.ipc.read_record_batch(pa.py_buffer(row), schema) for row in rows]
        return list(pa.Table.from_batches(batches, schema).combine_chunks().to_batches()[0].columns)
    cells = zip(*(json.loads(row) for row in rows), strict=True)
    return [pa.array(column, pa.string()) for column in cells]
