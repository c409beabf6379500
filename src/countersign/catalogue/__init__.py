"""What the field knows, as lists of entries with a source: one YAML file a list, one loader for all of them.

Rules, thresholds, code lists and criteria are data here, never constants in code, so that a deployer can see who set
them, when and why.
"""

from countersign.catalogue.asking import choices, questions, questions_of, scales, state_of, understand
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
from countersign.catalogue.parts import Fix, Metric, Must
from countersign.catalogue.questions import Question, Scale
from countersign.catalogue.words import Words, languages, words

__all__ = [
    "Claim",
    "CodeList",
    "Criterion",
    "Entry",
    "Fix",
    "Indicator",
    "Listing",
    "Metric",
    "Must",
    "Question",
    "Rung",
    "Scale",
    "Status",
    "Step",
    "Threshold",
    "Use",
    "Words",
    "available",
    "changed_limits",
    "check_change",
    "choices",
    "claims",
    "code_list",
    "criteria",
    "indicator",
    "languages",
    "load",
    "questions",
    "questions_of",
    "scales",
    "state_of",
    "threshold",
    "understand",
    "uses",
    "words",
]
