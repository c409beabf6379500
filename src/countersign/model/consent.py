"""ConsentPlan: for which purpose a study uses its data, and where people's consent to it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ConsentPlan:
    """What a study says of consent.

    Parameters
    ----------
    purpose: id of the catalogue's list ``purposes``, such as ``publish_aggregates``: only rows of people who agreed to
    it are used. records: file of consent records, one row an event (given, changed, withdrawn). record: column of the
    data that names the record's pseudonym; empty = the role ``id``. columns: purpose -> column of the data that holds
    the answer, where consent was asked in the form itself. notices: version -> file with the words people were read.
    by: variables by whose groups the excluded are counted.
    """

    purpose: str = ""
    records: str = ""
    record: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)
    by: tuple[str, ...] = ()
