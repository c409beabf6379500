"""How a text file is written: encoding, delimiter, header, found from its bytes or taken from the study.

Nothing is guessed silently: every property that was not declared is named in `Dialect.detected`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from countersign.errors import DataError, nearest

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BLOCK = 1 << 22
_HEAD = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Single-byte encodings a citizens' file is likely to come in; the library ranks them by the text they give.
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1258", "cp874", "mac_roman"]


@dataclass(frozen=True)
class Dialect:
    """How the cells of a text file are written.

    Parameters
    ----------
    encoding: name of the codec; delimiter: one character; skip: lines above the header; header: the column names.
    quotes: whether a quotation mark occurs anywhere. detected: what was found rather than declared.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    skip: int = 0
    quotes: bool = False
    detected: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def check_file(path: Path) -> None:
    """Raise unless `path` is a file that holds something.

    Raises
    ------
    DataError: no such file (names the nearest one in the folder), a folder, or an empty file.
    """
    if not path.exists():
        folder = path.parent
        known = sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
        hint = nearest(path.name, known)
        raise DataError(
            f"The file is not there. {hint}".strip(),
            where=str(path),
            expected=f"a file named '{path.name}' in the folder '{folder}'"
            + ("" if folder.is_dir() else ", which does not exist either"),
            action="correct 'file:' in the study, or put the file there (--data DIR looks in another folder)",
        )
    if path.is_dir():
        raise DataError("This is a folder.", where=str(path), expected="a file", action="name the file in it")
    if path.stat().st_size == 0:
        raise DataError(
            "The file is empty (0 bytes).",
            where=str(path),
            expected="a line of column names and at least one line of data",
            action="export the data again, or copy the file again: the transfer may have failed",
        )


def open_bytes(path: Path) -> BinaryIO:
    """Open a file, unpacking it if it is packed with gzip."""
    return cast("BinaryIO", gzip.open(path, "rb")) if packed(path) else path.open("rb")


def packed(path: Path) -> bool:
    """Say whether a file is packed with gzip, by its first bytes: files are renamed more often than repacked."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the (unpacked) bytes of a file in order.

    Raises
    ------
    DataError: a damaged ``.gz``.
    """
    try:
        with open_bytes(path) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except (EOFError, gzip.BadGzipFile, OSError) as problem:
        if not packed(path):
            raise
        raise DataError(
            "The packed file is damaged or not a .gz file.",
            where=str(path),
            expected="a complete .gz file",
            action="copy or download it again",
        ) from problem


def lines(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line the record ends on, its cells), slowly and exactly; for diagnosis and small files."""
    with open_bytes(path) as stream, io.TextIOWrapper(stream, encoding=dialect.encoding, newline="") as text:
        for _ in range(dialect.skip):
            text.readline()
        csv.field_size_limit(1 << 30)
        reader = csv.reader(text, delimiter=dialect.delimiter)
        for cells in reader:
            yield reader.line_num + dialect.skip, cells


def find_dialect(path: Path, options: Mapping[str, Any] | None = None) -> Dialect:
    """Find or confirm how a text file is written.

    Parameters
    ----------
    options: ``encoding``, ``delimiter``, ``skip`` (lines above the header) where the study declares them.

    Raises
    ------
    DataError: missing or empty file, bytes the encoding cannot hold, NUL bytes, no header, header alone, empty or
        repeated column names.
    """
    check_file(path)
    options = options or {}
    detected: list[str] = []
    notes: list[str] = []
    skip = int(options.get("skip", 0))
    encoding, quotes = _encoding(path, options, detected, notes)
    head = _head(path, encoding)
    if not head.strip():
        raise DataError(
            "The file holds only blank lines.",
            where=str(path),
            expected="a line of column names and lines of data",
            action="export the data again",
        )
    delimiter = _delimiter(head, skip, options, path, detected)
    bare = Dialect(encoding=encoding, delimiter=delimiter, header=(), skip=skip)
    header, blank = _header(path, bare, repair=bool(options.get("repair_names", False)))
    return Dialect(encoding, delimiter, header, skip + blank, quotes, tuple(detected), tuple(notes))


def _encoding(path: Path, options: Mapping[str, Any], detected: list[str], notes: list[str]) -> tuple[str, bool]:
    declared = str(options.get("encoding", ""))
    if declared:
        try:
            codecs.lookup(declared)
        except LookupError as problem:
            raise DataError(
                f"'{declared}' is not the name of an encoding. {nearest(declared, ['utf-8', 'utf-16', *_LIKELY])}",
                where=f"{path}, key 'encoding'",
                expected="a name such as utf-8, utf-16, cp1252",
                action="correct it, or leave it out to have it detected",
            ) from problem
    first = next(blocks(path), b"")
    bom = next((name for mark, name in _BOMS if first.startswith(mark)), "")
    if declared:
        encoding = "utf-8-sig" if bom == "utf-8-sig" and codecs.lookup(declared).name == "utf-8" else declared
    elif bom:
        encoding = bom
    else:
        encoding = _without_mark(first)
    problem_at, quotes = _try_encoding(path, encoding)
    if problem_at is None:
        if not declared:
            detected.append("encoding")
        return encoding, quotes
    line, column = problem_at
    if declared or bom:
        raise DataError(
            f"Byte {column} of line {line} cannot be read as {encoding}.",
            where=f"{path}, line {line}",
            expected=f"a file written as {encoding}"
            + (" (as the study declares)" if declared else " (its first bytes say so)"),
            action="leave 'encoding' out to have it detected, or name the right one (spreadsheets often write cp1252)",
        )
    guess = _guess(path)
    if not guess or _try_encoding(path, guess)[0] is not None:
        raise DataError(
            f"The encoding cannot be found: byte {column} of line {line} is not UTF-8, and no other fits.",
            where=f"{path}, line {line}",
            expected="UTF-8, UTF-16 or a single-byte encoding such as cp1252",
            action="name it with 'encoding:', or save the file as UTF-8",
        )
    detected.append("encoding")
    notes.append(
        f"The file is not UTF-8; it was read as {guess}, a guess from its letters. Look at names with accents, and "
        f"write 'encoding: {guess}' in the study if they are right."
    )
    return guess, quotes


def _without_mark(first: bytes) -> str:
    """UTF-16 without a mark shows as zero bytes in every other place."""
    sample = first[:4096]
    if len(sample) >= 4:
        even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / max(1, len(sample[1::2]))
        if odd > 0.4 and even < 0.1:
            return "utf-16-le"
        if even > 0.4 and odd < 0.1:
            return "utf-16-be"
    return "utf-8"


def _try_encoding(path: Path, encoding: str) -> tuple[tuple[int, int] | None, bool]:
    """Return (line and byte of the first byte that does not fit, whether there are quotation marks)."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, quotes, tail = 1, False, b""
    for block in blocks(path):
        kept = tail
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as problem:
            data = problem.object[: problem.start]
            kept = kept if len(problem.object) == len(block) else b""
            broken = (kept + data).rfind(b"\n")
            return (line + data.count(b"\n"), len(kept + data) - broken), quotes
        if "\0" in text:
            place = line + text[: text.index("\0")].count("\n")
            raise DataError(
                "There is a NUL byte in the text.",
                where=f"{path}, line {place}",
                expected="a text file without NUL bytes",
                action="the file is damaged or not a text file (a workbook? name it .xlsx); export it again as CSV",
            )
        quotes = quotes or '"' in text
        line += text.count("\n")
        end = block.rfind(b"\n")
        tail = block[end + 1 :] if end >= 0 else kept + block
        tail = tail[-_BLOCK:]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return (line, len(tail)), quotes
    return None, quotes


def _guess(path: Path) -> str:
    """Ask charset-normalizer, giving it the lines that are not plain ASCII."""
    from charset_normalizer import from_bytes

    sample = b""
    for block in blocks(path):
        sample += b"\n".join(row for row in block.splitlines() if not row.isascii())[:_HEAD]
        if len(sample) >= _HEAD:
            break
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    if best is None:
        # Too little text to rank; accept Western European if what is not ASCII are letters.
        try:
            text = sample.decode("cp1252")
        except UnicodeDecodeError:
            return ""
        return "cp1252" if all(sign.isalpha() for sign in text if not sign.isascii()) else ""
    # Where Western European reads the same letters, say so: it is by far the commonest, and others only look different.
    same = {best.encoding, *best.could_be_from_charset}
    return "cp1252" if "cp1252" in same else str(best.encoding)


def _head(path: Path, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    text = ""
    for block in blocks(path):
        text += decoder.decode(block)
        if len(text) >= _HEAD:
            break
    return text[:_HEAD]


def _delimiter(head: str, skip: int, options: Mapping[str, Any], path: Path, detected: list[str]) -> str:
    declared = str(options.get("delimiter", ""))
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|"}
    declared = named.get(declared, declared)
    if declared:
        if len(declared) != 1:
            raise DataError(
                "A delimiter is one character.",
                where=f"{path}, key 'delimiter'",
                expected="one of , ; | or tab",
                action="correct it, or leave it out to have it detected",
            )
        return declared
    detected.append("delimiter")
    rows = io.StringIO(head, newline="")
    for _ in range(skip):
        rows.readline()
    body = rows.read()
    # The last record of the head may be cut; it must not decide.
    whole = len(body) < _HEAD - 1
    best, score = ",", (False, 0.0, 0.0)
    for mark in DELIMITERS:
        try:
            counts = [len(cells) for cells in _first_records(body, mark, 200) if cells]
        except csv.Error:
            continue
        counts = counts if whole or len(counts) < 3 else counts[:-1]
        if not counts:
            continue
        width, times = Counter(counts).most_common(1)[0]
        # A mark that cuts the line of names like the others wins: commas may also stand inside numbers.
        own = (counts[0] == width, times / len(counts) if width > 1 else 0.0, float(width))
        if own[1] < 0.5 or (score[0] and not own[0]):
            continue
        if own[0] > score[0] or own[1] > score[1] + 0.2 or (own[1] >= score[1] - 0.2 and own[2] > score[2]):
            best, score = mark, own
    return best


def _first_records(text: str, mark: str, most: int) -> list[list[str]]:
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    return [cells for cells, _ in zip(reader, range(most), strict=False)]


def lines_above(path: Path, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Propose ``skip``, and the ``delimiter`` that a first line ``sep=;`` names; nothing where all is usual.

    A line above the column names fills no more than a third of the columns that the lines below have.
    """
    options = dict(options or {})
    encoding, _ = _encoding(path, options, [], [])
    head = _head(path, encoding)
    first = head.split("\n", 1)[0].strip().strip('"')
    found: dict[str, Any] = {}
    if re.fullmatch(r"sep=.", first, re.IGNORECASE):
        found = {"skip": 1, "delimiter": first[-1]}
    delimiter = found.get("delimiter") or _delimiter(head, 0, options, path, [])
    records = [cells for cells in _first_records(head, delimiter, 60) if any(cell.strip() for cell in cells)]
    filled = [sum(1 for cell in cells if cell.strip()) for cells in records]
    width = Counter(filled).most_common(1)[0][0] if filled else 0
    titles = next((place for place, count in enumerate(filled) if count > max(1, width // 3)), 0)
    if not found and width > 1 and titles:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        met = 0
        for cells in reader:
            met += any(cell.strip() for cell in cells)
            if met == titles:
                return {"skip": reader.line_num}
    return found


def _header(path: Path, dialect: Dialect, *, repair: bool = False) -> tuple[tuple[str, ...], int]:
    """Return the column names and the number of blank lines above them."""
    records = lines(path, dialect)
    blank = 0
    first = None
    for first in records:
        if any(cell.strip() for cell in first[1]):
            break
        blank += 1
        first = None
    if first is None:
        raise DataError(
            f"There is nothing below line {dialect.skip}.",
            where=f"{path}, key 'skip'",
            expected="a line of column names",
            action="correct 'skip'",
        )
    line, header = first
    where = f"{path}, line {line}"
    names = tuple(name.strip() for name in header)
    if repair:
        names = repaired(names)
    empty = [place for place, name in enumerate(names, 1) if not name]
    if empty:
        action = f"give column {empty[0]} a name in the file"
        if len(names) - len(empty) <= max(1, len(names) // 3):
            action = "if titles stand above the column names, say how many lines: 'skip: 1'"
        raise DataError(
            f"{len(empty)} of {len(names)} columns have no name (first: column {empty[0]}).",
            where=where,
            expected="a name for every column",
            action=action,
        )
    check_names(names, where)
    second = next((record for record in records if record[1]), None)
    if second is None:
        raise DataError(
            "The file has column names but no rows.",
            where=str(path),
            expected="at least one line of data below the column names",
            action="export the data again; check the filter of the export",
        )
    if len(names) == 1 and len(second[1]) > 1:
        raise DataError(
            f"Line {line} has one cell and line {second[0]} has {len(second[1])}.",
            where=where,
            expected="the column names on the first line",
            action=f"if titles stand above the column names, say how many lines: 'skip: {second[0] - 1}'",
        )
    return names, blank


def repaired(names: Sequence[str]) -> tuple[str, ...]:
    """Name what has no name ``column 3`` after its place, and number repeated names ``sex``, ``sex 2``."""
    made: list[str] = []
    for place, name in enumerate(names, 1):
        base = unique = name or f"column {place}"
        number = 2
        while unique in made or (unique != name and unique in names):
            unique, number = f"{base} {number}", number + 1
        made.append(unique)
    return tuple(made)


def check_names(names: tuple[str, ...], where: str) -> None:
    """Raise if two columns have the same name.

    Raises
    ------
    DataError: names the column and both places.
    """
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if name in seen:
            raise DataError(
                f"Two columns have the same name '{name}': columns {seen[name]} and {place}.",
                where=where,
                expected="a different name for every column",
                action=f"rename one of them in the file (form exports: switch group names on), for example '{name}_2'",
            )
        seen[name] = place
