"""A receipt code -> somebody is out: of every future build, of what is kept, and of what their key could open."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import ConsentError, nearest
from countersign.model.consent import ALL
from countersign.model.receipt import WithdrawalCount
from countersign.study.telling import Account, of_study

if TYPE_CHECKING:
    from countersign.model.artefact import Activity
    from countersign.study.study import Study

OURS = ("anonymised", "texts", "photos", ".review")
"""Folders with rows, texts or photos that verbs write and can write again."""


@dataclass
class Shredded:
    """What a withdrawal removed, and what it could not reach.

    Parameters
    ----------
    artefacts: how many kept files were removed. files: other files and folders. cleaned: file -> rows taken out.
    left: files in which the person's rows still stand. touched: releases that rest on them.
    """

    artefacts: int = 0
    files: list[str] = field(default_factory=list)
    cleaned: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    touched: list[WithdrawalCount] = field(default_factory=list)


def withdraw(
    study: Study, code: str, *, record: str = "", purposes: Sequence[str] = (), on: str = "", clean: bool = False
) -> Account:
    """Note that somebody took an agreement back, and do what follows from it.

    Parameters
    ----------
    code: from the receipt; empty where `record`, the pseudonym, is given. purposes: ids; empty = all. on: the day,
    ISO 8601; empty = now. clean: also take the rows out of the organiser's own data files.

    Raises
    ------
    ConsentError: no such code, record or purpose; the day lies in the future; the withdrawal is noted already.
    """
    from countersign.evidence.withdrawals import Withdrawal, add_withdrawal, read_withdrawals
    from countersign.study.admitting import contributors_of
    from countersign.study.receipting import FOLDER, known_people, write_receipts

    wanted = _purposes(purposes)
    register, people = known_people(study.file, study.place)
    contributors = contributors_of(study.place)
    who = _who(code, record, people, study)
    tag = contributors.tag(who).hex()
    time = _time(on)
    noted = {one for one in read_withdrawals(study.place.study) if one.tag == tag}
    repeated = any(set(wanted) <= set(one.purposes) or ALL in one.purposes for one in noted) and not _again(
        register, who, wanted
    )
    if not repeated:
        written = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        add_withdrawal(study.place.study, Withdrawal(tag, wanted, time, written))
    own = study.plan.consent.purpose if study.plan.consent else ""
    shreds = ALL in wanted or own in wanted or "collect" in wanted
    done = Shredded()
    if shreds:
        _shred(study, who, done)
        _sources(study, who, done, clean=clean)
        if (study.place.study / FOLDER).is_dir():
            shutil.rmtree(study.place.study / FOLDER)
            if _any_left(study):
                write_receipts(study)
        _state(study, done)
    return _told(study, wanted, done, repeated=repeated, shreds=shreds)


def _purposes(given: Sequence[str]) -> tuple[str, ...]:
    from countersign.catalogue import load

    known = [entry.id for entry in load("purposes")]
    for one in given:
        if one not in (*known, ALL):
            raise ConsentError(
                f"There is no purpose '{one}'. {nearest(one, known)}".strip(),
                where="--purpose",
                expected=f"one of {', '.join(known)}, or nothing for all of them",
                action="correct it",
            )
    return tuple(sorted(set(given))) or (ALL,)


def _time(on: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    if not on:
        return now.replace(tzinfo=None).isoformat(timespec="seconds")
    try:
        day = datetime.date.fromisoformat(on)
    except ValueError:
        day = None
    if day is None or day > now.date() + datetime.timedelta(days=1):
        raise ConsentError(
            f"'{on}' is no day up to today.", where="--on", expected="year-month-day, such as 2026-03-01",
            action="write the day on which the person said so",
        )  # fmt: skip
    return day.isoformat()


def _who(code: str, record: str, people: Collection[str], study: Study) -> str:
    from countersign.evidence.contributors import read_code
    from countersign.study.admitting import contributors_of

    contributors = contributors_of(study.place)
    if record:
        if record in people:
            return record
        raise ConsentError(
            "No record has this pseudonym.",
            where="--record",
            expected="a pseudonym of the data or of the consent records",
            action="look it up in the collector's list",
        )
    wanted = read_code(code)
    found = [one for one in people if contributors.code(one) == wanted] if contributors.known else []
    if len(found) == 1:
        return found[0]
    raise ConsentError(
        "No record of this study has this code." if not found else "Two records of this study have this code.",
        where="CODE",
        expected="the code on a slip that 'countersign consent receipts' wrote for this study",
        action="read the slip again; or ask for the pseudonym and use --record",
    )


def _again(register: Any, record: str, purposes: Sequence[str]) -> bool:
    """Whether somebody agreed once more after an earlier withdrawal, so that this one is a new one."""
    from countersign.catalogue import load

    wanted = [entry.id for entry in load("purposes")] if ALL in purposes else purposes
    last = [register.latest(record, purpose) for purpose in wanted]
    return any(one is not None and one.event == "given" for one in last)


# What is removed ---------------------------------------------------------------------------------------------------


def _shred(study: Study, record: str, done: Shredded) -> None:
    """Destroy the key, and remove everything kept that holds the row in the clear; the trail keeps its lines."""
    from countersign.evidence.sealing import tags_of
    from countersign.evidence.store import is_open
    from countersign.study.admitting import SEALED, contributors_of
    from countersign.study.delivering import PROPOSAL

    contributors = contributors_of(study.place)
    store, tag = study.place.store, contributors.tag(record)
    known = {one.digest: one for one in store.artefacts()}
    here = {digest: one for digest, one in known.items() if digest in store}
    sealed = {d for d, one in here.items() if one.kind == SEALED and tag in tags_of(store.path(d))}
    plain = {
        d
        for d, one in here.items()
        if one.kind != SEALED and not is_open(one) and _stands_in(study, store.path(d), record)
    }
    activities = study.place.trail.activities()
    after = _after(activities, sealed | plain)
    contributors.destroy(record)
    for digest in sorted((plain | after) - sealed):
        if digest in here and not is_open(here[digest]):
            store.forget(digest)
            done.artefacts += 1
    done.touched += _touched(study, sealed | plain)
    proposal = study.place.folder / PROPOSAL
    if proposal.is_dir() and _rests_on(proposal, _names(study, sealed | plain)):
        shutil.rmtree(proposal)  # signed now, it would be a release with the row in it
        done.files.append(PROPOSAL)
    for path in (study.place.folder / "weights.parquet", *(study.place.folder / name for name in OURS)):
        if path.is_dir():
            shutil.rmtree(path)
            done.files.append(path.name)
        elif path.is_file():
            path.unlink()
            done.files.append(path.name)


def _stands_in(study: Study, path: Path, record: str) -> bool:
    """Say whether somebody's row is in a file: by a pseudonym that can be nothing else, or where ids stand."""
    from countersign.errors import CountersignError
    from countersign.evidence.consented import ODD
    from countersign.evidence.holding import holds
    from countersign.intake.consenting import pseudonyms
    from countersign.intake.raw import read_raw
    from countersign.study.still_in import id_columns

    if not holds(path, record):
        return False
    if len(record) >= ODD and not record.isdigit():
        return True
    try:
        raw = read_raw(path, folder=study.place.scratch)
    except CountersignError:  # no table: what it was made from is looked through by itself
        return False
    try:
        return any(record in pseudonyms(raw, name) for name in id_columns(study) if name in raw.names)
    finally:
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)


def _after(activities: Iterable[Activity], digests: set[str]) -> set[str]:
    """Return everything that was made from these artefacts, directly or through others."""
    reached = set(digests)
    for one in activities:
        if reached & set(one.inputs.values()):
            reached |= set(one.outputs.values())
    return reached - digests


def _names(study: Study, digests: set[str]) -> set[str]:
    """Return the names under which artefacts stand in a release: their digests, and the commitments to them."""
    from countersign.evidence.commitments import known_committer

    committer = known_committer(study.place.folder)
    return digests | ({committer.name(one) for one in digests} if committer else set())


def _rests_on(release: Path, names: set[str]) -> bool:
    text = (release / "trail.jsonl").read_text(encoding="utf-8")
    steps = [json.loads(line) for line in text.splitlines()]
    return any(names & {*step["inputs"].values(), *step["outputs"].values()} for step in steps)


def _touched(study: Study, digests: set[str]) -> list[WithdrawalCount]:
    """Return the releases in the output folder, of all vintages, that rest on rows of the person."""
    from countersign.evidence.canonical import digest_of_file
    from countersign.study.vintages import kept, read_vintage

    names, found = _names(study, digests), []
    newest = read_vintage(study.place.release)
    for one in (*kept(study.place.folder), *([newest] if newest else [])):
        if _rests_on(one.folder, names):
            manifest = one.folder / "bundle.zip"
            digest = _manifest_digest(manifest) if manifest.is_file() else digest_of_file(one.folder / "trail.jsonl")
            found.append(WithdrawalCount(digest, one.name, 1))
    return found


def _manifest_digest(bundle: Path) -> str:
    import zipfile

    from countersign.evidence.canonical import digest_of

    try:
        with zipfile.ZipFile(bundle) as packed:
            return digest_of(packed.read("manifest.json"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return ""


def _sources(study: Study, record: str, done: Shredded, *, clean: bool) -> None:
    """Take the rows out of the organiser's files if that is asked for; say where they stand otherwise."""
    from countersign.intake.cleaning import take_out
    from countersign.intake.consenting import record_column
    from countersign.intake.raw import read_raw

    plan = study.plan.consent
    assert plan is not None
    paths: list[Path] = []
    for source in study.plan.data.values():
        path = study.place.beside(source.file)
        if path is None:
            continue
        column = record_column(source, plan)
        raw = read_raw(path, folder=study.place.scratch, format=source.format, options=source.options)
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)
        if clean and column in raw.names:
            gone = take_out(path, column=column, records={record}, options=source.options)
            if gone:
                done.cleaned[str(path)] = gone
        paths.append(path)
    done.left += [str(path) for path in paths if _stands_in(study, path, record)]
    others = [study.place.beside(one.source.file) for one in study.plan.benchmarks.values()]
    done.left += [str(path) for path in others if path and path not in paths and _stands_in(study, path, record)]


def _any_left(study: Study) -> bool:
    from countersign.study.receipting import receipts_of

    return bool(receipts_of(study))


def _state(study: Study, done: Shredded) -> None:
    """State in the log of the study that rows behind its releases were taken back: how many, and nothing on who."""
    from countersign.evidence.log import Log
    from countersign.evidence.stating import about_release, bytes_of
    from countersign.study.stating import opened, record

    touched = [one for one in done.touched if one.release]
    log = Log(study.place.folder)
    if not touched or not log.lines():
        return
    with log.writing():
        said, _, key = opened(log, study.place.folder)
        before: dict[str, int] = {}
        for one in said:
            if one.statement.kind == "withdrawal":
                before[one.subject] = max(before.get(one.subject, 0), int(one.get("count") or 0))
        counted = [WithdrawalCount(one.release, one.vintage, before.get(one.release, 0) + one.count) for one in touched]
        done.touched = counted
        record(log, said, bytes_of([about_release("withdrawal", one.release, count=one.count) for one in counted]), key)
        log.sign_head(key)


# What is told ------------------------------------------------------------------------------------------------------


def _told(study: Study, purposes: Sequence[str], done: Shredded, *, repeated: bool, shreds: bool) -> Account:
    return Account(
        "consent withdraw",
        tuple(_lines(purposes, done, repeated=repeated, shreds=shreds)),
        of_study(study, "run"),
        {
            "purposes": list(purposes), "noted": not repeated, "shredded": shreds, "artefacts_removed": done.artefacts,
            "files_removed": done.files, "cleaned": done.cleaned, "still_in": done.left,
            "releases": [{"vintage": one.vintage, "digest": one.release, "count": one.count} for one in done.touched],
        },
    )  # fmt: skip


def _lines(purposes: Sequence[str], done: Shredded, *, repeated: bool, shreds: bool) -> Iterator[str]:
    what = "everything" if ALL in purposes else ", ".join(purposes)
    yield (
        "This withdrawal was noted before; what follows from it was done once more."
        if repeated
        else f"Noted: the agreement to {what} is taken back. The person is in no data set built for it from now on."
    )
    if not shreds:
        yield "This study is built for another purpose, so nothing that it keeps had to be removed."
        return
    yield "The person's key is destroyed: what was kept sealed cannot be read any more."
    removed = f"{done.artefacts} kept files that came from the row are removed"
    yield (
        removed
        + (f", and {', '.join(done.files)}." if done.files else ".")
        + " The next run makes them anew without it."
    )
    if done.touched:
        names = ", ".join(one.vintage for one in done.touched)
        yield f"Releases that rest on the row: {names}. What is published stays; the next one is computed without."
    else:
        yield "No release rests on the row."
    for path, rows in done.cleaned.items():
        yield f"Taken out of {path}: {rows} rows."
    for path in done.left:
        yield f"The row still stands in {path}: take it out there, or start again with --clean-source."
    yield (
        "Out of reach: copies that were made elsewhere, backups, and the file of consent records, which keeps the "
        "pseudonym and the dates as proof that people were asked."
    )
