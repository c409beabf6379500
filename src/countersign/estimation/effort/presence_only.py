"""Presence only: records that say where something was seen, and never where it was looked for and not found."""

from __future__ import annotations

import numpy as np

from countersign import catalogue
from countersign.errors import EstimationError
from countersign.model.cells import Floats

CLAIM = "prevalence_from_presence_only"


def refuse_presence_only(found: Floats, *, effort: bool, what: str = "a prevalence or a mean") -> None:
    """Refuse a prevalence or a mean from records of presence only.

    Parameters
    ----------
    found: what each record found, a count or 0/1, (n,), nan where unknown. effort: the effort of each record is known.
    what: what was asked for, in the sentence.

    Raises
    ------
    EstimationError: no record says that nothing was found, and effort is not known. How often people did not look, or
        looked in vain, cannot be told from such records, whatever their number.
    """
    if effort or not len(found) or (found == 0).any():
        return
    claim = catalogue.claims()[CLAIM]
    raise EstimationError(
        f"All {int(np.sum(~np.isnan(found)))} records say that something was there, none that nothing was found, and no"
        f" effort is given: these are records of presence only, and {what} cannot come from them.",
        where=claim.id,
        expected="records of visits that found nothing, or the effort behind each record",
        action=claim.instead,
    )
