"""The report on protection as files: disclosure.json and visibility.csv, as docs/formats.md describes them.

They hold sums and rules, never which rule withheld which figure: that would tell how large its group is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from countersign.model.disclosure import Disclosure, Visibility
from countersign.publishing.delimited import write_delimited
from countersign.publishing.writing import write_whole

DISCLOSURE_VERSION = 1
VISIBILITY_COLUMNS = (
    "group", "marginalised", "figures", "shown", "changed", "put_together", "withheld", "share_withheld",
    "people_withheld", "withheld_without_weights",
)  # fmt: skip


def disclosure_record(disclosure: Disclosure) -> dict[str, Any]:
    """Return the report as JSON values, keys in the published order."""
    audit = disclosure.audit
    return {
        "version": DISCLOSURE_VERSION,
        "method": disclosure.method,
        "reason": disclosure.reason,
        "figures": disclosure.figures,
        "withheld": disclosure.withheld,
        "merged": disclosure.merged,
        "optimal": disclosure.optimal,
        "rules": [
            {"rule": one.rule, "limit": one.limit, "asked": one.asked, "source": one.source} for one in disclosure.rules
        ],
        "audit": None
        if audit is None
        else {
            "attacked": audit.hidden,
            "points": audit.points,
            "narrow": audit.narrow,
            # The narrowest interval that was found is that of one withheld number, so it stays inside.
            "width": audit.width,
            "safe": audit.safe,
            "tables": audit.tables,
            "equations": audit.equations,
            "earlier_releases": audit.earlier,
            "solver": audit.solver,
        },
        "noise": dict(disclosure.noise),
        "spent": disclosure.spent,
        "visibility": [_visible(one) for one in disclosure.visibility],
        "decisions": [
            {
                "group": dict(one.group),
                "action": one.action,
                "minimum": one.minimum,
                "by": one.by,
                "role": one.role,
                "date": one.date,
                "statement": one.statement,
                "followed": one.followed,
                "refused": one.refused > 0,  # how many said no is nobody's business
            }
            for one in disclosure.decisions
        ],
        "notes": list(disclosure.notes),
    }


def shown_of(row: Visibility) -> int:
    """Return the figures of a group that are shown as they were estimated."""
    return max(0, row.figures - row.hidden - row.changed - row.coarsened)


def _visible(row: Visibility) -> dict[str, Any]:
    return {
        "group": dict(row.group),
        "marginalised": row.marginalised,
        "figures": row.figures,
        "shown": shown_of(row),
        "changed": row.changed,
        "put_together": row.coarsened,
        "withheld": row.hidden,
        "share_withheld": row.share,
        "people_withheld": row.people,
        "withheld_without_weights": row.hidden_unweighted,
    }


def write_disclosure(disclosure: Disclosure, path: Path) -> None:
    """Write ``disclosure.json``.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_whole(path, json.dumps(disclosure_record(disclosure), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_visibility(rows: Sequence[Visibility], path: Path) -> int:
    """Write ``visibility.csv``: one row for every group that figures are broken down by; return the number of rows.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=VISIBILITY_COLUMNS, rows=[_cells(_visible(one)) for one in rows])


def _cells(record: Mapping[str, Any]) -> list[Any]:
    group = ", ".join(f"{name}={category}" for name, category in record["group"].items())
    marked = "yes" if record["marginalised"] else "no"
    return [group, marked, *(record[name] for name in VISIBILITY_COLUMNS[2:])]
