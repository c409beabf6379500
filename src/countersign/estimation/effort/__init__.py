"""Effort: counts per unit of effort, and places where nothing was found though something was there.

::

    fitted = fit_counts(count, effort, x, site)
    rate(fitted, x, effort)
"""

from countersign.estimation.effort.count_models import FAMILIES, CountModel, Dispersion, fit_counts
from countersign.estimation.effort.occupancy import OccupancyModel, fit_occupancy
from countersign.estimation.effort.presence_only import refuse_presence_only
from countersign.estimation.effort.rates import rate, total
from countersign.estimation.effort.thinning import thin

__all__ = [
    "FAMILIES",
    "CountModel",
    "Dispersion",
    "OccupancyModel",
    "fit_counts",
    "fit_occupancy",
    "rate",
    "refuse_presence_only",
    "thin",
    "total",
]
