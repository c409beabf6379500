"""A table -> a labelled file for Stata or SPSS: variable labels, value labels, and why a number is missing."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from countersign.errors import CommandError
from countersign.model.release import Release
from countersign.publishing.files.figures import FileColumn, FileTable, figure_table
from countersign.publishing.writing import write_whole

STATA, SPSS = "estimates.dta", "estimates.sav"
_LONGEST_NAME = {".dta": 32, ".sav": 64}
_LONGEST_LABEL = {".dta": 80, ".sav": 120}
_LONGEST_ANSWER = {".dta": 2000, ".sav": 120}
LONGEST_TEXT = 2000  # signs of a text that both programs keep
_RESERVED = frozenset(
    [
        "all",
        "and",
        "by",
        "eq",
        "ge",
        "gt",
        "le",
        "lt",
        "ne",
        "not",
        "or",
        "to",
        "with",
        "_all",
        "_b",
        "byte",
        "_coef",
        "_cons",
        "double",
        "float",
        "if",
        "in",
        "int",
        "long",
        "_n",
        "_pi",
        "_pred",
        "_rc",
        "_se",
        "_skip",
        "str",
        "strl",
        "using",
    ]
)
MISSING_SPSS = -9_000_000_000_000_000  # far below any figure, and exact


def write_stata(release: Release, folder: Path) -> None:
    """Write ``estimates.dta`` (Stata 14 and later).

    Raises
    ------
    CommandError: pyreadstat is not installed. StoreError: the disk refused.
    """
    write_whole(folder / STATA, labelled_bytes(figure_table(release), ".dta", made=release.made))


def write_spss(release: Release, folder: Path) -> None:
    """Write ``estimates.sav``.

    Raises
    ------
    CommandError: pyreadstat is not installed. StoreError: the disk refused.
    """
    write_whole(folder / SPSS, labelled_bytes(figure_table(release), ".sav", made=release.made))


def labelled_bytes(table: FileTable, ending: str, *, made: str) -> bytes:
    """Return a table as a file of Stata (``.dta``) or SPSS (``.sav``); the same table gives the same bytes.

    Categories become numbers with value labels: their own codes where these are whole numbers, else 1, 2, 3 in their
    order. A number that is missing for a known reason is an extended missing value (Stata: ``.a``, ``.b``; SPSS: user
    missing), labelled with the reason.

    Parameters
    ----------
    made: UTC, ISO 8601; the file's header says it in the place of when it was written.

    Raises
    ------
    CommandError: pyreadstat or pandas is not installed.
    """
    try:
        import pandas
        import pyreadstat
    except ImportError as error:
        raise CommandError(
            "Files for Stata and SPSS need two further packages.",
            where="publish: stata, spss",
            expected="pyreadstat and pandas",
            action="install them with: pip install 'countersign[files]'",
        ) from error
    names = short_names([column.name for column in table.columns], _LONGEST_NAME[ending])
    reasons = {state: number for number, state in enumerate(table.states)}
    frame: dict[str, Any] = {}
    labels: dict[str, dict[Any, str]] = {}
    missing: dict[str, list[Any]] = {}
    for name, column in zip(names, table.columns, strict=True):
        held, own, codes = _held(column, reasons, table.states, ending)
        frame[name] = pandas.Series(held, dtype=object if column.why and ending == ".dta" else None)
        if own:
            labels[name] = {code: text[: _LONGEST_ANSWER[ending]] for code, text in own.items()}
        if codes:
            missing[name] = codes
    texts = [_label(column, name, _LONGEST_LABEL[ending]) for name, column in zip(names, table.columns, strict=True)]
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        path = str(Path(folder) / f"table{ending}")
        common = {"column_labels": texts, "variable_value_labels": labels}
        title = _cut(f"SYNTHETIC: {table.title}" if table.about.get("synthetic") else table.title, 60)
        if ending == ".dta":
            pyreadstat.write_dta(
                pandas.DataFrame(frame),
                path,
                file_label=title,
                version=14,
                missing_user_values=missing or None,
                **common,
            )
        else:
            note = [f"{key}: {_cut(value, 70)}" for key, value in table.about.items()]
            pyreadstat.write_sav(
                pandas.DataFrame(frame), path, file_label=title, note=note,
                missing_ranges={name: [{"lo": codes[0], "hi": codes[-1]}] for name, codes in missing.items()} or None,
                **common,
            )  # fmt: skip
        return _timeless(Path(path).read_bytes(), ending, made)


def _held(
    column: FileColumn, reasons: Mapping[str, int], states: Mapping[str, str], ending: str
) -> tuple[list[Any], dict[Any, str], list[Any]]:
    """The values as the program takes them, their labels, and the codes that mean missing."""
    if column.kind == "category":
        codes = coded(column.values or dict.fromkeys(str(value) for value in column.held if value is not None))
        texts = column.values or {str(value): str(value) for value in column.held if value is not None}
        held = [None if value is None else float(codes[str(value)]) for value in column.held]
        return held, {codes[code]: texts[code] or code for code in codes}, []
    if column.kind in ("number", "integer"):
        plain = [None if value is None or value != value else float(value) for value in column.held]
        if not column.why:
            return plain, {}, []
        held, used = [], set()
        for value, why in zip(plain, column.why, strict=True):
            code = _missing(reasons.get(why), ending) if value is None and why in _WITHOUT else None
            used |= {(code, why)} if code is not None else set()
            held.append(value if code is None else code)
        found = sorted(used, key=lambda pair: pair[0])
        return held, {code: states[why] for code, why in found}, [code for code, _ in found]
    if column.kind == "boolean":
        return [None if value is None else float(value) for value in column.held], {0: "no", 1: "yes"}, []
    if column.kind == "date":
        return list(column.held), {}, []
    return [None if value is None else _cut(str(value), LONGEST_TEXT) for value in column.held], {}, []


_WITHOUT = ("suppressed", "too_few", "no_data", "not_asked", "refused")


def _missing(number: int | None, ending: str) -> Any:
    if number is None:
        return None
    return chr(ord("a") + number) if ending == ".dta" else float(MISSING_SPSS + number)


def coded(values: Mapping[str, Any]) -> dict[str, int]:
    """Return a number for each code: its own where all are whole numbers, else 1, 2, 3; 0 for the whole (no code).

    Examples
    --------
    >>> coded({"": "All", "f": "Women", "m": "Men"})
    {'': 0, 'f': 1, 'm': 2}
    >>> coded({"3": "c", "7": "g"})
    {'3': 3, '7': 7}
    """
    codes = [code for code in values if code]
    whole = all(re.fullmatch(r"0|-?[1-9][0-9]{0,8}", code) for code in codes) and not ("" in values and "0" in codes)
    numbers = {code: int(code) if whole else place for place, code in enumerate(codes, 1)}
    return ({"": 0} if "" in values else {}) | numbers


def short_names(names: Sequence[str], longest: int) -> list[str]:
    """Return names that Stata and SPSS take: letters, digits and ``_``, at most `longest`, each once whatever the case.

    Examples
    --------
    >>> short_names(["Åge group", "age_group", "2020", "if"], 32)
    ['Age_group', 'age_group_2', 'v2020', 'if_']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", plain).strip("_" if not name.startswith("_") else " ") or "v"
        plain = plain if plain[0].isalpha() else f"v{plain}"
        plain = f"{plain}_" if plain.casefold() in _RESERVED or re.fullmatch(r"str\d+", plain.casefold()) else plain
        own, number = plain[:longest], 2
        while own.casefold() in taken:
            end = f"_{number}"
            own, number = f"{plain[: longest - len(end)]}{end}", number + 1
        taken.add(own.casefold())
        found.append(own)
    return found


def _label(column: FileColumn, name: str, longest: int) -> str:
    text = column.label or column.name
    unit = f" ({column.unit})" if column.unit else ""
    own = f" [{column.name}]" if name != column.name and column.name not in text else ""
    return _cut(text, longest - len(unit) - len(own)) + unit + own if len(unit + own) < longest // 2 else _cut(
        text, longest)  # fmt: skip


def _cut(text: str, most: int) -> str:
    """A text of at most `most` bytes of UTF-8, on one line."""
    plain = " ".join(text.split())
    while len(plain.encode()) > most:
        plain = plain[: most // 4 if len(plain) > 4 * most else len(plain) - 1]
    return plain


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_DATE = 92  # where the header of SPSS says when the file was written


def _timeless(content: bytes, ending: str, made: str) -> bytes:
    """Put when the table was made in the place of when the file was written."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?", made)
    year, month, day, hour, minute, second = found.groups("00") if found else ("1980", "01", "01", "00", "00", "00")
    word = _MONTHS[int(month) - 1]
    if ending == ".dta":
        stamp = f"{day} {word} {year} {hour}:{minute}".encode()
        return re.sub(rb"(<timestamp>\x11).{17}(</timestamp>)", rb"\g<1>" + stamp + rb"\g<2>", content, count=1)
    stamp = f"{day} {word} {year[2:]}{hour}:{minute}:{second}".encode()
    return content[:_DATE] + stamp + content[_DATE + len(stamp) :]
