"""`weights: {calibrate: ...}`: from the study file to the report, with what was held out before and after."""

from __future__ import annotations

import csv

import pytest
from small_study import MARGINS, STUDY, countersign, write_study

from countersign import Study, read
from countersign.errors import BenchmarkError, DataError, StudyError
from countersign.inference import calibrate
from countersign.study.reading import read_study

UNITS = "sex,region,minutes,water,w\n" + "".join(
    f"{'fm'[k % 2]},{('east', 'west', 'west')[k % 3]},{k % 29 + 2},{('piped', 'well')[k % 4 == 0]},{10 + k % 5}\n"
    for k in range(60)
)
SURVEY = "benchmark:\n  census: {file: data/units.csv, kind: units, weight: w, source: Survey 2020}\n"


def study(weights, *, benchmark=None):
    text = STUDY.replace("weights: {rake: census, by: [sex, region]}", weights)
    if benchmark:
        start = text.index("benchmark:")
        text = text[:start] + benchmark + text[text.index("weights:") :]
    return text


def opened(folder, weights, *, units=False):
    write_study(folder, study=study(weights, benchmark=SURVEY if units else None))
    if units:
        (folder / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
    return Study.open(folder)


def test_raking_by_calibration_is_raking(tmp_path):
    with opened(tmp_path / "a", "weights: {calibrate: census, distance: raking, by: [sex, region]}") as new:
        ours = new.estimate()
    with opened(tmp_path / "b", "weights: {rake: census, by: [sex, region]}") as old:
        theirs = old.estimate()
    for one, other in zip(ours, theirs, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-8)
        assert one.standard_error == pytest.approx(other.standard_error, rel=1e-7)
    assert "raking calibration to sex, region" in ours["piped"].method
    assert "joint regression" in ours["piped"].method


def test_totals_of_numbers_come_from_the_benchmarks_units_or_from_the_file(tmp_path):
    with opened(tmp_path / "a", "weights: {calibrate: census, by: [sex], numeric: [minutes]}", units=True) as taken:
        weights = taken.weights
        (number,) = weights.numbers
    rows = list(csv.DictReader(UNITS.splitlines()))
    total = sum(float(row["minutes"]) * float(row["w"]) for row in rows)
    assert number.amounts == {(): pytest.approx(total)}
    assert weights.total == pytest.approx(sum(float(row["w"]) for row in rows))
    said = f"weights: {{calibrate: census, by: [sex], numeric: {{minutes: {total}}}}}"
    with opened(tmp_path / "b", said, units=True) as typed:
        assert typed.weights.factor == pytest.approx(weights.factor, rel=1e-9)
        assert typed.weights.met == ("sex", "total of minutes")


def test_parts_and_the_error_of_the_benchmark(tmp_path):
    line = "weights: {calibrate: census, by: [sex], numeric: {minutes: total}, within: region, distance: raking%s}"
    with (
        opened(tmp_path / "a", line % "", units=True) as fixed,
        opened(tmp_path / "b", line % ", benchmark_error: true", units=True) as moving,
    ):
        before, after = fixed.estimate(), moving.estimate()
        assert [margin.variables for margin in fixed.weights.margins] == [("region", "sex")]
        assert fixed.weights.numbers[0].within == ("region",)
    assert after["piped"].standard_error > before["piped"].standard_error
    assert after["piped"].value == before["piped"].value


def test_a_run_with_a_continuous_number_leaves_a_whole_release(tmp_path):
    people = "id,sex,region,day,water,minutes\n" + "".join(
        f"{k},{'fm'[k % 2]},{('east', 'west')[k % 3 == 0]},2024-03-05,{('piped', 'well')[k % 3 == 1]},"
        f"{(k * 37 % 1201) / 7 + 1}\n"
        for k in range(1500)
    )
    text = study(
        f"weights: {{calibrate: census, by: [sex, region], numeric: {{minutes: {1000 * 88}}}, bounds: [0.2, 3]}}"
    )
    write_study(tmp_path, study=text, people=people)
    result = countersign("run", tmp_path)
    assert result.exit_code == 0, result.output
    figures = list(csv.DictReader((tmp_path / "release" / "estimates.csv").open(encoding="utf-8")))
    assert all("total of minutes" in row["method"] for row in figures if row["status"] != "no_data")
    assert "total of minutes" in (tmp_path / "release" / "report.html").read_text(encoding="utf-8")
    result = countersign("weight", tmp_path)
    assert result.exit_code == 0, result.output
    import pyarrow.parquet as pq

    rows = pq.read_table(tmp_path / "weights.parquet")
    weight = rows.column("weight").to_numpy()
    assert weight.sum() == pytest.approx(1000)
    assert weight.min() >= 0.2 * 1000 / 1500 - 1e-12
    minutes = [(k * 37 % 1201) / 7 + 1 for k in range(1500)]
    assert weight @ minutes == pytest.approx(88000)
    with Study.open(tmp_path) as again:  # found on the trail: a formula, no weight of any row
        assert again.weights.formula is not None
        assert len(again.weights.factor) <= 100


HELD = "weights: {rake: census, by: [[sex, water], region], hold_out: [water]}"


def test_held_out_variables_are_in_no_margin_and_reported_before_and_after(tmp_path):
    margins = MARGINS + "water,piped,500\nwater,river,100\nwater,well,400\n"
    with opened(tmp_path, HELD) as held:
        (tmp_path / "data" / "margins.csv").write_text(margins, encoding="utf-8")
        assert held.weights.by == ("sex", "region")
        found = {one.category: one for one in held.comparisons}
        assert set(found) == {"piped", "river", "well"}
        assert found["piped"].benchmark == pytest.approx(0.5)
        assert found["piped"].raw != found["piped"].weighted
        (bias,) = (one for one in held.findings if one.check == "residual_bias")
        held.publish()
    before, after = bias.evidence["items"]["water"].values()
    assert before == pytest.approx(100 * sum(abs(one.raw - one.benchmark) for one in found.values()) / 3)
    assert after == pytest.approx(100 * sum(abs(one.weighted - one.benchmark) for one in found.values()) / 3)
    assert bias.evidence["worse" if after > before else "better"] == ["water"]
    assert bias.message in (tmp_path / "release" / "assessment.json").read_text(encoding="utf-8")
    listed = (tmp_path / "release" / "comparison.csv").read_text(encoding="utf-8")
    assert listed.count("water") >= 3


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("weights: {calibrate: census, rake: census, by: [sex]}", "not clear how to weight"),
        ("weights: {rake: census, by: [sex], bounds: [0.5, 2]}", "'bounds' belongs to 'calibrate'"),
        ("weights: {calibrate: census, by: [sex], trim: 3}", "'trim' does not go with 'calibrate'"),
        ("weights: {calibrate: census, by: [sex], distance: logit}", "logit distance needs bounds"),
        ("weights: {calibrate: census, by: [sex], bounds: [1.5, 2]}", "leave no room"),
        ("weights: {rake: census, by: [sex], hold_out: [sex]}", "No margin is left"),
        ("weights: {rake: census}", "no margin to weight to"),
        ("weights: {calibrate: census, by: [sex], within: region, numeric: {minutes: 5}}", "does not fit 'within'"),
        ("weights: {calibrate: census, by: [sex], within: region, hold_out: [region]}", "held out and used at once"),
        ("weights: {calibrate: census, by: [sex], distance: cubic}", "another form"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_sentence(tmp_path, weights, words):
    write_study(tmp_path, study=study(weights))
    with pytest.raises(StudyError, match=words) as found:
        read_study(tmp_path)
    assert "study.yaml" in found.value.where


def test_with_a_number_alone_the_size_comes_from_any_margin(tmp_path):
    with opened(tmp_path, "weights: {calibrate: census, numeric: {minutes: 16000}}") as alone:
        assert alone.weights.total == pytest.approx(1000)
        assert alone.weights.met == ("everybody", "total of minutes")


def test_published_counts_have_no_totals_of_numbers(tmp_path):
    with (
        opened(tmp_path, "weights: {calibrate: census, by: [sex], numeric: [minutes]}") as asked,
        pytest.raises(BenchmarkError, match=r"Only a reference sample .* can be summed: there is no total of minutes"),
    ):
        asked.weights  # noqa: B018


def test_weights_that_a_study_wrote_are_no_base_weights(tmp_path):
    with opened(tmp_path / "a", "weights: {rake: census, by: [sex]}") as first:
        first.weight()
    with pytest.raises(DataError, match="name it anew under 'variables'"):
        read(tmp_path / "a" / "weights.parquet")
    again = read(tmp_path / "a" / "weights.parquet", variables={"line": {"column": "_row"}})
    with pytest.raises(StudyError, match="an earlier run has fitted"):
        calibrate(again, {"line": 3}, size=3, weight="weight")
