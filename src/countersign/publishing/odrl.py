"""DataAgreement -> ODRL 2.2 (W3C Recommendation, 2018): what is permitted, prohibited and owed, as JSON-LD.

The context stands in the file itself, so that nobody has to fetch anything to read it.
"""

from __future__ import annotations

import json
from typing import Any

from countersign.model.data_agreement import DataAgreement

ODRL, XSD, PURPOSE = "http://www.w3.org/ns/odrl/2/", "http://www.w3.org/2001/XMLSchema#", "urn:countersign:purpose:"
CONTEXT: dict[str, Any] = {
    "odrl": ODRL, "xsd": XSD, "dct": "http://purl.org/dc/terms/", "uid": "@id", "type": "@type",
    "permission": {"@id": "odrl:permission", "@container": "@set"},
    "prohibition": {"@id": "odrl:prohibition", "@container": "@set"},
    "obligation": {"@id": "odrl:obligation", "@container": "@set"},
    "duty": {"@id": "odrl:duty", "@container": "@set"},
    "constraint": {"@id": "odrl:constraint", "@container": "@set"},
    **{name: {"@id": f"odrl:{name}", "@type": "@id"} for name in (
        "target", "assigner", "assignee", "action", "leftOperand", "operator", "unit", "attributedParty", "profile")},
    "rightOperand": {"@id": "odrl:rightOperand"}, "title": {"@id": "dct:title", "@container": "@language"},
    "description": "dct:description",
}  # fmt: skip
OWN = "urn:countersign:action:"
"""Actions that ODRL has no word for."""


def as_odrl(agreement: DataAgreement, *, digest: str) -> dict[str, Any]:
    """Return the agreement as an ODRL Agreement.

    Parameters
    ----------
    digest: SHA-256 of the file of terms; it names the policy.
    """
    base = f"urn:countersign:agreement:{digest}"
    sides = {"assigner": f"{base}:party:{agreement.gives}", "assignee": f"{base}:party:{agreement.receives}"}
    back = {"assigner": sides["assignee"], "assignee": sides["assigner"]}
    rules: dict[str, list[dict[str, Any]]] = {"permission": [], "prohibition": [], "obligation": []}
    for name, what in agreement.datasets.items():
        target = {"uid": f"{base}:dataset:{name}", "type": "odrl:Asset", "description": what}
        within = [
            _constraint("purpose", "isAnyOf", [{"@id": PURPOSE + one} for one in agreement.purposes]),
            _date("gteq", agreement.starts),
            _date("lteq", agreement.expires),
        ]
        if agreement.persons:
            keys = [{"@id": f"urn:countersign:key:{one.key}"} for one in agreement.persons]
            within.append(_constraint("recipient", "isAnyOf", keys))
        duties: list[dict[str, Any]] = []
        if agreement.credit:
            duties.append({"type": "odrl:Duty", "action": "odrl:attribute", "description": agreement.credit,
                           "attributedParty": sides["assigner"]})  # fmt: skip
        if agreement.review_days:
            duties.append(_duty("odrl:reviewPolicy", agreement.review_days, "D", "The giver sees results first."))
        permission = {"type": "odrl:Permission", "target": target, "action": "odrl:use", **sides, "constraint": within}
        rules["permission"].append({**permission, **({"duty": duties} if duties else {})})
        asset = target["uid"]
        rules["prohibition"].append(
            {"type": "odrl:Prohibition", "target": asset, "action": f"{OWN}reidentify", **sides}
        )
        if agreement.statistical_use_only:
            other = _constraint("purpose", "isNoneOf", [{"@id": PURPOSE + one} for one in agreement.purposes])
            rules["prohibition"].append(
                {"type": "odrl:Prohibition", "target": asset, "action": "odrl:use", **sides, "constraint": [other],
                 "description": "Exclusively statistical use: no administrative and no police use."}
            )  # fmt: skip
        end = "odrl:delete" if agreement.deletion == "destroy" else f"{OWN}return"
        rules["obligation"].append(
            {"type": "odrl:Duty", "target": asset, "action": end, **sides,
             "constraint": [_date("lteq", agreement.delete_by)]}
        )  # fmt: skip
        rules["obligation"].append(
            {"type": "odrl:Duty", "target": asset, **sides, "action": "odrl:inform",
             "constraint": [_constraint("elapsedTime", "lteq", _value(f"PT{agreement.breach_hours}H", "duration"))],
             "description": "The other side is told of a breach."}
        )  # fmt: skip
        if agreement.dissent:
            rules["permission"].append(
                {"type": "odrl:Permission", "target": asset, "action": f"{OWN}dissent", **back,
                 "description": "The giver may publish a statement of its own beside the results."}
            )  # fmt: skip
    return {
        "@context": CONTEXT,
        "uid": base,
        "type": "odrl:Agreement",
        "profile": "urn:countersign:odrl-profile:1",
        "title": dict(agreement.title),
        **{kind: found for kind, found in rules.items() if found},
    }


def odrl_text(agreement: DataAgreement, *, digest: str) -> str:
    """Return the policy as indented JSON-LD."""
    return json.dumps(as_odrl(agreement, digest=digest), ensure_ascii=False, indent=2) + "\n"


def _constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"type": "odrl:Constraint", "leftOperand": f"odrl:{left}", "operator": f"odrl:{operator}",
            "rightOperand": right}  # fmt: skip


def _value(text: str, kind: str) -> dict[str, str]:
    return {"@value": text, "@type": f"xsd:{kind}"}


def _date(operator: str, day: str) -> dict[str, Any]:
    return _constraint("dateTime", operator, _value(day, "date"))


def _duty(action: str, number: int, unit: str, why: str) -> dict[str, Any]:
    span = _constraint("delayPeriod", "gteq", _value(f"P{number}{unit}", "duration"))
    return {"type": "odrl:Duty", "action": action, "constraint": [span], "description": why}
