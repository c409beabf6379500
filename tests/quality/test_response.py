"""R-indicators with their parts, and the table of digital exclusion."""

from __future__ import annotations

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.errors import EstimationError
from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import State
from countersign.model.plan import Population
from countersign.model.representativity import representativity
from countersign.model.weights import Weights
from countersign.quality import assess
from countersign.quality.digital import is_digital, is_without
from countersign.quality.response import uneven_response


def keys(**columns: list[str]) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=object) for name, values in columns.items()}


SEX_AREA = keys(sex=["f", "f", "m", "m"], area=["N", "S", "N", "S"])


def test_r_of_four_cells_by_hand() -> None:
    # chances .8 .6 .6 .4 of 100 people each: mean .6, S^2 = (.04 + 0 + 0 + .04) / 4 = .02
    one = representativity(SEX_AREA, np.array([0.8, 0.6, 0.6, 0.4]), np.full(4, 100.0), taken_part=240, parameters=2)
    assert one.indicator == pytest.approx(1 - 2 * 0.02**0.5)
    assert one.variation == pytest.approx(0.02**0.5 / 0.6)
    # sex: .7 and .5, each half: P_u^2 = .01; signed sqrt(.5) * .1
    sex = one.partial["sex"]
    assert sex.unconditional == pytest.approx(0.1)
    assert sex.of == {"f": pytest.approx(0.5**0.5 * 0.1), "m": pytest.approx(-(0.5**0.5) * 0.1)}
    # within areas: .8 and .6 about .7, .6 and .4 about .5: P_c^2 = .01, half of it each sex
    assert sex.conditional == pytest.approx(0.1)
    assert sex.conditional_of == {"f": pytest.approx(0.005**0.5), "m": pytest.approx(0.005**0.5)}


def test_what_goes_with_another_variable_is_not_conditional() -> None:
    # Only the area matters, and women live in the north: sex has an unconditional part and no conditional one.
    people = np.array([90.0, 10, 10, 90])
    one = representativity(SEX_AREA, np.array([0.8, 0.4, 0.8, 0.4]), people, taken_part=120, parameters=2)
    assert one.partial["sex"].conditional == pytest.approx(0)
    assert one.partial["sex"].unconditional == pytest.approx(0.16)
    assert one.partial["area"].unconditional == pytest.approx(0.2)


def test_the_parts_of_categories_add_up_to_that_of_their_variable() -> None:
    generator = np.random.default_rng(8)
    columns = keys(a=list("xyz") * 4, b=list("pppqqqrrrsss"))
    one = representativity(
        columns, generator.uniform(0, 1, 12), generator.uniform(1, 9, 12), taken_part=50, parameters=5
    )
    for part in one.partial.values():
        assert sum(v**2 for v in part.of.values()) == pytest.approx(part.unconditional**2)
        assert sum(v**2 for v in part.conditional_of.values()) == pytest.approx(part.conditional**2)
        assert part.conditional <= one.spread + 1e-12


def test_equal_chances_give_one_and_negative_ones_are_refused() -> None:
    one = representativity(SEX_AREA, np.full(4, 0.3), np.arange(1.0, 5), taken_part=9, parameters=2)
    assert (one.indicator, one.variation) == (pytest.approx(1), pytest.approx(0))
    with pytest.raises(EstimationError):
        representativity(SEX_AREA, np.array([0.3, -0.1, 0.2, 0.2]), np.ones(4), taken_part=9, parameters=2)


@pytest.mark.parametrize("rows", [0, 400])
def test_what_chance_adds_is_taken_off(rows: int) -> None:
    """Everybody has chance .3: the squared spread of fitted chances is noise, on average what is taken off."""
    generator = np.random.default_rng(12)
    cells, people, rho = 10, np.full(10, 1000.0), 0.3
    key = {"g": np.arange(cells).astype(str).astype(object)}
    squares, noise = [], []
    for _ in range(400):
        n = generator.binomial(1000, rho, cells).astype(float)
        seen = generator.multinomial(rows, people / people.sum()) * people.sum() / rows if rows else people
        one = representativity(key, n / seen, seen, taken_part=n.sum(), parameters=cells - 1, reference=rows)
        squares.append(one.spread**2)
        noise.append((cells - 1) * one.mean**2 * ((1 - one.mean) / n.sum() + (1 / rows if rows else 0)))
        assert one.adjusted == pytest.approx(1 - 2 * max(squares[-1] - noise[-1], 0) ** 0.5)
    # With a reference of 40 people a cell, terms of higher order add a few percent.
    assert np.mean(squares) == pytest.approx(np.mean(noise), rel=0.15)


def census(**counts: float) -> Benchmark:
    return Benchmark("census", (Margin(("sex",), {(name,): n for name, n in counts.items()}),))


def test_a_study_without_weights_is_held_against_its_benchmark(engine) -> None:
    data = dataset(engine, {"sex": ["f"] * 60 + ["m"] * 20})
    finding = found(data, "r_indicator", benchmark=census(f=100, m=100))
    # chances .6 and .2: S = .2
    assert finding.value == pytest.approx(0.6)
    assert finding.state is State.PASS
    assert finding.threshold == {}
    assert "not graded" in finding.message
    assert finding.evidence["partial"]["sex"]["categories"]["m"] < 0


def test_without_the_size_of_the_population_r_is_at_least(engine) -> None:
    data = dataset(engine, {"sex": ["f"] * 60 + ["m"] * 20})
    finding = found(data, "r_indicator", benchmark=Benchmark("sample", census(f=10, m=10).margins, size=20))
    # largest chance 1, the other 1/3: S = 1/3
    assert finding.value == pytest.approx(1 / 3)
    assert "at least" in finding.message
    stated = found(
        data,
        "r_indicator",
        benchmark=Benchmark("sample", census(f=10, m=10).margins, size=20),
        plan=plan(population=Population(size=200)),
    )
    assert stated.value == pytest.approx(0.6)


def test_weights_tell_the_chances() -> None:
    weights = Weights(
        method="raking",
        by=("sex",),
        keys=keys(sex=["f", "m"]),
        factor=np.array([100 / 60, 5.0]),
        n=np.array([60.0, 20]),
        weight=np.array([100.0, 100]),
        weight2=np.array([60 * (100 / 60) ** 2, 20 * 25.0]),
        margins=census(f=100, m=100).margins,
    )
    (finding,) = uneven_response(weights, plan=plan(), benchmark=census(f=100, m=100))
    assert finding.value == pytest.approx(0.6)
    assert uneven_response(None, plan=plan(), benchmark=None) == []


def phones(**shares: float) -> Benchmark:
    return Benchmark("survey", (), items={"has_phone": shares})


@pytest.mark.parametrize(
    ("without", "selection", "state"),
    [(16, "list", State.PASS), (15, "list", State.WARN), (10, "list", State.WARN), (9, "list", State.FAIL),
     (20, "open-web", State.WARN), (9, "open-web", State.FAIL)],
)  # fmt: skip
def test_people_without_a_phone_are_in_the_data_or_missing(engine, without, selection, state) -> None:
    data = dataset(engine, {"has_phone": ["No"] * without + ["Yes"] * (100 - without)}, selection=selection)
    finding = found(data, "digital_exclusion", benchmark=phones(No=0.2, Yes=0.8))
    assert (finding.value, finding.state) == (pytest.approx(without / 20), state)
    assert finding.evidence["table"]["has_phone"]["No"] == {"data": without / 100, "benchmark": 0.2}


def test_a_web_sample_that_asked_nothing_is_not_assessed(engine) -> None:
    data = dataset(engine, {"sex": ["f", "m"]}, selection="open-web")
    assert found(data, "digital_exclusion", benchmark=census(f=1, m=1)).state is State.NOT_ASSESSED
    others = dataset(engine, {"sex": ["f", "m"]}, selection="list")
    assert not any(f.check == "digital_exclusion" for f in assess(others, plan=plan(), benchmark=census(f=1, m=1)))


def test_questions_are_known_by_bank_name_or_label_and_answers_by_their_label(engine) -> None:
    spec = {
        "q1": {"bank": "PHONE/own"},
        "q2": {"label": {"en": "Texts or instant messages"}},
        "q3": {"values": {"1": "Yes, at home", "2": "No, nowhere"}},
    }
    book = dataset(engine, {"q1": ["a"], "q2": ["a"], "q3": ["1"]}, variables=spec).codebook
    assert [is_digital(book[name]) for name in ("q1", "q2", "q3")] == [True, True, False]
    assert [is_without(book["q3"], code) for code in ("1", "2")] == [False, True]
