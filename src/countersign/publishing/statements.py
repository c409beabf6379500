"""What stands beside figures outside our own pages, in one language: method, interval, verdict, consent, who signs."""

from __future__ import annotations

from countersign.catalogue import available, load
from countersign.model.estimate import EstimateTable
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.release import Release
from countersign.publishing.labels import Labels, lowered
from countersign.publishing.language import Words
from countersign.publishing.record import methods
from countersign.publishing.reference import criterion_title, selection_title, use_title
from countersign.publishing.verdicts import of_verdicts


def citizen_data(release: Release, words: Words) -> str:
    """Return that these are citizen data, who collected them, and what that means."""
    plan = release.plan
    said = [words.gettext("These are citizen data.")]
    if plan.synthetic or release.estimates.synthetic:
        said.insert(0, words.gettext("Synthetic data: made up, do not quote."))
    if plan.initiative.organiser:
        said.append(words.gettext("Organised by: {name}.").format(name=plan.initiative.organiser.rstrip(".")))
    selections = dict.fromkeys(note.selection for note in release.data)
    ways = "; ".join(lowered(selection_title(one, words)) for one in selections)
    if ways:
        said.append(words.gettext("How units got into the data: {ways}.").format(ways=ways))
    said.append(
        words.gettext("They are official statistics only where the statistical office has signed them as such.")
    )
    return " ".join(said)


def collection(release: Release, words: Words) -> str:
    """Return who took part, what a row is, and by which protocol."""
    plan = release.plan
    said = [words.gettext("One row is: {unit}.").format(unit=note.unit) for note in release.data[:1]]
    if plan.population.who:
        said.append(words.gettext("Population: {who}.").format(who=plan.population.who.rstrip(".")))
    if plan.population.time:
        said.append(words.gettext("Period: {time}.").format(time=plan.population.time))
    if plan.initiative.protocol:
        said.append(words.gettext("Protocol: {protocol}.").format(protocol=plan.initiative.protocol.rstrip(".")))
    return " ".join(said)


def computation(release: Release, indicator: str, labels: Labels, words: Words) -> str:
    """Return how the figures and their variance were computed."""
    own = tuple(one for one in release.estimates if one.indicator == indicator)
    found = methods(EstimateTable(own), labels, words)
    return " ".join(f"{one}." for one in dict.fromkeys(method.method.rstrip(".") for method in found))


def interval(release: Release, indicator: str, labels: Labels, words: Words) -> str:
    """Return which interval LOWER_BOUND and UPPER_BOUND are, at which level, and what must hold for it."""
    own = tuple(one for one in release.estimates if one.indicator == indicator)
    known = load("intervals")
    said = []
    for one in methods(EstimateTable(own), labels, words):
        title = words.gettext(known[one.convention].title) if one.convention in known else one.convention
        text = words.gettext("{level} interval, {convention}: {title}.").format(
            level=one.level, convention=one.convention, title=title
        )
        if one.assumption:
            text += " " + words.gettext("Assumption: {assumption}.").format(assumption=one.assumption.rstrip("."))
        said.append(text)
    return " ".join(dict.fromkeys(said))


def use(release: Release, indicator: str, words: Words) -> str:
    """Return what the figures are good enough for, what is in the way of more, and the cheapest next step."""
    found = of_verdicts(release.fitness, indicator)
    if found is None:
        return words.gettext("Nobody has judged yet what these figures are good enough for.")
    if found.use:
        said = [words.gettext("Good enough for: {use}.").format(use=named(found.use, words))]
    else:
        said = [words.gettext("No use is established yet.")]
        if found.reach:
            said.append(
                words.gettext("Nothing found so far speaks against: {use}.").format(use=named(found.reach, words))
            )
    if found.blocked:
        first = min(found.blocked)
        titles = "; ".join(criterion_title(key, words) for key in found.blocked[first])
        said.append(
            words.gettext("Not good enough for: {use}, because of: {criteria}.").format(
                use=named(first, words), criteria=titles
            )
        )
    if found.next_step:
        said.append(words.gettext("Next step: {step}").format(step=found.next_step))
    return " ".join(said)


def named(key: str, words: Words) -> str:
    """Return ``U2, local action``."""
    return f"{key}, {lowered(use_title(key, words))}"


def assurance(release: Release, words: Words) -> str:
    """Return how many criteria passed, warned, failed and were not assessed."""
    states = [one.state for one in release.findings]
    return words.gettext(
        "Checks of quality: {passed} passed, {warned} warn, {failed} failed, {open} not assessed. What nobody assessed "
        "has neither passed nor failed."
    ).format(
        passed=states.count(State.PASS),
        warned=states.count(State.WARN),
        failed=states.count(State.FAIL),
        open=states.count(State.NOT_ASSESSED),
    )


def consent(plan: Plan, words: Words) -> str:
    """Return how people agreed, and for which purpose."""
    said = [plan.initiative.consent.rstrip(".") + "."] if plan.initiative.consent else []
    if plan.consent and plan.consent.purpose:
        said.append(words.gettext("Only records of people who agreed to this purpose are in the figures."))
    return " ".join(said) or words.gettext("How people agreed is not stated.")


def signatures(plan: Plan, words: Words) -> str:
    """Return who is to sign; who has, the evidence tells that comes with the release."""
    roles = load("signing_roles") if "signing_roles" in available() else None
    said = [
        f"{one.name} ({words.gettext(roles[one.role].title) if roles and one.role in roles else one.role})"
        for one in plan.signing.parties.values()
    ]
    if not said:
        return words.gettext("The study names nobody who signs the figures.")
    return words.gettext("Who signs: {parties}. Who has signed is in the evidence beside the release.").format(
        parties="; ".join(said)
    )


def blank(words: Words) -> str:
    """Return what a cell without a number means."""
    return words.gettext(
        "A blank value is not zero. The column STATUS says which it is: withheld to protect people, too few answers, "
        "no data, not asked, or refused because these data cannot carry such a figure."
    )


def definition(plan: IndicatorPlan | None, labels: Labels, indicator: str) -> str:
    """Return what is computed: the title, the statistic and the expression of the study."""
    title = labels.indicator(indicator)
    if plan is None:
        return title
    expression = f"{plan.numerator} / {plan.denominator}" if plan.denominator else plan.numerator
    where = f"; {plan.where}" if plan.where else ""
    statistic = "median" if plan.statistic == "quantile" and plan.q == 0.5 else plan.statistic
    return f"{title} [{statistic}: {expression}{where}]"
