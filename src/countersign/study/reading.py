"""study.yaml -> Plan: the checked file as typed nouns, with the line of every key kept for later messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from countersign.catalogue import uses
from countersign.errors import StudyError, nearest
from countersign.model.dataset import is_house_name
from countersign.model.plan import (
    PUBLISHED,
    BenchmarkPlan,
    CheckPlan,
    GatePlan,
    IndicatorPlan,
    Initiative,
    Plan,
    Population,
    ScalePlan,
    Settings,
    Source,
    UncertaintyPlan,
    WholePlan,
)
from countersign.study.calendar_plan import read_calendar
from countersign.study.document import Document
from countersign.study.output_plan import check_open_sdg, read_open_sdg, read_record, read_sdmx
from countersign.study.process_plan import (
    read_day,
    read_form,
    read_gold,
    read_limits,
    read_official,
    read_places,
    read_process,
    read_repeats,
)
from countersign.study.protection_plan import read_protection
from countersign.study.schema import check_schema
from countersign.study.study_file import open_document
from countersign.study.trust_plan import read_consent, read_signatures
from countersign.study.weighting_plan import read_weighting

STATISTICS = ("mean", "proportion", "total", "ratio", "median", "quantile", "distribution")
_USE = re.compile(r"\s*[uU]\s*\d+\s*")
_OPTIONS = ("delimiter", "encoding", "decimal", "thousands", "sheet", "skip", "footer", "repair_names", "tables")


@dataclass(frozen=True)
class StudyFile:
    """A study file: where it is, what it says, and on which lines."""

    path: Path
    document: Document
    plan: Plan

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self.path.parent


def read_study(path: Path) -> StudyFile:
    """Read a study folder or study file: ``study.yaml``, or the workbook ``study.xlsx`` that says the same.

    Raises
    ------
    StudyError: see `open_document`, `check_schema`, `read_plan`.
    """
    file, document = open_document(path)
    check_schema(document)
    return StudyFile(path=file, document=document, plan=read_plan(document))


def read_plan(document: Document) -> Plan:
    """Turn a checked document into a Plan; names that must exist elsewhere in the file are looked up.

    Raises
    ------
    StudyError: a benchmark or data source is named that the file does not define; an indicator without exactly one
        statistic.
    """
    values = document.values
    for section in ("data", "benchmark", "official"):
        for name, spec in (values.get(section) or {}).items():
            _usable(document, section, name, spec)
    benchmarks = {name: _benchmark(name, spec) for name, spec in (values.get("benchmark") or {}).items()}
    data = {name: _source(name, spec) for name, spec in values["data"].items()}
    plan = Plan(
        title=_text(values["title"]),
        summary=_text(values.get("summary")),
        synthetic=bool(values.get("synthetic", False)),
        initiative=_initiative(values.get("initiative") or {}, document),
        population=_population(values.get("population") or {}),
        use=values.get("use", "U4"),
        data=data,
        benchmarks=benchmarks,
        weighting=read_weighting(values.get("weights"), document),
        indicators={name: _indicator(name, spec, document) for name, spec in values["indicators"].items()},
        compare=_compare(values.get("compare")),
        uncertainty=_uncertainty(values.get("uncertainty") or {}),
        checks=tuple(_check(item) for item in values.get("checks") or ()),
        truth=values.get("truth", ""),
        protection=read_protection(values.get("protection"), document, data.values()),
        publish=tuple(values.get("publish", PUBLISHED)),
        form=read_form(values.get("form")),
        process=read_process(values.get("process") or {}, document),
        repeats=read_repeats(values.get("repeats")),
        gold=read_gold(values.get("gold")),
        places=read_places(values.get("places")),
        official={
            name: read_official(name, spec, document, source=_source)
            for name, spec in (values.get("official") or {}).items()
        },
        answers=() if values.get("answers") == "?" else _names(values.get("answers")),
        limits=read_limits(values.get("limits"), document),
        sdmx=read_sdmx(values.get("sdmx"), document),
        open_sdg=read_open_sdg(values.get("open_sdg")),
        calendar=read_calendar(values.get("calendar"), document),
        record=read_record(values.get("record"), document),
        signing=read_signatures(values.get("signatures"), document),
        consent=read_consent(values.get("consent"), document),
        agreements=tuple(values.get("agreements") or ()),
        settings=Settings(**(values.get("settings") or {})),
    )
    _all_known(plan, document)
    check_open_sdg(plan, document)
    return plan


def _all_known(plan: Plan, document: Document) -> None:
    """Refuse a name that the file uses but does not define."""
    data, benchmarks = plan.data, plan.benchmarks
    if plan.weighting:
        _known(plan.weighting.benchmark, benchmarks, document, ("weights", plan.weighting.method), "benchmark")
    if plan.uncertainty.reference:
        _known(plan.uncertainty.reference, benchmarks, document, ("uncertainty", "reference"), "benchmark")
    if plan.compare:
        _known(plan.compare[0], benchmarks, document, ("compare", "benchmark"), "benchmark")
    for name, indicator in plan.indicators.items():
        if indicator.data:
            _known(indicator.data, data, document, ("indicators", name, "data"), "data")
    for section, items in (("repeats", plan.repeats), ("gold", plan.gold)):
        for number, item in enumerate(items):
            for key in ("data", "second", "gold"):
                if named := getattr(item, key, ""):
                    _known(named, data, document, (section, number, key), "data")
    if plan.form:
        for number, one in enumerate(plan.process.rounds):
            if one.form:
                _known(one.form, plan.form.files, document, ("process", "rounds", number, "form"), "form: files")
    if plan.places:
        if plan.places.frame:
            _known(plan.places.frame, data, document, ("places", "frame"), "data")
        if plan.places.data:
            _known(plan.places.data, data, document, ("places", "data"), "data")
    for name, official in plan.official.items():
        if official.indicator:
            _known(official.indicator, plan.indicators, document, ("official", name, "indicator"), "indicators")


def _usable(document: Document, section: str, name: str, spec: Mapping[str, Any]) -> None:
    """Refuse names that the house needs itself, or that cannot name a file or a column."""
    if any(sign in name for sign in "/\\:\n") or name.startswith("."):
        raise StudyError(
            f"'{name}' cannot be the name of a file.",
            where=document.where(section, name),
            expected="a name of letters, numbers, '-' and '_'",
            action="choose another name; where the data are is said by 'file:'",
        )
    for scale, rule in (spec.get("scales") or {}).items():
        if ("yes" in rule) == ("cut" in rule):
            raise StudyError(
                f"The scale '{scale}' says {'twice' if 'yes' in rule else 'nowhere'} which answers count.",
                where=document.where(section, name, "scales", scale),
                expected="exactly one of yes, cut, for example 'yes: 1' or 'cut: 3'",
                action="keep 'yes' for codes, 'cut' for numbers in order",
            )
    for key in ("variables", "derive"):
        for variable in spec.get(key) or {}:
            # G1..G999 under 'variables' describes a whole family of columns; each has a name of its own.
            first, dots, last = variable.partition("..") if key == "variables" else (variable, "", "")
            if is_house_name(variable) or any(sign in first + last for sign in '."') or (dots and not last):
                raise StudyError(
                    f"'{variable}' cannot be the name of a variable.",
                    where=document.where(section, name, key, variable),
                    expected="a name without dots and quotation marks, and none such as _row, which is taken",
                    action=f"choose another name; the name in the file stays: {{column: {json.dumps(variable)}}}",
                )


def _known(name: str, known: Mapping[str, Any], document: Document, place: tuple[str | int, ...], section: str) -> None:
    if name not in known:
        raise StudyError(
            f"'{name}' is not defined under '{section}'. {nearest(name, known)}".strip(),
            where=document.where(*place),
            expected=f"one of the names under '{section}': {', '.join(known) or 'there is none yet'}",
            action=f"correct the name, or add '{name}' under '{section}'",
        )


def _text(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    return dict(value) if isinstance(value, dict) else {"en": str(value)}


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _answered(value: Any) -> str:
    """An open question (``?``) counts as no answer."""
    return "" if value in (None, "?") else str(value)


def _initiative(spec: Mapping[str, Any], document: Document) -> Initiative:
    organiser = spec.get("organiser") or {}
    if isinstance(organiser, str):
        organiser = {"name": organiser}
    participation = dict(spec.get("participation") or {})
    scored_by = tuple(participation.pop("scored_by", ()))
    permitted = () if spec.get("permitted_uses") == "?" else _names(spec.get("permitted_uses"))
    for number, use in enumerate(permitted):
        # A use that is not known would be no limit at all.
        if _USE.fullmatch(use) and use not in uses().ids:
            raise StudyError(
                f"There is no use '{use}'. {nearest(use.upper(), uses().ids)}".strip(),
                where=document.where("initiative", "permitted_uses", number),
                expected=", ".join(uses().ids) + ", or a use in words",
                action="correct it: figures may not be used further than it says",
            )
    return Initiative(
        organiser=_answered(organiser.get("name")),
        kind=_answered(organiser.get("kind")),
        participation=participation,
        scored_by=scored_by,
        selection=_answered(spec.get("selection")) or "opportunistic",
        permitted_uses=permitted,
        expires=read_day(_answered(spec.get("expires")), document, "initiative", "expires"),
        **{
            name: _answered(spec.get(name))
            for name in ("funder", "contact", "level", "consent", "licence", "steward", "protocol")
        },
    )


def _population(spec: Mapping[str, Any]) -> Population:
    period = spec.get("period")
    if isinstance(period, dict):
        start, end = str(period["from"]), str(period["to"])
    else:
        start = end = _answered(period)
    who, area, code = (_answered(spec.get(name)) for name in ("who", "area", "area_code"))
    size = float(spec.get("size") or 0) if spec.get("size") != "?" else 0.0
    groups = {name: _names(value) for name, value in (spec.get("groups") or {}).items()}
    return Population(who=who, area=area, area_code=code, start=start, end=end, size=size, groups=groups)


def _missing(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {str(code): str(reason) for code, reason in value.items()}
    return {str(code): "missing" for code in value}


def _source(name: str, spec: Mapping[str, Any]) -> Source:
    variables: dict[str, dict[str, Any]] = {
        key: {"column": item} if isinstance(item, str) else dict(item)
        for key, item in (spec.get("variables") or {}).items()
    }
    for described in variables.values():
        if "label" in described:
            described["label"] = _text(described["label"])
    keep = [{"rule": item} if not isinstance(item, dict) else item for item in spec.get("keep") or ()]
    return Source(
        name=name,
        file=spec["file"],
        format=spec.get("format", ""),
        unit=spec.get("unit", "record"),
        obtain=spec.get("obtain", ""),
        options={key: spec[key] for key in _OPTIONS if key in spec} | dict(spec.get("options") or {}),
        variables=variables,
        derive={key: str(item) for key, item in (spec.get("derive") or {}).items()},
        labels={key: _text(item) for key, item in (spec.get("labels") or {}).items()},
        missing=_missing(spec.get("missing")),
        roles={role: _names(columns) for role, columns in (spec.get("roles") or {}).items() if columns != "?"},
        answers=_names(spec.get("answers")),
        keep=tuple(GatePlan(rule=str(g["rule"]), name=g.get("name", ""), why=g.get("why", "")) for g in keep),
        unique=tuple(tuple(group) for group in spec.get("unique") or ()),
        optional=bool(spec.get("optional", False)),
        imputed=dict(spec.get("imputed") or {}),
        wholes=tuple(
            WholePlan(**{**one, "parts": tuple(one["parts"]), "by": _names(one.get("by"))})
            for one in spec.get("wholes") or ()
        ),
        scales=tuple(_scale(key, one) for key, one in (spec.get("scales") or {}).items()),
    )


def _scale(name: str, spec: Mapping[str, Any]) -> ScalePlan:
    yes = spec.get("yes", ())
    codes = tuple(str(code).lower() if isinstance(code, bool) else str(code) for code in _several(yes))
    return ScalePlan(name=name, items=_names(spec["items"]), yes=codes, cut=spec.get("cut"))


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _benchmark(name: str, spec: Mapping[str, Any]) -> BenchmarkPlan:
    return BenchmarkPlan(
        source=_source(name, spec),
        kind=spec.get("kind", "published-tables" if spec.get("format") == "published-tables" else "margins"),
        citation=spec.get("source", ""),
        year=str(spec.get("year", "")),
        weight=spec.get("weight", ""),
        count=spec.get("count", "count"),
    )


def _compare(spec: Mapping[str, Any] | None) -> tuple[str, tuple[str, ...]] | None:
    return (spec["benchmark"], tuple(spec["items"])) if spec else None


def _uncertainty(spec: Mapping[str, Any]) -> UncertaintyPlan:
    total = spec.get("total_error", True)
    default = UncertaintyPlan()
    return UncertaintyPlan(
        fan=bool(spec.get("fan", True)),
        reference=spec.get("reference", ""),
        on=tuple(_names(item) for item in spec.get("on") or ()),
        phi=tuple(sorted(float(phi) for phi in spec.get("phi", default.phi))),
        up_to=float(spec.get("up_to", default.up_to)),
        total_error=bool(total),
        level=float(total.get("level", default.level)) if isinstance(total, dict) else default.level,
    )


def _check(item: Any) -> CheckPlan:
    if not isinstance(item, dict):
        return CheckPlan(rule=str(item))
    return CheckPlan(
        rule=str(item["rule"]),
        name=item.get("name", ""),
        why=item.get("why", ""),
        criterion=item.get("criterion", "E9"),
    )


def _threshold(name: str, statistic: str, threshold: float, *, where: str) -> None:
    """Refuse a threshold that a figure can never cross, or of a statistic for which it cannot be told."""
    if statistic not in ("mean", "proportion", "distribution"):
        raise StudyError(
            f"'{name}' is a {statistic}; what it takes to cross a threshold is told for means and shares.",
            where=where,
            expected="a threshold under a mean, a proportion or a distribution",
            action="remove it, or ask for a share: 'proportion: income < 100'",
        )
    if statistic != "mean" and not 0 < threshold < 1:
        raise StudyError(
            f"A share never crosses {threshold:g}.",
            where=where,
            expected="a threshold between 0 and 1",
            action="give it as a share, such as 0.05 for 5 %",
        )


def _indicator(name: str, spec: Mapping[str, Any], document: Document) -> IndicatorPlan:
    place = ("indicators", name)
    found = [key for key in STATISTICS if key in spec]
    if len(found) != 1:
        raise StudyError(
            f"The indicator '{name}' names {'no' if not found else 'more than one'} statistic.",
            where=document.where(*place),
            expected="exactly one of " + ", ".join(STATISTICS) + ", for example 'proportion: age >= 18'",
            action="keep one of them",
        )
    statistic = found[0]
    body = spec[statistic]
    threshold = None if spec.get("threshold") is None else float(spec["threshold"])
    if threshold is not None:
        _threshold(name, statistic, threshold, where=document.where(*place, "threshold"))
    by = tuple(_names(item) for item in cast("Sequence[Any]", spec.get("by") or ()))
    sdg = spec.get("sdg") or {}
    return IndicatorPlan(
        name=name,
        statistic=cast("Any", "quantile" if statistic == "median" else statistic),
        numerator=str(body["numerator"] if statistic == "ratio" else body),
        denominator=str(body["denominator"]) if statistic == "ratio" else "",
        q=0.5 if statistic == "median" else float(spec.get("q", 0.5)),
        title=_text(spec.get("title")),
        unit=spec.get("unit", ""),
        sdg=sdg.get("indicator", ""),
        series=sdg.get("series", ""),
        where=str(spec.get("where", "")),
        by=tuple(dict.fromkeys(((), *by))),
        interval=spec.get("interval", ""),
        if_empty=spec.get("if_empty", "refuse"),
        time=str(spec.get("time", "")),
        data=spec.get("data", ""),
        threshold=threshold,
        claims=tuple(spec.get("claims") or ()),
    )
