"""One loader for all lists: typed, frozen, cached, and strict about what a contributor writes."""

from __future__ import annotations

import dataclasses

import pytest

from countersign.catalogue import Criterion, Entry, Status, Threshold, available, load
from countersign.catalogue.loading import read
from countersign.errors import CatalogueError
from countersign.model.finding import State

HEAD = "list: x\ntitle: X\nsource: a book\nstatus: read\nversion: 2\nentries:\n"


def test_every_list_loads_and_every_entry_says_where_it_comes_from():
    assert available()
    for name in available():
        listing = load(name)
        assert listing.name == name
        for entry in listing:
            assert entry.source, (name, entry.id)
            assert entry.status in Status


def test_a_list_is_read_once():
    assert load(available()[0]) is load(available()[0])


def test_an_unknown_list_names_the_nearest():
    with pytest.raises(CatalogueError, match=r"reference list 'critera'.*Did you mean 'criteria'"):
        load("critera")


def test_an_unknown_entry_names_the_nearest():
    listing = read(HEAD + "  sufficient: {title: A}\n", where="x.yaml")
    with pytest.raises(CatalogueError, match="Did you mean 'sufficient'"):
        listing["suficient"]


def test_entries_inherit_from_the_head_and_may_say_otherwise():
    listing = read(HEAD + "  a: {title: A}\n  b: {title: B, source: another, status: proposed}\n", where="x.yaml")
    assert (listing["a"].source, listing["a"].status, listing["a"].version) == ("a book", Status.READ, "2")
    assert (listing["b"].source, listing["b"].status) == ("another", Status.PROPOSED)


def test_a_plain_list_keeps_its_own_keys_as_facts_and_they_are_frozen():
    entry = read(HEAD + "  a: {title: A, limits: [1, 2], deep: {k: [3]}}\n", where="x.yaml")["a"]
    assert entry["limits"] == (1, 2)
    assert entry["deep"]["k"] == (3,)
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.title = "B"
    with pytest.raises(CatalogueError, match="Did you mean 'limits'"):
        entry["limit"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entries: [1]", "entries"),
        (HEAD.replace("status: read", "status: raed") + "  a: {title: A}\n", "Did you mean 'read'"),
        (HEAD.replace("source: a book\n", "") + "  a: {title: A}\n", "'source' is missing"),
        (HEAD + "  a: {limit: 1}\n", "'title' is missing"),
        (HEAD + "  a: {title: A}\n  a: {title: B}\n", "'a' is written twice"),
        (HEAD.replace("list: x", "list: x\nholds: criterium") + "  a: {title: A}\n", "Did you mean 'criterion'"),
        (HEAD.replace("list: x", "list: x\nholds: threshold") + "  a: {title: A, god: 1}\n", "Did you mean 'good'"),
        (HEAD.replace("title: X", "titel: X") + "  a: {title: A}\n", "Did you mean 'title'"),
        (HEAD + "  a: {title: [", "not valid YAML"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_its_place(text, message):
    with pytest.raises(CatalogueError, match=r"x\.yaml") as caught:
        read(text, where="x.yaml")
    assert message in str(caught.value)


def test_typed_lists_hold_their_type():
    text = HEAD.replace("list: x", "list: x\nholds: criterion") + "  A1: {title: A, technical: T, mode: semi}\n"
    entry = read(text, where="x.yaml")["A1"]
    assert isinstance(entry, Criterion)
    assert isinstance(entry, Entry)
    assert entry.mode == "semi"


CRITERION = HEAD.replace("list: x", "list: x\nholds: criterion")


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("{formula: a / b, reads: [data], limt: cv}", "Did you mean 'limit'"),
        ("{formula: a / b}", "'reads' is missing"),
        ("{reads: [data]}", "'formula' is missing"),
        ("{formula: a / b, reads: [dta]}", "Did you mean 'data'"),
        ("{formula: , reads: [data]}", "'formula' has no value"),
        ("{check: m, formula: a / b, reads: [data]}", "Unknown key 'check'"),
        ("[1]", "neither a text nor a mapping"),
    ],
)
def test_a_mistake_in_a_metric_is_named_with_its_place(metric, message):
    text = CRITERION + f"  A1:\n    title: A\n    metrics:\n      m: {metric}\n"
    with pytest.raises(CatalogueError, match=r"x\.yaml, entries\.A1\.metrics\.m") as caught:
        read(text, where="x.yaml")
    assert message in str(caught.value)


def test_a_metric_lists_its_limit_first_and_its_settings_after():
    text = CRITERION + (
        "  A1:\n    title: A\n    metrics:\n      m: {formula: a / b, reads: [data, form], limit: l, settings: [k]}\n"
        "      n: {formula: c, reads: [answers], settings: [l]}\n"
    )
    entry = read(text, where="x.yaml")["A1"]
    assert isinstance(entry, Criterion)
    assert entry.metric("m").thresholds == ("l", "k")
    assert entry.thresholds == ("l", "k")
    assert (entry.checks, entry.metric("m").reads) == (("m", "n"), ("data", "form"))


@pytest.mark.parametrize(
    ("better", "value", "state"),
    [
        ("lower", 0.10, State.PASS),
        ("lower", 0.1000001, State.WARN),
        ("lower", 0.25, State.WARN),
        ("lower", 0.2500001, State.FAIL),
        ("higher", 0.25, State.PASS),
        ("higher", 0.2499999, State.WARN),
        ("higher", 0.10, State.WARN),
        ("higher", 0.0999999, State.FAIL),
    ],
)
def test_limits_belong_to_the_better_side(better, value, state):
    good, warn = (0.10, 0.25) if better == "lower" else (0.25, 0.10)
    limit = Threshold("t", "T", Status.PROPOSED, "a book", good=good, warn=warn, better=better)
    assert limit.state(value) is state


def test_without_a_second_limit_a_measure_only_warns():
    limit = Threshold("t", "T", Status.PROPOSED, "a book", good=0.0)
    assert limit.state(1e9) is State.WARN
