"""Which of two anonymised tables is better: what each leaves as risk beside what each keeps of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import CountersignError, ProtectionError
from countersign.model.tabular import Tabular
from countersign.study.disclosing.microdata import _named
from countersign.study.disclosing.whole_table import WholeTable, whole
from countersign.study.inferring.arguments import verb

if TYPE_CHECKING:
    from countersign.protection.microdata.comparing import RowRisk

LOST = 0.05
"""A group that keeps this much less of its answers than everybody does is told."""


@dataclass(frozen=True)
class Variant:
    """One anonymised table beside the original.

    Parameters
    ----------
    name: what to call it. risk: of its rows. rows: share of the rows that are kept.
    cells: share of the answers that are kept, in the columns of the original. columns: kept, of all.
    groups: (variable, category) -> share of the group's rows that still show it, and of its answers that are kept.
    distances: column -> Hellinger distance of its distribution from the original's.
    means, spreads: column -> change of the mean in standard deviations, ratio of standard deviations.
    correlation: mean absolute change of the correlations between columns of numbers, nan with fewer than two.
    indicators: name -> value in the original, value now, overlap of the intervals; None where it cannot be computed.
    """

    name: str
    risk: RowRisk
    rows: float
    cells: float
    columns: int
    groups: Mapping[tuple[str, str], tuple[float, float]]
    distances: Mapping[str, float]
    means: Mapping[str, float]
    spreads: Mapping[str, float]
    correlation: float
    indicators: Mapping[str, tuple[float, float | None, float | None]]

    @property
    def chance(self) -> float:
        """Share of the rows that somebody is expected to recognise."""
        return self.risk.expected / self.risk.rows

    @property
    def utility(self) -> float:
        """Mean of what is kept: answers, distributions (1 - distance), and overlap of indicators, 0 to 1."""
        parts = [self.cells * self.rows, 1.0 - float(np.mean(list(self.distances.values()) or [0.0]))]
        if self.indicators:
            parts.append(float(np.mean([overlap or 0.0 for _, _, overlap in self.indicators.values()])))
        return float(np.mean(parts))

    @property
    def worst_group(self) -> tuple[tuple[str, str], float] | None:
        """The group that keeps the smallest share of its answers, and that share."""
        if not self.groups:
            return None
        group = min(self.groups, key=lambda each: (self.groups[each][1], each))
        return group, self.groups[group][1]


@dataclass(frozen=True)
class VariantComparison(Tabular):
    """Two variants, or one, beside the original.

    Parameters
    ----------
    original: risk of the original rows. variants: one or two. k: people who should share all keys.
    verdict: which is better, in plain words.
    """

    original: RowRisk
    variants: tuple[Variant, ...]
    k: int
    verdict: tuple[str, ...] = field(default=())

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a measure, with a column for the original and one for each variant."""
        found = [
            self._row("rows", self.original.rows, lambda v: v.risk.rows),
            self._row(f"risk: rows with fewer than {self.k} alike", self.original.below, lambda v: v.risk.below),
            self._row("risk: the same, blanks match", self.original.below_matching, lambda v: v.risk.below_matching),
            self._row("risk: rows alone", self.original.alone, lambda v: v.risk.alone),
            self._row("risk: people recognised, expected", self.original.expected, lambda v: v.risk.expected),
            self._row("risk: rows that give a sensitive answer away", self.original.certain, lambda v: v.risk.certain),
            self._row("use: answers kept, share", 1.0, lambda v: v.cells),
            self._row("use: correlations, mean change", 0.0, lambda v: v.correlation),
        ]
        first = self.variants[0]
        for group in first.groups:
            found.append(self._row(f"use: answers kept, {group[0]} {group[1]}", 1.0, lambda v, g=group: v.groups[g][1]))
        for column in first.distances:
            found.append(self._row(f"use: distance, {column}", 0.0, lambda v, c=column: v.distances[c]))
        for column in first.means:
            found.append(self._row(f"use: mean moved, {column}", 0.0, lambda v, c=column: v.means[c]))
            found.append(self._row(f"use: spread, {column}", 1.0, lambda v, c=column: v.spreads[c]))
        for name, (value, _, _) in first.indicators.items():
            found.append(self._row(f"use: {name}", value, lambda v, n=name: v.indicators[n][1]))
            found.append(self._row(f"use: {name}, overlap", 1.0, lambda v, n=name: v.indicators[n][2]))
        return found

    def _row(self, measure: str, original: float, of: Any) -> dict[str, Any]:
        return {"measure": measure, "original": original} | {each.name: of(each) for each in self.variants}

    def picture(self) -> str:
        """Return the risk-utility map as SVG: better is up and to the left."""
        points = [("original", self.original.expected / self.original.rows, 1.0)]
        points += [(each.name, each.chance, each.utility) for each in self.variants]
        most = max(0.01, *(risk for _, risk, _ in points)) * 1.05
        least = min(0.9, *(use for *_, use in points)) - 0.05
        left, top, width, height = 64, 20, 420, 240

        def at(risk: float, use: float) -> tuple[float, float]:
            return left + width * risk / most, top + height * (1 - (use - least) / (1.03 - least))

        called = escape(" and ".join(each.name for each in self.variants))
        middle, across = left + width / 2, f"rotate(-90 16 {top + height / 2})"
        drawn = [
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 640 320' role='img' width='640' height='320'>",
            f"<title>Risk and use of {called}</title>",
            f"<rect x='{left}' y='{top}' width='{width}' height='{height}' fill='none' stroke='#888'/>",
            _text(middle, top + height + 44, "people recognised of 100, expected", anchor="middle"),
            _text(16, top + height / 2, "use that is kept, of 100", anchor="middle", transform=across),
        ]
        for share in (0.0, 0.5, 1.0):
            use = min(1.0, least + (1.03 - least) * share)
            drawn.append(_text(left + width * share, top + height + 20, f"{100 * most * share:.2g}", anchor="middle"))
            drawn.append(_text(left - 8, top + height * (1 - share) + 4, f"{100 * use:.0f}", anchor="end"))
        for number, (name, risk, use) in enumerate(points):
            x, y = at(risk, use)
            colour, late = ("#555", "#1b6ca8", "#b3541e")[number], x > left + width * 0.75
            drawn.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' fill='{colour}'/>")
            drawn.append(
                _text(x + (-10 if late else 10), y + 4 + 14 * (number == 2), name, colour, "end" if late else "start")
            )
        return "".join([*drawn, "</svg>"])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.verdict)
        return said + self.picture() + super()._repr_html_()

    def __str__(self) -> str:
        return "\n".join([*self.verdict, "", super().__str__()])


@verb
def compare_variants(
    original: Any,
    first: Any,
    second: Any = None,
    *,
    keys: Sequence[str],
    k: int | None = None,
    sensitive: Sequence[str] = (),
    groups: Sequence[str] = (),
    indicators: Mapping[str, str] | None = None,
    weight: str = "",
    names: Sequence[str] = ("first", "second"),
) -> VariantComparison:
    """Say which of two anonymised tables is better, or what one of them costs.

    Parameters
    ----------
    original: the rows before. first, second: the rows after; rows need not stand in the same order.
    keys: what neighbours know. k: people who should share all keys; the catalogue's limit (3) if left out.
    sensitive: what nobody may learn. groups: variables whose categories shall not pay more than others.
    indicators: name -> expression, such as ``"water = 'piped'"`` or ``"income"``: its share or mean in each table.
    weight: column of weights, the same in all tables. names: what to call the variants.

    Returns
    -------
    VariantComparison: risk beside use, the verdict in words, and a picture: ``picture()``.

    Raises
    ------
    DataError: an unknown column in the original. ProtectionError: no key is left in a variant; k below 2.
    """
    limit = int(protection_limit("people_per_key")) if k is None else k
    before = whole(original)
    before.known([*keys, *sensitive, *groups, *([weight] if weight else [])])
    if limit < 2 or not keys:
        raise ProtectionError(
            "Without keys, or with k below 2, there is no risk to compare.",
            where="keys and k",
            expected="at least one key, and k from 2 on",
            action="name what neighbours know",
        )
    tables = [whole(each) for each in (first, second) if each is not None]
    called = [*names, "first", "second"][: len(tables)] if len(names) >= len(tables) else ["first", "second"]
    variants = tuple(
        _variant(
            name, before, after, keys=keys, sensitive=sensitive, groups=groups,
            indicators=_named("indicators", indicators), weight=weight, k=limit,
        )
        for name, after in zip(called, tables, strict=False)
    )  # fmt: skip
    comparison = VariantComparison(_risk(before, keys, sensitive, limit), variants, limit)
    return VariantComparison(comparison.original, variants, limit, verdict(comparison))


def _risk(rows: WholeTable, keys: Sequence[str], sensitive: Sequence[str], k: int) -> RowRisk:
    from countersign.protection.microdata.comparing import row_risk

    held = [name for name in keys if name in rows.names]
    if not held:
        constant = [np.zeros(len(rows), dtype=np.int64)]
        return row_risk(constant, [], k=k)
    answers = [rows.coded(name)[0] for name in sensitive if name in rows.names]
    return row_risk([rows.coded(name)[0] for name in held], answers, k=k)


def _variant(
    name: str,
    before: WholeTable,
    after: WholeTable,
    *,
    keys: Sequence[str],
    sensitive: Sequence[str],
    groups: Sequence[str],
    indicators: Mapping[str, str],
    weight: str,
    k: int,
) -> Variant:
    from countersign.protection.microdata.comparing import hellinger

    columns = [column for column in before.names if column in after.names]
    answered = {column: (_answered(before, column), _answered(after, column)) for column in before.names}
    all_cells = sum(int(one.sum()) for one, _ in answered.values())
    kept = sum(int(other.sum()) for column, (_, other) in answered.items() if column in columns)
    rows = len(after) / len(before)
    numbers = [column for column in columns if _is_number(before, column) and _is_number(after, column)]
    means, spreads = {}, {}
    for column in [name for name in numbers if name not in keys and name != weight]:
        one, other = before.numbers(column), after.numbers(column)
        if np.isfinite(one).sum() > 1 and np.nanstd(one) > 0 and np.isfinite(other).any():
            means[column] = float((np.nanmean(other) - np.nanmean(one)) / np.nanstd(one))
            spreads[column] = float(np.nanstd(other) / np.nanstd(one))
    return Variant(
        name=name,
        risk=_risk(after, keys, sensitive, k),
        rows=rows,
        cells=kept / all_cells / rows if all_cells and rows else 0.0,
        columns=len(columns),
        groups=_groups(before, after, groups, columns),
        distances={column: hellinger(*_distributions(before, after, column)) for column in columns if column != weight},
        means=means,
        spreads=spreads,
        correlation=_correlations(before, after, list(means)),
        indicators=_indicators(before, after, indicators, weight),
    )


def _is_number(rows: WholeTable, column: str) -> bool:
    import pyarrow as pa

    kind = rows.arrow.column(column).type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _answered(rows: WholeTable, column: str) -> Any:
    if column not in rows.names:
        return np.zeros(len(rows), dtype=bool)
    return rows.coded(column)[0] >= 0


def _distributions(before: WholeTable, after: WholeTable, column: str) -> tuple[Any, Any]:
    """Return counts of the same answers in both; numbers by tenths of the original, missing as an answer."""
    from countersign.protection.microdata.comparing import tenths

    if _is_number(before, column) and _is_number(after, column):
        one, other = before.numbers(column), after.numbers(column)
        if len(np.unique(one[~np.isnan(one)])) > 20:
            limits = tenths(one)
            sides = [
                np.where(np.isnan(x), len(limits) + 1, np.searchsorted(limits, x, side="right")) for x in (one, other)
            ]
            return tuple(np.bincount(side, minlength=len(limits) + 2) for side in sides)  # type: ignore[return-value]
    counted: list[dict[str, int]] = []
    for rows in (before, after):
        codes, values = rows.coded(column)
        counts = np.bincount(codes + 1, minlength=len(values) + 1).tolist()
        counted.append(
            dict(zip(["", *(f"{v:g}" if isinstance(v, float) else str(v) for v in values)], counts, strict=True))
        )
    answers = sorted(counted[0] | counted[1])
    return np.array([counted[0].get(a, 0) for a in answers]), np.array([counted[1].get(a, 0) for a in answers])


def _groups(
    before: WholeTable, after: WholeTable, groups: Sequence[str], columns: Sequence[str]
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return how many rows of each group still show it, and how many answers those rows keep of the group's."""
    found = {}
    for variable in groups:
        codes, values = before.coded(variable)
        later, still = after.coded(variable) if variable in after.names else (np.full(len(after), -1), [])
        for place, value in enumerate(values):
            mine = codes == place
            theirs = later == still.index(value) if value in still else np.zeros(len(after), dtype=bool)
            cells = sum(int(_answered(before, column)[mine].sum()) for column in before.names)
            kept = sum(int(_answered(after, column)[theirs].sum()) for column in columns)
            found[variable, str(value)] = (float(theirs.sum() / mine.sum()), kept / cells if cells else 0.0)
    return found


def _correlations(before: WholeTable, after: WholeTable, columns: Sequence[str]) -> float:
    if len(columns) < 2:
        return float("nan")
    pairs = []
    for place, one in enumerate(columns):
        for other in columns[place + 1 :]:
            found = []
            for rows in (before, after):
                x, y = rows.numbers(one), rows.numbers(other)
                both = ~(np.isnan(x) | np.isnan(y))
                varies = both.sum() > 2 and np.std(x[both]) > 0 and np.std(y[both]) > 0
                found.append(float(np.corrcoef(x[both], y[both])[0, 1]) if varies else 0.0)
            pairs.append(abs(found[0] - found[1]))
    return float(np.mean(pairs))


def _indicators(
    before: WholeTable, after: WholeTable, indicators: Mapping[str, str], weight: str
) -> dict[str, tuple[float, float | None, float | None]]:
    from countersign.protection.microdata.comparing import overlap

    if not indicators:
        return {}
    found: dict[str, tuple[float, float | None, float | None]] = {}
    one, other = (_opened(rows, weight) for rows in (before, after))
    for name, expression in indicators.items():
        value, bounds = _estimated(one, name, expression)
        try:
            now, later = _estimated(other, name, expression)
            found[name] = (value, now, overlap(bounds, later))
        except CountersignError:  # a column is gone, or its answers are wider now
            found[name] = (value, None, None)
    return found


def _opened(rows: WholeTable, weight: str) -> Any:
    from countersign.study.plain import read

    return read(rows.arrow, roles={"weight": weight} if weight else None)


def _estimated(dataset: Any, name: str, expression: str) -> tuple[float, tuple[float, float]]:
    from countersign.study.plain import estimate
    from countersign.tables import compile_expression

    kind = compile_expression(expression, dataset.codebook.types(), where=f"'{expression}'")[1]
    asked: dict[str, Any] = {"proportion" if kind == "boolean" else "mean": expression}
    (figure,) = estimate(dataset, name=name, **asked)
    if figure.value is None or figure.lower is None or figure.upper is None:
        raise ProtectionError(
            f"'{name}' has no value.", where="indicators", expected="an expression with answers", action="correct it"
        )
    return figure.value, (figure.lower, figure.upper)


def _text(x: float, y: float, words: str, fill: str = "#333", anchor: str = "start", transform: str = "") -> str:
    turned = f" transform='{transform}'" if transform else ""
    place = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'{turned}"
    return f"<text {place} font-size='13' fill='{fill}'>{escape(words)}</text>"


def verdict(found: VariantComparison) -> tuple[str, ...]:
    """Say in plain words which variant is better, and why."""
    said = [_described(each, found) for each in found.variants]
    for each in found.variants:
        lost = {group: kept for group, (_, kept) in each.groups.items() if kept < each.cells * each.rows - LOST}
        if lost:
            named = ", ".join(f"{variable} {category} ({kept:.0%})" for (variable, category), kept in lost.items())
            said.append(f"'{each.name}' takes more from some groups than from others; answers kept: {named}.")
    if len(found.variants) == 2:
        said.append(_better(*found.variants, k=found.k))
    return tuple(said)


def _described(each: Variant, found: VariantComparison) -> str:
    unsafe = f"{each.risk.below:,} rows share" if each.risk.below else "no row shares"
    return (
        f"'{each.name}': {unsafe} all keys with fewer than {found.k - 1} others (before: {found.original.below:,});"
        f" {each.risk.expected:,.1f} of {each.risk.rows:,} people are expected to be recognised"
        f" (before: {found.original.expected:,.1f}). It keeps {each.cells * each.rows:.1%} of all answers."
    )


def _better(one: Variant, other: Variant, *, k: int) -> str:
    if bool(one.risk.below) != bool(other.risk.below):
        safe, unsafe = (other, one) if one.risk.below else (one, other)
        return f"Take '{safe.name}': '{unsafe.name}' leaves rows that fewer than {k} people share."
    safer = one if one.chance <= other.chance else other
    richer = one if one.utility >= other.utility else other
    if one.chance == other.chance and one.utility == other.utility:
        return "Both are equally safe and equally useful by these measures."
    if safer is richer or one.chance == other.chance:
        return f"Take '{richer.name}': it is at least as safe, and keeps more ({richer.utility:.0%} of use)."
    if one.utility == other.utility:
        return f"Take '{safer.name}': it keeps as much and is safer."
    return (
        f"'{safer.name}' is safer ({100 * safer.chance:.2g} of 100 recognised, against {100 * richer.chance:.2g});"
        f" '{richer.name}' keeps more ({richer.utility:.0%} of use, against {safer.utility:.0%}). Both keep the rule of"
        f" {k}, so what matters is who gets the rows."
        if not one.risk.below
        else f"Neither is safe: treat both further. '{safer.name}' is the safer one, '{richer.name}' keeps more."
    )
