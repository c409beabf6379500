"""Generated rows of a household survey of 30 columns, seeded, written in pieces of a million, and the study about them.

Faults are planted at known rates: repeated ids and records, missing answers, ages out of range, future dates, places at
0, 0, misspelt categories, households that do not add up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "results" / "rows"
SEED = 20260201
PIECE = 1_000_000
TODAY = "2026-01-01"
REGIONS = [f"Region {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
DISTRICTS = [f"{region} district {place:02d}" for region in REGIONS for place in range(1, 11)]
WATER = ["piped", "borehole", "protected well", "open well", "spring", "river", "tanker", "rain"]
TOILET = ["flush", "pit with slab", "open pit", "composting", "bucket", "none"]
SCHOOL = ["none", "primary", "lower secondary", "upper secondary", "college", "university"]
AGES = ["0-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"]
COLLECTORS, DEVICES, HOUSEHOLDS = 3_000, 4_000, 2_500_000
# Every so many rows one fault.
FAULTS = {"repeat": 100_000, "misspelt": 50_000, "id": 40_000, "letter": 30_000, "future": 25_000, "age": 20_000}
FAULTS |= {"zero": 10_000, "order": 8_000, "sum": 5_000}


def written(rows: int) -> Path:
    """Return the Parquet file of so many rows, writing it if it is not there: as the intake writes its own."""
    import pyarrow.parquet as pq

    from countersign.tables import open_engine

    path = FOLDER / f"household-{rows}.parquet"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    raw, part = path.with_suffix(".raw"), path.with_suffix(".part")
    writer = None
    for done in range(0, rows, PIECE):
        table = piece(done, min(PIECE, rows - done))
        writer = writer or pq.ParquetWriter(raw, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    with open_engine("duckdb", memory="2GB", temp_folder=FOLDER / "spill") as engine:
        engine.write(engine.scan(raw), part)
    raw.unlink()
    return part.rename(path)


def piece(start: int, count: int) -> Any:
    """Return rows `start` to `start + count` as Arrow: ``_row``, 30 columns, ``_kept``."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng([SEED, start])
    row = np.arange(start + 1, start + count + 1)

    def at(fault: str, shift: int = 0) -> Any:
        return (row + shift) % FAULTS[fault] == 0

    def chosen(labels: list[str], lean: float = 3.0) -> Any:
        chance = np.linspace(1, lean, len(labels))
        codes = np.searchsorted(np.cumsum(chance / chance.sum())[:-1], random.random(count))
        return codes.astype(np.int32)

    def category(labels: list[str], codes: Any) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(labels)).cast(pa.string())

    def blank(values: Any, part: float) -> Any:
        return pa.array(values, mask=random.random(count) < part)

    number = np.where(at("id"), row - 1, row)
    # A repeated record has the id and every answer of the row before.
    copy = np.where(at("repeat"), np.arange(count) - 1, np.arange(count)).clip(0)
    number[at("repeat")] = row[at("repeat")] - 1
    district = chosen(DISTRICTS)
    sex = chosen(["female", "male"], 1.2)
    water = chosen([*WATER, "boreholle"])
    water = np.where(at("misspelt"), len(WATER), np.minimum(water, len(WATER) - 1)).astype(np.int32)
    age = (random.gamma(2.2, 14.0, count)).astype(np.int32).clip(0, 99)
    band = np.searchsorted([15, 25, 35, 45, 55, 65, 75], age, side="right").astype(np.int32)
    age = np.where(at("age"), 150 + row % 50, age).astype(np.int32)
    adults, children = random.integers(1, 6, count), random.poisson(1.8, count)
    members = adults + children + at("sum", 3)
    day = np.datetime64("2024-01-01") + random.integers(0, 700, count)
    day = np.where(at("future"), np.datetime64("2026-07-01"), day).astype("datetime64[D]")
    entered = np.where(at("order", 5), day - 1, day + random.integers(0, 9, count)).astype("datetime64[D]")
    place = len(DISTRICTS) // len(REGIONS)
    longitude = 30 + (district // place) * 0.5 + random.random(count)
    latitude = -5 + (district % place) * 0.5 + random.random(count)
    longitude, latitude = np.where(at("zero"), 0.0, longitude), np.where(at("zero"), 0.0, latitude)
    nowhere = random.random(count) < 0.005
    plot = np.round(random.lognormal(0.2, 0.8, count), 2) + 0.01
    asked = sex == 0
    device = random.integers(0, DEVICES, count).astype(np.int32)
    antenatal = random.integers(1, 4, count).astype(np.int32)
    collector = (COLLECTORS * random.random(count) ** 1.5).astype(np.int32)
    columns = {
        "id": pa.array(np.char.add(np.where(at("letter", 7), "X", "R"), np.char.zfill(number.astype("U8"), 8))),
        "household": pa.array(random.integers(1, HOUSEHOLDS, count)),
        "collector": category([f"C{place:04d}" for place in range(COLLECTORS)], collector),
        "device": category([f"D{place:04d}" for place in range(DEVICES)], device),
        "date": pa.array(day),
        "minutes": blank(np.round(random.lognormal(3.2, 0.5, count), 1), 0.01),
        "longitude": pa.array(np.round(longitude, 6), mask=nowhere),
        "latitude": pa.array(np.round(latitude, 6), mask=nowhere),
        "region": category(REGIONS, (district // place).astype(np.int32)),
        "district": category(DISTRICTS, district),
        "sex": category(["female", "male"], sex),
        "age_group": category(AGES, band),
        "school": category(SCHOOL, chosen(SCHOOL)),
        "urban": category(["rural", "urban"], chosen(["rural", "urban"])),
        "water": category([*WATER, "boreholle"], water),
        "toilet": category(TOILET, chosen(TOILET)),
        "phone": blank(random.integers(1, 3, count).astype(np.int32), 0.002),
        "internet": blank(random.integers(1, 4, count).astype(np.int32), 0.03),
        "satisfied": blank(random.integers(1, 6, count).astype(np.int32), 0.02),
        "age": pa.array(age),
        "adults": pa.array(adults.astype(np.int32)),
        "children": pa.array(children.astype(np.int32)),
        "members": pa.array(members.astype(np.int32)),
        "meals": blank(random.integers(0, 4, count).astype(np.int32), 0.01),
        "antenatal": pa.array(antenatal, mask=~asked | (random.random(count) < 0.002)),
        "income": blank(np.round(random.lognormal(6.0, 1.0, count), 2), 0.04),
        "plot": pa.array(plot),
        "harvest": blank(np.round(plot * random.lognormal(5.0, 0.6, count), 1), 0.02),
        "rain": pa.array(np.round(random.gamma(3.0, 20.0, count), 1)),
        "entered": pa.array(entered),
    }  # fmt: skip
    table = pa.table(columns).take(pa.array(copy))
    table = table.add_column(0, "_row", pa.array(row))
    return table.append_column("_kept", pa.array(np.ones(count, dtype=bool)))
