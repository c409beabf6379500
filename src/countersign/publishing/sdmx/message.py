"""The head of a message: which, when, from whom; the same bytes for the same release."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from countersign.model.release import Release

NOBODY = "not_supplied"  # what structure messages of SDMX write where no agency is known
_NO_ID = re.compile(r"[^A-Za-z0-9_@$-]+")


@dataclass(frozen=True)
class Message:
    """The head of a data message.

    Parameters
    ----------
    id: of the message. prepared: UTC, ISO 8601. sender: id of the agency; name: of the organiser. test: the data are
    made up.
    """

    id: str
    prepared: str
    sender: str
    name: str = ""
    test: bool = False


def message_of(release: Release) -> Message:
    """Return the head for a release; its id is made from the study file and the time the release was made."""
    sdmx = release.plan.sdmx
    digest = hashlib.sha256(f"{release.made}\n{release.source}".encode()).hexdigest()
    return Message(
        id=f"CS-{digest[:16]}",
        prepared=release.made or "1970-01-01T00:00:00Z",
        sender=_NO_ID.sub("_", sdmx.agency if sdmx else "").strip("_") or NOBODY,
        name=release.plan.initiative.organiser,
        test=release.plan.synthetic,
    )
