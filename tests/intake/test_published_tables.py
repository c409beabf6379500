"""Published tables: totals are found and proved, whatever the order, spelling or part of the country."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from countersign.errors import DataError
from countersign.intake import read_benchmark, write_margins
from countersign.intake.age_labels import OPEN, Span, group_of, parse_age, split_ages
from countersign.intake.area_names import area_key, spellings
from countersign.intake.cube import NOT_SHOWN
from countersign.intake.published_tables import Tables, read_tables
from countersign.model.plan import BenchmarkPlan, Source
from countersign.tables import Engine
from real_data import shared

from .taking import column, keep, take, write

Row = dict[str, str]


def tidy(folder: Path, path: Path, **options: Any) -> Tables:
    return read_tables(Source(name="t", file=path.name, options=options), path=path, store=keep, folder=folder / "out")


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("0", Span(0, 0)), ("0 - 4", Span(0, 4)), ("10 -14", Span(10, 14)), ("5 -- 9", Span(5, 9)), ("9-14", Span(9,
        14)),
        ("15–19", Span(15, 19)), ("20 to 24", Span(20, 24)), ("100+", Span(100, OPEN)), ("80 and over", Span(80, OPEN)),
        ("Under 1", Span(0, 0)), ("Total", "total"), ("All ages", "total"), ("Not Stated", "not stated"),
        ("NotStated", "not stated"), ("Embu", None), ("14-9", None),
    ],
)  # fmt: skip
def test_age_labels_are_understood(label: str, meaning: object) -> None:
    assert parse_age(label) == meaning


def test_groups_among_single_years_are_sums_and_a_misprint_is_seen() -> None:
    rows = {str(age): [float(age + 1)] for age in range(10)}
    rows |= {"0-4": [15.0], "4-9": [40.0]}
    spans = {label: span for label in rows if isinstance(span := parse_age(label), Span)}
    details, checks, _ = split_ages(rows, spans)
    assert set(details) == {str(age) for age in range(10)}
    found = {check.label: (check.agrees, check.really) for check in checks}
    assert found == {"0-4": (True, None), "4-9": (False, Span(5, 9))}


def test_five_year_groups() -> None:
    assert [group_of(Span(age, age), 5, 80) for age in (0, 4, 5, 79, 80, 99)] == [
        "0-4",
        "0-4",
        "5-9",
        "75-79",
        "80+",
        "80+",
    ]
    assert group_of(Span(0, 17), 5, 80) == "0-17"


def test_county_names_are_folded() -> None:
    assert area_key("MURANG'A") == area_key("Murang’a County")
    chosen, notes = spellings(["TAITA/TAVETA", "Taita/Taveta County", "Embu"])
    assert chosen == {"TAITA/TAVETA": "Taita/Taveta", "Taita/Taveta County": "Taita/Taveta", "Embu": "Embu"}
    assert "1 areas" in notes[0]


SMALL = """County,Age,Male,Female,Total
KENYA,Total,20,24,46
A,Total,12,13,26
A,0,5,6,11
A,1,4,3,7
A,0-1,9,9,18
A,2+,3,4,8
B,Total,8,11,20
B,0,2,2,4
B,1,3,3,6
B,0-1,5,5,10
B,2+,3,6,10
"""


def test_a_small_table_by_hand(tmp_path: Path) -> None:
    """Men and women are 44; totals say 46: in A one more at 2+, in B one more at 2+."""
    found = tidy(tmp_path, write(tmp_path, SMALL), age_groups=1, age_top=2, rest_share=0.1)
    assert found.dims == ("county", "sex", "age", "age_group")
    assert found.total("persons") == 46
    assert found.cells[("A", NOT_SHOWN, "2", "2+")] == {"persons": 1.0}
    assert found.cells[("B", "female", "2", "2+")] == {"persons": 6.0}
    assert len(found.cells) == 2 * 3 * 2 + 2


def test_a_surplus_too_large_for_people_left_out_is_only_reported(tmp_path: Path) -> None:
    found = tidy(tmp_path, write(tmp_path, SMALL))
    assert found.total("persons") == 44
    assert any("cannot be explained by people left out" in note for note in found.notes)


def test_a_total_smaller_than_its_parts_is_reported_not_used(tmp_path: Path) -> None:
    found = tidy(tmp_path, write(tmp_path, "County,Male,Female,Total\nA,5,6,5\nB,4,4,8\nC,1,2,3\n"))
    assert found.total("persons") == 22
    assert any("smaller than their parts, by 6" in note for note in found.notes)


def test_an_unnamed_total_is_proved_by_its_numbers(tmp_path: Path) -> None:
    found = tidy(tmp_path, write(tmp_path, "Region,Persons\nNorth,10\nSouth,20\nWest,5\nAtlantis,35\n"))
    assert found.total("persons") == 35
    assert any("'Atlantis' is a total" in note for note in found.notes)


def test_a_cell_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="twice with different numbers"):
        tidy(tmp_path, write(tmp_path, "County,Male,Female\nA,5,6\nA,4,4\n"))


def test_unknown_keys_of_a_table_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'areas'"):
        tidy(tmp_path, write(tmp_path, SMALL), tables=[{"file": "data.csv", "area": "County"}])


KENYA: dict[str, Any] = {
    "tables": [{"file": "V3_T2.3_county_only.csv"}, {"file": "V1_T2.2.csv", "use": "rest"}],
}
DISABILITY: dict[str, Any] = {
    "level": "County", "measures": {"aged_5": "PopAge>5", "with_disability": "WithDisability"},
}  # fmt: skip


def kenya(folder: Path, file: str, **options: Any) -> Tables:
    return tidy(folder, shared("cases", "kenya_census_2019", file), **options)


def rewritten(folder: Path, file: str, change: Callable[[list[Row]], Iterable[Row]]) -> Path:
    """Another delivery of the same table."""
    with shared("cases", "kenya_census_2019", file).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    path = folder / file
    changed = list(change(rows))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, changed[0].keys())
        writer.writeheader()
        writer.writerows(changed)
    return path


def sums(found: Tables, dim: str, measure: str = "persons") -> dict[str, float]:
    place = found.dims.index(dim)
    out: dict[str, float] = {}
    for key, numbers in found.cells.items():
        out[key[place]] = out.get(key[place], 0.0) + numbers.get(measure, 0.0)
    return out


def test_kenya_population_by_county_sex_and_age(tmp_path: Path) -> None:
    found = kenya(tmp_path, "V3_T2.3_county_only.csv", **KENYA)
    assert found.total("persons") == 47_564_296
    assert sums(found, "sex") == {"male": 23_548_056, "female": 24_014_716, "intersex": 1_524}
    assert sums(found, "county")["Nairobi"] == 4_397_073
    assert len(sums(found, "county")) == 47
    ages = sums(found, "age_group")
    assert ages[NOT_SHOWN] == 1_524
    assert sum(ages.values()) - 1_524 == 47_562_772
    assert any("47,564,296" in note and "47,562,772" in note and "sex=intersex 1,524" in note for note in found.notes)
    assert any("47 rows are totals and 940 are groups" in note for note in found.notes)


def test_kenya_residence(tmp_path: Path) -> None:
    tables = [
        {"file": "V2_T2.2a.csv", "set": {"residence": "rural"}, "measures": {"persons": "Sex"}},
        {"file": "V2_T2.2b.csv", "set": {"residence": "urban"}, "measures": {"persons": "Sex"}},
    ]
    found = kenya(tmp_path, "V2_T2.2a.csv", tables=tables)
    assert sums(found, "residence") == {"rural": 32_732_596, "urban": 14_831_700}
    assert ("Mombasa", "rural", "male") not in found.cells


def test_kenya_disability(tmp_path: Path) -> None:
    found = kenya(tmp_path, "V4_T2.26.csv", **DISABILITY)
    assert (found.total("aged_5"), found.total("with_disability")) == (41_235_190, 918_270)
    with_, of = sums(found, "county", "with_disability"), sums(found, "county", "aged_5")
    shares = {county: round(100 * with_[county] / of[county], 1) for county in of}
    five = sorted(shares, key=lambda county: -shares[county])[:5]
    assert {county: shares[county] for county in five} == {
        "Embu": 4.4, "Homa Bay": 4.3, "Makueni": 4.1, "Siaya": 4.1, "Kisumu": 4.0,
    }  # fmt: skip
    residence = kenya(tmp_path, "V4_T2.26.csv", by=["residence", "sex"], measures=DISABILITY["measures"])
    assert sums(residence, "residence", "with_disability") == {"rural": 738_778, "urban": 179_492}


def test_kenya_misprints_are_named(tmp_path: Path) -> None:
    found = kenya(tmp_path, "V3_T2.4a.csv", set={"residence": "rural"}, tables=[{"file": "V3_T2.4a.csv"}])
    text = " ".join(found.notes)
    assert "Nakuru: the row '10-19' holds the sums of 10-14" in text
    assert "Taita/Taveta: the row '9-14' holds the sums of 5-9" in text


def test_shuffled_rows_and_columns_give_the_same_cells(tmp_path: Path) -> None:
    def shuffled(rows: list[Row]) -> list[Row]:
        random.Random(3).shuffle(rows)
        return [{name: row[name] for name in ("Total", "Female", "Age", "County", "Male", "SubCounty")} for row in rows]

    path = rewritten(tmp_path, "V3_T2.3_county_only.csv", shuffled)
    again, first = tidy(tmp_path, path), kenya(tmp_path, "V3_T2.3_county_only.csv")
    assert {frozenset(zip(again.dims, key, strict=True)): value for key, value in again.cells.items()} == {
        frozenset(zip(first.dims, key, strict=True)): value for key, value in first.cells.items()
    }


def test_a_part_of_the_country_is_only_that_part(tmp_path: Path) -> None:
    some = {"EMBU", "SIAYA", "LAMU", "xxx"}
    path = rewritten(tmp_path, "V4_T2.26.csv", lambda rows: [row for row in rows if row["County"] in some])
    found = tidy(tmp_path, path, **DISABILITY)
    assert set(sums(found, "county")) == {"Embu", "Siaya", "Lamu"}
    assert found.total("aged_5") == sum(
        float(row["PopAge>5_Total"]) for row in csv.DictReader(path.open()) if row["AdminArea"] == "County"
    )
    ages = rewritten(tmp_path, "V3_T2.3_county_only.csv", lambda rows: [row for row in rows if row["County"] in some])
    rewritten(tmp_path, "V1_T2.2.csv", lambda rows: rows)
    parts = tidy(tmp_path, ages, **KENYA)
    assert parts.total("persons") == 608_599 + 993_183 + 143_920
    assert any("44 areas are only in V1_T2.2.csv" in note for note in parts.notes)


def test_other_spellings_of_the_same_table(tmp_path: Path) -> None:
    def grouped(cell: str) -> str:
        return f"{float(cell):,.0f}" if cell else ""

    def respelt(rows: list[Row]) -> list[Row]:
        ages = {
            "0 - 4": "0–4 years",
            "5-9": "5 to 9",
            "100+": "100 and over",
            "Total": "All ages",
            "Not Stated": "Unknown",
        }
        return [
            {
                "District": f"{row['County'].title()} County", "Age group": ages.get(row["Age"], row["Age"]),
                "Males": grouped(row["Male"]), "Females": grouped(row["Female"]), "Both sexes": grouped(row["Total"]),
            }
            for row in rows
        ]  # fmt: skip

    found = tidy(tmp_path, rewritten(tmp_path, "V3_T2.3_county_only.csv", respelt), thousands=",")
    assert found.total("persons") == 47_562_772
    assert sums(found, "district")["Embu"] == 608_575
    assert sums(found, "age_group")["0-4"] == 5_993_113  # 5,993,267 in V3_T2.2 less 154 intersex


def test_ghana_by_region_and_residence(tmp_path: Path) -> None:
    found = tidy(tmp_path, shared("cases", "ghana_census_2021", "religious_affiliation.csv"))
    assert found.total("persons") == 30_753_327
    assert sums(found, "residence") == {"rural": 13_345_138, "urban": 17_408_189}
    assert len(sums(found, "geographic_area")) == 16


def test_tables_as_data_have_one_row_per_cell(tmp_path: Path, engine: Engine) -> None:
    data = take(
        write(tmp_path, SMALL),
        engine,
        format="published-tables",
        options={"age_groups": 1, "age_top": 2, "rest_share": 0.1},
    )
    assert data.codebook.types() == {
        "county": "category", "sex": "category", "age": "integer", "age_group": "category", "persons": "number",
    }  # fmt: skip
    assert sum(column(data, "persons")) == 46
    assert data.readings[0].missing == {"sex": {NOT_SHOWN: 2}}
    assert len(column(data, "_row")) == 14


def test_kenya_margins_are_written_and_read_again(tmp_path: Path, duckdb: Engine) -> None:
    path = shared("cases", "kenya_census_2019", "V3_T2.3_county_only.csv")
    wanted = (("county", "sex", "age_group"), ("sex",))
    plan = BenchmarkPlan(source=Source(name="c", file=path.name, options=KENYA), kind="published-tables", year="2019")
    first = read_benchmark(plan, path=path, engine=duckdb, store=keep, folder=tmp_path, wanted=wanted)
    assert [margin.total for margin in first.margins] == [47_562_772, 47_564_296]
    write_margins(first, tmp_path / "margins.csv")
    tidy_plan = BenchmarkPlan(source=Source(name="c", file="margins.csv"))
    again = read_benchmark(
        tidy_plan, path=tmp_path / "margins.csv", engine=duckdb, store=keep, folder=tmp_path, wanted=wanted
    )
    assert [margin.counts for margin in again.margins] == [margin.counts for margin in first.margins]
