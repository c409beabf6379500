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
    Rung,
    Status,
    Step,
    Threshold,
    Use,
)
from countersign.catalogue.limits import changed_limits, check_change, threshold, uses
from countersign.catalogue.loading import (
    available,
    claims,
    code_list,
    criteria,
    indicator,
    load,
)
from countersign.catalogue.parts import Metric, Must

__all__ = [
    "Claim",
    "CodeList",
    "Criterion",
    "Entry",
    "Indicator",
    "Listing",
    "Metric",
    "Must",
    "Rung",
    "Status",
    "Step",
    "Threshold",
    "Use",
    "available",
    "changed_limits",
    "check_change",
    "claims",
    "code_list",
    "criteria",
    "indicator",
    "load",
    "threshold",
    "uses",
]
