"""French, Spanish, Arabic, Russian, Chinese: whole where people read first, places kept, plurals and sides right."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from ranged_samples import ranged
from release_samples import survey

from countersign.catalogue import criteria, load, uses
from countersign.publishing import brief, community, dossier, report
from countersign.publishing.catalogue_titles import catalogue_titles
from countersign.publishing.language import LOCALE, Words, speak
from countersign.quality.accessible import accessible

pofile = pytest.importorskip("babel.messages.pofile", reason="Babel is in the development extras")

LANGUAGES = ("fr", "es", "ar", "ru", "zh")
LEAST = 0.70  # share of all messages; those of the files below are there without exception
WHOLE = (
    "community.py", "people.py", "hidden_groups.py", "brief.py", "group_distance.py", "area_coverage.py", "figures.py",
    "fan.py", "plausible.py", "opening.py", "labels.py", "digits.py", "balance.py", "truth.py", "sentences.py",
    "catalogue_titles.py", "pages.py", "templates/frame.html", "templates/community.html", "templates/brief.html",
    "templates/report.html", "templates/dossier.html", "templates/comparison.html", "templates/parts/opening.html",
    "templates/parts/figures.html", "templates/parts/uncertainty.html", "templates/parts/protection.html",
)  # fmt: skip
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
PLURALS = {
    "fr": {0: 0, 1: 0, 2: 1}, "es": {1: 0, 2: 1, 0: 1}, "zh": {0: 0, 1: 0, 7: 0},
    "ru": {1: 0, 21: 0, 2: 1, 24: 1, 5: 2, 11: 2, 112: 2}, "ar": {0: 0, 1: 1, 2: 2, 3: 3, 110: 3, 11: 4, 99: 4, 100: 5},
}  # fmt: skip


@cache
def messages(language: str) -> Any:
    with (LOCALE / language / "LC_MESSAGES" / "countersign.po").open("rb") as file:
        return pofile.read_po(file, locale=language)


@cache
def template() -> set[Any]:
    with (LOCALE / "countersign.pot").open("rb") as file:
        return {message.id for message in pofile.read_po(file) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fuzzy_and_most_is_translated(language: str) -> None:
    own = [message for message in messages(language) if message.id]
    assert not [message.id for message in own if message.fuzzy]
    done = {message.id for message in own if all(pofile_forms(message))}
    assert len(done & template()) / len(template()) >= LEAST
    assert not done - template(), "left over: run the command at the top of locale/babel.cfg"


def pofile_forms(message: Any) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@pytest.mark.parametrize("name", WHOLE)
def test_what_people_read_first_is_translated_whole(name: str) -> None:
    from babel.messages.extract import extract_from_file

    method = "jinja2" if name.endswith(".html") else "python"
    found = extract_from_file(method, str(LOCALE.parent / name), options={"trimmed": "true"})
    wanted = {message if isinstance(message, str) else tuple(message) for _, message, _, _ in found}
    for language in LANGUAGES:
        done = {message.id for message in messages(language) if message.id and all(pofile_forms(message))}
        assert not wanted - done, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_keeps_the_places_of_its_message(language: str) -> None:
    for message in messages(language):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[-1]
            for form in pofile_forms(message):
                assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(english)), (english, form)
                assert form.count("<strong>") == english.count("<strong>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_of_a_template_can_be_filled_in(language: str) -> None:
    from babel.messages.extract import extract_from_dir

    method, options = [("templates/**.html", "jinja2")], {"templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(str(LOCALE.parent), method_map=method, options_map=options)
    wanted = {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}
    for message in messages(language):
        if message.id in wanted:
            for form in pofile_forms(message):
                form % {place[2:-2]: "" for place in PLACE.findall(form)}  # a bare per cent sign raises


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_are_those_of_the_language(language: str) -> None:
    catalogue = messages(language)
    for message in catalogue:
        if message.id and not isinstance(message.id, str):
            assert len(message.string) == catalogue.num_plurals
    plural = speak(language).translations.plural  # type: ignore[attr-defined]
    assert {n: plural(n) for n in PLURALS[language]} == PLURALS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_translators_wrote(language: str) -> None:
    from babel.messages.mofile import write_mo

    made = BytesIO()
    write_mo(made, messages(language))
    assert (LOCALE / language / "LC_MESSAGES" / "countersign.mo").read_bytes() == made.getvalue()


def test_the_titles_of_the_catalogue_are_where_translators_find_them() -> None:
    titles = catalogue_titles(Words())
    assert {one.title for one in uses()} <= set(titles.values())
    assert {one.title for one in load("selections").entries.values()} <= set(titles.values())
    assert {one.title for one in criteria().entries.values()} <= set(titles.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [community, brief, report, dossier], ids=lambda page: page.__name__.split(".")[-1])
def test_a_page_says_its_language_its_direction_and_that_nobody_reviewed_it(page: Any, language: str) -> None:
    words = speak(language)
    text = page.render(survey(), words=words)
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert words.gettext("No native reader has reviewed this translation yet.") in unescape(text)
    assert words.gettext("No native reader has reviewed this translation yet.") != (
        "No native reader has reviewed this translation yet."
    )
    assert accessible(text).count == 0


def test_from_right_to_left_numbers_names_and_identifiers_keep_their_own_direction() -> None:
    words = speak("ar")
    text = report.render(ranged(), words=words)
    said = words.gettext("We would say {value}.").format(value="44 %")
    assert "\u206844 %\u2069" in said
    assert "\u2068" in text
    assert not re.search(r'(?:id|href|class)="[^"]*[\u2068\u2069]', text)
    for code in re.findall(r"<code[^>]*>", text):
        assert 'dir="ltr"' in code
    assert "\u2068" not in report.render(ranged(), words=speak("fr"))
    assert "unicode-bidi: plaintext" in text


def test_numbers_follow_the_language() -> None:
    from countersign.publishing.digits import number

    assert [number(12345.6, 1, speak(language)) for language in ("en", "ar", "zh")] == ["12,345.6"] * 3
    for language in ("fr", "ru", "es"):
        assert re.fullmatch(r"12[\u00a0\u202f]345,6", number(12345.6, 1, speak(language)))
