"""Every real form at hand is read, with as many questions as the reference converter makes of it, or refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from countersign.errors import FormError
from countersign.forms import read_form
from real_data import shared

# Values of the form as pyxform 4.5.0 converts it (elements without children of the primary instance, without `meta`),
# and how many of them the converter adds: a text for each 'or other', a copy of the questions of a loop for each
# choice, headings of a table-list, the counter of a repeat. `audit` stands under `meta`.
CONVERTED = {
    "authored/cd_household.xlsx": (20, 0),
    "authored/wg_ss_roster.xlsx": (12, 0),
    "forms/hot_education.xls": (39, 0),
    "forms/hot_wastedisposal.xls": (21, 0),
    "forms/hot_waterpoints.xls": (38, 4),
    "forms/liberia_std_form.xlsx": (7, 0),
    "forms/onadata_cascading.xlsx": (2, 0),
    "forms/onadata_testing_repeats.xlsx": (8, 0),
    "forms/onadata_transportation.xlsx": (13, 10),
    "forms/onadata_tutorial_arabic_labels.xlsx": (6, 0),
    "forms/pyodk_fav_color.xlsx": (5, -1),
    "forms/pyxform_examples/allow_comment_rows_test.xls": (1, 0),
    "forms/pyxform_examples/bad_calc.xlsx": (1, 0),
    "forms/pyxform_examples/cascading_select_test_equivalent.xls": (9, 0),
    "forms/pyxform_examples/case_insensitivity.xlsx": (3, 0),
    "forms/pyxform_examples/choice_name_as_type.xls": (2, 0),
    "forms/pyxform_examples/default_time_demo.xls": (1, 0),
    "forms/pyxform_examples/extra_sheet_names.xlsx": (1, 0),
    "forms/pyxform_examples/flat_xlsform_test.xlsx": (49, 1),
    "forms/pyxform_examples/group.xls": (3, 0),
    "forms/pyxform_examples/hidden.xls": (1, 0),
    "forms/pyxform_examples/loop.xlsx": (6, 4),
    "forms/pyxform_examples/pull_data.xlsx": (2, 0),
    "forms/pyxform_examples/simple_loop.xls": (2, 1),
    "forms/pyxform_examples/specify_other.xls": (2, 1),
    "forms/pyxform_examples/style_settings.xls": (2, 0),
    "forms/pyxform_examples/table-list.xls": (9, 4),
    "forms/pyxform_examples/text_and_integer.xlsx": (2, 0),
    "forms/pyxform_examples/xlsform_spec_test.xlsx": (48, 2),
    "forms/pyxform_examples/yes_or_no_question.xls": (1, 0),
}
REFUSED = {
    "forms/pyxform_examples/include.xlsx": "row 3, column 'type'",
    "forms/pyxform_examples/include_json.xlsx": "row 2, column 'type'",
    "forms/pyxform_examples/unknown_question_type.xls": "row 52, column 'type'",
}
KOBO = {
    "all_geo_types/v2": 7, "analysis_form_advanced/v1": 2, "auto_report/v1": 5, "customer_satisfaction/v1": 2,
    "field_position_with_multiple_versions/v3": 5, "geojson_and_selects/v1": 3, "grouped_repeatable/v1": 4,
    "grouped_translated/v1": 6, "literacy_test/v1": 2, "long_unicode_labels/v1": 9, "nested_grouped_repeatable/v2": 6,
    "restaurant_profile/v4": 3, "sanitation_report_external/v1": 3, "select_one_legacy/v1": 1,
    "simple_nested_grouped_repeatable/v2": 3, "site_inspection/v5": 8,
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERTED)
def test_a_real_form_has_the_questions_that_the_converter_finds(name):
    values, added = CONVERTED[name]
    assert len(read_form(shared("forms", *name.split("/"))).questions) == values - added


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_needs_another_file_or_has_an_unknown_type_is_refused_with_its_row(name):
    with pytest.raises(FormError) as caught:
        read_form(shared("forms", *name.split("/")))
    assert caught.value.where.endswith(REFUSED[name])


def test_an_older_form_with_choices_named_twice_is_read_and_says_so():
    read = read_form(shared("forms", "forms", "liberia_village_form.xlsx"))
    assert len(read.questions) == 26
    assert any("name that is already in it" in note for note in read.notes)


def test_every_form_at_hand_is_in_these_tests():
    folder = shared("forms")
    found = {
        path.relative_to(folder).as_posix()
        for part in ("forms", "authored")
        for path in folder.glob(f"{part}/**/*.xls*")
    }
    assert found - set(CONVERTED) - set(REFUSED) == {"forms/liberia_village_form.xlsx"}


@pytest.mark.parametrize("name", KOBO)
def test_forms_of_kobo_are_read(name):
    assert (
        len(read_form(shared("forms", "exports", "formpack_fixtures", *f"{name}.json".split("/"))).questions)
        == KOBO[name]
    )


@pytest.mark.parametrize("name", ["wg_ss_roster", "cd_household"])
def test_the_places_of_questions_are_those_of_the_converted_form(name):
    tree = ET.parse(shared("forms", "authored", f"{name}.xml"))
    instance = next(tree.iter("{http://www.w3.org/2002/xforms}instance"))[0]
    places = []

    def walk(element, path):
        for child in element:
            tag = child.tag.split("}")[-1]
            if len(child):
                walk(child, (*path, tag))
            elif "/".join((*path, tag)) not in places:
                places.append("/".join((*path, tag)))

    walk(instance, ())
    read = read_form(shared("forms", "authored", f"{name}.xlsx"))
    assert [question.place for question in read.questions] == [
        place for place in places if not place.startswith("meta/")
    ]


def test_the_household_form_is_in_english_and_arabic():
    read = read_form(shared("forms", "authored", "cd_household.xlsx"))
    assert read.languages == {"en": "English", "ar": "العربية"}
    assert read.default_language == "en"
