"""The self-selected survey of `release_samples`, with where the truth may lie: ranges, fan, experience, lights."""

# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

from release_samples import SECRET, survey

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.experience import Experience, Foreseen
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.finding import Finding, State
from countersign.model.release import Release
from countersign.model.sensitivity import Selected, SelectionRange, Tipping
from countersign.model.support import Support
from countersign.model.total_error import Checked, TotalError

SAMPLING, METHODS, TOTAL_ERROR, SELECTION = PartKind


def fan(value: float, lower: float, upper: float, *, raw: float, better: float | None = None) -> Fan:
    members = [
        Alternative("unweighted", raw, 0.007, raw - 0.01, raw + 0.01, "those who took part are like everybody"),
        Alternative("raking", value, 0.0145, lower, upper, "alike within groups", chosen=True),
        Alternative("mass imputation", value + 0.01, 0.012, value - 0.02, value + 0.04, "a linear model of the answer"),
        Alternative("doubly robust", None, None, None, None, "one of two models", reason="needs a reference sample"),
    ]
    if better is not None:
        members.append(Alternative("corrected by checked questions", better, 0.03, 0.30, 0.52, "errors go along"))
    return Fan(tuple(members))


def selection(*values: float) -> SelectionRange:
    parts = tuple(Selected(phi, 0.571 - value, value) for phi, value in zip((0.0, 0.5, 1.0), values, strict=True))
    return SelectionRange("MUBP", 0.571, 0.42, 0.0, parts)


def with_range(one: Estimate) -> Estimate:
    """Give a figure of the survey what the study would give it."""
    if one.status is Status.SUPPRESSED:  # as if protection had forgotten everything but the status
        parts = (Part(SAMPLING, SECRET, SECRET, ""), Part(METHODS, SECRET, SECRET, ""))
        tipping = Tipping(SECRET, SECRET, SECRET, SECRET, SECRET, SECRET, SECRET)
        return replace(
            one,
            fan=fan(SECRET, SECRET, SECRET, raw=SECRET),
            plausible=PlausibleRange(parts),
            selection=selection(SECRET, SECRET, SECRET),
            tipping=tipping,
        )
    if one.value is None or one.lower is None or one.upper is None:
        return one
    chance = Part(SAMPLING, one.lower, one.upper, "chance")
    if one.figure_id == "water":
        parts = (
            chance,
            Part(METHODS, 0.39, 0.571, "method"),
            Part(TOTAL_ERROR, 0.3012, 0.5234, "experience"),
            Part(SELECTION, 0.3512, 0.44, "selection"),
        )
        return replace(
            one,
            fan=fan(0.4413, one.lower, one.upper, raw=0.571, better=0.39),
            plausible=PlausibleRange(parts),
            selection=selection(0.44, 0.3512, 0.1234),
            tipping=Tipping(0.5, 0.4413, 0.002, 0.01, 1.74, None, 1.62),
        )
    if one.indicator == "minutes":
        parts = (chance, Part(METHODS, 19.2, 28.0, "method"))
        return replace(one, plausible=PlausibleRange(parts))
    if one.indicator == "disability":
        return replace(one, plausible=PlausibleRange((chance,)))
    if one.domain.get("sex") == "female" and len(one.domain) == 1:
        return replace(one, plausible=PlausibleRange((chance, Part(TOTAL_ERROR, 0.2111, 0.6222, "experience"))))
    return one


def checked(items: int, *, corrected: bool) -> TotalError:
    """Questions with a truth of 0.3; the last is far off. The interval of the last does not hold it."""
    found = []
    for place in range(items):
        off = 0.4 if place == items - 1 else 0.02
        value = 0.3 + (off / 2 if corrected else off)
        bounds = (value - 0.1, value + 0.1) if items >= 10 else (None, None)
        found.append(Checked(f"item_{place}", "yes", value, 0.3, 0.5, 0.015, 900, "", *bounds))
    return TotalError(tuple(found), level=0.9, minimum=10)


def experience(items: int = 12) -> Experience:
    if items < 10:
        return Experience(checked(items, corrected=True), checked(items, corrected=False))
    return Experience(
        checked(items, corrected=True),
        checked(items, corrected=False),
        (
            Foreseen("water", 0.3012, 0.5234, items, 0.39, 0.03),
            Foreseen("water:sex=female", 0.2111, 0.6222, items),
            Foreseen("water:sex=other", SECRET, SECRET, items, SECRET, SECRET),
        ),
    )


def lights() -> tuple[Finding, ...]:
    def limits(name: str) -> dict[str, object]:
        return threshold(name).record()

    states = {"method_spread": "pass", "proxy_strength": "warn", "break_even": "warn"}
    return (
        Finding("E1", State.WARN, "empty_cells", "m", value=0.0312, unit="share", threshold=limits("empty_cells")),
        Finding("E1", State.PASS, "balance", "m", value=0.02, threshold=limits("asmd")),
        Finding("E2", State.WARN, "weights", "m", value=2.345, unit="ratio", threshold=limits("design_effect")),
        Finding("E2", State.PASS, "precision", "m", subject="water", value=0.033, unit="ratio", evidence={"effective_n": 2941.0, "states": {"cv": "pass", "effective_n": "pass"}}, threshold={name: limits(name) for name in ("cv", "effective_n")}),
        Finding("E2", State.FAIL, "precision", "m", subject="disability", value=0.41, unit="ratio", evidence={"effective_n": 2941.0, "states": {"cv": "fail", "effective_n": "pass"}}, threshold={name: limits(name) for name in ("cv", "effective_n")}),
        Finding("E3", State.FAIL, "residual_bias", "m", value=7.744, threshold=limits("mean_absolute_bias")),
        Finding("E12", State.WARN, "sensitivity", "m", subject="water", value=0.71, evidence={"states": states, "tipping": {"ratio": 1.74}}, threshold={name: limits(name) for name in states}),
    )  # fmt: skip


def ranged(*, items: int = 12) -> Release:
    """The survey, with where the truth may lie."""
    release = survey()
    table = replace(release.estimates, estimates=tuple(with_range(one) for one in release.estimates))
    return replace(
        release,
        estimates=table,
        experience=experience(items),
        support=Support("sex x area", 0.01, 0.0312, 5),
        findings=(*(one for one in release.findings if one.check != "sensitivity"), *lights()),
    )


def bare(release: Release) -> Release:
    """The same figures without anything beside them, as of a sample drawn by chance."""
    figures = tuple(replace(one, fan=None, plausible=None, selection=None, tipping=None) for one in release.estimates)
    return replace(
        release,
        estimates=EstimateTable(figures, title=release.estimates.title, synthetic=release.estimates.synthetic),
        data=tuple(replace(note, selection="probability") for note in release.data),
        experience=Experience(reason="Units were drawn by chance, or all of them were counted."),
        support=None,
    )
