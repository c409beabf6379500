"""Hidden populations on plain tables: sizes from lists that overlap, shares from chains of recruitment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.tabular import Tabular
from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import as_keys, cells_of, columns_of, opened

if TYPE_CHECKING:
    from countersign.estimation.hidden import Histories, PopulationSize, Recruitment, SeedDependence, SizeOptions
    from countersign.tables.collection import Array

By = Sequence[str | Sequence[str]]


@verb
def estimate_population_size(
    tables: Any,
    /,
    *,
    id: str = "",
    lists: Sequence[str] | Mapping[str, str] = (),
    count: str = "",
    seen: str = "",
    by: By = (),
    criterion: str = "aicc",
    order: int = 0,
    interval: str = "log-normal",
    form: str = "bias-corrected",
    level: float = 0.95,
    where: str = "",
    name: str = "population",
) -> PopulationSize:
    """Estimate how many there are, with those on no list.

    Give one of three things:

    * several tables, one a list, and ``id=``, the column that names the same person in all of them;
    * one table with ``lists=``: columns of 0 and 1, or name -> condition; with ``count=`` a row is a group of persons;
    * one table with ``seen=``: how often each person was seen in one source; gives Chao's lower bound only.

    Parameters
    ----------
    tables: a table, a sequence of tables, or name of the list -> table. by: breakdowns, each a variable or several.
    criterion: weights of the models: ``aicc``, ``aic`` or ``bic``. order: most lists in one interaction; 0 = default.
    interval: ``log-normal``; two lists also ``transformed-logit``; models of more lists also ``profile-likelihood``.
    form: of Chao's bound: ``bias-corrected`` or ``classical``. level: of the intervals.
    where: condition on the rows. name: of the figure.

    Returns
    -------
    Figures, the headline first: Chapman for two lists, the average of all log-linear models for more, never one model
    alone; ``.models`` holds all of them, ``.histories`` the counts.

    Raises
    ------
    EstimationError: ids that are missing or of different kinds; persons whose group differs between lists; an empty
        list; fewer than two or more than five lists.
    """
    from countersign.estimation.hidden import SizeOptions, population_size

    options = SizeOptions(criterion=criterion, order=order, interval=interval, form=form, level=level, name=name)
    breakdowns = [() if not part else (part,) if isinstance(part, str) else tuple(part) for part in by]
    several = isinstance(tables, Mapping) or (isinstance(tables, Sequence) and not isinstance(tables, str))
    ways = [several, bool(lists), bool(seen)]
    if sum(ways) != 1 or several != bool(id):
        raise EstimationError(
            "It is not clear what the lists are.",
            where="estimate_population_size",
            expected="several tables with id=, or one table with lists=, or one table with seen=",
            action="give exactly one of the three",
        )
    keys = list(dict.fromkeys(variable for part in breakdowns for variable in part))
    if several:
        names, membership, times, groups, repeats = _matched(tables, id, keys, where)
    elif lists:
        names, membership, times, groups = _listed(tables, lists, count, keys, where)
        repeats = {}
    else:
        return _often(tables, seen, count, breakdowns, keys, where, options)
    found: list[tuple[dict[str, str], Histories | EstimationError]] = [
        ({}, _counted(names, membership, times, np.ones(len(times), dtype=bool), repeats))
    ]
    for domain, at in _domains(breakdowns, groups):
        found.append((domain, _counted(names, membership, times, at, {})))
    return population_size(found, options)


def _counted(
    names: Sequence[str], membership: Array, times: Array, at: Array, repeats: Mapping[str, int]
) -> Histories | EstimationError:
    from countersign.estimation.hidden import histories

    counts: dict[tuple[int, ...], float] = {}
    on, place = np.unique(membership[at], axis=0, return_inverse=True)
    for line, amount in zip(on.tolist(), np.bincount(place.reshape(-1), times[at], len(on)).tolist(), strict=True):
        counts[tuple(map(int, line))] = amount
    try:
        return histories(names, counts, repeats=repeats)
    except EstimationError as reason:
        if at.all():
            raise
        return reason


def _matched(
    tables: Any, id: str, keys: Sequence[str], where: str
) -> tuple[list[str], Array, Array, dict[str, Array], dict[str, int]]:
    """Match persons by id; a person is one row whatever the number of records."""
    given = dict(tables) if isinstance(tables, Mapping) else {}
    if not given:
        every = [opened(table) for table in tables]
        labels = [one.name for one in every]
        unique = len(set(labels)) == len(labels)
        given = {
            label if unique else f"list {at}": one for at, (label, one) in enumerate(zip(labels, every, strict=True), 1)
        }
    persons: dict[object, int] = {}
    members: list[list[int]] = []
    values: list[tuple[object, ...]] = []
    repeats: dict[str, int] = {}
    kinds: dict[str, str] = {}
    torn: set[object] = set()
    for label, table in given.items():
        cells = cells_of(table, by=[id, *keys], where=where)
        own = cells.keys[id].tolist()
        gone = int(cells.n[[one is None for one in own]].sum())
        if gone:
            raise EstimationError(
                f"{gone} records of the list '{label}' have no '{id}'.",
                where=label,
                expected="an id in every record",
                action="nobody can be matched without an id: complete the ids, or leave these out by name with where=",
            )
        kinds[label] = "text" if any(isinstance(one, str) for one in own) else "numbers"
        known: set[int] = set()
        for at, person in enumerate(own):
            of = tuple(cells.keys[key][at] for key in keys)
            if person not in persons:
                persons[person] = len(persons)
                members.append([])
                values.append(of)
            elif values[persons[person]] != of:
                torn.add(person)
            known.add(persons[person])
        for row in known:
            members[row].append(len(kinds) - 1)
        repeats[label] = int(cells.n.sum()) - len(known)
    if len(set(kinds.values())) > 1:
        raise EstimationError(
            f"'{id}' is {', '.join(f'{kind} in {label}' for label, kind in kinds.items())}.",
            where=id,
            expected="the same kind in every list",
            action="declare the column as text in all of them, so that 007 stays 007",
        )
    if torn:
        raise EstimationError(
            f"{len(torn)} persons have different values of {', '.join(keys)} in their records.",
            where="by",
            expected="one group for each person",
            action="correct the records, or estimate without this breakdown",
        )
    membership = np.zeros((len(persons), len(given)), dtype=np.int64)
    for row, on in enumerate(members):
        membership[row, on] = 1
    columns = {
        key: np.fromiter((of[at] for of in values), dtype=object, count=len(values)) for at, key in enumerate(keys)
    }
    return list(given), membership, np.ones(len(persons)), columns, {k: v for k, v in repeats.items() if v}


def _listed(
    table: Any, lists: Sequence[str] | Mapping[str, str], count: str, keys: Sequence[str], where: str
) -> tuple[list[str], Array, Array, dict[str, Array]]:
    """Take lists from conditions or columns of 0 and 1."""
    conditions = dict(lists) if isinstance(lists, Mapping) else {}
    names = list(lists)
    plain = [] if conditions else names
    columns = columns_of(table, [*plain, *keys, count], measures=conditions, where=where)
    wrong = [name for name in names if columns[name].dtype == object or not np.isin(columns[name], (0.0, 1.0)).all()]
    if wrong:
        raise EstimationError(
            f"Whether a person is on the list {', '.join(wrong)} is missing, or neither 0 nor 1, in some rows.",
            where="lists",
            expected="0 or 1 in every row",
            action="write a condition, such as lists={'clinic': \"clinic = 'yes'\"}, and complete what is missing",
        )
    membership = np.column_stack([columns[name] for name in names]).astype(np.int64)
    times = _whole(columns[count], count) if count else np.ones(len(membership))
    empty = ~membership.any(axis=1)
    if (empty & (times > 0)).any():
        raise EstimationError(
            f"{int(times[empty].sum())} persons are on no list.",
            where="lists",
            expected="only persons who were found",
            action="take out those who are on no list: how many they are is the question",
        )
    return names, membership[~empty], times[~empty], {key: as_keys(columns[key])[~empty] for key in keys}


def _whole(column: Array, name: str) -> Array:
    if column.dtype == object or not np.isfinite(column).all() or (column < 0).any() or (column % 1 != 0).any():
        raise EstimationError(
            f"'{name}' is missing, negative or not whole in some rows.",
            where=name,
            expected="a whole number from 0 in every row",
            action="correct the column",
        )
    return column


def _often(
    table: Any,
    seen: str,
    count: str,
    breakdowns: Sequence[tuple[str, ...]],
    keys: Sequence[str],
    where: str,
    options: SizeOptions,
) -> PopulationSize:
    from countersign.estimation.hidden.population import population_size_of_counts

    columns = columns_of(table, [seen, count, *keys], where=where)
    often = _whole(columns[seen], seen).astype(np.int64)
    times = _whole(columns[count], count) if count else np.ones(len(often))

    def counted(at: Array) -> dict[int, float]:
        return {int(m): float(times[at & (often == m)].sum()) for m in np.unique(often[at])}

    groups = {key: as_keys(columns[key]) for key in keys}
    parts = [(domain, counted(at)) for domain, at in _domains(breakdowns, groups)]
    return population_size_of_counts([({}, counted(np.ones(len(often), dtype=bool))), *parts], options)


def _domains(breakdowns: Sequence[tuple[str, ...]], groups: Mapping[str, Array]) -> list[tuple[dict[str, str], Array]]:
    """Return each group with its rows; a missing category is refused."""
    found = []
    for key, column in groups.items():
        gone = sum(value is None for value in column.tolist())
        if gone:
            raise EstimationError(
                f"{gone} rows have no value of '{key}'.",
                where="by",
                expected="a value in every row",
                action=f"complete '{key}', or make 'missing' a category",
            )
    for part in breakdowns:
        if not part:
            continue
        lines = list(zip(*(map(str, groups[key].tolist()) for key in part), strict=True))
        for line in sorted(set(lines)):
            at = np.fromiter((one == line for one in lines), dtype=bool, count=len(lines))
            found.append((dict(zip(part, line, strict=True)), at))
    return found


@dataclass(frozen=True)
class RespondentDriven(Tabular):
    """Figures of a respondent-driven sample, and what they hang on.

    Parameters
    ----------
    estimates: every estimator that can be computed, the chosen one first, for everybody and each group.
    dependence: waves, trees, convergence, homophily of the chosen figure for everybody; None without recruiters.
    """

    estimates: EstimateTable
    dependence: SeedDependence | None

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures, one row each."""
        return self.estimates.rows()


@verb
def estimate_respondent_driven(
    table: Any,
    /,
    *,
    degree: str,
    proportion: str = "",
    mean: str = "",
    id: str = "",
    recruiter: str = "",
    seeds: Sequence[str | int] | str | int = (),
    population: float | None = None,
    estimator: str = "",
    by: By = (),
    replicates: int = 1000,
    draws: int = 0,
    seed: int = 1,
    level: float = 0.95,
    name: str = "",
) -> RespondentDriven:
    """Estimate a share or a mean from a respondent-driven sample.

    Parameters
    ----------
    table: one row a respondent. level: of the intervals. name: of the figure; empty = the statistic and its expression.
    degree: column, how many of the population each respondent knows. proportion: condition; mean: number; one of both.
    id, recruiter: columns with the respondent's and the recruiter's id, empty for a seed; without them the interval
        assumes a design effect. seeds: codes in `recruiter` that stand for seeds.
    population: its size, known or assumed: adds Gile's estimator SS and makes it the chosen one.
    estimator: ``RDS-II``, ``SS``, ``RDS-I`` or ``unweighted``, to choose another. by: breakdowns; trees stay whole.
    replicates: of the tree bootstrap. draws: samples drawn for SS, 0 = as many as are needed. seed: of both.

    Returns
    -------
    All estimators beside each other, the chosen one first, with tree-bootstrap intervals; ``.dependence`` says how much
    hangs on the seeds: ``.checks``, ``.trees``, ``.convergence``, ``.homophily``.

    Raises
    ------
    EstimationError: a degree that is missing or 0; recruiters who are no respondents; several recruiters; circles.
    """
    from countersign.estimation.hidden import dependence_on_seeds, respondent_driven, successive_inclusion
    from countersign.estimation.hidden.recruitment import degrees

    if bool(proportion) == bool(mean) or bool(id) != bool(recruiter):
        raise EstimationError(
            "It is not clear what is to be estimated.",
            where="estimate_respondent_driven",
            expected="exactly one of proportion= and mean=, and id= together with recruiter=",
            action="give these",
        )
    measure = proportion or mean
    breakdowns = [(part,) if isinstance(part, str) else tuple(part) for part in by]
    keys = list(dict.fromkeys(variable for part in breakdowns for variable in part))
    columns = columns_of(table, [degree, id, recruiter, *keys], measures={"\0answer": measure})
    answer, known = columns["\0answer"], columns[degree]
    if answer.dtype == object or known.dtype == object:
        raise EstimationError(
            f"'{measure if answer.dtype == object else degree}' is text.",
            where="proportion" if proportion else "mean",
            expected="a condition for a share, numbers for a mean and for degrees",
            action="write a condition, such as proportion=\"tested = 'yes'\"",
        )
    known = degrees(known)
    trees = _trees(columns[id], columns[recruiter], known, seeds) if recruiter else None
    label = name or f"{'proportion' if proportion else 'mean'} of {measure}"
    inclusion = None
    if population is not None:
        inclusion = successive_inclusion(known, population, seed=seed, draws=draws)
    common: dict[str, Any] = {
        "trees": trees, "inclusion": inclusion, "share": bool(proportion), "estimator": estimator,
        "replicates": replicates, "level": level, "name": label, "seed": seed,
    }  # fmt: skip
    made = list(respondent_driven(known, answer, **common))
    dependence = None
    if trees is not None:
        kind = made[0].figure_id.rpartition(":")[2]
        weight = 1 / known if kind != "unweighted" else np.ones(len(known))
        if kind == "SS" and inclusion is not None:
            weight = 1 / inclusion
        error = made[0].standard_error or 0.0
        dependence = dependence_on_seeds(trees, answer, weight, standard_error=error, share=bool(proportion))
        made = [_judged(one, dependence) for one in made]
    for domain, at in _domains(breakdowns, {key: as_keys(columns[key]) for key in keys}):
        tail = ",".join(f"{key}={value}" for key, value in domain.items())
        for one in respondent_driven(known, np.where(at, answer, np.nan), **common):
            placed = replace(one, domain=domain, figure_id=f"{one.figure_id}/{tail}")
            made.append(_judged(placed, dependence) if dependence else placed)
    return RespondentDriven(EstimateTable(tuple(made)), dependence)


def _trees(ids: Array, recruiters: Array, known: Array, seeds: Sequence[str | int] | str | int) -> Recruitment:
    from countersign.estimation.hidden import recruitment

    codes = [seeds] if isinstance(seeds, str | int) else list(seeds)
    own, by = as_keys(ids), as_keys(recruiters)
    kinds = {
        isinstance(one, str) for column in (own, by) for one in column.tolist() if one is not None and one not in codes
    }
    if len(kinds) > 1:
        own, by = (
            np.array([None if one is None else str(one) for one in column.tolist()], dtype=object)
            for column in (own, by)
        )
    marks = {*codes, *map(str, codes)}
    by = np.array([None if one in marks else one for one in by.tolist()], dtype=object)
    return recruitment(own, by, known)


def _judged(one: Estimate, dependence: SeedDependence) -> Estimate:
    """Return the figure with what its trees say: one failed check is a caution, several make it unreliable."""
    weak = [line["check"] for line in dependence.checks.rows() if line["state"] not in ("pass", "not assessed")]
    if not weak or one.status is Status.TOO_FEW:
        return one
    hard = [check for check in weak if check in ("waves", "seed_tree", "equilibrium")]
    status = Status.UNRELIABLE if len(hard) > 1 else Status.CAUTION
    order = [Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE]
    return replace(one, status=max(one.status, status, key=order.index), flags=(*one.flags, *weak))
