"""A file of consent records is understood row by row, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from countersign.errors import ConsentError
from countersign.intake.consent_records import digest_of_words, read_consent
from countersign.model.consent import Notice

TODAY = "2026-11-30"


def read(folder: Path, *lines: str):
    path = folder / "consents.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_consent(path, folder=folder, today=TODAY)


def test_events_are_read_in_the_words_of_people(tmp_path: Path) -> None:
    register, notes = read(
        tmp_path,
        "Record,Event,Purpose,Time,How,Guardian",
        "a,Oui,collect; photo,2026-03-01T09:30:00+03:00,oral,Aunt Mary",
        "a,oui,collect photo,2026-03-01T06:30,verbal,Aunt Mary",
        "b,NO,all,2026-03-02,,",
    )
    (first,) = register.events["a"]
    assert (first.event, first.purposes, first.time) == ("given", ("collect", "photo"), "2026-03-01T06:30:00")
    assert (first.how, first.guardian) == ("spoken", True)
    assert "Mary" not in repr(register)
    assert register.events["b"][0].event == "refused"
    assert notes == ("1 consent records stand twice and count once.",)


def test_the_last_word_counts_and_of_what_cannot_be_told_apart_the_no(tmp_path: Path) -> None:
    register, _ = read(
        tmp_path,
        "record,event,purpose,time",
        "a,given,all,2026-03-01",
        "a,refused,photo,2026-03-01",
        "b,withdrawn,all,2026-03-01T10:00",
        "b,given,all,2026-03-01",
        "c,given,all,2026-03-01T10:00",
        "c,withdrawn,all,2026-03-01",
        "d,withdrawn,all,2026-03-01",
        "d,given,all,2026-03-02",
    )
    standing = {
        (record, purpose): register.standing(record, purpose, today=TODAY, notices={})
        for record in "abcde"
        for purpose in ("collect", "photo")
    }
    assert standing["a", "collect"] is None
    assert standing["a", "photo"] == "refused"
    assert standing["b", "collect"] == standing["c", "photo"] == "withdrawn"
    assert standing["d", "collect"] is None
    assert standing["e", "collect"] == "never_asked"


@pytest.mark.parametrize(
    ("lines", "problem", "where"),
    [
        (("record,event,purpose", "a,given,all"), "lacks the column 'time'", "line 1"),
        (("person,event,purpos,time", "a,given,all,2026-01-01"), "Did you mean 'purpos'?", "line 1"),
        (("record,event,purpose,time", "a,given,colect,2026-01-01"), "Did you mean 'collect'?", "line 2"),
        (("record,event,purpose,time", "a,maybe,collect,2026-01-01"), "'event' is not one of", "line 2"),
        (("record,event,purpose,time", "a,given,collect,"), "does not say when", "line 2"),
        (("record,event,purpose,time", "a,given,collect,1/2/2026"), "no day and no time", "line 2"),
        (("record,event,purpose,time", "a,given,collect,2027-01-01"), "in the future", "line 2"),
        (("record,event,purpose,time", ",given,collect,2026-01-01"), "of whom it is about", "line 2"),
        (("record,event,purpose,time", "a,given,,2026-01-01"), "what for", "line 2"),
        (
            (
                "record,event,purpose,time",
                "b,given,all,2026-01-01",
                "a,given,photo,2026-01-01",
                "a,no,photo,2026-01-01",
            ),
            "contradict each other: given and refused",
            "lines 3, 4",
        ),
        (
            ("record,event,purpose,time,notice", "a,given,photo,2026-01-01,1", "a,given,photo,2026-01-01,2"),
            "different words",
            "lines 2, 3",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(lines, problem: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(ConsentError) as error:
        read(tmp_path, *lines)
    assert problem in str(error.value)
    assert error.value.where.endswith(where)


def test_words_are_known_by_their_digest_whatever_their_line_breaks() -> None:
    assert digest_of_words(b"one  \r\ntwo\r\n") == digest_of_words("one\ntwo".encode("utf-8-sig"))
    notice = Notice({"fr": "a", "": "b"}, {"fr": "f" * 64, "": "e" * 64})
    assert notice.knows("fr-CM", "f" * 64)
    assert notice.knows("sw", "e" * 64)
    assert not notice.knows("fr", "0" * 64)
    assert not Notice({"fr": "a"}, {"fr": "f"}).knows("sw", "")
