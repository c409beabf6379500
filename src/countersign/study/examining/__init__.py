"""Examining: figures of a self-selected sample get their fan, a range under selection, and a plausible range."""

from __future__ import annotations

from countersign.study.examining.examining import Beside, examine, reference_of, support

__all__ = ["Beside", "examine", "reference_of", "support"]
