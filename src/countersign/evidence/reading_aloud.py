"""README.txt of a bundle: what it is and how anybody checks it, in plain words."""

from __future__ import annotations

from importlib.resources import files
from textwrap import fill

from countersign.evidence.crate import About

WIDTH = 78


def write_readme(about: About, *, figures: int, synthetic: bool) -> bytes:
    """Return the text, UTF-8, lines of at most 78 characters.

    Parameters
    ----------
    figures: how many there are. synthetic: the data are made up.
    """
    by, on = about.organiser or "an organiser who is not named", about.made[:10] or "an unknown day"
    head = [fill(about.title, WIDTH)]
    if synthetic:
        head.append("SYNTHETIC DATA: everything in here is made up. Do not quote it.")
    text = (
        f"This is a bundle of evidence for {figures:,} figures, published by {by} on {on}. It holds the release and "
        "everything that is needed to check it. No network and no account is needed."
    )
    rest = files("countersign.evidence.verifiers").joinpath("README.txt").read_text(encoding="utf-8")
    return "\n\n".join([*head, fill(text, WIDTH), rest]).encode()
