"""Multilevel regression and post-stratification: `layout` the columns, `fit_multilevel`, `post_stratify_model`."""

from __future__ import annotations

from countersign.estimation.multilevel.fitting import MultilevelModel, Penalty, fit_multilevel
from countersign.estimation.multilevel.laplace import Answers
from countersign.estimation.multilevel.layout import Layout, layout
from countersign.estimation.multilevel.post_stratifying import DomainPredictions, post_stratify_model

__all__ = [
    "Answers",
    "DomainPredictions",
    "Layout",
    "MultilevelModel",
    "Penalty",
    "fit_multilevel",
    "layout",
    "post_stratify_model",
]
