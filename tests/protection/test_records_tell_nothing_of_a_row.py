"""Canaries: nothing planted in the rows is in the records for catalogues or in the folder for an Open SDG site."""

from __future__ import annotations

import csv
from pathlib import Path

import planted_study
import pytest
from planted_study import PUBLISH, STUDY, leaks, of_the_few, planted, spoken, texts

NUMBERS = (
    "piped: 6-1-1, waters: water-kinds, fetching: water-minutes, money: money-all, money_of_the_wee: money-wee, "
    "all_money: money-sum"
)
SITE = STUDY.replace(PUBLISH, "publish: [csv, open-sdg, catalogue]") + (f"open_sdg: {{numbers: {{{NUMBERS}}}}}\n")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_study.write(tmp_path_factory.mktemp("planted"), study=SITE)
    said = spoken(made, "run")
    assert (made / "release" / "catalogue" / "dcat.ttl").is_file(), said
    return made / "release"


def test_nothing_of_a_row_is_in_a_record(release: Path) -> None:
    secrets = planted() | of_the_few()
    assert leaks(texts(release / "catalogue"), secrets) == []
    assert leaks(texts(release / "open-sdg"), secrets) == []
    for name in ("datapackage.json", "croissant.json"):
        assert leaks(iter([(name, (release / name).read_text(encoding="utf-8"))]), secrets) == []


def test_a_group_of_two_has_no_number_on_the_site(release: Path) -> None:
    rows = []
    for path in (release / "open-sdg" / "data").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [row for row in csv.DictReader(file) if row.get("people") == "wee"]
    assert len(rows) > 8
    numbers = ("Value", "LOWER_BOUND", "UPPER_BOUND", "PLAUSIBLE", "PLAUSIBLE_LOWER", "PLAUSIBLE_UPPER", "INTERVAL")
    assert not any(row.get(name) for row in rows for name in numbers)
    assert {(row["STATUS"], row["OBS_STATUS"]) for row in rows} == {("suppressed", "Q")}


def test_the_codebook_counts_nobody(release: Path) -> None:
    text = (release / "catalogue" / "ddi-codebook.xml").read_text(encoding="utf-8")
    assert 'name="remark"' in text
    assert "catStat" not in text
    assert "zq" not in text
