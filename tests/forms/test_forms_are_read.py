"""A form is read: types, lists, groups, languages, rules, whatever its columns are called."""

from __future__ import annotations

import json
import string

import pytest
from form_making import YES_NO, survey, workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.forms import read_form
from countersign.forms.headers import column, language
from countersign.forms.row_types import row_type


def form(tmp_path, rows, **sheets):
    return read_form(workbook(tmp_path / "f.xlsx", survey=rows, **sheets))


def test_a_question_has_everything_the_sheet_says_of_it(tmp_path):
    header = ("type", "name", "label::English (en)", "label::fr", "hint::fr", "required", "relevant", "constraint",
              "constraint_message::fr", "appearance", "media::audio::en", "read_only", "default", "bank")  # fmt: skip
    row = ("integer", "age", "Age?", "Âge ?", "En années", "yes", "${adult} = 'yes'", ". >= 0", "Pas négatif", "slider",
           "age.mp3", "no", "18", "BASE/age")  # fmt: skip
    asked = form(tmp_path, [header, row]).questions[0]
    assert (asked.name, asked.type, asked.number, asked.closed, asked.kind) == (
        "age",
        "integer",
        True,
        False,
        "question",
    )
    assert asked.label == {"en": "Age?", "fr": "Âge ?"}
    assert (asked.hint, asked.constraint_message) == ({"fr": "En années"}, {"fr": "Pas négatif"})
    assert (asked.required, asked.relevant, asked.constraint) == ("true()", "${adult} = 'yes'", ". >= 0")
    assert (asked.appearance, asked.default, asked.read_only, asked.bank) == ("slider", "18", "", "BASE/age")
    assert asked.media == {"audio": {"en": "age.mp3"}}
    assert asked.row == 2


@pytest.mark.parametrize("bank", ["bank", "countersign::bank", "instance::countersign:bank", "Countersign:Bank"])
def test_a_claim_to_the_question_bank_has_several_spellings(tmp_path, bank):
    asked = form(tmp_path, [("type", "name", bank), ("text", "a", "WG-SS/seeing")]).questions[0]
    assert asked.bank == "WG-SS/seeing"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("label::English (en)", ("label", "English (en)")),
        ("Label : English", ("label", "English")),
        ("caption:italian", ("label", "italian")),
        ("media::audio::en", ("audio", "en")),
        ("audio::en", ("audio", "en")),
        ("media:image:english", ("image", "english")),
        ("big-image", ("big_image", "")),
        ("list name", ("list_name", "")),
        ("LIST_NAME", ("list_name", "")),
        ("bind:relevant", ("relevant", "")),
        ("bind::jr:constraintMsg", ("constraint_message", "")),
        ("bind:jr:constraintMsg", ("constraint_message", "")),
        ("constraint message", ("constraint_message", "")),
        ("Read Only", ("read_only", "")),
        ("_Category", None),
        ("", None),
    ],
)
def test_columns_are_known_by_all_their_names(header, expected):
    found = column(header)
    assert (found if found is None else tuple(found)) == expected


@pytest.mark.parametrize(
    ("written", "tag"),
    [("English (en)", "en"), ("English", "en"), ("EN", "en"), ("Français", "fr"), ("Português (pt-br)", "pt-BR"),
     ("العربية (ar)", "ar"), ("  French   (fr) ", "fr"), ("Klingon", "klingon"), ("chinese", "zh")],
)  # fmt: skip
def test_languages_are_known_by_tag_or_name(written, tag):
    assert language(written).tag == tag


@pytest.mark.parametrize(
    ("written", "base", "list_name", "other"),
    [
        ("select_one yn", "select_one", "yn", False),
        ("select one from yn or specify other", "select_one", "yn", True),
        ("select_multiple  yn", "select_multiple", "yn", False),
        ("select_one yn or_other", "select_one", "yn", True),
        ("Select All That Apply from yn", "select_multiple", "yn", False),
        ("select_one_from_file places.csv", "select_one_from_file", "places.csv", False),
        ("select_one_external yn", "select_one_external", "yn", False),
        ("rank yn", "rank", "yn", False),
        ("INTEGER", "integer", "", False),
        ("photo", "image", "", False),
        ("end", "end", "", False),
        ("get start time", "start", "", False),
    ],
)
def test_types_are_known_by_all_their_names(written, base, list_name, other):
    found = row_type(written)
    assert (found.base, found.list_name, found.other, found.side) == (base, list_name, other, "")


@pytest.mark.parametrize(
    ("written", "side", "group"),
    [("begin group", "begin", "group"), ("begin_repeat", "begin", "repeat"), ("END GROUP", "end", "group"),
     ("begin loop over things", "begin", "loop"), ("begin looped group", "begin", "repeat")],
)  # fmt: skip
def test_groups_begin_and_end_in_several_spellings(written, side, group):
    found = row_type(written)
    assert (found.side, found.group) == (side, group)


@pytest.mark.parametrize("written", ["include", "begin", "begin nothing", "integers", "integer or_other", ""])
def test_what_nobody_knows_is_no_type(written):
    assert row_type(written) is None


def test_choices_come_in_the_order_of_their_list(tmp_path):
    header = ("list name", "name", "label", "label::fr", "media::image")
    choices = [header, ("yn", "yes", "Yes", "Oui", "y.png"), (None,), ("other", 1, "One"), ("yn", "no", "No", "Non")]
    asked = form(tmp_path, survey(("select_one yn", "a", "A?")), choices=choices).questions[0]
    assert [(choice.name, dict(choice.label)) for choice in asked.choices] == [
        ("yes", {"": "Yes", "fr": "Oui"}), ("no", {"": "No", "fr": "Non"}),
    ]  # fmt: skip
    assert asked.choices[0].media == {"image": {"": "y.png"}}
    assert asked.closed


def test_groups_and_repeats_make_the_place_and_the_conditions_of_a_question(tmp_path):
    rows = survey(
        ("begin_repeat", "person", "Person", ""),
        ("begin group", "adult", "Adult", "${age} > 17"),
        ("text", "job", "Job?", "${works} = 'yes'"),
        ("end group", "", "", ""),
        ("end_repeat", "", "", ""),
        ("text", "job", "Job of the head?", ""),
        header=("type", "name", "label", "relevant"),
    )
    read = form(tmp_path, rows)
    assert [question.place for question in read.questions] == ["person/adult/job", "job"]
    assert read.conditions(read.questions[0]) == ("${age} > 17", "${works} = 'yes'")
    assert [(group.name, group.repeated) for group in read.groups] == [("person", True), ("adult", False)]
    assert read.question("person/adult/job").row == 4


def test_blank_rows_comments_and_rows_not_in_use_are_passed_over(tmp_path):
    header = ("type", "name", "label", "disabled")
    rows = [
        header,
        (None,),
        ("text", "a", "A"),
        ("", "", "a heading", ""),
        ("# text", "b", "B"),
        ("text", "c", "C", "yes"),
    ]
    assert [question.name for question in form(tmp_path, rows).questions] == ["a"]


def test_what_is_asked_is_told_from_notes_calculations_and_what_the_device_records(tmp_path):
    rows = survey(("start", "start", ""), ("note", "", "Hello"), ("calculate", "c", ""), ("text", "a", "A"))
    read = form(tmp_path, rows)
    assert [question.kind for question in read.questions] == ["metadata", "note", "computed", "question"]
    assert [question.name for question in read.asked] == ["a"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("yes", "true()"), (True, "true()"), ("TRUE", "true()"), ("true()", "true()"), ("no", ""), (False, ""), ("", ""),
     ("${a} = 'x'", "${a} = 'x'")],
)  # fmt: skip
def test_required_is_yes_no_or_an_expression(tmp_path, written, meant):
    read = form(tmp_path, [("type", "name", "label", "required"), ("text", "a", "A", written)])
    assert read.questions[0].required == meant


def test_texts_without_a_language_are_in_the_default_one(tmp_path):
    rows = [("type", "name", "label", "label::Français (fr)"), ("text", "a", "What?", "Quoi ?")]
    said = [("form_title", "form_id", "version", "default_language"), ("Title", "f1", 3, "English (en)")]
    read = form(tmp_path, rows, settings=said)
    assert read.questions[0].label == {"en": "What?", "fr": "Quoi ?"}
    assert (read.title, read.form_id, read.version, read.default_language) == ("Title", "f1", "3", "en")
    assert read.languages == {"en": "English", "fr": "Français"}
    assert read.language("fr") == "Français (fr)"


def test_a_form_without_settings_has_none_and_says_so_by_empty_texts(tmp_path):
    read = form(tmp_path, survey(("text", "a", "A")))
    assert (read.form_id, read.version, read.default_language, dict(read.languages)) == ("", "", "", {"": ""})
    assert read.language("") == "a language the form does not name"


def test_lists_from_files_and_from_repeats_need_no_choices(tmp_path):
    rows = survey(
        ("select_one_from_file places.csv", "a", "A"),
        ("select_one ${names}", "b", "B"),
        ("select_one yn or_other", "c", "C"),
    )
    read = form(tmp_path, rows, choices=YES_NO)
    assert [(q.list_name, len(q.choices), q.other) for q in read.questions] == [
        ("places.csv", 0, False), ("${names}", 0, False), ("yn", 2, True),
    ]  # fmt: skip


def test_columns_nobody_reads_are_named(tmp_path):
    read = form(tmp_path, [("type", "name", "label", "trigger"), ("text", "a", "A", "${b}")])
    assert read.notes == ("Sheet 'survey': 1 columns are not read (trigger).",)


def test_a_form_of_kobo_is_the_same_form(tmp_path):
    content = {
        "survey": [
            {"type": "begin_group", "name": "g", "label": ["Group", "Groupe"]},
            {"type": "select_one", "select_from_list_name": "yn", "$autoname": "a", "label": ["A?", None],
             "required": True},
            {"type": "end_group"},
        ],
        "choices": [{"list_name": "yn", "name": 0, "label": ["No", "Non"]},
                    {"list_name": "yn", "name": 1, "label": ["Yes", "Oui"]}],
        "translations": ["English (en)", "Français (fr)"],
        "settings": {"default_language": "English (en)"},
    }  # fmt: skip
    path = tmp_path / "v1.json"
    path.write_text(json.dumps({"content": content, "version": "v1", "id_string": "k"}), encoding="utf-8")
    read = read_form(path)
    asked = read.questions[0]
    assert (asked.place, asked.label, asked.required) == ("g/a", {"en": "A?"}, "true()")
    assert [(choice.name, choice.label["fr"]) for choice in asked.choices] == [("0", "Non"), ("1", "Oui")]
    assert (read.form_id, read.version, read.default_language) == ("k", "v1", "en")


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)
TEXTS = st.text(string.ascii_letters + "éàß ,.?", min_size=1, max_size=30).map(str.strip).filter(bool)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["text", "integer", "date", "select_one l"]), TEXTS, TEXTS), min_size=1,
             max_size=12, unique_by=lambda row: row[0]),
    st.lists(st.tuples(NAMES, TEXTS), min_size=1, max_size=5, unique_by=lambda row: row[0]),
)  # fmt: skip
def test_what_is_written_is_what_is_read(tmp_path_factory, rows, options):
    path = workbook(
        tmp_path_factory.mktemp("f") / "f.xlsx",
        survey=[("type", "name", "label::en", "label::fr"), *((kind, name, en, fr) for name, kind, en, fr in rows)],
        choices=[("list_name", "name", "label::en"), *(("l", name, text) for name, text in options)],
    )
    read = read_form(path)
    assert [(q.name, q.type, q.label["en"], q.label["fr"]) for q in read.questions] == [
        (name, kind.split()[0], en, fr) for name, kind, en, fr in rows
    ]
    for question in read.questions:
        expected = options if question.type == "select_one" else []
        assert [(choice.name, choice.label["en"]) for choice in question.choices] == expected
