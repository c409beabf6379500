"""Assessing: Dataset -> Findings. Runs every measure, and computes what they ask of the rows together.

Measures are a plain list; an extension appends its own function to it.
"""

from __future__ import annotations

import datetime
from collections.abc import Generator, Sequence
from dataclasses import replace

from countersign.model.benchmark import Benchmark
from countersign.model.dataset import Dataset
from countersign.model.documents import Documents
from countersign.model.finding import Finding
from countersign.model.plan import Plan
from countersign.model.weights import Weights
from countersign.quality import (
    admission,
    answers,
    asked_for,
    bank_values,
    burden,
    claims,
    codes,
    collectors,
    completeness,
    concepts,
    confidentiality,
    consent,
    contributors,
    coverage,
    dates,
    denominators,
    description,
    devices,
    digital,
    dominance,
    duplicates,
    edits,
    effects,
    effort,
    feedback,
    filling,
    gold,
    heaping,
    instrument,
    item_functioning,
    linking,
    missing_groups,
    movements,
    near_duplicates,
    openness,
    outliers,
    patterns,
    personal,
    physical,
    places,
    protocol,
    published,
    question_bank,
    repeats,
    response,
    rounds,
    same_everywhere,
    scale_breaks,
    scorecards,
    self_response,
    speed,
    spellings,
    stewardship,
    straight_lines,
    totals,
    translations,
    twins,
    versions,
    visited,
    wholes,
)
from countersign.quality.context import Asking, Context, Measure, together

MEASURES: list[Measure] = [
    description.rights,
    description.participation,
    description.population,
    description.protocol,
    description.selection,
    description.metadata,
    instrument.self_identification,
    self_response.proxy_answers,
    translations.languages,
    translations.break_off_by_group,
    question_bank.bank,
    bank_values.values,
    bank_values.identifiers,
    instrument.rules,
    coverage.coverage,
    response.response,
    digital.digital_exclusion,
    completeness.completeness,
    completeness.blank_or_zero,
    missing_groups.missing_by_group,
    filling.empty_columns,
    filling.missing_words,
    filling.padded_cells,
    repeats.repeats,
    gold.validity,
    collectors.concentration,
    dominance.place_concentration,
    dominance.amount_concentration,
    collectors.collector_effect,
    duplicates.exact_duplicates,
    duplicates.key_duplicates,
    near_duplicates.near_duplicates,
    twins.copied_records,
    twins.twin_records,
    speed.speeders,
    straight_lines.straight_lines,
    patterns.identical_answers,
    devices.devices,
    movements.impossible_travel,
    movements.overlaps,
    heaping.last_digits,
    heaping.age_heaping,
    edits.gates,
    effects.imputed,
    effects.effects,
    edits.ranges,
    physical.impossible_values,
    edits.zeros,
    edits.checks,
    outliers.outliers,
    places.coordinates,
    visited.visited,
    visited.inside,
    visited.accuracy,
    effort.effort_stated,
    dates.periods,
    dates.impossible_dates,
    spellings.category_spellings,
    asked_for.answers_asked_for,
    published.hidden_totals,
    wholes.parts_and_wholes,
    totals.population_total,
    denominators.means_differ,
    linking.look_alike_keys,
    personal.personal_data,
    versions.versions,
    versions.version_columns,
    burden.length,
    burden.duration,
    burden.break_off,
    burden.asks_per_year,
    claims.claims,
    stewardship.stewardship,
    confidentiality.sample_uniques,
    concepts.mapping,
    feedback.feedback,
    protocol.sections,
    protocol.pilot,
    protocol.training,
    protocol.back_checks,
    protocol.cost,
    rounds.timeliness,
    rounds.punctuality,
    rounds.frequency,
    rounds.method,
    scale_breaks.scale_breaks,
    contributors.retention,
    same_everywhere.mix_by_area,
    item_functioning.item_functioning,
    codes.codes,
    openness.openness,
    openness.accessible_versions,
    description.later,
    answers.answers,
    admission.admission,
    consent.consent,
    consent.withdrawals,
    scorecards.scorecards,
]


def assess(
    dataset: Dataset,
    *,
    plan: Plan,
    benchmark: Benchmark | None = None,
    weights: Weights | None = None,
    today: datetime.date | None = None,
    measures: Sequence[Measure] | None = None,
    documents: Documents | None = None,
) -> tuple[Finding, ...]:
    """Return what was found about a data set, ordered by criterion.

    Counts are of rows in the file, before any gate; values and states are about the rows still in.

    Parameters
    ----------
    benchmark: statistics of the same population, for coverage. weights: kept for measures that need them.
    today: the day against which dates are held; the day of the run if None.
    measures: what to run; the built-in ones if None. documents: what is known beside the rows.

    Raises
    ------
    ExpressionError: a check or skip condition cannot be understood; it names the key.
    """
    context = Context(dataset, plan, benchmark, weights, documents=documents or Documents())
    if today is not None:
        context = replace(context, today=today)
    found = [measure(context) for measure in (MEASURES if measures is None else measures)]
    answered = iter(_answered(context, [each for each in found if isinstance(each, Generator)]))
    findings = [one for each in found for one in (next(answered) if isinstance(each, Generator) else each)]
    return tuple(sorted(findings, key=_place))


def _answered(context: Context, asking: Sequence[Asking]) -> list[Sequence[Finding]]:
    """Drive all measures forward together: each round of questions is answered with as few passes as possible."""
    driver = together(asking)
    try:
        questions = next(driver)
        while True:
            questions = driver.send(context.rows.ask(questions))
    except StopIteration as end:
        return [findings or () for findings in end.value]


def _place(finding: Finding) -> tuple[str, int]:
    return (finding.criterion[:1], int(finding.criterion[1:] or 0))
