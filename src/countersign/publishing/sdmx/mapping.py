"""Release -> observations of a structure, and the account of how every variable, unit and state was mapped."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from countersign.catalogue import load
from countersign.model.data_structure import ComponentKind, DataStructure
from countersign.model.estimate import Estimate
from countersign.model.observation import Observation
from countersign.model.release import Release
from countersign.model.sdmx_mapping import LeftOut, MappedIndicator, MappedVariable, SdmxMapping
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.labels import Labels
from countersign.publishing.language import speak
from countersign.publishing.sdmx.groups import Groups
from countersign.publishing.sdmx.periods import Period, period_of
from countersign.publishing.sdmx.plan_checking import check_plan
from countersign.publishing.sdmx.quantities import map_indicators
from countersign.publishing.sdmx.recognition import country_code, country_of
from countersign.publishing.sdmx.refusals import in_study, near, refusal
from countersign.publishing.sdmx.roles import roles, total
from countersign.publishing.sdmx.statements import bounds, comment, source_of
from countersign.publishing.sdmx.statuses import OFFICE, reasons, shown, status_of
from countersign.publishing.sdmx.variables import MISSING, map_variables


@dataclass(frozen=True)
class Mapped:
    """Observations, and how they came about."""

    observations: tuple[Observation, ...]
    account: SdmxMapping


def map_release(release: Release, structure: DataStructure) -> Mapped:
    """Turn the protected figures of a release into observations.

    Figures of indicators without a series are left out, and so is a figure over several periods where its middle
    period has a figure of its own; both are told. Nothing else is.

    Raises
    ------
    ReleaseError: see `check_plan`, `map_variables`, `map_indicators`; no indicator has a series.
    """
    plan = release.plan
    check_plan(plan, structure)
    indicators = map_indicators(release.estimates, plan=plan, structure=structure)
    figures = [one for one in release.estimates if one.indicator in indicators]
    without = [one.figure_id for one in release.estimates if one.indicator not in indicators]
    if not figures:
        raise _no_series(release, structure)
    labels = Labels(plan, tuple(note.codebook for note in release.data), speak("en"), release.estimates.labels)
    variables = map_variables(figures, plan=plan, structure=structure, labels=labels)
    writing = _Writing(release, structure, variables, indicators, labels)
    kept, doubled = _at_one_period(figures, writing)
    observations = tuple(map(writing.observation, kept))
    left = [LeftOut(tuple(without), "The indicator has no series.")] if without else []
    if doubled:
        left.append(LeftOut(tuple(doubled), "It covers several periods, and the middle one has a figure of its own."))
    status = roles(structure).get("status", "")
    counted = Counter(one.texts.get(status, "") for one in observations)
    return Mapped(
        observations,
        SdmxMapping(
            structure=structure.key,
            variables=variables,
            indicators=tuple(indicators.values()),
            groups=writing.groups.labels,
            left_out=tuple(left),
            notes=tuple(writing.notes),
            statuses={code: counted[code] for code in structure.codes(status) if code in counted} if status else {},
            reasons={code: tuple(held) for code, held in writing.reasons.items()},
        ),
    )


class _Writing:
    """Everything that is the same for all figures, so that each is looked up once."""

    def __init__(
        self,
        release: Release,
        structure: DataStructure,
        variables: Sequence[MappedVariable],
        indicators: Mapping[str, MappedIndicator],
        labels: Labels,
    ) -> None:
        self.release, self.structure, self.indicators = release, structure, indicators
        self.plan, self.sdmx, self.role = release.plan, release.plan.sdmx or SdmxPlan(), roles(structure)
        self.numbers = {
            one.id for one in structure.components if one.number and one.kind is not ComponentKind.DIMENSION
        }
        self.free = {one.id for one in structure.components if not one.codes}
        self.notes: dict[str, None] = {}
        self.reasons: dict[str, dict[str, None]] = {}
        self.groups = Groups(structure, self.role.get("custom", ""), variables, labels)
        self.source = source_of(release, speak("en"))
        self.place: tuple[tuple[str, str], ...] = ()  # the place the study is about, where only its country has a code
        self.base = self._base()
        self._same: dict[str, dict[str, str]] = {}
        self.coded = {one.variable: (one.dimension, one.codes) for one in variables}
        if self.groups.dimension:  # codes of groups are the business of `groups`
            self.coded |= {one.variable: ("", {}) for one in variables if one.dimension == self.groups.dimension}
        time = structure.time.id if structure.time else ""
        self.times = [one.variable for one in variables if time and one.dimension == time]
        self.measured = (structure.measure.id, self.role.get("lower", ""), self.role.get("upper", ""))

    def _base(self) -> dict[str, str]:
        """Codes that all observations have unless something more special is known."""
        found = {one.id: total(self.structure, one.id) for one in self.structure.dimensions}
        planned = {"frequency": self.sdmx.frequency, "reporting_type": self.sdmx.reporting_type, "area": self._area()}
        found |= {self.role[name]: code for name, code in planned.items() if code and name in self.role}
        if "area" in self.role and not planned["area"]:
            found[self.role["area"]] = ""  # no area is not the whole world
        if "updated" in self.role:
            found[self.role["updated"]] = self.release.made
        return {name: code for name, code in found.items() if code} | dict(self.sdmx.constants)

    def _area(self) -> str:
        """The code of the area of the whole study: as it says, else of its country."""
        if self.sdmx.area or "area" not in self.role:
            return self.sdmx.area
        codes, population = self.structure.codes(self.role["area"]), self.plan.population
        text = population.area_code
        if code := country_code(text, codes):  # the number of a country comes before its letters: lists have both
            if code != text:
                self.notes[f"The area {text} is {code} ({codes[code]})."] = None
            return code
        if text in codes or not text:
            return text
        country = country_of(text)
        code = country_code(country, codes) if country else ""
        if code and self.groups.dimension:
            self.place = (("area", population.area or text),)
            self.notes[
                f"The area {text} has no code: its country has one, {code} ({codes[code]}), and every figure is marked "
                f"as one of the group '{population.area or text}'."
            ] = None
            return code
        return ""

    def period(self, figure: Estimate) -> Period | None:
        """The period of a figure: of its breakdown by time, else its own, else that of the study."""
        text = next((figure.domain[name] for name in self.times if figure.domain.get(name, MISSING) != MISSING), "")
        own = self.plan.indicators.get(figure.indicator)
        text = text or figure.time or (own.time if own else "") or self.plan.population.time
        return _period(str(text), self.sdmx.frequency, "period" in self.role) if self.structure.time else None

    def _of_indicator(self, name: str) -> dict[str, str]:
        """What all observations of an indicator have."""
        mapped = self.indicators[name]
        found = self._told(unit=mapped.unit, multiplier=mapped.multiplier, source=self.source) | self.base
        if "series" in self.role and mapped.series:
            found[self.role["series"]] = mapped.series
        return {**found, **self.sdmx.own.get(name, {})}

    def key(self, figure: Estimate) -> dict[str, str]:
        """The dimensions of a figure but time, as far as they are known, and what its indicator has."""
        if figure.indicator not in self._same:
            self._same[figure.indicator] = self._of_indicator(figure.indicator)
        found = self._same[figure.indicator].copy()
        for name, category in figure.domain.items():
            dimension, codes = self.coded[name]
            if category in codes:
                found[dimension] = codes[category]
        group = self.groups.code(figure.domain, self.place)
        if group:
            found[self.groups.dimension] = group
            found |= self._told(custom_label=self.groups.labels[group])
        return found

    def observation(self, figure: Estimate) -> Observation:
        """Return a figure as an observation."""
        texts, numbers = self.key(figure), {}
        mapped, role = self.indicators[figure.indicator], self.role
        period = self.period(figure)
        if period is not None and self.structure.time is not None:
            texts[self.structure.time.id] = period.text
            if period.detail:
                texts[role["period"]] = period.detail
        held = reasons(figure, self.plan, period=period.text if period else "")
        code, coded, untold = status_of(held)
        self.reasons.setdefault(code, {}).update(dict.fromkeys(coded))
        said = comment(figure, untold, factor=mapped.factor, synthetic=self.plan.synthetic, coded=coded)
        own = self.sdmx.own.get(figure.indicator, {})
        told = self._told(status=code, nature=_nature(figure, self.plan.initiative.kind, held), comment=said)
        texts |= {name: text for name, text in told.items() if name not in own}
        if shown(figure):
            for name, number in zip(self.measured, (figure.value, *bounds(figure)), strict=True):
                if name and number is not None and math.isfinite(number):
                    written = f"{number * mapped.factor:.15g}"
                    if name in self.numbers:
                        numbers[name] = float(written)
                    else:  # national structures leave the type of the bounds open
                        texts[name] = written
        for name in [each for each in texts if each in self.numbers]:
            numbers[name] = float(texts.pop(name))
        for name in [each for each in texts if each in self.free]:
            texts[name] = plain(texts[name])
        return Observation(texts, numbers, figure.figure_id)

    def _told(self, **attributes: str) -> dict[str, str]:
        """The attributes that the structure has, but those that the study sets for all observations."""
        return {
            self.role[name]: text
            for name, text in attributes.items()
            if text and name in self.role and self.role[name] not in self.sdmx.constants
        }


def _at_one_period(figures: Sequence[Estimate], writing: _Writing) -> tuple[list[Estimate], list[str]]:
    """Leave out a figure over several periods whose middle one has a figure of the same indicator."""
    periods = [writing.period(figure) for figure in figures]
    wide = {one.indicator for one, period in zip(figures, periods, strict=True) if period and period.detail}
    if not wide:
        return list(figures), []
    exact: set[tuple[str, ...]] = set()
    keys: dict[int, tuple[str, ...]] = {}
    for number, (figure, period) in enumerate(zip(figures, periods, strict=True)):
        if figure.indicator in wide and period:
            key = (figure.indicator, *writing.key(figure).values(), period.text)
            if period.detail:
                keys[number] = key
            else:
                exact.add(key)
    doubled = {number for number, key in keys.items() if key in exact}
    kept = [one for number, one in enumerate(figures) if number not in doubled]
    return kept, [figures[number].figure_id for number in sorted(doubled)]


_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@cache
def plain(text: str) -> str:
    """Return a text on one line without signs that XML cannot hold, so that it is the same in every format."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


_period = cache(lambda text, frequency, detailed: period_of(text, frequency=frequency, detailed=detailed))


def _nature(figure: Estimate, kind: str, held: tuple[str, ...]) -> str:
    """C of an office that counted, M where a model made the figure, else E; nothing for a figure without a number."""
    if not shown(figure):
        return ""
    if kind == OFFICE and "counted" in held:
        return "C"
    return "M" if "model" in figure.method.casefold() else "E"


def _no_series(release: Release, structure: DataStructure) -> Exception:
    names = [name for name in release.plan.indicators if not name.startswith("_")]
    numbers = {name: release.plan.indicators[name].sdg for name in names}
    series = roles(structure).get("series", "")
    codes = structure.codes(series) if series else {}
    name = next((one for one in names if numbers[one]), names[0] if names else "INDICATOR")
    own = {code: codes.get(code, "") for code, held in structure.indicators.items() if numbers.get(name, "?") in held}
    return refusal(
        f"No indicator of the study names its series, so there is nothing to send as {structure.key}.",
        where=in_study("sdmx", "series"),
        expected=f"a series, for '{name}' for example {near('', own or codes)}",
        action=f"write series: {{{name}: CODE}} if it is the same quantity; else leave 'sdmx' out of 'publish'",
    )


def reasons_in_words(code: str) -> str:
    """Return the title of a status, for the account."""
    listing = load("sdmx_obs_status")
    return listing[code].title if code in listing else code
