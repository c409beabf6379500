"""community.html is one printed page in plain words, that claims no more than the permitted sentence."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from judged_samples import judged
from ranged_samples import ranged
from release_samples import SECRET, litter, sparse, survey
from test_report import Page, luminance

from countersign.catalogue import words as catalogue_words
from countersign.model.estimate import EstimateTable, Status
from countersign.model.finding import Fitness
from countersign.model.release import Release
from countersign.publishing import people
from countersign.publishing.community import fit, leaf, render, style
from countersign.publishing.language import LOCALE, Words, speak
from countersign.publishing.plain_language import MOST_WORDS, average_length, jargon, plain_enough, sentences

SAMPLES = {"survey": survey, "ranged": ranged, "litter": litter, "sparse": sparse, "judged": judged}


@pytest.fixture(params=sorted(SAMPLES))
def release(request: pytest.FixtureRequest) -> Release:
    return SAMPLES[request.param]()


def said(text: str) -> str:
    """Return the words of a page, one line an element."""
    body = re.sub(r"<style>.*?</style>|<title[^>]*>.*?</title>", "", text, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "\n", body))


def test_the_page_is_well_formed_needs_nobody_and_says_what_it_must(release: Release) -> None:
    text = render(release, words=Words())
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert "url(" not in text
    assert "://" not in text
    for heading in ("asked", "who", "found", "missing", "good", "ask", "back", "signed"):
        assert heading in page.ids
    assert "For the community: name, date" in text
    assert "For the statistical office: name, date" in text


def test_words_are_plain_and_sentences_short(release: Release) -> None:
    text = said(render(release, words=Words()))
    assert jargon(text) == ()
    assert average_length(text) <= MOST_WORDS


def test_jargon_and_length_are_measured() -> None:
    assert jargon("The estimate has a confidence interval.") == ("confidence interval", "estimat", "interval")
    assert jargon("We are underweight; a lightweight test") == ()
    assert sentences("One. Two three? Four!") == ("One.", "Two three?", "Four!")
    assert average_length("One two three. Four five.") == 2.5
    assert average_length("") == 0.0
    assert plain_enough(" ".join(["word"] * 15) + ".")
    assert not plain_enough(" ".join(["word"] * 16) + ".")


def test_type_is_large_and_stands_out() -> None:
    sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;}]*?([\d.]+)pt", style())]
    assert sizes
    assert min(sizes) >= 14
    named = dict(re.findall(r"--([a-z]+):\s*(#[0-9a-f]{6})", style()))
    pairs = [(named[ink], named[paper]) for ink in ("ink", "soft", "accent") for paper in ("paper", "tint")]
    for ink, paper in [*pairs, ("#5c2300", "#fff6ec")]:
        light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)", style())


def test_it_speaks_of_everybody_only_where_the_sentence_may() -> None:
    found = {one.title: one for one in leaf(judged(), Words()).found}
    assert found["People with safe drinking water at home"].said == "Between 41 and 47 in 100."
    assert found["Minutes to fetch water"].said == "Among those who took part: 19.2 minutes."
    assert found["Minutes to fetch water"].caveat == "We cannot say it of everybody."
    assert found["People with disability"].said == "Of those who took part, 2 of 100."
    assert found["People with disability"].caveat == "Only for us. It may not be published yet."


def test_without_sentences_a_sample_that_chose_itself_speaks_for_itself_only() -> None:
    assert leaf(survey(), Words()).found[0].said == "Of those who took part, 57 of 100."
    drawn = replace(survey(), data=(replace(survey().data[0], selection="probability"),))
    assert leaf(drawn, Words()).found[0].said == "Between 41 and 47 in 100."


def test_a_refused_and_a_withheld_figure_have_no_number() -> None:
    first, *others = judged().estimates
    gone = dict.fromkeys(("value", "lower", "upper", "standard_error", "raw"))
    for status, words in ((Status.REFUSED, "cannot tell"), (Status.SUPPRESSED, "to protect people")):
        one = replace(first, status=status, **gone)
        told = leaf(replace(judged(), estimates=EstimateTable((one, *others))), Words()).found[0]
        assert words in told.said
        assert told.picture is None
    assert str(SECRET)[:5] not in render(judged(), words=Words())


@pytest.mark.parametrize(
    ("lower", "upper", "sure", "most", "words"),
    [
        (0.30, 0.52, 3, 6, "3 to 6 of 10 people"),
        (0.29, 0.51, 2, 6, "2 to 6 of 10 people"),
        (0.70, 0.70, 7, 7, "About 7 of 10 people"),
        (0.0, 1.0, 0, 10, "0 to 10 of 10 people"),
        (0.0, 0.0, 0, 0, "About 0 of 10 people"),
    ],
)
def test_ten_people_round_outwards(lower: float, upper: float, sure: int, most: int, words: str) -> None:
    assert people.of_ten(lower, upper, Words()) == people.OfTen(sure, most, words)


def test_a_counted_share_rounds_to_the_nearest_and_the_picture_has_its_words() -> None:
    assert people.about_ten(0.65, Words()).sure == 7
    assert people.about_ten(0.64, Words(), people=False).said == "About 6 of 10"
    drawn = str(people.draw(people.OfTen(3, 6, "3 to 6 of 10 people"), number="1"))
    assert [drawn.count(f'class="{kind}"') for kind in ("sure", "perhaps", "none")] == [3, 3, 4]
    assert '<title id="ten-1">3 to 6 of 10 people</title>' in drawn
    assert drawn.count("?") == 3


def test_whom_the_data_hardly_hold_is_named_the_groups_it_speaks_for_first() -> None:
    missing = leaf(judged(), Words()).missing
    assert missing == (
        "none (schooling). 4 % of those who took part, 21 % of everybody.",
        "nomads (kind of place). Nobody took part.",
        "Women (sex). 38 % of those who took part, 51 % of everybody.",
    )
    few = replace(judged().groups[0], n=None, data=None, ratio=None)
    (said,) = leaf(replace(judged(), groups=(few,)), Words()).missing
    assert said == "none (schooling). So few took part that we do not show how many."
    assert leaf(litter(), Words()).missing == ("We do not know. Nobody has compared what we saw with all there is.",)


def test_what_it_is_good_for_says_reached_open_and_not_yet() -> None:
    verdicts = {
        "": (
            "It is not settled yet. Some questions are open.",
            "If they are answered well, at best: Policy design, research, shadow report.",
        ),
        "U1": ("Awareness, advocacy, early warning.",),
    }  # fmt: skip
    for use, expected in verdicts.items():
        found = leaf(replace(judged(), fitness=(Fitness(use=use, wanted="U4", reach="U4"),)), Words()).good
        assert found[: len(expected)] == expected
        assert (found[-1] == "It is not good enough yet for: Policy design, research, shadow report.") is bool(use)
    beyond = leaf(replace(judged(), fitness=(Fitness(use="", wanted="U5", reach="U4"),)), Words()).good
    assert beyond[-1] == "It is not good enough yet for: Complement to official statistics."
    within = leaf(replace(judged(), fitness=(Fitness(use="", wanted="U2", reach="U3"),)), Words()).good
    assert not any("not good enough" in line for line in within)
    assert leaf(replace(judged(), fitness=(Fitness(use="U4", wanted="U4"),)), Words()).good == (
        "Policy design, research, shadow report.",
    )
    assert leaf(replace(judged(), fitness=()), Words()).good == ("Nobody has looked at this yet.",)


def test_what_does_not_fit_is_left_out_whole_and_counted() -> None:
    whole = leaf(judged(), Words())
    assert fit(whole, room=500) == whole
    small = fit(whole, room=100)
    assert (len(small.asked), len(small.found), len(small.missing)) == (1, 1, 1)
    assert small.more == len(whole.asked) - 1
    assert small.found[0] == whole.found[0]


def crowded() -> Release:
    """A release with more than a page holds: long names everywhere."""
    release = judged()
    long = "People who say that they have had to walk for longer than an hour to fetch water in the dry season"
    plan = replace(
        release.plan,
        title={"en": long},
        indicators={
            name: replace(one, title={"en": f"{long}: {name}"}) for name, one in release.plan.indicators.items()
        },
        initiative=replace(release.plan.initiative, organiser=long, contact="office@example.org"),
    )
    groups = tuple(replace(one, category=f"{long} {place}") for place in range(2) for one in release.groups)
    step = f"{long}; {long}."
    return replace(
        release, plan=plan, groups=groups, fitness=tuple(replace(one, next_step=step) for one in release.fitness)
    )


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to print with")
@pytest.mark.parametrize("make", [*SAMPLES.values(), crowded], ids=lambda make: make.__name__)
def test_it_prints_on_one_sheet(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert sheets(render(make(), words=Words()), tmp_path) == 1


def sheets(text: str, tmp_path: Path) -> int:
    """Print a page and count its sheets."""
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--user-data-dir={tmp_path / 'browser'}", f"--print-to-pdf={tmp_path / 'page.pdf'}"]
    subprocess.run([*command, (tmp_path / "page.html").as_uri()], check=True, capture_output=True, timeout=900)
    return len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes()))


LANGUAGES = ("fr", "es")


def messages() -> set[str | tuple[str, ...]]:
    """Return what the page says through gettext, as its modules and its template have it."""
    extract = pytest.importorskip("babel.messages.extract", reason="Babel is in the development extras")
    folder = LOCALE.parent
    files = {"community.py": "python", "people.py": "python", "templates/community.html": "jinja2"}
    options = {"trimmed": "true"}
    found = [
        message
        for name, method in files.items()
        for _, message, _, _ in extract.extract_from_file(method, str(folder / name), options=options)
    ]
    return {message if isinstance(message, str) else tuple(message) for message in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_translated_whole_and_keeps_its_places(language: str, tmp_path: Path) -> None:
    pofile = pytest.importorskip("babel.messages.pofile", reason="Babel is in the development extras")
    mofile = pytest.importorskip("babel.messages.mofile")
    folder = LOCALE / language / "LC_MESSAGES"
    with (folder / "countersign.po").open("rb") as file:
        catalogue = pofile.read_po(file, locale=language)
    own = {message.id if isinstance(message.id, str) else tuple(message.id): message for message in catalogue}
    for message in messages():
        assert message in own, message
    for message in catalogue:
        if not message.id:
            continue
        pairs = zip(*((one,) if isinstance(one, str) else one for one in (message.id, message.string)), strict=True)
        for english, translated in pairs:
            assert translated
            assert re.findall(r"[{%]\(?\w+[})]", english) == re.findall(r"[{%]\(?\w+[})]", translated), english
    with (tmp_path / "countersign.mo").open("wb") as file:
        mofile.write_mo(file, catalogue)
    assert (tmp_path / "countersign.mo").read_bytes() == (folder / "countersign.mo").read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_another_language_the_catalogue_speaks_it_too_and_says_that_nobody_reviewed_it(language: str) -> None:
    words = speak(language)
    text = render(judged(), words=words)
    assert f'<html lang="{language}" dir="ltr">' in text
    assert catalogue_words(language)["uses.U4.title"] in unescape(text)
    assert catalogue_words(language)["selections.open-web.title"] in unescape(text)
    assert words.gettext("No native reader has reviewed this translation yet.") in unescape(text)
    assert "reviewed" not in render(judged(), words=Words())
    assert average_length(said(text)) <= MOST_WORDS


def test_a_command_is_no_next_step_for_everybody() -> None:
    for text, expected in {
        "For U0 (own learning): Ask somebody: countersign questionnaire --role community": "Ask somebody.",
        "Ask a representative. Then meet.": "Ask a representative. Then meet.",
    }.items():
        release = replace(judged(), fitness=(replace(judged().fitness[0], next_step=text),))
        assert leaf(release, Words()).step == expected


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to print with")
@pytest.mark.parametrize("language", LANGUAGES)
def test_longer_languages_print_on_one_sheet_too(language: str, tmp_path: Path) -> None:
    for make in (judged, crowded, ranged):
        assert sheets(render(make(), words=speak(language)), tmp_path) == 1


def test_the_next_step_is_in_the_language_of_the_page() -> None:
    step = judged().fitness[0].blockers[0]
    release = replace(judged(), fitness=(replace(judged().fitness[0], next_step=f"For U0 (own learning): {step.fix}"),))
    text = unescape(render(release, words=speak("fr")))
    assert catalogue_words("fr")[f"criteria.{step.criterion}.fix"] in text


def test_from_right_to_left_the_ten_start_at_the_right() -> None:
    drawn = str(people.draw(people.OfTen(1, 1, "About 1 of 10"), number="1", people=False, mirrored=True))
    assert re.search(r'class="sure"[^>]*><circle cx="323"', drawn)


@pytest.mark.parametrize(
    ("selection", "unit", "who", "only"),
    [
        ("enumeration", "person", "people.", ""),
        ("enumeration", "household", "records. Each is one household.", ""),
        ("open-web", "person", "people.", "We cannot say it of everybody."),
        ("open-web", "household", "records. Each is one household.", "We cannot say it of all places."),
    ],
)
def test_who_was_counted_is_everybody_and_a_household_is_no_person(selection, unit, who, only) -> None:
    made = judged()
    notes = tuple(replace(note, selection=selection, unit=unit) for note in made.data)
    plan = replace(made.plan, initiative=replace(made.plan.initiative, selection=selection))
    page = leaf(replace(made, data=notes, plan=plan), Words())
    assert page.who[0].endswith(who)
    told = [one for one in page.found if one.said.startswith(("Among those", "Of those", "In what we saw", "Of what"))]
    assert {one.caveat for one in told} - {"Only for us. It may not be published yet."} == {only}
