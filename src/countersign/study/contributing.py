"""Datasets + figures -> Contributions: who stands behind each figure, counted in the engine, sealed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.catalogue import PEOPLE, is_of
from countersign.errors import StudyError, nearest
from countersign.estimation.figures import _text, figure_id
from countersign.model.cells import Integers
from countersign.model.contribution import Contribution, Contributions, Nesting, Overlap, Told
from countersign.model.dataset import Dataset
from countersign.model.estimate import EstimateTable
from countersign.model.plan import IndicatorPlan, Plan
from countersign.protection.noise.keys import MODULUS, keyed
from countersign.study.keying import ids_of, key_of, keys_added, sums_of_keys
from countersign.study.measuring import Measures, held, measures_of
from countersign.tables import add_up, aggregate, group, reduce

if TYPE_CHECKING:
    from countersign.model.benchmark import Benchmark
    from countersign.model.release import Comparison
    from countersign.study.estimating import Where

LARGEST = 3  # contributions kept of a magnitude
OVERLAP = "_among"  # column that says which indicators of a family a row is in
PATTERN_BITS = 60
NESTED_RECORDS = 3  # records a category must have on average before a nesting counts as one and not as chance

Counted = tuple[tuple[str, ...], Mapping[str, npt.NDArray[Any]]]


def asks_for_protection(plan: Plan) -> bool:
    """Whether any rule may withhold or change a figure."""
    rules = plan.protection
    asked = (rules.minimum_contributors > 1, rules.minimum_households > 1, rules.dominance, rules.p_percent)
    return any(asked) or rules.zeros == "protect" or rules.method != "suppress" or bool(rules.decisions)


def exempt(plan: Plan, datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
    """Return the indicators whose figures no rule is asked of.

    Where the minimum is only the catalogue's, it holds for data whose rows are people: not for events and things, and
    not for tables that are already published.
    """
    if not asks_for_protection(plan):
        return tuple(plan.indicators)
    if not plan.protection.by_default:
        return ()
    return tuple(
        name
        for name, indicator in plan.indicators.items()
        if not rows_are_people(datasets.get(indicator.data or plan.main.name))
    )


def rows_are_people(dataset: Dataset | None) -> bool:
    """Whether a person or household stands behind each row; a row of which nothing is said may be one."""
    if dataset is None or any(reading.totals for reading in dataset.readings):
        return False
    return dataset.unit == "record" or is_of(dataset.unit, PEOPLE)


def contribute(
    plan: Plan,
    datasets: Mapping[str, Dataset],
    estimates: EstimateTable,
    comparisons: Sequence[Comparison] = (),
    *,
    where: Where,
    benchmark: Benchmark | None = None,
    secret: bytes = b"",
) -> Contributions:
    """Count who stands behind each figure.

    For each figure: records (units), different contributors and households, the same of those a share counts and does
    not count, the unweighted sum and sum of squares of a magnitude, its three largest contributions, refusals.

    Parameters
    ----------
    estimates: the figures, none withheld. comparisons: shares of questions held against the benchmark; they count all
    rows of the main data. benchmark: its groups are told of beside the figures. secret: for noise, the sums of the
    secret record keys are counted too; empty = they are not.

    Raises
    ------
    StudyError: a column under ``protection`` does not exist.
    """
    left_out = exempt(plan, datasets)
    found: list[Contribution] = []
    overlaps: list[Overlap] = []
    nestings: dict[tuple[str, str], Nesting] = {}
    shown = {one.indicator for one in estimates if one.n}
    for source, dataset in datasets.items():
        own = [
            one
            for name, one in plan.indicators.items()
            if (one.data or plan.main.name) == source and name not in left_out and name in shown
        ]
        if not own:
            continue
        counting = _Counting(plan, dataset, where, secret)
        found += counting.figures(own)
        overlaps += counting.overlaps(own)
        nestings |= {(one.inner, one.outer): one for one in counting.nestings}
    known = {one.figure_id for one in estimates}
    compared: tuple[Contribution, ...] = ()
    told: tuple[Told, ...] = ()
    if asks_for_protection(plan) and _main_is_protected(plan, datasets):
        compared = _compared(plan, datasets[plan.main.name], comparisons, secret)
        told = tuple(_told(plan, datasets[plan.main.name], benchmark))
    return Contributions(
        figures=tuple(one for one in found if one.figure_id in known),
        compared=compared,
        overlaps=tuple(overlaps),
        nestings=tuple(nestings.values()),
        told=told,
        exempt=left_out,
    )


def _main_is_protected(plan: Plan, datasets: Mapping[str, Dataset]) -> bool:
    return not plan.protection.by_default or rows_are_people(datasets.get(plan.main.name))


def _told(plan: Plan, dataset: Dataset, benchmark: Benchmark | None) -> Iterator[Told]:
    """Yield the groups whose numbers of records other tables tell: those of the benchmark, of weights, of the study."""
    from countersign.quality.confidentiality import few, fewest_told

    schema = dataset.table.collect_schema().names()
    asked: list[tuple[str, ...]] = [(name,) for name in plan.population.groups]
    for margin in benchmark.margins if benchmark else ():
        asked += [margin.variables, *((name,) for name in margin.variables)]
    asked += [*plan.weighting.by, (dataset.role("area"),)] if plan.weighting and benchmark else []
    known = [names for names in dict.fromkeys(asked) if all(name in schema for name in names)]
    for names in known:
        found = group(dataset.kept(), names, _n=nw.len())
        domains, code = _domains(found, names)
        whole = [all(found[name][at] is not None for name in names) for at in range(len(code))]
        counts = _added(np.where(whole, found["_n"], 0), code, len(domains)).tolist()
        records = {domain: n for domain, n in zip(domains, counts, strict=True) if n}
        untold = few(records, fewest_told(plan, dataset.unit))
        for domain, n in records.items():
            yield Told(dict(zip(names, domain, strict=True)), n, domain not in untold)


def _compared(
    plan: Plan, dataset: Dataset, comparisons: Sequence[Comparison], secret: bytes
) -> tuple[Contribution, ...]:
    """Return who stands behind the compared answers: the share is unweighted, so its numerator is share times n."""
    items = list(dict.fromkeys(one.item for one in comparisons))
    answered = aggregate(dataset.kept(), **{f"_n{place}": nw.col(item).count() for place, item in enumerate(items)})
    n = {item: int(answered[f"_n{place}"] or 0) for place, item in enumerate(items)}
    keys = {item: sums_of_keys(plan, dataset, item, secret) for item in items} if secret else {}
    return tuple(
        Contribution(
            figure_id=compared_id(one.item, one.category),
            universe=f"{dataset.name} answered {one.item}",
            units=n[one.item],
            contributors=n[one.item],
            numerator=round(one.raw * n[one.item]) if n[one.item] else 0,
            key=sum(keys[one.item].values()) % MODULUS if secret else -1,
            numerator_key=keys[one.item].get(one.category, 0) if secret else -1,
        )
        for one in comparisons
    )


def compared_id(item: str, category: str) -> str:
    """Return the name of a compared answer among the contributions."""
    return f"compare:{item}:{category}"


@dataclass(frozen=True)
class _Row:
    """What is counted of each row for one indicator, as expressions of the engine."""

    indicator: IndicatorPlan
    present: nw.Expr  # condition: the row is behind the indicator's figures
    value: nw.Expr | None  # its number, 0 outside; None for distributions

    @property
    def counts(self) -> nw.Expr | None:
        """Condition: the row is one that a share counts."""
        return None if self.value is None else self.present & (self.value == 1.0)


class _Counting:
    """The counts of one data set."""

    def __init__(self, plan: Plan, dataset: Dataset, where: Where, secret: bytes = b"") -> None:
        self.plan, self.dataset, self.where = plan, dataset, where
        self.table = dataset.kept()
        self.keys = bool(secret)
        if secret:
            self.table = keyed(self.table, ids_of(plan, dataset), secret)
        self.rules = plan.protection
        self.published = any(reading.totals for reading in dataset.readings)
        self.nestings: list[Nesting] = []
        for key in ("contributor", "household"):
            name = getattr(self.rules, key)
            if name and name not in dataset.codebook and self.dataset.name == plan.main.name:
                raise StudyError(
                    f"'{name}' is not a column of '{dataset.name}'. {nearest(name, dataset.codebook.names)}".strip(),
                    where=where("protection", key),
                    expected="a column of the data or a name under 'derive'",
                    action="correct the name",
                )

    def figures(self, indicators: Sequence[IndicatorPlan]) -> Iterator[Contribution]:
        """Yield a contribution for every figure of these indicators."""
        by_keys: dict[tuple[str, ...], list[IndicatorPlan]] = {}
        for one in indicators:
            by_keys.setdefault(_variables(one), []).append(one)
        for keys, own in by_keys.items():
            counted = self._counted(keys, own)
            self._find_nestings(keys, counted)
            for place, one in enumerate(own):
                yield from self._of(one, place, counted)

    def overlaps(self, indicators: Sequence[IndicatorPlan]) -> Iterator[Overlap]:
        """Yield the parts into which the conditions of indicators alike but for their condition divide the rows."""
        families: dict[tuple[str, ...], list[IndicatorPlan]] = {}
        for one in indicators:
            families.setdefault((one.statistic, one.numerator, one.denominator, str(one.q)), []).append(one)
        for own in families.values():
            if len({one.where for one in own}) > 1 and len(own) <= PATTERN_BITS:
                yield from self._overlap(own)

    # Counting ---------------------------------------------------------------------------------------------------------

    def _row(self, one: IndicatorPlan) -> _Row:
        place = self.where("indicators", one.name)
        if one.statistic == "distribution":
            present = ~nw.col(one.numerator).is_null()
            if one.where:
                present = present & held(one.where, self.dataset, where=f"{place}.where")
            return _Row(one, present, None)
        measures: Measures = measures_of(one, self.dataset, where=place)
        return _Row(one, measures.present > 0.5, measures.value)

    def _counted(self, keys: tuple[str, ...], indicators: Sequence[IndicatorPlan]) -> Counted:
        """Count, by the finest cells: records n, of them those a share counts x, those that are neither 0 nor 1 o."""
        sums: dict[str, nw.Expr] = {}
        refuses = self._refuses()
        for place, one in enumerate(indicators):
            row = self._row(one)
            if self.published:
                sums |= self._published(one, place)
                continue
            sums[f"_n{place}"] = _number_of(row.present)
            if self.keys:
                sums[f"_k{place}"] = key_of(row.present)
                if row.counts is not None:
                    sums[f"_l{place}"] = key_of(row.counts)
            if row.value is not None and row.counts is not None:
                sums[f"_x{place}"] = _number_of(row.counts)
                if one.statistic != "proportion":
                    sums[f"_o{place}"] = _number_of(row.present & (row.value != 0.0) & (row.value != 1.0))
            if refuses is not None:
                sums[f"_f{place}"] = _number_of(row.present & refuses)
        return keys, group(self.table, keys, **sums)

    def _published(self, one: IndicatorPlan, place: int) -> dict[str, nw.Expr]:
        """Rows of a table of numbers of people: behind a figure stand those people, not the rows."""
        measures = measures_of(one, self.dataset, where=self.where("indicators", one.name))
        if one.statistic == "total":
            return {f"_n{place}": measures.value.sum()}
        return {f"_n{place}": measures.base.sum(), f"_x{place}": measures.value.sum()}

    def _refuses(self) -> nw.Expr | None:
        if not self.rules.refusal:
            return None
        return held(self.rules.refusal, self.dataset, where=self.where("protection", "refusal"))

    def _of(self, one: IndicatorPlan, place: int, counted: Counted) -> Iterator[Contribution]:
        keys, found = counted
        binary = one.statistic == "proportion" or (f"_o{place}" in found and not found[f"_o{place}"].sum())
        if self.published:
            binary = one.statistic == "ratio"
        distribution = one.statistic == "distribution"
        magnitude = self._magnitude(one, keys) if not (binary or distribution or self.published) else None
        refused = found.get(f"_f{place}")
        for by in one.by:
            domains, code = _domains(found, by)
            n = _added(found[f"_n{place}"], code, len(domains))
            refusing = _added(refused, code, len(domains)) if refused is not None else np.zeros_like(n)
            people = self._different(one, by)
            if distribution:
                yield from self._categories(one, by, found, place, people)
                continue
            x = _added(found[f"_x{place}"], code, len(domains)) if binary else None
            base_keys, counted_keys = (keys_added(found.get(f"_{name}{place}"), code, len(domains)) for name in "kl")
            sums = self._sums(magnitude, by) if magnitude is not None else {}
            largest = self._largest(one, by) if magnitude is not None else {}
            for at, domain in enumerate(domains):
                if not n[at]:
                    continue
                labels = dict(zip(by, domain, strict=True))
                made = Contribution(
                    figure_id=figure_id(one.name, domain=labels),
                    universe=self._universe(one),
                    units=int(n[at]),
                    contributors=int(n[at]),
                    numerator=int(x[at]) if x is not None else None,
                    refusals=int(refusing[at]),
                    largest=largest.get(domain, ()),
                    key=int(base_keys[at]),
                    numerator_key=int(counted_keys[at]) if x is not None else -1,
                )
                if domain in sums:
                    made = replace(made, total=sums[domain][0], squares=sums[domain][1])
                yield replace(made, **people.get(domain, {}))

    def _categories(
        self,
        one: IndicatorPlan,
        by: tuple[str, ...],
        found: Mapping[str, npt.NDArray[Any]],
        place: int,
        people: Mapping[tuple[str, ...], dict[str, Any]],
    ) -> Iterator[Contribution]:
        """Yield the figures of a distribution: one a category that somebody gave, also where nobody in a domain did."""
        domains, code = _domains(found, by)
        n = _added(found[f"_n{place}"], code, len(domains))
        cross, both = _domains(found, (one.numerator, *by))
        own = _added(found[f"_n{place}"], both, len(cross))
        counts = dict(zip(cross, own.tolist(), strict=True))
        keys = keys_added(found.get(f"_k{place}"), code, len(domains))
        own_keys = dict(zip(cross, keys_added(found.get(f"_k{place}"), both, len(cross)).tolist(), strict=True))
        nobody = 0 if self.keys else -1
        categories = sorted({category for (category, *_), count in counts.items() if count and category != "(missing)"})
        for category in categories:
            for at, domain in enumerate(domains):
                if not n[at]:
                    continue
                labels = dict(zip(by, domain, strict=True))
                made = Contribution(
                    figure_id=figure_id(one.name, category=category, domain=labels),
                    universe=self._universe(one),
                    units=int(n[at]),
                    contributors=int(n[at]),
                    numerator=int(counts.get((category, *domain), 0)),
                    key=int(keys[at]),
                    numerator_key=int(own_keys.get((category, *domain), nobody)),
                )
                yield replace(made, **people.get((category, *domain), {}))

    def _universe(self, one: IndicatorPlan) -> str:
        """Return the name of the people an indicator is about; protection may find them to be those of another."""
        return f"{self.dataset.name}|{one.name}"

    # Contributors and households ----------------------------------------------------------------------------------

    def _different(self, one: IndicatorPlan, by: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Any]]:
        """Count the different contributors and households of each domain; nothing where the study names no column.

        Of a distribution the domain begins with the category, and those who gave it are counted beside all who
        answered. Rows in which the column is empty count as one contributor together, which rather withholds too much.
        """
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        row = self._row(one)
        for role, names in (("contributor", "contributors"), ("household", "households")):
            column = getattr(self.rules, role)
            if not column or column not in self.dataset.codebook or self.published:
                continue
            whole = self._distinct(row, by, column)
            if row.counts is not None:
                for domain, (base, counted, rest) in whole.items():
                    numbers = {names: base, f"numerator_{names}": counted, f"remainder_{names}": rest}
                    found.setdefault(domain, {}).update(numbers)
                continue
            for answer, (own, _, _) in self._distinct(row, (one.numerator, *by), column).items():
                numbers = {names: whole[answer[1:]][0], f"numerator_{names}": own}
                found.setdefault(answer, {}).update(numbers)
        return found

    def _distinct(self, row: _Row, by: tuple[str, ...], column: str) -> dict[tuple[str, ...], tuple[int, int, int]]:
        """Return, by domain, how many different ones are behind it, among those counted, and among the others."""
        keys = [f"k{at}" for at in range(len(by))]
        one_each = (
            self.table.select(
                **{key: nw.col(name) for key, name in zip(keys, by, strict=True)},
                who=nw.col(column),
                base=row.present,
                counted=row.present if row.counts is None else row.counts,
            )
            .group_by(*keys, "who")
            .agg(
                n=_number_of(nw.col("base")),
                x=_number_of(nw.col("counted")),
                r=_number_of(nw.col("base") & ~nw.col("counted")),
            )
        )
        found = group(one_each, keys, **{name: _number_of(nw.col(name) > 0) for name in ("n", "x", "r")})
        labels = list(zip(*([_text(part) for part in found[key].tolist()] for key in keys), strict=True)) or [()]
        each = zip(labels, *(found[name].tolist() for name in ("n", "x", "r")), strict=True)
        return {label: (int(n), int(x), int(r)) for label, n, x, r in each}

    # Magnitudes -------------------------------------------------------------------------------------------------------

    def _magnitude(self, one: IndicatorPlan, keys: tuple[str, ...]) -> Counted | None:
        """Return the unweighted sums and sums of squares by the finest cells, the same bits in every run."""
        row = self._row(one)
        assert row.value is not None
        if one.statistic == "quantile":
            return None
        cells = reduce(self.table, by=keys, measures={"value": row.value})
        return keys, {**cells.keys, "_total": cells.plain[:, 0], "_squares": cells.second[:, 0, 0]}

    @staticmethod
    def _sums(magnitude: Counted, by: tuple[str, ...]) -> dict[tuple[str, ...], tuple[float, float]]:
        _, found = magnitude
        domains, code = _domains(found, by)
        total = np.bincount(code, found["_total"], len(domains)).tolist()
        squares = np.bincount(code, found["_squares"], len(domains)).tolist()
        return dict(zip(domains, zip(total, squares, strict=True), strict=True))

    def _largest(self, one: IndicatorPlan, by: tuple[str, ...]) -> dict[tuple[str, ...], tuple[float, ...]]:
        """Return the largest contributions of single contributors to each domain, by size and descending."""
        row = self._row(one)
        assert row.value is not None
        keys = [f"k{at}" for at in range(len(by))]
        parts = {key: nw.col(name) for key, name in zip(keys, by, strict=True)}
        column = self.rules.contributor
        if column and column in self.dataset.codebook:
            each = self.table.select(**parts, who=nw.col(column), v=row.value)
            rows = add_up(each, [*keys, "who"], v=nw.col("v").sum()).with_columns(v=nw.col("v").abs())
        else:
            rows = self.table.filter(row.present).select(**parts, v=row.value.abs())
        rows = rows.with_columns(one=nw.lit(1))
        rows = rows.with_columns(place=nw.col("v").rank("ordinal", descending=True).over("one", *keys))
        rows = rows.filter(nw.col("place") <= LARGEST)
        tops = {
            f"v{place}": nw.when(nw.col("place") == place).then(nw.col("v")).max() for place in range(1, LARGEST + 1)
        }
        found = group(rows, keys, **tops)
        labels = list(zip(*([_text(part) for part in found[key].tolist()] for key in keys), strict=True)) or [()]
        columns = zip(*(found[name].tolist() for name in tops), strict=True)
        return {
            label: tuple(value for value in values if value is not None and value == value)
            for label, values in zip(labels, columns, strict=True)
        }

    # Differences of conditions, and nested variables --------------------------------------------------------------

    def _overlap(self, family: Sequence[IndicatorPlan]) -> Iterator[Overlap]:
        rows = [self._row(one) for one in family]
        table, keys = self.table, tuple(dict.fromkeys(name for one in family for name in _variables(one)))
        pattern = nw.lit(0)
        for bit, row in enumerate(rows):
            pattern = pattern + nw.when(row.present).then(nw.lit(1 << bit)).otherwise(nw.lit(0))
        counts = nw.lit(False)
        for row in rows:
            counts = counts | (row.counts if row.counts is not None else nw.lit(False))
        table = table.with_columns(pattern.alias(OVERLAP))
        shares = family[0].statistic == "proportion"
        found = group(table, [OVERLAP, *keys], _n=nw.len(), **({"_x": _number_of(counts)} if shares else {}))
        names = tuple(one.name for one in family)
        for by in dict.fromkeys(by for one in family for by in one.by):
            if sum(by in one.by for one in family) < 2:
                continue
            domains, code = _domains(found, (OVERLAP, *by))
            n = _added(found["_n"], code, len(domains))
            x = _added(found["_x"], code, len(domains)) if shares else None
            for at, (bits, *domain) in enumerate(domains):
                inside = tuple(name for bit, name in enumerate(names) if int(bits) >> bit & 1)
                if not inside:
                    continue
                behind = Contribution(
                    figure_id="",
                    universe="&".join(inside),
                    units=int(n[at]),
                    contributors=int(n[at]),
                    numerator=int(x[at]) if x is not None else None,
                )
                yield Overlap(inside, names, dict(zip(by, domain, strict=True)), behind)

    def _find_nestings(self, keys: tuple[str, ...], counted: Counted) -> None:
        """Learn from the rows which variable's categories lie within those of another.

        Each category of the inner one occurs with a single category of the outer one, there are at least twice as many
        of them, and enough records that this is no chance.
        """
        _, found = counted
        rows = found["_n0"].sum()
        for inner in keys:
            for outer in keys:
                pairs = set(zip(map(_text, found[inner].tolist()), map(_text, found[outer].tolist()), strict=True))
                inside = {a for a, _ in pairs}
                outside = {b for _, b in pairs}
                if len(pairs) != len(inside) or len(inside) < 2 * len(outside) or len(outside) < 2:
                    continue
                if rows >= NESTED_RECORDS * len(inside):
                    self.nestings.append(Nesting(inner, outer, dict(sorted(pairs))))


def _variables(one: IndicatorPlan) -> tuple[str, ...]:
    names = [name for by in one.by for name in by]
    if one.statistic == "distribution":
        names.insert(0, one.numerator)
    return tuple(dict.fromkeys(names))


def _number_of(condition: nw.Expr) -> nw.Expr:
    """Number of rows where a condition holds."""
    return nw.when(condition).then(nw.lit(1)).count()


def _domains(found: Mapping[str, npt.NDArray[Any]], by: Sequence[str]) -> tuple[list[tuple[str, ...]], Integers]:
    """Number the combinations of some keys: their labels, as figures show them, and the number of each cell's."""
    size = len(next(iter(found.values())))
    code = np.zeros(size, dtype=np.int64)
    names: list[tuple[str, ...]] = [()]
    for name in by:
        own: dict[str, int] = {}
        place = np.fromiter((own.setdefault(_text(part), len(own)) for part in found[name].tolist()), np.int64, size)
        pair: dict[tuple[int, int], int] = {}
        both = [pair.setdefault(each, len(pair)) for each in zip(code.tolist(), place.tolist(), strict=True)]
        labels = list(own)
        names = [(*names[before], labels[now]) for before, now in pair]
        code = np.asarray(both, dtype=np.int64)
    return names, code


def _added(counts: npt.NDArray[Any], code: Integers, size: int) -> Integers:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, code, np.nan_to_num(np.asarray(counts, dtype=float)).round().astype(np.int64))
    return total
