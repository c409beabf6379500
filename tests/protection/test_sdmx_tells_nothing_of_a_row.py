"""Canaries: nothing planted in the rows is in an observation, and a group of two has no number in any format."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import planted_study
import pytest
from planted_study import PUBLISH, STUDY, leaks, of_the_few, planted, spoken, texts

SENT = STUDY.replace(PUBLISH, "publish: [csv, sdmx]") + """\
sdmx:
  area: 404
  constraints: false
  formats: [csv, ml21, ml30, json]
  series:
    {piped: SH_H2O_SAFE, waters: SH_SAN_SAFE, money: SI_POV_DAY1, money_of_the_wee: SI_POV_NAHC, all_money: SI_POV_EMP1}
  units: {waters: PT, money: USD, money_of_the_wee: USD, all_money: USD}
"""  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_study.write(tmp_path_factory.mktemp("planted"), study=SENT)
    said = spoken(made, "run")
    assert (made / "release" / "sdmx" / "data.json").is_file(), said
    assert leaks(iter([("run", said)]), planted() | of_the_few()) == []
    return made / "release"


def test_nothing_of_a_row_is_in_an_observation(release: Path) -> None:
    assert leaks(texts(release / "sdmx"), planted() | of_the_few()) == []


def test_a_group_of_two_has_no_number(release: Path) -> None:
    with (release / "sdmx" / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if re.search(r"People: The wee", row["CUST_BREAKDOWN_LB"])]
    assert len(rows) == 8
    assert {row["OBS_STATUS"] for row in rows} == {"Q"}
    assert not any(row[name] for row in rows for name in ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "NATURE"))
    assert {row["COMMENT_OBS"] for row in rows} == {"Withheld to protect people."}


def test_every_format_withholds_the_same(release: Path) -> None:
    with (release / "sdmx" / "data.csv").open(encoding="utf-8", newline="") as file:
        hidden = sum(row["OBS_STATUS"] == "Q" for row in csv.DictReader(file))
    assert hidden
    for name in ("data-2.1.xml", "data-3.0.xml"):
        observations = re.findall(r"<Obs [^>]*/>", (release / "sdmx" / name).read_text(encoding="utf-8"))
        withheld = [one for one in observations if 'OBS_STATUS="Q"' in one]
        assert len(withheld) == hidden
        assert not any("OBS_VALUE" in one or "_BOUND" in one for one in withheld)
    message = json.loads((release / "sdmx" / "data.json").read_text(encoding="utf-8"))
    attributes = message["data"]["structures"][0]["attributes"]["observation"]
    at = [one["id"] for one in attributes].index("OBS_STATUS")
    code = [value["id"] for value in attributes[at]["values"]].index("Q")
    rows = [row for one in message["data"]["dataSets"][0]["series"].values() for row in one["observations"].values()]
    withheld_rows = [row for row in rows if row[at + 1] == code]
    assert len(withheld_rows) == hidden
    assert all(row[0] is None for row in withheld_rows)
