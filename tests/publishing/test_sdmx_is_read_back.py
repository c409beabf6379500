"""What libraries that are not ours read from our files is what was written: every value, every attribute."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sdmx_samples import (
    NAUGHTY,
    as_an_office_writes_it,
    as_read,
    by_key,
    everything,
    expected,
    national,
    release,
    written,
)

from countersign.model.data_structure import DataStructure
from countersign.model.release import Release
from countersign.publishing.sdmx import read_structure
from real_data import shared


@pytest.mark.parametrize("name", ["csv", "ml21", "ml30"])
def test_pysdmx_reads_every_value(name: str, tmp_path: Path) -> None:
    from pysdmx.io import read_sdmx

    made, structure = everything()
    found = read_sdmx(written(made, structure, name, tmp_path), validate=name != "csv").data
    assert found is not None
    assert len(found) == 1
    assert str(found[0].structure).endswith(structure.key)
    assert found[0].action.value == "Replace"
    assert _plain(as_read(found[0].data, structure)) == _plain(expected(made, structure))


def test_sdmx1_reads_every_value(tmp_path: Path) -> None:
    import sdmx

    structure_file = shared("sdg") / "IAEG-SDGs_SDG_1.4_dsd.xml"
    made, structure = everything()
    dsd = sdmx.read_sdmx(structure_file).structure["SDG"]
    message = sdmx.read_sdmx(written(made, structure, "ml21", tmp_path), structure=dsd)
    assert len(message.data) == 1
    rows = []
    for series, observations in message.data[0].series.items():
        for one in observations:
            row: dict[str, Any] = {name: value.value for name, value in one.key.values.items()}
            row |= {name: value.value for name, value in {**series.attrib, **one.attached_attribute}.items()}
            rows.append(row | {structure.measure.id: one.value})
    for row in rows:
        for name in [name for name in row if structure[name].number and row[name] is not None]:
            row[name] = float(row[name])
    assert by_key(rows, structure) == expected(made, structure)


def test_json_decoded_by_its_own_rules_gives_every_value(tmp_path: Path) -> None:
    made, structure = everything()
    message = json.loads(written(made, structure, "json", tmp_path).read_text(encoding="utf-8"))
    assert by_key(decoded(message), structure) == expected(made, structure)


@pytest.mark.parametrize("name", ["csv", "ml21", "ml30"])
def test_a_national_structure_is_read_back_too(name: str, tmp_path: Path) -> None:
    from pysdmx.io import get_datasets

    made, structure = of_the_nation(tmp_path)
    held = get_datasets(written(made, structure, name, tmp_path), tmp_path / "national.21.xml", validate=name != "csv")
    rows = as_read(held[0].data.assign(**held[0].attributes), structure)
    assert rows == expected(made, structure)
    assert {row["TITLE"] for row in rows} == {"Citizen data & more"}
    assert {(row["TERRITORY"], row["GEO_URL"]) for row in rows} == {("KX", "https://example.org/kx")}


def test_json_of_a_national_structure_gives_every_value(tmp_path: Path) -> None:
    made, structure = of_the_nation(tmp_path)
    message = json.loads(written(made, structure, "json", tmp_path).read_text(encoding="utf-8"))
    assert by_key(decoded(message), structure) == expected(made, structure)


def test_a_withheld_figure_has_no_number_in_any_format(tmp_path: Path) -> None:
    made, structure = everything()
    secret = next(one for one in made.estimates if one.status == "suppressed")
    assert secret.value is not None
    for name in ("csv", "ml21", "ml30", "json"):
        text = written(made, structure, name, tmp_path).read_text(encoding="utf-8")
        for number in (secret.value, 100 * secret.value, secret.lower, secret.upper):
            assert f"{number:.6g}"[:6] not in text
    [row] = [row for row in expected(made, structure) if row["OBS_STATUS"] == "Q"]
    assert row.keys() & {"OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "NATURE"} == set()
    assert row["COMMENT_OBS"] == "Withheld to protect people."


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    made, structure = everything()
    for name in ("csv", "ml21", "ml30", "json"):
        first = written(made, structure, name, tmp_path).read_bytes()
        assert written(made, structure, name, tmp_path).read_bytes() == first


def of_the_nation(folder: Path) -> tuple[Release, DataStructure]:
    from sdmx_samples import figure

    structure = read_structure(national(folder / "national.21.xml"))
    figures = [figure({"gender": gender}, number / 3) for number, gender in enumerate(("male", "female"))]
    figures += [figure(), figure({"people": "Ama"}, 0.2), figure({"people": "Bor"}, 0.7), figure({"year": "2023"})]
    constants = {"TITLE": "Citizen data & more", "GEO_URL": "https://example.org/kx", "TERRITORY": "KX"}
    from countersign.model.sdmx_plan import BreakdownPlan

    breakdowns = {
        "gender": BreakdownPlan("GENDER", {"male": "1", "female": "2"}),
        "people": BreakdownPlan("ETHNOS"),
    }
    made = release(tuple(figures), area="", series={"water": "NAT_WATER"}, constants=constants, breakdowns=breakdowns)
    return made, structure


def decoded(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Decode SDMX-JSON as its rules say, without any code of ours."""
    [structure], [data] = message["data"]["structures"], message["data"]["dataSets"]

    def value(component: dict[str, Any], at: Any) -> Any:
        if at is None or "values" not in component:
            return at
        held = component["values"][at]
        return held.get("id", held.get("value"))

    def given(components: list[dict[str, Any]], at: list[Any]) -> dict[str, Any]:
        return {one["id"]: value(one, place) for one, place in zip(components, at, strict=True)}

    rows = []
    of_set = given(structure["attributes"]["dataSet"], data["attributes"])
    for key, series in data["series"].items():
        places = [int(place) for place in key.split(":")]
        own = given(structure["dimensions"]["series"], places)
        own |= given(structure["attributes"]["series"], series["attributes"])
        for time, (measured, *attributes) in series["observations"].items():
            row = own | of_set | given(structure["dimensions"]["observation"], [int(time)])
            row |= given(structure["attributes"]["observation"], attributes)
            rows.append(row | {structure["measures"]["observation"][0]["id"]: measured})
    return rows


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """CSV keeps a text from being run as a formula; none of these begins like one."""
    assert any(" ".join(NAUGHTY.split()) in str(row.get("CUST_BREAKDOWN_LB", "")) for row in rows)
    return rows


@pytest.mark.parametrize("name", ["csv", "ml21", "ml30", "json"])
def test_a_structure_as_an_office_writes_it_is_read_back(name: str, tmp_path: Path) -> None:
    """Names in two languages, bounds without a type, a dataflow: seen in the structure of a national office."""
    from pysdmx.io import read_sdmx

    path = as_an_office_writes_it(tmp_path / "office.xml", shared("sdg") / "IAEG-SDGs_SDG_1.4_dsd.xml")
    structure = read_structure(path)
    assert structure.key == "KX_NSO:SDG(1.8)"
    assert structure["LOWER_BOUND"].type == "String"
    assert structure.codes("SEX")["F"] == "Female"
    made, _ = everything()
    file = written(made, structure, name, tmp_path)
    rows = expected(made, structure)
    assert {type(row["LOWER_BOUND"]) for row in rows if "LOWER_BOUND" in row} == {str}
    if name == "json":
        assert by_key(decoded(json.loads(file.read_text(encoding="utf-8"))), structure) == rows
        return
    found = read_sdmx(file, validate=name != "csv").data
    assert found is not None
    read = as_read(found[0].data, structure)
    for row in (*read, *rows):  # a table of text may give 30 back as 30.0
        row |= {name: float(row[name]) for name in ("LOWER_BOUND", "UPPER_BOUND") if name in row}
    assert read == rows
