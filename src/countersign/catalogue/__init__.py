"""What the field knows, as lists of entries with a source: one YAML file a list, one loader for all of them.

Rules, thresholds, code lists and criteria are data here, never constants in code, so that a deployer can see who set
them, when and why.
"""

from countersign.catalogue.asking import choices, questions, questions_of, scales, state_of, understand
from countersign.catalogue.deciding import decision_tree, read_tree
from countersign.catalogue.decision import Branch, Node, Path, Tree, walk
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
from countersign.catalogue.framework import Arrangement, View, ViewItem
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
from countersign.catalogue.question import Question, Scale
from countersign.catalogue.speaking import Words, languages, words
from countersign.catalogue.viewing import arrange, read_view, view, views

__all__ = [
    "Arrangement",
    "Branch",
    "Claim",
    "CodeList",
    "Criterion",
    "Entry",
    "Fix",
    "Indicator",
    "Listing",
    "Metric",
    "Must",
    "Node",
    "Path",
    "Question",
    "Rung",
    "Scale",
    "Status",
    "Step",
    "Threshold",
    "Tree",
    "Use",
    "View",
    "ViewItem",
    "Words",
    "arrange",
    "available",
    "changed_limits",
    "check_change",
    "choices",
    "claims",
    "code_list",
    "criteria",
    "decision_tree",
    "indicator",
    "languages",
    "load",
    "questions",
    "questions_of",
    "read_tree",
    "read_view",
    "scales",
    "state_of",
    "threshold",
    "understand",
    "uses",
    "view",
    "views",
    "walk",
    "words",
]
