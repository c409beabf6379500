"""The verbs of small areas on tables as they come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from countersign import inference
from countersign.errors import CountersignError


def areas() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    litter = rng.uniform(1, 9, 12)
    return pd.DataFrame(
        {
            "área": [f"Ñ{k}" for k in range(12)],
            "y": 2 + litter + rng.normal(size=12),
            "v": rng.uniform(0.5, 1.5, 12),
            "litter": litter,
            "people": rng.integers(100, 900, 12),
            "zone": [1, 2, 3] * 4,
        }
    )


def test_numbers_are_numbers_unless_they_are_named_as_categories() -> None:
    asked = {"value": "y", "variance": "v", "area": "área"}
    slope = inference.estimate_areas(areas(), on=["litter", "zone"], **asked)
    steps = inference.estimate_areas(areas(), on=["litter", "zone"], categories=["zone"], **asked)
    assert (slope.estimates[0].degrees, steps.estimates[0].degrees) == (9, 8)


def test_self_benchmarking_meets_the_direct_total_and_says_so() -> None:
    table = areas()
    made = inference.estimate_areas(
        table, value="y", variance="v", area="área", on=["litter"], benchmark="self", size="people"
    )
    total = sum(one.value * n for one, n in zip(made, table["people"], strict=True))
    assert total == pytest.approx((table["y"] * table["people"]).sum(), rel=1e-10)
    assert any("add up to the direct total" in note for note in made.notes)


def test_the_notes_say_whether_the_citizen_covariate_helps() -> None:
    asked = {"value": "y", "variance": "v", "area": "área", "on": ["litter"], "citizen": ["litter"]}
    assert any(
        "The citizen covariate helps: with litter" in note for note in inference.estimate_areas(areas(), **asked).notes
    )
    noise = areas().assign(litter=[5, 1, 4, 4, 2, 9, 7, 3, 3, 8, 1, 6])
    assert any("The citizen covariate does not help" in note for note in inference.estimate_areas(noise, **asked).notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variance": ""}, "sampling variance of each direct value, once"),
        ({"standard_error": "v"}, "sampling variance of each direct value, once"),
        ({"on": ["área"]}, "cannot carry"),
        ({"on": ["liter"]}, "Did you mean 'litter'"),
        ({"area": "zone"}, "An area stands twice in 'zone'"),
        ({"where": "y > 1000"}, "selects nobody"),
        ({"on": ["litter"], "error": {"litter": "área"}}, "does not hold numbers"),
        ({"on": ["litter"], "error": {"zone": "v"}}, "'zone' is not a number of the model"),
        ({"benchmark": "ratios"}, "Did you mean 'ratio'"),
    ],
)
def test_what_cannot_be_done_is_refused(change: dict[str, object], said: str) -> None:
    asked: dict[str, object] = {"value": "y", "variance": "v", "area": "área"} | change
    with pytest.raises(CountersignError, match=said):
        inference.estimate_areas(areas(), **asked)


def test_conditions_may_be_covariates_of_units() -> None:
    rng = np.random.default_rng(1)
    units = pd.DataFrame(
        {"a": np.repeat(list("pqrst"), 6), "sex": rng.choice(["f", "m"], 30), "y": rng.normal(size=30)}
    )
    known = pd.DataFrame({"a": list("pqrst"), "women": [0.5, 0.51, 0.49, 0.5, 0.52]})
    made = inference.estimate_areas_from_units(units, known, mean="y > 0", on={"women": "sex = 'f'"}, area="a")
    assert len(made) == 5
    again = inference.estimate_areas_from_units(
        units, known, mean="y > 0", on={"women": "sex = 'f'"}, area="a", mse="bootstrap", draws=20, seed=4
    )
    assert [one.value for one in again] == [one.value for one in made]
    assert "bootstrap of 20 draws, seed 4" in again.estimates[0].method
