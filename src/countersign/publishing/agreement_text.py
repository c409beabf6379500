"""DataAgreement -> what people read and sign, in the languages of the parties."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from countersign.catalogue import load
from countersign.errors import AgreementError, nearest
from countersign.model.data_agreement import DataAgreement

LANGUAGES = ("en", "fr", "es")
ORDER = (
    "parties", "datasets", "purposes", "statistical_use_only", "no_reidentification", "persons", "starts", "deletion",
    "withdrawal", "credit", "review_days", "dissent", "breach_hours", "exit_days", "further", "unreviewed",
)  # fmt: skip
STYLE = (
    "body{font:12pt/1.5 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
    "h1{font-size:1.5em}h2{font-size:1.05em;margin:1.2em 0 .2em}p{margin:.2em 0}td{padding:1.6em 2em 0 0;"
    "border-bottom:1px solid #111}.file{font-family:ui-monospace,monospace;overflow-wrap:anywhere;font-size:.8em}"
)


def clauses(agreement: DataAgreement, language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield heading and sentence of each clause, in order.

    Raises
    ------
    AgreementError: there are no words in this language.
    """
    if language not in LANGUAGES:
        raise AgreementError(
            f"There are no words for agreements in '{language}'. {nearest(language, LANGUAGES)}".strip(),
            where="--language",
            expected=f"one of {', '.join(LANGUAGES)}",
            action="take one of them, or translate catalogue/agreement_terms.yaml",
        )
    terms, filled = load("agreement_terms"), _filled(agreement, language)
    for name in ORDER:
        key = agreement.deletion if name == "deletion" else name
        if _left_out(agreement, name):
            continue
        heading = terms[key].title if language == "en" else load("agreement_words")[language]["terms"][key]
        yield heading, str(terms[key][language]).format(**filled)


def as_text(agreement: DataAgreement, language: str = "en") -> str:
    """Return the agreement as plain text."""
    title = _title(agreement, language)
    parts = [f"{heading}\n{sentence}\n" for heading, sentence in clauses(agreement, language)]
    return "\n".join([title, "=" * len(title), "", *parts])


def as_page(agreement: DataAgreement, language: str = "en", *, digest: str = "") -> str:
    """Return the agreement as a page to print and sign. digest: of the file of terms, so that all sign the same."""
    title = escape(_title(agreement, language))
    body = "\n".join(f"<h2>{escape(head)}</h2><p>{escape(text)}</p>" for head, text in clauses(agreement, language))
    words = {"signed": "Name, date, signature", "digest": "Digest of the file"}
    if language != "en":
        words = {name: str(load("agreement_words")[language][name]) for name in words}
    lines = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{words['signed']}</td></tr>" for one in agreement.parties.values()
    )
    file = f'<p class="file">{words["digest"]} (SHA-256): {escape(digest)}</p>' if digest else ""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n"
        f"<h1>{title}</h1>\n{body}\n<table>{lines}</table>\n{file}</main></body></html>\n"
    )


def _title(agreement: DataAgreement, language: str) -> str:
    return agreement.title.get(language) or agreement.title.get("en") or next(iter(agreement.title.values()))


def _left_out(agreement: DataAgreement, name: str) -> bool:
    value = getattr(agreement, name, True)
    return name in ("statistical_use_only", "persons", "credit", "review_days", "dissent", "further") and not value


def _filled(agreement: DataAgreement, language: str) -> dict[str, str]:
    parties = agreement.parties
    titles = {entry.id: entry.title.lower() for entry in load("purposes")}
    if language != "en":
        titles |= {name: str(text) for name, text in load("agreement_words")[language]["purposes"].items()}
    return {
        "names": ", ".join(one.name for one in parties.values()),
        "gives": parties[agreement.gives].name,
        "receives": parties[agreement.receives].name,
        "datasets": "; ".join(what or name for name, what in agreement.datasets.items()),
        "purposes": "; ".join(titles[one] for one in agreement.purposes),
        "starts": agreement.starts,
        "expires": agreement.expires,
        "delete_by": agreement.delete_by,
        "persons": ", ".join(f"{one.name} ({parties[one.party].name})" for one in agreement.persons),
        "credit": agreement.credit,
        "review_days": str(agreement.review_days),
        "breach_hours": str(agreement.breach_hours),
        "exit_days": str(agreement.exit_days),
        "further": agreement.further.get(language) or next(iter(agreement.further.values()), ""),
    }
