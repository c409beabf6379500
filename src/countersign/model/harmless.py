"""Text that a spreadsheet would run -> text it shows. The one guard: every writer of tables asks here.

Spreadsheets take a cell for a formula if it begins with ``=``, ``+``, ``-`` or ``@``, some also after a tab, a line end
or a space, and East Asian versions also with the full-width signs (OWASP, CSV Injection).
"""

from __future__ import annotations

SIGNS = "=+-@＝＋－＠"
LEADS = "\t\r\n"
_BEFORE = " \t\r\n\v\f\x00\xa0\u200b\u200e\u200f\u2060\u3000\ufeff"


def runs(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula.

    Examples
    --------
    >>> runs("=1+1"), runs("  @SUM(A1)"), runs("a = b")
    (True, True, False)
    """
    return text.startswith(tuple(LEADS)) or text.lstrip(_BEFORE).startswith(tuple(SIGNS))


def harmless(text: str) -> str:
    """Return a text for a cell of delimited text: one that could run gets a leading apostrophe.

    Examples
    --------
    >>> harmless("=1+1"), harmless("water")
    ("'=1+1", 'water')
    """
    return f"'{text}" if runs(text) else text


def as_meant(text: str) -> str:
    """Return a text as it was before `harmless`.

    Examples
    --------
    >>> as_meant("'=1+1"), as_meant("'water'")
    ('=1+1', "'water'")
    """
    return text[1:] if text.startswith("'") and runs(text[1:]) else text
