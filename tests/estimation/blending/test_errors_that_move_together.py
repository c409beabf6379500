"""Covariance of survey and volunteers: through imputation to the same survey, and through people in both samples."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.estimation import estimate_ratio
from countersign.estimation.blending import imputed_covariance, overlap_covariance
from countersign.estimation.nonprobability.imputation import impute
from countersign.estimation.regression import row_covariance
from countersign.model.cells import Cells, Floats
from countersign.model.design import Design
from countersign.model.reference import Reference


def cells(keys: dict[str, Floats], measures: dict[str, Floats], weight: Floats) -> Cells:
    """Return cells of one row each: moments need no sums."""
    v = np.column_stack(list(measures.values()))
    named = {name: np.array(values.tolist(), dtype=object) for name, values in keys.items()}
    square = weight[:, None, None] ** 2 * v[:, :, None] * v[:, None, :]
    one = np.ones(len(weight), dtype=np.int64)
    return Cells(
        named, tuple(measures), one, weight, weight**2, v * weight[:, None], v * weight[:, None] ** 2, square, v
    )


@pytest.mark.parametrize("psu", ["", "psu"])
def test_both_means_of_the_survey_covary_as_their_rows_say(psu: str) -> None:
    rng = np.random.default_rng(1)
    n = 80
    keys = {
        "x": rng.integers(0, 4, n).astype(float),
        "h": rng.integers(0, 2, n).astype(float),
        "psu": rng.integers(0, 9, n).astype(float),
        "d": rng.integers(0, 2, n).astype(float),
    }
    there = (rng.random(n) < 0.9) * 1.0
    y, weight = (keys["x"] + rng.normal(size=n)) * there, rng.uniform(1, 4, n)
    survey = Reference(cells(keys, {"y": y, "there": there}, weight), Design(strata=("h",), psu=psu))
    x = rng.integers(0, 4, 200).astype(float)
    volunteers = cells({"x": x}, {"y": x + rng.normal(size=200)}, np.ones(200))
    direct = estimate_ratio(survey.cells, "y", "there", by=["d"], design=survey.design)
    made = impute(volunteers, survey, "y", ["x"], by=["d"])
    found = imputed_covariance(survey, direct, made, "y", "there")
    for k in range(2):
        inside = keys["d"] == k
        scores = np.column_stack(
            [
                weight * inside * (y - direct.value[k] * there) / (weight * there * inside).sum(),
                weight * inside * (made.imputed - made.value[k]) / (weight * inside).sum(),
            ]
        )
        label = keys["h"] * 100 + keys["psu"]
        expected, _ = row_covariance(scores, stratum=keys["h"], psu=label if psu else None)
        assert found[k] == pytest.approx(expected[0, 1], rel=1e-9)
        assert direct.se[k] ** 2 == pytest.approx(expected[0, 0], rel=1e-9)


def test_people_in_both_samples_tie_the_means_together() -> None:
    # 100 and 400 people, 60 of them in both: cov = var x 60 / (100 x 400).
    rng = np.random.default_rng(3)
    y = rng.normal(size=(4000, 440))
    one, other = y[:, :100].mean(1), y[:, 40:].mean(1)
    assert np.cov(one, other)[0, 1] == pytest.approx(60 / 40_000, rel=0.15)
    guesses = []
    for row, m, v in zip(y[:100], one, other, strict=False):
        survey = {i: (row[i] - m) / 100 for i in range(100)}
        volunteers = {i: (row[i] - v) / 400 for i in range(40, 440)}
        joint, both = overlap_covariance(survey, volunteers)
        assert both == 60
        guesses.append(joint)
    assert np.mean(guesses) == pytest.approx(60 / 40_000, rel=0.05)


def test_nobody_in_common_means_no_covariance() -> None:
    assert overlap_covariance({1: 0.5}, {2: 0.5}) == (0.0, 0)
