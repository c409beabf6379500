"""Observations -> SDMX-JSON 2.0: series and observations by number, with the values they stand for beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from countersign.model.data_structure import NUMBERS, Attachment, Component, DataStructure
from countersign.model.observation import Observations
from countersign.publishing.sdmx.blocks import blocks, used
from countersign.publishing.sdmx.message import Message
from countersign.publishing.sdmx.order import Order, Places, codes_of

SCHEMA = "https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json"
NONE = "null"
_ID = re.compile(r"[A-Za-z0-9_@$-]+")  # a range of time is none


def json_message(
    observations: Observations, structure: DataStructure, order: Order, *, message: Message
) -> Iterator[str]:
    """Yield the file; its layout is one series a line."""
    values = {one.id: _Values(observations, one, structure) for one in structure.components}
    present = {one.id for one in structure.attributes if values[one.id].present}
    of_series = [one for one in structure.attached(Attachment.SERIES) if one.id in present]
    of_observation = [one for one in structure.attached(Attachment.OBSERVATION) if one.id in present]
    of_set = [one for one in structure.attached(Attachment.DATASET) if one.id in present]
    time = structure.time
    link = [{"rel": "structure", "urn": structure.urn}]
    sender = {"id": message.sender} | ({"name": message.name} if message.name else {})
    meta = {"schema": SCHEMA, "id": message.id, "test": message.test, "prepared": message.prepared}
    meta |= {"contentLanguages": ["en"], "sender": sender}
    told = {
        "links": link,
        "dataSets": [0],
        "dimensions": {
            "series": [values[one.id].dimension(at) for at, one in enumerate(structure.dimensions)],
            "observation": [values[time.id].dimension(len(structure.dimensions))] if time else [],
        },
        "measures": {
            "observation": [{"id": structure.measure.id, "name": structure.measure.name} | _format(structure.measure)]
        },
        "attributes": {
            "dataSet": [values[one.id].attribute() for one in of_set],
            "series": [values[one.id].attribute() for one in of_series],
            "observation": [values[one.id].attribute() for one in of_observation],
        },
    }
    whole = [value for one in of_set for value in values[one.id].at(order.places[:1])]
    yield f'{{"meta": {_text(meta)},\n"data": {{"structures": [{_text(told)}],\n"dataSets": [{{"structure": 0, '
    yield f'"action": "Replace", "links": {_text(link)}, "attributes": [{",".join(whole)}], "series": {{\n'
    first = True
    for block in blocks(order):
        measured = _numbers(observations, structure.measure, block.places)
        told_here = [values[one.id].at(block.places) for one in of_observation]
        periods = values[time.id].at(block.places) if time else ["0"] * len(block.places)
        rows = [f'"{period}":[{",".join(row)}]' for period, *row in zip(periods, measured, *told_here, strict=True)]
        keys = zip(*(values[one.id].at(block.first) for one in structure.dimensions), strict=True)
        own = zip(*(values[one.id].at(block.first) for one in of_series), strict=True) if of_series else None
        parts, start = [], 0
        for key, end in zip(keys, block.ends, strict=True):
            attributes = ",".join(next(own)) if own is not None else ""
            inner = ",".join(rows[start:end])
            parts.append(f'"{":".join(key)}":{{"attributes":[{attributes}],"observations":{{{inner}}}}}')
            start = end
        yield ("" if first else ",\n") + ",\n".join(parts)
        first = False
    yield "\n}}]}}\n"


class _Values:
    """The values of one component that some observation has, and the number of each."""

    def __init__(self, observations: Observations, component: Component, structure: DataStructure) -> None:
        self.component, self._observations = component, observations
        self.told: list[dict[str, Any]] = []
        self.present = False
        if component.id in observations.numbers:
            self.present = not bool(np.isnan(np.frombuffer(observations.numbers[component.id], dtype=np.float64)).all())
            return
        codes = structure.codes(component.id)
        places = [int(place) for place in used(observations, component) if place]
        texts = observations.columns[component.id].texts if component.id in observations.columns else []
        # In the order of the list, free text in the order of the alphabet: so the same data give the same file.
        ranks: Mapping[str, int] = {code: number for number, code in enumerate(codes)}
        places.sort(key=lambda place: (ranks.get(texts[place], len(ranks)), texts[place]))
        self._numbers = [NONE] * max(len(texts), 1)
        for number, place in enumerate(places):
            self._numbers[place] = str(number)
        coded = bool(codes) or component is structure.time
        self.told = [
            {"id": text, "name": codes.get(text, text)} if coded and _ID.fullmatch(text) else {"value": text}
            for text in (texts[place] for place in places)
        ]
        self.present = bool(self.told)

    def at(self, places: Places) -> Sequence[str]:
        """The numbers of the values at some places, of a number the value itself; null where there is none."""
        if self.component.id in self._observations.numbers:
            return _numbers(self._observations, self.component, places)
        column = self._observations.columns.get(self.component.id)
        if column is None:
            return [NONE] * len(places)
        return [self._numbers[place] for place in codes_of(column)[places].tolist()]

    def dimension(self, position: int) -> dict[str, Any]:
        return {
            "id": self.component.id, "name": self.component.name, "keyPosition": position, "values": self.told,
        }  # fmt: skip

    def attribute(self) -> dict[str, Any]:
        if self.component.attached is Attachment.SERIES:
            relationship: dict[str, Any] = {"dimensions": list(self.component.dimensions)}
        else:
            relationship = {"dataflow": {}} if self.component.attached is Attachment.DATASET else {"observation": {}}
        told = {"id": self.component.id, "name": self.component.name, "relationship": relationship}
        # What has no list of values stands in the observation itself, as the measure does.
        return told | (_format(self.component) if self.component.number else {"values": self.told})


def _format(component: Component) -> dict[str, Any]:
    return {"format": {"dataType": component.type if component.type in NUMBERS else "Double"}}


def _numbers(observations: Observations, component: Component, places: Places) -> Sequence[str]:
    numbers = np.frombuffer(observations.numbers[component.id], dtype=np.float64)[places].tolist()
    return [f"{value:.15g}" if value == value else NONE for value in numbers]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
