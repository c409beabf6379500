"""Every string of the report can be translated, and a right-to-left language turns the page around."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from release_samples import survey

from countersign.publishing.digits import number
from countersign.publishing.language import LOCALE, Words, speak
from countersign.publishing.report import render

FOLDER = LOCALE.parent
babel = pytest.importorskip("babel.messages", reason="Babel is in the development extras")


def extracted() -> set[str]:
    from babel.messages.extract import extract_from_dir

    method = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(str(FOLDER), method_map=method, options_map={"templates/**.html": {"trimmed": "true"}})
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def test_the_template_for_translators_is_current() -> None:
    from babel.messages.pofile import read_po

    with (LOCALE / "countersign.pot").open("rb") as file:
        listed = {message.id[0] if isinstance(message.id, tuple) else message.id for message in read_po(file)} - {""}
    assert listed == extracted(), "run the command at the top of locale/babel.cfg"


@pytest.mark.parametrize("template", sorted(FOLDER.glob("templates/**/*.html")), ids=lambda path: path.name)
def test_no_text_of_a_template_stands_outside_gettext(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)
    text = re.sub(r"<style>.*?</style>|<pre.*?</pre>|<!doctype html>", "", text, flags=re.S)
    bare = re.sub(r"<[^>]*>", " ", text).replace("Countersign", "")
    assert not re.findall(r"[A-Za-z]{2,}", bare)


def catalogue(folder: Path, language: str, messages: dict[str, str]) -> Path:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    made = Catalog(locale=language)
    for english, own in messages.items():
        made.add(english, own)
    out = BytesIO()
    write_mo(out, made)
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "countersign.mo").write_bytes(out.getvalue())
    return folder


def test_an_arabic_page_runs_from_right_to_left(tmp_path: Path) -> None:
    words = speak("ar", folder=catalogue(tmp_path, "ar", {"In short": "باختصار", "Failed": "فشل"}))
    text = render(survey(), words=words)
    assert '<html lang="ar" dir="rtl">' in text
    assert ">باختصار<" in text
    assert "فشل" in text


def test_a_language_without_messages_is_english_and_says_so() -> None:
    assert '<html lang="en" dir="ltr">' in render(survey(), words=speak("xx"))


def test_titles_of_the_study_come_in_the_language_asked_for() -> None:
    assert speak("fr-CA").pick({"en": "Water", "fr": "Eau"}) == "Eau"
    assert speak("sw").pick({"en": "Water", "fr": "Eau"}) == "Water"
    assert speak("sw").pick({"fr": "Eau"}) == "Eau"


def test_a_translator_sets_the_separators_of_numbers(tmp_path: Path) -> None:
    messages = {"digit group separator: ,": "séparateur : \u202f", "decimal separator: .": "séparateur décimal : ,"}
    words = speak("fr", folder=catalogue(tmp_path, "fr", messages))
    assert number(-1234567.25, 1, words) == "−1\u202f234\u202f567,2"


def test_styles_use_logical_sides_only() -> None:
    for name in ("report.css",):
        style = (FOLDER / "templates" / name).read_text(encoding="utf-8")
        assert not re.findall(
            r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)|[{;]\s*(?:left|right):", style
        )


def test_english_needs_no_catalogue() -> None:
    assert Words().gettext("In short") == "In short"
    assert Words().ngettext("{n} row", "{n} rows", 2) == "{n} rows"
