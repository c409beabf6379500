"""Sentences: figures and verdicts -> the strongest sentence that may be written of each, and those that may not.

What may be said follows the use ladder: up to U3 only of those who took part, from U4 on of the population with its
range and condition, as an experimental figure from U5, and as the figure itself at U6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from countersign.catalogue import uses
from countersign.model.estimate import Estimate, Status
from countersign.model.finding import Blocker, Finding, Fitness
from countersign.model.held_against import LimitChange
from countersign.model.plan import Plan
from countersign.model.release import Release
from countersign.model.sentence import Refused, Sentence
from countersign.publishing.delimited import write_delimited
from countersign.publishing.digits import count, decimals, number, percent, scale, show
from countersign.publishing.exports import named, shown
from countersign.publishing.labels import Labels, statistic_of, status_word
from countersign.publishing.language import Words
from countersign.publishing.plausible import told
from countersign.publishing.reference import self_selected

SENTENCE_COLUMNS = (
    "figure_id", "indicator", "use", "sentence", "caveat", "open", "refused_claim", "refused_sentence", "refused_why",
    "instead", "limits_changed",
)  # fmt: skip
TOOK_PART, RANGE, EXPERIMENT, FIGURE = "took part", "range", "experiment", "figure"
FORMS: Mapping[str, str] = {"U0": "", "U1": TOOK_PART, "U2": TOOK_PART, "U3": TOOK_PART, "U4": RANGE, "U5": EXPERIMENT,
                            "U6": FIGURE}  # fmt: skip
MOST_REASONS = 3


def permit(release: Release, words: Words) -> tuple[Sentence, ...]:
    """Return what may be written of every figure of a release, in the order of the figures.

    A figure takes the verdict of its area where there is one, else of its indicator, else of the whole study. The
    strongest form is that of the highest use that nothing found speaks against (`Fitness.reach`); criteria that nobody
    has assessed are named as conditions.
    """
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)
    speaker = _Speaker(release.plan, labels, words, _selections(release))
    return tuple(_permitted(one, release, speaker) for one in release.estimates)


def write_sentences(sentences: Iterable[Sentence], path: Path, *, limits: Sequence[LimitChange] = ()) -> int:
    """Write ``sentences.csv``: one row a refused sentence of a figure, or one row where none is; return the rows.

    Every row names the `limits` that the study sets otherwise than the catalogue.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=SENTENCE_COLUMNS, rows=sentence_rows(sentences, limits=limits))


def sentence_rows(sentences: Iterable[Sentence], *, limits: Sequence[LimitChange] = ()) -> list[list[str]]:
    """Return the rows of ``sentences.csv``."""
    rows: list[list[str]] = []
    last = named(limits)
    for one in sentences:
        head = [one.figure_id, one.indicator, one.use, one.text, one.caveat, " ".join(one.open)]
        refused = [(no.claim, no.sentence, no.why, no.instead) for no in one.refused]
        rows += [[*head, *no, last] for no in refused or [("", "", "", "")]]
    return rows


def _selections(release: Release) -> dict[str, str]:
    return {note.name: note.selection for note in release.data}


def _verdict(one: Estimate, fitness: Sequence[Fitness]) -> Fitness | None:
    """The verdict that is nearest to a figure: of its area, of its indicator, of the study."""
    own = [verdict for verdict in fitness if verdict.subject in ("", one.indicator)]
    own = [v for v in own if all(one.domain.get(name) == category for name, category in v.domain.items())]
    return max(own, key=lambda v: (len(v.domain), bool(v.subject)), default=None)


def _permitted(one: Estimate, release: Release, speaker: _Speaker) -> Sentence:
    words = speaker.words
    verdict = _verdict(one, release.fitness)
    blocked = [f for f in release.findings if f.check == "blocked_claim" and f.subject in ("", one.indicator)]
    statements = tuple(_claim(f) for f in blocked if f.evidence.get("refuses") == "statement")
    if one.status is Status.REFUSED:
        figures = tuple(_claim(f) for f in blocked if f.evidence.get("refuses") == "figure")
        note = one.note.removeprefix("Refused: ") or _state(one, words)
        text = words.gettext("No figure may be written of this. {note}").format(note=note[:1].upper() + note[1:])
        return Sentence(one.figure_id, one.indicator, text, "", refused=(*figures, *statements))
    if not shown(one) or one.value is None:
        text = words.gettext("No figure may be written of this. {note}").format(note=_state(one, words))
        return Sentence(one.figure_id, one.indicator, text.strip(), "", refused=statements)
    reach = verdict.reach if verdict else ""
    form = FORMS.get(reach, "")
    if one.status is Status.UNRELIABLE and form not in ("", TOOK_PART):
        form = RANGE
    text = speaker.say(one, form)
    return Sentence(
        figure_id=one.figure_id,
        indicator=one.indicator,
        text=text,
        use=reach,
        caveat=" ".join(filter(None, [speaker.caveat(one, form, release.findings), speaker.before(verdict)])),
        open=tuple(b.criterion for b in verdict.blockers if not b.failed and b.use <= reach) if verdict else (),
        refused=(*_stronger(one, form, verdict, speaker), *statements),
    )


def _state(one: Estimate, words: Words) -> str:
    """Return why there is no figure: the word of its state, and the note where it says more."""
    word = status_word(one.status, words)
    if word.casefold() in one.note.casefold():
        word = ""
    return ". ".join(part[:1].upper() + part[1:].rstrip(".") for part in (word, one.note) if part) + "."


def _claim(finding: Finding) -> Refused:
    evidence = finding.evidence
    return Refused(str(evidence["claim"]), str(evidence["sentence"]), finding.message, finding.fix)


def _stronger(one: Estimate, form: str, verdict: Fitness | None, speaker: _Speaker) -> tuple[Refused, ...]:
    """The forms above the one allowed, each with what stands in its way."""
    if verdict is None:
        return ()
    found: list[Refused] = []
    seen = {form}
    for use in uses():
        stronger = FORMS[use.id]
        if use.id <= verdict.reach or stronger in seen or not stronger:
            continue
        seen.add(stronger)
        failed = [b for b in verdict.blockers if b.failed and b.use <= use.id]
        found.append(
            Refused(
                claim=use.id,
                sentence=speaker.say(one, stronger),
                why=_why(failed),
                instead=failed[0].fix if failed else "",
            )
        )
    return tuple(found)


def _why(failed: Sequence[Blocker]) -> str:
    told_ = [f"{b.criterion}: {b.why}" for b in failed[:MOST_REASONS]]
    return " ".join(told_)


class _Speaker:
    """Writes the sentences of one study in one language."""

    def __init__(self, plan: Plan, labels: Labels, words: Words, selections: Mapping[str, str]) -> None:
        self.plan, self.labels, self.words, self.selections = plan, labels, words, selections

    def say(self, one: Estimate, form: str) -> str:
        """Return the sentence of a figure in one form; the empty form speaks only to those inside."""
        words = self.words
        about = self._about(one)
        if form == "":
            return words.gettext("{about}: we may talk about it among ourselves. Nothing may be published yet.").format(
                about=about
            )
        if form == TOOK_PART:
            return self._took_part(one, about)
        value, low, high = self._numbers(one)
        if one.lower == one.upper and low == high.removesuffix("%").strip():
            return self._without_range(one, about, value, form)
        if form == RANGE:
            text = words.gettext("{about}: somewhere between {low} and {high}{where}, if {condition}.")
        elif form == EXPERIMENT:
            text = words.gettext("{about}: about {value}, somewhere between {low} and {high}{where}. An experimental "
                                 "figure beside the official one.")  # fmt: skip
        else:
            text = words.gettext("{about}: {value} ({low} to {high}){where}.")
        return text.format(
            about=about, value=value, low=low, high=high, where=self._where(one), condition=self.condition(one)
        )

    def _without_range(self, one: Estimate, about: str, value: str, form: str) -> str:
        """Return the sentence of a figure that chance does not move, such as one of all units there are."""
        words = self.words
        if form == RANGE:
            text = words.gettext("{about}: {value}{where}, if {condition}.")
        elif form == EXPERIMENT:
            text = words.gettext("{about}: {value}{where}. An experimental figure beside the official one.")
        else:
            text = words.gettext("{about}: {value}{where}.")
        return text.format(about=about, value=value, where=self._where(one), condition=self.condition(one))

    def _about(self, one: Estimate) -> str:
        title = self.labels.indicator(one.indicator)
        return f"{title}, {self.labels.domain(one.domain)}" if one.domain else title

    def _where(self, one: Estimate) -> str:
        parts = [self.plan.population.area or one.area, (one.time or self.plan.population.time).replace("/", "–")]
        told_ = ", ".join(part for part in parts if part)
        return f" ({told_})" if told_ else ""

    def _took_part(self, one: Estimate, about: str) -> str:
        words, own = self.words, scale(one.statistic, one.unit)
        value = one.value if one.raw is None else one.raw
        assert value is not None
        n = count(one.n, words)
        if one.statistic in ("proportion", "distribution"):
            text = words.gettext("{about}: {count} of the {n} who took part ({value}){where}.")
            return text.format(about=about, count=count(value * one.n, words), n=n, value=percent(value, words),
                               where=self._where(one))  # fmt: skip
        lower, upper = (one.lower or value) * own.factor, (one.upper or value) * own.factor
        text = words.gettext("{about}: {statistic} {value} among the {n} that took part{where}.")
        return text.format(
            about=about,
            statistic=statistic_of(one, self.labels, words),
            value=f"{number(value * own.factor, decimals(lower, upper), words)} {own.unit}".strip(),
            n=n,
            where=self._where(one),
        )

    def _numbers(self, one: Estimate) -> tuple[str, str, str]:
        """Value and ends as text: of the plausible range where chance is not the whole of it."""
        own, found = scale(one.statistic, one.unit), told(one)
        unit = "%" if own.percent else own.unit
        if found is None:
            numbers = show(one, self.words)
            return f"{numbers.value} {unit}".strip(), f"{numbers.lower}", f"{numbers.upper} {unit}".strip()
        low, high = found.lower * own.factor, found.upper * own.factor
        places = decimals(low, high)
        assert one.value is not None
        said = [number(each, places, self.words) for each in (one.value * own.factor, low, high)]
        return f"{said[0]} {unit}".strip(), said[1], f"{said[2]} {unit}".strip()

    def _selection(self, one: Estimate) -> str:
        plan = self.plan.indicators.get(one.indicator)
        name = plan.data if plan and plan.data else self.plan.main.name
        return self.selections.get(name, self.plan.initiative.selection)

    def condition(self, one: Estimate) -> str:
        """Return what must hold for the range to hold the truth."""
        words = self.words
        selection = self._selection(one)
        if selection == "enumeration":
            return words.gettext("nobody was left out")
        if not self_selected(selection):
            return words.gettext("those who did not answer are like those who did")
        if told(one) is not None:
            return words.gettext(
                "those who took part differ from the others no more than they do on questions that can be checked, and "
                "no more than was stated"
            )
        if self.plan.weighting is not None:
            return words.gettext("people alike in {variables} are alike in this, whether they took part or not").format(
                variables=self.labels.by(tuple(dict.fromkeys(v for group in self.plan.weighting.by for v in group)))
            )
        return words.gettext("those who took part are like those who did not")

    def before(self, verdict: Fitness | None) -> str:
        """Return which rights nobody has confirmed yet: until then nothing is published."""
        rights = (
            [b.criterion for b in verdict.blockers if b.criterion.startswith("A") and b.use <= "U1"] if verdict else []
        )
        if not rights:
            return ""
        return self.words.gettext("Before it is published, these must be answered: {criteria}.").format(
            criteria=", ".join(rights)
        )

    def caveat(self, one: Estimate, form: str, findings: Iterable[Finding]) -> str:
        """Return what must stand beside the sentence."""
        words, parts = self.words, []
        if self_selected(self._selection(one)):
            parts.append(
                words.gettext("Those who took part chose themselves.")
                if form != TOOK_PART
                else words.gettext("Those who took part chose themselves, so this says nothing about anybody else.")
            )
        if one.status is Status.UNRELIABLE:
            parts.append(words.gettext("Too uncertain to be quoted alone."))
        elif one.status is Status.CAUTION:
            parts.append(words.gettext("To be used with care: few records stand behind it."))
        off = next((f for f in findings if f.check == "residual_bias" and f.value is not None), None)
        if off is not None and form != TOOK_PART:
            parts.append(
                words.gettext(
                    "Where the right answer is known, these data are off by {points} points on average."
                ).format(points=number(off.value or 0.0, 1, words))
            )
        if self.plan.limits:
            parts.append(
                words.gettext("This study sets limits of its own: {limits}.").format(
                    limits=", ".join(change.limit for change in self.plan.limits)
                )
            )
        if self.plan.synthetic:
            parts.append(words.gettext("Synthetic data: made up, do not quote."))
        return " ".join(parts)
