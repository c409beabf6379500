"""The folder for an Open SDG site: what the format demands, no number where there is none, the interval beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_sdg_format import is_number, load, problems, rows
from release_samples import SECRET, estimate, litter, survey

from countersign.errors import ReleaseError, StudyError
from countersign.model.area_shapes import AreaShape, AreaShapes
from countersign.model.estimate import EstimateTable, Status
from countersign.model.open_sdg_plan import OpenSdgPlan, is_of_goals
from countersign.model.plan import Plan
from countersign.model.release import Release
from countersign.publishing.open_sdg import FOLDER, write
from countersign.publishing.open_sdg.columns import TAKEN_AS_MISSING, category, columns

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
SITE = OpenSdgPlan(languages=("en", "fr"), numbers={"disability": "disability-all", "minutes": "water-minutes"})


def planned(release: Release, **more: object) -> Release:
    return replace(release, plan=replace(release.plan, **more))  # type: ignore[arg-type]


def shapes(variable: str, *codes: str) -> AreaShapes:
    outlines = tuple(AreaShape(code, f"Name of {code}", SQUARE) for code in codes)
    return AreaShapes(variable, "areas.geojson", outlines, joins={code: code for code in codes})


def made(release: Release, folder: Path) -> Path:
    write(release, folder)
    return folder / FOLDER


def test_the_folder_is_as_the_format_demands(tmp_path: Path) -> None:
    assert problems(made(planned(survey(), open_sdg=SITE), tmp_path)) == []


def test_a_trend_by_year_is_a_line_of_years(tmp_path: Path) -> None:
    root = made(litter(), tmp_path)
    assert problems(root) == []
    names, content = rows(root / "data" / "indicator_14-1-1.csv")
    assert "year" not in [name.casefold() for name in names[1:]]
    assert {row["Year"] for row in content if row["Series"] == "by year"} == {str(year) for year in range(2013, 2021)}
    assert load(root / "indicator-config" / "14-1-1.yml")["graph_type"] == "line"


def test_a_withheld_figure_has_its_row_and_no_number(tmp_path: Path) -> None:
    root = made(planned(survey(), open_sdg=SITE), tmp_path)
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    row = next(row for row in content if row["STATUS"] == "suppressed")
    assert [row[name] for name in ("Value", "LOWER_BOUND", "UPPER_BOUND", "INTERVAL", "FITNESS")] == [""] * 5
    assert {one["OBS_STATUS"] for one in content if one["Value"]} == {"V", "U"}, "as in SDMX: no office has signed"
    assert (row["OBS_STATUS"], row["sex"], row["COMMENT_OBS"]) == ("Q", "other", "withheld to protect people")
    everything = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert str(SECRET).encode() not in everything
    assert str(SECRET * 100)[:7].encode() not in everything


def test_the_states_stay_apart(tmp_path: Path) -> None:
    release = planned(survey(), open_sdg=SITE)
    empty = dict.fromkeys(("value", "lower", "upper", "standard_error"))
    states = [Status.SUPPRESSED, Status.TOO_FEW, Status.NO_DATA, Status.NOT_ASKED, Status.REFUSED]
    one = estimate("water", "proportion", 0.5, 0.1, 9)
    figures = [replace(one, domain={"sex": f"group {state}"}, status=state, **empty) for state in states]  # type: ignore[arg-type]
    zero = replace(estimate("water", "proportion", 0.0, 0.0, 9, domain={"sex": "nobody"}), lower=0.0, upper=0.02)
    root = made(replace(release, estimates=EstimateTable((zero, *figures))), tmp_path)
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    assert content[0]["Value"] == "0"
    assert content[0]["UPPER_BOUND"] == "2"
    assert len({(row["STATUS"], row["OBS_STATUS"]) for row in content}) == len(content)
    assert problems(root) == []


def test_shares_are_percentages_and_the_interval_stands_beside_them(tmp_path: Path) -> None:
    root = made(planned(survey(), open_sdg=SITE), tmp_path)
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    first = content[0]
    assert [first[name] for name in ("Value", "LOWER_BOUND", "UPPER_BOUND", "Units", "INTERVAL", "FITNESS")] == [
        "44.13", "41.28", "46.98", "%", "41.3\u201347.0 (95 %, logit)", "U1",
    ]  # fmt: skip
    assert "Good enough for: U1" in load(root / "meta" / "6-1-1.yml")["USE_VERDICT"]
    _, minutes = rows(root / "data" / "indicator_water-minutes.csv")
    assert minutes[0]["Value"] == "27.43"


def test_made_up_data_say_so_on_every_page(tmp_path: Path) -> None:
    root = made(planned(survey(), open_sdg=SITE), tmp_path)
    for path in (root / "indicator-config").glob("*.yml"):
        assert load(path)["data_notice_heading"].startswith("Synthetic data")
    assert "Synthetic data" in (root / "README.md").read_text(encoding="utf-8")


def test_outlines_are_joined_by_code(tmp_path: Path) -> None:
    release = replace(planned(survey(), open_sdg=SITE), shapes={"area": shapes("area", "urban", "rural", "desert")})
    root = made(release, tmp_path)
    assert problems(root) == []
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    assert {row["GeoCode"] for row in content if row["area"] == "urban"} == {"urban"}
    assert {row["GeoCode"] for row in content if not row["area"]} == {""}
    layer = load(root / "config_data.yml")["map_layers"][0]
    features = json.loads((root / layer["geojson_file"]).read_text(encoding="ascii"))["features"]
    assert {one["properties"][layer["id_property"]] for one in features} == {"urban", "rural", "desert"}


def test_a_code_that_looks_like_a_number_is_joined_all_the_same(tmp_path: Path) -> None:
    figures = [estimate("water", "proportion", 0.5, 0.1, 99, domain={"area": code}) for code in ("01", "NA", "3")]
    release = replace(planned(survey(), open_sdg=SITE), estimates=EstimateTable(tuple(figures)))
    root = made(replace(release, shapes={"area": shapes("area", "01", "NA", "3")}), tmp_path)
    assert problems(root) == []
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    assert [row["GeoCode"] for row in content] == ["area-01", "area-NA", "area-3"]
    assert [row["area"] for row in content] == ["Kind of place: 01", "Kind of place: NA", "Kind of place: 3"]


def test_two_variables_with_one_code_have_two_outlines(tmp_path: Path) -> None:
    outlines = {"area": shapes("area", "urban", "rural", "x"), "sex": shapes("sex", "female", "male", "other", "x")}
    release = replace(planned(survey(), open_sdg=SITE), shapes=outlines)
    root = made(release, tmp_path)
    assert problems(root) == []
    assert "area-x" in (root / "maps" / "area.geojson").read_text(encoding="ascii")


def plan(**settings: object) -> tuple[Plan, dict[str, str]]:
    release = survey()
    made = replace(release.plan, open_sdg=OpenSdgPlan(**settings))  # type: ignore[arg-type]
    return made, {name: one.sdg for name, one in made.indicators.items()}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "'disability' has no number"),
        ({"numbers": {"disability": "6.1.1"}, "leave_out": ("minutes",)}, "both have the number 6-1-1"),
        ({"numbers": {"disability": "Six One"}}, "is no number"),
        ({"numbers": {"watr": "6-1-1"}}, "Did you mean 'water'"),
        ({"leave_out": ("minute",)}, "is no indicator of this study"),
    ],
)
def test_bad_numbers_are_refused(settings: dict[str, object], said: str) -> None:
    made, sdg = plan(**settings)
    with pytest.raises(StudyError, match=said):
        made.open_sdg.of_indicators(sdg)


def test_an_indicator_may_stay_at_home() -> None:
    made, sdg = plan(leave_out=("minutes", "disability"))
    assert made.open_sdg.of_indicators(sdg) == {"water": "6-1-1"}
    assert is_of_goals("1-a-1")
    assert not is_of_goals("rain-gauges")


def test_a_figure_of_no_year_is_refused(tmp_path: Path) -> None:
    release = planned(survey(), open_sdg=OpenSdgPlan(leave_out=("minutes", "disability")))
    figures = EstimateTable((estimate("water", "proportion", 0.5, 0.1, 99, time=""),))
    with pytest.raises(ReleaseError, match="of which year"):
        write(replace(release, estimates=figures), tmp_path)
    assert not (tmp_path / FOLDER).exists()


def test_the_year_of_a_birth_is_a_breakdown_like_others(tmp_path: Path) -> None:
    release = planned(survey(), open_sdg=OpenSdgPlan(leave_out=("minutes", "disability")))
    figures = tuple(estimate("water", "proportion", 0.5, 0.1, 99, domain={"born": str(year)}) for year in (1980, 1990))
    root = made(replace(release, estimates=EstimateTable(figures)), tmp_path)
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    assert [(row["Year"], row["born"]) for row in content] == [("2025", "Born: 1980"), ("2025", "Born: 1990")]


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    release = planned(survey(), open_sdg=SITE)
    one, two = made(release, tmp_path / "one"), made(release, tmp_path / "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


@settings(max_examples=80, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_whatever_a_category_is_called_it_is_read_as_a_text(text: str) -> None:
    cell = category(text, label="Group")
    assert cell == cell.strip()
    assert cell.casefold() not in TAKEN_AS_MISSING
    assert not is_number(cell)
    assert not cell.startswith(("=", "+", "-", "@"))


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=8))
def test_every_variable_has_a_column_of_its_own(names: list[str]) -> None:
    found = columns([*names, "year", "Value", "COMPOSITE_BREAKDOWN"])
    folded = [one.casefold() for one in found.values()]
    assert len(set(folded)) == len(folded)
    assert not {"year", "value", "geocode", "composite_breakdown"} & set(folded)


def test_odd_categories_are_texts_that_begin_no_tag(tmp_path: Path) -> None:
    codes = [
        "=SUM(A1)",
        "NA",
        "a\nb",
        "<script>x</script>",
        "no",
        "1.5",
        "2024-01-01",
        "a.b",
        "true",
        "-5 to 0",
        "\u0645",
        "<5",
    ]
    figures = tuple(
        estimate("water", "proportion", 0.5, 0.1, 99, domain={"people/of a: place": code}) for code in codes
    )
    release = planned(survey(), open_sdg=replace(SITE, leave_out=("minutes", "disability")))
    root = made(replace(release, estimates=EstimateTable(figures)), tmp_path)
    assert problems(root) == []
    _, content = rows(root / "data" / "indicator_6-1-1.csv")
    assert len({row["people_of_a_place"] for row in content}) == len(codes)
    for path in root.rglob("*.yml"):
        assert "<script" not in path.read_text(encoding="utf-8")
