"""Translations: what the codes and headings of the tables mean, in each language of the site."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.catalogue import uses
from countersign.model.estimate import Status
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import Words
from countersign.publishing.open_sdg import columns as names
from countersign.publishing.open_sdg.tables import BY_YEAR, TOGETHER, Table
from countersign.publishing.statements import named
from countersign.publishing.verdicts import NOT_YET


def groups(tables: Sequence[Table], labels: Labels, words: Words, *, main: Words) -> dict[str, dict[str, str]]:
    """Return group -> key -> text in one language; a group is a column of the tables, or ours.

    Codes of SDMX stay codes in every language.

    Parameters
    ----------
    main: the language of the words in the tables themselves.
    """
    found: dict[str, dict[str, str]] = {
        "citizen_data": _headings(words),
        names.STATUS: {str(status): status_word(status, words) or words.gettext("published") for status in Status},
        names.COMMENT: {
            status_word(status, main): status_word(status, words) for status in Status if status_word(status, main)
        },
        names.FITNESS: {one.id: named(one.id, words) for one in uses()} | {NOT_YET: words.gettext("not yet")},
        names.SERIES: {BY_YEAR: words.gettext("By year"), TOGETHER: words.gettext("All years together")},
    }
    for own in tables:
        for variable, column in own.breakdowns.items():
            group = found.setdefault(column, {})
            for code, cell in own.categories[variable].items():
                group.setdefault(cell, names.harmless(labels.category(variable, code)))
            group[column] = names.harmless(labels.variable(variable))
    return found


def _headings(words: Words) -> dict[str, str]:
    return {
        "statement": words.gettext("Citizen data"),
        "interval": words.gettext("Interval: which, and what must hold for it"),
        "verdict": words.gettext("What the figures are good enough for"),
        "consent": words.gettext("Consent"),
        "signatures": words.gettext("Who signs"),
        "status": words.gettext("Status"),
        "interval_short": words.gettext("Interval"),
        "plausible": words.gettext("Plausible range"),
        "verdict_short": words.gettext("Good enough for"),
        "period": words.gettext("Period"),
    }
