"""Labels: from what many people said about a thing to what it is, how sure that is, and shares that carry the doubt."""

from __future__ import annotations

from countersign.estimation.labels.aggregation import GoldCheck, Labelling, dawid_skene, majority
from countersign.estimation.labels.agreement import Agreement, agree
from countersign.estimation.labels.answers import Answers
from countersign.estimation.labels.gold import GoldMatrix, correct_shares
from countersign.estimation.labels.redundancy import Redundancy, plan_redundancy
from countersign.estimation.labels.shares import estimate_shares
from countersign.estimation.labels.workers import Worker, Workers, judge_workers
from countersign.model.agreement import fleiss_kappa, krippendorff_alpha, pairwise

__all__ = [
    "Agreement",
    "Answers",
    "GoldCheck",
    "GoldMatrix",
    "Labelling",
    "Redundancy",
    "Worker",
    "Workers",
    "agree",
    "correct_shares",
    "dawid_skene",
    "estimate_shares",
    "fleiss_kappa",
    "judge_workers",
    "krippendorff_alpha",
    "majority",
    "pairwise",
    "plan_redundancy",
]
