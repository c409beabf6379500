"""A break of scale that the data show refuses the trend that the study wants to tell."""

from __future__ import annotations

import pytest

from countersign import Study
from countersign.model.finding import State
from real_data import shared

UWEZO = """\
countersign: 1
title: Levels reached by children in Kenya
initiative: {{organiser: {{name: Twaweza, kind: cso}}, selection: probability}}
population: {{who: children, area: Kenya, period: {{from: 2010, to: 2012}}}}
data:
  rounds:
    file: {file}
    unit: cell of a published table
    roles: {{area: region, time: year}}
indicators:
  maths: {{mean: math, by: [year], claims: [trend]}}
  reading: {{mean: english, by: [year], claims: [trend]}}
"""


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_the_maths_of_uwezo_kenya_have_no_trend_over_2010_and_the_reading_has(tmp_path, engine):
    lines: list[str] = []
    for year in ("10", "11", "12"):
        text = shared("cases", "uwezo_kenya_uganda", f"KE{year}.csv").read_text(encoding="utf-8").splitlines()
        lines += text[1:] if lines else text
    (tmp_path / "kenya.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(UWEZO.format(file="kenya.csv"), encoding="utf-8")
    with Study.open(tmp_path, engine=engine) as study:
        findings = study.findings
    breaks = {f.subject: f.state for f in findings if f.check == "scale_break"}
    assert breaks == {"maths": State.FAIL}
    refused = {(f.subject, f.evidence["claim"]) for f in findings if f.check == "blocked_claim" and f.criterion == "G3"}
    assert {subject for subject, _ in refused} == {"maths"}
