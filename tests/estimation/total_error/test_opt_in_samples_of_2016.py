"""Three opt-in samples and their reference (Pew Research Center 2016): the numbers of docs/total-error.md."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from countersign import inference
from real_data import shared

BY = ["age_group", "GENDER", "EDUCCAT5", "DIVISION"]


def opened(name: str) -> pl.DataFrame:
    frame = pl.read_csv(shared("cases", "pew_optin_2016", name), infer_schema_length=20_000)
    band = np.searchsorted([18, 25, 35, 45, 55, 65], frame["AGE"].to_numpy(), side="right")
    return frame.with_columns(pl.Series("age_group", band.astype(str)))


@pytest.mark.slow
def test_ninety_percent_are_held_with_twenty_points() -> None:
    people, reference = opened("optin_sample.csv.gz"), opened("reference_population.csv.gz")
    items = [name for name in reference.columns if name not in {*BY, "AGE"}]
    learnt = inference.learn_total_error(people, reference, items=items, by=BY)
    assert len(learnt.items) == 26
    assert len(learnt.checked) == 74
    assert learnt.coverage == pytest.approx(66 / 74)
    assert learnt.coverage_by_item == pytest.approx(0.903, abs=0.001)
    assert learnt.median_width == pytest.approx(0.198, abs=0.001)
    assert learnt.plain_coverage is not None
    assert learnt.plain_coverage < 0.1
    assert "26 questions" in learnt.sentence()
    assert len(learnt.notes) == 2


@pytest.mark.slow
def test_what_was_learnt_from_one_vendor_holds_for_another() -> None:
    people, reference = opened("optin_sample.csv.gz"), opened("reference_population.csv.gz")
    items = [name for name in reference.columns if name not in {*BY, "AGE", "VOTE14", "FOLGOV"}]
    first, second = (people.filter(pl.col("vendor") == name) for name in sorted(people["vendor"].unique())[:2])
    learnt = inference.learn_total_error(first, reference, items=items, by=BY)
    of = ["VOTE14 = 'Voted'", "FOLGOV = 'Hardly at all'"]
    table = inference.estimate_with_total_error(second, reference, of=of, items=items, by=BY, learnt=learnt)
    voted = table["VOTE14 = 'Voted'"]
    assert voted.convention == "benchmark-calibrated"
    assert voted.level == 0.9
    assert "24 questions" in voted.note
    assert voted.lower is not None
    assert voted.upper is not None
    assert voted.lower < 0.35 < voted.upper
