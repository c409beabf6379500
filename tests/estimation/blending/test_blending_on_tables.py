"""Blending and mass imputation as verbs: weights of one file, people in both samples, groups that only one side has."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import countersign
from countersign import inference
from real_data import shared


def tables() -> tuple[Any, Any]:
    rng = np.random.default_rng(3)

    def drawn(n: int, young: float, start: int) -> Any:
        age = rng.choice(["jung", "älter"], n, p=[young, 1 - young])
        yes = (rng.random(n) < 0.3 + 0.2 * (age == "jung")).astype(int)
        place = rng.choice(list("ABC"), n)
        weight = rng.choice([10.0, 20.0], n)
        return pl.DataFrame({"who": np.arange(start, start + n), "age": age, "place": place, "yes": yes, "w": weight})

    return drawn(300, 0.5, 0), drawn(2000, 0.7, 250)


def test_the_factors_make_one_weighted_file_whose_mean_is_the_blend() -> None:
    survey, volunteers = tables()
    figures = inference.blend(survey, volunteers, mean="yes", weight="w", by=["place"])
    for part in inference.blend_parts(survey, volunteers, mean="yes", weight="w", by=["place"]).rows():
        place = part["domain"].removeprefix("place=")
        own, other = (t if place == "all" else t.filter(pl.col("place") == place) for t in (survey, volunteers))
        weight = np.concatenate(
            [own["w"].to_numpy() * part["survey_factor"], np.full(len(other), part["volunteers_factor"])]
        )
        answer = np.concatenate([own["yes"].to_numpy(), other["yes"].to_numpy()])
        value = figures["yes" if place == "all" else f"yes/place={place}"].value
        assert weight @ answer / weight.sum() == pytest.approx(value, rel=1e-12)
        assert weight.sum() == pytest.approx(own["w"].sum())


def test_adjusting_the_volunteers_first_removes_the_bias_that_age_explains() -> None:
    survey, volunteers = tables()
    plain, adjusted = (
        inference.blend_parts(survey, volunteers, mean="yes", weight="w", on=on).rows()[0] for on in ([], ["age"])
    )
    truth = 0.3 + 0.2 * 0.5  # half of the population is young, seven in ten volunteers are
    assert abs(adjusted["volunteers"] - truth) < abs(plain["volunteers"] - truth)
    assert adjusted["covariance"] > 0
    assert adjusted["survey_factor"] is None


def test_people_in_both_samples_are_counted_and_told() -> None:
    survey, volunteers = tables()
    made = inference.blend(survey, volunteers, mean="yes", weight="w", id="who")["yes"]
    assert "50 people in both samples" in made.note
    assert "same id" in made.assumption


def test_a_group_without_volunteers_has_a_reason_instead_of_a_figure() -> None:
    survey, volunteers = tables()
    found = inference.blend(survey, volunteers.filter(pl.col("place") != "C"), mean="yes", weight="w", by=["place"])
    assert found["yes/place=C"].value is None
    assert "no volunteers here" in found["yes/place=C"].note
    assert found["yes/place=A"].value is not None


def test_the_survey_that_contradicts_a_bound_says_so() -> None:
    survey, volunteers = tables()
    high = volunteers.with_columns(yes=pl.lit(1) - (pl.col("who") % 10 == 0).cast(pl.Int64))
    made = inference.blend(survey, high, mean="yes", weight="w", bias_bound=0.05)["yes"]
    assert "contradicts the bound" in made.note


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "average"}, "no method 'average'"),
        ({"pool": True, "bias_bound": 0.1}, "pooled, or they are bounded"),
        ({"on": ["age"], "id": "who"}, "without 'on'"),
        ({"on": ["age"], "volunteers_weight": "w"}, "not both"),
        ({"on": ["age"], "method": "prior"}, "cannot be a prior"),
    ],
)
def test_contradictory_wishes_are_refused(asked: dict[str, Any], words: str) -> None:
    survey, volunteers = tables()
    with pytest.raises(countersign.CountersignError, match=words):
        inference.blend(survey, volunteers, mean="yes", weight="w", **asked)


def test_the_vacancies_come_out_of_their_files_as_published() -> None:
    figures = inference.impute_mass(
        shared("inference", "admin.csv"),
        shared("inference", "jvs.csv"),
        mean="single_shift",
        on=["region", "private", "nace", "size"],
        weight="weight",
        strata="size",
        model="logistic",
        by=["size"],
    )
    assert figures["single_shift"].value == pytest.approx(0.703208877916958, rel=1e-9)
    assert figures["single_shift"].standard_error == pytest.approx(0.0112023653682582, rel=1e-5)
    assert len(figures) == 4
