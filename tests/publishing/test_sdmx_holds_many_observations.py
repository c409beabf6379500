"""Any text survives every format; a million observations fit, and writing them costs little."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sdmx_samples import figure, release

from countersign.catalogue.sdmx import sdg
from countersign.model.observation import Observation, gather
from countersign.publishing.sdmx import map_release
from countersign.publishing.sdmx.blocks import blocks
from countersign.publishing.sdmx.message import message_of
from countersign.publishing.sdmx.order import in_order
from countersign.publishing.sdmx.writing import as_columns, message_in
from real_data import PROJECT

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True), values=st.lists(st.floats(0, 1), min_size=4, max_size=4)
)
@settings(max_examples=40, deadline=None)
def test_any_name_of_a_group_is_the_same_in_every_format(names: list[str], values: list[float]) -> None:
    structure = sdg()
    figures = tuple(
        figure({"people": name}, value, figure_id=f"f{number}")
        for number, (name, value) in enumerate(zip(names, values, strict=False))
    )
    made = release(figures)
    observations = map_release(made, structure).observations
    held = as_columns(observations, structure)
    order = in_order(held, structure)
    files = {
        name: "".join(message_in(name, held, structure, order, message=message_of(made)))
        for name in ("csv", "ml21", "ml30", "json")
    }
    told = {
        one.texts["CUST_BREAKDOWN"]: (one.texts["CUST_BREAKDOWN_LB"], one.numbers["OBS_VALUE"]) for one in observations
    }
    rows = csv.DictReader(io.StringIO(files["csv"], newline=""))
    assert {row["CUST_BREAKDOWN"]: (row["CUST_BREAKDOWN_LB"], float(row["OBS_VALUE"])) for row in rows} == told
    for name in ("ml21", "ml30"):
        found = {}
        for series in ET.fromstring(files[name].encode()).iter("Series"):
            label = series.attrib["CUST_BREAKDOWN_LB"]
            found[series.attrib["CUST_BREAKDOWN"]] = (label, float(series[0].attrib["OBS_VALUE"]))
        assert found == told
    attributes = json.loads(files["json"])["data"]["structures"][0]["attributes"]["series"]
    labels = next(one["values"] for one in attributes if one["id"] == "CUST_BREAKDOWN_LB")
    assert {one["value"] for one in labels} == {label for label, _ in told.values()}


@given(years=st.lists(st.tuples(st.integers(0, 6), st.integers(2000, 2004)), max_size=60), size=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_blocks_hold_every_observation_once_in_the_order_of_the_keys(years: list[tuple[int, int]], size: int) -> None:
    structure = sdg()
    codes = list(structure.codes("AGE"))
    made = [Observation({"AGE": codes[age], "TIME_PERIOD": str(year)}, {}, f"{age} {year}") for age, year in years]
    held = as_columns(made, structure)
    order = in_order(held, structure)
    seen: list[tuple[str, str]] = []
    for block in blocks(order, size):
        assert block.ends[-1] == len(block.places)
        assert len(block.first) == len(block.ends)
        start = 0
        for first, end in zip(block.first, block.ends, strict=True):
            ages = {held[int(place)].texts["AGE"] for place in block.places[start:end]}
            assert ages == {held[int(first)].texts["AGE"]}
            start = end
        seen += [(held[int(place)].texts["AGE"], held[int(place)].texts["TIME_PERIOD"]) for place in block.places]
    assert seen == sorted((one.texts["AGE"], one.texts["TIME_PERIOD"]) for one in made)
    assert len(order.same) == len(made) - len(set(seen))


def test_columns_give_back_the_observations() -> None:
    made = [Observation({"A": "x"}, {"N": 1.5}, "one"), Observation({"B": "y"}, {}, "two"), Observation({}, {"N": 0.0})]
    assert list(gather(made, texts=["A", "B"], numbers=["N"])) == made
    with pytest.raises(KeyError):
        gather([Observation({"C": "z"}, {})], texts=["A"], numbers=[])


def measured(rows: int, name: str) -> dict[str, float]:
    """What one run in a process of its own takes."""
    job = json.dumps({"rows": rows, "format": name})
    command = [sys.executable, str(PROJECT / "bench" / "sdmx_messages.py"), "--child", job]
    path = {"PYTHONPATH": str(PROJECT / "src")}
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=path, cwd=Path(command[1]).parent)
    record: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return record


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "ml21", "ml30", "json"])
def test_100_000_observations_are_written_in_2_seconds_of_processor_time(name: str) -> None:
    record = measured(100_000, name)
    assert record["write_cpu"] < 2
    assert record["check_cpu"] < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "ml21"])
def test_a_million_observations_fit_into_1_gib(name: str) -> None:
    assert measured(1_000_000, name)["peak_mib"] < 1024
