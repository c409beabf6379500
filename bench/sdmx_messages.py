"""SDMX: observations checked and written in every format, beside pysdmx on the same observations.

`--rows` observations of the global SDG structure, 25 years a series, all dimensions, bounds, comments of their own. The
columns are gathered from single observations, as a release gives them; check and writing are timed apart. The peer
writes from a pandas data frame that is ready; building it is not timed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measuring

YEARS = 25
PEERS = ("csv", "ml21")  # pysdmx writes no SDMX-JSON data


def run(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for name in ("csv", "ml21", "ml30", "json"):
        ours = _fastest({"rows": arguments.rows, "format": name}, arguments.repeat)
        yield {"tool": "countersign", **ours}
        if name in PEERS and "none" not in arguments.peers:
            job = {"rows": arguments.rows, "format": name, "peer": True}
            theirs = _fastest(job, arguments.repeat)
            times = round(theirs["write_cpu"] / ours["write_cpu"], 1) if "error" not in {**ours, **theirs} else None
            yield {"tool": "pysdmx", **theirs, "times_ours": times}


def _fastest(job: dict[str, Any], repeat: int) -> dict[str, Any]:
    done = [measuring.in_a_process(Path(__file__).resolve(), job) for _ in range(repeat)]
    whole = [one for one in done if "error" not in one]
    return {**job, **min(whole, key=lambda one: one["write_cpu"])} if whole else {**job, **done[0]}


def observations(rows: int) -> Iterator[Any]:
    """Observations of many series, the same for the same number of rows."""
    from countersign.catalogue.sdmx import sdg
    from countersign.model.observation import Observation

    structure = sdg()
    areas = [code for code in structure.codes("REF_AREA") if code.isdigit()]
    ages = list(structure.codes("AGE"))
    series = list(structure.codes("SERIES"))
    base = {one.id: "_T" for one in structure.dimensions} | {"FREQ": "A", "REPORTING_TYPE": "N"}
    base |= {"UNIT_MEASURE": "PT", "UNIT_MULT": "0", "NATURE": "E", "SOURCE_DETAIL": "Citizen data: a survey & more."}
    for number in range(rows):
        key, year = divmod(number, YEARS)
        value = 5 + (number * 7919 % 90_000) / 1000
        yield Observation(
            base
            | {
                "SERIES": series[key // 20_000],
                "REF_AREA": areas[key % len(areas)],
                "SEX": "FM"[key // len(areas) % 2],
                "AGE": ages[key // (2 * len(areas)) % len(ages)],
                "URBANISATION": "UR"[key // (2 * len(areas) * len(ages)) % 2],
                "TIME_PERIOD": str(2000 + year),
                "OBS_STATUS": "EUV"[number % 3],
                "COMMENT_OBS": f"Bounds: 95 % interval (logit). Rests on {number % 5000} answers.",
            },
            {"OBS_VALUE": value, "LOWER_BOUND": value - 1.5, "UPPER_BOUND": value + 1.5},
            f"figure {key}",
        )


def _ours(job: dict[str, Any]) -> dict[str, Any]:
    from countersign.catalogue.sdmx import sdg
    from countersign.publishing.sdmx.conformance import faults
    from countersign.publishing.sdmx.message import Message
    from countersign.publishing.sdmx.order import in_order
    from countersign.publishing.sdmx.writing import as_columns, message_in
    from countersign.publishing.writing import write_stream

    structure = sdg()
    record: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {name: {} for name in ("gather", "check", "write")}
    with measuring.timed(parts["gather"]):
        held = as_columns(observations(job["rows"]), structure)
    with measuring.timed(parts["check"]):
        order = in_order(held, structure)
        found = faults(held, structure, order, constraints=False)
    assert not found, found
    with tempfile.TemporaryDirectory() as folder, measuring.timed(parts["write"]):
        path = Path(folder) / "out"
        message = Message("BENCH", "2026-01-01T00:00:00Z", "BENCH")
        write_stream(path, message_in(job["format"], held, structure, order, message=message))
        record["megabytes"] = round(path.stat().st_size / 1e6, 1)
    record |= {f"{name}_cpu": part["cpu"] for name, part in parts.items()}
    return record | {"peak_mib": measuring.peak_mib()}


def _peer(job: dict[str, Any]) -> dict[str, Any]:
    import pandas
    from pysdmx.io.csv.sdmx20.writer import write as write_csv
    from pysdmx.io.pd import PandasDataset
    from pysdmx.io.xml.sdmx21.writer.structure_specific import write as write_xml
    from pysdmx.model import Component, Components, Concept, Role, Schema
    from pysdmx.model.dataset import ActionType

    from countersign.catalogue.sdmx import sdg
    from countersign.model.data_structure import Attachment, ComponentKind

    structure = sdg()
    role = {ComponentKind.MEASURE: Role.MEASURE, ComponentKind.ATTRIBUTE: Role.ATTRIBUTE}
    level = {Attachment.OBSERVATION: "O", Attachment.DATASET: "D"}
    series = ",".join(one.id for one in structure.dimensions)
    rows = [{**one.texts, **{k: str(v) for k, v in one.numbers.items()}} for one in observations(job["rows"])]
    frame = pandas.DataFrame(rows)
    components = [
        Component(
            one.id,
            required=one.required,
            role=role.get(one.kind, Role.DIMENSION),
            concept=Concept(one.id),
            attachment_level=level.get(one.attached, series) if one.kind is ComponentKind.ATTRIBUTE else None,
        )
        for one in structure.components
        if one.id in frame.columns
    ]
    schema = Schema("datastructure", structure.agency, structure.id, Components(components), structure.version)
    dataset = PandasDataset(structure=schema, data=frame, action=ActionType.Replace)
    record: dict[str, Any] = {}
    part: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, measuring.timed(part):
        path = Path(folder) / "out"
        if job["format"] == "csv":
            write_csv([dataset], output_path=path)
        else:
            write_xml([dataset], output_path=path, dimension_at_observation={schema.short_urn: "TIME_PERIOD"})
        record["megabytes"] = round(path.stat().st_size / 1e6, 1)
    return record | {"write_cpu": part["cpu"], "peak_mib": measuring.peak_mib()}


if __name__ == "__main__":
    measuring.child(lambda job: _peer(job) if job.get("peer") else _ours(job))
