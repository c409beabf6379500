"""Each case: a table drawn, an expression, the column a person would write down."""

from __future__ import annotations

import pytest
from drawing import drawn, numbers

from countersign.model.functions import FUNCTIONS
from countersign.tables import collect, compile_expression
from countersign.tables.compilation import _CALLS

PEOPLE = """
_row:small|age:small | income:number|sex:category | owns:boolean|born:date|odd one:small|G1:small|G2:small|G3:number
1 | 17 | 10.5 | female | true | 2004-02-29 | 1 | 1 | . | 0.5
2 | 30 | 0.0 | male | false | 1991-12-31 | 2 | 0 | 2 | .
3 | . | -4.0 | . | . | . | 3 | . | . | .
4 | 250 | . | female | true | 2000-01-03 | 4 | 5 | 5 | 5.0
"""

CASES = [
    # arithmetic: missing in, missing out
    ("age + 1", "integer", "18 31 . 251"),
    ("age - 20", "integer", "-3 10 . 230"),
    ("age * age", "integer", "289 900 . 62500"),
    ("age / 2", "number", "8.5 15 . 125"),
    ("income / age * 2 - 1", "number", "0.23529411764705888 -1 . ."),
    ("2 + 3 * 4", "integer", "14 14 14 14"),
    ("(2 + 3) * 4", "integer", "20 20 20 20"),
    ("10 - 3 - 2", "integer", "5 5 5 5"),
    ("-age", "integer", "-17 -30 . -250"),
    ("2 - -1", "integer", "3 3 3 3"),
    ("1e308 * 10 * age", "number", ". . . ."),
    ("`odd one` * 10", "integer", "10 20 30 40"),
    ("(age >= 18) + (sex = 'male')", "integer", "0 2 . 1"),
    # division by zero gives missing, never infinity
    ("age / income", "number", "1.6190476190476191 . . ."),
    ("0 / income", "number", "0 . 0 ."),
    ("age / 0", "number", ". . . ."),
    # comparisons and three-valued logic
    ("age >= 18", "boolean", "F T . T"),
    ("age = 30", "boolean", "F T . F"),
    ("age == 30", "boolean", "F T . F"),
    ("age <> 30", "boolean", "T F . T"),
    ("sex != 'male'", "boolean", "T F . T"),
    ("born < '2000-01-03'", "boolean", "F T . F"),
    ("born between '2000-01-03' and '2004-02-29'", "boolean", "T F . T"),
    ("age between 17 and 30", "boolean", "T T . F"),
    ("age not between 17 and 30", "boolean", "F F . T"),
    ("age in (17, 250)", "boolean", "T F . T"),
    ("age not in (17, 250)", "boolean", "F T . F"),
    ("income in (-4, 10.5)", "boolean", "T F T ."),
    ("sex in ('male', \"x\")", "boolean", "F T . F"),
    ("age is missing", "boolean", "F F T F"),
    ("age is not missing", "boolean", "T T F T"),
    ("not owns", "boolean", "F T . F"),
    ("owns and age > 100", "boolean", "F F . T"),
    ("owns or age > 20", "boolean", "T T . T"),
    ("age is missing and sex = 'male'", "boolean", "F F . F"),
    ("age is missing or sex = 'male'", "boolean", "F T T F"),
    ("not age > 20 and owns", "boolean", "T F . F"),
    ("owns = true", "boolean", "T F . T"),
    # functions of a number
    ("abs(income)", "number", "10.5 0 4 ."),
    ("log(income)", "number", "2.3513752571634776 . . ."),
    ("log10(age * 0 + 1000)", "number", "3 3 . 3"),
    ("exp(income * 0)", "number", "1 1 1 ."),
    ("exp(age * 10)", "number", "6.761793810485009e73 1.9424263952412558e130 . ."),
    ("sqrt(income)", "number", "3.24037034920393 0 . ."),
    ("round(income / 3)", "integer", "4 0 -1 ."),
    ("round(income)", "integer", "11 0 -4 ."),
    ("round(0 - income)", "integer", "-11 0 4 ."),
    ("round(income / 3, 1)", "number", "3.5 0 -1.3 ."),
    ("floor(income)", "integer", "10 0 -4 ."),
    ("ceil(income)", "integer", "11 0 -4 ."),
    ("least(age, 20, `odd one`)", "integer", "1 2 . 4"),
    ("greatest(age, income)", "number", "17 30 . ."),
    # choices
    ("if(owns, age, 0)", "integer", "17 0 . 250"),
    ("if(age > 100, missing, age)", "integer", "17 30 . ."),
    ("coalesce(income, age, -1)", "number", "10.5 0 -4 250"),
    ("coalesce(age, -1)", "integer", "17 30 -1 250"),
    # dates
    ("year(born)", "integer", "2004 1991 . 2000"),
    ("month(born)", "integer", "2 12 . 1"),
    ("day(born)", "integer", "29 31 . 3"),
    ("weekday(born)", "integer", "7 2 . 1"),
    ("year(born) - 2000", "integer", "4 -9 . 0"),
    # along the row
    ("total(G1..G3)", "number", "1.5 2 0 15"),
    ("total(G1, G2)", "integer", "1 2 0 10"),
    ("mean_of(G1..G3)", "number", "0.75 1 . 5"),
    ("count_present(G1..G3)", "integer", "2 2 0 3"),
    ("count_missing(G1..G3, sex)", "integer", "1 1 4 0"),
    ("any_of(G1 = 1, G2 = 2)", "boolean", "T T . F"),
    ("all_of(age > 10, owns)", "boolean", "T F . T"),
    ("total(G1 > 0, G2 > 0)", "integer", "1 1 0 2"),
    # texts asked about
    ("starts_with(sex, 'fe')", "boolean", "T F . T"),
    ("contains(sex, 'male')", "boolean", "T T . T"),
    ("contains(sex, '.')", "boolean", "F F . F"),
]
TEXTS = [
    ("upper(sex)", ["FEMALE", "MALE", None, "FEMALE"]),
    ("lower('ABC')", ["abc"] * 4),
    ("trim('  a b ')", ["a b"] * 4),
    ("band(age, 18, 30, 31)", ["under 18", "30", None, "31+"]),
    ("band(age, 18, 45)", ["under 18", "18-44", None, "45+"]),
    ("text(age)", ["17", "30", None, "250"]),
    ("text(income)", ["10.5", "0", "-4", None]),
    ("text(owns)", ["true", "false", None, "true"]),
    ("text(born)", ["2004-02-29", "1991-12-31", None, "2000-01-03"]),
    ("if(owns, sex, 'nobody')", ["female", "nobody", None, "female"]),
    ("coalesce(sex, 'unknown')", ["female", "male", "unknown", "female"]),
    ("'it''s'", ["it's"] * 4),
]


@pytest.mark.parametrize(("expression", "type_", "expected"), CASES)
def test_an_expression_gives_the_expected_column(engine, expression, type_, expected):
    table, types = drawn(PEOPLE)
    compiled, found = compile_expression(expression, types)
    values = collect(engine.from_arrow(table).with_columns(result=compiled), ["result"])["result"].tolist()
    assert found == type_
    assert values == pytest.approx(
        [float("nan") if v is None else v for v in numbers(expected)], rel=1e-14, nan_ok=True
    )


@pytest.mark.parametrize(("expression", "expected"), TEXTS)
def test_an_expression_gives_the_expected_texts(engine, expression, expected):
    table, types = drawn(PEOPLE)
    compiled, _ = compile_expression(expression, types)
    assert collect(engine.from_arrow(table).with_columns(result=compiled), ["result"])["result"].tolist() == expected


def test_the_physical_type_is_the_one_that_was_promised(engine):
    import narwhals as nw

    table, types = drawn(PEOPLE)
    physical = {"integer": nw.Int64, "number": nw.Float64, "boolean": nw.Boolean}
    compiled = {f"x{place}": compile_expression(text, types) for place, (text, _, _) in enumerate(CASES)}
    schema = engine.from_arrow(table).select(**{name: made for name, (made, _) in compiled.items()}).collect_schema()
    wrong = {CASES[int(name[1:])][0]: schema[name] for name, (_, t) in compiled.items() if schema[name] != physical[t]}
    assert wrong == {}


def test_two_hundred_and_thirteen_columns_are_added(fast_engine):
    import pyarrow as pa

    table = pa.table({f"G{i}": pa.array([1, None, i], pa.int64()) for i in range(1, 214)} | {"last": [0, 0, 0]})
    compiled, _ = compile_expression("total(G1..G213)", dict.fromkeys(table.column_names, "integer"))
    found = collect(fast_engine.from_arrow(table).with_columns(result=compiled), ["result"])["result"]
    assert sorted(found.tolist()) == [0, 213, 213 * 214 / 2]


def test_every_function_of_the_table_has_a_meaning_and_a_case():
    asked = " ".join(case[0] for case in [*CASES, *TEXTS])
    assert set(_CALLS) == set(FUNCTIONS)
    assert [name for name in FUNCTIONS if f"{name}(" not in asked] == []
