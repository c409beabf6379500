"""`countersign screen`: lists for a person, and only what the person let through is written."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from PIL import Image

from countersign.cli import main

STUDY = """countersign: 1
title: "Stories"
data:
  stories:
    file: stories.csv
    unit: person
    roles: {id: id}
    variables:
      story: {type: text}
      teller: {type: text}
indicators:
  wells: {proportion: wells = 'yes'}
protection:
  minimum_contributors: 3
  texts: {columns: story, names: teller, countries: KE}
  photos: {folder: pictures}
"""
ROWS = [
    "i1,yes,Akinyi Odhiambo,The well is dry since May",
    "i2,no,Peter Otieno,Ask Akinyi on 0712 345 678",
    "i3,yes,Mary Auma,=HYPERLINK(1)",
    "i4,yes,Joan Awino,",
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "stories.csv").write_text("\n".join(["id,wells,teller,story", *ROWS]) + "\n", encoding="utf-8")
    (tmp_path / "pictures").mkdir()
    noise = np.random.default_rng(2).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "pictures" / "akinyi-home.jpg", comment=b"CANARY")
    (tmp_path / "pictures" / "notes.pdf").write_bytes(b"%PDF")
    return tmp_path


def run(place: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["screen", str(place), *words])
    return result.exit_code, result.output


def decide(path: Path, decisions: dict[int, tuple[str, str]] | dict[str, tuple[str, str]]) -> Path:
    """Fill in the last two open columns of the lines whose first cell is named."""
    book = openpyxl.load_workbook(path)
    page = book.active
    head = next(row for row in page.iter_rows() if "decision" in [cell.value for cell in row])
    at = [cell.value for cell in head].index("decision")
    for row in page.iter_rows(min_row=head[0].row + 1):
        decided = decisions.get(type(next(iter(decisions)))(row[0].value)) if row[0].value else None
        if decided:
            row[at].value, row[at + 1].value = decided
    done = path.with_name(f"done-{path.name}")
    book.save(done)
    return done


def numbers(path: Path) -> dict[str, int]:
    """Return proposed text -> number."""
    page = openpyxl.load_workbook(path).active
    return {str(row[4].value): int(row[0].value) for row in page.iter_rows() if str(row[0].value).isdecimal()}


def test_the_lists_propose_and_nothing_is_published(place: Path) -> None:
    code, said = run(place)
    assert code == 0, said
    assert "3 texts were read; in 2 of them nothing was found" in said
    assert "1 name, 1 phone" in said
    assert "2 photos: 1 with hidden data, 1 that cannot be shown" in said
    proposed = numbers(place / ".review" / "texts.xlsx")
    assert set(proposed) == {"The well is dry since May", "Ask [name] on [phone]", "=HYPERLINK(1)"}
    assert not (place / "texts").exists()
    assert not (place / "photos").exists()
    for file in (place / ".review").glob("*.xlsx"):
        assert file.stat().st_mode & 0o077 == 0
    assert (place / ".review").stat().st_mode & 0o077 == 0


def test_only_what_a_person_let_through_is_written(place: Path) -> None:
    run(place)
    list_ = place / ".review" / "texts.xlsx"
    known = numbers(list_)
    done = decide(
        list_,
        {
            known["Ask [name] on [phone]"]: ("as proposed", ""),
            known["The well is dry since May"]: ("Changed", "The well is dry"),
            known["=HYPERLINK(1)"]: ("withhold", ""),
        },
    )
    pictures = decide(place / ".review" / "photos.xlsx", {"akinyi-home.jpg": ("show", "0,0,20,20; 30, 10, 5, 5")})
    code, said = run(place, "--decided", str(done), "--photos-decided", str(pictures))
    assert code == 0, said
    written = (place / "texts" / "texts.csv").read_text(encoding="utf-8")
    assert sorted(line.split(",", 2)[2] for line in written.splitlines()[1:]) == [
        "Ask [name] on [phone]",
        "The well is dry",
    ]
    shown = sorted(file.name for file in (place / "photos").iterdir())
    assert len(shown) == 2
    assert "akinyi" not in " ".join(shown)
    assert b"CANARY" not in b"".join(file.read_bytes() for file in (place / "photos").iterdir())


def test_without_a_decision_nothing_leaves(place: Path) -> None:
    run(place)
    code, _ = run(place, "--decided", str(place / ".review" / "texts.xlsx"))
    assert code == 0
    assert (place / "texts" / "texts.csv").read_text() == "number,column,text\n"


@pytest.mark.parametrize(
    ("decision", "new", "word"),
    [
        ("changed", "Ask Akinyi", "name"),
        ("changed", "call +254 712 345678", "phone"),
        ("changed", "", "new text"),
        ("yes", "", "decision"),
    ],
)
def test_what_still_gives_somebody_away_or_is_no_decision_is_refused_by_line(
    place: Path, decision: str, new: str, word: str
) -> None:
    run(place)
    list_ = place / ".review" / "texts.xlsx"
    done = decide(list_, dict.fromkeys(list(numbers(list_).values())[:1], (decision, new)))
    code, said = run(place, "--decided", str(done))
    assert code == 2
    assert "done-texts.xlsx, line" in said
    assert word in said
    assert "Akinyi" not in said
    assert "712" not in said
    assert not (place / "texts").exists()


def test_a_list_is_never_written_over(place: Path) -> None:
    run(place)
    before = (place / ".review" / "texts.xlsx").read_bytes()
    code, said = run(place)
    assert code == 2
    assert "filled it in" in said
    assert (place / ".review" / "texts.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("file", "blur", "word"),
    [
        ("akinyi-home.jpg", "1,2,3", "four numbers"),
        ("akinyi-home.jpg", "0,0,61,5", "outside"),
        ("notes.pdf", "", "picture"),
    ],
)
def test_a_photo_that_cannot_be_shown_stops_all_of_them(place: Path, file: str, blur: str, word: str) -> None:
    run(place)
    done = decide(place / ".review" / "photos.xlsx", {file: ("show", blur)})
    code, said = run(place, "--photos-decided", str(done))
    assert code == 2
    assert word in said
    assert not (place / "photos").exists()


def test_a_file_that_is_no_list_is_refused(place: Path) -> None:
    (place / "x.xlsx").write_bytes(b"nothing")
    assert "cannot be read" in run(place, "--decided", str(place / "x.xlsx"))[1]
    openpyxl.Workbook().save(place / "y.xlsx")
    assert "headings" in run(place, "--decided", str(place / "y.xlsx"))[1]


def test_json_tells_counts_and_no_text(place: Path) -> None:
    code, said = run(place, "--json")
    assert code == 0
    assert json.loads(said)["found"] == {"story": {"name": 1, "phone": 1}}
    assert "Akinyi" not in said
