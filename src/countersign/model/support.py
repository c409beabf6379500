"""Support: how much of the population those who took part can speak for at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from countersign.model.tabular import Tabular


@dataclass(frozen=True)
class Support(Tabular):
    """Shares of the population that weights can hardly reach.

    Parameters
    ----------
    cells: what the population was divided by, in words.
    empty: share in cells without contributors. few: share in cells with fewer than `fewest`, the empty ones included.
    overlap: share less likely to take part than the first percentile of those who did; None without a reference sample.
    """

    cells: str
    empty: float
    few: float
    fewest: int
    overlap: float | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row."""
        return [
            {
                "cells": self.cells,
                "empty": self.empty,
                "few": self.few,
                "fewest": self.fewest,
                "overlap": self.overlap,
            }
        ]
