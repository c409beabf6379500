"""The verb of post-stratification on tables as they come: blanks, names in other scripts, numbers as categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from countersign import inference
from countersign.errors import CountersignError, EstimationError


def people(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({"région": rng.choice(["Żory", "Đà Nẵng", "東京"], 300), "age": rng.choice([1, 2, 3], 300)})
    made["yes"] = (rng.random(300) < 0.2 + 0.15 * made["age"]).astype(int)
    made["poverty"] = made["région"].map({"Żory": 0.1, "Đà Nẵng": 0.4, "東京": 0.2})
    return made


def census() -> pd.DataFrame:
    rows = [(r, p, a, 100 * a) for r, p in (("Żory", 0.1), ("Đà Nẵng", 0.4), ("東京", 0.2)) for a in (1, 2, 3, 4)]
    return pd.DataFrame(rows, columns=["région", "poverty", "age", "count"])


def test_numbers_are_categories_and_names_may_be_in_any_script() -> None:
    table = inference.poststratify_model(
        people(), census(), proportion="yes = 1", groups=["région", "age"], by=["age", ("région", "age")]
    )
    assert len(table) == 1 + 4 + 12
    assert table["yes = 1/age=4"].n == 0
    assert "100.0% of these people are in cells nobody answered from" in table["yes = 1/age=4"].note
    assert any(note.startswith("40.0% of the population are in cells") for note in table.notes)
    values = [one.value for one in table.estimates[1:4]]
    assert values == sorted(values)
    assert all(one.assumption.startswith("model-based interval, assuming") for one in table)
    assert all("margin of error" not in one.method + one.note for one in table)


def test_blank_answers_are_left_out_and_counted() -> None:
    full = people()
    blank = full.copy()
    blank["yes"] = blank["yes"].astype("Int64")
    blank.loc[:9, "yes"] = pd.NA
    one = inference.poststratify_model(blank, census(), proportion="yes = 1", groups=["age"])
    other = inference.poststratify_model(full.iloc[10:], census(), proportion="yes = 1", groups=["age"])
    assert one.estimates[0].value == pytest.approx(other.estimates[0].value, rel=1e-9)
    assert "10 volunteers without an answer are not used." in one.notes


def test_a_number_known_of_each_region_may_stand_in_the_model() -> None:
    made = inference.describe_multilevel_model(
        people(), census(), proportion="yes = 1", groups=["région", "age"], on=["poverty"], numeric=["poverty"]
    )
    assert [row["name"] for row in made.rows()] == ["région", "age", "(intercept)", "poverty"]


def test_a_breakdown_outside_the_model_is_told() -> None:
    table = inference.poststratify_model(people(), census(), mean="yes", groups=["age"], by=["région"])
    assert any("région are not in the model" in note for note in table.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"proportion": "", "mean": ""}, "missing, or given twice"),
        ({"mean": "yes"}, "missing, or given twice"),
        ({"groups": []}, "at least one grouping factor"),
        ({"groups": ["agee"]}, "agee"),
        ({"where": "age > 9"}, "Nobody answered"),
        ({"penalty": -1.0}, "below 0"),
    ],
)
def test_what_cannot_be_done_is_refused(change: dict[str, object], said: str) -> None:
    asked: dict[str, object] = {"proportion": "yes = 1", "groups": ["age"]} | change
    with pytest.raises(CountersignError, match=said):
        inference.poststratify_model(people(), census(), **asked)


def test_census_rows_without_a_count_are_refused() -> None:
    table = census().astype({"count": "Float64"})
    table.loc[0, "count"] = pd.NA
    with pytest.raises(EstimationError, match="1 rows of the census have no 'count'"):
        inference.poststratify_model(people(), table, proportion="yes = 1", groups=["age"])
