"""Every extension point, on one page; the built-ins are registered through the same hooks.

A package extends Countersign by an entry point in the group ``countersign`` that names a module with functions marked
`hookimpl`. There is no hook into protection's audit, review or signatures: they must be the same everywhere to be
trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from countersign.model.dataset import Dataset
    from countersign.model.release import Release

GROUP = "countersign"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)

# A measure takes the quality room's context and yields findings; see docs/extending.md.
Measure = Callable[..., Any]
Importer = Callable[..., "Dataset"]
Publisher = Callable[["Release", Path], None]


class Hooks:
    """What an extension may provide."""

    @hookspec
    def quality_measures(self) -> Sequence[Measure]:  # type: ignore[empty-body]
        """Further measures of data quality, run with the built-in ones."""

    @hookspec
    def importers(self) -> Mapping[str, Importer]:  # type: ignore[empty-body]
        """Format name -> function like `countersign.intake.take_in`, for ``data.<name>.format``."""

    @hookspec
    def publishers(self) -> Mapping[str, Publisher]:  # type: ignore[empty-body]
        """Name under ``publish`` -> function that writes one output of a release into a folder."""


@cache
def manager() -> pluggy.PluginManager:
    """Return the plugin manager, with the built-ins and every installed extension registered."""
    found = pluggy.PluginManager(GROUP)
    found.add_hookspecs(Hooks)
    found.load_setuptools_entrypoints(GROUP)
    return found
