"""What a study names for a check is there and fits, or is refused with its line; it never ends as *not assessed*."""

from __future__ import annotations

import pytest
from small_study import STUDY, countersign, write_study

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
