"""Value, zero, missing, withheld and not asked are five things, in every output, to the last one."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from release_samples import survey

from countersign.catalogue import load
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.publishing import community, dossier, report
from countersign.publishing.exports import write_estimates, write_fan
from countersign.publishing.gaps import write_gaps, write_group_coverage
from countersign.publishing.labels import status_word
from countersign.publishing.language import speak
from countersign.publishing.sentences import permit

WITHOUT = (Status.SUPPRESSED, Status.TOO_FEW, Status.NO_DATA, Status.NOT_ASKED, Status.REFUSED)


def of(status: Status, *, zero: bool = False) -> Estimate:
    """A figure in one state; the group has the name of the state."""
    name = "zero" if zero else str(status)
    number = None if status in WITHOUT else 0.0 if zero else 0.25
    return Estimate(
        indicator=name,
        statistic="proportion",
        domain={},
        value=number,
        standard_error=None if number is None else 0.01,
        lower=number,
        upper=None if number is None else number + 0.02,
        n={Status.TOO_FEW: 1, Status.SUPPRESSED: 0, Status.NO_DATA: 0, Status.NOT_ASKED: 0, Status.REFUSED: 0}.get(
            status, 40
        ),
        method="by hand",
        convention="wilson",
        status=status,
        figure_id=name,
    )


EVERY = (*(of(status) for status in Status), of(Status.PUBLISHED, zero=True))
TABLE = EstimateTable(EVERY)
WORDS = speak("en")


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


def in_csv(folder: Path) -> Mapping[str, str]:
    write_estimates(TABLE, folder / "estimates.csv")
    return {name: f"{row['value']} [{row['status']}]" for name, row in rows_of(folder / "estimates.csv").items()}


def in_pandas(folder: Path) -> Mapping[str, str]:
    table = TABLE.to_pandas()
    return {row.figure_id: f"{row.value} [{row.status}]" for row in table.itertuples()}


def in_polars(folder: Path) -> Mapping[str, str]:
    return {row["figure_id"]: f"{row['value']} [{row['status']}]" for row in TABLE.to_polars().to_dicts()}


def in_arrow(folder: Path) -> Mapping[str, str]:
    return {row["figure_id"]: f"{row['value']} [{row['status']}]" for row in TABLE.to_arrow().to_pylist()}


def in_text(folder: Path) -> Mapping[str, str]:
    lines = str(TABLE).splitlines()[1:]
    return {line.split("\t")[0]: line.split("\t")[1] for line in lines}


def in_notebook(folder: Path) -> Mapping[str, str]:
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in TABLE._repr_html_().split("<tr>")[2:]]
    return {row[0]: row[1] for row in cells}


def page(render: Callable[..., str], **more: object) -> str:
    release = replace(survey(), estimates=TABLE, **more)  # type: ignore[arg-type]
    return unescape(re.sub(r"<[^>]+>", " ", render(release, words=WORDS)))


def after_each(text: str, *, names: Mapping[str, str]) -> Mapping[str, str]:
    """What stands behind the name of each figure, up to the next line."""
    return {
        name: found.group(1).strip() if (found := re.search(rf"{said}\s+([^\n]*)", text)) else ""
        for name, said in names.items()
    }


def in_report(folder: Path) -> Mapping[str, str]:
    text = page(report.render)
    return after_each(
        text[text.index("The figures") :], names={one.figure_id: rf"All\s+{one.figure_id}\b" for one in EVERY}
    )


def in_sentences(folder: Path) -> Mapping[str, str]:
    release = replace(survey(), estimates=TABLE)
    return {one.figure_id: one.text for one in permit(release, WORDS)}


def in_gaps(folder: Path) -> Mapping[str, str]:
    gaps = [Gap(one.indicator, Lack.NONE, figure_id=one.figure_id, status=str(one.status)) for one in EVERY]
    write_gaps(gaps, folder / "gaps.csv")
    return {name: row["status"] for name, row in rows_of(folder / "gaps.csv").items()}


OUTPUTS = {
    "estimates.csv": in_csv,
    "pandas": in_pandas,
    "polars": in_polars,
    "arrow": in_arrow,
    "text": in_text,
    "notebook": in_notebook,
    "report": in_report,
    "sentences": in_sentences,
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_two_states_look_alike_in(output: str, tmp_path: Path) -> None:
    told = OUTPUTS[output](tmp_path)
    states = [str(status) for status in WITHOUT]
    assert all(told[state] for state in states), told
    assert len({told[state] for state in states}) == len(states), told
    assert told["zero"] not in {told[state] for state in states}
    if output != "sentences":  # without a verdict no number may be written
        assert "0" in told["zero"]
        assert told["zero"] != told["published"]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("status", WITHOUT)
def test_a_figure_without_a_number_has_the_word_or_the_code_of_its_state_in(
    output: str, status: Status, tmp_path: Path
) -> None:
    told = OUTPUTS[output](tmp_path)[str(status)].casefold()
    word = status_word(status, WORDS).casefold()
    assert word in told or str(status) in told or str(status).replace("_", " ") in told, told


def test_gaps_say_why_nothing_fills_them(tmp_path: Path) -> None:
    assert in_gaps(tmp_path)["not_asked"] == "not_asked"
    assert in_gaps(tmp_path)["suppressed"] == "suppressed"


def test_the_page_for_the_community_says_each_in_other_words() -> None:
    plain = {status: community._why_not(of(status), WORDS) for status in WITHOUT if status is not Status.REFUSED}
    assert len(set(plain.values())) == len(plain)
    assert plain[Status.SUPPRESSED] == "We know this and do not show it, to protect people."
    assert plain[Status.NOT_ASKED] == "We did not ask these people this question."


def test_the_dossier_says_each() -> None:
    release = replace(survey(), estimates=TABLE)
    text = page(dossier.render, sentences=permit(release, WORDS))
    for status in WITHOUT:
        assert status_word(status, WORDS).casefold() in " ".join(text.split()).casefold()


def test_the_fan_has_rows_of_shown_figures_only(tmp_path: Path) -> None:
    write_fan(TABLE, tmp_path / "fan.csv")
    assert rows_of(tmp_path / "fan.csv") == {}


def test_an_empty_number_of_a_group_says_why_it_is_empty(tmp_path: Path) -> None:
    groups = (
        GroupCoverage("people", "many", 40, 0.8, 0.8, 1.0, 30.0, 1.3, "yes"),
        GroupCoverage("people", "hidden", None, None, 0.1, None, None, None, "no"),
        GroupCoverage("people", "absent", 0, 0.0, 0.1, 0.0, None, None, "no"),
    )
    write_group_coverage(groups, tmp_path / "g.csv")
    with (tmp_path / "g.csv").open(encoding="utf-8", newline="") as file:
        told = {row["category"]: (row["n"], row["status"]) for row in csv.DictReader(file)}
    assert told == {"many": ("40", "published"), "hidden": ("", "suppressed"), "absent": ("0", "no_data")}


def test_every_state_is_in_the_catalogue_with_its_word_and_codes() -> None:
    listing = load("states")
    assert {entry.id for entry in listing} == {str(status) for status in Status}
    for status in WITHOUT:
        assert listing[str(status)]["shown_as"] == status_word(status, WORDS)
        assert listing[str(status)]["number"] is False
    apart = (Status.PUBLISHED, Status.NO_DATA, Status.SUPPRESSED, Status.NOT_ASKED)
    assert len({listing[str(status)]["obs_status"] for status in apart}) == len(apart)
    # SDMX has one code for "missing" without a reason it knows; the comment of the observation tells the reason.
    assert {listing[str(status)]["obs_status"] for status in (Status.TOO_FEW, Status.REFUSED)} == {"O"}
    assert {listing[str(status)]["conf_status"] for status in Status} == {"C", "F"}
    assert listing["suppressed"]["conf_status"] == "C"
