"""EstimateTable + Datasets + Benchmarks -> EstimateTable whose figures say where the truth may lie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from countersign.errors import BenchmarkError, CountersignError, StudyError, nearest
from countersign.model.benchmark import Benchmark
from countersign.model.cells import Cells
from countersign.model.dataset import Dataset
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.experience import Experience
from countersign.model.plan import BenchmarkPlan, IndicatorPlan, Plan
from countersign.model.reference import Reference
from countersign.model.release import Comparison
from countersign.model.support import Support
from countersign.model.weights import Weights
from countersign.study.designing import base_of, design_of
from countersign.study.examining.answers import EXAMINED, Answers, answers_of, condition_of
from countersign.study.examining.fanning import SHOWN, Fanning, Knowledge
from countersign.study.examining.ranging import range_of
from countersign.study.examining.selecting import Selecting, select_on, typical_error
from countersign.study.examining.supporting import support_of
from countersign.study.measuring import ASKED, marked

CHANCE = ("probability", "enumeration")
"""Ways in that need no fan: chance, or everybody."""

MANY = 1000.0
"""How many times the volunteers a population counts whose size nobody stated. Chances of taking part are small then,
and means do not depend on how small."""

Where = Callable[..., str]


@dataclass(frozen=True)
class Beside:
    """What stands beside the data.

    Parameters
    ----------
    benchmark: the statistics that weights meet, or None. sample: the reference sample as a data set, with its plan, or
        None. comparisons: questions with a known answer. experience: what they taught.
    """

    benchmark: Benchmark | None
    sample: tuple[Dataset, BenchmarkPlan] | None = None
    comparisons: tuple[Comparison, ...] = ()
    experience: Experience = field(default_factory=Experience)


def examine(
    plan: Plan, table: EstimateTable, dataset: Dataset, weights: Weights | None, beside: Beside, *, where: Where
) -> EstimateTable:
    """Return the figures with fan, selection range, tipping point and plausible range.

    Parameters
    ----------
    table: figures of all indicators. dataset: the main data; figures of other data, of samples drawn by chance and of
        other statistics than means and shares come back as they are.
    where: turns a place in the study file into words.

    Raises
    ------
    StudyError, BenchmarkError: models are to use what the data or the benchmark do not have.
    """
    if dataset.selection in CHANCE:
        return table
    if plan.uncertainty.fan:
        _known(plan, dataset, beside, weights, where=where("uncertainty", "on"))
    made: dict[str, Estimate] = {}
    for name, indicator in plan.indicators.items():
        figures = [one for one in table if one.indicator == name and one.status in SHOWN]
        if (indicator.data or plan.main.name) == dataset.name and indicator.statistic in EXAMINED and figures:
            made |= _examined(plan, indicator, figures, dataset, weights, beside, where("indicators", name))
    return replace(table, estimates=tuple(made.get(one.figure_id, one) for one in table))


def _known(plan: Plan, dataset: Dataset, beside: Beside, weights: Weights | None, *, where: str) -> None:
    """Refuse models that are to use what one of the two sides does not have."""
    on = plan.uncertainty.on
    for name in dict.fromkeys(name for group in on for name in group):
        sides: list[tuple[Dataset, str, type[CountersignError]]] = [
            (dataset, "a column of the data or a name under 'derive'", StudyError)
        ]
        if beside.sample:
            sides.append((beside.sample[0], "a variable that the reference sample has too", BenchmarkError))
        for side, expected, kind in sides:
            if name not in side.codebook:
                raise kind(
                    f"'{name}' is not a column of '{side.name}'. {nearest(name, side.codebook.names)}".strip(),
                    where=where,
                    expected=expected,
                    action="correct the name, derive it, or leave it out",
                )
            if side.codebook[name].type in ("number", "integer", "date"):
                raise kind(
                    f"'{name}' holds numbers or dates in '{side.name}'; the models of the fan use categories.",
                    where=where,
                    expected="a category, such as an age group",
                    action=f"declare 'type: category' for '{name}', or derive groups: band({name}, 18, 30)",
                )
    margins = {margin.variables for margin in weights.margins} if weights else set()
    lacking = [group for group in on if group not in margins] if not beside.sample else []
    if lacking:
        raise BenchmarkError(
            f"Without a reference sample models use the margins of 'weights'; {' x '.join(lacking[0])} is none.",
            where=where,
            expected="margins that stand under 'weights', or a benchmark of kind units",
            action="leave 'on' out, add the margin to the weights, or name a reference sample",
        )


def _examined(
    plan: Plan,
    indicator: IndicatorPlan,
    figures: Sequence[Estimate],
    dataset: Dataset,
    weights: Weights | None,
    beside: Beside,
    where: str,
) -> dict[str, Estimate]:
    knowledge = _knowledge(plan, indicator, dataset, weights, beside) if plan.uncertainty.fan else None
    on = knowledge.variables if knowledge else ()
    base = base_of(dataset, weights)
    every = list(answers_of(indicator, dataset, weights, on=on, base=base, where=where))
    # Models of taking part count people, not base weights.
    unweighted = every
    if base is not None:
        unweighted = list(answers_of(indicator, dataset, weights, on=on, base=None, where=where))
    made: dict[str, Estimate] = {}
    for answers, plain in zip(every, unweighted, strict=True):
        own = [one for one in figures if _category(one, indicator) == answers.category]
        fanning = Fanning(plain, knowledge) if knowledge else None
        made |= _with_ranges(plan, answers, own, weights, beside, fanning)
    return made


def _rows(dataset: Dataset) -> float:
    import narwhals as nw

    from countersign.tables import aggregate

    return float(aggregate(dataset.kept(), rows=nw.col("_row").count())["rows"])


def _category(figure: Estimate, indicator: IndicatorPlan) -> str:
    return figure.domain.get(indicator.numerator, "") if indicator.statistic == "distribution" else ""


def _with_ranges(
    plan: Plan,
    answers: Answers,
    figures: Sequence[Estimate],
    weights: Weights | None,
    beside: Beside,
    fanning: Fanning | None,
) -> dict[str, Estimate]:
    asked = plan.uncertainty
    selecting = _selecting(answers, weights, beside.benchmark, plan.population.size)
    seen = typical_error(beside.comparisons)
    chosen = weights.method if weights and weights.method != "base" else "unweighted"
    made: dict[str, Estimate] = {}
    for figure in figures:
        told, foreseen = figure, beside.experience.of(figure.figure_id)
        if fanning:
            told = replace(told, fan=fanning.fan_of(figure, chosen=chosen, foreseen=foreseen))
        if selecting:
            found = selecting.range_of(figure, asked.phi)
            told = replace(told, selection=found, tipping=selecting.tipping_of(figure, seen=seen))
        made[figure.figure_id] = replace(told, plausible=range_of(told, up_to=asked.up_to, foreseen=foreseen))
    return made


def _selecting(
    answers: Answers, weights: Weights | None, benchmark: Benchmark | None, stated: float
) -> Selecting | None:
    if weights is None or weights.method == "base" or benchmark is None:
        return None
    # A benchmark that is a sample without weights tells shares, not how many people there are.
    sampled = benchmark.size and abs(weights.total - benchmark.size) < 0.5
    known = stated or (None if sampled or weights.total <= weights.count else weights.total)
    try:
        return select_on(answers, weights, population=known)
    except CountersignError:
        return None


def _knowledge(
    plan: Plan, indicator: IndicatorPlan | None, dataset: Dataset, weights: Weights | None, beside: Beside
) -> Knowledge | None:
    """What the models may use: terms that both sides have, and the reference reduced by them.

    Parameters
    ----------
    indicator: whose breakdowns the reference is to keep as well; None = of no figure.
    """
    margins = weights.margins if weights else ()
    # A total of all alone, such as calibration to numbers has it, tells nobody from anybody.
    on = plan.uncertainty.on or tuple(margin.variables for margin in margins if margin.variables)
    if not on:
        return None
    # In order: cells in another order have sums with other last digits.
    names = tuple(dict.fromkeys(name for group in on for name in group))
    if beside.sample and set(names) <= set(beside.sample[0].codebook.names):
        sample, source = beside.sample
        reference = _reference(sample, source, names, indicator, dataset, size=plan.population.size)
        return Knowledge(on, reference, name=source.source.name)
    known = {margin.variables: margin for margin in margins}
    if all(group in known for group in on):
        return Knowledge(on, None, tuple(known[group] for group in on), name=weights.benchmark if weights else "")
    return None


def _reference(
    sample: Dataset,
    plan: BenchmarkPlan,
    names: Collection[str],
    indicator: IndicatorPlan | None,
    dataset: Dataset,
    *,
    size: float,
) -> Reference:
    """Reduce a reference sample.

    Parameters
    ----------
    names: variables of the models. size: of the population; 0 = not known. dataset: those who took part.
    """
    from countersign.tables import reduce

    design = design_of(replace(sample, selection="probability"))
    breakdowns = [name for group in indicator.by for name in group] if indicator else []
    wanted = [name for name in (*names, *breakdowns) if name in sample.codebook]
    condition = condition_of(indicator, dataset) if indicator else ""
    if condition:
        with suppress(CountersignError):  # the estimators that would need it say so
            sample, wanted = marked(sample, condition, where=sample.name), [*wanted, ASKED]
    by = tuple(dict.fromkeys(name for name in (*wanted, *design.strata, design.psu, design.fpc) if name))
    cells = reduce(sample.kept(), by=by, measures={}, weight=plan.weight or None)
    if not plan.weight:
        cells = _blown_up(cells, (size or MANY * _rows(dataset)) / cells.n.sum())
    return Reference(cells, design, name=f"the reference sample '{plan.source.name}'")


def _blown_up(cells: Cells, factor: float) -> Cells:
    """Give every row the same base weight: the units of a sample without weights all stand for as many people."""
    return replace(cells, weight=cells.weight * factor, weight2=cells.weight2 * factor**2)


def support(plan: Plan, dataset: Dataset, weights: Weights | None, beside: Beside) -> Support | None:
    """Return how much of the population the data can speak for; None where nothing is known of it."""
    from countersign.tables import reduce

    if dataset.selection in CHANCE:
        return None
    knowledge = _knowledge(plan, None, dataset, weights, beside)
    if knowledge is None:
        return None
    return support_of(reduce(dataset.kept(), by=knowledge.variables, measures={}), knowledge)


def reference_of(plan: Plan) -> str:
    """Return the name of the benchmark that models learn from: the one named, else the first of kind ``units``.

    Empty where no figure needs it.
    """
    if not plan.uncertainty.fan or plan.initiative.selection in CHANCE:
        return ""
    if plan.uncertainty.reference:
        return plan.uncertainty.reference
    return next((name for name, each in plan.benchmarks.items() if each.kind == "units"), "")
