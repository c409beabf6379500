"""Release -> how anybody can check the brief: digest of the figures, commands, and both as a code for a phone.

A page cannot hold its own digest. The file of figures is known before any page is, so its digest stands here; the
command checks the page together with the rest of the release.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from countersign.model.estimate import Estimate
from countersign.model.release import Release
from countersign.publishing.delimited import delimited
from countersign.publishing.exports import estimate_rows
from countersign.publishing.language import Words
from countersign.publishing.signatures import qr

BUNDLE = "release/bundle.zip"
FIGURES = "estimates.csv"


@dataclass(frozen=True)
class Check:
    """One thing a reader can check, and its value or command."""

    what: str
    value: str


@dataclass(frozen=True)
class Evidence:
    """What a reader checks, the digest and the command as a code, and what to do with them."""

    checks: tuple[Check, ...]
    code: Markup | None
    how: str


def evidence(release: Release, figures: Sequence[Estimate], words: Words) -> Evidence:
    """Return how the brief is checked: digest of the figures, command that verifies, command that retraces.

    The digest is the SHA-256 of ``estimates.csv``; where the release has no such file, that of the figures on the
    trail.
    """
    in_file = "csv" in release.plan.publish
    digest = digest_of_figures(release) if in_file else _on_trail(release)
    verify = f"countersign verify {BUNDLE}"
    found = [Check(words.gettext("Digest of the figures (SHA-256)"), digest)] if digest else []
    found.append(Check(words.gettext("Verify the whole release"), verify))
    named = next((one.figure_id for one in figures if one.figure_id), "")
    if named:
        found.append(Check(words.gettext("Retrace a figure to its sources"), f"countersign retrace release {named}"))
    if not digest:
        return Evidence(tuple(found), None, "")
    text = f"sha256 {digest}" + (f" {FIGURES}" if in_file else "") + f"\n{verify}"
    code = _scalable(qr(text, title=words.gettext("QR code: digest of the figures, and the command that checks them")))
    how = words.gettext(
        "The code holds this digest and the command. The digest is that of the file {file}: compute it again with "
        "{command}. One figure changed, and it is another one."
    ).format(file=FIGURES, command=f"sha256sum {FIGURES}")
    return Evidence(tuple(found), Markup(code), how if in_file else "")  # noqa: S704 - drawn by segno from our own text


def _scalable(code: str) -> str:
    """Return a drawing that can be printed in another size than it was made in."""
    return re.sub(
        r'width="(\d+)" height="(\d+)"', r'role="img" viewBox="0 0 \1 \2" width="\1" height="\2"', code, count=1
    )


def digest_of_figures(release: Release) -> str:
    """Return the SHA-256 of the file of figures, as the release holds it."""
    columns, rows = estimate_rows(release.estimates, limits=release.plan.limits)
    return hashlib.sha256(delimited(columns, rows).encode("utf-8")).hexdigest()


def _on_trail(release: Release) -> str:
    made = [step for step in release.trail if "estimates" in step.outputs or step.verb == "protect"]
    return next((digest for step in made[-1:] for digest in step.outputs.values()), "")
