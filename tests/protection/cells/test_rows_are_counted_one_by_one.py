"""Every cell of a tabulated table is what going through the records one by one gives; what is refused, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from countersign.errors import ProtectionError
from countersign.model.additive_table import AdditiveTable
from countersign.model.hierarchy import Hierarchy
from countersign.protection.cells.tabulating import code_of, coded, tabulate

PLACES = Hierarchy("place", {"T": "", "a": "T", "a1": "a", "a2": "a", "b": "T", "b1": "b", "c": "T"})
Record = dict[str, Any]


def table(records: Sequence[Record], *by: Hierarchy | str, **options: str) -> AdditiveTable:
    columns = {name: [record.get(name) for record in records] for name in dict.fromkeys(n for r in records for n in r)}
    return tabulate(nw.from_native(pl.DataFrame(columns).lazy()), list(by), **options)


def numbers(found: AdditiveTable) -> dict[tuple[str, ...], float]:
    return dict(zip(found.cells, found.values.tolist(), strict=True))


def random_records(seed: int, count: int) -> list[Record]:
    draw = np.random.default_rng(seed)
    return [
        {
            "place": draw.choice(["a1", "a1", "a2", "b1", "c", "a", "T", None]),
            "sex": draw.choice(["m", "f"]),
            "who": draw.choice(["u", "v", "w", "x", None]),
            "home": draw.choice([1, 2, 3, None]),
            "spent": draw.choice([0.0, 1.0, 2.0, 4.0, 8.5, 8.5, None]),
        }
        for _ in range(count)
    ]


def inside(record: Record, cell: tuple[str, ...], total: str, unknown: str) -> bool:
    """Return whether a record counts in a cell."""
    place, sex = cell
    own = {None: unknown, "T": unknown, "a": f"a, {unknown}"}.get(record["place"], record["place"])
    path = {own, "T", "a" if own.startswith("a") else "b" if own == "b1" else own}
    return place in path and sex in (record["sex"], total)


@pytest.mark.parametrize(
    ("seed", "count", "total", "unknown"),
    [
        (6, 60, "Total", "not stated"),
        (5, 30, "all", "??"),
        (4, 12, "Total", "not stated"),
        (3, 12, "Total", "not stated"),
        (2, 5, "Total", "not stated"),
        (1, 2, "Total", "not stated"),
        (0, 1, "Total", "not stated"),
    ],
)
def test_each_cell_is_what_its_records_say(seed: int, count: int, total: str, unknown: str) -> None:
    records = random_records(seed, count)
    told = [record for record in records if record["spent"] is not None]
    options = {"total": total, "not_stated": unknown}
    every = table(records, PLACES, "sex", contributor="who", household="home", **options)
    assert every.counted
    assert every.largest is None
    assert every.households is not None
    assert ({cell[0] for cell in every.cells} >= set(PLACES.parents), every.dimensions) == (True, ("place", "sex"))
    for number, cell in enumerate(every.cells):
        own = [record for record in records if inside(record, cell, total, unknown)]
        assert every.values[number] == len(own)
        assert every.contributors[number] == len({record["who"] for record in own})
        assert every.households[number] == len({record["home"] for record in own})
    if not told:
        return
    sums = table(records, PLACES, "sex", magnitude="spent", contributor="who", **options)
    alone = table(records, PLACES, "sex", magnitude="spent", **options)
    for found in (sums, alone):
        assert not found.counted
        assert found.households is None
        assert found.largest is not None
        for number, cell in enumerate(found.cells):
            own = [record for record in told if inside(record, cell, total, unknown)]
            assert found.values[number] == sum(record["spent"] for record in own)
            by_person: dict[Any, float] = {}
            for place, record in enumerate(own):
                key = record["who"] if found is sums else place
                by_person[key] = by_person.get(key, 0.0) + record["spent"]
            assert found.contributors[number] == len(by_person)
            largest = sorted(by_person.values(), reverse=True)
            assert found.largest[number].tolist() == [*largest, 0.0, 0.0, 0.0][:3]


def test_records_known_at_a_higher_level_only_are_a_part_of_their_own() -> None:
    found = numbers(table([{"place": place} for place in ("a1", "a", "T", None, "a", "T")], PLACES))
    assert found["a, not stated",] == 2
    assert (found["not stated",], found["a",], found["T",], found["b",]) == (3, 3, 6, 0)
    told = Hierarchy("place", {"T": "", "a": "T", "a1": "a", "a, not stated": "a", "not stated": "T"})
    named = numbers(table([{"place": place} for place in ("a1", "a", "T", None)], told))
    assert (named["a, not stated",], named["not stated",], len(named)) == (1, 2, 5)
    # Without such records there are no such parts.
    assert len(table([{"place": "a1"}], PLACES)) == len(PLACES.parents)


def test_a_part_not_stated_may_be_a_category_of_the_records() -> None:
    records = [{"place": "a1"}, {"place": "not stated"}, {"place": None}]
    assert numbers(table(records, PLACES))["not stated",] == 2
    assert numbers(table(records, "place")) == {("Total",): 3, ("a1",): 1, ("not stated",): 2}


@pytest.mark.parametrize("who", ["", "who"])
@pytest.mark.parametrize("places", [(None, "T"), ("T", None), ("a, not stated", "a")])
def test_the_largest_contributions_are_those_of_all_ways_not_to_state_a_category(
    who: str, places: tuple[str | None, str | None]
) -> None:
    given = Hierarchy("place", {"T": "", "a": "T", "a1": "a", "a, not stated": "a"})
    amounts = [(places[0], 50.0), (places[0], 2.0), (places[1], 40.0), (places[1], 3.0), ("a1", 1.0)]
    records = [{"place": place, "who": str(n), "spent": amount} for n, (place, amount) in enumerate(amounts)]
    found = table(records, given, magnitude="spent", contributor=who)
    assert found.largest is not None
    largest = dict(zip(found.cells, found.largest.tolist(), strict=True))
    assert [50.0, 40.0, 3.0] == largest["T",] == largest["not stated" if None in places else "a, not stated",]


def test_sums_of_a_person_are_the_same_bits_in_every_order_of_the_records() -> None:
    draw = np.random.default_rng(8)
    records: list[Record] = [
        {"place": place, "sex": sex, "who": who, "spent": float(draw.lognormal(0, 3))}
        for who in "uvw"
        for place in ("a1", "a2", "b1", "c", None)
        for sex in "mf"
    ]
    seen = set()
    for _ in range(20):
        draw.shuffle(records)
        found = table(records, PLACES, "sex", magnitude="spent", contributor="who")
        assert found.largest is not None
        seen.add((found.values.tobytes(), found.largest.tobytes()))
    assert len(seen) == 1


def test_codes_are_written_and_sorted_as_people_do() -> None:
    values = [2.5, 10.0, -1.0, 9.0, None, 1e3]
    found = table([{"grade": value} for value in values], "grade")
    assert [cell[0] for cell in found.cells] == ["Total", "-1", "2.5", "9", "10", "1000", "not stated"]
    words = table([{"sex": word} for word in ("b", "10", "9", "0", "a", None)], "sex", not_stated="0")
    assert [cell[0] for cell in words.cells] == ["Total", "9", "10", "a", "b", "0"]
    truth = table([{"member": True}, {"member": False}, {"member": True}], "member")
    assert numbers(truth) == {("Total",): 3, ("false",): 1, ("true",): 2}
    assert [code_of(value) for value in (3, 3.0, 3.5, True, np.bool_(False), "x")] == [
        "3", "3", "3.5", "true", "false", "x",
    ]  # fmt: skip


def test_values_of_a_column_are_numbered_in_their_order() -> None:
    codes, values = coded(np.array(["x", None, "x", "y", None], dtype=object))
    assert (codes.tolist(), values) == ([0, 1, 0, 2, 1], ["x", None, "y"])


@pytest.mark.parametrize(("count", "shown"), [(2, False), (3, True), (4, True)])
def test_a_strange_category_is_named_from_three_records_on(count: int, shown: bool) -> None:
    with pytest.raises(ProtectionError) as caught:
        table([{"place": "zz"}] * count + [{"place": "a1"}], PLACES)
    assert caught.value.problem == (
        f"1 categories ({count} records) are in no line of the hierarchy" + (", such as 'zz'." if shown else ".")
    )
    assert caught.value.where == "place"


def test_five_strange_categories_are_named_at_most() -> None:
    with pytest.raises(ProtectionError) as caught:
        table([{"place": word} for word in "hgfezyx" for _ in range(300)], PLACES)
    assert caught.value.problem == (
        "7 categories (2,100 records) are in no line of the hierarchy, such as 'e', 'f', 'g', 'h', 'x'."
    )


def test_a_category_named_as_the_total_is_refused() -> None:
    records = [{"sex": "m"}, {"sex": "Total"}]
    with pytest.raises(ProtectionError, match="'sex' has a category 'Total'") as caught:
        table(records, "sex")
    assert caught.value.where == "sex"
    assert len(table(records, "sex", total="all")) == 3


@pytest.mark.parametrize("amount", [0.0, -1e-9])
@pytest.mark.parametrize("who", ["", "who"])
def test_no_amount_may_be_below_zero(amount: float, who: str) -> None:
    records = [{"sex": "m", "who": "u", "balance": 2.0}, {"sex": "m", "who": "u", "balance": amount}]
    if amount < 0:
        with pytest.raises(ProtectionError, match="'balance' has values below zero") as caught:
            table(records, "sex", magnitude="balance", contributor=who)
        assert caught.value.where == "balance"
    else:
        assert table(records, "sex", magnitude="balance", contributor=who).values.tolist() == [2.0, 2.0]


def test_whole_numbers_are_summed_too() -> None:
    found = table([{"sex": "m", "n": 3}, {"sex": "f", "n": 1}, {"sex": "m", "n": 5}], "sex", magnitude="n")
    assert found.values.tolist() == [9, 1, 8]
    assert found.largest is not None
    assert found.largest.tolist() == [[5, 3, 1], [1, 0, 0], [5, 3, 0]]


def test_nothing_to_tabulate_is_told_with_what_was_looked_for() -> None:
    frame = pl.DataFrame({"sex": ["m", "f"], "balance": [None, None]}, schema={"sex": pl.String, "balance": pl.Float64})
    with pytest.raises(ProtectionError, match="nothing to tabulate") as caught:
        tabulate(nw.from_native(frame.lazy()), ["sex"], magnitude="balance")
    assert (caught.value.where, caught.value.expected) == ("balance", "at least one record with 'balance'")
    with pytest.raises(ProtectionError, match="nothing to tabulate") as caught:
        tabulate(nw.from_native(frame.filter(pl.col("sex") == "x").lazy()), ["sex"])
    assert (caught.value.where, caught.value.expected) == ("", "at least one record")


@pytest.mark.parametrize("option", ["magnitude", "contributor", "household"])
def test_an_unknown_column_is_told_beside_those_there_are(option: str) -> None:
    records = [{"sex": "m", "_row": 1, "spent": 2.0}]
    with pytest.raises(ProtectionError) as caught:
        table(records, "sex", **{option: "spend"})
    assert caught.value.problem == "There is no column 'spend'. Did you mean 'spent'?"
    assert (caught.value.where, caught.value.expected) == ("the table", "one of: sex, spent")
    with pytest.raises(ProtectionError) as caught:
        table(records, "xyz123")
    assert caught.value.problem == "There is no column 'xyz123'."
    with pytest.raises(ProtectionError, match="crosses itself"):
        table(records, "sex", "sex")
