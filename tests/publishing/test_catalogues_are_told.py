"""Records of a release: each as its standard demands it, and none with a number that may not leave."""

# ruff: noqa: E501

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import codebook_order
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from release_samples import SECRET, estimate, litter, sparse, survey

from countersign.model.calendar import Calendar
from countersign.model.catalogue_record import RecordPlan
from countersign.model.estimate import EstimateTable
from countersign.model.release import Release
from countersign.publishing import write_estimates
from countersign.publishing.delimited import write_delimited
from countersign.publishing.records import FOLDER, write
from countersign.publishing.records.description import describe, licence_of
from countersign.publishing.records.graph import Graph, Iri, Literal
from countersign.publishing.records.tables import fields_of
from countersign.publishing.records.turtle import as_json_ld, write_turtle

SHAPES = Path(__file__).with_name("dcat_ap_shapes.ttl")
RECORD = RecordPlan(
    description={"en": "Who has safe water.", "fr": "Qui a de l'eau s\u00fbre."},
    keywords=("water", 'a "quoted" word'),
    publisher="Office <of> Statistics & Friends",
    homepage="https://example.org/water",
    contact="Ask data@example.org or https://example.org/ask",
    themes=("http://publications.europa.eu/resource/authority/data-theme/ENVI",),
    spatial="http://publications.europa.eu/resource/authority/country/KEN",
    accrual="P1Y",
)
ON_THE_WEB = Calendar(vintage="2026-12", revises="2026-06", note="Two villages more.", address="https://example.org/w")


def full() -> Release:
    release = survey()
    titles = {"en": "Clean water", "fr": "Eau propre", "ar": "مياه"}
    return replace(release, plan=replace(release.plan, title=titles, record=RECORD, calendar=ON_THE_WEB))


def made(release: Release, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_estimates(release.estimates, folder / "estimates.csv")
    (folder / "report.html").write_text("<p>A page</p>", encoding="utf-8")
    (folder / "study.yaml").write_text("title: {en: A study}\n", encoding="utf-8")
    write_delimited(folder / "margins" / "census.csv", columns=("variable", "count"), rows=[("sex", 1.5), ("age", 2)])
    write(release, folder)
    return folder


RELEASES = {"survey": survey, "litter": litter, "sparse": sparse, "full": full}


@pytest.mark.parametrize("name", RELEASES)
def test_the_catalogue_conforms_to_the_shapes_of_dcat_ap(name: str, tmp_path: Path) -> None:
    rdflib, pyshacl = pytest.importorskip("rdflib"), pytest.importorskip("pyshacl")
    folder = made(RELEASES[name](), tmp_path)
    graph = rdflib.Graph().parse(
        folder / FOLDER / "dcat.ttl", format="turtle", publicID="https://here.example/catalogue/"
    )
    conforms, _, text = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(SHAPES))
    assert conforms, text
    same = rdflib.Graph().parse(
        folder / FOLDER / "dcat.jsonld", format="json-ld", publicID="https://here.example/catalogue/"
    )
    assert set(graph) == set(same)
    assert len(graph) > 60


def test_files_without_an_address_are_named_beside_the_record(tmp_path: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    folder = made(survey(), tmp_path)
    graph = rdflib.Graph().parse(folder / FOLDER / "dcat.ttl", publicID="https://here.example/r/catalogue/dcat.ttl")
    found = {str(one) for one in graph.objects(None, rdflib.DCAT.accessURL)}
    assert "https://here.example/r/estimates.csv" in found


def test_files_with_an_address_are_named_by_it(tmp_path: Path) -> None:
    text = (made(full(), tmp_path) / FOLDER / "dcat.ttl").read_text(encoding="utf-8")
    assert "dcat:downloadURL <https://example.org/w/2026-12/estimates.csv>" in text
    assert "frequency/ANNUAL" in text
    assert '"Eau propre (donn' in text or '"Eau propre (synthetic data)"@fr' in text


@pytest.mark.parametrize("name", RELEASES)
def test_the_data_package_is_valid_down_to_every_cell(name: str, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    folder = made(RELEASES[name](), tmp_path)
    told = frictionless.validate(str(folder / "datapackage.json"))
    assert told.valid, told.flatten(["type", "note", "rowNumber", "fieldName"])[:5]
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    figures = next(one for one in package["resources"] if one["path"] == "estimates.csv")
    types = {field["name"]: field["type"] for field in figures["schema"]["fields"]}
    assert (types["value"], types["n"], types["status"]) == ("number", "integer", "string")
    assert figures["schema"]["primaryKey"] == ["figure_id"]
    assert figures["bytes"] == (folder / "estimates.csv").stat().st_size
    assert not [one for one in package["resources"] if ".." in one["path"]]


def test_a_table_that_was_changed_is_found_by_its_digest(tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    folder = made(survey(), tmp_path)
    path = folder / "estimates.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.4413", "0.4414"), encoding="utf-8")
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


@pytest.mark.parametrize("name", ["survey", "full"])
def test_croissant_loads_the_figures(name: str, tmp_path: Path) -> None:
    croissant = pytest.importorskip("mlcroissant")
    folder = made(RELEASES[name](), tmp_path)
    loaded = croissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not loaded.metadata.ctx.issues.errors
    first = next(iter(loaded.records("records/estimates")))
    values = {key.rpartition("/")[2]: value for key, value in first.items()}
    assert values["figure_id"] == b"water"
    assert values["value"] == pytest.approx(0.4413)


@pytest.mark.parametrize("name", RELEASES)
def test_the_codebook_is_in_the_order_of_its_schema(name: str, tmp_path: Path) -> None:
    text = (made(RELEASES[name](), tmp_path) / FOLDER / "ddi-codebook.xml").read_text(encoding="utf-8")
    assert codebook_order.problems(text) == []
    assert "catStat" not in text
    assert "caseQnty" not in text


def test_the_quality_report_has_every_concept_and_says_what_nobody_assessed(tmp_path: Path) -> None:
    folder = made(survey(), tmp_path) / FOLDER
    told = json.loads((folder / "sims.json").read_text(encoding="utf-8"))
    codes = [one["code"] for one in told["concepts"]]
    assert codes == ["S.1", "S.2", "S.3", "S.4", "S.5", "S.6", "S.7", "S.8", "S.9", "S.10", "S.11", "S.12", "S.13.1", "S.13.2", "S.13.3", "S.14", "S.15", "S.16", "S.17", "S.18", "S.19"]  # fmt: skip
    by = {one["code"]: one for one in told["concepts"]}
    assert not by["S.16"]["assessed"]
    assert by["S.16"]["findings"][0]["state"] == "not_assessed"
    assert by["S.13.3"]["assessed"]
    assert not told["verified"]
    page = (folder / "sims.html").read_text(encoding="utf-8")
    assert page.count("<h2") == len(codes)
    assert "Not assessed." in page
    assert "<script" not in page
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_the_piece_for_a_page_cannot_leave_its_element(tmp_path: Path) -> None:
    release = full()
    record = replace(RECORD, description={"en": "</script><script>alert(1)</script> & more"})
    text = (made(replace(release, plan=replace(release.plan, record=record)), tmp_path) / FOLDER / "schema-org.html").read_text(encoding="utf-8")  # fmt: skip
    inside = text.removeprefix('<script type="application/ld+json">').removesuffix("</script>\n")
    assert "<" not in inside
    assert json.loads(inside)["description"].endswith("</script><script>alert(1)</script> & more")
    assert json.loads(inside)["@type"] == "Dataset"


@pytest.mark.parametrize("name", RELEASES)
def test_a_withheld_figure_is_in_no_record(name: str, tmp_path: Path) -> None:
    folder = made(RELEASES[name](), tmp_path)
    for path in folder.rglob("*"):
        if path.is_file():
            assert str(SECRET) not in path.read_text(encoding="utf-8"), path.name


def test_made_up_data_say_so_in_every_record(tmp_path: Path) -> None:
    folder = made(survey(), tmp_path)
    for name in ("dcat.ttl", "dcat.jsonld", "schema-org.jsonld", "ddi-codebook.xml", "sims.json", "sims.html"):
        assert "ynthetic data" in (folder / FOLDER / name).read_text(encoding="utf-8"), name
    for name in ("datapackage.json", "croissant.json"):
        assert "ynthetic data" in (folder / name).read_text(encoding="utf-8"), name


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = made(full(), tmp_path / "one"), made(full(), tmp_path / "another place" / "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) >= 11
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


@pytest.mark.parametrize(
    ("text", "found", "url"),
    [
        ("CC BY 4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("odbl", "ODbL-1.0", "https://spdx.org/licenses/ODbL-1.0.html"),
        ("EEA standard re-use policy", "", ""),
        ("Terms at https://example.org/terms.", "", "https://example.org/terms"),
        ("", "", ""),
    ],
)
def test_a_licence_is_known_by_any_of_its_names(text: str, found: str, url: str) -> None:
    assert (licence_of(text).id, licence_of(text).url) == (found, url)


def test_the_identifier_stays_for_a_vintage_and_changes_with_it() -> None:
    release = full()
    other = replace(release, plan=replace(release.plan, calendar=replace(ON_THE_WEB, vintage="2027-06")))
    assert describe(release).identifier == describe(replace(release, version="9")).identifier
    assert describe(release).identifier != describe(other).identifier


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", "en", "ar"]))
def test_any_text_comes_back_from_turtle_and_json_ld(text: str, language: str) -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = Graph()
    graph.thing("urn:a", "dcat:Dataset")
    graph.add("urn:a", "dct:title", Literal(text, language=language))
    graph.add("urn:a", "dcat:landingPage", Iri(f"https://example.org/{text}"))
    back = rdflib.Graph().parse(data=write_turtle(graph), format="turtle")
    again = rdflib.Graph().parse(data=json.dumps(as_json_ld(graph)), format="json-ld")
    assert set(back) == set(again)
    assert [str(one) for one in back.objects(None, rdflib.DCTERMS.title)] == ([text] if text else [])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", ""], "integer"),
        (["1", "2.5"], "number"),
        (["1e-05", "3"], "number"),
        (["007", "8"], "string"),
        (["true", "false"], "boolean"),
        (["true", "1"], "string"),
        (["", ""], "string"),
        (["12", "twelve"], "string"),
    ],
)
def test_the_type_of_a_column_is_that_of_its_cells(cells: list[str], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("key,column\n" + "".join(f"k{n},{cell}\n" for n, cell in enumerate(cells)), encoding="utf-8")
    found: Any = fields_of(path)
    assert found.fields[1].type == kind


def test_a_table_with_two_columns_of_one_name_is_described_as_a_file_only(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    assert fields_of(path) is None


def test_odd_names_and_texts_break_no_record(tmp_path: Path) -> None:
    rdflib, croissant = pytest.importorskip("rdflib"), pytest.importorskip("mlcroissant")
    frictionless = pytest.importorskip("frictionless")
    release = full()
    domain = 'Group/of: <people> "x"'
    figures = tuple(
        estimate("water", "proportion", 0.5, 0.1, 99, domain={domain: code}) for code in ("=1", "a\nb", "\x07", "NA")
    )
    odd = replace(
        release.plan,
        title={"en": 'A "title" </script> \x07 & more\\'},
        initiative=replace(release.plan.initiative, organiser='O <b>"rg"', licence="Own & <odd> terms"),
    )
    folder = made(replace(release, plan=odd, estimates=EstimateTable(figures)), tmp_path)
    assert frictionless.validate(str(folder / "datapackage.json")).valid
    graph = rdflib.Graph().parse(folder / FOLDER / "dcat.ttl")
    assert set(graph) == set(rdflib.Graph().parse(folder / FOLDER / "dcat.jsonld", format="json-ld"))
    assert codebook_order.problems((folder / FOLDER / "ddi-codebook.xml").read_text(encoding="utf-8")) == []
    loaded = croissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert sum(1 for _ in loaded.records("records/estimates")) == len(figures)
    assert "<b>" not in (folder / FOLDER / "sims.html").read_text(encoding="utf-8")
