"""Record keys: uniform, the same for a record on every engine and in every release, another with another secret."""

from __future__ import annotations

import datetime
import decimal
import hashlib

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from countersign.errors import ProtectionError
from countersign.protection.noise.keys import MODULUS, draws, key_sum, keyed, record_keys
from countersign.tables import collect, open_engine

SECRET = bytes(range(32))
ENGINES = ["duckdb", "polars", pytest.param("spark", marks=pytest.mark.slow)]


def keys_of(columns: dict[str, object], ids: list[str], engine: str) -> list[float]:
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    table = pa.table({"_row": np.arange(1, count + 1), **columns})
    with open_engine(engine) as opened:
        return collect(keyed(opened.from_arrow(table), ids, SECRET), ["_key"])["_key"].tolist()


def test_a_key_is_the_keyed_hash_of_the_id() -> None:
    key = hashlib.blake2b(SECRET, digest_size=32).digest()
    expected = hashlib.blake2b(b"uuid:1", key=key, person=b"record", digest_size=4).digest()
    assert record_keys(["uuid:1"], SECRET).tolist() == [int.from_bytes(expected, "little")]


def test_keys_are_uniform() -> None:
    keys = record_keys((str(number) for number in range(50_000)), SECRET)
    counts = np.bincount(keys >> np.uint32(26), minlength=64)
    chi = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
    assert 30 < chi < 110  # 63 degrees of freedom: outside once in 5,000 secrets
    assert len(np.unique(keys)) > 49_990


def test_another_secret_gives_other_keys() -> None:
    ids = [str(number) for number in range(1000)]
    assert (record_keys(ids, SECRET) == record_keys(ids, b"y" * 32)).sum() == 0
    assert np.array_equal(record_keys(ids, SECRET), record_keys(ids, SECRET))


@pytest.mark.parametrize("length", [15, 16])
def test_a_secret_that_could_be_guessed_is_refused(length: int) -> None:
    if length < 16:
        with pytest.raises(ProtectionError, match="15 bytes, so it could be guessed"):
            record_keys(["a"], b"x" * length)
    else:
        assert len(record_keys(["a"], b"x" * length)) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_every_kind_of_id_the_same_key(engine: str) -> None:
    day, noon = datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 12, 30)  # noqa: DTZ001
    columns = {
        "text": ["a", "b", "ü", "a"],
        "whole": [1, 2, 3, 1],
        "number": [1.0, 2.0, 3.0, 1.0],
        "day": [day, day, day + datetime.timedelta(1), day],
        "time": pa.array([noon] * 4, type=pa.timestamp("us")),
    }
    text = keys_of(columns, ["text"], engine)
    assert text == record_keys(["a", "b", "ü", "a"], SECRET).tolist()
    assert keys_of(columns, ["whole"], engine) == record_keys(["1", "2", "3", "1"], SECRET).tolist()
    assert keys_of(columns, ["number"], engine) == keys_of(columns, ["whole"], engine)
    assert keys_of(columns, ["day"], engine)[0] == record_keys(["2026-03-01"], SECRET)[0]
    assert keys_of(columns, ["text", "whole"], engine)[0] == record_keys(["a\x1f1"], SECRET)[0]
    assert keys_of(columns, ["time"], engine)[0] == record_keys(["2026-03-01 12:30:00.000000"], SECRET)[0]


@pytest.mark.parametrize("engine", ENGINES[:2])
def test_a_record_without_an_id_is_refused(engine: str) -> None:
    with pytest.raises(ProtectionError, match="2 rows have no 'text', which names the record") as refused:
        keys_of({"text": ["a", None, None]}, ["text"], engine)
    assert refused.value.where == "text"


def test_numbers_that_are_no_whole_ones_keep_their_decimals() -> None:
    assert keys_of({"x": [1.5, 2.0]}, ["x"], "duckdb") == record_keys(["1.5", "2"], SECRET).tolist()


def test_whole_numbers_too_large_for_a_fraction_are_written_out() -> None:
    large = float(2**60)
    assert keys_of({"x": [large, 2.0]}, ["x"], "duckdb") == record_keys([str(2**60), "2"], SECRET).tolist()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_moment_has_one_key_in_whatever_unit_it_is_stored(unit: str) -> None:
    noon = pa.array([datetime.datetime(2026, 3, 1, 12, 30)], type=pa.timestamp(unit))  # noqa: DTZ001
    expected = record_keys(["2026-03-01 12:30:00.000000"], SECRET).tolist()
    assert keys_of({"time": noon}, ["time"], "duckdb") == expected


def test_a_decimal_has_the_key_of_the_number_it_is() -> None:
    price = pa.array([decimal.Decimal("1.00"), decimal.Decimal("2.00")], type=pa.decimal128(9, 2))
    assert keys_of({"x": price}, ["x"], "duckdb") == record_keys(["1", "2"], SECRET).tolist()


def test_ids_of_several_columns_are_kept_apart() -> None:
    columns = {"first": ["a", "ab", "a"], "second": ["bc", "c", "bc"]}
    one, two, again = keys_of(columns, ["first", "second"], "duckdb")
    assert one == again != two


def test_without_rows_there_are_no_keys() -> None:
    nothing = pa.array([], type=pa.string())
    assert keys_of({"id": nothing}, ["id"], "duckdb") == []
    assert record_keys([], SECRET).tolist() == []
    assert draws([], SECRET, purpose="count").tolist() == []


def test_the_number_of_a_row_may_be_its_id_and_the_key_may_have_another_name() -> None:
    table = pa.table({"_row": [4, 9], "_key": ["kept", "too"]})
    with open_engine("duckdb") as engine:
        found = collect(keyed(engine.from_arrow(table), ["_row"], SECRET, name="own").sort("_row"), ["own", "_key"])
    assert found["own"].tolist() == record_keys(["4", "9"], SECRET).tolist()
    assert found["_key"].tolist() == ["kept", "too"]


def test_a_draw_is_53_bits_of_the_keyed_hash_of_the_cell_key_and_what_it_is_about() -> None:
    key = hashlib.blake2b(SECRET, digest_size=32).digest()
    for sum_, about in ((7, ""), (MODULUS - 1, "income"), (5 * MODULUS + 300, "income")):
        text = (sum_ % MODULUS).to_bytes(4, "little") + about.encode()
        digest = hashlib.blake2b(text, key=key, person=b"count", digest_size=8).digest()
        expected = (int.from_bytes(digest, "little") >> 11) / 2**53
        assert draws([sum_], SECRET, purpose="count", about=[about] if about else ()).tolist() == [expected]


def test_draws_depend_on_the_people_the_purpose_and_what_they_are_about() -> None:
    first = draws([7, 8, 7 + MODULUS], SECRET, purpose="count")
    assert first[0] == first[2] != first[1]
    assert first[0] != draws([7], SECRET, purpose="amount")[0]
    about = draws([7, 7, 7], SECRET, purpose="amount", about=["2", "3", "2"])
    assert about[0] == about[2] != about[1]
    assert first[0] != draws([7], b"y" * 32, purpose="count")[0]


def test_two_long_purposes_are_never_taken_for_one() -> None:
    assert draws([7], SECRET, purpose="a" * 15 + "b") != draws([7], SECRET, purpose="a" * 15 + "c")
    with pytest.raises(ValueError, match="16"):
        draws([7], SECRET, purpose="a" * 16 + "b")


def test_draws_are_uniform_and_below_one() -> None:
    found = np.sort(draws(np.arange(20_000), SECRET, purpose="count"))
    assert 0 <= found[0] < found[-1] < 1
    assert np.abs(found - (np.arange(20_000) + 0.5) / 20_000).max() < 1.9 / np.sqrt(20_000)


def test_noises_of_parts_say_nothing_of_the_noise_of_their_sum() -> None:
    """Sums of keys add up; the draws must not: the draw of a + b is independent of the draws of a and b."""
    a, b = (np.random.default_rng(seed).integers(0, MODULUS, 20_000) for seed in (1, 2))
    one, two, both = (draws(sums, SECRET, purpose="count") for sums in (a, b, (a + b) % MODULUS))
    assert abs(np.corrcoef((one + two) % 1.0, both)[0, 1]) < 0.03
    bin_counts = np.histogram2d((one + two) % 1.0, both, bins=8)[0]
    chi = float(((bin_counts - bin_counts.mean()) ** 2 / bin_counts.mean()).sum())
    assert chi < 110  # 63 degrees of freedom


def test_sums_beyond_64_bits_count_modulo() -> None:
    assert key_sum([MODULUS, MODULUS - 1, 5 * MODULUS + 3]).tolist() == [0, MODULUS - 1, 3]


def test_rows_come_back_whole() -> None:
    table = pa.table({"_row": [1, 2], "id": ["a", "b"], "x": [3, 4]})
    with open_engine("duckdb") as engine:
        found = keyed(engine.from_arrow(table), ["id"], SECRET)
        assert collect(found.sort("_row"), ["x"])["x"].tolist() == [3, 4]
        assert isinstance(found, nw.LazyFrame)
        # Sums of keys are exact: a fraction of 64 bits would lose digits from 2^53 on.
        assert found.collect_schema()["_key"] == nw.Int64
