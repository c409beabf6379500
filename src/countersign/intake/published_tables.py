"""Published tables, of a census for example, as data: detail cells without totals, each with its number of people.

The tables named in the study are taken apart, their totals found and checked, names of areas folded, and what one
table counts and another leaves out is made up for. Every disagreement becomes a note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from countersign.errors import DataError
from countersign.intake.age_labels import OPEN, Span, group_of, parse_age
from countersign.intake.area_names import alike, spellings
from countersign.intake.cube import ALL, NOT_SHOWN, REST_SHARE, Cube, SumCheck, check_sums, details, rest_of, sentence
from countersign.intake.dialect import check_file
from countersign.intake.raw import RawTable, read_raw
from countersign.intake.table_layout import (
    NOT_STATED,
    Grid,
    Layout,
    find_areas,
    is_area,
    read_layout,
    take_apart,
    variable_name,
)
from countersign.intake.words import fold, known, meaning
from countersign.model.artefact import Artefact
from countersign.model.dataset import Dataset, HiddenTotals
from countersign.model.plan import Source
from countersign.tables import Engine

Store = Callable[[Path], Artefact]


@dataclass(frozen=True)
class Tables:
    """Published tables made tidy.

    Parameters
    ----------
    dims: variables. measures: number columns. cells: category of each variable -> measure -> number; no cell is a sum
        of others. notes: totals found and disagreements, in sentences. digests: file -> SHA-256. totals: what was
        found, counted, per file.
    """

    dims: tuple[str, ...]
    measures: tuple[str, ...]
    cells: Mapping[tuple[str, ...], Mapping[str, float]]
    notes: tuple[str, ...]
    digests: Mapping[str, str]
    totals: tuple[HiddenTotals, ...] = ()

    def total(self, measure: str) -> float:
        """Sum of a measure over all cells."""
        return sum(numbers.get(measure, 0.0) for numbers in self.cells.values())


def read_tables(source: Source, *, path: Path, store: Store, folder: Path) -> Tables:
    """Read the tables of a source and make one tidy table of them.

    Parameters
    ----------
    source: its option ``tables`` is a list with one entry per file (see `Layout`); without it the file itself is the
        only table, and the keys of a layout may stand among the options. Further options: ``age_groups`` (years per
        group, 5), ``age_top`` (from which age on all are one group, 100), ``rest_share`` (see `cube.REST_SHARE`).
    path: the source's file; other tables are looked for beside it.

    Raises
    ------
    DataError: see `take_apart`; tables whose detail cells have different dimensions or overlap.
    """
    layouts = _layouts(source, path)
    folder.mkdir(parents=True, exist_ok=True)
    digests: dict[str, str] = {}
    grids = []
    for layout in layouts:
        file = path if layout.file == path.name else path.parent / layout.file
        check_file(file)
        digests[layout.file] = store(file).digest
        grids.append(_grid(file, source, folder))
    spelling, notes = _spelling(grids, layouts)
    share = float(source.options.get("rest_share", REST_SHARE))
    main: Cube | None = None
    totals: list[HiddenTotals] = []
    for layout, grid in sorted(zip(layouts, grids, strict=True), key=lambda item: item[0].use):
        cube = take_apart(grid, layout, spelling)
        name = layout.file
        notes += [f"{name}: {note}" for note in cube.notes]
        checks = check_sums(cube)
        notes += [f"{name}: {sentence(check)}" for check in checks]
        tidy, found = details(cube, _by(cube, layout, grid), rest=_people(cube, layout), share=share)
        notes += [f"{name}: {note}" for note in found]
        before: Mapping[str, float] = {}
        absent: Mapping[str, float] = {}
        if main is None:
            main = tidy
        elif layout.use == "rest":
            main = _widened(main, tidy)
            before = main.total()
            absent = _absent(main, tidy, sorted(_area_dims(tidy, layout)))
            notes += rest_of(main, tidy, name, areas=sorted(_area_dims(tidy, layout)), share=share)
        else:
            main = _stacked(main, tidy, name)
        added = {measure: main.total()[measure] - number for measure, number in before.items()}
        totals.append(replace(_counted(name, cube, tidy, checks, added), absent=absent))
    assert main is not None
    return replace(_tidy(main, source, notes, digests), totals=tuple(totals))


def _absent(main: Cube, coarse: Cube, areas: Sequence[str]) -> dict[str, float]:
    """Areas that a coarser table has and the details lack, with the number counted there (first measure)."""
    found: dict[str, float] = {}
    for dim in (dim for dim in areas if dim in main.dims and dim in coarse.dims):
        here = {key[main.dims.index(dim)] for key in main.cells}
        for key, numbers in coarse.cells.items():
            name = key[coarse.dims.index(dim)]
            if name not in here and name not in (ALL, NOT_SHOWN):
                found[name] = found.get(name, 0.0) + next(iter(numbers.values()), 0.0)
    return found


def _counted(file: str, cube: Cube, tidy: Cube, checks: Sequence[SumCheck], added: Mapping[str, float]) -> HiddenTotals:
    return HiddenTotals(
        file=file,
        totals=sum(ALL in key for key in cube.cells),
        groups=cube.groups,
        details=len(tidy.cells),
        compared=sum(check.compared for check in checks),
        agree=sum(check.equal for check in checks),
        difference=sum(check.by[0] - check.by[1] for check in checks),
        added={measure: number for measure, number in added.items() if number},
    )


def _people(cube: Cube, layout: Layout) -> list[str]:
    """Dimensions in which a table may leave people out: all but areas."""
    return [name for name in cube.dims if name not in _area_dims(cube, layout) | {"residence"}]


def _area_dims(cube: Cube, layout: Layout) -> set[str]:
    named = {variable_name(name) for name in layout.areas}
    return named | {name for name in cube.dims if is_area(name)}


def _layouts(source: Source, path: Path) -> list[Layout]:
    options = source.options
    where = f"data.{source.name}.tables"
    shared = {
        key: options[key] for key in ("areas", "level", "age", "columns", "measures", "totals", "by") if key in options
    }
    entries = options.get("tables") or [{}]
    if isinstance(entries, Mapping):
        entries = list(entries.values())
    layouts = []
    for place, entry in enumerate(entries):
        spec = {"file": entry} if isinstance(entry, str) else dict(entry)
        layouts.append(read_layout({**shared, "file": path.name, **spec}, f"{where}.{place + 1}"))
    if all(layout.use == "rest" for layout in layouts):
        raise DataError(
            "Every table is there only for the rest.",
            where=where,
            expected="at least one table with 'use: cells'",
            action="take 'use: rest' off the most detailed table",
        )
    return layouts


def _grid(file: Path, source: Source, folder: Path) -> Grid:
    options = {key: value for key, value in source.options.items() if key in ("delimiter", "encoding", "sheet", "skip")}
    raw = read_raw(file, folder=folder, options=options)
    try:
        table = pq.read_table(raw.path)
        columns = {}
        for name in raw.names:
            cells = table.column(name).cast(pa.string()).to_pylist()
            columns[name] = [(cell or "").strip() for cell in cells]
            columns[name] = ["" if cell in source.missing else cell for cell in columns[name]]
        return Grid(file, columns, str(source.options.get("thousands", "")))
    finally:
        if raw.path != raw.file:
            raw.path.unlink(missing_ok=True)


def _spelling(grids: Sequence[Grid], layouts: Sequence[Layout]) -> tuple[dict[str, str], list[str]]:
    """One spelling for each area over all tables; names nearly alike in two tables are paired."""
    names: dict[str, list[str]] = {}
    for grid, layout in zip(grids, layouts, strict=True):
        for place, column in enumerate(_area_columns(grid, layout)):
            for cell in grid.columns[column]:
                value = " ".join(cell.split())
                if value and fold(value) not in known("total") | known("blank") | set(meaning("residence")):
                    names.setdefault(str(place), []).append(value)
    chosen: dict[str, str] = {}
    notes: list[str] = []
    for own in names.values():
        found, said = spellings(dict.fromkeys(own))
        chosen = {**found, **chosen}
        notes += said
    first = {value for column in _area_columns(grids[0], layouts[0])[:1] for value in grids[0].columns[column]}
    for grid, layout in zip(grids[1:], layouts[1:], strict=True):
        for column in _area_columns(grid, layout)[:1]:
            for other, name in alike(first, set(grid.columns[column])).items():
                if not {fold(other), fold(name)} & (known("total") | known("blank") | known("countries")):
                    chosen[other] = chosen.get(name, name)
                    notes.append(f"'{other}' in {layout.file} is taken to be '{chosen[other]}': check that it is.")
    return chosen, notes


def _area_columns(grid: Grid, layout: Layout) -> list[str]:
    return find_areas(grid, layout, layout.age)[0]


def _by(cube: Cube, layout: Layout, grid: Grid) -> tuple[str, ...]:
    grains = cube.grains()
    if layout.by:
        wanted = tuple(name for name in cube.dims if name in layout.by)
        unknown = [name for name in layout.by if name not in cube.dims]
        if unknown or wanted not in grains:
            raise DataError(
                f"The table has no cells by {', '.join(layout.by)}.",
                where=f"{grid.file}, key 'by'",
                expected="one of: " + "; ".join(", ".join(names) for names in grains if names),
                action="choose one of these",
            )
        return wanted
    if layout.level:
        areas = [variable_name(name) for name in _area_columns(grid, layout)]
        level = variable_name(layout.level)
        if level in areas:
            lower = set(areas[areas.index(level) + 1 :])
            grains = {names: count for names, count in grains.items() if not lower & set(names) and level in names}
    return max(grains, key=lambda names: (len(names), grains[names]))


def _stacked(main: Cube, other: Cube, name: str) -> Cube:
    if set(main.dims) != set(other.dims):
        raise DataError(
            f"Its detail cells are by {', '.join(other.dims)}, those of the tables before by {', '.join(main.dims)}.",
            where=f"{name}",
            expected="the same variables in all tables",
            action="choose them with 'by' or 'set', or use the coarser table with 'use: rest'",
        )
    order = [other.dims.index(dim) for dim in main.dims]
    for key, numbers in other.cells.items():
        target = tuple(key[place] for place in order)
        for measure, value in numbers.items():
            if measure in main.cells.get(target, {}) and main.cells[target][measure] != value:
                raise DataError(
                    f"The cell {main.words(target)} is in two tables with different numbers.",
                    where=name,
                    expected="tables that do not overlap",
                    action="leave one of them out, or tell them apart with 'set'",
                )
            main.cells.setdefault(target, {})[measure] = value
    return main


def _widened(main: Cube, other: Cube) -> Cube:
    missing = [dim for dim in other.dims if dim not in main.dims]
    if missing:
        raise DataError(
            f"A table for the rest has variables the detail cells lack: {', '.join(missing)}.",
            where="tables",
            expected="a coarser table",
            action="choose its variables with 'by'",
        )
    return main


def _tidy(cube: Cube, source: Source, notes: list[str], digests: Mapping[str, str]) -> Tables:
    measures = tuple(dict.fromkeys(measure for numbers in cube.cells.values() for measure in numbers))
    dims, cells = cube.dims, cube.cells
    if "age" in dims:
        width, top = int(source.options.get("age_groups", 5)), int(source.options.get("age_top", 100))
        place = dims.index("age")
        dims = (*dims, "age_group")
        cells = {}
        for key, numbers in cube.cells.items():
            span = parse_age(key[place])
            if isinstance(span, Span):
                group = group_of(span, width, top)
                cells[(*key[:place], str(span.low), *key[place + 1 :], group)] = numbers
            else:
                cells[(*key, key[place])] = numbers
        straddling = {
            cells_key[-1]
            for cells_key in cells
            if isinstance(parse_age(cells_key[-1]), Span) and _wide(cells_key[-1], width, top)
        }
        if straddling:
            listed = ", ".join(sorted(straddling))
            notes = [*notes, f"Ages {listed} cannot be put into groups of {width} years and stay as they are."]
    return Tables(dims, measures, cells, tuple(notes), digests)


def _wide(label: str, width: int, top: int) -> bool:
    span = parse_age(label)
    return isinstance(span, Span) and (span.high - span.low >= width if span.high != OPEN else span.low < top)


def raw_table(tables: Tables, file: Path, target: Path) -> RawTable:
    """Write tidy cells as a raw table of text, in the order of their keys; what is not shown says so."""
    keys = sorted(
        tables.cells,
        key=lambda key: tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in key),
    )
    columns: dict[str, Any] = {}
    for place, name in enumerate(tables.dims):
        hidden = name == "age"
        columns[name] = [NOT_SHOWN if hidden and key[place] == NOT_STATED else key[place] for key in keys]
    for measure in tables.measures:
        values = [tables.cells[key].get(measure) for key in keys]
        columns[measure] = [None if value is None else f"{value:.15g}" for value in values]
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    pq.write_table(table, target)
    return RawTable(file=file, path=target, names=tuple(columns), rows=len(keys), notes=tables.notes)


def take_in_tables(source: Source, *, path: Path, engine: Engine, store: Store, folder: Path) -> Dataset:
    """Take in published tables as data, one row per detail cell.

    Dimensions are categories, ``age`` is a number (the lowest age of the cell) beside ``age_group``, measures are
    numbers.

    What a table counts and does not show is missing with the reason `NOT_SHOWN`; an age not stated is missing in
    ``age`` and the category ``not stated`` in ``age_group``.

    Raises
    ------
    DataError: see `read_tables`, `take_in`.
    """
    from countersign.intake.taking import take_in_raw

    tables = read_tables(source, path=path, store=store, folder=folder)
    target = folder / f"{source.name}.tables.parquet"
    try:
        raw = raw_table(tables, path, target)
        dims = {name: {"type": "integer" if name == "age" else "category"} for name in tables.dims}
        kinds = {name: {"type": "number"} for name in tables.measures}
        declared = {name: dict(spec) for name, spec in source.variables.items()}
        variables = {name: {**spec, **declared.pop(name, {})} for name, spec in {**dims, **kinds}.items()}
        described = replace(
            source,
            format="",
            variables={**variables, **declared},
            missing={NOT_SHOWN: NOT_SHOWN, **source.missing},
            options={},
        )
        digest = next(iter(tables.digests.values()))
        dataset = take_in_raw(described, raw=raw, digest=digest, engine=engine, folder=folder)
    finally:
        target.unlink(missing_ok=True)
    first = dataset.readings[0]
    more = [
        replace(first, file=file, digest=digest, missing={}, notes=())
        for file, digest in list(tables.digests.items())[1:]
    ]
    return replace(dataset, readings=(replace(first, file=next(iter(tables.digests)), totals=tables.totals), *more))


__all__ = ["ALL", "Tables", "read_tables", "take_in_tables"]
