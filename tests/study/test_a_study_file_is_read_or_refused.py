"""study.yaml is read whole, or refused with the line, the key, what was expected and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from countersign.errors import ExpressionError, StudyError
from countersign.study.checking import check_expressions
from countersign.study.document import parse_document
from countersign.study.reading import StudyFile, read_plan, read_study
from countersign.study.schema import check_schema

GOOD = """\
countersign: 1
title: Litter
data:
  events: {file: data/events.csv, roles: {area: country}}
benchmark:
  census: {file: data/margins.csv}
weights: {rake: census, by: [sex, [age_group, region]], trim: 5}
indicators:
  litter: {median: items / length_m * 100, by: [sea, [sea, year]]}
"""


def refused(text: str) -> StudyError:
    with pytest.raises(StudyError) as caught:
        read_text(text)
    return caught.value


def read_text(text: str) -> StudyFile:
    document = parse_document(text)
    check_schema(document)
    file = StudyFile(path=Path("study.yaml"), document=document, plan=read_plan(document))
    check_expressions(file)
    return file


def test_a_good_file_becomes_a_plan() -> None:
    plan = read_text(GOOD).plan
    assert plan.title == {"en": "Litter"}
    assert plan.main.roles == {"area": ("country",)}
    assert plan.weighting is not None
    assert plan.weighting.by == (("sex",), ("age_group", "region"))
    assert plan.weighting.upper == 5
    litter = plan.indicators["litter"]
    assert (litter.statistic, litter.q, litter.by) == ("quantile", 0.5, ((), ("sea",), ("sea", "year")))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("weights:", "wieghts:", 7, "Did you mean 'weights'?"),
        ("trim: 5", "trimm: 5", 7, "Did you mean 'trim'?"),
        ("median:", "medain:", 9, "Did you mean 'median'?"),
        ("rake: census", "rake: cencus", 7, "Did you mean 'census'?"),
        ("roles: {area: country}", "roles: {aera: country}", 4, "Did you mean 'area'?"),
        ("title: Litter\n", "", 1, "'title' is missing"),
        ("title: Litter", "title: Litter\ntitle: Again", 3, "stands twice"),
        ("trim: 5", "trim: -1", 7, "another form"),
        ("by: [sea, [sea, year]]", "by: [sea, [sea, year]], mean: items", 9, "more than one statistic"),
        ("countersign: 1", "countersign: 2", 1, "another form"),
        ("  events:", "\tevents:", 4, "begins with a tab"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    error = refused(GOOD.replace(old, new, 1))
    assert f"line {line}" in error.where
    assert says in error.sentence()
    assert error.expected
    assert error.action
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('os').system('x')",
        "items; drop table events",
        "items.real",
        "(lambda: 1)()",
        "select * from events",
        "items[0]",
        "f'{items}'",
    ],
)
def test_an_expression_can_only_be_arithmetic_on_columns(attack: str) -> None:
    error = refused(GOOD.replace("items / length_m * 100", f'"{attack}"'))
    assert isinstance(error, ExpressionError)
    assert "line 9" in error.where


@pytest.mark.parametrize(
    ("rule", "yes", "cut"),
    [
        ("yes: 1", ("1",), None),
        ("yes: often", ("often",), None),
        ("yes: [3, '4']", ("3", "4"), None),
        ("yes: true", ("true",), None),
        ("cut: 3", (), 3),
        ("cut: 2.5", (), 2.5),
    ],
)
def test_a_battery_says_which_answers_count(rule: str, yes: tuple[str, ...], cut: float | None) -> None:
    scale = f"roles: {{area: country}}, scales: {{lack: {{items: [water, light, heat], {rule}}}}}"
    (found,) = read_text(GOOD.replace("roles: {area: country}", scale)).plan.main.scales
    assert (found.name, found.items, found.yes, found.cut) == ("lack", ("water", "light", "heat"), yes, cut)


@pytest.mark.parametrize(
    "rule",
    [
        "{items: [water, light, heat]}",
        "{items: [water, light, heat], yes: 1, cut: 2}",
        "{items: [water, light], yes: 1}",
        "{items: [water, light, water], yes: 1}",
        "{yes: 1}",
        "{items: [water, light, heat], cut: many}",
        "{items: [water, light, heat], yes: []}",
        "{items: [water, light, heat], yess: 1}",
    ],
)
def test_a_battery_that_does_not_say_it_or_says_it_twice_is_refused(rule: str) -> None:
    error = refused(GOOD.replace("roles: {area: country}", f"roles: {{area: country}}, scales: {{lack: {rule}}}"))
    assert "line 4" in error.where
    assert "scales.lack" in error.where
    assert error.sentence()


def test_words_stay_words_and_dates_stay_text() -> None:
    values = parse_document("a: no\nb: 2020-01-02\nc: 007\nd: 1e3\ne: '5'\nf: true\ng: on\n").values
    assert values == {"a": "no", "b": "2020-01-02", "c": "007", "d": 1000.0, "e": "5", "f": True, "g": "on"}


def test_a_missing_an_empty_and_a_wrongly_encoded_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="There is no file"):
        read_study(tmp_path)
    (tmp_path / "study.yaml").write_text("# nothing\n")
    with pytest.raises(StudyError, match="empty"):
        read_study(tmp_path)
    (tmp_path / "study.yaml").write_bytes("title: Déchets\n".encode("latin-1"))
    with pytest.raises(StudyError, match="not UTF-8"):
        read_study(tmp_path)
