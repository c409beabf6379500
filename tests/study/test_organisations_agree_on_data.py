"""An agreement is words for people, rules for machines, and it is kept: purpose, days, named people, signatures."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from consent_study import CONSENT, write_consented
from small_study import countersign

from countersign.errors import AgreementError
from countersign.evidence.keys import new_key
from countersign.evidence.log import Log
from countersign.publishing.agreement_text import LANGUAGES, as_page, as_text
from countersign.publishing.odrl import as_odrl
from countersign.study import Study
from countersign.study.agreement_file import read_agreement

TERMS = """\
agreement: 1
title: {en: Homes of the residents, fr: Les logements des habitants}
parties:
  residents: {name: "Residents' <council>", role: cso, key: ""}
  office: {name: Statistical Office, role: nso, key: ""}
gives: residents
receives: office
datasets: {people: "Answers on water, without names"}
purposes: [share_with_nso, publish_aggregates]
statistical_use_only: true
starts: "2026-01-01"
expires: "2199-12-31"
delete_by: "2200-03-31"
persons: []
credit: Data of the residents
review_days: 14
languages: [en, fr, es]
"""


def write_terms(folder: Path, text: str = TERMS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "office.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def under_agreement(folder: Path, text: str = TERMS, consent: str = CONSENT) -> Path:
    write_consented(folder, consent=consent, extra="agreements: [agreements/office.yaml]\n")
    write_terms(folder / "agreements", text)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_every_clause(language: str, tmp_path: Path) -> None:
    agreement, _ = read_agreement(write_terms(tmp_path))
    text, page = as_text(agreement, language), as_page(agreement, language, digest="0" * 64)
    for word in ("Statistical Office", "2199-12-31", "2200-03-31", "14", "72", "Data of the residents"):
        assert word in text
        assert word in page
    assert "{" not in text
    assert "<council>" not in page
    assert f'lang="{language}"' in page
    assert len(text.split("\n\n")) == len(as_text(agreement, "en").split("\n\n"))


def test_odrl_is_read_by_a_library_and_says_the_same(tmp_path: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    agreement, _ = read_agreement(write_terms(tmp_path))
    graph = rdflib.Graph().parse(data=json.dumps(as_odrl(agreement, digest="ab" * 32)), format="json-ld")
    odrl = rdflib.Namespace("http://www.w3.org/ns/odrl/2/")
    (policy,) = graph.subjects(rdflib.RDF.type, odrl.Agreement)
    (permission,) = [one for one in graph.objects(policy, odrl.permission) if (one, odrl.action, odrl.use) in graph]
    for side in (odrl.assigner, odrl.assignee, odrl.target):
        assert len(list(graph.objects(permission, side))) == 1
    purposes = {
        str(purpose).rpartition(":")[2]
        for rule in graph.objects(permission, odrl.constraint)
        if (rule, odrl.leftOperand, odrl.purpose) in graph
        for purpose in graph.objects(rule, odrl.rightOperand)
    }
    assert purposes == {"share_with_nso", "publish_aggregates"}
    days = {str(v) for r in graph.objects(permission, odrl.constraint) for v in graph.objects(r, odrl.rightOperand)}
    assert {"2026-01-01", "2199-12-31"} <= days
    assert len(list(graph.objects(policy, odrl.prohibition))) == 2
    assert {str(a) for d in graph.objects(policy, odrl.obligation) for a in graph.objects(d, odrl.action)} == {
        str(odrl.delete), str(odrl.inform),
    }  # fmt: skip
    for rule in graph.subjects(rdflib.RDF.type, odrl.Constraint):
        for part in (odrl.leftOperand, odrl.operator, odrl.rightOperand):
            assert list(graph.objects(rule, part)), "a constraint has three parts (ODRL information model, 2.5)"


@pytest.mark.parametrize(
    ("old", "new", "problem", "line"),
    [
        ('expires: "2199-12-31"', 'expires: "2025-12-31"', "ends before it starts", 12),
        ('delete_by: "2200-03-31"', 'delete_by: "2100-01-01"', "gone while they may still be used", 13),
        ("publish_aggregates]", "publish_agregates]", "Did you mean 'publish_aggregates'?", 9),
        ("publish_aggregates]", "recontact]", "no statistical use", 9),
        ("statistical_use_only: true", "statistical_use_only: false", "for statistics only", 10),
        ("gives: residents", "gives: resident", "Did you mean 'residents'?", 6),
        ("receives: office", "receives: residents", "The same party gives and receives", 7),
        ("persons: []", 'persons: [{name: A, party: police, key: "SHA256:x"}]', "There is no party 'police'", 14),
        ("persons: []", "persons: [{name: A, party: office, key: abc}]", "This is no key", 14),
        ("review_days: 14", "review_day: 14", "Did you mean 'review_days'?", 16),
        ('starts: "2026-01-01"', "starts: soon", "is no day", 11),
        ("credit: Data", "no_reidentification: false\ncredit: Data", "another form", 15),
        ("role: nso", "role: police", "one of cso", 5),
    ],
)
def test_terms_that_cannot_be_are_refused_with_their_line(
    old: str, new: str, problem: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(AgreementError) as error:
        read_agreement(write_terms(tmp_path, TERMS.replace(old, new)))
    assert problem in str(error.value)
    assert f"office.yaml, line {line}," in error.value.where


def test_a_study_within_the_agreement_is_built_and_the_log_says_so(tmp_path: Path) -> None:
    folder = under_agreement(tmp_path)
    assert countersign("run", folder).exit_code == 0
    lines = Log(folder).lines()
    said = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in lines]
    (one,) = [s for s in said if s["predicateType"] == "urn:countersign:statement:agreement:1"]
    assert one["predicate"]["expires"] == "2199-12-31"
    assert one["predicate"]["purposes"] == ["share_with_nso", "publish_aggregates"]


@pytest.mark.parametrize(
    ("text", "consent", "problem"),
    [
        (TERMS.replace("publish_aggregates]", "publish_microdata]"), CONSENT, "does not allow the data to be used"),
        (TERMS.replace("2199-12-31", "2026-02-01"), CONSENT, "ran out on 2026-02-01"),
        (TERMS.replace("2026-01-01", "2198-01-01"), CONSENT, "begins on 2198-01-01"),
        (TERMS.replace("{people:", "{homes:"), CONSENT, "about no data source"),
        (TERMS, "", "does not say what it is built for"),
        (TERMS.replace("persons: []", 'persons: [{name: Ana, party: office, key: "SHA256:x"}]'), CONSENT, "Only named"),
    ],
)
def test_what_was_not_agreed_is_not_built(text: str, consent: str, problem: str, tmp_path: Path) -> None:
    folder = under_agreement(tmp_path, text, consent)
    result = countersign("run", folder)
    assert result.exit_code == 2, result.output
    assert problem in result.output
    assert not (folder / "release").exists()


def test_rows_are_not_published_under_an_agreement_on_figures(tmp_path: Path) -> None:
    result = countersign("anonymise", under_agreement(tmp_path))
    assert result.exit_code == 2
    assert "does not allow the data to be used to publish changed rows" in result.output


def test_a_named_person_is_known_by_the_key_they_hold(tmp_path: Path) -> None:
    own, other = new_key(tmp_path / "ana"), new_key(tmp_path / "ben")
    text = TERMS.replace("persons: []", f'persons: [{{name: Ana, party: office, key: "{own.key_id}"}}]')
    folder = under_agreement(tmp_path / "study", text)
    result = countersign("assess", folder, "--person", tmp_path / "ben")
    assert result.exit_code == 2
    assert f"the key {other.key_id} is not among the people" in result.output
    assert countersign("assess", folder, "--person", tmp_path / "ana").exit_code == 0


def test_it_counts_only_once_everybody_signed_what_it_says_now(tmp_path: Path) -> None:
    keys = {name: new_key(tmp_path / name).public.line for name in ("residents", "office")}
    text = TERMS
    for line in keys.values():
        text = text.replace('key: ""', f'key: "{line}"', 1)
    folder = under_agreement(tmp_path / "study", text)
    file = folder / "agreements" / "office.yaml"
    for place, name in enumerate(keys):
        result = countersign("assess", folder)
        assert result.exit_code == 2
        assert "is not signed by" in result.output
        wrong = countersign("agreement", "sign", file, "--party", name, "--key", tmp_path / list(keys)[1 - place])
        assert wrong.exit_code == 2
        assert countersign("agreement", "sign", file, "--party", name, "--key", tmp_path / name).exit_code == 0
    with Study.open(folder) as study:
        assert study.assess()
    file.write_text(text.replace("review_days: 14", "review_days: 2"), encoding="utf-8")
    assert "is not signed by" in countersign("assess", folder).output
    assert "has not signed it as it is now" in countersign("agreement", "show", file).output


def test_a_draft_is_an_agreement_in_every_language(tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    assert countersign("agreement", "new", file).exit_code == 0
    assert countersign("agreement", "new", file).exit_code == 2
    for language in LANGUAGES:
        assert countersign("agreement", "show", file, "--language", language).exit_code == 0
    assert countersign("agreement", "show", file, "--language", "sw").exit_code == 2
    assert countersign("agreement", "show", file, "--out", tmp_path / "page.html").exit_code == 0
    assert countersign("agreement", "odrl", file).exit_code == 0
    assert json.loads((tmp_path / "draft.jsonld").read_text())["type"] == "odrl:Agreement"
