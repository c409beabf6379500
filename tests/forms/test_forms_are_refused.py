"""A form that contradicts itself is refused, with the row and the column."""

from __future__ import annotations

import pytest
from form_making import YES_NO, survey, workbook

from countersign.errors import FormError
from countersign.forms import read_form


def refused(tmp_path, rows, **sheets) -> FormError:
    path = workbook(tmp_path / "f.xlsx", survey=rows, **sheets)
    with pytest.raises(FormError) as caught:
        read_form(path)
    assert caught.value.expected
    assert caught.value.action
    return caught.value


@pytest.mark.parametrize(
    ("rows", "place", "words"),
    [
        ([("select_one ynn", "a", "A")], "row 2, column 'type'", "no list 'ynn' among the choices. Did you mean 'yn'?"),
        ([("select_one", "a", "A")], "row 2, column 'type'", "names no list"),
        ([("text", "a", "A"), ("end group", "", "")], "row 3, column 'type'", "ends and never began"),
        ([("begin repeat", "r", ""), ("text", "a", "A")], "row 2, column 'type'", "never ends"),
        ([("begin repeat", "r", ""), ("text", "a", "A"), ("end group", "", "")], "row 4, column 'type'",
         "repeat 'r' of row 2 is open"),
        ([("text", "a", "A"), ("text", "b", "B"), ("date", "a", "A")], "row 4, column 'name'", "already used in row 2"),
        ([("text", "a", "A"), ("begin group", "a", "")], "row 3, column 'name'", "already used in row 2"),
        ([("text", "", "A")], "row 2, column 'name'", "has no name"),
        ([("", "a", "A")], "row 2, column 'type'", "'a' has no type"),
        ([("intger", "a", "A")], "row 2, column 'type'", "Nobody knows the type 'intger'. Did you mean 'integer'?"),
        ([], "sheet 'survey'", "has no question"),
        ([("begin group", "g", ""), ("end group", "", "")], "sheet 'survey'", "has no question"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_with_its_place(tmp_path, rows, place, words):
    error = refused(tmp_path, survey(*rows), choices=YES_NO)
    assert place in error.where
    assert words in error.problem


def test_one_name_may_be_in_two_groups_but_not_twice_in_one(tmp_path):
    group = [("begin group", "g", ""), ("text", "a", "A"), ("end group", "", "")]
    other = [("begin group", "h", ""), ("text", "a", "A"), ("end group", "", "")]
    read = read_form(workbook(tmp_path / "two.xlsx", survey=survey(*group, *other)))
    assert [question.place for question in read.questions] == ["g/a", "h/a"]
    error = refused(tmp_path, survey(*group[:2], ("text", "a", "A"), group[2]))
    assert "row 4" in error.where


def test_a_choice_without_a_name_is_refused(tmp_path):
    error = refused(tmp_path, survey(("select_one yn", "a", "A")), choices=[*YES_NO, ("yn", "", "Perhaps")])
    assert "sheet 'choices', row 4, column 'name'" in error.where


def test_two_columns_of_one_meaning_may_not_differ(tmp_path):
    header = ("type", "name", "label::English (en)", "label::en")
    assert read_form(workbook(tmp_path / "same.xlsx", survey=[header, ("text", "a", "A", "")])).questions
    header = ("type", "name", "relevant", "relevance")
    error = refused(tmp_path, [header, ("text", "a", "${b} = 1", "${b} = 2")])
    assert "row 2" in error.where
    assert "'relevant' and 'relevance'" in error.problem


def test_a_workbook_without_a_survey_names_the_sheets_there_are(tmp_path):
    with pytest.raises(FormError, match="no sheet 'survey'") as caught:
        read_form(workbook(tmp_path / "f.xlsx", data=[("id",)], notes=[("n",)]))
    assert "data, notes" in caught.value.action


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("f.xlsx", b"PK\x03\x04 not a workbook", "not a readable workbook"),
        ("f.xls", b"", "not a readable workbook"),
        ("f.json", b"{", "not readable JSON"),
        ("f.json", b"\xff\xfe", "not readable JSON"),
        ("f.json", b"[]", "no list 'survey'"),
        ("f.json", b'{"content": {"survey": [1]}}', "not a list of rows"),
        ("f.json", b'{"survey": [{"type": "text", "name": "a", "label": ["A", "B"]}]}', "2 texts, and the form has 1"),
        ("f.csv", b"a", "ends in '.csv'"),
    ],
)
def test_a_file_that_is_no_form_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormError, match=words):
        read_form(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FormError, match="no such file"):
        read_form(tmp_path / "f.xlsx")
