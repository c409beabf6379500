"""A data file -> a study folder; and the built-in example, for a first look."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.errors import DataError, StudyError
from countersign.study.progress import Progress
from countersign.study.telling import Account, command, tell_release

SCHEMA = "study.schema.json"


def start(folder: Path, *, source: Path, options: Mapping[str, Any] | None = None) -> Account:
    """Make a study folder for a data file: a copy of the file, and a commented study.yaml with open questions.

    Beside it lies `study.schema.json`, with which editors complete the keys while one types.

    Parameters
    ----------
    options: how to read the file, where the answer is known: ``sheet``, ``skip``, ``delimiter``, ``encoding``.

    Raises
    ------
    StudyError: the folder holds a study already. DataError: the file is missing or cannot be read.
    """
    from countersign.evidence.disk import guarded
    from countersign.intake import draft, propose
    from countersign.tables import open_engine

    if (folder / "study.yaml").exists():
        raise StudyError(
            "There is a study in this folder already.",
            where=str(folder / "study.yaml"),
            expected="a new folder",
            action="choose another name, or edit the study that is there",
        )
    if source.is_dir():
        raise DataError(
            f"'{source}' is a folder.",
            where="--from",
            expected="a CSV, XLSX or Parquet file",
            action="name one file in it",
        )
    if not source.is_file():
        raise DataError(
            f"There is no file '{source.name}' in '{source.parent}'.",
            where=str(source),
            expected="a CSV, XLSX or Parquet file",
            action="correct the path after --from",
        )
    with open_engine("duckdb") as engine:
        proposal = propose(source, engine=engine, options=options)
    with guarded(folder):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        kept = folder / "data" / source.name
        if not (kept.exists() and kept.samefile(source)):
            shutil.copyfile(source, kept)
        schema = files("countersign.study").joinpath(SCHEMA).read_text(encoding="utf-8")
        (folder / SCHEMA).write_text(schema, encoding="utf-8")
        (folder / "study.yaml").write_text(draft(proposal, file=f"data/{source.name}"), encoding="utf-8")
    sheet = proposal.options.get("sheet")
    chosen = f" The workbook has several sheets; '{sheet}' was taken (--sheet takes another)." if sheet else ""
    sentences = (
        f"Looked at {source.name}: {proposal.rows:,} rows, {len(proposal.variables)} columns.{chosen}",
        f"Wrote {folder / 'study.yaml'}: what the columns seem to be, and the questions only you can answer.",
        "Open it in any text editor. Each '?' is a question.",
    )
    return Account("new", sentences, command("check", folder), {"study": str(folder / "study.yaml")})


def demonstrate(folder: Path, *, progress: Progress) -> Account:
    """Write the built-in example into a folder, run it, and say where the report is."""
    from countersign.demonstration import generate
    from countersign.evidence.disk import guarded
    from countersign.study.study import Study

    with guarded(folder):
        generate(folder)
    with Study.open(folder, progress=progress) as study:
        account = tell_release(study, study.run())
    first = "This is a made-up country: its people, its survey and its truth come from a seeded program."
    return Account("demo", (first, *account.sentences), account.next, account.data)
