"""What codes cannot say, in words: which interval the bounds are, how the figure was made, who stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import load
from countersign.model.estimate import Estimate, Status
from countersign.model.fan import PartKind
from countersign.model.plan import Plan
from countersign.model.release import Release
from countersign.model.sdmx_plan import SdmxPlan
from countersign.publishing.language import Words
from countersign.publishing.sdmx.statuses import shown

SYNTHETIC = "SYNTHETIC: made-up data."
TOLD = (Status.NOT_ASKED, Status.NO_DATA, Status.REFUSED)
"""States whose note says more than the state; a withheld figure carries the same words, whatever the reason."""

PARTS = {
    PartKind.SAMPLING: "chance",
    PartKind.METHODS: "other estimators",
    PartKind.TOTAL_ERROR: "how wrong such data were where it can be checked",
    PartKind.SELECTION: "stated selection",
}


def bounds(figure: Estimate) -> tuple[float | None, float | None]:
    """Return what goes into the bounds: the plausible range where it goes beyond chance, else the interval.

    A self-selected sample has no margin of error; its interval of chance alone must not stand where readers look for
    where the truth may lie.
    """
    whole = figure.plausible
    if whole is not None and whole.beyond_chance:
        return whole.lower, whole.upper
    return figure.lower, figure.upper


def comment(figure: Estimate, untold: Sequence[str], *, factor: float, synthetic: bool, coded: Sequence[str]) -> str:
    """Return the comment of an observation.

    Parameters
    ----------
    untold: reasons that the status does not tell. coded: those that it does. factor: that brings figures to the unit
    of the series.
    """
    reasons = load("sdmx_status_reasons")
    parts = [SYNTHETIC] if synthetic else []
    if not shown(figure):
        parts += [reasons[one].title for one in coded]
        if figure.note and figure.status in TOLD:
            parts.append(_sentence(figure.note[:1].upper() + figure.note[1:]))
        return " ".join(parts)
    level = f"{figure.level:.0%}".replace("%", " %")
    ends = f"{_number(figure.lower, factor)} to {_number(figure.upper, factor)}"
    whole = figure.plausible
    if whole is not None and whole.beyond_chance:
        held = ", ".join(dict.fromkeys(PARTS[part.kind] for part in whole.parts))
        parts.append(f"Bounds: plausible range, which holds {held}.")
        parts.append(f"By chance alone: {level} interval ({figure.convention}) {ends}.")
    else:
        parts.append(f"Bounds: {level} interval ({figure.convention}).")
    parts.append(f"Method: {figure.method}.")
    if figure.n:
        worth = figure.n_effective or figure.n
        effective = f", worth {worth:.0f} drawn at random" if round(worth) != figure.n else ""
        parts.append(f"Rests on {figure.n} answers or records{effective}.")
    parts += [reasons[one].title for one in (*coded, *untold) if one not in ("estimated", "counted")]
    return " ".join(parts)


def source_of(release: Release, words: Words) -> str:
    """Return the statement on where the figures come from: who collected, how units got in, who is to sign."""
    plan = release.plan
    initiative, population = plan.initiative, plan.population
    kinds = load("organisers")
    citizen = initiative.kind in kinds and bool(kinds[initiative.kind]["starts_with_citizens"])
    parts = [SYNTHETIC] if plan.synthetic else []
    parts.append(f"{'Citizen data' if citizen else 'Data'}: {words.pick(plan.title)}.")
    parts.append(f"Collected by: {initiative.organiser or 'not stated'}" + _kind(initiative.kind) + ".")
    selections = load("selections")
    if initiative.selection in selections:
        parts.append(f"How units got in: {_lower(selections[initiative.selection].title)}.")
    if release.weights is not None:
        against = f" to {release.weights.benchmark}" if release.weights.benchmark else ""
        parts.append(f"Weighted by {release.weights.method}{against}.")
    else:
        parts.append("Not weighted.")
    if population.who:
        parts.append(f"About: {_sentence(population.who)}")
    parts.append(_signed(plan))
    return " ".join(parts)


def _signed(plan: Plan) -> str:
    sdmx = plan.sdmx or SdmxPlan()
    parties = [f"{party.name} ({party.role})" for party in plan.signing.parties.values()]
    told = []
    if sdmx.validated:
        told.append(f"Validated, as the study states: {_sentence(sdmx.validated)}")
    if parties:
        told.append(f"Asked to sign: {', '.join(parties)}; the release shows who has.")
    return " ".join(told) or "Nobody is asked to sign."


def _kind(kind: str) -> str:
    kinds = load("organisers")
    return f" ({_lower(kinds[kind].title)})" if kind in kinds else ""


def _number(value: float | None, factor: float) -> str:
    return "" if value is None else f"{value * factor:.6g}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
