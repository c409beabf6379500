"""The global structure comes along; any other is read from a file, dimensions and constraints of its own and all."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sdmx_samples import DIMENSIONS, LISTS, NATIONAL, figure, national, release

from countersign.catalogue.sdmx import sdg
from countersign.catalogue.sdmx.compact import as_compact, from_compact
from countersign.errors import DataError, ReleaseError
from countersign.model.data_structure import Attachment
from countersign.model.sdmx_plan import BreakdownPlan
from countersign.publishing.sdmx import map_release, read_structure, write_sdmx
from real_data import PROJECT, shared


def test_the_global_structure_has_its_dimensions_in_order() -> None:
    structure = sdg()
    assert structure.key == "IAEG-SDGs:SDG(1.4)"
    assert [one.id for one in structure.dimensions] == [
        "FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", "URBANISATION", "INCOME_WEALTH_QUANTILE",
        "EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN", "COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY",
        "PRODUCT",
    ]  # fmt: skip
    assert [len(structure.codes(one.id)) for one in structure.dimensions] == [
        9, 3, 623, 619, 7, 134, 3, 10, 53, 41, 1000, 229, 3, 28, 29,
    ]  # fmt: skip
    assert [one.id for one in structure.attributes if one.required] == ["OBS_STATUS", "UNIT_MULT", "UNIT_MEASURE"]
    assert [one.id for one in structure.attached(Attachment.SERIES)] == [
        "UNIT_MEASURE", "COMMENT_TS", "GEO_INFO_URL", "GEO_INFO_TYPE", "CUST_BREAKDOWN_LB", "DATA_LAST_UPDATE",
    ]  # fmt: skip
    assert structure.indicators["EN_MAR_BEALITSQ"] == ("14.1.1",)
    assert structure.source
    assert structure.licence


def test_the_bundled_file_is_small_and_is_made_by_the_tool_from_the_published_files() -> None:
    folder = shared("sdg")
    bundled = PROJECT / "src" / "countersign" / "catalogue" / "sdmx" / "sdg_1_4.json"
    assert bundled.stat().st_size < 400_000
    sys.path.insert(0, str(PROJECT / "tools"))
    try:
        import bundle_sdg_structure as tool
    finally:
        sys.path.pop(0)
    structure = read_structure(folder / "IAEG-SDGs_SDG_1.4_dsd.xml")
    whole = replace(structure, constraints=tool.constraints(folder / "sdmx_global_content_constraints.csv", structure))
    assert as_compact(whole, head=tool.HEAD) == bundled.read_text(encoding="utf-8")


def test_every_code_list_is_whole() -> None:
    paths = sorted((shared("sdg") / "codelists").glob("*.csv"))
    assert len(paths) == len(sdg().lists) == 20
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            codes = {row["code"]: row["name"].strip() for row in csv.DictReader(file)}
        agency, _, rest = path.stem.partition("_")
        name, _, version = rest.rpartition("_")
        held = sdg().lists[f"{agency}:{name}({version})"].codes
        assert {code: text.strip() for code, text in held.items()} == codes


def test_every_series_has_the_constraints_of_the_published_table() -> None:
    with (shared("sdg") / "sdmx_global_content_constraints.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["SERIES"]: row for row in csv.DictReader(file)}
    held = {one.code: one for one in sdg().constraints}
    assert set(held) <= set(rows)
    for series, constraint in held.items():
        for component, codes in constraint.allowed.items():
            assert codes == {code.strip() for code in rows[series][component].split(";") if code.strip()}
    water = held["SP_ACS_BSRVH2O"].allowed
    assert (water["SEX"], "URBANISATION" in water) == (frozenset({"_T"}), False)


def test_the_compact_form_keeps_everything() -> None:
    structure = sdg()
    again = from_compact(as_compact(structure, head={"source": structure.source, "licence": structure.licence}))
    assert again == structure


@pytest.mark.parametrize("ending", [".21.xml", ".30.xml", ".json"])
def test_a_national_structure_is_read_from_every_format(ending: str, tmp_path: Path) -> None:
    structure = read_structure(national(tmp_path / f"national{ending}"))
    assert structure.key == NATIONAL
    assert tuple(one.id for one in structure.dimensions) == DIMENSIONS
    assert structure.time is not None
    assert structure.time.id == "TIME_PERIOD"
    for name, codes in LISTS.items():
        assert dict(structure.codes(name)) == codes
    level = {one.id: (str(one.attached), one.dimensions) for one in structure.attributes}
    assert level["UNIT_MEASURE"] == ("series", DIMENSIONS)
    assert level["GEO_URL"] == ("series", ("TERRITORY",))
    assert level["TITLE"] == ("dataset", ())
    assert level["COMMENT_OBS"] == ("observation", ())
    assert structure["LOWER_BOUND"].number
    assert structure["OBS_STATUS"].required
    assert structure.indicators == {"NAT_WATER": ("6.1.1",), "NAT_MEALS": ("2.1.2",)}
    assert len(structure.digest) == 64


def test_every_format_gives_the_same_structure(tmp_path: Path) -> None:
    read = [read_structure(national(tmp_path / f"n{ending}")) for ending in (".21.xml", ".30.xml", ".json")]
    assert len({as_compact(one, head={}) for one in read}) == 1


def test_the_figures_go_out_in_dimensions_of_the_national_structure(tmp_path: Path) -> None:
    structure = read_structure(national(tmp_path / "n.21.xml"))
    made = release(
        (figure({"people": "Ama", "gender": "f"}), figure({"territory": "North"}), figure({"territory": "KX-S"})),
        area="",
        series={"water": "NAT_WATER"},
        breakdowns={"people": BreakdownPlan("ETHNOS"), "gender": BreakdownPlan("GENDER", {"f": "2"})},
        constants={"TERRITORY": "KX"},
    )
    found = [one.texts for one in map_release(made, structure).observations]
    assert [(one["ETHNOS"], one["GENDER"], one["TERRITORY"]) for one in found] == [
        ("AMA", "2", "KX"), ("_T", "_T", "KX-N"), ("_T", "_T", "KX-S"),
    ]  # fmt: skip
    assert {one["UNIT_MEASURE"] for one in found} == {"PERCENT"}
    write_sdmx(made, tmp_path / "sdmx", structure=structure)
    page = (tmp_path / "sdmx" / "README.md").read_text(encoding="utf-8")
    assert structure.digest in page
    assert "North = `KX-N`" in page


def test_a_variable_without_a_dimension_is_refused_where_a_structure_has_none_for_groups(tmp_path: Path) -> None:
    structure = read_structure(national(tmp_path / "n.21.xml"))
    made = release(
        (figure({"village": "Upper"}),), area="", series={"water": "NAT_WATER"}, constants={"TERRITORY": "KX"}
    )
    with pytest.raises(ReleaseError, match="No dimension is known for 'village'") as refused:
        map_release(made, structure)
    assert "TERRITORY" in refused.value.expected


@pytest.mark.parametrize("ending", [".21.xml", ".30.xml", ".json"])
def test_constraints_of_the_file_are_held(ending: str, tmp_path: Path) -> None:
    structure = read_structure(national(tmp_path / f"n{ending}", constrained=True))
    allowed = {one.code: {name: sorted(codes) for name, codes in one.allowed.items()} for one in structure.constraints}
    assert allowed["NAT_WATER"] == {"GENDER": ["2", "_T"], "ETHNOS": ["_T"]}
    assert allowed["NAT_MEALS"] == {"GENDER": ["_T"]}
    made = release(
        (figure(), figure({"gender": "men"})),
        area="",
        series={"water": "NAT_WATER"},
        breakdowns={"gender": BreakdownPlan("GENDER", {"men": "1"})},
        constants={"TERRITORY": "KX"},
    )
    with pytest.raises(ReleaseError, match="the series NAT_WATER allows no GENDER '1'"):
        write_sdmx(made, tmp_path / "sdmx", structure=structure)


def test_one_of_several_structures_must_be_named(tmp_path: Path) -> None:
    path = national(tmp_path / "n.21.xml", second=True)
    with pytest.raises(DataError, match="holds 2 data structures") as refused:
        read_structure(path)
    assert NATIONAL in refused.value.expected
    assert read_structure(path, named=NATIONAL).id == "NAT"
    assert read_structure(path, named="OTHER").id == "OTHER"
    with pytest.raises(DataError, match="named 'KX:NAT"):
        read_structure(path, named="KX:NAT(9.9)")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not a structure message"),
        (b"a,b\n1,2\n", "is not a structure message"),
        (b"<?xml version='1.0'?><a/>", "is not a structure message"),
        (b"<?xml version='1.0'?><a>", "is not a structure message"),
        (b'{"meta": {}, "data": {}}', "is not a structure message"),
        (b"\xff\xfe\x00\x01", "is not a structure message"),
    ],
)
def test_a_file_that_is_no_structure_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "structure.xml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told) as refused:
        read_structure(path, where="study.yaml, line 9, sdmx.structure")
    assert refused.value.where == "study.yaml, line 9, sdmx.structure"
    assert "references=all" in refused.value.action


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file 'x\.xml'"):
        read_structure(tmp_path / "x.xml")


@pytest.mark.parametrize("ending", [".21.xml", ".30.xml", ".json"])
def test_a_structure_that_refers_to_a_list_it_lacks_is_refused(ending: str, tmp_path: Path) -> None:
    path = national(tmp_path / f"n{ending}")
    text = path.read_text(encoding="utf-8")
    if ending == ".json":
        message = json.loads(text)
        message["data"]["codelists"] = [one for one in message["data"]["codelists"] if one["id"] != "CL_ETHNOS"]
        text = json.dumps(message)
    else:
        start = text.index('<str:Codelist id="CL_ETHNOS"')
        end = text.index("</str:Codelist>", start) + len("</str:Codelist>")
        text = text[:start] + text[end:]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"refers to Codelist=KX:CL_ETHNOS\(1\.0\), which it does not hold"):
        read_structure(path)


def test_without_the_package_that_reads_it_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = national(tmp_path / "n.21.xml")
    monkeypatch.setitem(sys.modules, "pysdmx.io", None)
    with pytest.raises(DataError) as refused:
        read_structure(path)
    assert refused.value.action == "pip install 'countersign[sdmx]'"
