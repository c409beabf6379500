"""Observations -> SDMX-CSV 2.0: one row an observation, with ids of codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from countersign.model.data_structure import DataStructure
from countersign.model.observation import Observations
from countersign.publishing.delimited import delimited
from countersign.publishing.sdmx.blocks import SIZE, Texts, number
from countersign.publishing.sdmx.order import Order

REPLACE = "R"
_NUMBER = re.compile(r"-?[0-9.]+(e[+-]?[0-9]+)?")  # a number is no formula, also where a structure calls it a text


def csv_message(observations: Observations, structure: DataStructure, order: Order) -> Iterator[str]:
    """Yield the file: STRUCTURE, STRUCTURE_ID, ACTION (R, replace), dimensions, the measure, attributes.

    Columns of attributes that no observation has are left out. Free text is kept from being run by a spreadsheet.
    """
    coded = {one.id for one in structure.components if one.codes}
    present = [one for one in structure.attributes if _any(observations, one.id)]
    time = (structure.time,) if structure.time is not None else ()
    columns = (*structure.dimensions, *time, structure.measure, *present)
    texts = Texts(
        observations,
        written=lambda name, text: text if name in coded or _NUMBER.fullmatch(text) else delimited((text,), ())[:-1],
        counted=lambda _, value: number(value),
    )
    yield delimited(("STRUCTURE", "STRUCTURE_ID", "ACTION", *(one.id for one in columns)), ())
    head = delimited(("datastructure", structure.key, REPLACE), ())[:-1]
    for start in range(0, len(order.places), SIZE):
        places = order.places[start : start + SIZE]
        yield "".join(f"{head},{','.join(row)}\n" for row in texts.rows(columns, places))


def _any(observations: Observations, name: str) -> bool:
    if name in observations.numbers:
        return any(value == value for value in observations.numbers[name])
    return name in observations.columns and any(observations.columns[name].at)
