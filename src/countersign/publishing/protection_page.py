"""How people are protected, as a page shows it: what was done, what it cost each group, who decided what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.catalogue import load
from countersign.model.disclosure import DecisionTaken, Disclosure, RuleApplied, Visibility
from countersign.publishing.charting import Bar, BarChart
from countersign.publishing.digits import count, percent
from countersign.publishing.disclosing import shown_of
from countersign.publishing.hidden_groups import most_lost
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words

MOST_BARS = 16


@dataclass(frozen=True)
class Decided:
    """A decision as it is told: group, what was asked, who, when, their words, what became of it."""

    group: str
    asked: str
    by: str
    date: str
    statement: str
    became: str


@dataclass(frozen=True)
class ProtectionPage:
    """Sentences, rules (title, words, limit, source), the sentence on the audit, picture, table, decisions."""

    sentences: tuple[str, ...]
    rules: tuple[tuple[str, str, str, str], ...]
    audit: str
    chart: BarChart | None
    left_out: int
    table: tuple[tuple[str, ...], ...]
    decisions: tuple[Decided, ...]
    states: tuple[tuple[str, str], ...]


def protection_page(disclosure: Disclosure | None, labels: Labels, words: Words) -> ProtectionPage | None:
    """Return what to say about protection, or None where nothing was asked."""
    if disclosure is None:
        return None
    ordered = _ordered(disclosure.visibility)
    bars = tuple(_bar(row, labels, words) for row in ordered[:MOST_BARS])
    return ProtectionPage(
        sentences=tuple(_sentences(disclosure, labels, words)),
        rules=tuple(_rule(rule, words) for rule in disclosure.rules),
        audit=_audit(disclosure, words),
        chart=_chart(bars, words) if bars and _anything(disclosure) else None,
        left_out=len(ordered) - len(bars),
        table=tuple(_row(row, labels, words) for row in ordered),
        decisions=tuple(_decided(one, labels, words) for one in disclosure.decisions),
        states=tuple((entry["shown_as"], str(entry["means"])) for entry in load("states") if not entry["number"]),
    )


def _anything(disclosure: Disclosure) -> bool:
    return bool(disclosure.withheld or disclosure.merged or any(row.changed for row in disclosure.visibility))


def _ordered(rows: Sequence[Visibility]) -> list[Visibility]:
    """Marginalised groups first, then those that lost most; groups that lost nothing keep their order."""
    lost = most_lost(rows)
    named = [row for row in rows if row.marginalised and row not in lost]
    return [*(row for row in lost if row.marginalised), *named, *(row for row in lost if not row.marginalised),
            *(row for row in rows if not row.hidden and not row.marginalised)]  # fmt: skip


def _sentences(disclosure: Disclosure, labels: Labels, words: Words) -> list[str]:
    if disclosure.reason and not disclosure.withheld:
        return [words.gettext("No figure is withheld or changed. {reason}").format(reason=disclosure.reason)]
    said = []
    if disclosure.method == "suppress":
        said.append(_withheld(disclosure, words))
    else:
        largest = disclosure.noise.get("largest")
        said.append(
            words.gettext(
                "Figures are changed a little, by chance, so that nobody can tell whether one person is in a group. "
                "Each says so, and its range has become wider by as much."
            )
        )
        if largest is not None:
            said.append(words.gettext("No number of people is off by more than {n}.").format(n=count(largest, words)))
    if disclosure.merged:
        said.append(
            words.gettext(
                "{n} figures are shown together with those of a neighbouring category or period, because something in "
                "them would have been withheld."
            ).format(n=count(disclosure.merged, words))
        )
    if disclosure.optimal and disclosure.withheld:
        said.append(words.gettext("It is proven that no safe choice withholds less."))
    worst = [row for row in most_lost(disclosure.visibility) if row.marginalised][:1]
    if worst:
        said.append(
            words.gettext(
                "Of the groups that are to stay visible, {group} loses most: {hidden} of {all} figures are withheld."
            ).format(
                group=labels.domain(worst[0].group), hidden=count(worst[0].hidden, words),
                all=count(worst[0].figures, words),
            )
        )  # fmt: skip
    elif any(row.marginalised for row in disclosure.visibility) and disclosure.withheld:
        said.append(words.gettext("No figure of the groups that are to stay visible is withheld."))
    spared = sum((row.hidden_unweighted or 0) - row.hidden for row in disclosure.visibility if row.marginalised)
    if spared > 0:
        said.append(
            words.gettext(
                "{n} of their figures would be withheld to protect others, if these groups counted no more than others."
            ).format(n=count(spared, words))
        )
    return said


def _withheld(disclosure: Disclosure, words: Words) -> str:
    if not disclosure.withheld:
        return words.gettext("No figure had to be withheld: enough people stand behind each of the {n}.").format(
            n=count(disclosure.figures, words)
        )
    return words.gettext(
        "{n} of {all} figures are withheld: those that would tell something of one person, and those from which such a "
        "figure could be computed. Withheld does not mean zero, and it does not mean imprecise."
    ).format(n=count(disclosure.withheld, words), all=count(disclosure.figures, words))


def _rule(rule: RuleApplied, words: Words) -> tuple[str, str, str, str]:
    known = {entry.id: entry for entry in load("protection_rules")}
    entry = known.get(rule.rule)
    title = words.gettext(entry.title) if entry else _own_title(rule.rule, words)
    limit = "" if rule.limit is None else f"{rule.limit:g}"
    return title, str(entry["words"]) if entry else "", limit, rule.source


def _own_title(rule: str, words: Words) -> str:
    if rule == "numerators":
        return words.gettext("Too few people are counted by a share, or not counted by it")
    return rule.replace("_", " ")


def _audit(disclosure: Disclosure, words: Words) -> str:
    audit = disclosure.audit
    if audit is None:
        return ""
    if not audit.hidden:
        return words.gettext("Nothing is withheld, so there is nothing that could be computed back.")
    said = words.gettext(
        "Before it was released, this release was attacked as a stranger would: from everything that is published, all "
        "withheld numbers were computed as closely as possible. None of {n} can be known to within fewer than {width} "
        "people."
    ).format(n=count(audit.hidden, words), width=f"{audit.width:g}")
    if audit.earlier:
        said += " " + words.ngettext(
            "{n} earlier release was known to the attacker as well.",
            "{n} earlier releases were known to the attacker as well.",
            audit.earlier,
        ).format(n=count(audit.earlier, words))
    return said


def _name(row: Visibility, labels: Labels) -> str:
    parts = [f"{labels.variable(name)}: {labels.category(name, code)}" for name, code in row.group.items()]
    return ", ".join(parts)


def _bar(row: Visibility, labels: Labels, words: Words) -> Bar:
    text = words.gettext("{shown} of {all} shown").format(
        shown=count(row.figures - row.hidden, words), all=count(row.figures, words)
    )
    return Bar(
        _name(row, labels), shown_of(row), row.changed + row.coarsened, row.hidden, text, marked=row.marginalised
    )


def _chart(bars: tuple[Bar, ...], words: Words) -> BarChart:
    worst = max(bars, key=lambda bar: bar.hidden / max(1, bar.shown + bar.changed + bar.hidden))
    return BarChart(
        title=words.gettext("What protection took from each group"),
        description=words.gettext(
            "{n} groups, one bar each, divided into figures that are shown, changed or put together, and withheld. "
            "Most is withheld of {worst}: {text}. The table below gives every number."
        ).format(n=len(bars), worst=worst.label, text=worst.text),
        bars=bars,
        legend=(
            words.gettext("shown"),
            words.gettext("changed, or shown together with others"),
            words.gettext("withheld"),
        ),
    )


def _row(row: Visibility, labels: Labels, words: Words) -> tuple[str, ...]:
    without = "" if row.hidden_unweighted is None else count(row.hidden_unweighted, words)
    return (
        f"★ {_name(row, labels)}" if row.marginalised else _name(row, labels),
        count(row.figures, words),
        count(shown_of(row), words),
        count(row.changed + row.coarsened, words),
        count(row.hidden, words),
        percent(row.share, words, 0),
        "< 5 %" if row.hidden and not row.people else percent(row.people, words, 0),
        without,
    )


def _decided(one: DecisionTaken, labels: Labels, words: Words) -> Decided:
    asked = {
        "show": words.ngettext("Show us, from {n} person on", "Show us, from {n} people on", one.minimum).format(
            n=count(one.minimum, words)
        ),
        "coarsen": words.gettext("Show us together with others"),
        "withhold": words.gettext("Do not show us"),
    }.get(one.action, one.action)
    became = words.ngettext("{n} figure follows it.", "{n} figures follow it.", one.followed).format(
        n=count(one.followed, words)
    )
    if one.refused:
        became += " " + words.gettext("Others do not: somebody in the group said no, and that comes first.")
    return Decided(labels.domain(one.group), asked, f"{one.by} ({one.role})", one.date, one.statement, became)
