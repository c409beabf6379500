"""A data set is built for a purpose: it holds the rows of people who agreed to it, and no other row goes further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from consent_study import CONSENT, events, people, write_consented
from small_study import countersign

from countersign.errors import ConsentError, CountersignError
from countersign.study import Study
from countersign.tables import collect

MIXED = {
    "P0010": "refused", "P0011": "refused", "P0012": "refused", "P0020": "nothing", "P0021": "nothing",
    "P0022": "nothing", "P0030": "unknown words", "P0031": "expired", "P0033": "withdrawn", "P0034": "withdrawn",
    "P0035": "withdrawn",
}  # fmt: skip


def who(study: Study) -> set[str]:
    return set(collect(study.main.table, ["id"])["id"].tolist())


def findings(study: Study) -> dict[tuple[str, str], object]:
    return {(one.check, one.subject): one for one in study.data_findings}


def test_only_those_who_agreed_are_in_and_the_others_are_counted(tmp_path: Path) -> None:
    with Study.open(write_consented(tmp_path, lines=events(**MIXED))) as study:
        left_out = {f"P-{name[1:]}" for name in MIXED} | {"P-0005"}
        assert who(study) == {line.split(",")[0] for line in people()[1:]} - left_out
        assert study.main.readings[0].rows == 36
        found = findings(study)
        told = found["consent_left_out", ""]
        assert told.count == 12
        assert told.evidence["reasons"] == {"never_asked": 3, "refused": 3, "withdrawn": 3}
        assert told.evidence["not_told"] == 3, "an expired one, unknown words and a child are too few to be told"
        assert found["consent_given", ""].state == "pass"
        assert found["consent_recorded", ""].value == 1.0
        assert found["consent_by_group", "sex"].evidence["left_out"].keys() == {"f", "m"}


def test_rows_keep_their_number_in_the_file_and_the_figures_come_from_them_alone(tmp_path: Path) -> None:
    with Study.open(write_consented(tmp_path, lines=events(P0001="refused"))) as study:
        numbers = collect(study.main.table, ["_row", "id"])
        assert all(int(row) == int(name[2:]) for row, name in zip(numbers["_row"], numbers["id"], strict=True))
        assert study.estimate()["piped"].n < 48


def test_the_same_study_without_those_rows_gives_the_same_figures(tmp_path: Path) -> None:
    with Study.open(write_consented(tmp_path / "one", lines=events(**MIXED))) as study:
        figures = [(one.figure_id, one.value, one.lower) for one in study.estimate()]
        inside = who(study)
    other = write_consented(tmp_path / "two", consent="")
    lines = people()
    kept = [lines[0], *(line for line in lines[1:] if line.split(",")[0] in inside)]
    (other / "data" / "people.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    with Study.open(other) as study:
        assert [(one.figure_id, one.value, one.lower) for one in study.estimate()] == figures


def test_nothing_of_those_left_out_is_kept_anywhere(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events(P0009="refused"))
    assert countersign("run", folder).exit_code == 0
    kept = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "data"]
    assert not [path for path in kept if b"told-0009-story" in path.read_bytes() or b"P-0009" in path.read_bytes()]
    assert not [path for path in (folder / "release").rglob("*") if path.is_file() and b"P-0010" in path.read_bytes()]


def test_answers_may_stand_in_the_data_themselves(tmp_path: Path) -> None:
    folder = write_consented(
        tmp_path, consent="consent: {purpose: publish_aggregates, columns: {publish_aggregates: ok}}\n"
    )
    lines = people()
    data = [f"{lines[0]},ok", *(f"{line},{'No' if n % 6 == 0 else 'Yes'}" for n, line in enumerate(lines[1:]))]
    (folder / "data" / "people.csv").write_text("\n".join(data) + "\n", encoding="utf-8")
    with Study.open(folder) as study:
        assert len(who(study)) == 48 - 8 - 1


def test_a_register_overrules_what_stood_in_the_form(tmp_path: Path) -> None:
    consent = CONSENT.replace("  by:", "  columns: {publish_aggregates: ok}\n  by:").replace("notices", "# notices")
    late = ["record,event,purpose,time", "P-0002,withdrawn,all,2024-05-01"]
    folder = write_consented(tmp_path, consent=consent, lines=late)
    lines = people()
    (folder / "data" / "people.csv").write_text(
        "\n".join([f"{lines[0]},ok", *(f"{one},yes" for one in lines[1:])]) + "\n"
    )
    with Study.open(folder) as study:
        assert "P-0002" not in who(study)
        assert len(who(study)) == 46


def test_another_language_has_other_words(tmp_path: Path) -> None:
    lines = [line.replace(",1,en,", ",1,sw,") if line.startswith("P-0003") else line for line in events()]
    with Study.open(write_consented(tmp_path, lines=lines)) as study:
        assert "P-0003" not in who(study)


@pytest.mark.parametrize("place", ["another source", "a reference sample"])
def test_somebody_who_took_it_back_and_stands_in_another_table_stops_everything(place: str, tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events(P0033="withdrawn"))
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    if place == "another source":
        text = text.replace("benchmark:\n", "  visits:\n    file: data/visits.csv\nbenchmark:\n")
    else:
        text = text.replace("weights:", "  reference: {file: data/visits.csv, kind: units}\nweights:")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    visits = ["person_code,sex,region,water"] + [f"P-{n:04d},{'fm'[n % 2]},east,well" for n in range(20, 40)]
    (folder / "data" / "visits.csv").write_text("\n".join(visits) + "\n", encoding="utf-8")
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "still stand" in result.output
    assert "person_code" in result.output
    assert "P-0033" not in result.output
    assert not (folder / "release").exists()


def test_a_further_source_that_names_people_the_same_way_is_filtered(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events(P0033="withdrawn"))
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    again = "  again:\n    file: data/again.csv\n    roles: {id: id}\nbenchmark:\n"
    (folder / "study.yaml").write_text(text.replace("benchmark:\n", again), encoding="utf-8")
    lines = ["id,minutes"] + [f"P-{n:04d},{n}" for n in range(20, 40)]
    (folder / "data" / "again.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with Study.open(folder) as study:
        assert "P-0033" not in set(collect(study.datasets["again"].table, ["id"])["id"].tolist())


@pytest.mark.parametrize(
    ("consent", "problem"),
    [
        (CONSENT.replace("publish_aggregates", "publish_agregates"), "Did you mean 'publish_aggregates'?"),
        ("consent: {purpose: share_with_nso}\n", "Nothing says who agreed to 'share_with_nso'"),
        (CONSENT.replace("  by:", "  record: idd\n  by:"), "'idd' with the pseudonyms is not in 'people.csv'"),
        (CONSENT.replace("data/consents.csv", "data/consent.csv"), "consents.csv"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(consent: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(CountersignError) as error, Study.open(write_consented(tmp_path, consent=consent)) as study:
        study.assess()
    assert problem in str(error.value)
    assert "study.yaml, line" in error.value.where


def test_nobody_at_all_agreed(tmp_path: Path) -> None:
    lines = [line.replace(",given,", ",refused,") for line in events()]
    with (
        pytest.raises(ConsentError, match="Nobody agreed"),
        Study.open(write_consented(tmp_path, lines=lines)) as study,
    ):
        study.estimate()


def test_the_last_look_is_by_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from countersign.model.consent import ConsentRegister

    monkeypatch.setattr(ConsentRegister, "standing", lambda *given, **named: None)  # the choice is broken
    folder = write_consented(tmp_path, lines=events(P0010="refused"))
    with pytest.raises(ConsentError, match="did not agree"), Study.open(folder) as study:
        study.assess()


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_other_formats_are_judged_alike(kind: str, tmp_path: Path) -> None:
    import openpyxl
    import pyarrow.csv
    import pyarrow.parquet

    folder = write_consented(tmp_path, lines=events(P0010="refused"))
    data = folder / "data"
    if kind == "xlsx":
        for name in ("people", "consents"):
            book = openpyxl.Workbook()
            for line in (data / f"{name}.csv").read_text().splitlines():
                book.active.append(line.split(","))
            book.save(data / f"{name}.xlsx")
        names = {"people.csv": "people.xlsx", "consents.csv": "consents.xlsx"}
    else:
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(data / "people.csv"), data / "people.parquet")
        names = {"people.csv": "people.parquet"}
    text = (folder / "study.yaml").read_text()
    for old, new in names.items():
        text = text.replace(old, new)
    (folder / "study.yaml").write_text(text)
    with Study.open(folder) as study:
        assert who(study) == {f"P-{n:04d}" for n in range(1, 49)} - {"P-0010", "P-0005"}


def test_a_figure_of_sealed_rows_is_retraced(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events(P0010="refused"))
    assert countersign("run", folder).exit_code == 0
    result = countersign("retrace", folder / "release", "piped")
    assert result.exit_code == 0, result.output
    assert "the same figure" in result.output


def test_a_second_run_takes_no_step_again(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events(P0010="refused"))
    assert countersign("run", folder).exit_code == 0
    verbs = [json.loads(line)["verb"] for line in (folder / "trail.jsonl").read_text().splitlines()]
    assert countersign("run", folder).exit_code == 0
    assert len((folder / "trail.jsonl").read_text().splitlines()) == len(verbs)
