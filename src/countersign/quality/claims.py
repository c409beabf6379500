"""Claims: Plan and Dataset -> what may not be claimed (C1, G1, G3, G4, H2), with the reason and what to say instead.

What is refused is a list of the catalogue (``blocked_claims``): facts of the data and of the indicator against the
facts named there. A refused figure is not computed; a refused statement fails its criterion.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from countersign.catalogue import Claim
from countersign.catalogue import claims as refused
from countersign.model.dataset import Dataset
from countersign.model.documents import Documents
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.expression import names, parse
from countersign.model.finding import Finding, State
from countersign.model.plan import IndicatorPlan, Plan
from countersign.quality.context import Context

Facts = Mapping[str, frozenset[str]]
SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)


def claims(context: Context) -> Sequence[Finding]:
    """Return one failed finding for every claim that is refused, indicator by indicator."""
    found = []
    for name in context.plan.indicators:
        found += [
            _finding(claim, name)
            for claim in refusals(context.plan, context.dataset, name, documents=context.documents)
        ]
    if context.is_main:
        found += [_finding(claim, "") for claim in _wording(context.plan, context.dataset)]
    return found


def refusals(plan: Plan, dataset: Dataset, indicator: str, *, documents: Documents | None = None) -> tuple[Claim, ...]:
    """Return the claims that are refused for one indicator, if it is computed from this data set.

    Parameters
    ----------
    documents: what is known beside the rows, for comparisons with official series.
    """
    asked = plan.indicators[indicator]
    if (asked.data or plan.main.name) != dataset.name:
        return ()
    facts = _facts(plan, dataset, asked, documents or Documents())
    return tuple(claim for claim in refused() if _holds(claim, facts) and "words" not in claim.applies)


def refused_figure(plan: Plan, dataset: Dataset, indicator: str) -> Claim | None:
    """Return the claim that forbids the figures of an indicator altogether, or None."""
    found = [claim for claim in refusals(plan, dataset, indicator) if claim.refuses == "figure"]
    return found[0] if found else None


def refused_by_results(plan: Plan, estimates: EstimateTable, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what the figures themselves forbid: an order within overlapping ranges, a trend across a break."""
    told = list(findings)
    broken = {f.subject for f in told if f.criterion == "G3" and f.state is State.FAIL and f.check != "blocked_claim"}
    found = []
    for name, indicator in plan.indicators.items():
        overlapping, pairs = _overlaps([one for one in estimates if one.indicator == name])
        facts = {
            "claims": frozenset(indicator.claims),
            "overlap": frozenset({"yes"} if overlapping else ()),
            "broken": frozenset({"yes"} if broken & {"", name} else ()),
        }
        for claim in refused():
            if {"overlap", "broken"} & set(claim.applies) and _holds(claim, facts):
                counted = {"overlapping": overlapping, "neighbours": pairs} if "overlap" in claim.applies else {}
                found.append(_finding(claim, name, counted))
    return tuple(found)


def _facts(plan: Plan, dataset: Dataset, indicator: IndicatorPlan, documents: Documents) -> Facts:
    carries = any(dataset.roles.get(role) for role in ("size", "standard_error"))
    texts = (indicator.numerator, indicator.denominator)
    used = {name for text in texts if text for name in names(parse(text), tuple(dataset.codebook.names))}
    bank = {v.bank.partition("/")[0] for name, v in dataset.codebook.variables.items() if name in used and v.bank}
    return {
        "statistic": frozenset({indicator.statistic, *({"prevalence"} & set(indicator.claims))}),
        "sdg": frozenset({indicator.sdg.split("(")[0].strip()} - {""}),
        "selection": frozenset({dataset.selection}),
        "weights": frozenset({"yes"} if plan.weighting is not None and plan.main.name == dataset.name else ()),
        "claims": frozenset(indicator.claims),
        "error": frozenset(() if carries else {"none"}),
        "bank": frozenset(bank),
        "concept": _concepts(plan, indicator, documents),
        "unit": frozenset({dataset.unit.casefold()}),
    }


def _concepts(plan: Plan, indicator: IndicatorPlan, documents: Documents) -> frozenset[str]:
    """How the concept of the official series beside an indicator was judged; ``unknown`` where nobody did."""
    own = [one.concept for one in plan.official.values() if one.indicator in ("", indicator.name)]
    own += [one.concept for one in documents.official if one.indicator == indicator.name]
    judged = {
        "different" if answer.value == "different" else "same"
        for answer in documents.answers
        if answer.criterion == "C1" and answer.about == indicator.name
    }
    told = {concept for concept in own if concept} | judged
    if "different" in told:
        return frozenset({"different"})
    return frozenset(told or {"unknown"})


def _holds(claim: Claim, facts: Facts) -> bool:
    """Whether every fact that a claim names has one of its values; of a unit, words in it count."""
    if not claim.applies:
        return False
    for key, values in claim.applies.items():
        own = facts.get(key, frozenset())
        if key == "unit":
            if not any(word in unit for unit in own for word in values):
                return False
        elif not own & set(values):
            return False
    return True


def _wording(plan: Plan, dataset: Dataset) -> Iterator[Claim]:
    """Yield the claims that the texts of the study make in so many words."""
    texts = [*plan.title.values(), *plan.summary.values()]
    texts += [text for indicator in plan.indicators.values() for text in indicator.title.values()]
    told = " ".join(texts).casefold()
    selection = frozenset({dataset.selection})
    for claim in refused():
        words = claim.applies.get("words", ())
        rest = {key: values for key, values in claim.applies.items() if key != "words"}
        if any(_says(told, word) for word in words) and all(selection & set(values) for values in rest.values()):
            yield claim


def _says(text: str, word: str) -> bool:
    """Whether a text says a word and does not deny it in the same breath."""
    at = text.find(word.casefold())
    return at >= 0 and not any(
        no in text[max(0, at - 12) : at] for no in ("not ", "no ", "never ", "un", "pas ", "non ")
    )


def _overlaps(figures: Sequence[Estimate]) -> tuple[int, int]:
    """Count neighbours in the order of the first breakdown whose ranges overlap, and neighbours in all."""
    groups: dict[tuple[str, ...], list[Estimate]] = {}
    for one in figures:
        if one.domain and one.status in SHOWN:
            groups.setdefault(tuple(one.domain), []).append(one)
    if not groups:
        return 0, 0
    ordered = sorted(next(iter(groups.values())), key=lambda one: one.value or 0.0)
    ranges = [
        (one.plausible.lower, one.plausible.upper) if one.plausible else (one.lower, one.upper) for one in ordered
    ]
    pairs = list(itertools.pairwise(ranges))
    over = sum(a[1] is None or b[0] is None or a[1] >= b[0] for a, b in pairs)
    return over, len(pairs)


def _finding(claim: Claim, indicator: str, counted: Mapping[str, int] | None = None) -> Finding:
    what = claim.title[:1].lower() + claim.title[1:]
    about = f"'{indicator}' would be" if indicator else "The texts of the study make a claim that is"
    message = f"{about} refused: {what}. {claim.why}"
    if counted:
        message += f" That is so for {counted['overlapping']} of {counted['neighbours']} neighbours."
    return Finding(
        claim.criterion,
        State.FAIL,
        "blocked_claim",
        message.strip(),
        subject=indicator,
        count=counted["overlapping"] if counted else None,
        evidence={
            "claim": claim.id,
            "refuses": claim.refuses,
            "sentence": claim.sentence,
            "source": claim.source,
            "status": str(claim.status),
            **(counted or {}),
        },
        fix=claim.instead,
    )
