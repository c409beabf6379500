"""Figures of one indicator by period -> a trend; where something broke between two periods no line joins them."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Sequence

from countersign.errors import CountersignError
from countersign.model.estimate import Estimate, Status
from countersign.model.expression import names, parse
from countersign.model.finding import State
from countersign.model.period import first_day, years_of
from countersign.model.plan import Plan
from countersign.model.process import Round
from countersign.model.release import Release
from countersign.publishing.charting.trend import Moment, Rupture, TrendChart
from countersign.publishing.digits import scale
from countersign.publishing.exports import shown
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import Words
from countersign.publishing.plausible import told
from countersign.publishing.sdmx.periods import days

TIMES = frozenset({"year", "quarter", "month", "week", "period", "round", "wave", "season", "date", "day"})
MOST_MOMENTS = 40
DAYS_A_YEAR = 365.25

Span = tuple[datetime.date, datetime.date]


def trend(
    estimates: Sequence[Estimate], release: Release, labels: Labels, words: Words, *, title: str, description: str
) -> TrendChart | None:
    """Return the trend of an indicator's figures by one variable of time; None where the variable is none.

    None also where fewer than two figures can be shown or there are more periods than a picture holds.

    Parameters
    ----------
    description: what the picture shows; the breaks are added to it.
    """
    spans = _spans(estimates, release.plan)
    if len(spans) > MOST_MOMENTS or sum(shown(one) for one, _ in spans) < 2:
        return None
    own = scale(estimates[0].statistic, estimates[0].unit)
    found = ruptures([span for _, span in spans], release, words, indicator=estimates[0].indicator)
    if found:
        whys = "; ".join(f"{_label(spans[one.before][0], labels)}: {one.why}" for one in found)
        description += " " + words.gettext("No line is drawn across a break: {breaks}.").format(breaks=whys)
    ranged = any(shown(one) and told(one) for one, _ in spans)
    return TrendChart(
        title=title,
        description=description,
        moments=tuple(_moment(one, span, own.factor, labels, words) for one, span in spans),
        ruptures=found,
        axis=own.unit,
        floor=0.0 if own.percent else None,
        ceiling=100.0 if own.percent else None,
        band=words.gettext("plausible range") if ranged else "",
        joined=bool(found) or not _refused(release, estimates[0].indicator),
    )


def is_time(variable: str, categories: Sequence[str], plan: Plan) -> bool:
    """Return whether categories are periods of collection.

    All must be periods, and the variable the time of a record, made from it, called like one, or within the period
    that the study is about. The year of a birth is none.
    """
    if not categories or not all(days(one) for one in categories):
        return False
    times = {name for source in plan.data.values() for name in source.roles.get("time", ())}
    made = (source.derive[variable] for source in plan.data.values() if variable in source.derive)
    if variable in times or variable.casefold() in TIMES or any(_rests_on(one, times) for one in made):
        return True
    within = set(years_of(plan.population.time))
    return all(first.year in within and last.year in within for first, last in filter(None, map(days, categories)))


def ruptures(spans: Sequence[Span], release: Release, words: Words, *, indicator: str) -> tuple[Rupture, ...]:
    """Return the breaks between periods: another form or method in a round, or all groups that moved at once."""
    whys: dict[int, list[str]] = {}
    for day, why in itertools.chain(
        _of_rounds(release, words, indicator), _of_measures(release, words, indicator=indicator)
    ):
        for place in _places(day, spans):
            whys.setdefault(place, []).append(why)
    return tuple(Rupture(place, ", ".join(dict.fromkeys(whys[place]))) for place in sorted(whys))


def _spans(estimates: Sequence[Estimate], plan: Plan) -> list[tuple[Estimate, Span]]:
    """Return the figures in order of time; none where they are not by one variable of time."""
    variables = {tuple(one.domain) for one in estimates}
    if len(variables) != 1 or len(next(iter(variables))) != 1:
        return []
    (variable,) = next(iter(variables))
    if not is_time(variable, [str(one.domain[variable]) for one in estimates], plan):
        return []
    found = [(one, span) for one in estimates if (span := days(str(one.domain[variable])))]
    return sorted(found, key=lambda each: each[1])


def _rests_on(expression: str, times: set[str]) -> bool:
    try:
        return bool(set(names(parse(expression), list(times))) & times)
    except CountersignError:
        return False


def _places(day: datetime.date, spans: Sequence[Span]) -> Iterator[int]:
    """Yield before which periods a break of that day stands: on both sides of a period in whose midst it falls."""
    for place, (first, last) in enumerate(spans):
        if last < day:
            continue
        yield from [each for each in (place, place + 1) if 0 < each < len(spans) and (each == place or first < day)]
        return


def _of_rounds(release: Release, words: Words, indicator: str) -> Iterator[tuple[datetime.date, str]]:
    dated = [(day, one) for one in release.plan.process.rounds if (day := first_day(one.period))]
    compared, broken = _forms(release, indicator)
    for (_, before), (day, after) in itertools.pairwise(sorted(dated, key=lambda each: each[0])):
        forms = {before.form, after.form} - {""}
        if len(forms) == 2 and (forms & broken or not forms <= compared):
            yield day, words.gettext("the form changed")
        if before.method and after.method and _words(before) != _words(after):
            yield day, words.gettext("the method changed")


def _forms(release: Release, indicator: str) -> tuple[set[str], set[str]]:
    """Return the forms that were held against the one in use, and those that break this indicator's series."""
    compared: set[str] = set()
    broken: set[str] = set()
    for one in release.findings:
        if one.check == "form_versions" and "after" in one.evidence:
            compared |= {str(one.evidence["before"]), str(one.evidence["after"])}
        if one.check == "series_break" and one.subject == indicator:
            broken.add(str(one.evidence.get("before", "")))
    return compared, broken


def _of_measures(release: Release, words: Words, *, indicator: str) -> Iterator[tuple[datetime.date, str]]:
    for one in release.findings:
        if one.check != "scale_break" or one.subject != indicator or one.state not in (State.WARN, State.FAIL):
            continue
        if day := first_day(str(one.evidence.get("to", ""))):
            yield day, words.gettext("all groups moved at once")


def _refused(release: Release, indicator: str) -> bool:
    """Whether the data cannot carry a trend that the study wants to tell."""
    return any(
        one.check == "blocked_claim"
        and one.subject in ("", indicator)
        and "trend" in str(one.evidence.get("claim", ""))
        for one in release.findings
    )


def _words(one: Round) -> str:
    return " ".join(one.method.casefold().split())


def _label(one: Estimate, labels: Labels) -> str:
    return labels.domain(one.domain)


def _moment(one: Estimate, span: Span, factor: float, labels: Labels, words: Words) -> Moment:
    middle = span[0].toordinal() + (span[1] - span[0]).days / 2
    at = span[0].year if span[0].year == span[1].year and (span[1] - span[0]).days > 360 else middle / DAYS_A_YEAR
    period = _label(one, labels)
    if not shown(one) or one.value is None:
        withheld = one.status is Status.SUPPRESSED
        word = words.gettext("withheld") if withheld else status_word(one.status, words).split(":")[0]
        return Moment(period, None, at=at, word=word)
    found = told(one)
    return Moment(
        period,
        one.value * factor,
        None if one.lower is None else one.lower * factor,
        None if one.upper is None else one.upper * factor,
        at=at,
        faint=one.status is Status.UNRELIABLE,
        wide=(found.lower * factor, found.upper * factor) if found else None,
    )
