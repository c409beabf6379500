"""The built-in example: a made-up country whose truth is known, so that everybody can see what the tool can do.

`generate` writes a whole study folder: the study file, its page, and the data of a self-selected phone survey.
"""

from __future__ import annotations

from countersign.demonstration.folder import SEED, generate

__all__ = ["SEED", "generate"]
