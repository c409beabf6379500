"""Receipt: what somebody who agreed takes home."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """A slip.

    Parameters
    ----------
    record: pseudonym, so that the slip comes to the right person. code: to take the agreement back. purposes: ids of
    what was agreed to. language: in which it was said. time: when. notice: version of the words.
    """

    record: str
    code: str
    purposes: tuple[str, ...]
    language: str = ""
    time: str = ""
    notice: str = ""


@dataclass(frozen=True)
class WithdrawalCount:
    """How many withdrawals touch a release, and nothing on who.

    Parameters
    ----------
    release: digest of the release (of its manifest); empty where it has none. vintage: its name. count: withdrawals of
    people whose rows it rests on, since it was made.
    """

    release: str
    vintage: str
    count: int
