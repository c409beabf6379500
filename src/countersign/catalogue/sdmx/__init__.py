"""SDMX structures that come along, in this project's own compact form; `sdg` reads the global one for the SDGs."""

from __future__ import annotations

from countersign.catalogue.sdmx.bundled import sdg

__all__ = ["sdg"]
