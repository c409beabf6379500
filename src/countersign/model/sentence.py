"""Sentence: the strongest thing that may be written of a figure, and what may not, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """A sentence that may not be written: which claim (catalogue), the sentence, why, and what to write instead."""

    claim: str
    sentence: str
    why: str
    instead: str = ""


@dataclass(frozen=True)
class Sentence:
    """What may be written of one figure.

    Parameters
    ----------
    figure_id: of the figure; indicator: its name. text: the strongest sentence allowed, with range and caveat.
    use: the use whose musts this strength rests on. caveat: what must stand beside it.
    open: criteria nobody has assessed that it still rests on. refused: stronger sentences, each with its reason.
    """

    figure_id: str
    indicator: str
    text: str
    use: str
    caveat: str = ""
    open: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
