"""The codebook of a release -> ``codebook.csv``: one row a variable, and one for each of its codes."""

from __future__ import annotations

from pathlib import Path

from countersign.model.release import Release
from countersign.publishing.delimited import write_delimited
from countersign.publishing.language import speak

NAME = "codebook.csv"
CODEBOOK_COLUMNS = (
    "data", "variable", "label", "type", "unit", "code", "meaning", "missing", "asked_if", "derived", "column",
)  # fmt: skip


def write(release: Release, folder: Path) -> None:
    """Write the codebook.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_delimited(folder / NAME, columns=CODEBOOK_COLUMNS, rows=codebook_rows(release))


def codebook_rows(release: Release) -> list[tuple[str, ...]]:
    """Return a row for every variable, one for each code that the study file explains, one for each reason of missing.

    Codes come from the study file alone: what the rows hold beside them is not told.
    """
    words = speak(release.plan.settings.language)
    rows: list[tuple[str, ...]] = []
    for note in release.data:
        source = release.plan.data.get(note.name)
        for name in note.codebook.names:
            one = note.codebook[name]
            rows.append((
                note.name, name, words.pick(one.label), one.type, one.unit, "", "", "", one.asked_if, one.derived,
                one.source if one.column else "",
            ))  # fmt: skip
            said = source.variables.get(name, {}) if source else {}
            declared = dict(said) if isinstance(said, dict) else {}
            for code, meaning in (declared.get("values") or {}).items():
                rows.append((note.name, name, "", "", "", str(code), str(meaning), "", "", "", ""))
            for code, reason in {**(source.missing if source else {}), **(declared.get("missing") or {})}.items():
                rows.append((note.name, name, "", "", "", str(code), "", str(reason), "", "", ""))
    return rows
