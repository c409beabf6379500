"""Hidden groups: who is not shown, why, and what a community can decide, in a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.model.disclosure import DecisionTaken, Disclosure, Visibility
from countersign.publishing.digits import count
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words

MOST_LOST, MOST_DECIDED = 2, 1


def hidden(disclosure: Disclosure | None, labels: Labels, words: Words) -> tuple[str, ...]:
    """Return why numbers are missing, what can be decided, whom it meets most, and what was decided.

    Nothing where nothing was withheld, put together or decided. What comes last is left out first where the page is
    full.
    """
    if disclosure is None or not (disclosure.withheld or disclosure.merged or disclosure.decisions):
        return ()
    said = [_why(disclosure, words)]
    if disclosure.withheld:
        said.append(words.gettext("Decide together how your group is shown, and tell us. A “no” always counts."))
    said += [_decided(one, words) for one in _heard(disclosure)[:MOST_DECIDED]]
    said += [_lost(one, labels, words) for one in most_lost(disclosure.visibility)[:MOST_LOST]]
    if disclosure.merged:
        said.append(words.gettext("Some groups are shown together with others. So fewer numbers are missing."))
    return tuple(said)


def most_lost(rows: Sequence[Visibility]) -> list[Visibility]:
    """Return the groups of which something is withheld: marginalised ones first, then by the share withheld."""
    lost = [row for row in rows if row.hidden]
    return sorted(lost, key=lambda row: (not row.marginalised, -row.share, -row.hidden))


def _why(disclosure: Disclosure, words: Words) -> str:
    least = next((rule.limit for rule in disclosure.rules if rule.rule == "minimum_contributors" and rule.limit), None)
    if not disclosure.withheld:
        return words.gettext("No number had to be left out.")
    if least is None:
        return words.gettext("We leave out numbers that could tell something of one person.")
    return words.gettext("Numbers of fewer than {n} people are left out, so nobody is recognised.").format(
        n=count(least, words)
    )


def _lost(row: Visibility, labels: Labels, words: Words) -> str:
    return words.gettext("{group}: {hidden} of {all} numbers are left out.").format(
        group=labels.domain(row.group), hidden=count(row.hidden, words), all=count(row.figures, words)
    )


def _heard(disclosure: Disclosure) -> list[DecisionTaken]:
    return [one for one in disclosure.decisions if one.followed or one.refused]


def _decided(one: DecisionTaken, words: Words) -> str:
    return words.gettext("{who} decided on {date}: \u201c{words}\u201d").format(
        who=one.by, date=one.date, words=one.statement
    )
