"""Questions that are, or say they are, those of the question bank: what differs is found and named (C2).

The form is a household roster with the Washington Group short set in its published English wording. The copies below
differ from it in one thing each.
"""

from __future__ import annotations

import pytest
from making import dataset, plan, shared
from openpyxl import load_workbook

from countersign.catalogue import Status, bank
from countersign.forms import read_form
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.form import Choice, Form, FormQuestion
from countersign.quality import assess
from countersign.quality.bank_claims import claims_of
from countersign.quality.question_bank import compared

DOMAINS = ["seeing", "hearing", "walking", "cognition", "selfcare", "communication"]


@pytest.fixture
def copy(tmp_path):
    """Return what is found in a copy of the roster after a change: check -> finding, English ones."""

    def made(change=lambda book: None, *, bank_column: bool = False):
        book = load_workbook(shared("forms", "authored", "wg_ss_roster.xlsx"))
        change(book)
        if bank_column:
            sheet = book["survey"]
            sheet.cell(1, sheet.max_column + 1, "bank")
            for row in range(2, sheet.max_row + 1):
                if sheet.cell(row, 2).value in DOMAINS:
                    sheet.cell(row, sheet.max_column, f"WG-SS/{sheet.cell(row, 2).value}")
        book.save(tmp_path / "copy.xlsx")
        form = read_form(tmp_path / "copy.xlsx")
        return {f.check: f for f in compared(claims_of(form)["WG-SS"], form) if not f.subject.endswith(", fr")}

    return made


def cell(book, sheet, name, column):
    """The cell of a row by its name (for choices: list and name) and column."""
    rows = book[sheet]
    header = [each.value for each in rows[1]]
    wanted = header.index(column) + 1
    for row in range(2, rows.max_row + 1):
        if rows.cell(row, 2).value == name and (sheet == "survey" or rows.cell(row, 1).value == "wg"):
            return rows.cell(row, wanted)
    raise AssertionError(name)


def failing(found):
    return sorted(check for check, finding in found.items() if finding.state is State.FAIL)


@pytest.mark.parametrize("bank_column", [False, True])
def test_the_published_questions_pass_in_english(copy, bank_column):
    found = copy(bank_column=bank_column)
    assert {check: str(finding.state) for check, finding in found.items()} == {
        "bank_order": "pass", "bank_questions": "pass", "bank_answers": "pass", "bank_codes": "pass",
        "bank_identifier": "pass",
    }  # fmt: skip


def test_a_language_whose_official_wording_nobody_knows_is_not_assessed_and_not_failed():
    form = read_form(shared("forms", "authored", "wg_ss_roster.xlsx"))
    french = [f for f in compared(claims_of(form)["WG-SS"], form) if f.subject == "WG-SS, fr"]
    assert {f.check: f.state for f in french} == {
        "bank_questions": State.NOT_ASSESSED, "bank_answers": State.NOT_ASSESSED,
    }  # fmt: skip
    assert "No official wording of 'WG-SS' is known in Français (fr) to compare with" in french[0].message


@pytest.mark.parametrize("bank_column", [False, True])
def test_an_altered_option_is_found_with_its_code(copy, bank_column):
    def change(book):
        cell(book, "choices", "3", "label::English (en)").value = "Yes, much difficulty"

    found = copy(change, bank_column=bank_column)
    assert failing(found) == ["bank_answers"]
    assert found["bank_answers"].evidence["answers"] == ["3"]
    assert "answer '3'" in found["bank_answers"].message
    assert found["bank_answers"].count == 6


@pytest.mark.parametrize("bank_column", [False, True])
def test_one_altered_word_is_found_with_its_question(copy, bank_column):
    def change(book):
        cell(book, "survey", "walking", "label::English (en)").value = "Do you have trouble walking or climbing steps?"

    found = copy(change, bank_column=bank_column)
    assert failing(found) == ["bank_questions"]
    assert found["bank_questions"].evidence["differ"] == ["walking"]
    assert "5 of 6" in found["bank_questions"].message
    assert "'walking' (walking)" in found["bank_questions"].message


def test_what_does_not_change_the_words_is_no_difference(copy):
    def change(book):
        label = cell(book, "survey", "seeing", "label::English (en)")
        label.value = f"  **{label.value.rstrip('?')} ?**"

    assert failing(copy(change)) == []


@pytest.mark.parametrize("bank_column", [False, True])
def test_two_domains_in_another_order_are_found(copy, bank_column):
    def change(book):
        sheet = book["survey"]
        rows = [cell(book, "survey", name, "name").row for name in ("hearing", "walking")]
        for column in range(1, sheet.max_column + 1):
            one, other = (sheet.cell(row, column) for row in rows)
            one.value, other.value = other.value, one.value

    found = copy(change, bank_column=bank_column)
    assert failing(found) == ["bank_order"]
    assert found["bank_order"].evidence["order"] == ["seeing", "walking", "hearing", *DOMAINS[3:]]
    assert "seeing, walking, hearing" in found["bank_order"].message


@pytest.mark.parametrize("bank_column", [False, True])
def test_an_added_option_is_found_with_its_code(copy, bank_column):
    found = copy(lambda book: book["choices"].append(["wg", "5", "Sometimes", "Parfois"]), bank_column=bank_column)
    assert failing(found) == ["bank_codes"]
    assert list(found["bank_codes"].evidence["differ"]) == ["'5' is added"]


def test_an_option_left_out_is_found_with_its_code(copy):
    found = copy(lambda book: book["choices"].delete_rows(cell(book, "choices", "2", "name").row))
    assert "bank_codes" in failing(found)
    assert "'2' is not offered" in found["bank_codes"].evidence["differ"]


def test_options_in_another_order_are_found(copy):
    def change(book):
        sheet = book["choices"]
        for column in range(1, 5):
            one, other = sheet.cell(2, column), sheet.cell(5, column)
            one.value, other.value = other.value, one.value

    found = copy(change)
    assert failing(found) == ["bank_codes"]
    assert list(found["bank_codes"].evidence["differ"]) == ["the order is another one"]


@pytest.mark.parametrize("bank_column", [False, True])
def test_a_domain_left_out_is_found_by_name(copy, bank_column):
    found = copy(
        lambda book: book["survey"].delete_rows(cell(book, "survey", "hearing", "name").row), bank_column=bank_column
    )
    assert failing(found) == ["bank_order"]
    assert found["bank_order"].evidence["not_asked"] == ["hearing"]
    assert "'hearing' is not" in found["bank_order"].message


def test_missing_codes_used_otherwise_are_a_warning(copy):
    def change(book):
        cell(book, "choices", "7", "label::English (en)").value = "Don't know"
        cell(book, "choices", "9", "name").value = "99"

    found = copy(change)
    assert found["bank_codes"].state is State.WARN
    assert set(found["bank_codes"].evidence["differ"]) == {
        "'7' means something else than 'did not want to answer'",
        "'99' stands for no answer instead of '9'",
    }


@pytest.mark.parametrize(
    ("calculation", "told"),
    [
        (lambda text: text.replace(" = '3'", " = '2'"), "it counts the codes 2, 4 of seeing"),
        (lambda text: text.replace("${hearing} = '3' or ${hearing} = '4' or ", ""), "it leaves out 'hearing'"),
        (lambda text: "if(" + " or ".join(f"${{{d}}} >= 2" for d in DOMAINS) + ", 1, 0)", "codes 2, 3, 4 of seeing"),
    ],
)
def test_an_identifier_computed_otherwise_is_found(copy, calculation, told):
    def change(book):
        rule = cell(book, "survey", "wg_disab3", "calculation")
        rule.value = calculation(rule.value)

    found = copy(change)
    assert failing(found) == ["bank_identifier"]
    assert told in found["bank_identifier"].message


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (" or ".join(f"${{{d}}} >= 3" for d in DOMAINS), State.PASS),
        (" or ".join(f"${{{d}}} > 2" for d in DOMAINS), State.PASS),
        (" + ".join(f"${{{d}}}" for d in DOMAINS), State.NOT_ASSESSED),
        (" and ".join(f"${{{d}}} >= 3" for d in DOMAINS), State.NOT_ASSESSED),
    ],
)
def test_a_rule_that_is_not_understood_is_not_judged(copy, rule, state):
    def change(book):
        cell(book, "survey", "wg_disab3", "calculation").value = rule

    assert copy(change)["bank_identifier"].state is state


def test_a_few_questions_that_nobody_claims_are_a_hint():
    """The household form asks two of the six in the published words and does not say they are the short set."""
    form = read_form(shared("forms", "authored", "cd_household.xlsx"))
    found = {f.check: f for f in compared(claims_of(form)["WG-SS"], form)}
    assert found["bank_order"].state is State.WARN
    assert found["bank_order"].evidence["not_asked"] == ["hearing", "cognition", "selfcare", "communication"]


def test_words_of_the_bank_that_were_not_read_at_their_source_say_so(copy):
    assert bank()["WG-SS"].wording("en").status == Status.SECOND_HAND
    assert "(second-hand)" in copy()["bank_questions"].message


# Claims in the codebook, and values


def wg(engine, *people, derived=None, **more):
    """People as six codes each, such as ``111131``; ``-`` is no answer."""
    columns = {name: [None if codes[at] == "-" else codes[at] for codes in people] for at, name in enumerate(DOMAINS)}
    said = {name: {"bank": f"WG-SS/{name}", "type": "category"} for name in DOMAINS}
    if derived is not None:
        columns["pwd"] = derived
        said["pwd"] = {"derived": "seeing = '3' or hearing = '3'", "type": "boolean"}
    return dataset(engine, columns, unit="person", variables=said, **more)


def found_in(data, **more):
    return {f.check: f for f in assess(data, plan=plan(), documents=Documents(**more)) if f.criterion == "C2"}


def test_values_outside_the_codes_are_counted_and_not_shown(engine):
    found = found_in(wg(engine, "111111", "119111", "11x511"))["standard_values"]
    assert (found.count, found.value, found.state) == (2, pytest.approx(16 / 18), State.FAIL)
    assert found.evidence["outside"] == {"walking": 1, "cognition": 1}
    assert "x" not in found.message.replace("six", "")


@pytest.mark.parametrize(("strange", "state"), [(0, State.PASS), (1, State.WARN), (6, State.WARN), (7, State.FAIL)])
def test_values_are_judged_at_their_limits(engine, strange, state):
    """Twenty people, 120 answers; up to 5 % may be outside with a warning."""
    people = [("5" * min(6, strange)).ljust(6, "1"), ("5" * max(0, strange - 6)).ljust(6, "1"), *["111111"] * 18]
    assert found_in(wg(engine, *people))["standard_values"].state is state


def test_numbers_are_held_against_the_range_of_their_item(engine):
    data = dataset(engine, {"age": [0, 120, 121, None]}, unit="person", variables={"age": {"bank": "AGE"}})
    found = found_in(data)["standard_values"]
    assert (found.count, found.value) == (1, pytest.approx(2 / 3))


def test_a_variable_that_takes_its_claim_from_the_form(engine):
    form = Form((FormQuestion("age", "integer", number=True, bank="AGE/age"),))
    assert found_in(dataset(engine, {"age": [5, 200]}), forms={"f": form})["standard_values"].count == 1


def test_without_claims_nothing_is_assessed(engine):
    found = found_in(dataset(engine, {"age": [5]}))
    assert {f.state for f in found.values()} == {State.NOT_ASSESSED}
    assert set(found) == {"bank_questions", "standard_values"}


def test_a_claim_to_what_the_bank_does_not_have_is_found(engine):
    data = dataset(engine, {"eyes": ["1"]}, variables={"eyes": {"bank": "WG-SS/seing", "type": "category"}})
    found = found_in(data)["bank_claim"]
    assert found.state is State.FAIL
    assert "Did you mean 'WG-SS/seeing'" in found.message


def test_a_data_set_that_lacks_a_domain_or_takes_codes_otherwise(engine):
    said = {name: {"bank": f"WG-SS/{name}", "type": "category", "values": {"1": "No", "2": "Some", "3": "A lot"}}
            for name in DOMAINS[:5]}  # fmt: skip
    said["seeing"] = said["seeing"] | {"missing": {"9": "refused"}}
    data = dataset(engine, {name: ["1"] for name in DOMAINS[:5]}, variables=said)
    found = found_in(data)
    assert found["bank_order"].evidence["not_asked"] == ["communication"]
    assert set(found["bank_codes"].evidence["differ"]) == {
        "'4' is not offered", "'9' means something else than 'does not know'",
    }  # fmt: skip
    assert found["bank_questions"].state is State.NOT_ASSESSED


def test_an_identifier_in_the_data_is_held_against_the_rule_record_by_record(engine):
    """By the rule: with, with, without, missing (one domain missing, none at 3 or 4)."""
    people = ("311111", "111114", "112121", "11-111")
    same = found_in(wg(engine, *people, derived=[True, True, False, None]))["bank_identifier"]
    assert (same.state, same.count, same.value) == (State.PASS, 0, 1.0)
    other = found_in(wg(engine, *people, derived=[True, False, False, None]))["bank_identifier"]
    assert (other.state, other.count, other.value) == (State.FAIL, 1, pytest.approx(2 / 3))
    extra = found_in(wg(engine, *people, derived=[True, True, False, False]))["bank_identifier"]
    assert (extra.state, extra.count) == (State.WARN, 1)


def test_break_off_is_compared_between_people_with_and_without_disability(engine):
    """Forty people with a disability, a quarter of whom stopped early; forty without, all of whom went on."""
    people = ["311111"] * 40 + ["111111"] * 40
    columns = {name: [codes[at] for codes in people] for at, name in enumerate(DOMAINS)}
    for n in range(8):
        columns[f"q{n}"] = [None if at < 10 else "a" for at in range(80)]
    said = {name: {"bank": f"WG-SS/{name}", "type": "category"} for name in DOMAINS}
    data = dataset(engine, columns, unit="person", variables=said)
    found = [f for f in assess(data, plan=plan()) if (f.check, f.subject) == ("break_off_gap", "disability")]
    assert [(f.value, f.state) for f in found] == [(0.25, State.FAIL)]


def test_a_question_in_a_language_the_form_does_not_name():
    labels = [
        q.label["en"]
        for q in read_form(shared("forms", "authored", "wg_ss_roster.xlsx")).questions
        if q.name == "seeing"
    ]
    choice = (Choice("1", {"": "No"}),)
    official = FormQuestion(
        "eyes", "select_one", label={"": labels[0]}, choices=choice, list_name="w", bank="WG-SS/seeing"
    )
    form = Form((official,), languages={"": ""})
    found = {f.check: f for f in compared(claims_of(form)["WG-SS"], form)}
    assert found["bank_questions"].state is State.PASS
    other = Form(
        (FormQuestion("eyes", "text", label={"": "Wie gut sehen Sie?"}, bank="WG-SS/seeing"),), languages={"": ""}
    )
    found = {f.check: f for f in compared(claims_of(other)["WG-SS"], other)}
    assert found["bank_questions"].state is State.NOT_ASSESSED
    assert "does not name its language" in found["bank_questions"].message


def test_a_claim_in_the_codebook_is_held_against_the_question_of_the_form(engine):
    """The form asks 1 and 2; the codebook maps them to the codes of the bank, or forgets one."""
    options = (Choice("1", {"en": "Woman"}), Choice("2", {"en": "Man"}))
    form = Form((FormQuestion("sex", "select_one", closed=True, choices=options, label={"en": "Sex?"}),))

    def codes(**recode):
        said = {"sex": {"bank": "SEX", "recode": recode}}
        return found_in(dataset(engine, {"sex": ["F"]}, variables=said), forms={"f": form})["bank_codes"]

    assert codes(**{"1": "F", "2": "M"}).state is State.PASS
    assert set(codes(**{"1": "F"}).evidence["differ"]) == {"'M' is not offered", "'2' is added"}
