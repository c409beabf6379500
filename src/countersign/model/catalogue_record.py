"""RecordPlan: what a catalogue of data should say of a release beyond what the study says already."""

from __future__ import annotations

from dataclasses import dataclass, field

from countersign.model.source import Text


@dataclass(frozen=True)
class RecordPlan:
    """Words for catalogues.

    Parameters
    ----------
    description: what the data are, per language; empty = the study's summary. keywords: for search. publisher: name;
    empty = the organiser. homepage, contact: where to ask. themes: EU data themes or other URIs. spatial: URI of the
    place. accrual: how often it is renewed, as an ISO 8601 duration.
    """

    description: Text = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    publisher: str = ""
    homepage: str = ""
    contact: str = ""
    themes: tuple[str, ...] = ()
    spatial: str = ""
    accrual: str = ""
