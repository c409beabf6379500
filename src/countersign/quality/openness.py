"""Openness (H1): licence, open format, lasting identifier, catalogue record, access for machines."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import Entry, load
from countersign.model.finding import Finding
from countersign.quality.accessible import versions
from countersign.quality.context import Context, listed
from countersign.quality.findings import judged

# What the release itself is written in: figures as CSV, findings as JSON, whatever else the study publishes.
OWN_FORMATS = ("csv", "json")


def openness(context: Context) -> Sequence[Finding]:
    """H1: of five parts, how many are there: open licence, open machine-readable format, stable id, catalogue, API."""
    if not context.is_main:
        return []
    process = context.plan.process
    licence = licence_of(context.plan.initiative.licence)
    formats = [_plain(name) for name in (*process.formats, *OWN_FORMATS)]
    known = load("file_formats")
    readable = [name for name in formats if name in known and known[name]["open"] and known[name]["machine"]]
    closed = sorted({name for name in formats if name in known and not known[name]["open"]})
    parts = {
        "open licence": licence is not None and bool(licence["open"]),
        "open format": bool(readable),
        "lasting identifier": bool(process.stable_id),
        "catalogue record": bool(process.catalogue),
        "access for machines": bool(process.api),
    }
    missing = [name for name, there in parts.items() if not there]
    message = f"{len(parts) - len(missing)} of {len(parts)} parts of open, findable data are there."
    if missing:
        message += f" Missing: {listed(missing)}."
    if context.plan.initiative.licence and licence is None:
        message += " The licence is stated in words of its own, so its openness is not known."
    if closed:
        message += f" Closed formats are offered too: {listed(closed)}."
    steps = {
        "open licence": "state an open licence by its SPDX id, such as CC-BY-4.0, under 'initiative: licence:'",
        "lasting identifier": "get a DOI and write it under 'process: stable_id:'",
        "catalogue record": "list the data in a catalogue and write it under 'process: catalogue:'",
        "access for machines": "say where programs read the data, under 'process: api:'",
        "open format": "offer the data as CSV",
    }
    first = steps[missing[0]] if missing else ""
    return [
        judged(
            "H1",
            "openness",
            1 - len(missing) / len(parts),
            message,
            limit="openness",
            count=len(missing),
            evidence={"there": [name for name in parts if name not in missing], "missing": missing,
                      "licence": licence.id if licence else "", "formats": sorted(set(readable))},
            fix=f"{first[:1].upper()}{first[1:]}." if first else "",
        )
    ]  # fmt: skip


def licence_of(text: str) -> Entry | None:
    """Return the licence of the catalogue that a text means by its SPDX id or one of its names, or None."""
    wanted = " ".join(text.casefold().split()).removesuffix(" licence").removesuffix(" license")
    if not wanted:
        return None
    for entry in load("licences"):
        if wanted in (entry.id.casefold(), entry.title.casefold(), *entry.get("names", ())):
            return entry
    return None


def _plain(name: str) -> str:
    return name.casefold().strip().removeprefix(".")


def accessible_versions(context: Context) -> Sequence[Finding]:
    """H3: a version in plain language and a spoken one are stated; see `versions`."""
    return [versions(context.plan.process)] if context.is_main else []
