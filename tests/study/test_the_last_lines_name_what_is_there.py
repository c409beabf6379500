"""A run says which file to open first, of those that are there, and a next step that can be taken."""

from __future__ import annotations

import shlex

from small_study import STUDY, write_study

from countersign import Study
from countersign.study.telling import first_file, tell_release


def test_without_a_page_the_figures_are_named(tmp_path):
    with Study.open(write_study(tmp_path, study=f"{STUDY}publish: [csv]\n")) as study:
        account = tell_release(study, study.run())
    assert account.sentences[-1] == f"The figures are in {tmp_path / 'release' / 'estimates.csv'}"
    assert not any("report.html" in line for line in account.sentences)
    assert shlex.split(account.next)[1] == "retrace"


def test_where_no_figure_has_a_number_the_next_step_is_to_check_the_release(tmp_path):
    hidden = STUDY + "protection: {minimum_contributors: 1000}\n"
    with Study.open(write_study(tmp_path, study=hidden)) as study:
        account = tell_release(study, study.run())
    assert shlex.split(account.next) == ["countersign", "verify", str(tmp_path / "release" / "bundle.zip")]
    assert account.sentences[-1] == f"The report is {tmp_path / 'release' / 'report.html'}"


def test_of_several_pages_the_report_comes_first_and_a_folder_without_any_is_named_itself(tmp_path):
    assert first_file(tmp_path) == tmp_path
    for name in ("figures.xlsx", "estimates.csv", "brief.html", "dossier.pdf", "report.pdf", "report.html"):
        (tmp_path / name).touch()
        assert first_file(tmp_path) == tmp_path / name
