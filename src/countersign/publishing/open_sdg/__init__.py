"""Open SDG: the figures of a release as a folder for the data repository of an Open SDG site.

The format is that of sdg-build 2 and Open SDG 2 (MIT): a table an indicator, configuration and metadata beside it, a
folder of translations a language, outlines of areas. `docs/open-sdg.md` says what is where and why.
"""

from countersign.publishing.open_sdg.repository import FOLDER, write

__all__ = ["FOLDER", "write"]
