"""Site -> a folder of pages: no server, no script that is needed, no address outside it; every figure has a page."""

from countersign.publishing.site.writing import write_site

__all__ = ["write_site"]
