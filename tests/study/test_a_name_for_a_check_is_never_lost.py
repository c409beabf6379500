"""What a study names for a check is there and fits, or is refused with its line; it never ends as *not assessed*."""

from __future__ import annotations

import pytest
from small_study import STUDY, countersign, rows, write_study

GOLD = "  experts: {file: data/gold.csv}\nbenchmark:"
WITH_GOLD = STUDY.replace("benchmark:", GOLD)
WHOLES = "    wholes: [{value: VALUE, variable: sex, whole: f, parts: [m], by: [region]}]\nbenchmark:"


def described(key: str) -> str:
    return STUDY.replace("benchmark:", f"    {key}\nbenchmark:")


CASES = {
    "the unit of a repeat": (STUDY + "repeats: [{unit: idd, of: water}]\n", "repeats.0.unit", "Did you mean 'id'?"),
    "the answer of a repeat": (STUDY + "repeats: [{unit: id, of: watr}]\n", "repeats.0.of", "'water'?"),
    "the rater of a repeat": (STUDY + "repeats: [{unit: id, of: water, rater: who}]\n", "repeats.0.rater", "'who'"),
    "a repeat without a unit": (STUDY + "repeats: [{unit: [], of: water}]\n", "repeats.0.unit", "1 or more"),
    "an open unit": (STUDY + 'repeats: [{unit: "?", of: water}]\n', "repeats.0.unit", "question mark"),
    "a repeat of itself": (
        STUDY + "repeats: [{unit: id, of: water, second: people}]\n",
        "repeats.0.second",
        "against themselves",
    ),
    "a repeat of its unit": (STUDY + "repeats: [{unit: sex, of: sex}]\n", "repeats.0.of", "nothing can agree"),
    "a source of gold": (STUDY + "gold: [{gold: nobody, unit: id, of: {water: w}}]\n", "gold.0.gold", "'nobody'"),
    "the answer of an expert": (
        WITH_GOLD + "gold: [{gold: experts, unit: id, of: {water: watr}}]\n",
        "gold.0.of.water",
        "'experts'",
    ),
    "gold of another type": (
        WITH_GOLD + "gold: [{gold: experts, unit: id, of: {minutes: water}}]\n",
        "gold.0.of.minutes",
        "cannot be compared",
    ),
    "gold that is the data": (
        STUDY + "gold: [{gold: people, unit: id, of: {water: water}}]\n",
        "gold.0.of.water",
        "against itself",
    ),
    "an answer to be found": (
        WITH_GOLD + "gold: [{gold: experts, unit: id, of: {water: water}, positive: {sex: f}}]\n",
        "gold.0.positive.sex",
        "'sex'",
    ),
    "the name of a place": (STUDY + "places: {by: regon}\n", "places.by", "Did you mean 'region'?"),
    "places without a name": (STUDY + "places: {by: []}\n", "places.by", "1 or more"),
    "kinds of places without a list": (STUDY + "places: {by: region, strata: sex}\n", "places.strata", "'frame'"),
    "a value filled in": (described("imputed: {minutes: filled}"), "imputed.minutes", "'filled'"),
    "a flag that is a day": (described("imputed: {minutes: day}"), "imputed.minutes", "'day' cannot say"),
    "the value of a whole": (
        STUDY.replace("benchmark:", WHOLES.replace("VALUE", "minuets")),
        "wholes.0.value",
        "Did you mean 'minutes'?",
    ),
    "a whole of words": (STUDY.replace("benchmark:", WHOLES.replace("VALUE", "water")), "wholes.0.value", "numbers"),
    "an age in words": (described("roles: {age: water}"), "roles.age", "'water' of 'people' is of the type category"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_its_line(name, tmp_path):
    study, where, says = CASES[name]
    folder = write_study(tmp_path / "study", study=study)
    (folder / "data" / "gold.csv").write_text("id,water\n1,piped\n2,well\n", encoding="utf-8")
    result = countersign("assess", folder)
    assert result.exit_code == 2, result.output
    assert "study.yaml, line " in result.output
    assert where in result.output
    assert says in result.output
    assert "What to do:" in result.output


def test_what_a_delivery_may_lack_is_no_mistake(tmp_path):
    study = STUDY.replace("benchmark:", "  experts: {file: data/none.csv, optional: true}\nbenchmark:")
    study = study.replace("day: {type: date}", "day: {type: date}\n      visit: {optional: true}")
    study += "gold: [{gold: experts, unit: nothing-known, of: {water: w}}]\nrepeats: [{unit: visit, of: water}]\n"
    result = countersign(
        "assess", write_study(tmp_path / "study", study=study.replace("unit: nothing-known", "unit: id"))
    )
    assert result.exit_code == 0, result.output


def process(key: str) -> str:
    return STUDY + f"process: {{{key}}}\n"


def permitted(uses: str) -> str:
    return STUDY.replace("selection: open-web", f"selection: open-web, permitted_uses: {uses}")


NEVER = {
    "more passed than were trained": (process("training: {trained: 2, passed: 3}"), "training.passed", "3 passed of 2"),
    "more agreed than were checked": (
        process("back_checks: {checked: 2, agreed: 3}"),
        "back_checks.agreed",
        "3 agreed",
    ),
    "more than everybody": (process("languages: {sw: 0.7, en: 0.31}"), "process.languages", "come to 1.01"),
    "an answer before the question": (
        process("withdrawals: [{asked: 2025-05-02, done: 2025-05-01}]"),
        "withdrawals.0.done",
        "before anybody asked",
    ),
    "a request on no day": (process('withdrawals: [{asked: "?"}]'), "withdrawals.0.asked", "Nobody says when"),
    "a form nobody named": (
        process("rounds: [{period: 2024, form: thrid}]") + "form: {files: {third: form.xlsx}}\n",
        "process.rounds.0.form",
        "Did you mean 'third'?",
    ),
    "a use that is no limit": (permitted("[u2]"), "permitted_uses.0", "Did you mean 'U2'?"),
    "a use beyond the ladder": (permitted("[U0, U9]"), "permitted_uses.1", "There is no use 'U9'"),
    "one use without brackets": (permitted("U2"), "permitted_uses", "a list"),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_cannot_have_happened_is_refused(name, tmp_path):
    study, where, says = NEVER[name]
    result = countersign("check", write_study(tmp_path / "study", study=study))
    assert result.exit_code == 2, result.output
    assert where in result.output
    assert says in result.output


@pytest.mark.parametrize(
    "study",
    [
        process(
            "training: {trained: 2, passed: 2}, back_checks: {checked: 0, agreed: 0}, languages: {sw: 0.7, en: 0.3}"
        ),
        process("withdrawals: [{asked: 2025-05-02, done: 2025-05-02}, {asked: 2025-05-02, done: 2025}]"),
        permitted("[U0, U6, own use]"),
        permitted('"?"'),
    ],
)
def test_what_can_just_have_happened_is_read(study, tmp_path):
    assert countersign("check", write_study(tmp_path / "study", study=study)).exit_code == 0


@pytest.mark.parametrize("name", ["_n", "_row", "_value", "_Y", "_u0"])
def test_a_column_with_a_name_of_the_house_is_refused_and_can_be_renamed(name, tmp_path):
    lines = rows()
    people = "\n".join([f"{lines[0]},{name}", *(f"{line},1" for line in lines[1:])]) + "\n"
    result = countersign("assess", write_study(tmp_path / "study", people=people))
    assert result.exit_code == 2, result.output
    assert "people.csv" in result.output
    assert f"'{name}'" in result.output
    study = STUDY.replace("day: {type: date}", f"day: {{type: date}}\n      own: {{column: {name}}}")
    assert countersign("assess", write_study(tmp_path / "again", study=study, people=people)).exit_code == 0


@pytest.mark.parametrize("name", ["_id", "_uuid", "_index", "_submission_time", "n", "count", "value"])
def test_names_that_forms_give_are_read_as_they_are(name, tmp_path):
    lines = rows()
    people = "\n".join([f"{lines[0]},{name}", *(f"{line},{at}" for at, line in enumerate(lines[1:]))]) + "\n"
    assert countersign("assess", write_study(tmp_path / "study", people=people)).exit_code == 0
