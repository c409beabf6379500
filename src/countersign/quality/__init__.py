"""Quality: Dataset (with benchmark, weights and figures) -> Findings -> Fitness for a use."""

from countersign.quality.accessible import accessible
from countersign.quality.area_precision import precision_by_area
from countersign.quality.assessing import MEASURES, assess
from countersign.quality.context import Context, Measure
from countersign.quality.judging import ceiling, judge, verdicts
from countersign.quality.results import absent_sources, assess_results, mean_absolute_bias

__all__ = [
    "MEASURES",
    "Context",
    "Measure",
    "absent_sources",
    "accessible",
    "assess",
    "assess_results",
    "ceiling",
    "judge",
    "mean_absolute_bias",
    "precision_by_area",
    "verdicts",
]
