"""Citizen data that official statistics can countersign.

From Python::

    import countersign

    study = countersign.Study.open("examples/marine-litterwatch", data="path/to/the/delivery")
    release = study.run()

    table = countersign.read("answers.csv")
    findings = countersign.assess(table)
    weights = countersign.weight(table, margins, by=["sex", "age_group"])
    estimates = countersign.estimate(table, proportion="water = 'piped'", by=["region"], weights=weights)
    countersign.plot(estimates)

Importing this package imports no engine; each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from countersign.errors import CountersignError as CountersignError
    from countersign.study import Study as Study
    from countersign.study.plain import assess as assess
    from countersign.study.plain import estimate as estimate
    from countersign.study.plain import plot as plot
    from countersign.study.plain import read as read
    from countersign.study.plain import weight as weight
    from countersign.study.sizing import sample_size as sample_size

_HOMES = {
    "CountersignError": "countersign.errors",
    "Study": "countersign.study",
    "assess": "countersign.study.plain",
    "estimate": "countersign.study.plain",
    "plot": "countersign.study.plain",
    "read": "countersign.study.plain",
    "sample_size": "countersign.study.sizing",
    "weight": "countersign.study.plain",
}

__all__ = ["CountersignError", "Study", "__version__", "assess", "estimate", "plot", "read", "sample_size", "weight"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'countersign' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
