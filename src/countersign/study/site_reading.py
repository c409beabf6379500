"""A release on disk -> SiteRelease: what pages may show, read from its published files alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from countersign.errors import CountersignError
from countersign.model.estimate import CSV_AFTER, CSV_BEFORE, CSV_LIMITS, CSV_PLAUSIBLE, Estimate, EstimateTable, Status
from countersign.model.fan import Part, PartKind, PlausibleRange
from countersign.model.finding import Fitness
from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.model.plan import Plan
from countersign.model.revision import Revision
from countersign.model.sentence import Refused, Sentence
from countersign.model.site import GroupVisibility, SiteFile, SiteInput, SiteRelease, SiteSignature, SiteStep
from countersign.study.figures_file import altered
from countersign.study.rounds import ARTEFACTS, Published, read_release

SENTENCES, VISIBILITY, GAPS, GROUPS = "sentences.csv", "visibility.csv", "gaps.csv", "leave_nobody_behind.csv"
REVISIONS, TRAIL, SIGNATURES, BUNDLE = "revisions.csv", "trail.jsonl", "signatures.json", "bundle.zip"
_FIXED = frozenset({*CSV_BEFORE, *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS})
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_PARTS = (("fan", PartKind.METHODS), ("total_error", PartKind.TOTAL_ERROR), ("selection", PartKind.SELECTION))


def read_site_release(folder: Path) -> SiteRelease:
    """Read everything a site shows of a release.

    Raises
    ------
    ReleaseError: a file is missing or is not as the run wrote it.
    """
    published = read_release(folder)
    plan = published.plan
    return SiteRelease(
        vintage=plan.calendar.named(published.made),
        plan=plan,
        made=published.made,
        version=published.version,
        estimates=_estimates(published),
        sentences=_sentences(folder / SENTENCES),
        fitness=tuple(_fitness(one) for one in published.fitness),
        visibility=tuple(_visibility(folder / VISIBILITY)),
        gaps=tuple(_gaps(folder / GAPS)),
        coverage=tuple(_coverage(folder / GROUPS)),
        files=tuple(_files(folder)),
        bundle=(folder / BUNDLE).is_file(),
        steps=tuple(_steps(folder / TRAIL)),
        inputs=tuple(_inputs(folder / ARTEFACTS)),
        revisions=tuple(_revisions(folder / REVISIONS)),
        signatures=tuple(_signatures(folder / SIGNATURES)),
    )


def _estimates(published: Published) -> EstimateTable:
    path = published.folder / "estimates.csv"
    made = []
    for line, row in enumerate(published.rows, 2):
        try:
            made.append(_estimate(row, published.plan))
        except (ValueError, CountersignError) as error:
            raise altered(path, "The figure has not what its status asks for.", line=line) from error
    return EstimateTable(tuple(made), synthetic=published.plan.synthetic)


def _estimate(row: Mapping[str, str], plan: Plan) -> Estimate:
    name = row["indicator"]
    own = plan.indicators.get(name)
    statistic = own.statistic if own else ""
    status = Status(row["status"])
    shown = status in (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)

    def read(column: str) -> float | None:
        return float(row[column]) if shown and row.get(column) else None

    return Estimate(
        indicator=name,
        statistic="proportion" if statistic == "distribution" else statistic,
        domain={key.removeprefix("by_"): unguarded(value) for key, value in row.items() if key not in _FIXED and value},
        value=read("value"),
        standard_error=read("standard_error"),
        lower=read("lower"),
        upper=read("upper"),
        n=0 if status is Status.SUPPRESSED else int(float(row.get("n") or 0)),
        n_effective=read("n_effective"),
        method=unguarded(row["method"]),
        convention=row.get("convention", ""),
        unit=unguarded(row.get("unit", "")),
        series=unguarded(row.get("series", "")),
        time=row.get("time", ""),
        area=unguarded(row.get("area", "")),
        status=status,
        flags=tuple(filter(None, row.get("flags", "").split(";"))),
        note=unguarded(row.get("note", "")),
        figure_id=row["figure_id"],
        plausible=_plausible(read),
    )


def _plausible(read: Any) -> PlausibleRange | None:
    found = []
    for name, kind in _PARTS:
        lower, upper = read(f"{name}_lower"), read(f"{name}_upper")
        if lower is not None and upper is not None:
            found.append(Part(kind, lower, upper, ""))
    lower, upper = read("lower"), read("upper")
    if found and lower is not None and upper is not None:
        found.insert(0, Part(PartKind.SAMPLING, lower, upper, ""))
    return PlausibleRange.of(found)


def _sentences(path: Path) -> dict[str, Sentence]:
    heads: dict[str, dict[str, str]] = {}
    refused: dict[str, list[Refused]] = {}
    for row in _table(path, "figure_id", "sentence"):
        name = row["figure_id"]
        heads.setdefault(name, row)
        if row.get("refused_claim"):
            refused.setdefault(name, []).append(
                Refused(
                    row["refused_claim"],
                    row.get("refused_sentence", ""),
                    row.get("refused_why", ""),
                    row.get("instead", ""),
                )
            )
    return {
        name: Sentence(
            figure_id=name,
            indicator=row.get("indicator", ""),
            text=row["sentence"],
            use=row.get("use", ""),
            caveat=row.get("caveat", ""),
            open=tuple(row.get("open", "").split()),
            refused=tuple(refused.get(name, ())),
        )
        for name, row in heads.items()
    }


def _fitness(one: Mapping[str, Any]) -> Fitness:
    return Fitness(
        use=str(one.get("use") or ""),
        wanted=str(one.get("wanted") or ""),
        subject=str(one.get("subject") or ""),
        next_step=str(one.get("next_step") or ""),
        domain={str(k): str(v) for k, v in (one.get("domain") or {}).items()},
        reach=str(one.get("reach") or ""),
    )


def _visibility(path: Path) -> Iterator[GroupVisibility]:
    for row in _table(path, "group", "figures", "shown", "withheld"):
        yield GroupVisibility(
            group=row["group"],
            figures=_whole(row["figures"]),
            shown=_whole(row["shown"]),
            withheld=_whole(row["withheld"]),
            marginalised=row.get("marginalised") == "yes",
        )


def _gaps(path: Path) -> Iterator[Gap]:
    for row in _table(path, "indicator", "lack", "figure_id"):
        yield Gap(
            indicator=row["indicator"],
            lack=Lack(row["lack"]) if row["lack"] in {str(one) for one in Lack} else Lack.UNKNOWN,
            sdg=row.get("sdg", ""),
            official_year=row.get("official_year", ""),
            figure_id=row["figure_id"],
            why=row.get("why", ""),
        )


def _coverage(path: Path) -> Iterator[GroupCoverage]:
    for row in _table(path, "variable", "category"):
        n = row.get("n", "")
        yield GroupCoverage(
            variable=row["variable"],
            category=row["category"],
            population=_number(row.get("population", "")),
            data=_number(row.get("data", "")),
            ratio=_number(row.get("ratio", "")),
            n=int(float(n)) if n else None,
            n_effective=_number(row.get("n_effective", "")),
            publishable=row.get("publishable", ""),
            priority=row.get("priority") == "yes",
        )


def _revisions(path: Path) -> Iterator[Revision]:
    for row in _table(path, "figure_id", "indicator", "kind", "old_value", "value"):
        yield Revision(
            figure_id=row["figure_id"],
            indicator=row["indicator"],
            unit=row.get("unit", ""),
            kind=row["kind"],
            reason=row.get("reason", ""),
            **{name: _number(row.get(name, "")) for name in ("old_value", "old_lower", "old_upper")},
            **{name: _number(row.get(name, "")) for name in ("value", "lower", "upper")},
        )


def _files(folder: Path) -> Iterator[SiteFile]:
    from countersign.evidence.canonical import digest_of_file

    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield SiteFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest_of_file(path))


def _steps(path: Path) -> Iterator[SiteStep]:
    for body in _lines(path):
        yield SiteStep(
            verb=str(body.get("verb", "")),
            inputs=tuple(sorted((body.get("inputs") or {}).items())),
            outputs=tuple(sorted((body.get("outputs") or {}).items())),
            software=tuple(f"{name} {version}" for name, version in sorted((body.get("software") or {}).items())),
            ended=str(body.get("ended", "")),
        )


def _inputs(path: Path) -> Iterator[SiteInput]:
    for body in _lines(path):
        if body.get("kind") in ("input", "study"):
            flags = bool(body.get("protected")), bool(body.get("committed"))
            yield SiteInput(str(body.get("name", "")), str(body.get("digest", "")), *flags)


def _signatures(path: Path) -> Iterator[SiteSignature]:
    """Read who signed; a file of another shape is no error, for the bundle is what counts."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    except (OSError, ValueError) as error:
        raise altered(path) from error
    held = found.get("signatures") if isinstance(found, dict) else found
    for one in held if isinstance(held, list) else []:
        if isinstance(one, dict):
            texts = [str(one.get(key) or "") for key in ("name", "role", "position", "reason", "date")]
            name, role, position, reason, date = texts
            name = name or str(one.get("party") or "")
            yield SiteSignature(name, role, position, reason, date, bool(one.get("superseded")))


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from running it as a formula."""
    return text[1:] if text.startswith(_FORMULA) else text


def _table(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    """Read a CSV file of a release; one that is not there has no rows."""
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise altered(path) from error
    for row in rows:
        if not set(needed) <= set(row) or None in row or None in row.values():
            raise altered(path)
        yield {name: unguarded(value) for name, value in row.items()}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise altered(path) from error
    yield from (one for one in found if isinstance(one, dict))


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _whole(text: str) -> int:
    return int(_number(text) or 0)
