"""`countersign compare`: two releases side by side, from published files, and no change where something broke."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from small_study import STUDY, countersign, rows, write_study

from countersign.errors import ReleaseError
from countersign.model.two_rounds import RoundFigure, TwoRounds, difference
from countersign.publishing.language import Words
from countersign.publishing.rounds import render, summary
from countersign.study.rounds import beside, compare_rounds, read_release


def release(folder: Path, *, study: str = STUDY, people: str | None = None) -> Path:
    """Run a small study and return its release."""
    # Nothing is withheld: in the second round everybody in the east gives the same answer.
    study += "protection: {minimum_contributors: 0}\n"
    done = countersign("run", write_study(folder, study=study, people=people))
    assert done.exit_code == 0, done.output
    return folder / "release"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year later: everybody in the east has piped water, and nothing else differs."""
    lines = [line.replace("2024-", "2025-") for line in rows()]
    for place, line in enumerate(lines):
        if ",east," in line:
            lines[place] = line.replace(",well,", ",piped,").replace(",river,", ",piped,")
    study = STUDY.replace("period: 2024", "period: 2025").replace("A small study", "A small study, 2025")
    return release(tmp_path_factory.mktemp("second"), study=study, people="\n".join(lines) + "\n")


def rounds_of(old: Path, new: Path) -> TwoRounds:
    return beside(read_release(old), read_release(new))


def copy(source: Path, target: Path) -> Path:
    """A release of one's own, to be changed."""
    shutil.copytree(source, target, symlinks=True)
    return target


def change(folder: Path, name: str, **values: object) -> None:
    """Set keys of every object of a JSON list of a release."""
    found = json.loads((folder / name).read_text(encoding="utf-8"))
    (folder / name).write_text(json.dumps([one | values for one in found]), encoding="utf-8")


def test_the_interval_of_a_difference_is_that_of_independent_samples() -> None:
    # symmetric intervals: d ± sqrt(h1² + h2²); 3-4-5 by hand
    one = difference(RoundFigure(10.0, 7.0, 13.0, "published"), RoundFigure(20.0, 16.0, 24.0, "published"))
    assert one is not None
    assert (one.value, one.lower, one.upper) == (10.0, 5.0, 15.0)
    assert one.beyond_chance
    assert one.farthest is None
    # Newcombe (1998), example (a): 56/70 and 48/80 with Wilson intervals give 0.0524 to 0.3339 for the difference 0.2
    wilson = difference(RoundFigure(0.6, 0.4904, 0.7004, "published"), RoundFigure(0.8, 0.6918, 0.8769, "published"))
    assert wilson is not None
    assert (round(wilson.lower, 3), round(wilson.upper, 3)) == pytest.approx((0.052, 0.334), abs=0.0011)


def test_a_difference_that_touches_zero_is_within_chance() -> None:
    for upper, beyond in ((-0.001, True), (0.0, False), (0.001, False)):
        old = RoundFigure(0.0, 0.0, 0.0, "published")
        new = RoundFigure(-1.0, -2.0, upper, "published")
        found = difference(old, new)
        assert found is not None
        assert found.beyond_chance is beyond
    assert difference(RoundFigure(None, None, None, "suppressed"), old) is None


def test_the_farthest_difference_takes_both_plausible_ranges() -> None:
    old = RoundFigure(0.5, 0.4, 0.6, "published", plausible_lower=0.3, plausible_upper=0.7)
    new = RoundFigure(0.6, 0.5, 0.7, "published", plausible_lower=0.4, plausible_upper=0.9)
    found = difference(old, new)
    assert found is not None
    assert found.farthest == pytest.approx((-0.3, 0.6))


def test_the_same_way_of_asking_a_year_later_breaks_nothing(first: Path, second: Path) -> None:
    found = rounds_of(first, second)
    assert found.breaks == ()
    assert (found.old.period, found.new.period) == ("2024", "2025")
    pair = next(pair for pair in found.figures if pair.figure_id == "piped/region=east")
    with (first / "estimates.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["figure_id"] == pair.figure_id)
    assert pair.old is not None
    assert pair.old.value == float(row["value"])
    assert pair.difference is not None
    assert pair.difference.value > 0.2
    assert all(pair.domain == {"region": "east"} for pair in found.figures if pair.figure_id == "piped/region=east")


def test_a_use_that_does_not_speak_of_change_refuses_it_and_one_that_does_allows_it(
    first: Path, second: Path, tmp_path: Path
) -> None:
    old, new = copy(first, tmp_path / "old"), copy(second, tmp_path / "new")
    for reach, refused in (("U2", True), ("U3", False), ("U4", False)):
        for folder in (old, new):
            change(folder, "fitness.json", reach=reach, use="")
        pair = next(p for p in rounds_of(old, new).figures if p.figure_id == "piped/region=east")
        assert any("U3" in why for why in pair.why_no_change) is refused
    text = render(rounds_of(old, new), words=Words())
    assert ">more than chance<" in text


def test_a_broken_definition_method_or_g3_is_never_called_a_change(first: Path, second: Path, tmp_path: Path) -> None:
    old, new = copy(first, tmp_path / "old"), copy(second, tmp_path / "new")
    for folder in (old, new):
        change(folder, "fitness.json", reach="U4")
    said = (new / "study.yaml").read_text(encoding="utf-8")
    cases = {
        "indicators.piped.proportion": said.replace("water = 'piped'", "water = 'well'"),
        "initiative.selection": said.replace("selection: open-web", "selection: quota"),
        "weights.by": said.replace("by: [sex, region]}\nindicators", "by: [sex]}\nindicators"),
    }
    for place, text in cases.items():
        assert text != said
        (new / "study.yaml").write_text(text, encoding="utf-8")
        found = rounds_of(old, new)
        assert [one.place for one in found.breaks] == [place]
        piped = next(pair for pair in found.figures if pair.figure_id == "piped")
        assert any(place in why for why in piped.why_no_change)
        fetching = next(pair for pair in found.figures if pair.figure_id.startswith("fetching"))
        assert bool(fetching.why_no_change) is not place.startswith("indicators")
    (new / "study.yaml").write_text(said, encoding="utf-8")
    findings = json.loads((new / "assessment.json").read_text(encoding="utf-8"))
    asked = {"criterion": "G3", "check": "form_versions", "state": "fail", "message": "It was asked otherwise."}
    findings.append({**findings[0], **asked, "subject": ""})
    (new / "assessment.json").write_text(json.dumps(findings), encoding="utf-8")
    found = rounds_of(old, new)
    assert all(pair.why_no_change == ("G3: It was asked otherwise.",) for pair in found.figures if pair.difference)
    text = render(found, words=Words())
    assert ">more than chance<" not in text
    assert ">within chance<" not in text
    assert "not called a change" in text
    assert any("not called changes" in line for line in summary(found))


def test_findings_verdicts_and_groups_that_moved_are_named(first: Path, second: Path, tmp_path: Path) -> None:
    old, new = copy(first, tmp_path / "old"), copy(second, tmp_path / "new")
    findings = json.loads((new / "assessment.json").read_text(encoding="utf-8"))
    gone = next(one for one in findings if one["state"] == "not_assessed")
    findings.remove(gone)
    (new / "assessment.json").write_text(json.dumps(findings), encoding="utf-8")
    change(old, "fitness.json", blocked={"U4": ["E1"]}, open={"U0": ["A1"]})
    change(new, "fitness.json", blocked={"U4": ["E3"]}, open={"U0": ["A1"]})
    text = (new / "estimates.csv").read_text(encoding="utf-8").splitlines()
    header = text[0].split(",")
    at = next(place for place, line in enumerate(text) if line.startswith("piped/sex=f,"))
    row = dict(zip(header, next(csv.reader([text[at]])), strict=True))
    row |= dict.fromkeys(("value", "standard_error", "lower", "upper", "n", "n_effective"), "")
    row["status"] = "suppressed"
    with (new / "estimates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *csv.reader(text[1:at]), [row[name] for name in header], *csv.reader(text[at + 1 :])])
    found = rounds_of(old, new)
    assert any((one.check, one.before, one.after) == (gone["check"], "not_assessed", "") for one in found.findings)
    assert found.verdicts[0].newly == ("E3",)
    assert found.verdicts[0].no_longer == ("E1",)
    assert found.lost == ("piped/sex=f",)
    assert found.visible == ()
    assert rounds_of(new, old).visible == ("piped/sex=f",)
    page = render(found, words=Words())
    assert "withheld to protect people" in page
    assert "No longer visible" in page


def test_the_command_writes_one_page_that_needs_nobody(first: Path, second: Path, tmp_path: Path) -> None:
    done = countersign("compare", first, second, "--out", tmp_path / "page.html")
    assert done.exit_code == 0, done.output
    assert f"The page is {tmp_path / 'page.html'}" in done.output
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "MOVER (Zou and Donner 2008)" in text
    assert "chose themselves" in text
    assert "<svg" in text
    text = re.sub(r'xmlns(:xlink)?="[^"]*"', "", text)  # the name of the kind of a picture, never fetched
    assert not [word for word in ("<script", "<link", "://", "url(", "margin of error") if word in text]
    answer = json.loads(countersign("compare", first, second, "--out", tmp_path / "p.html", "--json").output)
    assert answer["figures"] == len(rounds_of(first, second).figures)


def test_what_is_no_release_is_refused_with_a_way_out(first: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"There is no release in[\s\S]*What to do"):
        read_release(tmp_path)
    with pytest.raises(ReleaseError, match=r"is a study, not its release[\s\S]*name .*release"):
        read_release(first.parent)
    with pytest.raises(ReleaseError, match="Both are the same release"):
        compare_rounds(first, first, out=tmp_path / "page.html")
    broken = copy(first, tmp_path / "broken")
    (broken / "assessment.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"assessment\.json of this release cannot be read"):
        compare_rounds(first, broken, out=tmp_path / "page.html")
    (broken / "fitness.json").unlink()
    with pytest.raises(ReleaseError, match=r"fitness\.json is missing"):
        read_release(broken)
    done = countersign("compare", first, tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert not (tmp_path / "page.html").exists()


def test_two_studies_without_a_common_figure_are_refused(first: Path, tmp_path: Path) -> None:
    other = copy(first, tmp_path / "other")
    text = (other / "estimates.csv").read_text(encoding="utf-8")
    (other / "estimates.csv").write_text(text.replace("piped", "tapped").replace("fetching", "going"), encoding="utf-8")
    with pytest.raises(ReleaseError, match="no figure in common"):
        compare_rounds(first, other, out=tmp_path / "page.html")


def test_another_version_of_a_list_is_named(first: Path, second: Path, tmp_path: Path) -> None:
    old = copy(first, tmp_path / "old")
    versions = json.loads((old / "catalogue.json").read_text(encoding="utf-8"))
    (old / "catalogue.json").write_text(json.dumps(versions | {"thresholds": "0.0"}), encoding="utf-8")
    assert rounds_of(old, second).versions == (("catalogue: thresholds", "0.0", versions["thresholds"]),)
