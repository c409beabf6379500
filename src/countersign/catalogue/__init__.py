"""What the field knows, as lists of entries with a source: one YAML file a list, one loader for all of them.

Rules, thresholds, code lists and criteria are data here, never constants in code, so that a deployer can see who set
them, when and why.
"""

from countersign.catalogue.asking import choices, questions, questions_of, scales, state_of, understand
from countersign.catalogue.breakdown import Dimension, Group, Needed, Requirement
from countersign.catalogue.deciding import decision_tree, read_tree
from countersign.catalogue.decision import Branch, Node, Path, Tree, walk
from countersign.catalogue.disaggregating import (
    dimensions,
    disaggregation,
    propose_keys,
    recognise,
    vulnerable_groups,
)
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
    bank,
    claims,
    code_list,
    criteria,
    indicator,
    load,
    maturity,
    protection_limit,
)
from countersign.catalogue.organisation import Level, Part, next_steps, weakest
from countersign.catalogue.parts import Fix, Metric, Must
from countersign.catalogue.question import Question, Scale
from countersign.catalogue.question_sets import BankItem, BankSet, Wording
from countersign.catalogue.row_kinds import PEOPLE, is_of
from countersign.catalogue.speaking import Words, languages, words
from countersign.catalogue.viewing import arrange, read_view, view, views
from countersign.catalogue.wording import digest_of, digest_of_options, normalised

__all__ = [
    "PEOPLE",
    "Arrangement",
    "BankItem",
    "BankSet",
    "Branch",
    "Claim",
    "CodeList",
    "Criterion",
    "Dimension",
    "Entry",
    "Fix",
    "Group",
    "Indicator",
    "Level",
    "Listing",
    "Metric",
    "Must",
    "Needed",
    "Node",
    "Part",
    "Path",
    "Question",
    "Requirement",
    "Rung",
    "Scale",
    "Status",
    "Step",
    "Threshold",
    "Tree",
    "Use",
    "View",
    "ViewItem",
    "Wording",
    "Words",
    "arrange",
    "available",
    "bank",
    "changed_limits",
    "check_change",
    "choices",
    "claims",
    "code_list",
    "criteria",
    "decision_tree",
    "digest_of",
    "digest_of_options",
    "dimensions",
    "disaggregation",
    "indicator",
    "is_of",
    "languages",
    "load",
    "maturity",
    "next_steps",
    "normalised",
    "propose_keys",
    "protection_limit",
    "questions",
    "questions_of",
    "read_tree",
    "read_view",
    "recognise",
    "scales",
    "state_of",
    "threshold",
    "understand",
    "uses",
    "view",
    "views",
    "vulnerable_groups",
    "walk",
    "weakest",
    "words",
]
