"""A codebook is proposed, questions are asked in order, and one edit makes the draft run."""

from __future__ import annotations

from pathlib import Path

import pytest

from countersign.intake import draft, propose
from countersign.study.reading import read_study
from countersign.tables import Engine
from real_data import shared

from .taking import take, write


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    lines = ["id,sex,age,water,income,phone,interview day,remarks"]
    for k in range(200):
        water, income = (9 if k % 10 == 0 else k % 3 + 1), ("NULL" if k % 7 == 0 else k * 10.5)
        lines.append(
            f"{k},{'mf'[k % 2]},{20 + k % 50},{water},{income},+2547000{k:04d},{k % 28 + 1:02d}/03/2024,{'so ' * 30}{k}"
        )
    return write(tmp_path, "\n".join(lines), name="survey.csv")


def test_types_codes_roles_and_personal_data_are_proposed(survey: Path, duckdb: Engine) -> None:
    found = propose(survey, engine=duckdb)
    kinds = {item.variable.name: item.variable.type for item in found.variables}
    assert kinds == {
        "id": "integer", "sex": "category", "age": "integer", "water": "integer", "income": "number", "phone": "text",
        "interview_day": "date", "remarks": "text",
    }  # fmt: skip
    assert found.missing == {"NULL": 29}
    assert found.named("water").numeric_codes == {"9": 20}
    assert found.named("age").numeric_codes == {}
    assert found.named("phone").personal == "phone number"
    assert found.named("remarks").personal == "free text"
    assert found.named("interview_day").variable.format == "%d/%m/%Y"
    assert found.roles["id"] == "id"
    assert found.roles["time"] == "interview_day"


def test_distinct_values_are_counted_beyond_the_first_thousands(tmp_path: Path, duckdb: Engine) -> None:
    path = write(tmp_path, "k,v\n" + "".join(f"{k},{k % 5}\n" for k in range(5000)))
    found = propose(path, engine=duckdb)
    assert (found.named("k").distinct, found.named("v").distinct) == (5000, 5)


def test_questions_come_in_the_order_of_the_work(survey: Path, duckdb: Engine) -> None:
    text = draft(propose(survey, engine=duckdb))
    keys = [
        "title:",
        "organiser:",
        "selection:",
        "consent:",
        "population:",
        "data:",
        "missing:",
        "roles:",
        "indicators:",
        "# benchmark:",
    ]
    places = [text.index(key) for key in keys]
    assert places == sorted(places)
    assert text.count('"?"') > 10


def test_one_edit_makes_the_draft_a_study(survey: Path, duckdb: Engine) -> None:
    text = draft(propose(survey, engine=duckdb), file="survey.csv")
    assert text.count('proportion: "?"') == 1
    path = survey.parent / "study.yaml"
    path.write_text(text.replace('proportion: "?"', "proportion: age >= 30"), encoding="utf-8")
    plan = read_study(path).plan
    data = take(
        survey, duckdb, **{key: getattr(plan.main, key) for key in ("variables", "missing", "roles", "options")}
    )
    assert data.readings[0].missing["income"] == {"not given": 29}
    assert data.roles["id"] == ("id",)


@pytest.mark.parametrize(
    "parts",
    [
        ("bffp_brand_audits_2018_2020", "events_raw.csv"),
        ("mlw_beach_litter_med_blacksea", "mlw_events.csv"),
        ("pew_optin_2016", "optin_sample.csv.gz"),
        ("ghana_census_2021", "household_size.csv"),
        ("aser_india_state", "aser_state_national.csv"),
    ],
)
def test_drafts_of_real_files_are_studies_that_can_be_read(
    parts: tuple[str, str], tmp_path: Path, duckdb: Engine
) -> None:
    source = shared("cases", *parts)
    found = propose(source, engine=duckdb)
    path = tmp_path / "study.yaml"
    path.write_text(draft(found, file=str(source)).replace('proportion: "?"', "proportion: 1 = 1"), encoding="utf-8")
    plan = read_study(path).plan
    local = tmp_path / source.name
    local.write_bytes(source.read_bytes())
    data = take(local, duckdb, **{key: getattr(plan.main, key) for key in ("variables", "missing", "roles", "options")})
    assert data.readings[0].rows == found.rows
    assert len(data.codebook.names) == len(found.variables)
