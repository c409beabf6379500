"""Frameworks are views on the one table: they name its criteria, keep their status, and lose nothing."""

from __future__ import annotations

import pytest

from countersign.catalogue import Status, View, arrange, criteria, read_view, view, views
from countersign.errors import CatalogueError
from real_data import PROJECT

HEAD = "list: own\nholds: view\ntitle: Own\nsource: a book\nstatus: draft-unverified\nentries:\n"
OWN = HEAD + "  own:\n    title: Our own\n    items:\n      one: {title: One, criteria: [E1, A1]}\n"


def test_the_frameworks_asked_for_are_there():
    assert set(views().ids) >= {
        "copenhagen", "nqaf", "ess", "sims", "ons_gateway", "psa_five", "paris21", "kenya", "unitar", "ppsr_core",
        "care", "hrbad", "dihr",
    }  # fmt: skip


def test_every_framework_named_in_the_table_is_a_view_that_asks_for_that_criterion():
    by_code = {one.code: one for one in views()}
    assert len(by_code) == len(views())
    for criterion in criteria():
        for name in criterion.frameworks:
            assert name in by_code, (criterion.id, name)
            assert criterion.id in by_code[name].criteria, (criterion.id, name)
    named = {name for criterion in criteria() for name in criterion.frameworks}
    assert set(by_code) == named


def test_a_view_shows_its_status_in_its_label_and_says_what_is_missing():
    for one in views():
        assert one.status_words in one.label
        assert one.title in one.label
        assert one.body, one.id
        assert one.verified, one.id
        assert bool(one.missing) == (one.status is not Status.READ), one.id
        assert one.items, one.id
    assert view("psa_five").label.endswith("(not verified: rests on sources that were not read)")
    assert view("ppsr_core").label.endswith("(verified: its source was read)")


def test_only_the_one_source_that_was_read_in_full_is_verified():
    assert [one.id for one in views() if one.status is Status.READ] == ["ppsr_core"]


def test_the_national_quality_framework_has_nineteen_principles_on_four_levels():
    nqaf = view("nqaf")
    assert [item.id for item in nqaf.items] == [f"P{number}" for number in range(1, 20)]
    groups = [item.group for item in nqaf.items]
    assert {group: groups.count(group) for group in dict.fromkeys(groups)} == {
        "A. Managing the statistical system": 3,
        "B. Managing the institutional environment": 6,
        "C. Managing statistical processes": 4,
        "D. Managing statistical outputs": 6,
    }


def test_the_metadata_structure_has_its_eighteen_concepts_in_order():
    heads = list(dict.fromkeys(".".join(item.id.split(".")[:2]) for item in view("sims").items))
    assert heads == [f"S.{number}" for number in range(1, 19)]
    assert set(view("sims").criteria) == set(criteria().ids), "the dossier for the office leaves nothing out"


def test_a_view_is_found_by_the_code_of_the_table_too():
    assert view("CPH") is view("copenhagen")
    with pytest.raises(CatalogueError, match="Did you mean 'nqaf'"):
        view("nqfa")


def test_criteria_come_in_the_order_of_the_view_and_nothing_is_lost():
    psa = view("psa_five")
    arranged = arrange(psa, ["E12", "E1", "D1", "A1", "E1"])
    assert [(item.id, ids) for item, ids in arranged.items] == [
        ("relevance", ()),
        ("credibility", ("D1",)),
        ("timeliness_frequency", ()),
        ("documentation", ("D1",)),
        ("acc", ("E1",)),
    ]
    assert arranged.rest == ("A1", "E12")
    assert arranged.view.label == psa.label


@pytest.mark.parametrize("key", [one.id for one in views()])
def test_no_view_loses_a_criterion(key):
    arranged = arrange(view(key), criteria().ids)
    seen = {one for _, ids in arranged.items for one in ids} | set(arranged.rest)
    assert seen == set(criteria().ids)


def test_arranging_nothing_leaves_the_items_empty():
    arranged = arrange(view("care"), [])
    assert all(ids == () for _, ids in arranged.items)
    assert arranged.rest == ()


def test_a_criterion_that_does_not_exist_names_the_nearest():
    with pytest.raises(CatalogueError, match="Did you mean 'E"):
        arrange(view("care"), ["E13"])


def test_a_framework_from_outside_is_a_view_beside_the_others():
    own = read_view(OWN, where="own.yaml")
    assert isinstance(own, View)
    assert views(own).ids[-1] == "own"
    assert view("own", own).criteria == ("E1", "A1")
    assert "own" not in views()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("A1]", "E13]"), "There is no criterion 'E13'"),
        (OWN.replace("  own:\n", "  nqaf:\n"), "two frameworks of the name 'nqaf'"),
        (OWN + OWN.split("entries:\n")[1], "The key 'own' is written twice"),
        (OWN + "      one: {title: Two, criteria: [A2]}\n", "The key 'one' is written twice"),
        (OWN.replace("status: draft-unverified", "status: verified"), "Unknown status 'verified'"),
        (OWN.replace("criteria: [E1, A1]", "critera: [E1]"), "Did you mean 'criteria'"),
        (OWN.replace(", criteria: [E1, A1]", ""), "'criteria' is missing"),
        (OWN + "  two:\n    title: Two\n    items:\n      a: {title: A, criteria: [A1]}\n", "2 entries were found"),
        (OWN.replace("holds: view", "holds: claim"), "Unknown key 'items'"),
        (OWN.replace("holds: view\n", ""), "One framework is expected"),
    ],
)
def test_a_mistake_in_a_framework_names_file_and_entry(text, message):
    with pytest.raises(CatalogueError, match=r"own\.yaml") as caught:
        read_view(text, where="own.yaml")
    assert message in str(caught.value)


def test_two_frameworks_of_one_name_from_two_files_are_refused():
    own = read_view(OWN, where="own.yaml")
    with pytest.raises(CatalogueError, match="two frameworks of the name 'own'"):
        views(own, own)


def test_the_framework_on_the_page_on_extending_can_be_read():
    page = (PROJECT / "docs/extending.md").read_text(encoding="utf-8")
    text = page.split("## A framework of your own")[1].split("```yaml\n")[1].split("```")[0]
    own = read_view(text, where="our-office.yaml")
    assert own.label == "Quality guideline (verified: its source was read)"
    assert arrange(own, ["E1", "A1", "D4"]).rest == ("D4",)
