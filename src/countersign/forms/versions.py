"""Versions: two forms -> what changed between them (`countersign.model.form_differences`)."""

from __future__ import annotations

from countersign.catalogue import threshold
from countersign.model.form import Form
from countersign.model.form_differences import FormDifferences, compare


def compare_forms(before: Form, after: Form) -> FormDifferences:
    """Return what changed from one version of a form to the next, and what of it breaks comparability.

    The length of a word in which one other letter may be a slip is the catalogue's ``slip_length``.
    """
    return compare(before, after, slip_length=int(threshold("slip_length").good))
