"""Estimate -> observation status: all reasons that hold, and the code of the first in the order of the catalogue."""

from __future__ import annotations

from functools import cache

from countersign.catalogue import load
from countersign.model.estimate import Estimate, Status
from countersign.model.plan import Plan
from countersign.model.sdmx_plan import SdmxPlan

OFFICE = "nso"  # of the lists `organisers` and `signing_roles`
COUNTED = "enumeration"  # of the list `selections`
ABSENT = {
    Status.SUPPRESSED: "suppressed",
    Status.NOT_ASKED: "not_asked",
    Status.NO_DATA: "no_data",
    Status.TOO_FEW: "too_few",
    Status.REFUSED: "refused",
}


def shown(figure: Estimate) -> bool:
    """Return whether a figure may be given as a number: the state decides, whatever else the figure still holds."""
    return figure.status not in ABSENT and figure.value is not None


def reasons(figure: Estimate, plan: Plan, *, period: str = "") -> tuple[str, ...]:
    """Return every reason that holds for a figure, by its id in the list ``sdmx_status_reasons``.

    A figure without a number has one reason alone: why it has none. `period`: at which it stands.
    """
    if figure.status in ABSENT:
        return (ABSENT[figure.status],)
    sdmx = plan.sdmx or SdmxPlan()
    found = [str(figure.status)] if figure.status in (Status.UNRELIABLE, Status.CAUTION) else []
    if not sdmx.validated and plan.initiative.kind != OFFICE:
        asked = any(party.role == OFFICE for party in plan.signing.parties.values())
        found.append("not_signed" if asked else "not_validated")
    if period in sdmx.breaks.get(figure.indicator, ()):
        found.append("break")
    if sdmx.experimental:
        found.append("experimental")
    return (*found, "counted" if plan.initiative.selection == COUNTED else "estimated")


@cache
def status_of(held: tuple[str, ...]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the code of OBS_STATUS, the reasons that it tells, and those that it does not.

    The order of precedence is that of the list ``sdmx_obs_status``.
    """
    for entry in load("sdmx_obs_status"):
        told = tuple(one for one in held if one in entry["when"])
        if told:
            return entry.id, told, tuple(one for one in held if one not in told)
    return "", (), held
