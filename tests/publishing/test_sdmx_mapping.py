"""Figures become observations: intervals in the bounds, states in the status, groups without a code with a label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from release_samples import estimate, survey
from sdmx_samples import figure, release

from countersign.catalogue import load
from countersign.catalogue.sdmx import sdg
from countersign.model.dataset import Codebook, Variable
from countersign.model.estimate import Estimate, Status
from countersign.model.fan import Part, PartKind, PlausibleRange
from countersign.model.observation import Observation
from countersign.model.plan import Source
from countersign.model.release import Release
from countersign.model.sdmx_mapping import MappedVariable
from countersign.model.sdmx_plan import BreakdownPlan
from countersign.model.signing import Party, SigningPlan
from countersign.publishing.sdmx import map_release, sentences
from countersign.publishing.sdmx.periods import Period, period_of
from countersign.publishing.sdmx.recognition import age_code, country_code, folded


def one(made: Release) -> Observation:
    [found] = map_release(made, sdg()).observations
    return found


def changed(made: Release, **change: Any) -> Release:
    return replace(made, plan=replace(made.plan, **change))


def test_the_interval_is_in_the_bounds_and_the_comment_says_which() -> None:
    found = one(release((figure(value=0.4),)))
    assert found.numbers == {"OBS_VALUE": 40.0, "LOWER_BOUND": 30.0, "UPPER_BOUND": 50.0}
    assert "Bounds: 95 % interval (logit)." in found.texts["COMMENT_OBS"]
    assert "Method: weighted ratio, variance by linearisation." in found.texts["COMMENT_OBS"]
    assert found.texts["UNIT_MEASURE"] == "PT"
    assert found.texts["NATURE"] == "E"


def test_people_who_chose_themselves_have_the_plausible_range_in_the_bounds() -> None:
    parts = (
        Part(PartKind.SAMPLING, 0.3, 0.5, "chance"),
        Part(PartKind.SELECTION, 0.2, 0.7, "stated"),
    )
    whole = PlausibleRange(parts)
    assert whole.beyond_chance
    found = one(release((figure(value=0.4, plausible=whole),)))
    assert (found.numbers["LOWER_BOUND"], found.numbers["UPPER_BOUND"]) == (20.0, 70.0)
    assert "plausible range, which holds chance, stated selection." in found.texts["COMMENT_OBS"]
    assert "By chance alone: 95 % interval (logit) 30 to 50." in found.texts["COMMENT_OBS"]


def withheld(status: Status) -> Estimate:
    return replace(figure(), value=None, lower=None, upper=None, standard_error=None, n=0, status=status)


STATES = {
    Status.SUPPRESSED: ("Q", "Withheld to protect people."),
    Status.NOT_ASKED: ("L", "Not asked"),
    Status.NO_DATA: ("O", "No data"),
    Status.TOO_FEW: ("O", "Too few"),
    Status.REFUSED: ("O", "Refused"),
}


@pytest.mark.parametrize("status", list(STATES))
def test_a_state_without_a_number_has_its_code_and_no_number(status: Status) -> None:
    code, words = STATES[status]
    found = one(release((withheld(status),)))
    assert found.texts["OBS_STATUS"] == code
    assert found.texts["COMMENT_OBS"].startswith(words)
    assert found.numbers == {}
    assert "NATURE" not in found.texts
    assert load("states")[str(status)]["obs_status"] == code


def test_zero_is_a_value() -> None:
    found = one(release((replace(figure(), value=0.0, lower=0.0, upper=0.02),)))
    assert found.numbers == {"OBS_VALUE": 0.0, "LOWER_BOUND": 0.0, "UPPER_BOUND": 2.0}
    assert found.texts["OBS_STATUS"] not in "QLO"


def test_a_withheld_figure_says_nothing_of_why_and_of_how_many() -> None:
    figures = [replace(figure(n=number), status=Status.SUPPRESSED, note=f"fewer than {number}") for number in (2, 9)]
    texts = [one(release((each,))).texts for each in figures]
    assert texts[0] == texts[1]


NSO = SigningPlan({"office": Party("Statistics Kx", "nso")})

PRECEDENCE = [
    ({}, {"status": Status.UNRELIABLE}, "U"),
    ({}, {"status": Status.CAUTION}, "U"),
    ({}, {}, "V"),
    ({"signing": NSO}, {}, "P"),
    ({"breaks": {"water": ("2025",)}, "validated": "Statistics Kx, 2026"}, {}, "B"),
    ({"experimental": True, "validated": "Statistics Kx, 2026"}, {}, "G"),
    ({"validated": "Statistics Kx, 2026"}, {}, "E"),
    ({"selection": "enumeration", "validated": "Statistics Kx, 2026"}, {}, "A"),
    ({"kind": "nso"}, {}, "E"),
]


@pytest.mark.parametrize(("plan", "of_figure", "code"), PRECEDENCE, ids=[code for *_, code in PRECEDENCE])
def test_the_status_follows_the_precedence_of_the_catalogue(
    plan: dict[str, Any], of_figure: dict[str, Any], code: str
) -> None:
    sdmx = {name: value for name, value in plan.items() if name in ("breaks", "validated", "experimental")}
    made = release((figure(**of_figure),), **sdmx)
    initiative = {name: plan[name] for name in ("selection", "kind") if name in plan}
    made = changed(
        made, signing=plan.get("signing", SigningPlan()), initiative=replace(made.plan.initiative, **initiative)
    )
    assert one(made).texts["OBS_STATUS"] == code


def test_what_the_status_does_not_tell_is_in_the_comment() -> None:
    made = release((figure(status=Status.UNRELIABLE),), experimental=True, breaks={"water": ("2025",)})
    found = changed(made, signing=NSO)
    text = one(found).texts
    assert text["OBS_STATUS"] == "U"
    for words in ("Not reliable", "before the statistical office signed", "Break in the series", "Experimental"):
        assert words in text["COMMENT_OBS"]


def test_every_reason_has_a_status_and_words() -> None:
    reasons = {reason for entry in load("sdmx_obs_status") for reason in entry["when"]}
    assert reasons == {entry.id for entry in load("sdmx_status_reasons")}
    assert {entry.id for entry in load("sdmx_obs_status")} <= set(sdg().codes("OBS_STATUS"))
    assert [entry.id for entry in load("sdmx_obs_status")] == list("QLOUVPBGEA")


def test_an_office_that_counted_gives_country_data() -> None:
    made = release((figure(),))
    counted = changed(made, initiative=replace(made.plan.initiative, kind="nso", selection="enumeration"))
    assert one(counted).texts["NATURE"] == "C"
    assert one(release((figure(method="multilevel model"),))).texts["NATURE"] == "M"


def test_who_collected_how_and_who_is_to_sign_is_in_the_source() -> None:
    made = release((figure(),))
    made = changed(
        made, signing=NSO, initiative=replace(made.plan.initiative, kind="community", organiser="Water Watch")
    )
    text = one(made).texts["SOURCE_DETAIL"]
    for words in (
        "Citizen data: ", "Collected by: Water Watch (a community or its leaders)", "anybody who saw the invitation",
        "Weighted by raking to census", "People aged 15 and over", "Asked to sign: Statistics Kx (nso)",
    ):  # fmt: skip
        assert words in text
    stated = changed(made, sdmx=replace(made.plan.sdmx, validated="Statistics Kx, 1 March 2026"))  # type: ignore[type-var]
    assert "Validated, as the study states: Statistics Kx, 1 March 2026." in one(stated).texts["SOURCE_DETAIL"]


def test_made_up_data_say_so_in_every_observation() -> None:
    for found in map_release(release(synthetic=True), sdg()).observations:
        assert found.texts["COMMENT_OBS"].startswith("SYNTHETIC")
        assert found.texts["SOURCE_DETAIL"].startswith("SYNTHETIC")


def test_groups_without_a_code_get_the_next_one_and_a_label() -> None:
    figures = (figure({"people": "Ama"}), figure({"people": "Bor"}), figure({"people": "Ama", "sex": "female"}))
    found = map_release(release(figures), sdg())
    told = [
        (each.texts["CUST_BREAKDOWN"], each.texts["CUST_BREAKDOWN_LB"], each.texts["SEX"])
        for each in found.observations
    ]
    assert told == [("C01", "People: Ama", "_T"), ("C02", "People: Bor", "_T"), ("C01", "People: Ama", "F")]
    assert found.account.groups == {"C01": "People: Ama", "C02": "People: Bor"}


def test_two_variables_without_codes_are_one_group() -> None:
    found = one(release((figure({"people": "Ama", "village": "Upper"}),)))
    assert found.texts["CUST_BREAKDOWN_LB"] == "People: Ama; Village: Upper"


def test_the_code_of_a_group_can_be_fixed() -> None:
    plan = {"people": BreakdownPlan("CUST_BREAKDOWN", {"Bor": "C01"})}
    found = map_release(release((figure({"people": "Ama"}), figure({"people": "Bor"})), breakdowns=plan), sdg())
    assert [each.texts["CUST_BREAKDOWN"] for each in found.observations] == ["C02", "C01"]


def test_labels_of_the_codebook_are_used() -> None:
    made = release((figure({"people": "1"}), figure({"gender": "1"})))
    codebook = Codebook({
        "people": Variable("people", "category", label={"en": "People of the valley"}, values={"1": "Ama"}),
        "gender": Variable("gender", "category", values={"1": "Women"}),
    })  # fmt: skip
    made = replace(made, data=(replace(made.data[0], codebook=codebook),))
    found = map_release(made, sdg()).observations
    assert found[0].texts["CUST_BREAKDOWN_LB"] == "People of the valley: Ama"
    assert found[1].texts["SEX"] == "F"


RECOGNISED = [
    ("sex", ("women", "MEN", "Intersex"), "SEX", ("F", "M", "_O")),
    ("Gender", ("Female", "not stated"), "SEX", ("F", "_U")),
    ("age_group", ("under 15", "15-24", "25 to 34", "65+"), "AGE", ("Y0T14", "Y15T24", "Y25T34", "Y_GE65")),
    ("residence", ("urban", "Rural"), "URBANISATION", ("U", "R")),
    ("area", ("Town", "Countryside"), "URBANISATION", ("U", "R")),
    ("wealth_quintile", ("poorest", "Q5", "Quintile 3"), "INCOME_WEALTH_QUANTILE", ("Q1", "Q5", "Q3")),
    ("disability", ("with disability", "Without disability"), "DISABILITY_STATUS", ("PD", "PWD")),
    ("education", ("primary", "Tertiary"), "EDUCATION_LEV", ("ISCED11_1", "AGG_5T8")),
    ("country", ("KE", "UGA", "834", "Rwanda"), "REF_AREA", ("404", "800", "834", "646")),
    ("OCCUPATION", ("ISCO08_2", "ISCO08_5"), "OCCUPATION", ("ISCO08_2", "ISCO08_5")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "categories", "dimension", "codes"), RECOGNISED, ids=[row[0] for row in RECOGNISED]
)
def test_common_variables_are_recognised_and_told(
    variable: str, categories: tuple[str, ...], dimension: str, codes: tuple[str, ...]
) -> None:
    found = map_release(release(tuple(figure({variable: category}) for category in categories)), sdg())
    assert [each.texts[dimension] for each in found.observations] == list(codes)
    [mapped] = found.account.variables
    assert (mapped.dimension, mapped.stated) == (dimension, False)
    said = " ".join(sentences(found.account))
    assert f"{variable}: recognised as {dimension} ({categories[0]} = {codes[0]}" in said


NOT_RECOGNISED = [
    ("sex", ("1", "2")),  # which is which?
    ("age_group", ("18-45", "46+")),  # no such band in the list
    ("wealth", ("poor", "rich")),
    ("disability", ("yes", "no")),
    ("country", ("KE", "Tavoria")),
    ("colour", ("red", "blue")),
]


@pytest.mark.parametrize(("variable", "categories"), NOT_RECOGNISED, ids=[row[0] for row in NOT_RECOGNISED])
def test_what_is_not_known_for_sure_is_not_guessed(variable: str, categories: tuple[str, ...]) -> None:
    found = map_release(release(tuple(figure({variable: category}) for category in categories)), sdg())
    [mapped] = found.account.variables
    assert isinstance(mapped, MappedVariable)
    assert mapped.dimension == "CUST_BREAKDOWN"
    assert mapped.why
    assert [each.texts["CUST_BREAKDOWN"] for each in found.observations] == ["C01", "C02"]


def test_those_of_whom_it_is_not_known_do_not_spoil_a_dimension() -> None:
    groups = ("with disability", "without disability", "(missing)")
    found = map_release(release(tuple(figure({"disability": group, "sex": "female"}) for group in groups)), sdg())
    told = [(each.texts["DISABILITY_STATUS"], each.texts["CUST_BREAKDOWN"]) for each in found.observations]
    assert told == [("PD", "_T"), ("PWD", "_T"), ("_T", "C01")]
    assert found.account.groups == {"C01": "Disability: not known"}
    [unknown] = map_release(release((figure({"sex": "(missing)"}),)), sdg()).observations
    assert (unknown.texts["SEX"], unknown.texts["CUST_BREAKDOWN"]) == ("_U", "_T")


def test_not_stated_and_not_known_are_two_things() -> None:
    """As in a census whose tables have a row "not stated" and lack some of the people altogether."""
    bands = ("0-4", "not stated", "(missing)")
    found = map_release(release(tuple(figure({"age_group": band}) for band in bands)), sdg()).observations
    assert [(each.texts["AGE"], each.texts["CUST_BREAKDOWN"]) for each in found] == [
        ("Y0T4", "_T"), ("_U", "_T"), ("_T", "C01"),
    ]  # fmt: skip
    found = map_release(
        release(tuple(figure({"age_group": band}) for band in ("0-4", "(missing)"))), sdg()
    ).observations
    assert [each.texts["AGE"] for each in found] == ["Y0T4", "_U"]


def test_two_categories_never_share_a_code() -> None:
    found = map_release(release(tuple(figure({"sex": sex}) for sex in ("f", "female", "m"))), sdg())
    [mapped] = found.account.variables
    assert (mapped.dimension, mapped.why) == ("CUST_BREAKDOWN", "two categories would have the code F of SEX")


def test_two_variables_of_one_dimension_do_not_share_it_in_one_figure() -> None:
    figures = (figure({"age": "18-24", "age_group": "65+"}),)
    found = map_release(release(figures), sdg())
    assert [each.dimension for each in found.account.variables] == ["AGE", "CUST_BREAKDOWN"]
    assert "AGE is taken" in found.account.variables[1].why


def test_an_area_with_a_role_and_no_codes_is_a_group() -> None:
    made = release((figure({"county": "Turkana"}),))
    made = changed(made, data={"a": Source("a", "a.csv", roles={"area": ("county",)})})
    found = one(made)
    assert (found.texts["REF_AREA"], found.texts["CUST_BREAKDOWN_LB"]) == ("404", "County: Turkana")


AREAS = [
    ("KE", "404", ""),
    ("KEN", "404", ""),
    ("404", "404", ""),
    ("004", "4", ""),
    ("KE-30", "404", "Riverside ward"),
]


@pytest.mark.parametrize(("code", "area", "group"), AREAS)
def test_the_area_of_the_study_is_found_by_its_code(code: str, area: str, group: str) -> None:
    made = release((figure(),), area="")
    made = changed(made, population=replace(made.plan.population, area="Riverside ward", area_code=code))
    found = map_release(made, sdg())
    assert found.observations[0].texts["REF_AREA"] == area
    # A ward must never be read as its country.
    assert found.observations[0].texts.get("CUST_BREAKDOWN_LB", "") == group
    assert bool(found.account.notes) == (code not in ("404",))


PERIODS = [
    ("2025", "A", Period("2025")),
    ("2001/2003", "A", Period("2002", "2001/2003")),
    ("2013/2020", "A", Period("2016", "2013/2020")),
    ("2025-03-01/2025-05-31", "A", Period("2025", "2025-03-01/2025-05-31")),
    ("2025-03-05", "A", Period("2025", "2025-03-05")),
    ("2025-01-01/2025-12-31", "A", Period("2025")),
    ("2025-Q2", "Q", Period("2025-Q2")),
    ("2025-05", "Q", Period("2025-Q2", "2025-05")),
    ("2025-05", "M", Period("2025-05")),
    ("2024-S2", "S", Period("2024-S2")),
]


@pytest.mark.parametrize(("text", "frequency", "period"), PERIODS)
def test_a_time_becomes_a_period_of_the_frequency(text: str, frequency: str, period: Period) -> None:
    assert period_of(text, frequency=frequency, detailed=True) == period


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2013/2020", "2013-01-01/P8Y"),
        ("2024-11/2025-02", "2024-11-01/P4M"),
        ("2024-12-30/2025-01-02", "2024-12-30/P4D"),
    ],
)
def test_a_structure_without_room_for_what_a_period_covers_gets_the_range(text: str, written: str) -> None:
    assert period_of(text, frequency="A", detailed=False) == Period(written)


@pytest.mark.parametrize("text", ["", "last year", "0000", "2025-13", "2025-02-30", "2020/2013", "2020/", "1/2/3"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert period_of(text, frequency="A", detailed=True) is None


def test_years_that_figures_are_broken_down_by_are_their_period() -> None:
    figures = tuple(figure({"year": year}, time="2019/2021") for year in ("2019", "2021"))
    found = map_release(release((*figures, figure(time="2019/2021"))), sdg()).observations
    assert [(each.texts["TIME_PERIOD"], each.texts.get("TIME_DETAIL")) for each in found] == [
        ("2019", None), ("2021", None), ("2020", "2019/2021"),
    ]  # fmt: skip


def test_a_figure_over_several_years_gives_way_to_that_of_its_middle_year() -> None:
    figures = tuple(figure({"year": year}) for year in ("2019", "2020", "2021"))
    made = release((*figures, figure(time="2019/2021", figure_id="all years")))
    found = map_release(made, sdg())
    assert len(found.observations) == 3
    [left] = found.account.left_out
    assert left.figures == ("all years",)
    assert any("all years" in said and "middle one" in said for said in sentences(found.account))


def test_units_are_recognised_where_they_are_plain() -> None:
    count = replace(figure(), statistic="total", unit="persons", value=1234.5, lower=1000.0, upper=1500.0)
    made = release((count,), series={"water": "SH_H2O_SAFE"}, constraints=False)
    found = map_release(made, sdg())
    assert found.observations[0].texts["UNIT_MEASURE"] == "NUMBER"
    assert found.observations[0].numbers["OBS_VALUE"] == 1234.5
    percent = replace(figure(), statistic="mean", unit="percent", value=12.0, lower=10.0, upper=14.0)
    assert one(release((percent,))).numbers["OBS_VALUE"] == 12.0
    thousands = release((count,), units={"water": ("NUMBER", "3")}, scale={"water": 0.001}, constraints=False)
    told = one(thousands)
    assert (told.numbers["OBS_VALUE"], told.texts["UNIT_MULT"]) == (1.2345, "3")


def test_a_stated_factor_is_the_only_one() -> None:
    found = one(release((figure(value=0.4),), units={"water": ("PT", "0")}, scale={"water": 1.0}))
    assert found.numbers["OBS_VALUE"] == 0.4
    assert one(release((figure(value=0.4),), units={"water": ("PT", "0")})).numbers["OBS_VALUE"] == 40.0


def test_constants_hold_for_all_and_for_one_indicator() -> None:
    other = estimate("disability", "proportion", 0.1, 0.01, 50, series="SH_H2O_SAFE")
    made = release(
        (figure(), figure({"age_group": "15-24"}), other),
        constants={"AGE": "Y_GE15", "PRODUCT": "_T"},
        own={"disability": {"SEX": "F", "AGE": "Y15T49"}},
        series={"water": "SH_H2O_SAFE", "disability": "SH_H2O_SAFE"},
    )
    found = [(each.texts["AGE"], each.texts["SEX"]) for each in map_release(made, sdg()).observations]
    assert found == [("Y_GE15", "_T"), ("Y15T24", "_T"), ("Y15T49", "F")]


def test_indicators_without_a_series_are_left_out_and_told() -> None:
    found = map_release(release(), sdg())
    assert {each.origin.split(":")[0] for each in found.observations} == {"water"}
    [left] = found.account.left_out
    assert left.figures == ("disability", "minutes")
    assert "Not sent: disability, minutes." in " ".join(sentences(found.account))


def test_every_figure_with_a_series_is_sent_once() -> None:
    made = release()
    found = map_release(made, sdg())
    assert sorted(each.origin for each in found.observations) == sorted(
        each.figure_id for each in survey().estimates if each.indicator == "water"
    )
    assert sum(found.account.statuses.values()) == len(found.observations)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0-4", "Y0T4"), ("18–29", "Y18T29"), ("65 years and over", "Y_GE65"), ("<5", "Y0T4"), ("under 1", "Y0"),
        ("30", "Y30"), ("29-18", ""), ("60 to 60", ""), ("old", ""), ("15-24 years", "Y15T24"), ("≥65+", "Y_GE65"),
        ("6-59 months", "M6T59"), ("36 to 59 months old", "M36T59"),
    ],
)  # fmt: skip
def test_age_bands_have_the_codes_of_the_list(text: str, code: str) -> None:
    assert age_code(folded(text)) == code


def test_codes_of_countries_have_no_leading_zeros() -> None:
    codes = sdg().codes("REF_AREA")
    assert country_code("AF", codes) == "4"
    assert country_code("004", codes) == "4"
    assert country_code("Nowhere", codes) == ""
