"""Rows made anonymous, on plain tables: recoding, coding of extremes, local suppression, microaggregation, PRAM.

Each verb gives back a table of the kind it got, and shows what it did to which column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers
from countersign.model.hierarchy import Hierarchy
from countersign.model.tabular import Tabular
from countersign.study.disclosing.whole_table import WholeTable, whole
from countersign.study.inferring.arguments import verb

if TYPE_CHECKING:
    from countersign.protection.microdata.suppressing import Suppression

Bands: TypeAlias = Mapping[str, Sequence[float]]
Codes: TypeAlias = Mapping[str, Mapping[Any, Any]]
Hierarchies: TypeAlias = Mapping[str, Hierarchy]
Limits: TypeAlias = Mapping[str, float]


@dataclass(frozen=True)
class TreatedTable(Tabular):
    """A table after a treatment, and what the treatment did to each column.

    Parameters
    ----------
    table: of the kind that was given. done: one row a column. says: sentences for the reader.
    """

    table: Any
    done: tuple[Mapping[str, Any], ...]
    says: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return what was done to each column."""
        return [dict(row) for row in self.done]

    def _repr_html_(self) -> str:
        from html import escape

        return "".join(f"<p>{escape(sentence)}</p>" for sentence in self.says) + super()._repr_html_()

    def __str__(self) -> str:
        return "\n".join([*self.says, super().__str__()])


@dataclass(frozen=True)
class SuppressedRows(TreatedTable):
    """A table after local suppression.

    Parameters
    ----------
    k, missing: as asked for. cells: answers blanked. cost: the sum of their importance; bound: no choice of its kind
    costs less, 0 if none is known; proven: the cost is the bound. violations: rows still at risk by the convention.
    exposed: rows with which somebody who knows all answers of everybody still gets below k.
    """

    k: int = 0
    missing: str = "own"
    cells: int = 0
    cost: float = 0.0
    bound: float = 0.0
    proven: bool = False
    violations: int = 0
    exposed: int = 0


@dataclass(frozen=True)
class RandomisedTable(TreatedTable):
    """A table after PRAM.

    Parameters
    ----------
    matrices: column -> answer -> answer shown -> chance. They are published with the table.
    """

    matrices: Mapping[str, Mapping[Any, Mapping[Any, float]]] | None = None

    def corrected(self, column: str, counts: Mapping[Any, float]) -> dict[Any, float]:
        """Return the counts expected behind counts of shown answers, such as those of one group: x R = counts."""
        from countersign.protection.microdata.randomising import corrected

        matrix = (self.matrices or {})[column]
        answers = list(matrix)
        chances = np.array([[matrix[one][other] for other in answers] for one in answers])
        found = corrected(np.array([float(counts.get(answer, 0.0)) for answer in answers]), chances)
        return dict(zip(answers, found.tolist(), strict=True))


@verb
def suppress_locally(
    table: Any,
    *,
    keys: Sequence[str],
    k: int | None = None,
    importance: Limits | None = None,
    missing: Literal["own", "matches"] = "own",
    most: int | None = None,
    secret: str = "",
    exact: bool = True,
) -> SuppressedRows:
    """Blank single answers in few rows, so that nobody stands alone by what neighbours know.

    Parameters
    ----------
    table: one row a person. keys: questions whose answers somebody who looks for a person knows.
    k: people who shall share all keys; the catalogue's limit for rows that stay inside (3) if left out.
    importance: key -> what an answer to it is worth, above 0, 1 if left out: a key with a higher one is blanked later.
    missing: ``own``: a blank is an answer of its own, so k rows look the same; this also holds against neighbours who
        know all answers. ``matches``: a blank may be any answer, as sdcMicro counts: fewer blanks, a weaker promise.
    most: keys blanked in one row unless a row cannot be helped so; 3, or 1 where a blank matches any answer.
    secret: decides which of several rows that are alike in all keys is blanked; the order of rows never does.
    exact: search up to the proven optimum where few rows are at risk.

    Returns
    -------
    SuppressedRows: the table with blanks, how many in each key, what is left as risk.

    Raises
    ------
    DataError: an unknown column. ProtectionError: k below 2 or above the number of rows; no key; an importance of 0 or
    less, or of a column that is no key; a word that `missing` does not know.

    Source: k-anonymity, Samarati (2001); local suppression, Hundepool et al., Statistical Disclosure Control (2012).
    """
    rows = whole(table)
    found, treated = suppressed(
        rows, keys=keys, k=int(protection_limit("people_per_key")) if k is None else k,
        importance=_named("importance", importance), missing=missing, most=most, secret=secret, exact=exact,
    )  # fmt: skip
    counts = found.cells.tolist()
    done = [
        {"column": name, "blanked": count, "share": count / len(rows)} for name, count in zip(keys, counts, strict=True)
    ]
    return SuppressedRows(
        table=treated.native(), done=tuple(done), says=_told(found), k=found.k, missing=missing, cells=sum(counts),
        cost=found.cost, bound=found.bound, proven=found.proven, violations=found.violations,
        exposed=found.after.exposed,
    )  # fmt: skip


def suppressed(
    rows: WholeTable,
    *,
    keys: Sequence[str],
    k: int,
    importance: Mapping[str, float],
    missing: Literal["own", "matches"] = "own",
    most: int | None = None,
    secret: str = "",
    exact: bool = True,
    lot: Integers | None = None,
) -> tuple[Suppression, WholeTable]:
    """Return what is blanked, and the table after it; `lot` decides among rows that are alike, else the secret does."""
    from countersign.protection.microdata.suppressing import suppress_locally as solve

    rows.known(keys)
    if missing not in ("own", "matches"):
        raise ProtectionError(
            f"missing= cannot be '{missing}'.", where="missing", expected="own or matches", action="correct it"
        )
    for name in importance:
        if name not in keys:
            raise ProtectionError(
                f"'{name}' has an importance and is no key.",
                where="importance",
                expected=f"names among: {', '.join(keys)}",
                action="add it to the keys, or take it out",
            )
    found = solve(
        [rows.coded(name)[0] for name in keys],
        k=k, importance=[float(importance.get(name, 1.0)) for name in keys], missing=missing, most=most,
        lot=rows.lots(secret) if lot is None else lot, exact=exact,
    )  # fmt: skip
    treated = rows
    for place, name in enumerate(keys):
        if found.blanked[:, place].any():
            treated = treated.blanked(name, found.blanked[:, place])
    return found, treated


def _told(found: Suppression) -> tuple[str, ...]:
    before = found.before.violations(found.missing)
    touched = int(found.blanked.any(axis=1).sum())
    first = (
        f"{before:,} rows shared all keys with fewer than {found.k - 1} others. {int(found.cells.sum()):,} answers in"
        f" {touched:,} rows were blanked; {found.violations:,} rows are left at risk."
    )
    said = [first]
    if found.proven and before:
        said.append("No choice of this kind blanks less: that is proven.")
    if found.after.exposed:
        said.append(
            f"With {found.after.exposed:,} rows somebody who knows all answers of everybody still gets below"
            f" {found.k}: a blank that may be any answer protects against strangers only. Ask for missing='own'."
        )
    return tuple(said)


@verb
def recode(
    table: Any,
    *,
    bands: Bands | None = None,
    codes: Codes | None = None,
    hierarchies: Hierarchies | None = None,
    up: int = 1,
) -> TreatedTable:
    """Make answers wider for everybody: numbers into bands, categories into wider ones.

    Parameters
    ----------
    bands: column -> limits in ascending order: ``{"age": [18, 30, 45]}`` gives under 18, 18-29, 30-44, 45+.
    codes: column -> answer -> wider answer; answers that are not named stay.
    hierarchies: column -> Hierarchy; each code becomes the one `up` levels above it.

    Raises
    ------
    DataError: an unknown column. ProtectionError: limits that do not rise, text in place of numbers, an answer that is
    not in the data or not in the hierarchy, nothing to do.
    """
    rows = whole(table)
    treated, done = recoded(
        rows,
        bands=_named("bands", bands),
        codes=_named("codes", codes),
        hierarchies=_named("hierarchies", hierarchies),
        up=up,
    )
    if not done:
        raise ProtectionError(
            "Nothing is to be recoded.", where="recode", expected="bands=, codes= or hierarchies=", action="say what"
        )
    return TreatedTable(treated.native(), tuple(done))


def recoded(
    rows: WholeTable, *, bands: Bands, codes: Codes, hierarchies: Hierarchies, up: int = 1
) -> tuple[WholeTable, list[dict[str, Any]]]:
    """Return the table with wider answers, and what was done to each column."""
    from countersign.protection.microdata.recoding import banded, climbed

    rows.known([*bands, *codes, *hierarchies])
    done = []
    for name in dict.fromkeys([*bands, *codes, *hierarchies]):
        before = len(rows.coded(name)[1])
        if name in bands:
            rows = rows.with_column(name, banded(rows.numbers(name), bands[name]))
        for made in (codes.get(name), hierarchies.get(name)):
            if made is None:
                continue
            held, values = rows.coded(name)
            if isinstance(made, Hierarchy):
                wider = dict(climbed(values, made, up=up))
            else:
                wider = {str(code): str(new) for code, new in made.items()}
                lacking = [code for code in wider if code not in {str(value) for value in values}]
                if len(lacking) == len(wider):
                    raise ProtectionError(
                        f"None of the answers of '{name}' that shall be made wider is in the data.",
                        where=f"codes, {name}",
                        expected="answers as they are in the data",
                        action="correct them",
                    )
                wider = {value: wider.get(str(value), str(value)) for value in values}
            rows = rows.with_column(name, [None if at < 0 else wider[values[at]] for at in held.tolist()])
        done.append({"column": name, "answers_before": before, "answers_after": len(rows.coded(name)[1])})
    return rows, done


@verb
def code_extremes(
    table: Any,
    *,
    bottom: Limits | None = None,
    top: Limits | None = None,
    replace: Literal["limit", "mean"] = "limit",
) -> TreatedTable:
    """Cut numbers off at both ends: what lies beyond a limit is replaced.

    Parameters
    ----------
    bottom, top: column -> limit, such as ``{"income": 20000}``.
    replace: by the ``limit``, or by the ``mean`` of all beyond it, which keeps totals; of at least 3 people.

    Raises
    ------
    DataError: an unknown column. ProtectionError: no limit, a lower one above the upper one, text in place of numbers,
    a mean of too few people.
    """
    treated, done = extremes_coded(
        whole(table), bottom=_named("bottom", bottom), top=_named("top", top), replace=replace
    )
    return TreatedTable(treated.native(), tuple(done))


def extremes_coded(
    rows: WholeTable, *, bottom: Mapping[str, float], top: Mapping[str, float], replace: str = "limit"
) -> tuple[WholeTable, list[dict[str, Any]]]:
    """Return the table without extremes, and how many there were in each column."""
    from countersign.protection.microdata.recoding import cut

    names = list(dict.fromkeys([*bottom, *top]))
    rows.known(names)
    if replace not in ("limit", "mean") or not names:
        raise ProtectionError(
            "It is not said what is replaced by what.",
            where="replace",
            expected="limit or mean, and a limit for at least one column",
            action="say it",
        )
    done = []
    for name in names:
        values, low, high = cut(
            rows.numbers(name), bottom=bottom.get(name), top=top.get(name), replace=replace,
            fewest=int(protection_limit("people_per_key")),
        )  # fmt: skip
        rows = rows.with_numbers(name, values)
        done.append({"column": name, "below": int(low.sum()), "above": int(high.sum())})
    return rows, done


@verb
def microaggregate(
    table: Any,
    *,
    columns: Sequence[str],
    k: int | None = None,
    method: Literal["mean", "median"] = "mean",
    together: bool = True,
) -> TreatedTable:
    """Replace numbers by the mean of groups of k to 2 k - 1 people who are alike in them.

    Parameters
    ----------
    columns: numbers. k: fewest people in a group; the catalogue's limit (3) if left out.
    method: ``mean``, which keeps totals, or ``median``.
    together: people are grouped by all columns at once (MDAV); False: by each column alone, with the least loss.

    Returns
    -------
    TreatedTable: for each column how many groups were made, what share of its sum of squares was lost, and how many
    values were taken out because fewer than k people answered the same of the columns.

    Raises
    ------
    DataError: an unknown column. ProtectionError: k below 2 or above the number of rows; text in place of numbers.

    Source: Domingo-Ferrer and Torra (2005); for one column Hansen and Mukherjee (2003).
    """
    rows = whole(table)
    treated, done = averaged(
        rows,
        columns=columns,
        k=int(protection_limit("people_per_key")) if k is None else k,
        method=method,
        together=together,
    )
    return TreatedTable(treated.native(), tuple(done))


def averaged(
    rows: WholeTable, *, columns: Sequence[str], k: int, method: str = "mean", together: bool = True
) -> tuple[WholeTable, list[dict[str, Any]]]:
    """Return the table with means of groups, and what it cost."""
    from countersign.protection.microdata.averaging import microaggregate as solve

    columns = (columns,) if isinstance(columns, str) else columns
    rows.known(columns)
    done: list[dict[str, Any]] = []
    for names in [tuple(columns)] if together else [(name,) for name in columns]:
        values = np.column_stack([rows.numbers(name) for name in names])
        found = solve(values, k=k, method=method)
        for place, name in enumerate(names):
            gone = int((np.isnan(found.values[:, place]) & ~np.isnan(values[:, place])).sum())
            rows = rows.with_numbers(name, found.values[:, place])
            done.append(
                {"column": name, "groups": int(found.group.max(initial=-1)) + 1, "loss": found.loss, "taken_out": gone}
            )
    return rows, done


@verb
def randomise(
    table: Any,
    *,
    columns: Sequence[str],
    secret: str,
    change: float = 0.2,
    moves: Codes | None = None,
) -> RandomisedTable:
    """Draw some answers anew, with chances that are published, so that expected counts stay what they are (PRAM).

    Parameters
    ----------
    columns: categories. secret: decides who is changed; whoever knows it can undo the change.
    change: chance that an answer is drawn anew from all answers in the data.
    moves: column -> answer -> answer -> chance, where not every answer may become every other.

    Returns
    -------
    RandomisedTable: ``matrices`` are the chances to be published; ``corrected(column, counts)`` gives the counts that
    are expected behind counts of one group.

    Raises
    ------
    DataError: an unknown column. ProtectionError: a chance that is none; no secret; chances that do not sum to 1.

    Source: Gouweleeuw, Kooiman, Willenborg and de Wolf (1998), Journal of Official Statistics 14, 463-478.
    """
    treated, done, matrices = randomised(
        whole(table), columns=columns, secret=secret, change=change, moves=_named("moves", moves)
    )
    return RandomisedTable(treated.native(), tuple(done), matrices=matrices)


def randomised(
    rows: WholeTable, *, columns: Sequence[str], secret: str, change: float, moves: Codes
) -> tuple[WholeTable, list[dict[str, Any]], dict[str, dict[Any, dict[Any, float]]]]:
    """Return the table with answers drawn anew, what was done, and the chances."""
    from hashlib import blake2b

    from countersign.protection.microdata.randomising import invariant
    from countersign.protection.microdata.randomising import randomise as deal

    columns = (columns,) if isinstance(columns, str) else columns
    rows.known([*columns, *moves])
    if not secret:
        raise ProtectionError(
            "There is no secret, so anybody could undo the change.",
            where="secret",
            expected="a text that nobody can guess",
            action="give one, and keep it where the data are kept",
        )
    lot = rows.lots(secret)
    done, matrices = [], {}
    for name in columns:
        codes, values = rows.coded(name)
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        matrix = invariant(counts, change=change, moves=_moves(name, moves.get(name), values))
        seed = int.from_bytes(blake2b(f"{secret}\x1f{name}".encode(), digest_size=8).digest(), "big")
        found = deal(codes, matrix, lot=lot, seed=seed)
        rows = rows.with_column(name, [None if at < 0 else values[at] for at in found.codes.tolist()])
        matrices[name] = {
            one: dict(zip(values, line, strict=True)) for one, line in zip(values, matrix.tolist(), strict=True)
        }
        done.append(
            {"column": name, "changed": found.changed, "share": found.changed / len(rows), "drawn_anew": change}
        )
    return rows, done, matrices


def _moves(name: str, moves: Mapping[Any, Any] | None, values: Sequence[Any]) -> Floats | None:
    if moves is None:
        return None
    place = {str(value): at for at, value in enumerate(values)}
    chances = np.zeros((len(values), len(values)))
    for one, line in moves.items():
        for other, chance in line.items():
            if str(one) not in place or str(other) not in place:
                raise ProtectionError(
                    f"An answer in the chances of '{name}' is not in the data.",
                    where=f"moves, {name}",
                    expected="answers as they are in the data",
                    action="correct it",
                )
            chances[place[str(one)], place[str(other)]] = float(chance)
    return chances


def _named(argument: str, given: Any) -> Mapping[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise ProtectionError(
            f"{argument}= does not name its columns.",
            where=argument,
            expected="a mapping: column -> what belongs to it",
            action="write it as {'column': ...}",
        )
    return given or {}
