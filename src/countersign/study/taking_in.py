"""Source -> Dataset, BenchmarkPlan -> Benchmark: files come in once; an interrupted run finds them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from countersign.errors import DataError
from countersign.model.artefact import Artefact
from countersign.model.benchmark import Benchmark
from countersign.model.dataset import Codebook, Dataset, Gate, Reading
from countersign.model.official import OfficialSeries
from countersign.model.plan import Plan, Source
from countersign.study.admitting import Consented, admit, in_force, open_rows
from countersign.study.depending import labelled, without_labels
from countersign.study.extensions import importer
from countersign.study.notation import as_json, from_json
from countersign.study.reading import StudyFile
from countersign.study.workplace import Workplace


@dataclass(frozen=True)
class _Described:
    """A data set without its rows: what is kept beside the Parquet file."""

    name: str
    codebook: Codebook
    unit: str
    selection: str
    roles: dict[str, tuple[str, ...]]
    answers: tuple[str, ...]
    gates: tuple[Gate, ...]
    readings: tuple[Reading, ...]


def take_in_source(name: str, file: StudyFile, place: Workplace) -> tuple[Dataset, dict[str, str]]:
    """Take in one data file, or find what an earlier run made of it.

    Returns
    -------
    The data set, and the digests of its artefacts by role (``table``, ``codebook``).

    Raises
    ------
    DataError: the file is missing or cannot be read as the study describes it.
    """
    return _taken(file.plan.data[name], file, place, section="data", selection=file.plan.initiative.selection)


def take_in_sample(name: str, file: StudyFile, place: Workplace) -> tuple[Dataset, dict[str, str]]:
    """Take in the units of a reference sample, with its design; see `take_in_source`."""
    return _taken(file.plan.benchmarks[name].source, file, place, section="benchmark", selection="probability")


def take_in_official(name: str, file: StudyFile, place: Workplace) -> tuple[OfficialSeries, dict[str, str]]:
    """Read one official series; see `take_in_source`.

    Raises
    ------
    DataError: see `read_official`.
    """
    from countersign.intake import read_official

    plan = file.plan.official[name]
    dataset, digests = _taken(plan.source, file, place, section="official", selection="")
    where = file.document.where
    series = read_official(dataset, plan=plan, where=lambda key: where("official", name, key))
    series = _by_area(series, file.plan)
    _refuse_scale(series, file, where=where("official", name, "scale" if plan.scale != 1 else "value"))
    return series, digests


def _by_area(series: OfficialSeries, plan: Plan) -> OfficialSeries:
    """Return a series whose breakdown by what is the area of the study's data says of which area each figure is."""
    indicator = plan.indicators.get(series.indicator)
    source = plan.data[indicator.data] if indicator and indicator.data else plan.main
    areas = source.roles.get("area", ())
    figures = []
    for one in series.figures:
        named = next((one.domain[name] for name in areas if name in one.domain), one.area)
        domain = {name: category for name, category in one.domain.items() if name not in areas}
        figures.append(replace(one, area=named, domain=domain))
    return replace(series, figures=tuple(figures))


def _refuse_scale(series: OfficialSeries, file: StudyFile, *, where: str) -> None:
    """Refuse official figures that are no shares beside an indicator that is one."""
    indicator = file.plan.indicators.get(series.indicator)
    if indicator is None or indicator.statistic not in ("proportion", "distribution"):
        return
    if any(not 0 <= figure.value <= 1 for figure in series.figures):
        raise DataError(
            f"'{series.indicator}' is a share, but official figures of '{series.name}' lie outside 0 to 1.",
            where=where,
            expected="shares between 0 and 1",
            action="bring them to the unit of the study: 'scale: 0.01' for percent",
        )


def _taken(
    source: Source, file: StudyFile, place: Workplace, *, section: str, selection: str
) -> tuple[Dataset, dict[str, str]]:
    name, declared = source.name, source
    source = without_labels(declared)
    consented = _consented(declared, file, place) if section == "data" else None
    rows = place.unsealed.get(name, "") if section == "data" else ""
    rows = rows or (consented.digest if consented is not None else "")
    where = file.document.where(section, name, "file")
    take_in = importer(source.format, where=file.document.where(section, name, "format"))
    inputs = {} if rows else _inputs(source, place, where=where)
    originals = {role: place.store.keep(path, kind="input") for role, path in inputs.items()}
    parameters = {"source": source, "selection": selection, "engine": place.engine_name}
    verb = {"data": "take_in", "benchmark": "take_in_sample", "official": "take_in_official"}[section]
    with place.step(verb, inputs={"rows": rows} if rows else originals, parameters=parameters) as step:
        if not step.done:
            folder = place.scratch / f"{section}-units-{name}"
            folder.mkdir(exist_ok=True)
            if rows:
                dataset = _opened(source, rows, place, folder)
            else:
                dataset = take_in(
                    source, path=inputs["file"], engine=place.engine, store=_keeper(place, originals), folder=folder
                )
            dataset = replace(dataset, selection=selection)
            parquet = folder / f"{name}.parquet"
            number = dataset.readings[0].rows if dataset.readings else None
            step.output("table", _kept_table(place, parquet, name, number))
            described = _Described(**{field.name: getattr(dataset, field.name) for field in fields(_Described)})
            step.output(
                "codebook", place.store.keep_json(as_json(described), name=f"{name}.codebook.json", kind="codebook")
            )
        described = from_json(step.read("codebook"), _Described)
        described = replace(described, codebook=labelled(described.codebook, declared))
        table = place.engine.scan(step.path("table"))
        dataset = Dataset(table=table, **{field.name: getattr(described, field.name) for field in fields(_Described)})
        return dataset, dict(step.outputs)


def _consented(source: Source, file: StudyFile, place: Workplace) -> Consented | None:
    """Return the rows of people who agreed, where the study is built for a purpose; see `admit`."""
    if source.name in place.unsealed or not in_force(file, source):
        return None
    found = admit(source, file, place)
    if found is not None:
        place.consented[source.name] = found
    return found


def _opened(source: Source, rows: str, place: Workplace, folder: Path) -> Dataset:
    from countersign.intake.taking import take_in_raw

    raw = open_rows(rows, place, folder=folder, file=place.beside(source.file))
    try:
        return take_in_raw(source, raw=raw, digest=rows, engine=place.engine, folder=folder)
    finally:
        raw.path.unlink(missing_ok=True)


def _kept_table(place: Workplace, path: Path, name: str, rows: int | None) -> Artefact:
    media = "application/vnd.apache.parquet"
    return place.store.keep(path, name=f"{name}.parquet", kind="dataset", media_type=media, rows=rows)


def _keeper(place: Workplace, originals: Mapping[str, Artefact]) -> Any:
    known = {artefact.name: artefact for artefact in originals.values()}

    def keep(path: Path) -> Artefact:
        return known[path.name] if path.name in known else place.store.keep(path, kind="input")

    return keep


def _inputs(source: Source, place: Workplace, *, where: str) -> dict[str, Path]:
    """All files of a source by role: its own, and those an adapter's tables name."""
    inputs = {"file": place.find(source.file, where=where)}
    for number, name in enumerate(_files(source.options.get("tables", {}))):
        inputs[f"table {number + 1}"] = place.find(_beside(source.file, name), where=where)
    return inputs


def _files(options: Any) -> list[str]:
    if isinstance(options, dict):
        own = [str(options["file"])] if "file" in options else []
        return own + [name for value in options.values() if isinstance(value, (dict, list)) for name in _files(value)]
    if isinstance(options, list):
        return [name for value in options for name in _files(value)]
    return []


def _beside(file: str, other: str) -> str:
    return str(Path(file).parent / other) if Path(other).parent == Path() else other


def take_in_benchmark(name: str, file: StudyFile, place: Workplace) -> tuple[Benchmark, dict[str, str]]:
    """Read one benchmark, or find what an earlier run made of it; see `take_in_source`."""
    from countersign.intake import read_benchmark

    plan: Plan = file.plan
    spec = plan.benchmarks[name]
    own = plan.weighting if plan.weighting and plan.weighting.benchmark == name else None
    items = plan.compared.get(name, ())
    wanted = own.margins if own else ()
    if spec.kind != "units":  # the size alone is told by any margin of a file; its rows may be several tables
        wanted = tuple(group for group in wanted if group)
    if items and spec.kind != "units" and wanted:  # a tidy file gives the margins asked for, and no others
        wanted = tuple(dict.fromkeys((*wanted, *((item,) for item in items))))
    numbers = tuple((number, own.within) for number, known in own.numeric.items() if known is None) if own else ()
    with_error = own.benchmark_error if own else False
    inputs = _inputs(spec.source, place, where=file.document.where("benchmark", name, "file"))
    originals = {role: place.store.keep(path, kind="input") for role, path in inputs.items()}
    parameters = {"benchmark": spec, "margins": wanted, "items": items, "engine": place.engine_name}
    parameters |= {"numbers": numbers, "with_error": with_error} if numbers or with_error else {}
    with place.step("read_benchmark", inputs=originals, parameters=parameters) as step:
        if not step.done:
            folder = place.scratch / f"benchmark-{name}"
            folder.mkdir(exist_ok=True)
            benchmark = read_benchmark(
                spec,
                path=inputs["file"],
                engine=place.engine,
                store=_keeper(place, originals),
                folder=folder,
                wanted=wanted,
                items=items,
                numbers=numbers,
                with_error=with_error,
            )
            step.output("benchmark", place.store.keep_json(as_json(benchmark), name=f"{name}.json", kind="benchmark"))
        return from_json(step.read("benchmark"), Benchmark), dict(step.outputs)
