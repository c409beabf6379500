"""Nouns -> plain sentences: what a verb did, for the person at the keyboard, and what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.catalogue import load
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, Fitness, State
from countersign.model.weights import Weights
from countersign.publishing.disclosing import disclosure_record

if TYPE_CHECKING:
    from countersign.model.disclosure import Disclosure
    from countersign.study.checking import OpenQuestion
    from countersign.study.study import Study


@dataclass(frozen=True)
class Account:
    """What a verb did.

    Parameters
    ----------
    verb: its name. sentences: for people. next: the next sensible command. data: for machines.
    """

    verb: str
    sentences: tuple[str, ...]
    next: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {"verb": self.verb, "said": list(self.sentences), "next": self.next, **self.data}


def command(verb: str, *paths: Path | str, **options: Path | str | None) -> str:
    """Return a command line that can be pasted."""
    words = ["countersign", verb, *(str(path) for path in paths)]
    for name, value in options.items():
        if value:
            words += [f"--{name}", str(value)]
    return shlex.join(words)


def of_study(study: Study, verb: str) -> str:
    """Return the command line of a verb on this study, with the options it was opened with."""
    return command(verb, study.path, data=study.data_folder, folder=study.given_folder)


def tell_check(study: Study, questions: Sequence[OpenQuestion]) -> Account:
    """Say what is open in the study file."""
    data = {"open": [question.as_dict() for question in questions]}
    if not questions:
        sentences = ("The study file is complete: every key is known and every question has an answer.",)
        return Account("check", sentences, of_study(study, "run"), data)
    must = [question for question in questions if question.must]
    lines = ["The study file can be read.", f"{_many(len(questions), 'question is', 'questions are')} still open:"]
    lines += [f"  {number}. {question.sentence()}" for number, question in enumerate(questions, 1)]
    if must:
        lines.append(
            "Those marked * are needed before a run; the others are reported as 'not assessed' until answered."
        )
        return Account(
            "check",
            tuple(lines),
            f"answer question {1 + questions.index(must[0])} in {study.file.path}, then {of_study(study, 'run')}",
            data,
        )
    lines.append("None of them stops a run: they are reported as 'not assessed' until answered.")
    return Account("check", tuple(lines), of_study(study, "run"), data)


def tell_assessment(study: Study, findings: Sequence[Finding], fitness: Sequence[Fitness]) -> Account:
    """Say what was found, the failures first."""
    lines = [*_counts(study), _states(findings)]
    order = (State.FAIL, State.WARN)
    for state in order:
        lines += [
            f"  {_SYMBOLS[state]} {f.criterion} {f.message} {f.inside}".rstrip() for f in findings if f.state is state
        ]
    lines += _verdict(fitness)
    following = "weight" if study.plan.weighting else "estimate"
    data = {"findings": dict(Counter(str(f.state) for f in findings)), "use": fitness[0].use if fitness else ""}
    return Account("assess", tuple(lines), of_study(study, following), data)


_SYMBOLS = {State.FAIL: "x", State.WARN: "!", State.PASS: "+", State.NOT_ASSESSED: "?", State.NOT_APPLICABLE: "-"}


def _counts(study: Study) -> list[str]:
    lines = []
    for name, dataset in study.datasets.items():
        rows = dataset.readings[0].rows if dataset.readings else 0
        dropped = sum(gate.dropped for gate in dataset.gates)
        text = f"{name}: {_many(rows, 'row', 'rows')} read"
        lines.append(text + (f", {rows - dropped} kept, {dropped} set aside by quality gates." if dropped else "."))
    return lines


def _states(findings: Sequence[Finding]) -> str:
    count = Counter(finding.state for finding in findings)
    return (
        f"{_many(len(findings), 'finding', 'findings')}: {count[State.PASS]} passed, {count[State.WARN]} warnings, "
        f"{count[State.FAIL]} failed, {count[State.NOT_ASSESSED]} not assessed."
    )


def _verdict(fitness: Sequence[Fitness]) -> list[str]:
    """The verdict on the whole study, what stands in the way of the use it wants, and indicators that differ."""
    lines = []
    whole = next((verdict for verdict in fitness if not verdict.subject), None)
    for verdict in fitness:
        same = whole is not None and verdict.subject and (verdict.use, verdict.reach) == (whole.use, whole.reach)
        if verdict.domain or same:
            continue
        lines.append((f"{verdict.subject}: " if verdict.subject else "") + _use(verdict))
        failed = [one for one in verdict.blockers if one.failed and one.use <= verdict.wanted]
        lines += [f"  {one.use} is blocked by {one.criterion}: {one.why}" for one in failed]
        if verdict.outcome:
            lines.append(f"Where the decision tree leads: {verdict.outcome}")
        if verdict.next_step:
            lines.append(f"What would help most: {verdict.next_step}")
    return lines


def _use(verdict: Fitness) -> str:
    from countersign.catalogue import uses
    from countersign.quality import ceiling

    def title(use: str) -> str:
        return f"{use} ({uses()[use].title.lower()})"

    wanted = f"Wanted: {title(verdict.wanted)}."
    if verdict.use:
        return f"Good enough for {title(verdict.use)}. {wanted}"
    highest = ceiling(verdict)
    if not highest:
        return f"Not good enough for any use yet. {wanted}"
    waiting = next(iter(verdict.open.values()), ())
    return (
        f"Not established for any use yet, because nobody has answered {', '.join(waiting)}. "
        f"Nothing found so far speaks against {title(highest)}. {wanted}"
    )


def tell_weights(study: Study, weights: Weights) -> Account:
    """Say what weighting did and what it cost."""
    lines = [
        f"{_many(weights.count, 'row', 'rows')} weighted by {weights.method}"
        + (f" to {', '.join(weights.met)}." if weights.met else "."),
        f"Design effect {weights.design_effect:.2f}: the sample counts like {weights.effective_n:.0f} equal ones.",
    ]
    if weights.iterations:
        last = weights.iterations[-1]
        lines.append(f"Converged after {last.number} passes; largest distance to a margin {last.distance:.1e}.")
    if weights.trimmed:
        lines.append(f"Trimmed: {', '.join(f'{name} {value:g}' for name, value in weights.trimmed.items())}.")
    data = {"design_effect": weights.design_effect, "effective_n": weights.effective_n, "rows": weights.count}
    return Account("weight", tuple(lines), of_study(study, "estimate"), data)


def tell_estimates(study: Study, estimates: EstimateTable) -> Account:
    """Say the totals of each indicator, with their intervals."""
    lines = [f"{_many(len(estimates), 'figure', 'figures')}, each with its interval. The totals:"]
    lines += _totals([e for e in estimates if not _of_few(e, study)])
    few = [e for e in estimates if not e.domain and _of_few(e, study)]
    if few:
        lines.append(f"  not told, since too few people stand behind them: {', '.join(e.figure_id for e in few)}")
    data = {
        "figures": len(estimates),
        "totals": {e.figure_id: None if e in few else e.value for e in estimates if not e.domain},
    }
    following = "protect" if study.plan.minimum_contributors else "publish"
    return Account("estimate", tuple(lines), of_study(study, following), data)


def _of_few(estimate: Estimate, study: Study) -> bool:
    """Whether a figure that nothing protects yet rests on fewer people than may be shown."""
    return 0 < estimate.n < study.plan.minimum_contributors


def _totals(estimates: Iterable[Estimate], most: int = 12) -> list[str]:
    totals = [estimate for estimate in estimates if not estimate.domain]
    lines = []
    for e in totals[:most]:
        numbers = e.value is not None and e.lower is not None and e.upper is not None
        lines.append(f"  {e.figure_id}: {_with_range(e) if numbers else load('states')[str(e.status)]['shown_as']}")
    if len(totals) > most:
        lines.append(f"  and {len(totals) - most} more")
    return lines


def _with_range(e: Estimate) -> str:
    """A figure with its interval; of people who chose themselves, with where the truth may lie."""
    assert e.value is not None
    assert e.lower is not None
    assert e.upper is not None
    if e.plausible is None or not e.plausible.beyond_chance:
        return f"{_number(e.value)} ({_number(e.lower)} to {_number(e.upper)}) {e.unit}".rstrip()
    from countersign.publishing.digits import scale

    own = scale(e.statistic, e.unit)
    value, lower, upper = (own.factor * each for each in (e.value, e.plausible.lower, e.plausible.upper))
    if own.percent:
        of = own.unit.removeprefix("%").strip()
        return f"{value:.1f} %, plausibly {lower:.1f} to {upper:.1f} % {of}".rstrip()
    return f"{_number(value)}, plausibly {_number(lower)} to {_number(upper)} {own.unit}".rstrip()


def _number(value: float) -> str:
    if abs(value) >= 10000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def tell_protection(study: Study, estimates: EstimateTable) -> Account:
    """Say how many figures are withheld, by which rules, and what the audit found."""
    report = study.leaving.disclosure
    hidden = sum(estimate.status is Status.SUPPRESSED for estimate in estimates)
    lines = [*_protection(study), *_cost(report)]
    if report.audit is not None:
        lines.append(
            f"Audit: {report.audit.hidden} withheld numbers attacked with everything that is published; none can be "
            f"computed to within fewer than {report.audit.width:g} people."
            if report.audit.hidden
            else "Audit: nothing is withheld that could be computed."
        )
    rules = study.plan.protection
    if hidden and not rules.coarsen and rules.pool is None and rules.method == "suppress":
        lines.append(
            "Fewer figures would be withheld with wider categories or longer periods: name them under 'protection: "
            "coarsen:' or 'pool:'. They are used only where something would be withheld."
        )
    data = {"withheld": hidden, "figures": len(estimates), "disclosure": disclosure_record(report)}
    return Account("protect", tuple(lines), of_study(study, "publish"), data)


def _cost(report: Disclosure) -> list[str]:
    """Say whom protection costs most, what sparing some groups changed, and what became of decisions."""
    lines = []
    lost = sorted((row for row in report.visibility if row.hidden), key=lambda row: (-row.share, -row.hidden))
    spared = [row for row in report.visibility if row.marginalised]
    if lost:
        told = [f"{_group(row.group)} ({row.hidden} of {row.figures})" for row in lost[:MOST_LOST]]
        lines.append(f"Most is withheld of: {', '.join(told)}.")
    if lost and spared:
        hidden, without = sum(row.hidden for row in spared), sum(row.hidden_unweighted or 0 for row in spared)
        lines.append(
            f"Of the groups that are to stay visible ({', '.join(_group(row.group) for row in spared[:MOST_LOST])}"
            + (f" and {len(spared) - MOST_LOST} more" if len(spared) > MOST_LOST else "")
            + f"), {_many(hidden, 'figure is', 'figures are')} withheld; it would be {without:,} if they counted no "
            "more than others."
        )
    for one in report.decisions:
        refused = "; for others somebody in the group said no" if one.refused else ""
        lines.append(
            f"Decision of {one.by} ({one.date}) on {_group(one.group)}, '{one.action}': "
            f"{_many(one.followed, 'figure follows', 'figures follow')} it{refused}."
        )
    return lines


def _group(group: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {category}" for name, category in group.items())


MOST_LOST = 3


def _protection(study: Study) -> list[str]:
    """Say what was withheld, in one sentence or two."""
    report, rules = study.leaving.disclosure, study.plan.protection
    if report.reason:
        return [f"No figure is withheld. {report.reason}"]
    lines = [note for note in report.notes if note not in study.examined.notes]
    if rules.by_default:
        lines.append(
            f"The minimum of {rules.minimum_contributors} is the default for data on people; the study may set its own "
            "(protection.minimum_contributors; 0 = withhold nothing)."
        )
    return lines


def tell_release(study: Study, folder: Path) -> Account:
    """Say where the release is and what is in it."""
    from countersign.study.sdmx_output import told

    lines = [*_counts(study), _states(study.findings), *_verdict(study.fitness), *_totals(study.protected)]
    if study.leaving.disclosure.withheld:
        lines += _protection(study)
    lines += told(study.release)
    lines += study.warned
    files = sorted(str(path.relative_to(folder)) for path in folder.iterdir())
    lines.append(f"{_first(folder)[0]} {folder / _first(folder)[1]}")
    figure = next((e.figure_id for e in study.protected if e.value is not None and e.figure_id), "")
    following = command("retrace", folder, figure) if figure else _following(study, folder, files)
    data = {"release": str(folder), "files": files, "figures": len(study.protected), "findings": len(study.findings)}
    return Account("run", tuple(lines), following, data)


def first_file(folder: Path) -> Path:
    """Return what to open first of a release: a page, else its print, else the figures, else the folder itself."""
    return folder / _first(folder)[1]


def _first(folder: Path) -> tuple[str, str]:
    named = ((text, name) for text, names in _FIRST for name in names)
    return next(((text, name) for text, name in named if (folder / name).is_file()), ("The release is", ""))


_FIRST = (
    ("The report is", ("report.html", "report.pdf")),
    ("The page for the community is", ("community.html", "community.pdf")),
    ("The dossier is", ("dossier.html", "dossier.pdf")),
    ("The policy brief is", ("brief.html", "brief.pdf")),
    ("The figures are in", ("estimates.csv", "figures.xlsx")),
)


def _following(study: Study, folder: Path, files: Sequence[str]) -> str:
    """Return what to do where no figure can be retraced: check the release, else the study file."""
    return command("verify", folder / "bundle.zip") if "bundle.zip" in files else of_study(study, "check")


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
