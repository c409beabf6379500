"""Receipts -> slips: a table for whoever sends text messages, and a page to print and cut."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from countersign.catalogue import load
from countersign.model.receipt import Receipt
from countersign.publishing.delimited import write_delimited
from countersign.publishing.writing import write_whole

COLUMNS = ("record", "code", "language", "agreed", "time", "notice", "message")
STYLE = (
    "body{font:11pt/1.4 system-ui,sans-serif;margin:1cm;color:#111;background:#fff}"
    "section{border:1px dashed #555;padding:.5cm;margin:0 0 .5cm;break-inside:avoid}"
    "h1{font-size:14pt}h2{font-size:11pt;margin:0 0 .2cm}"
    ".code{font:700 18pt/1.6 ui-monospace,monospace;letter-spacing:.08em}"
    ".record{float:right;color:#444}p{margin:.1cm 0}"
)


def message(receipt: Receipt, *, address: str) -> str:
    """Return what a text message says."""
    words = _words(receipt.language)
    where = words["where"].replace("ADDRESS", address or words["anyone"])
    return f"{words['text'].replace('CODE', receipt.code)} {where}"


def write_slips(receipts: Sequence[Receipt], folder: Path, *, address: str) -> tuple[Path, Path]:
    """Write ``receipts.csv`` and ``slips.html``; return both. Nothing is asked of the network.

    Raises
    ------
    StoreError: the disk refused.
    """
    table, page = folder / "receipts.csv", folder / "slips.html"
    rows = [
        (
            one.record,
            one.code,
            one.language,
            " ".join(one.purposes),
            one.time,
            one.notice,
            message(one, address=address),
        )
        for one in receipts
    ]
    write_delimited(table, columns=COLUMNS, rows=rows)
    write_whole(page, _page(receipts, address))
    return table, page


def _words(language: str) -> dict[str, str]:
    listing = load("receipt_words")
    entry = next((one for one in listing if one.id == language.split("-")[0]), None) or listing["en"]
    return {"title": entry.title, "language": entry.id, **{name: str(text) for name, text in entry.facts.items()}}


def _page(receipts: Sequence[Receipt], address: str) -> str:
    slips = "\n".join(_slip(one, address) for one in receipts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Receipts to print and cut</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n<h1>Receipts to print and cut</h1>\n"
        "<p>Give each person the slip with their number. Keep this page locked away, and destroy it when you are done: "
        f"whoever has a code can take an agreement back.</p>\n{slips}\n</main></body></html>\n"
    )


def _slip(one: Receipt, address: str) -> str:
    words = _words(one.language)
    titles = {entry.id: entry.title for entry in load("purposes")}
    agreed = ", ".join(titles.get(purpose, purpose) for purpose in one.purposes)
    return (
        f'<section lang="{words["language"]}"><p class="record">{escape(one.record)}</p>'
        f"<h2>{escape(words['title'])}</h2>"
        f"<p>{escape(message(one, address=address))}</p>"
        f'<p>{escape(words["code"])}: <span class="code">{escape(one.code)}</span></p>'
        f'<p>{escape(words["agreed"])}: <span lang="en">{escape(agreed)}</span>. {escape(one.time)}</p></section>'
    )
