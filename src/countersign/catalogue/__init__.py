"""What the field knows, as lists of entries with a source: one YAML file a list, one loader for all of them.

Rules, thresholds, code lists and criteria are data here, never constants in code, so that a deployer can see who set
them, when and why.
"""

from countersign.catalogue.entries import (
    Claim,
    CodeList,
    Criterion,
    Entry,
    Indicator,
    Listing,
    Must,
    Rung,
    Status,
    Step,
    Threshold,
    Use,
)
from countersign.catalogue.loading import (
    available,
    claims,
    code_list,
    criteria,
    indicator,
    load,
    threshold,
    uses,
)

__all__ = [
    "Claim",
    "CodeList",
    "Criterion",
    "Entry",
    "Indicator",
    "Listing",
    "Must",
    "Rung",
    "Status",
    "Step",
    "Threshold",
    "Use",
    "available",
    "claims",
    "code_list",
    "criteria",
    "indicator",
    "load",
    "threshold",
    "uses",
]
