from __future__ import annotations

import pytest

from countersign.errors import ExpressionError
from countersign.model.expression import Binary, Name, Number, columns_between, names, parse
from countersign.tables import compile_expression

TYPES = {
    "age": "integer", "sex": "category", "G1": "number", "G2": "number", "note": "text",
    "born": "date", "owns": "boolean",
}  # fmt: skip

ATTEMPTS = [
    "__import__('os')", "age.__class__", "().__class__", "lambda x: x",
    "age; drop table x", "age -- comment", "eval('1')",
    "open('x')", "[age for age in x]", "age if owns else 1", "{age}", "age[0]",
    "select * from x", "f'{age}'", "age @ 2",
    "age ** 2", "age % 2", "age & 1", "age := 1", "read_csv('x')", "age\x00", "$1", "?",
    "age::int", "`age", "'age", "\\",
    "", "   ", "age +", "* age", "(age", "age)", "age age", "abs(age", "abs()", "in (1)", "age in ()", "age in (sex)",
    "age between 1", "age is 1", "age not 1", "1 < age < 3", "total(G1..)", "G1..G2", "total(G2..G1)", "not", "1.",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTEMPTS)
def test_it_refuses_all_but_arithmetic(text):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, TYPES, where="study.yaml, line 3")
    assert caught.value.where == "study.yaml, line 3"
    assert "(character " in caught.value.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sex + 1", "'sex' is text, '+' needs numbers (character 1)"),
        ("1 + sex", "'sex' is text, '+' needs numbers (character 5)"),
        ("agee > 1", "There is no column 'agee' (character 1). Did you mean 'age'?"),
        ("totl(age)", "There is no function 'totl'. Did you mean 'total'? (character 1)"),
        ("sex = 1", "'sex' is text and 1 is a number, which '=' cannot compare"),
        ("sex < 'a'", "'sex' is text, '<' needs numbers or dates"),
        ("age and owns", "'age' is a number, 'and' needs conditions"),
        ("not age", "'age' is a number, 'not' needs conditions"),
        ("year(sex)", "'sex' is text, year() needs dates"),
        ("upper(age)", "'age' is a number, upper() needs texts"),
        ("if(age, 1, 2)", "'age' is a number, if() needs conditions"),
        ("if(owns, 1, 'a')", "if() mixes numbers, texts"),
        ("born = 'yesterday'", "'=' cannot compare"),
        ("age = missing", "Nothing can be compared with missing"),
        ("band(age, 30, 18)", "limits of band() are wrong"),
        ("band(age, G1)", "must be written out"),
        ("round(G1, 99)", "number of decimals"),
        ("contains(note, sex)", "must be written out"),
        ("abs(age, 1)", "abs() has 2 arguments"),
        ("age + born", "'born' is a date, '+' needs numbers"),
    ],
)
def test_it_says_what_is_wrong_and_where(text, said):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, TYPES)
    assert said in str(caught.value)


def test_nesting_without_end_is_refused_before_it_hurts():
    with pytest.raises(ExpressionError, match="levels of brackets"):
        parse("(" * 5000 + "1" + ")" * 5000)
    with pytest.raises(ExpressionError, match="levels of brackets"):
        parse("-" * 5000 + "1")
    with pytest.raises(ExpressionError, match="too deeply nested"):
        compile_expression("log(" * 40 + "age" + ")" * 40, TYPES)


def test_the_tree_binds_as_in_school():
    assert parse("1 + 2 * a") == Binary("+", Number(1), Binary("*", Number(2, 4), Name("a", 8), 6), 2)
    assert parse("a - b - c") == Binary("-", Binary("-", Name("a"), Name("b", 4), 2), Name("c", 8), 6)


def test_names_are_listed_once_and_ranges_spelled_out():
    node = parse("total(G1..G3) + a * a > `odd name` and upper(b) = 'a'")
    assert names(node) == ("G1", "G3", "a", "odd name", "b")
    assert names(node, ["a", "G1", "x", "G3", "b"]) == ("G1", "G3", "a", "odd name", "b")


def test_a_range_of_numbered_columns_is_the_family_whatever_the_delivery_holds():
    columns = ["G1", "G2", "other", "G5", "G301", "note"]
    assert columns_between("G1", "G999", columns) == ("G1", "G2", "G5", "G301")
    assert columns_between("G2", "G213", columns) == ("G2", "G5")
    assert columns_between("G3", "G4", columns) == ()


def test_any_other_range_goes_by_the_order_of_the_file():
    columns = ["sex", "age", "water", "note"]
    assert columns_between("age", "note", columns) == ("age", "water", "note")
    assert columns_between("note", "age", columns) == ()
    assert columns_between("age", "nowhere", columns) == ()
