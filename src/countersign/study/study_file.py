"""A study folder or file -> the Document in it: study.yaml, or the workbook study.xlsx that says the same."""

from __future__ import annotations

from pathlib import Path

from countersign.errors import StudyError
from countersign.study.document import Document, read_document

TEXT, BOOK = "study.yaml", "study.xlsx"
TEXTS, BOOKS = (".yaml", ".yml"), (".xlsx",)


def open_document(path: Path) -> tuple[Path, Document]:
    """Return the study file of a folder, or the file itself, and what it says.

    A folder may hold both `study.yaml` and `study.xlsx` if they say the same; then study.yaml is read.

    Raises
    ------
    StudyError: there is no study file; both are there and say different things; see `read_document`, `read_book`.
    """
    if path.suffix.lower() in (*TEXTS, *BOOKS) and not path.is_dir():
        return path, _read(path)
    text, book = path / TEXT, path / BOOK
    if not book.exists():
        return text, read_document(text)
    if not text.exists():
        return book, _read(book)
    document = read_document(text)
    if (other := _differs(document, _read(book))) is not None:
        raise StudyError(
            f"{TEXT} and {BOOK} say different things{': ' + other if other else ''}.",
            where=str(path),
            expected="one study file, or two that say the same (comments may differ)",
            action=f"keep the one that is right and move the other away; 'countersign workbook {path}/{BOOK} --out"
            f" {TEXT}' makes the text from the workbook, 'countersign workbook {path}/{TEXT} --out {BOOK}' the workbook"
            " from the text",
        )
    return text, document


def _read(path: Path) -> Document:
    if path.suffix.lower() not in BOOKS:
        return read_document(path)
    from countersign.study.sheets.reading import read_book

    return read_book(path)


def _differs(one: Document, other: Document) -> str | None:
    """The first place at which two documents differ, in words; None if they say the same."""
    from countersign.study.sheets.canonical import canonical

    return _first(canonical(one.values), canonical(other.values), ())


def _first(one: object, other: object, place: tuple[str, ...]) -> str | None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            if key not in one or key not in other:
                return ".".join((*place, str(key)))
            if (found := _first(one[key], other[key], (*place, str(key)))) is not None:
                return found
        return None if list(one) == list(other) else ".".join(place)
    return None if type(one) is type(other) and one == other else ".".join(place)
