"""The verb `workbook`: a study as a workbook, and a workbook as study.yaml."""

from __future__ import annotations

from pathlib import Path

from countersign.errors import CommandError
from countersign.study.schema import check_schema
from countersign.study.study_file import BOOK, BOOKS, TEXT, TEXTS, open_document
from countersign.study.telling import Account, command


def exchange(source: Path, *, out: Path | None = None, force: bool = False) -> Account:
    """Write the same study in the other form.

    Parameters
    ----------
    source: a study folder, a study.yaml or a study.xlsx. out: the file to write; its ending says in which form.
        Without it, the other form beside the source. force: whether a file that is there may be replaced.

    Raises
    ------
    StudyError: the source is no study file, or not as the schema says. CommandError: the file is there already, or has
        another ending. StoreError: the disk refused.
    """
    file, document = open_document(source)
    check_schema(document)
    if out is None:
        out = file.with_suffix(".yaml" if file.suffix.lower() in BOOKS else ".xlsx")
    if out.suffix.lower() not in (*TEXTS, *BOOKS):
        raise CommandError(
            f"The file '{out.name}' has an ending that no study has.",
            where="--out",
            expected=f"a file such as {TEXT} or {BOOK}",
            action="choose one of the two endings",
        )
    if out.exists() and not force:
        raise CommandError(
            f"There is a file '{out}' already.",
            where="--out",
            expected="a new file",
            action="choose another name, move the file away, or add --force to replace it",
        )
    if out.suffix.lower() in BOOKS:
        from countersign.study.sheets.writing import write_book

        count = write_book(document, out)
        said = f"Wrote {out}: the study of {file} on sheets, {count} rows. It says the same, key by key."
        hint = "Its first sheet explains how to fill it in."
    else:
        from countersign.publishing.writing import write_whole
        from countersign.study.sheets.canonical import canonical
        from countersign.study.sheets.remarks import remarks_of
        from countersign.study.yaml_text import yaml_text

        text = document.text
        if not document.cells:
            text = yaml_text(canonical(document.values), remarks=remarks_of(document))
        write_whole(out, text)
        said = f"Wrote {out}: the study of {file} as text. It says the same, key by key."
        hint = "Comments stand above the key beside which they stood."
    return Account("workbook", (said, hint), command("check", out), {"study": str(out), "from": str(file)})
