"""checkpoint.html: a sheet to print and keep, with the digest of a release and the head of its log."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from countersign.publishing.language import speak
from countersign.publishing.pages import environment
from countersign.publishing.signatures import qr
from countersign.publishing.writing import write_whole


def write_checkpoint(path: Path, *, digest: str, head: str, synthetic: bool, language: str = "en") -> None:
    """Write the sheet.

    Parameters
    ----------
    digest: of the release. head: origin, size and root of the log, a line each.

    Raises
    ------
    StoreError: the disk refused.
    """
    words = speak(language)
    view = {
        "words": words,
        "command": "countersign checkpoint bundle.zip",
        "digest": digest,
        "lines": head.split(),
        "code": Markup(qr(f"{digest}\n{head}")),  # noqa: S704 - drawn by segno from our own text
        "synthetic": synthetic,
    }
    write_whole(path, environment(words).get_template("checkpoint.html").render(view))
