"""tabulate, suppress and audit on plain tables: what they show, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from countersign import disclosure
from countersign.errors import CountersignError
from real_data import shared

PEOPLE = pd.DataFrame(
    {
        "place": ["n"] * 9 + ["s"] * 12 + ["w"] * 20,
        "sex": ["f"] * 2 + ["m"] * 7 + ["f"] * 6 + ["m"] * 6 + ["f"] * 9 + ["m"] * 11,
        "home": [str(n // 4) for n in range(41)],
        "spent": [float(1 + n % 7) for n in range(41)],
    }
)


def test_what_is_shown_never_holds_a_hidden_number() -> None:
    found = disclosure.suppress(PEOPLE, by=["place", "sex"])
    assert found.audit.safe
    inside = {(row["place"], row["sex"]): row for row in found.inside()}
    for row in found.rows():
        true = inside[row["place"], row["sex"]]
        assert (row["state"] == "suppressed") == (true["hidden"] != "shown")
        if row["state"] == "suppressed":
            assert row["value"] is None
            assert row["low"] <= true["value"] <= row["high"]
            assert row["high"] - row["low"] >= (3 if true["hidden"] == "unsafe" else 0)
        else:
            assert row["value"] == true["value"]
            assert row["low"] is None
    assert inside["n", "f"]["hidden"] == "unsafe"
    assert "unsafe" not in str(found.rows())


def test_it_says_in_words_what_was_done_and_draws_the_table() -> None:
    found = disclosure.suppress(PEOPLE, by=["place", "sex"])
    assert found.sentence.startswith("4 of 12 cells are hidden")
    assert "people wide" in found.sentence
    lines = str(found).splitlines()
    assert lines[2].split() == ["place", "Total", "f", "m"]
    assert lines[4].split() == ["n", "9", "x", "x"]
    assert "<p>4 of 12" in found._repr_html_()
    open_ = disclosure.suppress(PEOPLE, by=["place"])
    assert open_.sentence == "All 4 cells are shown: no rule speaks against any of them."
    assert len(found.to_pandas()) == 12


def test_the_rules_that_were_asked_are_named_with_their_limits() -> None:
    found = disclosure.suppress(
        PEOPLE, by=["place"], magnitude="spent", household="home", minimum=3, households=2, p_percent=10,
        dominance=(2, 90), zeros="protect",
    )  # fmt: skip
    assert [(rule.rule, rule.limit) for rule in found.rules] == [
        ("minimum_contributors", 3), ("minimum_households", 2), ("p_percent", 10), ("dominance", 90), ("zeros", None),
    ]  # fmt: skip
    assert all(rule.source and rule.asked == 4 for rule in found.rules)


@pytest.mark.parametrize(
    ("name", "cost"), [("tab_synth2d_s11", 117), pytest.param("tab_synth3d_s21", 705, marks=pytest.mark.slow)]
)
def test_the_synthetic_tables_are_protected_at_the_proven_optimum(name: str, cost: int) -> None:
    hierarchies = shared("protection", f"{name}_hierarchies.csv")
    by = ["region", "dis"] if "2d" in name else ["region", "age", "dis"]
    whole = disclosure.tabulate(shared("protection", f"{name}_microdata.csv"), by=by, hierarchies=hierarchies)
    found = disclosure.suppress(
        whole.to_pandas().assign(cost=1), by=by, value="value", hierarchies=hierarchies, minimum=4, width=0
    )
    assert found.pattern.proven
    # cost is value + 1 for each cell here; the reference minimises the value alone
    assert cost <= found.table.values[found.pattern.secondary].sum() <= cost * 1.03


def test_a_table_of_records_and_its_table_of_cells_are_protected_alike() -> None:
    cells = disclosure.tabulate(PEOPLE, by=["place", "sex"]).to_pandas()
    one = disclosure.suppress(PEOPLE, by=["place", "sex"]).rows()
    other = disclosure.suppress(cells, by=["place", "sex"], value="value", contributor="contributors").rows()
    assert one == other


def test_the_audit_of_what_is_shown_agrees_with_the_intervals_told() -> None:
    found = disclosure.suppress(PEOPLE, by=["place", "sex"])
    shown = found.to_pandas()
    again = disclosure.audit(shown, by=["place", "sex"], value="value")
    assert [(row["low"], row["high"]) for row in again.rows()] == [
        (row["low"], row["high"]) for row in found.rows() if row["state"] == "suppressed"
    ]
    assert again.audit.safe
    assert again.sentence.startswith("None of the 4 hidden cells can be computed from what is shown.")


def test_an_audit_says_how_many_cells_are_known() -> None:
    table = pd.DataFrame({"place": ["Total", "n", "s", "w"], "number": [9.0, np.nan, 3, 4]})
    found = disclosure.audit(table, by=["place"], value="number")
    assert found.sentence.startswith("1 of 1 hidden cells can be computed exactly from what is shown; 1 of them")
    assert found.audit.narrowest == 0
    whole = disclosure.audit(table.fillna(2), by=["place"], value="number")
    assert (whole.sentence, whole.rows()) == ("All 4 cells are shown.", [])


def test_words_in_the_column_of_numbers_mean_hidden() -> None:
    table = pd.DataFrame({"place": ["Total", "n", "s", "w"], "number": ["9", "c", "..", "4"]})
    found = disclosure.audit(table, by=["place"], value="number")
    assert [(row["low"], row["high"]) for row in found.rows()] == [(0, 5), (0, 5)]


def test_a_release_of_another_day_with_other_numbers_tells_nothing_of_this_one() -> None:
    now = pd.DataFrame({"place": ["Total", "n", "s"], "number": [9, 5, 4], "status": ["s", "x", "x"]})
    before = pd.DataFrame({"place": ["Total", "n", "s"], "number": [8, 4, 4], "status": ["s", "s", "s"]})
    found = disclosure.audit(now, by=["place"], value="number", status="status", earlier=before)
    # the south did not change and was shown, so both are known
    assert [row["found"] for row in found.rows()] == ["exact", "exact"]
    changed = before.assign(number=[8, 5, 3])
    assert [
        row["found"]
        for row in disclosure.audit(now, by=["place"], value="number", status="status", earlier=[changed]).rows()
    ] == ["exact", "exact"]
    other = before.assign(number=[9, 6, 3])
    assert [
        row["found"]
        for row in disclosure.audit(now, by=["place"], value="number", status="status", earlier=[other]).rows()
    ] == ["open", "open"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"hierarchies": {"plaice": {"Total": ""}}}, "hierarchy of 'plaice', which is not in the table. Did you mean"),
        ({"hierarchies": {"place": {"all": "", "n": "all", "s": "all"}}}, "1 categories (20 records)"),
        ({"hierarchies": {"place": {"all": "", "n": "x"}}}, "no code of this hierarchy"),
        ({"hierarchies": {"place": pd.DataFrame({"code": ["all"], "above": ["x"]})}}, "no column 'parent'"),
        ({"hierarchies": pd.DataFrame({"code": ["all"], "parent": ["x"]})}, "no column 'dim'"),
        ({"magnitude": "sex"}, "does not hold numbers"),
        ({"spare": "colour"}, "'colour' is no variable of the table"),
        ({"spare": {"place": ["north"]}}, "'place' has no category 'north'"),
        ({"dominance": 3}, "a list of numbers"),
        ({"dominance": (2, 90)}, "looks at the 2 largest"),
        ({"total": "n"}, "already hold totals"),
        ({"minimum": 1}, "nobody is protected"),
        ({"zeros": "maybe"}, "zeros='maybe'"),
        ({"group_disclosure": "sexes"}, "no dimension 'sexes'"),
        ({"household": "house"}, "no column 'house'"),
        ({"value": "spent"}, "No line of 'place' is the total"),
    ],
)
def test_what_cannot_be_done_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(CountersignError) as caught:
        disclosure.suppress(PEOPLE, by=["place"], **options)
    assert problem in str(caught.value)


def test_a_table_of_two_people_is_hidden_whole() -> None:
    found = disclosure.suppress(pd.DataFrame({"place": ["n", "s"]}), by=["place"])
    assert [row["state"] for row in found.rows()] == ["suppressed"] * 3
    assert {(row["low"], row["high"]) for row in found.rows()} == {(0, None)}
    assert "Nothing bounds what is hidden." in found.sentence


def test_hierarchies_are_taken_from_files_mappings_and_data_frames(tmp_path: Path) -> None:
    tree = {"all": "", "coast": "all", "n": "coast", "s": "coast", "w": "all"}
    parents = pd.DataFrame({"code": list(tree), "part_of": list(tree.values())})
    levels = pd.DataFrame({"level": ["@", "@@", "@@@", "@@@", "@@"], "code": list(tree)})
    path = tmp_path / "list.csv"
    levels.assign(variable="place").to_csv(path, index=False)
    given = [{"place": tree}, {"place": parents}, {"place": levels}, path]
    tables = [disclosure.tabulate(PEOPLE, by=["place"], hierarchies=one).rows() for one in given]
    assert tables[0] == tables[1] == tables[2] == tables[3]
    assert {row["place"]: row["value"] for row in tables[0]} == {"all": 41, "coast": 21, "n": 9, "s": 12, "w": 20}


def test_sums_are_drawn_with_the_digits_people_read() -> None:
    table = pd.DataFrame({"coast": ["a"] * 4 + ["b"] * 4, "tonnes": [0.125, 1.0, 1.0, 1.0, *[40000.25] * 4]})
    lines = str(disclosure.suppress(table, by=["coast"], magnitude="tonnes")).splitlines()
    assert [line.split()[1] for line in lines[3:6]] == ["160,004", "3.125", "160,001"]
