"""Study -> receipts: a code for everybody who agreed, by which they can take it back without an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countersign.errors import ConsentError
from countersign.model.consent import ConsentEvent, ConsentRegister
from countersign.model.receipt import Receipt
from countersign.study.telling import Account, command

if TYPE_CHECKING:
    from countersign.study.reading import StudyFile
    from countersign.study.study import Study
    from countersign.study.workplace import Workplace

FOLDER = ".receipts"


def known_people(file: StudyFile, place: Workplace) -> tuple[ConsentRegister, tuple[str, ...]]:
    """Return the register with all withdrawals, and the pseudonym of everybody in it or in the data.

    Raises
    ------
    ConsentError: the study says nothing of consent; see `read_consent`.
    """
    from countersign.intake.consenting import pseudonyms, record_column
    from countersign.intake.raw import read_raw
    from countersign.study.admitting import FORMATS, read_register, with_withdrawals

    plan = file.plan.consent
    if plan is None:
        raise ConsentError(
            "The study says nothing of consent.",
            where=file.document.where(),
            expected="'consent: {purpose: publish_aggregates, records: data/consents.csv}'",
            action="add it to the study file; docs/consent.md shows how",
        )
    register, _ = read_register(file, place)
    records = list(register.events)
    for source in file.plan.data.values():
        path = place.beside(source.file)
        column = record_column(source, plan)
        if path is None or not column or source.format not in FORMATS:
            continue
        raw = read_raw(path, folder=place.scratch, format=source.format, options=source.options)
        if column in raw.names:
            records += pseudonyms(raw, column)
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)
    people = tuple(one for one in dict.fromkeys(records) if one)
    return with_withdrawals(register, people, place), people


def receipts_of(study: Study) -> tuple[Receipt, ...]:
    """Return a receipt for everybody who agreed to something and did not take it back.

    Where the data themselves say who agreed, everybody in the data gets one.
    """
    from countersign.catalogue import load
    from countersign.study.admitting import contributors_of

    register, people = known_people(study.file, study.place)
    contributors = contributors_of(study.place)
    purposes = [entry.id for entry in load("purposes")]
    in_data = bool(study.plan.consent and study.plan.consent.columns)
    found = []
    for record in people:
        words = {purpose: register.latest(record, purpose) for purpose in purposes}
        agreed = {purpose: one for purpose, one in words.items() if one is not None and one.event == "given"}
        if not agreed and (not in_data or any(words.values())):
            continue
        last = _last(agreed)
        found.append(
            Receipt(
                record, contributors.code(record), tuple(agreed), language=last.language if last else "",
                time=last.time if last else "", notice=last.notice if last else "",
            )
        )  # fmt: skip
    return tuple(found)


def _last(agreed: Mapping[str, ConsentEvent]) -> ConsentEvent | None:
    return max(agreed.values(), key=lambda one: one.time, default=None)


def write_receipts(study: Study) -> Account:
    """Write the slips into the folder ``.receipts`` beside the study file, for the owner's eyes alone."""
    from countersign.publishing.receipt_slips import write_slips

    receipts = receipts_of(study)
    if not receipts:
        raise ConsentError(
            "Nobody has agreed to anything, so there is nobody to give a receipt to.",
            where=study.file.document.where("consent"),
            expected="consent records with a yes",
            action="add them to the file of consent records",
        )
    folder = study.place.study / FOLDER
    if not folder.exists():
        folder.mkdir(mode=0o700)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    address = study.plan.consent.address if study.plan.consent else ""
    table, page = write_slips(receipts, folder, address=address)
    for path in (table, page):
        path.chmod(0o600)
    lines = [
        f"{len(receipts):,} receipts. To print and cut: {page}",
        f"To send as text messages: {table}",
        "Give each person their own slip. Keep both files locked away: whoever has a code can take an agreement back.",
    ]
    if not address:
        lines.append("The slips do not say where to turn: add 'address:' under 'consent' in the study file.")
    data = {"receipts": len(receipts), "table": str(table), "page": str(page)}
    return Account("consent receipts", tuple(lines), command("consent", "withdraw", study.path, "CODE"), data)
