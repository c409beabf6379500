"""Verdicts for a statistical office: one row an indicator and area, and every must that is not met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from countersign.catalogue import decision_tree
from countersign.model.finding import Blocker, Fitness
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.reference import criterion_title, ladder, use_title


@dataclass(frozen=True)
class VerdictRow:
    """One verdict: about what, the use reached, the use nothing speaks against, the use wanted."""

    subject: str
    area: str
    period: str
    use: str
    reach: str
    wanted: str
    failed: str
    open: str


@dataclass(frozen=True)
class Must:
    """One must that is not met, as text."""

    use: str
    criterion: str
    title: str
    failed: bool
    demand: str
    why: str
    fix: str
    effort: str
    about: str = ""


@dataclass(frozen=True)
class VerdictDetail:
    """The way through the decision tree, what is better than the official data, and the cheapest next step."""

    about: tuple[str, ...]
    path: tuple[tuple[str, str], ...]
    outcome: str
    better: tuple[tuple[str, str], ...]
    next_step: str


def rows(fitness: Sequence[Fitness], labels: Labels, words: Words) -> tuple[VerdictRow, ...]:
    """Return one row a verdict, in their order."""
    return tuple(
        VerdictRow(
            subject=_subject(one, labels, words),
            area=labels.domain(one.domain) if one.domain else one.level,
            period=one.period,
            use=use_said(one.use, words),
            reach=use_said(one.reach, words),
            wanted=one.wanted,
            failed=", ".join(dict.fromkeys(key for use in ladder() for key in one.blocked.get(use.id, ()))),
            open=", ".join(dict.fromkeys(key for use in ladder() for key in one.open.get(use.id, ()))),
        )
        for one in fitness
    )


def _subject(one: Fitness, labels: Labels, words: Words) -> str:
    return labels.indicator(one.subject) if one.subject else words.gettext("The whole study")


def use_said(use: str, words: Words) -> str:
    """Return ``U4 Policy design, research, shadow report``; in words that there is none."""
    return f"{use} {use_title(use, words)}" if use else words.gettext("none established")


def details(fitness: Sequence[Fitness], labels: Labels, words: Words) -> tuple[VerdictDetail, ...]:
    """Return what stands behind the verdicts; those with the same reasons are told once."""
    groups: dict[tuple[object, ...], list[Fitness]] = {}
    for one in fitness:
        groups.setdefault((one.path, one.outcome, one.better, one.next_step), []).append(one)
    return tuple(
        VerdictDetail(
            about=tuple(
                ", ".join(filter(None, (_subject(one, labels, words), labels.domain(one.domain) if one.domain else "")))
                for one in same
            ),
            path=tuple(_step(node, answer, words) for node, answer in same[0].path),
            outcome=_node(same[0].outcome, words),
            better=tuple(
                (f"{one.criterion} {criterion_title(one.criterion, words)}", one.why) for one in same[0].better
            ),
            next_step=same[0].next_step,
        )
        for same in groups.values()
    )


def musts(fitness: Sequence[Fitness], labels: Labels, words: Words) -> tuple[Must, ...]:
    """Return every must that is not met in some verdict, each once, with the verdicts it stands in, in their order."""
    holds: dict[Blocker, list[Fitness]] = {}
    for one in fitness:
        for blocker in one.blockers:
            holds.setdefault(blocker, []).append(one)
    order = {use.id: place for place, use in enumerate(ladder())}
    ordered = sorted(holds.items(), key=lambda item: order.get(item[0].use, 0))
    return tuple(
        replace(_must(blocker, words), about=_about(same, fitness, labels, words)) for blocker, same in ordered
    )


def _about(same: Sequence[Fitness], every: Sequence[Fitness], labels: Labels, words: Words) -> str:
    """Return which verdicts: all, or each subject with its areas."""
    if len(same) == len(every):
        return words.gettext("all")
    said = []
    for subject in dict.fromkeys(one.subject for one in same):
        own = [one for one in same if one.subject == subject]
        areas = [labels.domain(one.domain) for one in own if one.domain]
        name = _subject(own[0], labels, words)
        known = sum(bool(one.domain) for one in every if one.subject == subject)
        if not areas or (len(areas) == known and len(areas) < len(own)):
            said.append(name)
        else:
            said.append(f"{name} ({', '.join(areas)})")
    return "; ".join(said)


def _step(node: str, answer: str, words: Words) -> tuple[str, str]:
    """Return a question of the decision tree and its answer in words, where the path names them by id."""
    tree = decision_tree().listing
    if node not in tree:
        return node, answer
    said = next((branch.words or branch.answer for branch in tree[node].answers if branch.answer == answer), answer)
    return words.gettext(tree[node].title), words.gettext(said) if said else ""


def _node(node: str, words: Words) -> str:
    tree = decision_tree().listing
    return words.gettext(tree[node].title) if node in tree else node


def _must(one: Blocker, words: Words) -> Must:
    return Must(
        use=one.use,
        criterion=one.criterion,
        title=criterion_title(one.criterion, words),
        failed=one.failed,
        demand=one.demand,
        why=one.why,
        fix=one.fix,
        effort={
            "answer": words.gettext("answer a question"),
            "repair": words.gettext("repair what is there"),
            "collect": words.gettext("collect more"),
        }.get(one.effort, one.effort),
    )
