"""Examining: figures of a self-selected sample get their fan, a range under selection, and a plausible range."""

from __future__ import annotations

from countersign.study.examining.examining import CHANCE, Beside, examine, reference_of, support
from countersign.study.examining.foreseeing import foresee

__all__ = ["CHANCE", "Beside", "examine", "foresee", "reference_of", "support"]
