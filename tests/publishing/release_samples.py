"""Releases built in memory: a self-selected synthetic survey, beach litter by sea and year, and one with little in it."""

# ruff: noqa: E501

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

import numpy as np

from countersign.model.artefact import Activity, Artefact
from countersign.model.benchmark import Margin
from countersign.model.dataset import Codebook, Gate, Reading, Variable
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, Fitness, State
from countersign.model.plan import IndicatorPlan, Initiative, Plan, Population, Source
from countersign.model.release import Comparison, DataNote, Release
from countersign.model.weights import Balance, Iteration, Weights

SECRET = 987.654321  # the value of a withheld figure; it must never come out


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def estimate(indicator: str, statistic: str, value: float, half: float, n: int, **more: object) -> Estimate:
    domain: dict[str, str] = more.pop("domain", {})  # type: ignore[assignment]
    label = ",".join(f"{name}={code}" for name, code in domain.items())
    settings: dict[str, object] = {
        "method": "weighted ratio, variance by linearisation",
        "convention": "logit",
        "n_effective": n / 1.7,
        "figure_id": f"{indicator}:{label}" if label else indicator,
        "area": "Example Land",
        "time": "2025",
    } | more
    return Estimate(
        indicator=indicator,
        statistic=statistic,
        domain=domain,
        value=value,
        standard_error=half / 1.96,
        lower=value - half,
        upper=value + half,
        n=n,
        **settings,  # type: ignore[arg-type]
    )


def findings() -> tuple[Finding, ...]:
    return (
        Finding("A1", State.NOT_ASSESSED, "consent_stated", "Nobody has said how people agreed.", fix="Write down how people agreed."),
        Finding("C3", State.PASS, "population_stated", "Who, where and when is stated.", value=1.0, unit="share"),
        Finding("D4", State.WARN, "selection", "Anybody with a phone who wanted to could take part.", fix="Invite a random part of the numbers."),
        Finding("E1", State.FAIL, "dissimilarity", "People with little schooling are hardly in the data.", subject="schooling", value=0.31, unit="share", threshold={"id": "dissimilarity", "good": 0.1, "warn": 0.25, "source": "This project's default", "status": "proposed"}, fix="Recruit 200 people without schooling in the north."),
        Finding("E4", State.PASS, "missing_answers", "Few answers are missing.", value=0.021, unit="share", count=312),
        Finding("E8", State.WARN, "exact_duplicates", "Some records repeat another word for word. They are set aside.", value=0.004, unit="share", count=20, fix="Ask collectors to send each form once."),
        Finding("E10", State.NOT_APPLICABLE, "coordinates", "The data have no places."),
        Finding("E12", State.NOT_ASSESSED, "sensitivity", "The range under assumptions has not been computed."),
        Finding("G2", State.PASS, "identities", "The parts add up to the whole."),
    )  # fmt: skip


FITNESS = Fitness(
    use="U1",
    wanted="U4",
    blocked={"U4": ("E1",)},
    open={"U2": ("B1", "B5", "D1"), "U3": ("C1", "D2"), "U4": ("E12",)},
    next_step="Recruit 200 people without schooling in the north.",
)


def evidence() -> tuple[dict[str, Artefact], tuple[Activity, ...]]:
    names = {"answers.csv": "input", "margins.csv": "input", "dataset.parquet": "dataset", "estimates.csv": "estimates"}
    artefacts = {
        digest(name): Artefact(digest(name), name, kind, size=len(name) * 1000, rows=5000)
        for name, kind in names.items()
    }
    keys = list(artefacts)
    trail = (
        Activity("take_in", {"file": keys[0]}, {"dataset": keys[2]}, software={"countersign": "0.1.0", "duckdb": "1.5.6"}, ended="2026-11-22T10:00:00Z"),
        Activity("estimate", {"dataset": keys[2]}, {"estimates": keys[3]}, software={"countersign": "0.1.0", "numpy": "2.3"}, ended="2026-11-22T10:00:02Z"),
    )  # fmt: skip
    return artefacts, trail


def weights() -> Weights:
    shares = {"sex": {"female": (0.38, 0.51), "male": (0.62, 0.49)}, "area": {"urban": (0.81, 0.42), "rural": (0.19, 0.58)}, "schooling": {"none": (0.04, 0.21), "primary": (0.22, 0.44), "secondary": (0.46, 0.27), "higher": (0.28, 0.08)}}  # fmt: skip
    balance, margins = [], []
    for variable, categories in shares.items():
        margins.append(Margin((variable,), {(name,): target * 1e6 for name, (_, target) in categories.items()}))
        for name, (data, target) in categories.items():
            balance.append(Balance(variable, name, abs(data - target) / (target * (1 - target)) ** 0.5, 0.0 if variable != "schooling" else 0.02, data, target, target))  # fmt: skip
    n = np.array([600, 1400, 2000, 1000])
    factor = np.array([6.0, 2.0, 0.5, 0.3])
    return Weights(
        method="raking", by=("sex", "area", "schooling"), keys={"schooling": np.array(["none", "primary", "secondary", "higher"], dtype=object)},
        factor=factor, n=n, weight=n * factor, weight2=n * factor**2, benchmark="census", margins=tuple(margins),
        iterations=(Iteration(1, 0.2), Iteration(9, 3.1e-11)), trimmed={"upper": 5.0, "rows_cut": 42.0}, balance=tuple(balance),
    )  # fmt: skip


def survey(*, title: str = "Phones and clean water in Example Land", synthetic: bool = True) -> Release:
    """A self-selected phone survey with a known truth, census weights and five held-out questions."""
    values = [(("sex", "female"), 0.405, 0.03, 1900, 0.52, 0.37), (("sex", "male"), 0.512, 0.03, 3100, 0.60, 0.49), (("area", "urban"), 0.66, 0.02, 4050, 0.68, 0.64), (("area", "rural"), 0.307, 0.055, 950, 0.33, 0.24)]  # fmt: skip
    assumption = "within groups of sex, area and schooling, those who took part are like those who did not"
    water = [
        estimate(
            "water",
            "proportion",
            0.4413,
            0.0285,
            5000,
            raw=0.571,
            truth=0.402,
            assumption=assumption,
            series="SH_H2O_SAFE",
        )
    ]
    for (name, code), value, half, n, raw, truth in values:
        water.append(
            estimate(
                "water", "proportion", value, half, n, raw=raw, truth=truth, domain={name: code}, assumption=assumption
            )
        )
    water[-1] = replace(water[-1], status=Status.CAUTION, flags=("cv",))
    for sex in ("female", "male"):
        for area in ("urban", "rural"):
            water.append(estimate("water", "proportion", 0.3 + 0.1 * (sex == "male"), 0.2 if area == "rural" else 0.04, 40, domain={"sex": sex, "area": area}, assumption=assumption, status=Status.UNRELIABLE if area == "rural" else Status.PUBLISHED))  # fmt: skip
    water.append(
        estimate(
            "water",
            "proportion",
            SECRET,
            0.123456789,
            3,
            domain={"sex": "other"},
            status=Status.SUPPRESSED,
            raw=SECRET,
            truth=SECRET,
            note="fewer than 5 people",
        )
    )
    water.append(replace(estimate("water", "proportion", 0.5, 0.1, 0, domain={"sex": "unknown"}), value=None, lower=None, upper=None, standard_error=None, status=Status.NO_DATA))  # fmt: skip
    disability = estimate(
        "disability",
        "proportion",
        0.0223,
        0.0011,
        5000,
        raw=0.015,
        truth=0.031,
        convention="korn-graubard",
        assumption=assumption,
    )
    minutes = estimate(
        "minutes",
        "mean",
        27.43,
        1.31,
        4890,
        unit="minutes",
        raw=19.2,
        truth=30.0,
        convention="t",
        assumption=assumption,
    )
    items = {"Food help": [("yes", 0.233, 0.251, 0.138), ("no", 0.767, 0.749, 0.862)], "Bank account": [("yes", 0.80, 0.66, 0.58), ("no", 0.20, 0.34, 0.42)], "Voted": [("yes", 0.72, 0.70, 0.61), ("no", 0.28, 0.30, 0.39)], "Health": [("good", 0.5, 0.49, 0.45), ("fair", 0.4, 0.4, 0.4), ("poor", 0.1, 0.11, 0.15)]}  # fmt: skip
    artefacts, trail = evidence()
    codebook = Codebook({
        "sex": Variable("sex", "category", label={"en": "Sex"}, values={"female": "Women", "male": "Men", "other": "Other"}),
        "area": Variable("area", "category", label={"en": "Kind of place"}, values={"urban": "Town", "rural": "Countryside"}),
        "schooling": Variable("schooling", "category", label={"en": "Schooling"}),
    })  # fmt: skip
    plan = Plan(
        title={"en": title}, data={"answers": Source("answers", "answers.csv")},
        indicators={
            "water": IndicatorPlan("water", "proportion", "water == 'safe'", title={"en": "People with safe drinking water at home"}, sdg="6.1.1"),
            "disability": IndicatorPlan("disability", "proportion", "wg >= 3", title={"en": "People with disability"}),
            "minutes": IndicatorPlan("minutes", "mean", "minutes", title={"en": "Minutes to fetch water"}, unit="minutes"),
        },
        synthetic=synthetic, summary={"en": "Five thousand people answered a phone survey because they wanted to. A census says how the country really is made up."},
        initiative=Initiative(organiser="Water Watch Example Land", contact="data@example.org", selection="open-web", licence="CC BY 4.0", participation={"design": 4, "collect": 5}, scored_by=("community",)),
        population=Population("People aged 15 and over", "Example Land", "XX", "2025", "2025"),
    )  # fmt: skip
    note = DataNote("answers", "person", "open-web", 5120, 5000, codebook, gates=(Gate("adults", "age >= 15", "the population is 15 and over", 110, 100), Gate("whole records once", "not a duplicate", "duplicates count twice", 25, 20)), readings=(Reading("answers.csv", digest("answers.csv"), 5120, 12, encoding="utf-8", delimiter=";", detected=("encoding", "delimiter"), notes=("3 cells 'n/a' were taken as missing.",)),))  # fmt: skip
    return Release(
        plan=plan, version="0.1.0", made="2026-11-22T10:00:03Z", data=(note,), findings=findings(), fitness=(FITNESS,),
        estimates=EstimateTable((*water, disability, minutes), title=title, synthetic=synthetic), weights=weights(),
        comparisons=tuple(Comparison(item, category, raw, weighted, truth, 0.01) for item, rows in items.items() for category, raw, weighted, truth in rows),
        artefacts=artefacts, trail=trail, source="countersign: 1\n",
    )  # fmt: skip


def litter(countries: int = 14) -> Release:
    """Beach litter: medians by sea, country, and sea and year; opportunistic, unweighted."""
    chance = random.Random(3)
    seas = {"Black Sea": 423.0, "Mediterranean": 346.0}
    figures = [estimate("litter", "quantile", value, value * 0.09, 900, unit="items per 100 m", domain={"sea": sea}, convention="woodruff-logit", method="sample quantile, variance by Woodruff") for sea, value in seas.items()]  # fmt: skip
    for number in range(countries):
        value = chance.uniform(60, 900)
        figures.append(estimate("litter", "quantile", value, value * chance.uniform(0.1, 0.9), chance.randint(5, 300), unit="items per 100 m", domain={"country": f"Country {number + 1}"}, convention="woodruff-logit", method="sample quantile, variance by Woodruff", status=Status.UNRELIABLE if number % 5 == 4 else Status.PUBLISHED))  # fmt: skip
    for sea, value in seas.items():
        for year in range(2013, 2021):
            middle = value * chance.uniform(0.6, 1.5)
            figures.append(estimate("litter", "quantile", middle, middle * 0.25, 110, unit="items per 100 m", domain={"sea": sea, "year": str(year)}, convention="woodruff-logit", method="sample quantile, variance by Woodruff"))  # fmt: skip
    artefacts, trail = evidence()
    note = DataNote("events", "survey event", "opportunistic", 3321, 2170, Codebook({"sea": Variable("sea", "category", label={"en": "Sea"})}), gates=(
        Gate("beach of 90 to 850 m", "length between 90 and 850", "published method", 800, 800), Gate("at least one item", "items >= 1", "published method", 400, 251), Gate("clean-up or monitoring", "type in (...)", "", 190, 100)))  # fmt: skip
    plan = Plan(
        title={"en": "Beach litter on the Mediterranean and Black Sea coasts"}, data={"events": Source("events", "events.csv")}, use="U5",
        indicators={"litter": IndicatorPlan("litter", "quantile", "items / length * 100", title={"en": "Beach litter"}, sdg="14.1.1", unit="items per 100 m")},
        initiative=Initiative(organiser="Marine LitterWatch", selection="opportunistic"),
        population=Population("Beaches that volunteers surveyed", "Mediterranean and Black Sea", "", "2013", "2020"),
    )  # fmt: skip
    return Release(plan, "0.1.0", "2026-11-22T10:00:03Z", (note,), findings()[3:], (replace(FITNESS, wanted="U5", use="U2"),), EstimateTable(tuple(figures)), artefacts=artefacts, trail=trail)  # fmt: skip


def sparse() -> Release:
    """Nothing but a title and one figure; no weights, no findings, no evidence."""
    plan = Plan(title={"en": "A first look"}, data={"answers": Source("answers", "a.csv")}, indicators={})
    return Release(plan, "0.1.0", "2026-11-22T10:00:03Z", (), (), (), EstimateTable((estimate("size", "mean", 3.2, 0.4, 12, method="mean", convention="t"),)))  # fmt: skip
