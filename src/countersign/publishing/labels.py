"""Names as people know them: labels of indicators, variables and categories in the language of the report."""

from __future__ import annotations

from collections.abc import Mapping

from countersign.model.dataset import Codebook
from countersign.model.estimate import Estimate, Status
from countersign.model.finding import State
from countersign.model.plan import Plan
from countersign.publishing.language import Words

SYMBOLS = {
    State.PASS: "✓",
    State.WARN: "▲",
    State.FAIL: "✕",
    State.NOT_ASSESSED: "○",
    State.NOT_APPLICABLE: "–",
}
WORST_FIRST = (State.FAIL, State.WARN, State.NOT_ASSESSED, State.PASS, State.NOT_APPLICABLE)


class Labels:
    """The labels of one release in one language.

    Parameters
    ----------
    plan: titles of the indicators. codebooks: labels of variables and categories. names: further labels, by name.
    """

    def __init__(
        self, plan: Plan | None, codebooks: tuple[Codebook, ...], words: Words, names: Mapping[str, str] | None = None
    ) -> None:
        self.plan, self.codebooks, self.words, self.names = plan, codebooks, words, names or {}

    def indicator(self, name: str) -> str:
        """Return the title of an indicator."""
        plan = self.plan.indicators.get(name) if self.plan else None
        return (self.words.pick(plan.title) if plan else "") or self.names.get(name) or plain(name)

    def variable(self, name: str) -> str:
        """Return the label of a variable."""
        for codebook in self.codebooks:
            if name in codebook and codebook[name].label:
                return self.words.pick(codebook[name].label, plain(name))
        return self.names.get(name) or plain(name)

    def category(self, variable: str, code: str) -> str:
        """Return the label of one category."""
        for codebook in self.codebooks:
            if variable in codebook and code in codebook[variable].values:
                return codebook[variable].values[code]
        return str(code)

    def by(self, variables: tuple[str, ...]) -> str:
        """Return ``sex and age group``."""
        names = [lowered(self.variable(name)) for name in variables]
        if len(names) < 2:
            return "".join(names)
        return self.words.gettext("{first} and {last}").format(first=", ".join(names[:-1]), last=names[-1])

    def domain(self, domain: Mapping[str, str]) -> str:
        """Return ``Women, North``; for the whole population ``All``."""
        parts = [self.category(name, str(code)) for name, code in domain.items()]
        return ", ".join(parts) or self.words.gettext("All")


def plain(name: str) -> str:
    """Turn a name of the study file into words: ``age_group`` becomes ``Age group``."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Return a label for the middle of a sentence; abbreviations keep their capitals."""
    return text if len(text) < 2 or text[1:2].isupper() else text[0].lower() + text[1:]


def state_word(state: State, words: Words) -> str:
    """Return the word for the state of a criterion."""
    return {
        State.PASS: words.gettext("Passed"),
        State.WARN: words.gettext("Warning"),
        State.FAIL: words.gettext("Failed"),
        State.NOT_ASSESSED: words.gettext("Not assessed"),
        State.NOT_APPLICABLE: words.gettext("Does not apply"),
    }[state]


def status_word(status: Status, words: Words) -> str:
    """Return the word beside a figure; empty for an ordinary one."""
    return {
        Status.PUBLISHED: "",
        Status.CAUTION: words.gettext("use with caution"),
        Status.UNRELIABLE: words.gettext("unreliable"),
        Status.SUPPRESSED: words.gettext("withheld to protect people"),
        Status.TOO_FEW: words.gettext("too few"),
        Status.NO_DATA: words.gettext("no data"),
        Status.NOT_ASKED: words.gettext("not asked"),
        Status.REFUSED: words.gettext("refused: these data cannot carry it"),
    }[status]


def statistic_of(one: Estimate, labels: Labels, words: Words) -> str:
    """Return the word for the statistic of a figure; the middle quantile is the median."""
    plan = labels.plan.indicators.get(one.indicator) if labels.plan else None
    statistic = "median" if one.statistic == "quantile" and plan is not None and plan.q == 0.5 else one.statistic
    return {
        "mean": words.gettext("mean"),
        "proportion": words.gettext("share"),
        "distribution": words.gettext("share"),
        "total": words.gettext("total"),
        "count": words.gettext("count"),
        "ratio": words.gettext("ratio"),
        "quantile": words.gettext("quantile"),
        "median": words.gettext("median"),
    }.get(statistic, statistic)
