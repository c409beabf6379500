"""Whatever is thrown at a verb: a right result, or a sentence that says what was wrong and what to do."""

from __future__ import annotations

import math
import re
import warnings
from inspect import Parameter, signature
from typing import Any

import pyarrow as pa
import pytest
from verbs import PEOPLE, SURVEY, Call, calls

import countersign
from countersign import inference
from countersign.errors import ArgumentError, CountersignError

CALLS = calls()
WITH_TABLES = [call for call in CALLS if isinstance(call.tables[0], pa.Table)]
NAMES = ("on", "by", "numeric", "groups", "strata", "citizen", "on_site", "on_visit", "margins", "covariates", "have")


def called(value: object) -> str:
    """Name a case the same in every process, so that several can share the tests: no addresses."""
    return value.verb if isinstance(value, Call) else re.sub(r" at 0x[0-9a-f]+", "", str(value))


named = {"ids": called}


def outcome(call: Call, *tables: Any, **changed: Any) -> str:
    """Call, and return the sentence of the refusal, or nothing where the result is in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            found = call(*tables, **changed)
        except CountersignError as refused:
            return plain(refused)
    for row in found.rows() if hasattr(found, "rows") else ():
        in_order(row)
    return ""


def plain(refused: CountersignError) -> str:
    """Return the sentence, which says what was wrong and how to go on, and owns no defect."""
    assert refused.problem.strip()
    assert refused.expected or refused.action, refused.sentence()
    assert "please report" not in refused.sentence(), refused.sentence()
    return refused.sentence()


def in_order(row: dict[str, Any]) -> None:
    """No figure without a number, within its interval, shares within 0 and 1."""
    numbers = {name: value for name, value in row.items() if isinstance(value, float)}
    assert not [name for name, value in numbers.items() if math.isnan(value)], row
    lower, upper, value = (numbers.get(name) for name in ("lower", "upper", "value"))
    assert numbers.get("standard_error", 0.0) >= 0, row
    if lower is not None and upper is not None:
        assert math.isfinite(lower), row
        assert lower <= upper, row
        if value is not None:
            assert lower - 1e-9 <= value <= upper + 1e-9, row


def keywords(call: Call) -> list[str]:
    parameters = signature(getattr(inference, call.verb)).parameters
    return [name for name, one in parameters.items() if one.kind is Parameter.KEYWORD_ONLY]


def tables_of(call: Call) -> list[pa.Table]:
    return [table for table in call.tables if isinstance(table, pa.Table)]


def test_every_verb_is_thrown_at() -> None:
    assert sorted(call.verb for call in CALLS) == sorted(dir(inference))


@pytest.mark.parametrize("call", CALLS, **named)
def test_a_small_valid_call_gives_figures_in_order(call: Call) -> None:
    assert outcome(call) == ""


@pytest.mark.parametrize("call", CALLS, **named)
def test_an_argument_that_does_not_exist_is_named_with_the_nearest(call: Call) -> None:
    last = keywords(call)[-1] if keywords(call) else "weight"
    with pytest.raises(ArgumentError) as caught:
        call(**{f"{last}x": "w"})
    assert f"'{last}x'" in caught.value.problem
    assert "mean" in caught.value.problem or keywords(call) == [] or call.verb == "estimate_with_replicates"


@pytest.mark.parametrize("call", CALLS, **named)
def test_an_argument_that_is_needed_is_asked_for(call: Call) -> None:
    for name, one in signature(getattr(inference, call.verb)).parameters.items():
        if one.kind is Parameter.KEYWORD_ONLY and one.default is Parameter.empty:
            rest = {key: value for key, value in call.options.items() if key != name}
            with pytest.raises(ArgumentError, match=f"{name}="):
                Call(call.verb, call.tables, rest)()
    with pytest.raises(ArgumentError):
        Call(call.verb, (), call.options)()


@pytest.mark.parametrize("call", CALLS, **named)
def test_arguments_of_another_kind_are_refused_or_make_sense(call: Call) -> None:
    for name in keywords(call):
        for odd in (object(), math.nan, [None], b"x"):
            outcome(call, **{name: odd})


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS, **named)
def test_more_arguments_of_another_kind_are_refused_or_make_sense(call: Call) -> None:
    odds = [
        "age_",
        "",
        "ag'e",
        [],
        ["zz"],
        [1],
        {"a": 1},
        None,
        0,
        1,
        -1,
        1.5,
        math.inf,
        True,
        [("a",)],
        "1 = 0",
        "(((",
    ]
    for name in keywords(call):
        for odd in odds:
            outcome(call, **{name: odd})


@pytest.mark.parametrize("call", CALLS, **named)
def test_one_name_is_a_list_of_one_name_never_its_letters(call: Call) -> None:
    for name in keywords(call):
        given = call.options.get(name)
        if isinstance(given, list) and len(given) == 1:
            assert str(call(**{name: given[0]}).rows() if hasattr(call(), "rows") else "") == str(
                call().rows() if hasattr(call(), "rows") else ""
            )
        elif name in NAMES:
            said = outcome(call, **{name: "zebra"})
            assert "zebra" in said or not call.options.get(name), (name, said)
            assert "'z'" not in said


@pytest.mark.parametrize("call", [call for call in CALLS if "level" in keywords(call)], **named)
@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "high", math.nan, True])
def test_a_level_is_a_share(call: Call, level: object) -> None:
    with pytest.raises(ArgumentError, match="level"):
        call(level=level)


@pytest.mark.parametrize("call", [call for call in CALLS if "seed" in keywords(call)], **named)
@pytest.mark.parametrize("seed", [-1, 1.5, "one", [1]])
def test_a_seed_is_a_whole_number(call: Call, seed: object) -> None:
    with pytest.raises(ArgumentError, match="seed"):
        call(seed=seed)


@pytest.mark.parametrize("call", [call for call in CALLS if "method" in keywords(call)], **named)
def test_a_misspelt_method_is_refused_with_those_there_are(call: Call) -> None:
    with pytest.raises(CountersignError) as caught:
        call(method="mlee")
    assert "mlee" in caught.value.sentence()


@pytest.mark.parametrize("call", WITH_TABLES, **named)
@pytest.mark.parametrize("odd", [None, 3, b"x", object(), [1, 2], {"a": [1]}, "", "nowhere.csv"], ids=called)
def test_what_is_no_table_is_refused(call: Call, odd: object) -> None:
    assert outcome(call, odd, *call.tables[1:])


def changes(table: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return what may happen to a table."""
    found = [("empty", table.slice(0, 0)), ("one row", table.slice(0, 1)), ("two rows", table.slice(0, 2))]
    found.append(("doubled", pa.concat_tables([table, table])))
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        values = column.to_pylist()

        def put(other: Any, place: int = place, name: str = name) -> pa.Table:
            return table.set_column(place, name, other if isinstance(other, pa.Array) else pa.array(other))

        found += [
            (f"{name} missing", put(pa.nulls(len(values), column.type))),
            (f"{name} constant", put(pa.array([values[0]] * len(values), column.type))),
            (f"{name} once missing", put(pa.array([None, *values[1:]], column.type))),
            (f"{name} not there", table.drop_columns([name])),
        ]
        if pa.types.is_string(column.type):
            found.append((f"{name} numbers", put(list(range(len(values))))))
            found.append((f"{name} odd", put([f"é'\"\n,|{value}☃" for value in values])))
        else:
            numbers = [float(value) for value in values]
            found += [
                (f"{name} words", put([f"word {value}" for value in values])),
                (f"{name} nan", put([math.nan, *numbers[1:]])),
                (f"{name} inf", put([math.inf, *numbers[1:]])),
                (f"{name} zero", put([0.0] * len(values))),
                (f"{name} one", put([1.0] * len(values))),
                (f"{name} negative", put([-value for value in numbers])),
                (f"{name} huge", put([1e12 * value for value in numbers])),
                (f"{name} once huge", put([1e15, *numbers[1:]])),
            ]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("call", WITH_TABLES, **named)
def test_tables_that_something_happened_to(call: Call) -> None:
    for place, table in enumerate(call.tables):
        if isinstance(table, pa.Table):
            for what, other in changes(table):
                tables = [*call.tables[:place], other, *call.tables[place + 1 :]]
                try:
                    outcome(call, *tables)
                except Exception as error:
                    raise AssertionError(f"table {place}, {what}") from error


@pytest.mark.parametrize("call", WITH_TABLES, **named)
def test_a_table_of_one_row_or_none(call: Call) -> None:
    quick = ("empty", "one row")
    for place, table in enumerate(call.tables):
        if isinstance(table, pa.Table):
            for what, other in changes(table):
                if what in quick:
                    tables = [*call.tables[:place], other, *call.tables[place + 1 :]]
                    try:
                        outcome(call, *tables)
                    except Exception as error:
                        raise AssertionError(f"table {place}, {what}") from error


WEIGHTS = [call for call in CALLS if call.options.get("weight") == "w" and SURVEY in call.tables]


@pytest.mark.parametrize("call", WEIGHTS, **named)
@pytest.mark.parametrize("odd", [None, -1.0, math.nan, math.inf], ids=str)
def test_a_weight_that_is_none_drops_nobody_silently(call: Call, odd: float | None) -> None:
    weights = [odd, *SURVEY["w"].to_pylist()[1:]]
    broken = SURVEY.set_column(SURVEY.column_names.index("w"), "w", pa.array(weights))
    with pytest.raises(CountersignError, match="weight"):
        call(*(broken if table is SURVEY else table for table in call.tables))


@pytest.mark.parametrize("call", [call for call in WITH_TABLES if "where" in keywords(call)], **named)
def test_a_where_that_selects_nobody_or_is_no_condition_is_refused(call: Call) -> None:
    assert outcome(call, where="1 = 0")
    assert "condition" in outcome(call, where="1 + 1")


@pytest.mark.parametrize("call", [call for call in CALLS if PEOPLE in call.tables and "on" in keywords(call)], **named)
def test_numbers_as_categories_are_the_same_from_any_kind_of_file(call: Call) -> None:
    def coded(table: Any, kind: pa.DataType) -> Any:
        if not isinstance(table, pa.Table) or "age" not in table.column_names:
            return table
        values = [1 if value == "young" else 2 for value in table["age"].to_pylist()]
        made = pa.array([str(value) for value in values]) if kind == pa.string() else pa.array(values).cast(kind)
        return table.set_column(table.column_names.index("age"), "age", made)

    if outcome(call):
        pytest.skip("needs another variable")
    kinds = [pa.int64(), pa.float64(), pa.string()]
    for one in kinds:
        for other in kinds:
            if len(call.tables) > 1 and call.options.get("on"):
                said = outcome(call, coded(call.tables[0], one), coded(call.tables[1], other))
                assert said == "", (one, other, said)


def test_the_same_table_from_any_place(tmp_path: Any) -> None:
    import pandas as pd
    import polars as pl
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    csv.write_csv(PEOPLE, tmp_path / "people.csv")
    pq.write_table(PEOPLE, tmp_path / "people.parquet")
    PEOPLE.to_pandas().to_excel(tmp_path / "people.xlsx", index=False)
    places = [
        PEOPLE, PEOPLE.to_pandas(), pl.from_arrow(PEOPLE), tmp_path / "people.csv", str(tmp_path / "people.parquet"),
        tmp_path / "people.xlsx", countersign.read(PEOPLE, engine="duckdb"), countersign.read(PEOPLE, engine="polars"),
        pd.DataFrame(PEOPLE.to_pandas()),
    ]  # fmt: skip
    found = [
        [(row["value"], row["standard_error"]) for row in inference.estimate_by_propensity(
            one, SURVEY, mean="pay", on="age", by="sex", weight="w").rows()]
        for one in places
    ]  # fmt: skip
    for other in found[1:]:
        assert other == [pytest.approx(pair) for pair in found[0]]


@pytest.mark.parametrize("verb", dir(inference))
def test_every_argument_and_every_refusal_is_described(verb: str) -> None:
    function = getattr(inference, verb)
    told, _, raised = (function.__doc__ or "").partition("Raises\n")
    assert raised.strip(), f"{verb} does not say what it raises"
    for name in signature(function).parameters:
        assert re.search(rf"(?<![\w.]){name}(?=[,:=`\s])", told), name


BROKEN_DOWN = [
    call for call in CALLS if "by" in keywords(call) and any("sex" in table.column_names for table in tables_of(call))
]


@pytest.mark.parametrize("call", BROKEN_DOWN, **named)
def test_the_figure_for_everybody_comes_first(call: Call) -> None:
    if outcome(call, by="sex"):
        return  # refused, in plain words
    found = call(by="sex")
    if hasattr(found, "estimates"):
        assert [dict(one.domain) for one in found.estimates][:1] == [{}]
        assert {one.domain["sex"] for one in found.estimates if one.domain} <= {"f", "m"}


def test_as_many_columns_as_answers_leave_no_doubt_to_estimate_and_are_refused() -> None:
    people = PEOPLE.append_column("own", PEOPLE["id"])
    survey = SURVEY.append_column("own", PEOPLE["id"])
    with pytest.raises(CountersignError, match="8 answers to 'pay' and 8 columns"):
        inference.impute_mass(people, survey, mean="pay", on="own", weight="w")


def test_a_data_frame_without_rows_is_not_spoken_of_as_a_file() -> None:
    with pytest.raises(CountersignError) as caught:
        inference.estimate_by_propensity(PEOPLE.slice(0, 0), SURVEY, mean="yes", on="age", weight="w")
    assert caught.value.where == "table"
    assert "no rows" in caught.value.problem


def test_a_condition_that_selects_nobody_is_named() -> None:
    call = next(call for call in CALLS if call.verb == "estimate_rate")
    assert "selects nobody" in outcome(call, where="items > 1000")
