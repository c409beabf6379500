"""Documents: what is known beside the rows: forms, answers of people, official series, areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from countersign.model.answer import Answer, Scorecard
from countersign.model.consent import ConsentAccount
from countersign.model.form import Form
from countersign.model.official import OfficialSeries

if TYPE_CHECKING:
    from countersign.model.boundary import Boundary
    from countersign.model.dataset import Dataset


@dataclass(frozen=True)
class Documents:
    """Everything a measure of quality may look at beside its data set.

    Parameters
    ----------
    forms: name -> form by which the data were collected; the first is the one in use, the others came before it.
    answers, scorecards: of people. official: official series. datasets: all data sources of the study by name, such as
    the one with gold measurements. protocol: headings of the protocol's file, or None without one.
    boundary: outline of the area, or None. consent: data source -> what building it for a purpose left out.
    """

    forms: Mapping[str, Form] = field(default_factory=dict)
    protocol: tuple[str, ...] | None = None
    boundary: Boundary | None = None
    answers: tuple[Answer, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    official: tuple[OfficialSeries, ...] = ()
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    consent: Mapping[str, ConsentAccount] = field(default_factory=dict)

    @property
    def form(self) -> Form | None:
        """The form in use, if the study names one."""
        return next(iter(self.forms.values()), None)
