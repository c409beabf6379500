"""Group-bys over classes and patterns of missingness give what looking at every pair of records gives."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.protection.risk import classes as making
from countersign.protection.risk import diversity as diversities
from countersign.protection.risk.classes import Classes, classes, combined, look, sizes
from countersign.protection.risk.diversity import answers_of, diversity
from countersign.protection.risk.individual import individual_risk
from countersign.protection.risk.matching import matched, patterns
from countersign.protection.risk.measuring import Asked, measure
from countersign.protection.risk.special import measure_special
from countersign.protection.risk.uniques import find_uniques
from countersign.tables import open_engine

KEYS = ("a", "b", "c")
Record = tuple[Any, ...]

values = st.sampled_from([None, "x", "y", "z"])
tables = st.lists(st.tuples(values, values, values), min_size=1, max_size=14)
few = settings(max_examples=40, deadline=None)


ENGINE = open_engine("duckdb")


def rows(records: Sequence[Record], names: Sequence[str] = KEYS, **more: Sequence[Any]) -> Any:
    columns = {name: pa.array([record[place] for record in records], pa.string()) for place, name in enumerate(names)}
    columns |= {name: pa.array(column) for name, column in more.items()}
    columns["_row"] = pa.array(range(1, len(records) + 1))
    return ENGINE.from_arrow(pa.table(columns))


def made(records: Sequence[Record], names: Sequence[str] = KEYS) -> Classes:
    """Return the classes without an engine."""
    counts = Counter(records)
    found = sorted(counts, key=lambda record: [(value is None, value or "") for value in record])
    levels = [sorted({record[k] for record in found} - {None}) for k in range(len(names))]
    codes = np.array(
        [[len(known) if r[k] is None else known.index(r[k]) for r in found] for k, known in enumerate(levels)]
    )
    size = np.array([counts[record] for record in found])
    table = pa.table({name: pa.array([r[k] for r in found], pa.string()) for k, name in enumerate(names)})
    return Classes(tuple(names), codes, tuple(map(pa.array, levels)), size, size.astype(float), table)


def of_engine(records: Sequence[Record]) -> Classes:
    table = rows(records)
    return classes(table, KEYS, looked=look(table, KEYS))


def drawn(seed: int, n: int, *, gaps: bool = True) -> list[Record]:
    rng = np.random.default_rng(seed)
    choice = [None, "x", "y", "z"] if gaps else ["x", "y", "z"]
    return [tuple(choice[code] for code in rng.integers(0, len(choice), 3)) for _ in range(n)]


def agree(one: Record, other: Record, *, wild: bool, on: Sequence[int] = (0, 1, 2)) -> bool:
    return all(one[k] == other[k] or (wild and None in (one[k], other[k])) for k in on)


def keys_of(held: Classes) -> list[Record]:
    return list(zip(*(column.to_pylist() for column in held.table.columns), strict=True))


# Classes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 30, 60])
def test_classes_are_the_different_records_in_the_order_of_their_keys(n: int) -> None:
    records = drawn(n, n)
    held = of_engine(records)
    wanted = sorted(Counter(records).items(), key=lambda one: [(value is None, value or "") for value in one[0]])
    assert keys_of(held) == [record for record, _ in wanted]
    assert held.size.tolist() == [count for _, count in wanted]
    assert held.population.tolist() == [float(count) for _, count in wanted]
    assert held.absent.T.tolist() == [[value is None for value in record] for record, _ in wanted]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_weights_are_added_exactly(scale: float) -> None:
    records = drawn(5, 80)
    weights = [scale * weight for weight in np.random.default_rng(6).random(len(records)) ** 5]
    table = rows(records, w=weights)
    looked = look(table, KEYS, "w")
    held = classes(table, KEYS, looked=looked, weight="w")
    wanted: dict[Record, float] = {}
    for record, weight in zip(records, weights, strict=True):
        wanted[record] = wanted.get(record, 0.0) + weight
    for record, weight in zip(keys_of(held), held.population.tolist(), strict=True):
        assert weight == pytest.approx(wanted[record], rel=1e-12, abs=1e-15 * scale)
    together = sizes(table, KEYS, looked=looked, weight="w")
    assert together.classes.sum() == len(held)
    assert sorted(np.repeat(together.size, together.classes)) == sorted(held.size.tolist())
    assert sorted(np.repeat(together.population, together.classes)) == sorted(held.population.tolist())
    assert (np.lexsort((together.population, together.size)) == np.arange(len(together.size))).all()


def test_sizes_come_in_order_and_without_weights_count_records() -> None:
    table = rows([("x", "x", "x")] * 3 + [("y", "x", "x"), ("z", "x", "x")])
    found = sizes(table, KEYS, looked=look(table, KEYS))
    assert (found.size.tolist(), found.population.tolist(), found.classes.tolist()) == ([1, 3], [1.0, 3.0], [2, 1])


def test_a_look_counts_what_is_missing() -> None:
    looked = look(rows([(None, "x", "y"), (None, None, "y")]), KEYS)
    assert (looked.rows, dict(looked.missing), looked.gaps) == (2, {"a": 2, "b": 1, "c": 0}, True)
    whole = look(rows([("x", "x", "y")]), KEYS)
    assert (whole.gaps, whole.largest) == (False, 1.0)  # without weights each record stands for one person


@pytest.mark.parametrize(
    ("weights", "wrong"), [([1.0, None, 2.0], 1), ([1.0, -0.5, -1.0], 2), ([0.0, 1.0, 2.0], 0), ([0.0, 0.0, 0.0], 0)]
)
def test_weights_of_zero_are_weights_and_missing_or_negative_ones_are_not(weights: list[Any], wrong: int) -> None:
    table = rows([("x", "x", "x")] * 3, w=pa.array(weights, pa.float64()))
    if wrong:
        with pytest.raises(ProtectionError, match=f": {wrong} records have no weight"):
            look(table, KEYS, "w")
    else:
        assert look(table, KEYS, "w").largest == max(weights)


def test_a_missing_household_and_no_record_at_all_are_refused() -> None:
    table = rows([("x", "x", "x")] * 3, home=["1", None, "2"])
    with pytest.raises(ProtectionError, match=": 1 records have no household"):
        look(table, KEYS, "", "home")
    with pytest.raises(ProtectionError, match="no records"):
        look(rows([("x", "x", "x")]).filter(nw.col("a") == "y"), KEYS)


@pytest.mark.parametrize("countable", [0, 10, 2**24])
@given(codes=st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_equal_combinations_have_equal_numbers(countable: int, codes: list[tuple[int, int, int]]) -> None:
    before, making._COUNTABLE = making._COUNTABLE, countable
    try:
        columns = [np.array(column, dtype=np.int64) for column in zip(*codes, strict=True)]
        number, cells = combined(columns, [7, 7, 7], length=len(codes))
        assert number.max() < cells
        assert cells <= max(countable, 4 * len(codes))
        assert sorted(codes) == [codes[place] for place in np.argsort(number, kind="stable")]
        assert len(set(number.tolist())) == len(set(codes))
    finally:
        making._COUNTABLE = before


def test_numbers_of_combinations_do_not_overflow() -> None:
    columns = [np.array([0, 2**40 - 1, 5]) for _ in range(4)]
    number, cells = combined(columns, [2**40] * 4, length=3)
    assert (number.tolist(), cells) == ([0, 2, 1], 3)
    assert combined([], [], length=2)[0].tolist() == [0, 0]


# Missing keys match everything --------------------------------------------------------------------------------------


@few
@given(tables)
def test_matching_counts_every_pair(records: list[Record]) -> None:
    held = made(records)
    size, population = matched(held)
    wanted = [sum(agree(key, other, wild=True) for other in records) for key in keys_of(held)]
    assert size.tolist() == wanted
    assert population.tolist() == [float(count) for count in wanted]


def test_patterns_are_told_apart() -> None:
    held = made([("x", None, "y"), ("x", "y", None), ("x", None, "z"), ("x", "x", "x")])
    assert {bits: len(places) for bits, places in patterns(held)} == {0: 1, 2: 2, 4: 1}


# Special uniques ----------------------------------------------------------------------------------------------------


def by_hand(records: Sequence[Record], *, wild: bool) -> dict[int, dict[tuple[int, ...], bool]]:
    """Return record -> its minimal uniques, looking at every set and every pair."""
    found: dict[int, dict[tuple[int, ...], bool]] = {}
    for place, record in enumerate(records):
        unique: dict[tuple[int, ...], bool] = {}
        for size in range(1, len(record) + 1):
            for chosen in combinations(range(len(record)), size):
                alone = sum(agree(record, other, wild=wild, on=chosen) for other in records) == 1
                if alone and not any(set(smaller) < set(chosen) for smaller in unique):
                    unique[chosen] = True
        found[place] = unique
    return found


@few
@given(tables, st.booleans())
def test_scores_are_those_of_looking_at_every_set(records: list[Record], wild: bool) -> None:
    if len(records) == 1:
        return
    held, wanted = made(records), by_hand(records, wild=wild)
    found = find_uniques(held, wild=wild)
    place_of = {key: place for place, key in enumerate(keys_of(held))}
    scores = np.zeros(len(held))
    scores[found.classes] = found.scores
    for place, record in enumerate(records):
        assert scores[place_of[record]] == sum(math.factorial(3 - len(chosen)) for chosen in wanted[place])
    for key in range(3):
        total = sum(math.factorial(3 - len(s)) for sets in wanted.values() for s in sets if key in s)
        assert found.by_key[key].sum() == total
    for size in (1, 2, 3):
        assert found.minimal.get(size, 0) == sum(len(s) == size for sets in wanted.values() for s in sets)
    for chosen, alone in found.alone.items():
        assert alone == sum(any(set(s) <= set(chosen) for s in sets) for sets in wanted.values())
    assert len(found.alone) == 7
    counts = [sum(agree(record, other, wild=wild) for other in records) for record in records]
    assert found.pairs == counts.count(2)


def test_a_single_record_is_alone_whatever_is_known() -> None:
    found = find_uniques(made([("x", "y", "z")]))
    assert found.scores.tolist() == [0.0]
    assert set(found.alone.values()) == {1}


def test_sets_can_be_kept_small() -> None:
    held = made([("x", "x", "x"), ("x", "y", "x"), ("y", "x", "x"), ("y", "y", "x")])
    whole, small = find_uniques(held), find_uniques(held, largest=1)
    assert whole.minimal == {1: 0, 2: 4, 3: 0}
    assert whole.scores.tolist() == [1.0] * 4
    assert (small.minimal, small.scores.tolist(), len(small.alone)) == ({1: 0}, [0.0] * 4, 3)


def test_twelve_keys_are_taken_and_thirteen_are_not() -> None:
    names = [f"k{place}" for place in range(13)]
    with pytest.raises(ProtectionError, match="13 keys have 8,191 sets of up to 13"):
        find_uniques(made([tuple("x" * 13), tuple("y" * 13)], names))
    assert find_uniques(made([tuple("x" * 13), tuple("y" * 13)], names), largest=2).minimal == {1: 26, 2: 0}
    twelve = find_uniques(made([tuple("x" * 12), tuple("y" * 12)], names[:12]))
    assert twelve.minimal == {1: 24} | dict.fromkeys(range(2, 13), 0)
    assert twelve.scores.tolist() == [12.0 * math.factorial(11)] * 2


def test_chances_of_a_right_match() -> None:
    # Two alone by one key of one, and one pair: DIS = 2 f / (2 f + 2 (1 - f)) = f.
    found = find_uniques(made([("a",), ("b",), ("c",), ("c",)], ["k"]))
    assert found.pairs == 2
    assert found.disclosure(0.25, 1).tolist() == pytest.approx([0.25, 0.25])
    # Nobody is in a class of two.
    assert find_uniques(made([("a",), ("b",)], ["k"])).disclosure(0.25, 1).tolist() == [1.0, 1.0]
    # Two keys, Q = 1.3: scores 1 and 2, one pair.
    other = find_uniques(made([("x", "x"), ("y", "x"), ("y", "x"), ("x", "y"), ("y", "y"), ("z", "x")], ["k", "l"]))
    assert sorted(other.scores) == [1.0, 1.0, 1.0, 1.0]
    assert other.disclosure(0.1, 2).tolist() == pytest.approx([4 / 2 / 9 / (1 + 4 / 2 / 9)] * 4, rel=1e-6)


TEXTBOOK = ["1251", "1211", "1211", "3315", "4314", "4311", "6215", "1251"]  # francdat, which comes with R's sdcMicro


def test_the_textbook_case() -> None:
    held = made([tuple(record) for record in TEXTBOOK], ["k1", "k2", "k3", "k4"])
    found = find_uniques(held)
    assert sorted(found.scores.tolist()) == [4.0, 6.0, 8.0, 8.0]
    wanted = [0.00623684035040827, 0.0101060150120893, 0.0142134863245872, 0.0142134863245872]  # sdcMicro 5.8.1
    assert sorted(found.disclosure(0.01, 4)) == pytest.approx(wanted, rel=1e-9)


def test_the_chance_follows_its_power() -> None:
    held = made([tuple(record) for record in TEXTBOOK], ["k1", "k2", "k3", "k4"])
    found = find_uniques(held)
    for keys, fraction in ((4, 0.3), (8, 0.1), (12, 0.5)):
        power = found.scores ** (1 + (8 - keys) / 20)
        odds = power * (1 / power).sum() / 4 * fraction / (1 - fraction)
        assert found.disclosure(fraction, keys) == pytest.approx(odds / (1 + odds), rel=1e-5)


# Diversity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 2**24])
@few
@given(records=tables, wild=st.booleans(), data=st.data())
def test_diversity_is_that_of_the_records_that_match(
    at_once: int, records: list[Record], wild: bool, data: st.DataObject
) -> None:
    said = data.draw(st.lists(st.sampled_from([None, "p", "q", "r"]), min_size=len(records), max_size=len(records)))
    held = made(records)
    answers = answers_of(held, made([(*r, answer) for r, answer in zip(records, said, strict=True)], (*KEYS, "s")))
    before, diversities._MOST_AT_ONCE = diversities._MOST_AT_ONCE, at_once
    try:
        found = diversity(held, answers, wild=wild)
    finally:
        diversities._MOST_AT_ONCE = before
    everybody = Counter(answer for answer in said if answer)
    for place, key in enumerate(keys_of(held)):
        own = Counter(a for record, a in zip(records, said, strict=True) if a and agree(key, record, wild=wild))
        total = own.total()
        share = sorted((count / total for count in own.values()), reverse=True)
        assert found.distinct[place] == len(own)
        entropy = math.exp(-sum(p * math.log(p) for p in share)) if own else 0.0
        assert found.entropy[place] == pytest.approx(entropy, abs=1e-12)
        counts = sorted(own.values(), reverse=True)
        recursive = max([0, *(n for n in range(1, len(counts) + 1) if counts[0] < 2 * sum(counts[n - 1 :]))])
        assert found.recursive[place] == recursive
        apart = sum(abs(own[a] / total - everybody[a] / everybody.total()) for a in everybody) / 2 if own else 0.0
        assert found.closeness[place] == pytest.approx(apart, abs=1e-12)


def test_the_boundary_of_recursive_diversity() -> None:
    def of(*counts: int, c: float = 2.0) -> int:
        records = [("x", "x", "x")] * sum(counts)
        said = [str(place) for place, count in enumerate(counts) for _ in range(count)]
        held, fine = made(records), made([(*r, a) for r, a in zip(records, said, strict=True)], (*KEYS, "s"))
        return int(diversity(held, answers_of(held, fine), wild=False, c=c).recursive[0])

    assert [of(3, 2), of(4, 2), of(5, 2)] == [2, 1, 1]  # 4 < 2 * 2 does not hold
    assert of(4, 2, c=2.5) == 2
    assert of(1, c=1.0) == 0


def test_more_answers_than_patterns_of_missing_keys_are_all_seen() -> None:
    records: list[Record] = [(None, "x", "x"), (None, "x", "x"), (None, "y", "x")]
    held, fine = made(records), made([(*r, a) for r, a in zip(records, "pqr", strict=True)], (*KEYS, "s"))
    assert diversity(held, answers_of(held, fine), wild=True).distinct.tolist() == [2, 1]


# Everything together ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "gaps"), [(25, True), (60, True), (12, False)])
def test_each_record_and_the_sums(n: int, gaps: bool) -> None:
    rng, records = np.random.default_rng(n), drawn(n, n, gaps=gaps)
    weights = rng.choice([1.0, 2.5, 7.0], n).tolist()
    homes = [str(home) for home in rng.integers(0, n // 3, n)]
    said = rng.choice(["p", "q"], n).tolist()
    table = rows(records, w=weights, home=homes, s=said)
    found = measure(table, Asked(KEYS, 4, "w", "home", ("s",)))
    each = found.by_record().columns
    assert [one.counting for one in found.counted] == (["own", "any"] if gaps else ["own"])
    assert each["row"].tolist() == list(range(1, n + 1))
    for one in found.counted:
        wild, end = one.counting == "any", "_any" if one.counting == "any" else ""
        size = np.array([sum(agree(r, o, wild=wild) for o in records) for r in records])
        weight = [sum(w for o, w in zip(records, weights, strict=True) if agree(r, o, wild=wild)) for r in records]
        assert each["fk" + end].tolist() == size.tolist()
        assert each["Fk" + end].tolist() == pytest.approx(weight)
        risk = individual_risk(size, weight)
        assert each["risk" + end].tolist() == pytest.approx(risk.tolist())
        for model, chance, total in (
            ("prosecutor", 1 / size, one.household),
            ("risk", risk, one.household_population),
        ):
            living = [1 - math.prod(1 - c for c, h in zip(chance, homes, strict=True) if h == home) for home in homes]
            assert each[f"household_{model}{end}"].tolist() == pytest.approx(living)
            assert total == pytest.approx(sum(living))
        assert one.alone == (size == 1).sum()
        assert one.below == {k: (size < k).sum() for k in (2, 3, 4, 5)}
        assert (one.smallest, one.groups) == (size.min(), len(set(records)))
        assert one.prosecutor == pytest.approx((1 / size).sum())
        assert one.highest == pytest.approx((1 / size).max())
        assert one.population == pytest.approx(risk.sum())
        assert one.highest_population == pytest.approx(risk.max())
        for place, record in enumerate(records):
            own = Counter(a for r, a in zip(records, said, strict=True) if agree(record, r, wild=wild))
            assert each["l_distinct_s" + end][place] == len(own)
            entropy = -sum(n / own.total() * math.log(n / own.total()) for n in own.values())
            assert each["l_entropy_s" + end][place] == pytest.approx(math.exp(entropy))
        learnt = next(other for other in found.learnt if other.counting == one.counting)
        distinct = each["l_distinct_s" + end]
        assert (learnt.question, learnt.distinct) == ("s", distinct.min())
        assert learnt.below == {2: (distinct < 2).sum(), 3: (distinct < 3).sum()}
        assert learnt.entropy == pytest.approx(each["l_entropy_s" + end].min())
        assert learnt.closeness == pytest.approx(each["closeness_s" + end].max())


def test_sums_without_bringing_out_the_classes_are_the_same() -> None:
    records = drawn(3, 40, gaps=False)
    table = rows(records, w=[1.5] * len(records), home=[str(place) for place in range(len(records))])
    short = measure(table, Asked(KEYS, 3, "w")).counted[0]
    long = measure(table, Asked(KEYS, 3, "w", "home")).counted[0]
    for name in ("alone", "below", "smallest", "groups", "highest"):
        assert getattr(short, name) == getattr(long, name)
    for name in ("prosecutor", "population", "highest_population"):
        assert getattr(short, name) == pytest.approx(getattr(long, name))
    assert long.household == pytest.approx(long.prosecutor)
    assert (short.household, short.household_population) == (None, None)


def test_one_way_of_counting_is_told_where_one_is_asked_for() -> None:
    records: list[Record] = [("x", "x", None), ("x", "x", "y")]
    found = {missing: measure(rows(records), Asked(KEYS, 2, missing=missing)) for missing in ("own", "any", "both")}
    assert [[one.counting for one in risk.counted] for risk in found.values()] == [["own"], ["any"], ["own", "any"]]
    assert [[one.alone for one in risk.counted] for risk in found.values()] == [[2], [0], [2, 0]]
    assert found["any"].by_record().columns["fk"].tolist() == [2, 2]
    assert list(found["both"].by_record().columns) == ["row", "fk", "prosecutor", "fk_any", "prosecutor_any"]
    assert found["any"].counted[0].population is None
    assert dict(found["own"].missing) == {"c": 1}
    assert [one.counting for one in measure(rows([("x", "x", "x")]), Asked(KEYS, 2, missing="any")).counted] == ["any"]


def test_nothing_is_learnt_where_nobody_answered() -> None:
    table = rows([("x", "x", "x"), ("x", "x", "x")], s=pa.array([None, None], pa.string()))
    [learnt] = measure(table, Asked(KEYS, 2, sensitive=("s",))).learnt
    assert (learnt.distinct, learnt.below, learnt.entropy, learnt.closeness) == (0, {2: 0, 3: 0}, 0.0, 0.0)


def test_rows_without_a_number_are_told_without_one() -> None:
    table = rows([("x", "x", "x")]).drop("_row")
    assert list(measure(table, Asked(KEYS, 2)).by_record().columns) == ["fk", "prosecutor"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (Asked(KEYS, 1), "k below 2"),
        (Asked((), 2), "by which questions"),
        (Asked(KEYS, 2, sensitive=("s", "b")), "'b' is a key and sensitive"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: Asked, problem: str) -> None:
    with pytest.raises(ProtectionError, match=problem):
        measure(rows([("x", "x", "x")], s=["p"]), asked)


def test_the_question_is_told_with_the_answer() -> None:
    table = rows([("x", "x", None)] * 2, w=[1.0, 2.0], home=["1", "2"], s=["p", "q"])
    asked = Asked(KEYS, 4, "w", "home", ("s",), "own")
    found = measure(table, asked)
    told = (found.records, found.keys, found.k, found.sensitive, found.weight, found.household, dict(found.missing))
    assert told == (2, KEYS, 4, ("s",), "w", "home", {"c": 2})
    assert measure(table, Asked(KEYS, 4)).learnt == measure(rows([("x", "x", "x")]), Asked(KEYS, 4)).learnt == ()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [(Asked(KEYS, 2, "w"), "have no weight 'w'"), (Asked(KEYS, 2, "", "home"), "have no household 'home'")],
)
def test_the_rows_are_looked_at_first(asked: Asked, problem: str) -> None:
    with pytest.raises(ProtectionError, match=problem):
        measure(rows([("x", "x", "x")] * 2, w=[1.0, -2.0], home=["1", None]), asked)


def test_weights_of_nothing_but_zero_say_nothing_about_the_population() -> None:
    [found] = measure(rows([("x", "x", "x")] * 2, w=[0.0, 0.0]), Asked(KEYS, 2, "w")).counted
    assert found.population == pytest.approx(1.0)  # as if everybody had been asked


def test_a_missing_key_is_an_answer_of_its_own_unless_said_otherwise() -> None:
    held = made([("x", None, "x"), ("x", "y", "x")])
    assert len(find_uniques(held).classes) == 2
    assert len(find_uniques(held, wild=True).classes) == 0


def test_who_is_alone_is_counted_in_records_whatever_they_weigh() -> None:
    held = made([("x", None, "x"), ("x", "y", "x"), ("z", "z", "z")])
    heavy = replace(held, population=held.population * 0.5)
    assert find_uniques(heavy, wild=True).classes.tolist() == find_uniques(held, wild=True).classes.tolist() == [2]


def test_k_of_two_is_taken() -> None:
    assert measure(rows([("x", "x", "x")]), Asked(KEYS, 2)).counted[0].below == {2: 1, 3: 1, 5: 1}


# Which question -----------------------------------------------------------------------------------------------------


def test_the_question_that_tells_most_comes_first() -> None:
    records: list[Record] = [("x", "1", "u"), ("x", "2", "u"), ("y", "3", "u"), ("y", "3", "u"), (None, "1", "u")]
    assert measure_special(rows(records), KEYS, fraction=0.1).counting == "own"
    found = measure_special(rows(records), KEYS, fraction=0.1)
    # Record 1: (x, 1); record 2: 2 alone; record 5: the missing one alone.
    assert found.alone == 3
    assert found.minimal == {1: 2, 2: 1, 3: 0}
    assert found.score == 2 + 2 + 1
    told = {one.question: (one.contribution, one.without) for one in found.questions}
    assert told == {"a": (3 / 5, 1), "b": (3 / 5, 1), "c": (0.0, 3)}
    assert [one.question for one in found.questions] == ["a", "b", "c"]
    known = [(one.known, one.sets, one.mean, one.most, one.worst) for one in found.known]
    assert known == [(1, 3, 2 / 3, 1, ("a",)), (2, 3, 5 / 3, 3, ("a", "b")), (3, 1, 3.0, 3, KEYS)]
    levels = {(one.question, one.level): (one.people, one.contribution) for one in found.levels}
    assert levels == {
        ("a", "x"): (2, 1 / 5),
        ("a", None): (1, 2 / 5),
        ("b", "1"): (2, 1 / 5),
        ("b", "2"): (1, 2 / 5),
    }
    assert [one.contribution for one in found.levels] == [2 / 5, 2 / 5, 1 / 5, 1 / 5]
    each = found.by_record().columns
    assert each["suda_score"].tolist() == [1, 2, 0, 0, 2]
    assert each["contribution_a"].tolist() == [1, 0, 0, 0, 1]
    assert each["contribution_b"].tolist() == [1, 1, 0, 0, 0]
    assert each["suda_dis"].sum() == pytest.approx(found.expected)
    assert (each["suda_dis"] > 0).tolist() == [True, True, False, False, True]
    assert found.rows()[0] == {"question": "a", "contribution_percent": 60.0, "alone": 3, "alone_without": 1}


def test_nobody_alone_gives_no_question_a_part() -> None:
    found = measure_special(rows([("x", "x", "x")] * 2), KEYS, fraction=0.1)
    assert (found.score, found.expected, found.levels) == (0.0, 0.0, ())
    assert [one.contribution for one in found.questions] == [0.0] * 3
    one = measure_special(rows([("x",), ("y",)], ["k"]), ["k"], fraction=0.1)
    assert [(each.question, each.without) for each in one.questions] == [("k", 0)]


def test_sets_that_were_not_looked_at_are_not_told() -> None:
    found = measure_special(rows([("x", "x", "x"), ("x", "y", "z")]), KEYS, fraction=0.1, largest=1)
    assert [one.without for one in found.questions] == [None] * 3
    assert [one.known for one in found.known] == [1]
    # The first is alone on 'a' alone; nobody on one key among the other four.
    pairs = [("x", "y", "y"), ("z", "y", "y"), ("z", "w", "y"), ("y", "y", "y"), ("y", "w", "y")]
    each = measure_special(rows(pairs), KEYS, fraction=0.1, largest=1).by_record().columns
    assert each["suda_score"].tolist() == [2, 0, 0, 0, 0]
    assert each["contribution_a"].tolist() == [1, 0, 0, 0, 0]


def test_people_of_an_answer_are_all_who_gave_it() -> None:
    records = [("x", "1", "u"), ("x", "2", "u"), ("x", "2", "u"), ("y", "1", "u"), ("y", "1", "u")]
    found = measure_special(rows(records), KEYS, fraction=0.1)
    assert {(one.question, one.level): one.people for one in found.levels} == {("a", "x"): 3, ("b", "1"): 3}


def test_of_two_questions_the_other_one_is_left() -> None:
    found = measure_special(rows([("x", "1"), ("x", "2"), ("y", "3")], KEYS[:2]), KEYS[:2], fraction=0.1)
    assert (found.records, found.keys) == (3, ("a", "b"))
    assert {one.question: one.without for one in found.questions} == {"a": 3, "b": 1}


def test_a_missing_answer_may_be_any() -> None:
    records: list[Record] = [("x", None, "x"), ("x", "y", "x")]
    assert measure_special(rows(records), KEYS, fraction=0.1, counting="any").alone == 0
    assert measure_special(rows(records), KEYS, fraction=0.1, counting="own").alone == 2


@pytest.mark.parametrize(("fraction", "fits"), [(0.0, False), (1.0, False), (1e-9, True), (0.999, True)])
def test_a_fraction_lies_between_nobody_and_everybody(fraction: float, fits: bool) -> None:
    table = rows([("x", "x", "x")])
    if fits:
        assert measure_special(table, KEYS, fraction=fraction).fraction == fraction
    else:
        with pytest.raises(ProtectionError, match="no part of a population"):
            measure_special(table, KEYS, fraction=fraction)
    with pytest.raises(ProtectionError, match="by which questions"):
        measure_special(table, (), fraction=0.5)


# Individual risk ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 4), st.floats(1.0001, 1e6))
@settings(deadline=None)
def test_the_chance_follows_its_formula(f: int, times: float) -> None:
    total = f * times
    p = f / total
    q = 1 - p
    wanted = {1: p / q * math.log(1 / p), 2: p / q - (p / q) ** 2 * math.log(1 / p)}.get(f, p / (f - q))
    assert individual_risk([f], [total])[0] == pytest.approx(wanted, rel=1e-6 if times < 1.01 else 1e-9)


def test_the_chance_is_one_in_f_where_everybody_was_asked_or_more() -> None:
    assert individual_risk([1, 2, 3, 1, 2, 3], [1, 2, 3, 0.5, 0, 2.9]).tolist() == pytest.approx([1, 1 / 2, 1 / 3] * 2)


@pytest.mark.parametrize("f", [1, 2])
def test_the_chance_has_no_jump_where_the_series_ends(f: int) -> None:
    below, above = (float(individual_risk([f], [f / (1 - q)])[0]) for q in (1e-3 * (1 - 1e-9), 1e-3 * (1 + 1e-9)))
    assert above == pytest.approx(below, rel=1e-8)
    slope = {1: -0.5, 2: -2 / 3}[f]  # risk = 1/f (1 + slope q) close to q = 0
    assert float(individual_risk([f], [f / (1 - 1e-6)])[0]) == pytest.approx(1 / f * (1 + slope * 1e-6), abs=1e-11)
