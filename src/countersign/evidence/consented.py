"""Consented: a second look, by other code, at whether anybody is in a table who must not be.

This shares nothing with the code that chose the rows: it starts from the finished files and asks of everybody in them
for the last word they said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from countersign.model.consent import ConsentEvent

ODD = 5
"""A pseudonym of so many signs, not all of them digits, is looked for in every column; others where ids stand."""


def last_words(events: Iterable[ConsentEvent], purpose: str) -> dict[str, ConsentEvent]:
    """Return record -> what it said last about a purpose; of what cannot be told apart, the no."""
    found: dict[str, ConsentEvent] = {}
    for one in events:
        if purpose not in one.purposes and "all" not in one.purposes:
            continue
        before = found.get(one.record)
        if before is None or _later(one, before):
            found[one.record] = one
    return found


def _later(one: ConsentEvent, other: ConsentEvent) -> bool:
    mine, its = one.time[:10], other.time[:10]
    if mine != its:
        return mine > its
    if "T" in one.time and "T" in other.time and one.time != other.time:
        return one.time > other.time
    return one.event != "given"


def not_agreed(words: Mapping[str, ConsentEvent], *, today: str) -> frozenset[str]:
    """Return the records whose last word is not a yes that still holds."""
    return frozenset(
        record for record, one in words.items() if one.event != "given" or (one.expires and one.expires < today)
    )


def found_in(path: Path, records: Collection[str], *, ids: Collection[str]) -> dict[str, int]:
    """Return column -> rows of a Parquet file in which one of `records` stands.

    Parameters
    ----------
    ids: columns in which ids stand: there every pseudonym is looked for, elsewhere only those that are no plain number
    and have five signs or more.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    odd = [one for one in records if len(one) >= ODD and not one.isdigit()]
    found: dict[str, int] = {}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1 << 16):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                wanted = list(records) if name in ids else odd
                kind = column.type
                if not wanted or not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or name in ids):
                    continue
                text = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
                hits = pc.sum(pc.is_in(text, value_set=pa.array(wanted, pa.string()))).as_py() or 0
                if hits:
                    found[name] = found.get(name, 0) + hits
    return found


def unknown_in(path: Path, column: str, known: Collection[str]) -> int:
    """Return how many rows of a Parquet file have a pseudonym that is not among those who agreed."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    column_of = pq.read_table(path, columns=[column]).column(0)
    if pa.types.is_floating(column_of.type):
        column_of = pc.cast(column_of, pa.int64(), safe=False)
    text = pc.utf8_trim_whitespace(pc.cast(column_of, pa.string()))
    agreed = pc.is_in(text, value_set=pa.array(list(known), pa.string()))
    return len(text) - int(pc.sum(agreed).as_py() or 0)
