"""Official: own figures beside those of an official series: which speak of the same area, year and group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from countersign.model.estimate import Estimate
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.model.period import years_of
from countersign.model.plan import IndicatorPlan, Plan

TIMES = ("year", "time", "period", "round")


@dataclass(frozen=True)
class Place:
    """What an own figure is about.

    Parameters
    ----------
    areas: names of its area, folded; the first is the one to show. group: breakdown variable -> category, without
    area and time. years: calendar years.
    """

    areas: tuple[str, ...]
    group: Mapping[str, str]
    years: tuple[str, ...]
    area: str = ""
    whole: bool = True


def place_of(estimate: Estimate, plan: Plan) -> Place:
    """Return area, group and years of a figure: from its domain where it is broken down by them, else of the study."""
    indicator = plan.indicators.get(estimate.indicator)
    source = plan.data.get(indicator.data) if indicator and indicator.data else plan.main
    roles = source.roles if source else {}
    area, group, years = "", {}, []
    for name, category in estimate.domain.items():
        if name in roles.get("area", ()):
            area = category
        elif name in roles.get("time", ()) or name.casefold() in TIMES:
            years += [str(year) for year in years_of(category)]
        else:
            group[name] = category
    told = estimate.time or (indicator.time if indicator else "") or plan.population.time
    years = years or [str(year) for year in years_of(told)]
    about = plan.population
    names = (area,) if area else tuple(name for name in (about.area, about.area_code, estimate.area) if name)
    return Place(
        areas=tuple(dict.fromkeys(folded(name) for name in names)),
        group=group,
        years=tuple(years),
        area=names[0] if names else "",
        whole=not area,
    )


def of_area(figures: Iterable[OfficialFigure], place: Place) -> list[OfficialFigure]:
    """Return the official figures of the same area; those without an area speak of the whole study."""
    return [one for one in figures if folded(one.area) in place.areas or (place.whole and not one.area)]


def of_group(figures: Iterable[OfficialFigure], place: Place) -> list[OfficialFigure]:
    """Return the official figures of the same group: the same breakdowns with the same categories in any case."""
    wanted = {name: folded(category) for name, category in place.group.items()}
    return [one for one in figures if {name: folded(text) for name, text in one.domain.items()} == wanted]


def series_for(indicator: IndicatorPlan, official: Sequence[OfficialSeries]) -> list[OfficialSeries]:
    """Return the series that speak of an indicator: named for it, or without a name and with its SDG code."""
    code = indicator.sdg.split("(")[0].strip()
    return [one for one in official if one.indicator == indicator.name or (not one.indicator and code == one.sdg != "")]


def folded(text: str) -> str:
    """Return a name as it is compared: small letters, single blanks."""
    return " ".join(text.casefold().split())
