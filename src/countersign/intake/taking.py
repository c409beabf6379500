"""take_in: a foreign file becomes a Dataset, with its bytes kept first and everything that was decided written down."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from countersign.errors import DataError, StudyError, nearest
from countersign.intake.codebook import check_fit, conversions
from countersign.intake.conversion import Conversion
from countersign.intake.dialect import check_file
from countersign.intake.gates import derive, keep
from countersign.intake.profile import profile
from countersign.intake.raw import RawTable, disk_full, read_raw, write_blocks
from countersign.model.artefact import Artefact
from countersign.model.dataset import ROLES, Codebook, Dataset, Reading, is_house_name
from countersign.model.expression import columns_between
from countersign.model.plan import Source
from countersign.tables import Engine, compile_expression

Store = Callable[[Path], Artefact]


def take_in(source: Source, *, path: Path, engine: Engine, store: Store, folder: Path) -> Dataset:
    """Read a file as the study describes it.

    The bytes are given to `store` before anything else. Cells are trimmed; missing codes become missing, each reason
    counted (the empty cell is ``blank``); values are recoded and typed; derived variables, gates and unique records
    follow. The typed rows are written to ``folder/<name>.parquet``, whole or not at all.

    Parameters
    ----------
    path: the file, as found. store: keeps a file's bytes and returns the artefact. folder: where the rows go.

    Returns
    -------
    A Dataset over the written rows, with ``_row`` (number of the data row, from 1) and ``_kept``. Its selection is the
    default; the study knows better and may replace it.

    Raises
    ------
    DataError: see `read_raw`, `conversions`, `check_fit`; an unknown role column. ExpressionError: see `derive`.
    StoreError: disk full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if source.format == "published-tables":
        from countersign.intake.published_tables import take_in_tables

        return take_in_tables(source, path=path, engine=engine, store=store, folder=folder)
    check_file(path)
    artefact = store(path)
    raw = read_raw(path, folder=folder, format=source.format, options=source.options)
    try:
        return take_in_raw(source, raw=raw, digest=artefact.digest, engine=engine, folder=folder)
    finally:
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)


def take_in_raw(
    source: Source, *, raw: RawTable, digest: str, engine: Engine, folder: Path, notes: tuple[str, ...] = ()
) -> Dataset:
    """Turn a raw table into a Dataset; see `take_in`."""
    lacking = _lacking(_spelled_out(source, raw.names), raw)
    source, absent = _without_absent(_spelled_out(source, raw.names), raw)
    watch = {*source.missing, *(str(code) for spec in source.variables.values() for code in spec.get("missing", {}))}
    profiles = profile(raw, watch=watch)
    made, hints = conversions(raw, source, profiles)
    hints = [*absent, *hints]
    _refuse_house_names(made, raw)
    codebook = Codebook(
        {
            item.variable.name: replace(
                item.variable, label=source.labels.get(item.variable.name) or item.variable.label
            )
            for item in made
        }
    )
    typed = folder / f"{source.name}.typed.parquet"
    target = folder / f"{source.name}.parquet"
    try:
        _write_typed(raw, made, typed)
        check_fit(made, raw, source)
        table, codebook = derive(engine.scan(typed), codebook, source, notes=hints)
        _check_asked(source, codebook)
        answers = _answers(source, codebook)
        roles = _roles(source, codebook)
        columns = [item.variable.name for item in made]
        table, gates = keep(table, codebook, source, columns=columns, notes=hints)
        engine.write(table.select("_row", *codebook.names, "_kept"), target, order_by=("_row",))
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(folder) from problem
        raise
    finally:
        typed.unlink(missing_ok=True)
    reading = Reading(
        file=raw.file.name,
        digest=digest,
        rows=raw.rows,
        columns=len(raw.names),
        encoding=raw.dialect.encoding if raw.dialect else "",
        delimiter=raw.dialect.delimiter if raw.dialect else "",
        detected=raw.detected,
        missing={item.variable.name: dict(item.reasons) for item in made if item.reasons},
        recoded={item.variable.name: dict(item.recoded) for item in made if item.recoded},
        padded={item.variable.name: item.padded for item in made if item.padded},
        absent=tuple(lacking.values()),
        notes=(*raw.notes, *notes, *hints, *_notes(made)),
    )
    return Dataset(
        name=source.name,
        table=engine.scan(target),
        codebook=codebook,
        unit=source.unit,
        roles=roles,
        answers=answers,
        gates=gates,
        readings=(reading,),
    )


def _refuse_house_names(made: list[Conversion], raw: RawTable) -> None:
    for item in made:
        name = item.variable.name
        if is_house_name(name):
            raise DataError(
                f"The column '{name}' has a name that Countersign gives columns of its own.",
                where=str(raw.file),
                expected="another name in the study",
                action=f"name it anew under 'variables'; the file stays: {{{name.strip('_')}_: {{column: '{name}'}}}}",
            )


def _write_typed(raw: RawTable, made: list[Conversion], target: Path) -> None:
    def converted() -> Iterator[list[Any]]:
        for row, batch in raw.blocks():
            arrays = dict(zip(raw.names, batch.columns, strict=True))
            rows = range(row, row + len(batch))
            numbers = pa.array(raw.numbers[row - 1 : row - 1 + len(batch)] if raw.numbers else rows, pa.int64())
            yield [numbers, *(item.convert(arrays[item.variable.source], row) for item in made)]

    schema = pa.schema([("_row", pa.int64()), *((item.variable.name, item.type) for item in made)])
    write_blocks(converted(), schema, target)


def _notes(made: list[Conversion]) -> list[str]:
    notes = []
    padded = {item.variable.source: item.padded for item in made if item.padded}
    if padded:
        listed = ", ".join(f"'{name}' ({count:,})" for name, count in list(padded.items())[:8])
        notes.append(f"Blanks before or after the value were taken off in {sum(padded.values()):,} cells: {listed}.")
    commas = [item.variable.source for item in made if item.variable.type == "number" and item.decimal == ","]
    if commas:
        notes.append("Read with a decimal comma: " + ", ".join(f"'{name}'" for name in commas) + ".")
    return notes


def _roles(source: Source, codebook: Codebook) -> Mapping[str, tuple[str, ...]]:
    for role, columns in source.roles.items():
        if role not in ROLES:
            raise StudyError(
                f"There is no role '{role}'. {nearest(role, ROLES)}".strip(),
                where=f"data.{source.name}.roles",
                expected="one of " + ", ".join(ROLES),
                action="correct it",
            )
        for name in columns:
            if name not in codebook:
                raise DataError(
                    f"The {role} column '{name}' is not in the data. {nearest(name, codebook.names)}".strip(),
                    where=f"data.{source.name}.roles.{role}",
                    expected="a variable of the data",
                    action="correct the name",
                )
    return source.roles


def _answers(source: Source, codebook: Codebook) -> tuple[str, ...]:
    """The columns that hold answers, with ranges such as ``G1..G213`` written out in the order of the file."""
    found: list[str] = []
    for item in source.answers:
        where = f"data.{source.name}.answers"
        found += [item] if item in codebook else _between(item, codebook.names, where=where)
    return tuple(dict.fromkeys(found))


def _between(item: str, known: Sequence[str], *, where: str) -> tuple[str, ...]:
    first, dots, last = (part.strip() for part in item.partition(".."))
    found = columns_between(first, last, known) if dots else ()
    if not found:
        raise DataError(
            f"There is no variable '{item}'. {nearest(first if first not in known else last or item, known)}".strip(),
            where=where,
            expected="variables of the data, or a range such as FIRST..LAST",
            action="correct the name",
        )
    return found


def _spelled_out(source: Source, names: Sequence[str]) -> Source:
    """Return the source with variables that are described together, as ``G1..G213``, described one by one."""
    variables: dict[str, Mapping[str, Any]] = {}
    for name, spec in source.variables.items():
        if ".." in name and name not in names:
            for each in _between(name, names, where=f"data.{source.name}.variables.{name}"):
                variables[each] = {**spec, **source.variables.get(each, {})}
        else:
            variables.setdefault(name, spec)
    return replace(source, variables=variables)


def _without_absent(source: Source, raw: RawTable) -> tuple[Source, list[str]]:
    """Return the source without the optional variables whose column this file lacks, and a note about them."""
    gone = _lacking(source, raw)
    if not gone:
        return source, []
    listed = ", ".join(f"'{column}'" for column in gone.values())
    roles = {role: tuple(name for name in names if name not in gone) for role, names in source.roles.items()}
    return replace(
        source,
        variables={name: spec for name, spec in source.variables.items() if name not in gone},
        roles={role: names for role, names in roles.items() if names},
        answers=tuple(name for name in source.answers if name not in gone),
    ), [f"Columns that the study calls optional are not in this file: {listed}."]


def _lacking(source: Source, raw: RawTable) -> dict[str, str]:
    """Return the optional variables whose column this file lacks, with the column."""
    return {
        name: str(spec.get("column", "") or name)
        for name, spec in source.variables.items()
        if spec.get("optional") and str(spec.get("column", "") or name) not in raw.names
    }


def _check_asked(source: Source, codebook: Codebook) -> None:
    for name in codebook.names:
        if rule := codebook[name].asked_if:
            compile_expression(rule, codebook.types(), where=f"data.{source.name}.variables.{name}.asked_if")
