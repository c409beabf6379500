"""Address: where a figure stands, the same for every output that names it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_=,.-]*(?:/[a-z0-9_][a-z0-9_=,.-]*)*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
"""Names that Windows keeps for itself."""
LONGEST = 60
"""Letters of one folder's name that are kept as they are."""
DIGITS = 16
SAFE = "/=,~"
"""Signs of a path that an address may hold as they are."""


def figure_path(figure_id: str) -> str:
    """Return the folder of a figure below ``figures``: relative, with ``/``, safe on every disk and in every address.

    An id of small letters, digits and ``_ = , . -`` is its own path. Any other keeps what can be read of it and gets
    the beginning of its SHA-256 (64 bits) behind a ``~``; so the path depends on the id alone, and no two ids share
    one, not even on a disk that takes large and small letters for the same.
    """
    if _is_plain(figure_id):
        return figure_id
    digest = hashlib.sha256(figure_id.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    parts = figure_id.split("/", 1)
    head = [parts[0]] if len(parts) > 1 and _is_plain(parts[0]) else []
    return "/".join([*head, f"{readable(parts[1] if head else figure_id)}~{digest}"])


def figure_address(address: str, vintage: str, figure_id: str) -> str:
    """Return the stable address of a figure on the web; empty where the study names no `address`."""
    return f"{address}/{quote(vintage)}/figures/{quote(figure_path(figure_id), safe=SAFE)}/" if address else ""


def readable(text: str) -> str:
    """Return what can stand in an address of a text: small letters, digits, ``_ = -``; other signs become ``-``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9_=]+", "-", plain).strip("-")[:LONGEST].strip("-")
    return found if found and not _DEVICE.fullmatch(found) else f"x{found}"


def _is_plain(text: str) -> bool:
    parts = text.split("/")
    return (
        bool(_PLAIN.fullmatch(text))
        and len(text) <= 2 * LONGEST
        and all(len(part) <= LONGEST and part[-1] != "." and not _DEVICE.fullmatch(part) for part in parts)
        and "index.html" not in parts
    )
