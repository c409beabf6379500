"""A page -> the same page as tagged PDF (PDF/UA-1), byte for byte the same from the same page.

The HTML that is the page is what is printed: one template serves both. Nothing is fetched. The document carries the
page's language and title, bookmarks from its headings, the time the release was made, and an identifier that is a
digest of the page.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from countersign.errors import ReleaseError
from countersign.publishing.writing import write_whole

VARIANT = "pdf/ua-1"


def write_pdf(html: str, path: Path) -> None:
    """Write a page as PDF.

    Raises
    ------
    ReleaseError: the extra ``pdf`` is not installed. StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, to_pdf(html))


def to_pdf(html: str) -> bytes:
    """Return a page as PDF/UA-1.

    Raises
    ------
    ReleaseError: the extra ``pdf`` is not installed.
    """
    weasyprint = _weasyprint()
    identifier = hashlib.sha256(html.encode("utf-8")).digest()[:16]
    page = weasyprint.HTML(string=html, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols=("data",)))
    made: bytes = page.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return made


def _weasyprint() -> Any:
    try:
        import weasyprint.urls
    except (ImportError, OSError) as error:  # OSError: Pango is missing
        raise ReleaseError(
            f"Pages cannot be written as PDF: {error}.",
            expected="the extra 'pdf', which uses WeasyPrint and the system library Pango",
            action="install it with: pip install 'countersign[pdf]' (and Pango with the packages of your system), or "
            "leave 'pdf' out of 'publish'",
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # rules of CSS that are for screens only
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint
