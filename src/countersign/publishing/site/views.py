"""A release as pages see it: labels in one language, figures by id, and where each has its page."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from countersign.catalogue import load
from countersign.model.address import figure_path
from countersign.model.calendar import Comment, Correction
from countersign.model.dataset import Codebook
from countersign.model.estimate import Estimate, Status
from countersign.model.plan import declared_variable
from countersign.model.sentence import Sentence
from countersign.model.site import Site, SiteRelease, SiteSignature, SiteStudy
from countersign.publishing.digits import show
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import Words
from countersign.publishing.plausible import column, told

TIMES = frozenset({"year", "quarter", "month", "week", "period", "round", "wave", "season"})
"""Names of breakdowns that are times and no groups of people."""


class ReleaseView:
    """One release in one language."""

    def __init__(self, study: SiteStudy, release: SiteRelease, words: Words) -> None:
        self.study, self.release, self.words = study, release, words
        self.base = f"{study.key}/{release.vintage}/" if study.key else f"{release.vintage}/"
        self.labels = Labels(release.plan, _codebooks(release), words)

    @cached_property
    def figures(self) -> dict[str, Estimate]:
        """Figures by id, in the order of the study."""
        return {one.figure_id: one for one in self.release.estimates}

    @cached_property
    def _by_domain(self) -> dict[tuple[str, frozenset[tuple[str, str]]], Estimate]:
        return {(one.indicator, frozenset(one.domain.items())): one for one in self.release.estimates}

    @cached_property
    def paths(self) -> dict[str, str]:
        """figure_id -> path of its page from the root of the site."""
        return {name: f"{self.base}figures/{figure_path(name)}/index.html" for name in self.figures}

    def without(self, one: Estimate, variable: str) -> Estimate | None:
        """Return the figure of the wider group: the same one, not broken down by `variable`."""
        rest = frozenset((name, code) for name, code in one.domain.items() if name != variable)
        return self._by_domain.get((one.indicator, rest))

    def everybody(self, indicator: str) -> Estimate | None:
        """Return the figure of an indicator for everybody."""
        return self._by_domain.get((indicator, frozenset()))

    @cached_property
    def indicators(self) -> dict[str, list[Estimate]]:
        """Indicator -> its figures, in the order of the study."""
        found: dict[str, list[Estimate]] = {}
        for one in self.release.estimates:
            found.setdefault(one.indicator, []).append(one)
        return found

    def has(self, indicator: str) -> bool:
        """Return whether some figure is of this indicator."""
        return indicator in self.indicators

    def title(self, one: Estimate) -> str:
        """Return ``Adults with water: women, North``."""
        name = self.labels.indicator(one.indicator)
        return f"{name}: {self.labels.domain(one.domain)}" if one.domain else name

    def line(self, one: Estimate) -> str:
        """Return the figure in one line, with interval and unit, or the word that says why there is none."""
        if not shown(one):
            return status_word(one.status, self.words)
        numbers = show(one, self.words)
        range_ = f"{numbers.value} ({column(one, self.words)})" if told(one) else numbers.line
        return f"{range_} {numbers.unit}".strip()

    def sentence(self, figure_id: str) -> Sentence | None:
        """Return what may be written of a figure."""
        return self.release.sentences.get(figure_id)

    def corrections(self, figure_id: str) -> list[tuple[Correction, str, bool]]:
        """Return corrections of a figure: what, the vintage that puts it right, and whether this is the wrong one."""
        return [
            (one, by, one.vintage == self.release.vintage)
            for one, by in self.study.corrections
            if one.concerns(figure_id) and self.release.vintage in (one.vintage, by)
        ]

    def comments(self, figure_id: str) -> list[Comment]:
        """Return what the organisers say on misreadings of a figure."""
        return [one for one in self.study.comments if one.concerns(figure_id)]

    @cached_property
    def groups(self) -> dict[tuple[str, str], list[Estimate]]:
        """Variable and category -> the figures about that group, those about nothing else first."""
        found: dict[tuple[str, str], list[Estimate]] = {}
        for one in sorted(self.release.estimates, key=lambda each: len(each.domain)):
            for pair in one.domain.items():
                found.setdefault(pair, []).append(one)
        return found

    def kind(self, variable: str) -> str:
        """Return whether a breakdown is about ``people``, a ``place`` or a ``time``."""
        roles = self.release.plan.main.roles
        if variable in roles.get("area", ()):
            return "place"
        return "time" if variable in roles.get("time", ()) or variable.casefold() in TIMES else "people"

    def group_path(self, variable: str, category: str) -> str:
        """Return the path of a group's page from the root of the site."""
        return f"{self.prefix}groups/{figure_path(f'{variable}={category}')}/index.html"

    def indicator_path(self, indicator: str) -> str:
        """Return the path of an indicator's page from the root of the site."""
        return f"{self.prefix}indicators/{figure_path(indicator)}/index.html"

    @property
    def prefix(self) -> str:
        """The folder of the study, from the root of the site."""
        return f"{self.study.key}/" if self.study.key else ""

    @property
    def study_title(self) -> str:
        """Title of the study as this release gives it; one that is made up says so."""
        title = self.words.pick(self.release.plan.title, self.words.gettext("Untitled study"))
        if self.synthetic and "synthetic" not in title.casefold():
            return self.words.gettext("{title} (synthetic data)").format(title=title)
        return title

    @property
    def synthetic(self) -> bool:
        """Whether everything in it is made up."""
        return self.release.plan.synthetic

    @cached_property
    def signatures(self) -> list[SiteSignature]:
        """Who signed, roles and positions in words."""
        titles = {entry.id: entry.title for listed in ("signing_roles", "signing_positions") for entry in load(listed)}

        def said(name: str) -> str:
            return self.words.gettext(titles[name]) if name in titles else name

        return [replace(one, role=said(one.role), position=said(one.position)) for one in self.release.signatures]

    @cached_property
    def withheld(self) -> int:
        """How many figures are withheld to protect people."""
        return sum(one.status is Status.SUPPRESSED for one in self.release.estimates)


class StudyView:
    """All releases of a study in one language, the newest first."""

    def __init__(self, study: SiteStudy, words: Words) -> None:
        self.study, self.words = study, words
        self.releases = [ReleaseView(study, one, words) for one in study.releases]

    @property
    def newest(self) -> ReleaseView:
        """The newest release."""
        return self.releases[0]

    @property
    def path(self) -> str:
        """Path of the study's page."""
        return f"{self.newest.prefix}index.html"

    def over_time(self, figure_id: str) -> list[tuple[ReleaseView, Estimate]]:
        """Return the figure in every release that has it, the oldest first."""
        return [(one, one.figures[figure_id]) for one in reversed(self.releases) if figure_id in one.figures]


def views(site: Site, words: Words) -> list[StudyView]:
    """Return every study of a site in one language."""
    return [StudyView(one, words) for one in site.studies]


def _codebooks(release: SiteRelease) -> tuple[Codebook, ...]:
    """Return what the study file itself says of variables; more is not published."""
    books = []
    for source in release.plan.data.values():
        specs: dict[str, dict[str, Any]] = {name: dict(spec) for name, spec in source.variables.items()}
        for name, label in source.labels.items():
            specs[name] = {**specs.get(name, {}), "label": label}
        found = {}
        for name, spec in specs.items():
            label = spec.get("label", {})
            told_label = {"en": label} if isinstance(label, str) else label
            found[name] = declared_variable(name, {**spec, "label": told_label, "type": "text"})
        books.append(Codebook(found))
    return tuple(books)
