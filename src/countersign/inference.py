"""Every method of inference as a verb on plain tables, on one page.

::

    from countersign import inference

    inference.FUNCTION(table, ...)

Importing this module imports no engine; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES: dict[str, str] = {
    "adjust_map_areas": "maps",
    "advise_questions": "total_error",
    "aggregate_labels": "labels",
    "blend": "blending",
    "blend_parts": "blending",
    "bound": "sensitivity",
    "bound_by_odds": "sensitivity",
    "calibrate": "calibration",
    "correct_sensors": "sensors",
    "correct_with_gold": "labels",
    "data_defect": "sensitivity",
    "decompose": "composition",
    "decompose_published": "composition",
    "describe_multilevel_model": "multilevel",
    "estimate_areas": "small_areas",
    "estimate_areas_from_units": "small_areas",
    "estimate_by_propensity": "propensity",
    "estimate_doubly_robust": "doubly_robust",
    "estimate_from_labels": "labels",
    "estimate_occupancy": "effort",
    "estimate_population_size": "hidden",
    "estimate_rate": "effort",
    "estimate_respondent_driven": "hidden",
    "estimate_two_phase": "calibration",
    "estimate_with_replicates": "replication",
    "estimate_with_total_error": "total_error",
    "impute_mass": "imputation",
    "judge_citizen_covariate": "small_areas",
    "judge_workers": "labels",
    "learn_total_error": "total_error",
    "map_accuracy": "maps",
    "measure_agreement": "labels",
    "plan_redundancy": "labels",
    "poststratify_model": "multilevel",
    "range_under_selection": "sensitivity",
    "reference_sample": "propensity",
    "replicate": "replication",
    "replicate_totals": "replication",
    "tip": "sensitivity",
    "weigh_by_propensity": "propensity",
}
"""Verb -> its module in `countersign.study.inferring`."""

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"countersign.study.inferring.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'countersign.inference' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(_HOMES)
