"""`countersign site`: every link leads somewhere, nothing comes from outside, nothing is lost, nobody is told of."""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from site_pages import Page, broken, pages
from small_study import STUDY, countersign, rows, write_study

from countersign.model.address import figure_path
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.plan import IndicatorPlan, Plan, Source
from countersign.model.site import Site, SiteFile, SiteRelease, SiteStudy
from countersign.publishing.language import Words
from countersign.publishing.site import write_site
from countersign.quality.accessible import accessible

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</title>"
NAMED = (
    STUDY.replace("title: A small study", "title: >-\n  " + EVIL)
    .replace(
        "day: {type: date}",
        "day: {type: date}\n      sex: {type: category, label: '<b>Sex</b>', values: {f: '<i>women', m: men}}",
    )
    .replace("organiser: {name: Neighbours", "organiser: {name: 'Neighbours & {Sons}_100%'")
)
CALENDAR = 'calendar: {{vintage: {0}, announced: {1}, address: "https://example.org/hill"{2}}}\n'
OLD = NAMED + "protection: {minimum_contributors: 0}\n" + CALENDAR.format("2024-06", "2024-06-15", "")
# The second round has few people in the east: with a minimum of 9 some figures are withheld.
NEW = (
    NAMED
    + "protection: {minimum_contributors: 9}\n"
    + CALENDAR.format(
        "2024-12",
        "2024-12",
        ", revises: 2024-06, note: '<u>Late</u> villages.', corrections: [{date: 2024-07-02, what: '<s>Wrong.</s>', "
        "why: Mixed up., figures: [piped/sex=f]}], comments: [{date: 2024-08-01, about: '<p>A paper', comment: No.}], "
        "coming: [{date: 2025-06-15, vintage: 2025-06}], early_access: [{who: A minister, why: To answer.}]",
    )
)


def few_in_the_east() -> str:
    lines = rows()
    return "\n".join([lines[0], *(x for n, x in enumerate(lines[1:]) if ",east," not in x or n % 5 == 0)]) + "\n"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with two vintages, evil labels, and withheld figures in the second."""
    folder = tmp_path_factory.mktemp("study")
    for text, people in ((OLD, None), (NEW, few_in_the_east())):
        done = countersign("run", write_study(folder, study=text, people=people))
        assert done.exit_code == 0, done.output
    signed = [
        {
            "name": "<em>Council",
            "role": "community",
            "position": "adopt",
            "reason": "Ours.",
            "date": "2024-12-20T00:00Z",
        },
        {"name": "Office", "role": "nso", "position": "dissent", "reason": "Too few.", "superseded": True},
    ]
    (folder / "release" / "signatures.json").write_text(json.dumps({"signatures": signed}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "site"
    done = countersign("site", study, "--out", out)
    assert done.exit_code == 0, done.output
    return out


def figures(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "estimates.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


def test_every_link_leads_somewhere_and_nothing_comes_from_outside(site: Path) -> None:
    assert broken(site, allowed=("https://example.org/hill",)) == []


def test_a_site_of_several_studies_has_no_dead_link_either(study: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(study / "vintages" / "2024-06", other)
    text = (other / "study.yaml").read_text(encoding="utf-8")
    (other / "study.yaml").write_text(text.replace("example.org/hill", "example.org/vale"), encoding="utf-8")
    done = countersign("site", study, other, "--out", tmp_path / "site", "--title", "Two <valleys>")
    assert done.exit_code == 0, done.output
    assert broken(tmp_path / "site", allowed=("https://example.org/",)) == []
    assert {path.name for path in (tmp_path / "site").iterdir()} >= {"hill", "vale", "index.html", "calendar"}


def test_every_page_is_in_order_and_accessible(site: Path) -> None:
    style = (site / "site.css").read_text(encoding="utf-8")
    for path, page in pages(site):
        where = str(path.relative_to(site))
        assert page.wrong == [], where
        assert len(page.ids) == len(set(page.ids)), where
        assert (page.levels[0], page.levels.count(1)) == (1, 1), where
        assert page.landmarks.count("main") == 1, where
        assert "nav" in page.landmarks, where
        text = path.read_text(encoding="utf-8").replace("</head>", f"<style>{style}</style></head>")
        found = accessible(text)
        assert found.value == 0, f"{where}: {found.message} {found.evidence}"
        assert 'class="skip" href="#content"' in text


def test_labels_with_markup_stay_text(site: Path) -> None:
    for path in [*site.rglob("*.html"), *site.rglob("*.xml")]:
        if "release" in path.relative_to(site).parts[:-1]:
            continue
        text = path.read_text(encoding="utf-8")
        for evil in ("<script>alert", "<img", "<b>Sex", "<i>women", "<u>Late", "<s>Wrong", "<p>A paper", "<em>Council"):
            assert evil not in text, path
    assert "<script>" not in (site / "search" / "list.js").read_text(encoding="utf-8")
    data = re.search(r'ld\+json">(.*?)</script>', (site / "2024-12/index.html").read_text(encoding="utf-8"), re.S)
    assert data is not None
    assert "alert(1)" in json.loads(data[1])["name"]


def test_a_withheld_figure_has_a_page_without_a_number(study: Path, site: Path) -> None:
    new, old = figures(study / "release"), figures(study / "vintages" / "2024-06")
    hidden = [name for name, row in new.items() if row["status"] == "suppressed"]
    assert hidden
    for name in hidden:
        text = (site / "2024-12/figures" / figure_path(name) / "index.html").read_text(encoding="utf-8")
        page = Page(text)
        assert "withheld to protect people" in page.text
        assert "<svg" not in text
        value = old[name]["value"]
        for number in (value[:6], f"{float(value) * 100:.1f}", f"{float(value):.1f}"):
            if len(number) > 2:
                assert number not in page.text.replace(new[name]["figure_id"], ""), (name, number)
    told = {row["figure_id"]: row for row in csv.DictReader((study / "release/revisions.csv").open(encoding="utf-8"))}
    assert all(told[name]["old_value"] == "" for name in hidden)


def test_the_same_releases_give_the_same_bytes(study: Path, site: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert countersign("publish", "site", study, "--out", again).exit_code == 0  # the longer name of the verb
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    second = {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert first == second


def test_machines_find_feeds_addresses_and_days(site: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.parse(site / "feed.xml").getroot()
    ids = [one.findtext(f"{atom}id") for one in feed.iter(f"{atom}entry")]
    assert len(ids) == len(set(ids)) == 3
    places = [one.text or "" for one in ET.parse(site / "sitemap.xml").getroot().iter() if one.tag.endswith("loc")]
    for place in places:
        assert (site / place.removeprefix("https://example.org/hill/") / "index.html").is_file()
    raw = (site / "calendar/calendar.ics").read_bytes()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert raw.count(b"BEGIN:VEVENT") == raw.count(b"UID:") == 2  # a promise of a month has no day
    paths = json.loads((site / "2024-12/figures.json").read_text(encoding="utf-8"))
    assert all((site / "2024-12" / path / "index.html").is_file() for path in paths.values())
    figure = (site / "2024-12/figures" / figure_path("piped/sex=f") / "index.html").read_text(encoding="utf-8")
    assert 'rel="canonical" href="https://example.org/hill/2024-12/figures/piped/sex=f/"' in figure
    assert "Neighbours \\&amp; \\{Sons\\}\\_100\\%" in figure  # BibTeX, escaped twice


def test_corrections_stand_on_the_wrong_figure_and_on_the_right_one(site: Path) -> None:
    def text(vintage: str, name: str) -> str:
        return Page((site / vintage / "figures" / name / "index.html").read_text(encoding="utf-8")).text

    assert "Corrected on 2024-07-02, in release 2024-12" in text("2024-06", "piped/sex=f")
    assert "puts right release 2024-06" in text("2024-12", "piped/sex=f")
    assert "2024-07-02" not in text("2024-06", "piped/sex=m")
    assert "There is a newer release" in text("2024-06", "piped/sex=m")
    calendar = Page((site / "calendar/index.html").read_text(encoding="utf-8")).text
    for words in ("2025-06-15", "A minister", "Mixed up.", "days late"):
        assert words in calendar


def test_who_signed_stands_on_the_release_and_on_its_figures(site: Path) -> None:
    release = Page((site / "2024-12/index.html").read_text(encoding="utf-8")).text
    for words in ("<em>Council", "Community body", "Ours.", "We do not agree", "said something else later"):
        assert words in release
    figure = Page((site / "2024-12/figures/piped/index.html").read_text(encoding="utf-8")).text
    assert "<em>Council" in figure
    assert "Office" not in figure
    assert "Nobody's signature" in Page((site / "2024-06/index.html").read_text(encoding="utf-8")).text


def test_a_bundle_gives_the_same_pages_as_its_folder(study: Path, site: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as zipped:
        for path in sorted((study / "release").rglob("*")):
            if path.is_file():
                zipped.write(path, f"release/{path.relative_to(study / 'release').as_posix()}")
    out = tmp_path / "site"
    done = countersign("site", bundle, study / "vintages" / "2024-06", "--out", out)
    assert done.exit_code == 0, done.output
    assert (out / "2024-12/release/bundle.zip").read_bytes() == bundle.read_bytes()
    assert broken(out, allowed=("https://example.org/hill",)) == []
    for name in ("indicators/piped/index.html", "groups/sex=f/index.html"):
        assert (out / name).read_bytes() == (site / name).read_bytes()


def test_a_site_in_which_an_address_would_die_is_refused(study: Path, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    shutil.copytree(site, out)
    done = countersign("site", study / "release", "--out", out)
    assert done.exit_code == 2
    assert "'2024-06'" in done.output
    assert (out / "2024-06/index.html").is_file()
    assert countersign("site", study, "--out", out).exit_code == 0


def test_what_cannot_be_a_site_is_refused_with_a_way_out(study: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "diary.txt").write_text("mine", encoding="utf-8")
    slip = tmp_path / "slip.zip"
    with zipfile.ZipFile(slip, "w") as zipped:
        zipped.writestr("release/../../evil.txt", "x")
    changed = tmp_path / "changed"
    shutil.copytree(study / "release", changed)
    text = (changed / "estimates.csv").read_text(encoding="utf-8")
    (changed / "estimates.csv").write_text(text.replace("korn-graubard", "other"), encoding="utf-8")
    for words, said in (
        (("site", "--out", tmp_path / "s"), "No release is named"),
        (("site", study), "--out"),
        (("site", tmp_path / "nothing", "--out", tmp_path / "s"), "no release"),
        (("site", study, "--out", mine), "something else in the place"),
        (("site", study, "--out", study / "release" / "site"), "inside a release"),
        (("site", slip, "--out", tmp_path / "s"), "written elsewhere"),
        (("site", study, changed, "--out", tmp_path / "s"), "their figures differ"),
    ):
        done = countersign(*words)
        assert done.exit_code == 2, words
        assert said in done.output, done.output
        assert not (tmp_path / "s").exists()
    assert (mine / "diary.txt").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "evil.txt").exists()


ODD = (
    "Water",
    "water",
    "w/كفر الشيخ",
    "w/" + "long " * 80,
    "w/../../x",
    "w/a?b#c%d",
    'w/"<b>',
    "w/con",
    "w/Ünï=1",
    "w/ünï=1",
)


def many(number: int, plan: Plan) -> SiteRelease:
    made = [
        Estimate(
            "water" if n % 2 else "meals", "proportion", {"region": f"R{n % 50}", "n": f"{n // 50}"} if n > 1 else {},
            0.5, 0.01, 0.48, 0.52, 100, "weighted", "logit", unit="share",
            figure_id=ODD[n] if n < len(ODD) else f"water/region=R {n}",
        )
        for n in range(number)
    ]  # fmt: skip
    return SiteRelease("2026-01", plan, "2026-01-02T00:00:00Z", "1", EstimateTable(tuple(made)),
                       files=(SiteFile("estimates.csv", 1, "ab" * 32),))  # fmt: skip


PLAN = Plan(
    title={"ar": "ماء وخبز", "en": "Water"},
    data={"d": Source("d", "d.csv")},
    indicators={"water": IndicatorPlan("water", "proportion", "x")},
)


def test_two_thousand_figures_take_seconds_and_every_odd_id_has_its_page(tmp_path: Path) -> None:
    started = time.process_time()
    count = write_site(Site((SiteStudy("", (many(2_000, PLAN),)),)), tmp_path)
    spent = time.process_time() - started
    assert 2_000 < count < 2_200
    assert spent < 15, f"{spent:.1f} s of processor time"
    assert len(list((tmp_path / "2026-01/figures").rglob("index.html"))) == 2_001
    names = [str(path).casefold() for path in tmp_path.rglob("*")]
    assert len(names) == len(set(names))


def test_a_site_runs_from_right_to_left(tmp_path: Path) -> None:
    words = Words(language="ar", asked="ar")
    write_site(Site((SiteStudy("", (many(20, PLAN),)),), "ar"), tmp_path, words=words)
    for path, page in pages(tmp_path):
        text = path.read_text(encoding="utf-8")
        assert '<html lang="ar" dir="rtl">' in text
        assert page.wrong == []
    assert "ماء وخبز" in (tmp_path / "index.html").read_text(encoding="utf-8")
    style = (tmp_path / "site.css").read_text(encoding="utf-8")
    assert not re.search(r"(margin|padding|border)-(left|right)|text-align: (left|right)", style)
