"""The form of a study is read, kept by its digest, or refused with its place."""

from __future__ import annotations

import pytest
from openpyxl import Workbook
from small_study import STUDY, write_study

from countersign.errors import CountersignError
from countersign.study import Study


def write_form(path, *questions):
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    book.active.title = "survey"
    for row in [("type", "name", "label::English (en)"), *questions]:
        book.active.append(list(row))
    book.save(path)


def documents(folder, said):
    with Study.open(write_study(folder, study=STUDY + said)) as study:
        return study.documents


def test_the_form_in_use_comes_first_and_those_before_it_after(tmp_path):
    write_form(tmp_path / "forms" / "now.xlsx", ("text", "water", "Water?"))
    write_form(tmp_path / "forms" / "then.xlsx", ("text", "water", "Which water?"))
    found = documents(tmp_path, "form: {files: {now: forms/now.xlsx, then: forms/then.xlsx}}\n")
    assert list(found.forms) == ["now", "then"]
    assert found.form.questions[0].label == {"en": "Water?"}


def test_a_study_without_a_form_has_none(tmp_path):
    assert documents(tmp_path, "").form is None


def test_a_form_that_is_not_there_is_named_with_its_line(tmp_path):
    with pytest.raises(CountersignError, match=r"study\.yaml, line 18, form:"):
        documents(tmp_path, "form: forms/now.xlsx\n")


def test_a_form_that_contradicts_itself_is_refused_with_its_row(tmp_path):
    write_form(tmp_path / "f.xlsx", ("text", "water", "Water?"), ("end group", "", ""))
    with pytest.raises(CountersignError, match=r"f\.xlsx, sheet 'survey', row 3"):
        documents(tmp_path, "form: f.xlsx\n")
