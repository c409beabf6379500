"""Maps: areas and accuracies of a classified map, from a sample of places where the truth was looked up.

Counting the pixels of a map gives biased areas: the map errs, and not evenly. The sample of places, stratified by map
class, says how the area of each mapped class divides among true classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.model.cells import Floats
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.tabular import Tabular

METHOD = "stratified estimator of a sample by map class (Olofsson et al. 2014)"
ASSUMPTION = "places were drawn at random within each map class, and the reference is right"


@dataclass(frozen=True)
class MapAccuracy(Tabular):
    """A map against its reference sample; m map classes, q classes in all.

    Parameters
    ----------
    classes: q names; the first m are on the map.
    counts: places by map class and reference class, (m, q). areas: mapped, (m,), in `unit`.
    proportions: estimated share of the whole area, (m, q).
    area, area_se: of each reference class, (q,). users, users_se: (m,). producers, producers_se: (q,), nan where the
        reference never found the class. overall, overall_se: share of the area mapped right.
    """

    classes: tuple[str, ...]
    counts: Floats
    areas: Floats
    proportions: Floats
    area: Floats
    area_se: Floats
    users: Floats
    users_se: Floats
    producers: Floats
    producers_se: Floats
    overall: float
    overall_se: float
    unit: str = ""

    @property
    def total(self) -> float:
        """The whole mapped area."""
        return float(self.areas.sum())

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a class: mapped and adjusted area, accuracies and standard errors."""
        mapped = len(self.areas)
        return [
            {
                "class": name,
                "places": int(self.counts[j].sum()) if j < mapped else 0,
                "mapped_area": float(self.areas[j]) if j < mapped else 0.0,
                "area": float(self.area[j]),
                "area_se": float(self.area_se[j]),
                "users_accuracy": float(self.users[j]) if j < mapped else None,
                "users_se": float(self.users_se[j]) if j < mapped else None,
                "producers_accuracy": _known(self.producers[j]),
                "producers_se": _known(self.producers_se[j]),
            }
            for j, name in enumerate(self.classes)
        ]

    def figures(self, *, convention: str = "beta", level: float = 0.95) -> EstimateTable:
        """Return every area and accuracy with its interval.

        Parameters
        ----------
        convention: ``beta`` never leaves 0 to the whole; ``t`` is value plus or minus t times the standard error, as
            published in the source. Where the variance is 0 (no error was seen), Korn and Graubard limits with the
            places behind the figure are used: a sample without errors does not prove that there are none.
        """
        strata = self.counts.sum(1)
        n = float(strata.sum())
        degrees = float(n - len(strata))
        figures = []

        def add(key: str, statistic: str, of: str, share: float, se: float, scale: float, size: float) -> None:
            df = degrees if statistic in ("area", "overall accuracy") else max(size - 1, 1.0)
            chosen = convention if se > 0 else "korn-graubard"
            ends = interval(chosen, value=share, se=se, n=size, degrees=df, level=level)
            figures.append(
                Estimate(
                    indicator=statistic,
                    statistic="total" if statistic == "area" else "proportion",
                    domain={"class": of} if of else {},
                    value=float(share * scale),
                    standard_error=float(se * scale),
                    lower=float(ends.lower * scale),
                    upper=float(ends.upper * scale),
                    n=round(size),
                    method=METHOD,
                    convention=ends.convention,
                    degrees=df,
                    level=level,
                    unit=self.unit if statistic == "area" else "",
                    assumption=ASSUMPTION,
                    note=ends.note,
                    raw=self._raw(of) if statistic == "area" else None,
                    figure_id=key,
                )
            )

        whole = self.total
        for j, name in enumerate(self.classes):
            add(f"area/{name}", "area", name, self.area[j] / whole, self.area_se[j] / whole, whole, n)
        for j, name in enumerate(self.classes[: len(strata)]):
            add(f"users/{name}", "user's accuracy", name, self.users[j], self.users_se[j], 1.0, float(strata[j]))
        for j, name in enumerate(self.classes):
            if not math.isnan(self.producers[j]):
                found = float(self.counts[:, j].sum())
                add(
                    f"producers/{name}",
                    "producer's accuracy",
                    name,
                    self.producers[j],
                    self.producers_se[j],
                    1.0,
                    found,
                )
        add("overall", "overall accuracy", "", self.overall, self.overall_se, 1.0, n)
        return EstimateTable(tuple(figures), title="Areas and accuracies of the map")

    def _raw(self, of: str) -> float:
        place = self.classes.index(of)
        return float(self.areas[place]) if place < len(self.areas) else 0.0


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def adjust_areas(
    counts: Mapping[tuple[str, str], float], areas: Mapping[str, float], *, unit: str = "", order: Sequence[str] = ()
) -> MapAccuracy:
    """Estimate areas and accuracies of a map from a sample stratified by map class.

    With W_i the mapped share of class i, n_ij the places mapped i and found j, n_i their sum::

        p_ij = W_i n_ij / n_i          area_j = A sum_i p_ij
        SE(area_j)^2  = A^2 sum_i W_i^2 (n_ij/n_i)(1 - n_ij/n_i) / (n_i - 1)
        user's U_i = n_ii/n_i          SE^2 = U_i (1 - U_i) / (n_i - 1)
        overall O = sum_i p_ii         SE^2 = sum_i W_i^2 U_i (1 - U_i) / (n_i - 1)
        producer's P_j = p_jj / p_.j   SE^2 = [ (1-P_j)^2 W_j^2 v_jj + P_j^2 sum_(i != j) W_i^2 v_ij ] / p_.j^2
                                       with v_ij = (n_ij/n_i)(1 - n_ij/n_i) / (n_i - 1)

    Parameters
    ----------
    counts: (map class, reference class) -> places. areas: map class -> mapped area, in any unit. order: of the classes.

    Raises
    ------
    EstimationError: a class of the sample that has no mapped area; a mapped class with fewer than two places; areas or
        counts that are negative or not numbers.

    Notes
    -----
    Olofsson et al. (2014), Remote Sensing of Environment 148, equations 4 to 11; Card (1982); Stehman (2013).
    """
    mapped = _classes(counts, areas, order)
    others = sorted({reference for _, reference in counts} - set(mapped))
    classes = (*mapped, *others)
    place = {name: j for j, name in enumerate(classes)}
    n = np.zeros((len(mapped), len(classes)))
    for (on_map, reference), count in counts.items():
        n[place[on_map], place[reference]] += count
    strata = n.sum(1)
    few = [name for name, size in zip(mapped, strata, strict=True) if size < 2]
    if few:
        raise EstimationError(
            f"The map class '{few[0]}' has {strata[place[few[0]]]:g} places in the sample.",
            where="sample",
            expected="at least two places in every map class that has an area",
            action="look up more places there, or merge the class with another before sampling",
        )
    area = np.array([float(areas[name]) for name in mapped])
    W = area / area.sum()
    p = n / strata[:, None]
    v = p * (1 - p) / (strata[:, None] - 1)
    share = W @ p
    own = np.arange(len(mapped))
    users = p[own, own]
    right = np.zeros(len(classes))
    right[own] = W * users
    with np.errstate(invalid="ignore", divide="ignore"):
        producers = right / share
        spread = (W**2) @ v
        mine = np.zeros(len(classes))
        mine[own] = W**2 * v[own, own]
        producers_se = np.sqrt((1 - producers) ** 2 * mine + producers**2 * (spread - mine).clip(min=0)) / share
    return MapAccuracy(
        classes=classes,
        counts=n,
        areas=area,
        proportions=W[:, None] * p,
        area=area.sum() * share,
        area_se=area.sum() * np.sqrt(spread),
        users=users,
        users_se=np.sqrt(v[own, own]),
        producers=producers,
        producers_se=producers_se,
        overall=float(W @ users),
        overall_se=float(np.sqrt(W**2 @ v[own, own])),
        unit=unit,
    )


def _classes(
    counts: Mapping[tuple[str, str], float], areas: Mapping[str, float], order: Sequence[str]
) -> tuple[str, ...]:
    for what, values in (("area", areas.values()), ("number of places", counts.values())):
        if any(not math.isfinite(value) or value < 0 for value in values):
            raise EstimationError(
                f"{'An' if what == 'area' else 'A'} {what} is negative or missing.",
                where="areas" if what == "area" else "count",
                expected="numbers of zero or more",
                action="correct them",
            )
    mapped = tuple(name for name in (order or areas) if areas.get(name, 0) > 0)
    if set(order) - set(areas):
        raise EstimationError(f"There is no mapped area of '{sorted(set(order) - set(areas))[0]}'.", where="order")
    lost = [name for name in areas if areas[name] > 0 and name not in mapped]
    unknown = sorted({on_map for (on_map, _), count in counts.items() if count} - set(mapped))
    if unknown or lost:
        raise EstimationError(
            f"'{(unknown or lost)[0]}' is a map class of the sample, but it has no mapped area."
            if unknown
            else f"'{lost[0]}' is not in the order of the classes.",
            where="areas",
            expected="one area above 0 for each map class of the sample",
            action="give every class of the map its area, spelled as in the sample",
        )
    if not mapped:
        raise EstimationError("There is no map class with an area above 0.", where="areas")
    return mapped
