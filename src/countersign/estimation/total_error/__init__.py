"""Benchmark-calibrated intervals: how wrong was this sample on what can be checked, and what follows for the rest."""

from __future__ import annotations

from countersign.estimation.total_error.advising import advise_questions
from countersign.estimation.total_error.answers import Answers, answers_of
from countersign.estimation.total_error.learning import METHOD, learn_from_answers, learn_total_error
from countersign.estimation.total_error.relations import (
    Predicted,
    Relations,
    official_shares,
)

__all__ = [
    "METHOD",
    "Answers",
    "Predicted",
    "Relations",
    "advise_questions",
    "answers_of",
    "learn_from_answers",
    "learn_total_error",
    "official_shares",
]
