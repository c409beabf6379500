"""Withdrawals: who took an agreement back and when, as an append-only file that names nobody.

``withdrawals.jsonl`` beside the study file holds one event a line: the tag of the person, the purposes and the time.
The tag can be computed only with the secret of the study, so the file tells nothing to anybody else. Each line carries
the SHA-256 of the line before it: a line that is taken out or changed is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countersign.errors import ConsentError
from countersign.evidence import disk
from countersign.evidence.canonical import canonical, digest_of, loads
from countersign.evidence.contributors import Contributors

FILE = "withdrawals.jsonl"
START = "0" * 64


@dataclass(frozen=True)
class Withdrawal:
    """Somebody took an agreement back.

    Parameters
    ----------
    tag: of the person, hexadecimal. purposes: ids, or ``all``. time: ISO 8601, in UTC. written: when it was noted.
    """

    tag: str
    purposes: tuple[str, ...]
    time: str
    written: str = ""


def read_withdrawals(study: Path) -> tuple[Withdrawal, ...]:
    """Return the withdrawals of a study, in the order in which they were noted.

    Raises
    ------
    ConsentError: the file was changed after it was written (the message names the line), or the secret that its tags
    rest on is not here: then nobody could tell who took an agreement back.
    """
    path = study / FILE
    if not path.is_file():
        return ()
    contributors = Contributors(study)
    mark = contributors.mark if contributors.known else ""
    found, previous = [], START
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            value = loads(line)
            entry = Withdrawal(value["tag"], tuple(value["purposes"]), value["time"], value["written"])
            whole, own = value["previous"] == previous, value["secret"]
        except (ValueError, TypeError, KeyError):
            whole = False
        if not whole:
            raise ConsentError(
                "The file of withdrawals was changed after it was written.",
                where=f"{FILE}, line {number}",
                expected="every line as it was written, none added, none taken out",
                action="bring the file back from a copy; without it, people who took their agreement back would be in",
            )
        if own != mark:
            raise ConsentError(
                "The secret by which people who took their agreement back are recognised is not the one of this study.",
                where=".secrets/receipts",
                expected="the file as it was when somebody took an agreement back",
                action="bring the folder .secrets back from a copy; until then no data set is built",
            )
        found.append(entry)
        previous = digest_of(line)
    return tuple(found)


def add_withdrawal(study: Path, withdrawal: Withdrawal) -> None:
    """Note a withdrawal; errors as in `read_withdrawals`, and StoreError where the disk refused."""
    path = study / FILE
    read_withdrawals(study)
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    value = {
        "tag": withdrawal.tag,
        "purposes": list(withdrawal.purposes),
        "time": withdrawal.time,
        "written": withdrawal.written,
        "secret": Contributors(study).mark,
        "previous": digest_of(lines[-1]) if lines else START,
    }
    disk.append(path, canonical(value))
