"""Every method of protection as a verb on plain tables, on one page.

::

    from countersign import disclosure

    disclosure.FUNCTION(table, ...)

Importing this module imports no engine and no solver; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES: dict[str, str] = {
    "allow_privacy": "privacy",
    "audit": "tables",
    "coarsen_places": "places",
    "code_extremes": "microdata",
    "compare_variants": "variants",
    "count_identifiers": "places",
    "count_privately": "privacy",
    "displace_points": "places",
    "foresee_risk": "risk",
    "measure_risk": "risk",
    "measure_suda": "risk",
    "microaggregate": "microdata",
    "perturb": "noise",
    "perturbation_table": "noise",
    "privacy_spent": "privacy",
    "randomise": "microdata",
    "recode": "microdata",
    "round_counts": "noise",
    "suppress": "tables",
    "suppress_locally": "microdata",
    "tabulate": "tables",
    "weigh_epsilon": "privacy",
}
"""Verb -> its module in `countersign.study.disclosing`."""

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"countersign.study.disclosing.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'countersign.disclosure' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(_HOMES)
