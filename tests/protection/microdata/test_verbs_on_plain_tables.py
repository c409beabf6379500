"""The verbs take any table and give back one of its kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from countersign import disclosure
from countersign.errors import CountersignError, ProtectionError
from countersign.model.hierarchy import Hierarchy

PEOPLE = {
    "village": ["a", "a", "a", "b", "b", "b", "c", None],
    "age": [20, 21, 22, 30, 31, 32, 80, 40],
    "income": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 900.0, None],
    "sex": ["f", "m", "f", "m", "f", "m", "f", "f"],
}


def tables(folder: Path) -> dict[type, object]:
    path = folder / "people.csv"
    pd.DataFrame(PEOPLE).to_csv(path, index=False)
    return {
        pd.DataFrame: pd.DataFrame(PEOPLE), pl.DataFrame: pl.DataFrame(PEOPLE), pa.Table: pa.table(PEOPLE), Path: path,
    }  # fmt: skip


def test_a_table_comes_back_as_what_it_came_as(tmp_path: Path) -> None:
    for kind, table in tables(tmp_path).items():
        for found in (
            disclosure.suppress_locally(table, keys=["village"], k=2),
            disclosure.recode(table, bands={"age": [30, 60]}),
            disclosure.code_extremes(table, top={"income": 6}),
            disclosure.microaggregate(table, columns=["age"], k=3),
            disclosure.randomise(table, columns=["sex"], secret="s"),
        ):
            assert isinstance(found.table, pa.Table if kind is Path else kind)
            assert len(found.table) == 8
            assert found.rows()


def test_all_kinds_give_the_same_answers(tmp_path: Path) -> None:
    made = []
    for table in tables(tmp_path).values():
        found = disclosure.suppress_locally(table, keys=["village", "sex"], k=3, secret="x").table
        made.append(found.to_pylist() if isinstance(found, pa.Table) else pl.DataFrame(found).to_dicts())
    for other in made[1:]:
        assert [str(row["village"]) for row in other] == [str(row["village"]) for row in made[0]]


def test_local_suppression_says_what_it_did() -> None:
    found = disclosure.suppress_locally(pd.DataFrame(PEOPLE), keys=["village"], k=2)
    assert (found.cells, found.violations, found.exposed) == (1, 0, 0)
    assert found.table["village"].isna().sum() == 2  # the only one of c joins the one without an answer
    assert "1 answers in 1 rows were blanked; 0 rows are left at risk" in str(found)
    assert found.rows() == [{"column": "village", "blanked": 1, "share": 1 / 8}]


def test_the_catalogue_says_k_where_nobody_does() -> None:
    found = disclosure.suppress_locally(pd.DataFrame({"a": ["x", "x", "y", "y", "y"]}), keys="a")
    assert found.k == 3
    assert found.cells > 0


def test_the_weaker_promise_says_that_it_is_weaker() -> None:
    people = pd.DataFrame({"a": ["x", "y", "y", "y"]})
    found = disclosure.suppress_locally(people, keys=["a"], k=2, missing="matches")
    assert found.exposed > 0
    assert "protects against strangers only" in str(found)
    assert "protects against strangers only" in found._repr_html_()


def test_which_row_is_blanked_depends_on_the_secret_and_not_on_the_order() -> None:
    people = pd.DataFrame({"a": ["x"] + ["y"] * 40, "name": range(41)})
    chosen = [
        set(table.name[table.a.isna()])
        for secret in "stu"
        for table in (
            disclosure.suppress_locally(people, keys=["a"], k=2, secret=secret).table,
            disclosure.suppress_locally(people.sample(frac=1, random_state=1), keys=["a"], k=2, secret=secret).table,
        )
    ]
    assert chosen[0] == chosen[1]
    assert chosen[2] == chosen[3]
    assert len({frozenset(each) for each in chosen}) > 1


def test_codes_and_hierarchies_make_answers_wider() -> None:
    areas = Hierarchy("village", {"all": "", "north": "all", "a": "north", "b": "north", "c": "all"})
    people = pd.DataFrame(PEOPLE)
    found = disclosure.recode(people, hierarchies={"village": areas}, codes={"sex": {"m": "other"}})
    assert found.table["village"].dropna().unique().tolist() == ["north", "all"]
    assert sorted(found.table["sex"].unique()) == ["f", "other"]
    assert found.rows()[0] == {"column": "sex", "answers_before": 2, "answers_after": 2}


def test_whole_numbers_stay_whole_where_they_can() -> None:
    people = pd.DataFrame({"age": [1, 2, 3, 90]})
    assert disclosure.code_extremes(people, top={"age": 80}).table["age"].tolist() == [1, 2, 3, 80]
    assert disclosure.microaggregate(people, columns="age", k=2).table["age"].tolist() == [1.5, 1.5, 46.5, 46.5]


def test_columns_can_be_averaged_one_by_one() -> None:
    people = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [9.0, 1, 1, 9]})
    one = disclosure.microaggregate(people, columns=["a", "b"], k=2, together=False)
    assert one.table["b"].tolist() == [9, 1, 1, 9]
    assert [row["loss"] for row in one.rows()] == pytest.approx([0.2, 0.0])


def test_pram_publishes_its_chances_and_how_to_correct_counts() -> None:
    people = pd.DataFrame({"a": ["x"] * 30 + ["y"] * 70})
    found = disclosure.randomise(people, columns=["a"], change=0.5, secret="s")
    assert found.matrices is not None
    assert found.matrices["a"]["x"] == pytest.approx({"x": 0.65, "y": 0.35})
    assert found.corrected("a", {"x": 30, "y": 70}) == pytest.approx({"x": 30, "y": 70})
    shown = found.table["a"].value_counts().to_dict()
    assert sum(found.corrected("a", shown).values()) == pytest.approx(100)


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("suppress_locally", {"keys": ["nothing"]}),
        ("suppress_locally", {"keys": ["village"], "k": 1}),
        ("suppress_locally", {"keys": ["village"], "k": 9}),
        ("suppress_locally", {"keys": []}),
        ("suppress_locally", {"keys": ["village"], "importance": {"age": 2}}),
        ("suppress_locally", {"keys": ["village"], "importance": [2]}),
        ("suppress_locally", {"keys": ["village"], "importance": {"village": -1}}),
        ("suppress_locally", {"keys": ["village"], "missing": "any"}),
        ("recode", {}),
        ("recode", {"bands": {"sex": [1, 2]}}),
        ("recode", {"bands": {"age": [2, 1]}}),
        ("recode", {"codes": {"sex": {"q": "r"}}}),
        ("recode", {"codes": {"nothing": {"q": "r"}}}),
        ("code_extremes", {}),
        ("code_extremes", {"top": {"sex": 1}}),
        ("code_extremes", {"top": {"income": 5}, "replace": "zero"}),
        ("code_extremes", {"top": {"income": 5}, "replace": "mean"}),
        ("microaggregate", {"columns": ["sex"]}),
        ("microaggregate", {"columns": ["age"], "k": 1}),
        ("microaggregate", {"columns": ["age"], "k": 9}),
        ("randomise", {"columns": ["sex"], "secret": ""}),
        ("randomise", {"columns": ["sex"], "secret": "s", "change": 1.0}),
        ("randomise", {"columns": ["sex"], "secret": "s", "moves": {"sex": {"f": {"q": 1}}}}),
    ],
)
def test_what_cannot_be_done_is_refused_in_plain_words(verb: str, options: dict) -> None:
    with pytest.raises(CountersignError) as caught:
        getattr(disclosure, verb)(pd.DataFrame(PEOPLE), **options)
    assert "900" not in caught.value.sentence()


def test_what_is_no_table_is_refused() -> None:
    for nothing in ({"a": 1}, pd.DataFrame({"a": []}), 5):
        with pytest.raises(CountersignError):
            disclosure.suppress_locally(nothing, keys=["a"])


def test_not_a_number_is_missing() -> None:
    for table in (
        pl.DataFrame({"a": [1.0, float("nan"), 1.0, float("nan")]}),
        pa.table({"a": [1.0, np.nan, 1.0, None]}),
    ):
        assert disclosure.suppress_locally(table, keys=["a"], k=2).cells == 0


def test_errors_are_of_protection() -> None:
    with pytest.raises(ProtectionError):
        disclosure.recode(pd.DataFrame(PEOPLE))
