"""Codes (G5): standard codes of areas, dates, keys, and how far a frame or benchmark knows the same areas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

import narwhals as nw

from countersign.catalogue import load
from countersign.model.finding import Finding, State
from countersign.quality.confidentiality import fewest_told
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import Repeats, group

MOST = 5000  # areas compared with a frame; more are not areas but keys


def codes(context: Context) -> Asking:
    """G5: quality of the key, dates that are dates; see `area_codes` for areas."""
    if not context.is_main:
        return []
    findings = list(area_codes(context))
    time, key = context.role("time"), context.role("id")
    if time:
        kind = context.schema[time]
        good = kind in (nw.Date, nw.Datetime) or kind.is_integer()
        message = f"'{time}' is {'a date or year that any program reads' if good else 'text, not a date'}."
        fix = "" if good else "Declare it as a date with its format; it is then kept as year-month-day (ISO 8601)."
        findings.append(Finding("G5", State.PASS if good else State.WARN, "dates_standard", message, fix=fix))
    if not key:
        why = "No column is named as the key of a record, so records cannot be joined with other data."
        findings.append(
            not_assessed("G5", "key_quality", why, fix="Add 'roles: id:' with the column of the record's key.")
        )
        return findings
    names = [name for name in context.dataset.roles.get("id", ()) if name in context.schema]
    first = yield {"rows": nw.len(), **{f"present {name}": nw.col(name).count() for name in names}}
    blank = [nw.col(name).is_null() for name in names if first[f"present {name}"] < first["rows"]]
    missing = nw.any_horizontal(*blank, ignore_nulls=True) if blank else nw.lit(False)
    found = yield {
        "rows": count(KEPT),
        "blank": count(KEPT & missing),
        "shared": Repeats(tuple(names), among=KEPT, blanks=False),
    }
    repeated = sum(size * times for size, times in found["shared"]["sizes"].items())
    own = float(found["rows"] - found["blank"] - repeated)
    value = share(own, found["rows"])
    message = f"{percent(value)} of the records have a key of their own ({listed(names)})."
    if found["blank"]:
        message += f" {number(found['blank'])} have none."
    if repeated:
        message += f" {number(repeated)} share theirs with another."
    findings.append(
        judged(
            "G5",
            "key_quality",
            value,
            message,
            limit="key_quality",
            count=int(found["rows"] - own),
            evidence={"blank": int(found["blank"]), "shared": repeated},
            fix="Give every record a key of its own that never changes, such as the one of the form server.",
        )
    )
    return findings


def area_codes(context: Context) -> Sequence[Finding]:
    """Share of records whose area has an ISO 3166 code, and share of the areas that a frame or benchmark knows."""
    area = context.role("area")
    if not area:
        why = "The study does not say which column holds the area."
        return [not_assessed("G5", "area_codes", why, fix="Add 'roles: area:', with official codes if there are any.")]
    found = group(context.dataset.kept(), [area], _n=nw.len())
    counts = {str(name): int(n) for name, n in zip(found[area], found["_n"], strict=True) if name is not None}
    records = int(sum(found["_n"]))
    coded = {name: n for name, n in counts.items() if is_code(name)}
    known = _known_areas(context, area)
    findings = []
    fewest = fewest_told(context.plan, context.dataset.unit)
    value = share(sum(coded.values()), records)
    if coded or known is None:
        message = f"{percent(value)} of the records have an area with a code of ISO 3166."
        others = [name for name, n in counts.items() if name not in coded and n >= fewest]
        findings.append(
            judged(
                "G5",
                "area_codes",
                value,
                message,
                limit="standard_codes",
                count=records - sum(coded.values()),
                evidence={"areas": len(counts), "coded": len(coded), "uncoded": sorted(others)[:10]},
                harshest=State.WARN,
                fix="Add a column with the official code of the area (ISO 3166-1 or -2, or the office's own).",
            )
        )
    if known is not None and 0 < len(counts) <= MOST:
        where, names = known
        folded = {_folded(name) for name in names}
        strangers = sorted(name for name in counts if _folded(name) not in folded)
        overlap = 1 - len(strangers) / len(counts)
        message = f"{len(counts) - len(strangers)} of {len(counts)} areas of the data are in {where}."
        if strangers:
            told = [name for name in strangers if counts[name] >= fewest]
            message += f" Not there: {listed(told)}." if told else f" Not there: {number(len(strangers))}."
        findings.append(
            judged(
                "G5",
                "frame_overlap",
                overlap,
                message,
                limit="frame_overlap",
                count=len(strangers),
                evidence={
                    "areas": len(counts),
                    "known": len(folded),
                    "strangers": [name for name in strangers if counts[name] >= fewest][:10],
                },
                fix="Bring the names of the areas to those of the office with 'recode', or use its codes.",
                inside=f"Not there: {listed(strangers, most=12)}." if strangers else "",
            )
        )
    return findings


def is_code(text: str) -> bool:
    """Whether a text is a code of ISO 3166: a listed alpha-2, alpha-3 or numeric one, or one shaped as in 3166-2."""
    alone, country, rest = text.strip(), *_halves(text.strip())
    if rest:
        return country in _codes() and len(country) == 2 and re.fullmatch(r"[A-Z0-9]{1,3}", rest) is not None
    return alone in _codes()


def _halves(text: str) -> tuple[str, str]:
    first, _, last = text.partition("-")
    return first, last


@cache
def _codes() -> frozenset[str]:
    entries = load("countries")
    return frozenset(code for entry in entries for code in (entry.id, str(entry["alpha3"]), str(entry["numeric"])))


def _known_areas(context: Context, area: str) -> tuple[str, Iterable[str]] | None:
    """Return where areas are listed and their names: the frame of places, else a benchmark's margin."""
    places = context.plan.places
    frame = context.documents.datasets.get(places.frame) if places else None
    if frame is not None and area in frame.table.collect_schema().names():
        found = group(frame.kept(), [area], _n=nw.len())
        return f"the frame '{frame.name}'", [str(name) for name in found[area] if name is not None]
    margin = context.benchmark.margin(area) if context.benchmark else None
    if margin is not None and context.benchmark is not None:
        return f"the benchmark '{context.benchmark.name}'", [cell[0] for cell in margin.counts]
    return None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
