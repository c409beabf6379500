"""inference.learn_total_error, estimate_with_total_error and advise_questions on plain tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies import study

from countersign import inference
from countersign.errors import BenchmarkError, DataError, EstimationError
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.total_error import Checked

ITEMS = [f"q{k}" for k in range(11)]
BY = ["age", "sex"]


@pytest.fixture(scope="module")
def made() -> tuple[pl.DataFrame, dict[str, dict[object, float]]]:
    columns, truth = study(31, items=13)
    return pl.DataFrame({name: values.astype(str) for name, values in columns.items()}), truth


def test_a_table_a_benchmark_and_shares_as_reference_say_the_same(made: tuple) -> None:
    people, truth = made
    size = 1_000_000
    benchmark = Benchmark(
        name="census",
        margins=tuple(Margin((name,), {(str(k),): size * p for k, p in held.items()}) for name, held in truth.items()),
    )
    rows = {name: np.repeat(list(held), np.round(np.array(list(held.values())) * 20_000).astype(int)).tolist()
            for name, held in truth.items()}  # fmt: skip
    table = pl.DataFrame({name: [str(value) for value in held] for name, held in rows.items()})
    half = dict(list(truth.items())[:6])
    asked = Benchmark(
        name="survey",
        margins=tuple(margin for margin in benchmark.margins if margin.name not in half),
        items={name: {str(k): p for k, p in held.items()} for name, held in half.items()},
    )
    found = [
        inference.learn_total_error(people, reference, items=ITEMS, by=BY)
        for reference in (truth, benchmark, asked, table)
    ]
    for other in found[1:]:
        for one, again in zip(found[0].rows(), other.rows(), strict=True):
            assert one["item"] == again["item"]
            assert one["lower"] == pytest.approx(again["lower"], abs=1e-9)
            assert one["truth"] == pytest.approx(again["truth"], abs=1e-9)


def test_a_question_and_the_conditions_on_it_give_the_same_shares(made: tuple) -> None:
    people, truth = made
    whole = inference.estimate_with_total_error(people, truth, of=["q11"], items=ITEMS, by=BY)
    parts = inference.estimate_with_total_error(people, truth, of="q11 = 0", items=ITEMS, by=BY)
    one, same = whole["q11 = '0'"], parts["q11 = 0"]
    assert one.raw == pytest.approx(same.raw)
    assert one.value == pytest.approx(same.value, abs=0.03)  # the question's other answers are not among the relations
    assert one.lower < one.value < one.upper
    assert "11 questions" in one.note
    assert whole.notes[0] == one.note


def test_a_missing_answer_counts_in_no_share_also_in_a_condition(made: tuple) -> None:
    people, truth = made
    gone = people.with_columns(pl.when(pl.arange(pl.len()) < 200).then(None).otherwise(pl.col("q11")).alias("q11"))
    kept = people.slice(200)
    told = inference.estimate_with_total_error(gone, truth, of=["q11 = 0", "q11"], items=ITEMS, by=BY)
    assert {one.n for one in told} == {len(kept)}
    for one in told:
        if one.figure_id in ("q11 = 0", "q11 = '0'"):
            assert one.raw == pytest.approx((kept["q11"] == "0").mean())


def test_weights_count(made: tuple) -> None:
    people, truth = made
    weighted = people.with_columns(pl.when(pl.col("sex") == "0").then(3.0).otherwise(1.0).alias("w"))
    plain = inference.learn_total_error(people, truth, items=ITEMS)
    heavy = inference.learn_total_error(weighted, truth, items=ITEMS, weight="w")
    doubled = inference.learn_total_error(pl.concat([people, people]), truth, items=ITEMS)
    assert [one.raw for one in plain.checked] == [one.raw for one in heavy.checked]
    assert {row["estimate"] for row in plain.rows()} != {row["estimate"] for row in heavy.rows()}
    assert [one.estimate for one in plain.checked] == pytest.approx([one.estimate for one in doubled.checked])


def test_figures_checked_elsewhere_are_enough() -> None:
    figures = [Checked(f"q{k}", "yes", 0.3 + k / 50, 0.32 + k / 60) for k in range(12)]
    learnt = inference.learn_total_error(figures)
    assert len(learnt.items) == 12
    assert learnt.interval(0.4)[0] < 0.4


def test_advice_is_a_table(made: tuple) -> None:
    people, truth = made
    advice = inference.advise_questions(people, truth, items=ITEMS, have=["q0"], by=BY)
    assert [row["rank"] for row in advice.rows()] == list(range(1, 11))
    with pytest.raises(EstimationError, match="on the form but not among the items"):
        inference.advise_questions(people, truth, items=ITEMS, have=["q00"], by=BY)


def test_what_is_not_there_is_named(made: tuple) -> None:
    people, truth = made
    with pytest.raises(BenchmarkError, match="'q99'"):
        inference.learn_total_error(people, truth, items=["q99"])
    with pytest.raises(DataError, match="no column 'q12x'"):
        inference.learn_total_error(people, {**truth, "q12x": {"0": 1.0}}, items=["q12x"])
    with pytest.raises(EstimationError, match="No question"):
        inference.learn_total_error(people, truth, items=[])
