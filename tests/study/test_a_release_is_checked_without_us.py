"""A run leaves a bundle: whole, the same every time, retraced by a stranger's script, naming protected files by
commitments that only their steward can open."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
import time
import zipfile

import pytest
from small_study import STUDY, countersign, rows, write_study

from countersign.evidence.commitments import Committer, commitment, read_openings
from real_data import PROJECT

SCRIPT = PROJECT / "tools" / "verify_bundle.py"


def script(*words):
    done = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=False, timeout=900)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write_study(tmp_path_factory.mktemp("study") / "made")
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def bundle(study):
    return study / "release" / "bundle.zip"


def test_a_run_leaves_a_bundle_that_is_whole(study, bundle):
    started = time.process_time()
    done = countersign("verify", bundle)
    assert time.process_time() - started < 5
    assert done.exit_code == 0, done.output
    assert "Level 1, not altered: yes" in done.output
    assert "SHA256:" in done.output
    assert "telephone" in done.output or "Ring them up" in done.output
    told = json.loads(countersign("verify", study, "--json").output)
    assert told["whole"]
    assert (told["levels"], told["signatures"]) == ({"1": True, "2": None, "3": False}, [])
    assert told["digest"] == hashlib.sha256(zipfile.ZipFile(bundle).read("manifest.json")).hexdigest()
    assert countersign("verify", bundle, "--trust", told["study_key"]).exit_code == 0


def test_keys_that_are_not_there_and_words_that_are_no_keys_are_refused(bundle, tmp_path):
    done = countersign("verify", bundle, "--trust", "SHA256:somebody")
    assert (done.exit_code, "SHA256:somebody" in done.output) == (1, True)
    assert countersign("verify", bundle, "--trust", "nobody").exit_code == 2
    keys = tmp_path / "keys.txt"
    keys.write_text("# whom we know\nssh-ed25519 AAAA\n", encoding="utf-8")
    assert "keys.txt, line 2" in countersign("verify", bundle, "--trust", keys).output


@pytest.mark.parametrize("spoil", ["flip", "letter", "empty"])
def test_what_is_not_whole_leaves_with_1_and_a_name(spoil, bundle, tmp_path):
    data = bytearray(bundle.read_bytes())
    data[data.index(b"figure_id,indicator") + 3] ^= 4
    bad = tmp_path / "bad.zip"
    bad.write_bytes({"flip": bytes(data), "letter": b"Dear office, " * 100, "empty": b""}[spoil])
    done = countersign("verify", bad)
    code, said = script(bad)
    assert (done.exit_code, code) == (1, 1)
    if spoil == "flip":
        assert "release/estimates.csv" in done.output
        assert "release/estimates.csv" in said
    else:
        assert "not a zip file" in done.output
    assert json.loads(countersign("verify", bad, "--json").output)["error"] == "BundleError"
    assert countersign("retrace", bad, "piped").exit_code == 1


def test_what_is_not_there_is_said_to_be_missing(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.zip"):
        done = countersign("verify", path)
        assert done.exit_code == 2
        assert "bundle" in done.output


def test_files_around_the_bundle_must_be_those_in_it(study, tmp_path):
    for change, named in (
        (lambda folder: (folder / "study.yaml").write_text("countersign: 1\n", encoding="utf-8"), "study.yaml"),
        (lambda folder: (folder / "gone.csv").write_text("x", encoding="utf-8"), "gone.csv"),
        (lambda folder: (folder / "sentences.csv").unlink(), "sentences.csv"),
        (lambda folder: (folder / "report.html").write_text("<p>better</p>", encoding="utf-8"), "report.html"),
    ):
        folder = tmp_path / named
        shutil.copytree(study / "release", folder)
        assert countersign("verify", folder).exit_code == 0
        change(folder)
        done = countersign("verify", folder)
        assert (done.exit_code, named in done.output) == (1, True), done.output
        assert countersign("verify", folder / "bundle.zip").exit_code == 0


def test_the_same_run_again_leaves_the_same_bytes(study, bundle, tmp_path):
    before = bundle.read_bytes()
    assert countersign("run", study).exit_code == 0
    assert bundle.read_bytes() == before
    other = write_study(tmp_path / "other")  # another folder has other times and another secret: the same figures
    assert countersign("run", other).exit_code == 0
    again = other / "release" / "bundle.zip"
    ours, theirs = (zipfile.ZipFile(path).read("figures.jsonl") for path in (bundle, again))
    assert ours == theirs
    assert again.read_bytes() != before


def test_every_figure_is_retraced_by_the_script_and_by_us(study, bundle):
    code, said = script(bundle, "retrace", "--all")
    assert code == 0, said
    with (study / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        figures = [row["figure_id"] for row in csv.DictReader(file)]
    assert f"Level 2: {len(figures)} figures retraced" in said
    for figure in figures:
        assert f"\n{figure}: the line of release/estimates.csv" in said
    for figure in (figures[0], figures[-1]):
        done = countersign("retrace", bundle, figure)
        assert done.exit_code == 0, done.output
        assert "Level reached: 2." in done.output
        assert "--openings" in done.output
        assert "commitment" in done.output
    code, said = script(bundle, "retrace", figures[0])
    assert (code, "people.csv (input), commitment" in said) == (0, True), said
    code, said = script(bundle, "retrace", "nothing")
    assert (code, "there is no figure 'nothing'" in said) == (1, True)


def test_no_digest_of_a_protected_file_leaves(study, bundle):
    kinds = {
        one["digest"]: one["kind"] for one in _artefacts(study)
    }  # an empty list may be two things: the last counts
    public = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (study / "release" / "margins").iterdir()}
    protected = [one for one, kind in kinds.items() if kind not in ("study", "protected") and one not in public]
    assert len(protected) > 4
    packed = zipfile.ZipFile(bundle)
    left = [packed.read(name) for name in packed.namelist()] + [
        path.read_bytes() for path in (study / "release").rglob("*") if path.is_file()
    ]
    for digest in protected:
        short = digest[:12].encode()
        assert not any(short in data for data in left)


def test_the_steward_opens_commitments_and_nobody_else(study, bundle, tmp_path):
    opened = tmp_path / "openings.json"
    done = countersign("open-commitments", study, "--out", opened)
    assert done.exit_code == 0, done.output
    people = hashlib.sha256((study / "data" / "people.csv").read_bytes()).hexdigest()
    named = {one["name"]: one["digest"] for one in _artefacts(study / "release")}
    assert read_openings(opened)[named["people.csv"]] == people
    done = countersign("retrace", bundle, "piped", "--data", study / "data", "--openings", opened)
    assert done.exit_code == 0, done.output
    assert "Level reached: 3, recomputed from the rows." in done.output
    far = tmp_path / "far"  # without the study's secret, without openings
    far.mkdir()
    shutil.copy(bundle, far)
    done = countersign("retrace", far / "bundle.zip", "piped", "--data", study / "data")
    assert done.exit_code == 0, done.output
    assert "which nobody showed to be those of the release" in done.output


def _artefacts(folder):
    return [json.loads(line) for line in (folder / "artefacts.jsonl").read_text(encoding="utf-8").splitlines()]


def test_other_data_than_those_committed_to_are_found_out(study, bundle, tmp_path):
    opened, other = tmp_path / "openings.json", tmp_path / "data"
    assert countersign("open-commitments", study, "--out", opened).exit_code == 0
    shutil.copytree(study / "data", other)
    (other / "people.csv").write_text("\n".join(rows()[:-1]) + "\n", encoding="utf-8")
    far = tmp_path / "far"
    far.mkdir()
    shutil.copy(bundle, far)
    done = countersign("retrace", far / "bundle.zip", "piped", "--data", other, "--openings", opened)
    assert (done.exit_code, "people.csv" in done.output) == (2, True), done.output
    done = countersign("retrace", far / "bundle.zip", "piped", "--data", other)
    assert (done.exit_code, "differs" in done.output) == (2, True), done.output


def test_openings_that_do_not_fit_are_refused(study, bundle, tmp_path):
    opened = tmp_path / "openings.json"
    assert countersign("open-commitments", study, "--out", opened).exit_code == 0
    text = opened.read_text(encoding="utf-8")
    value = json.loads(text)
    value["artefacts"][0]["sha256"] = "00" * 32
    for spoiled in (json.dumps(value), "no openings", "[]"):
        opened.write_text(spoiled, encoding="utf-8")
        done = countersign("retrace", bundle, "piped", "--data", study / "data", "--openings", opened)
        assert (done.exit_code, "opening" in done.output) == (2, True), done.output
    done = countersign("open-commitments", study, "--out", study / "release" / "openings.json")
    assert (done.exit_code, "outside the release" in done.output) == (2, True)
    assert countersign("open-commitments", tmp_path).exit_code == 2


def test_a_commitment_is_the_digest_of_secret_and_digest():
    digest, one, other = "ab" * 32, Committer(b"1" * 32), Committer(b"2" * 32)
    assert one.name(digest) == hashlib.sha256(one.opening(digest) + bytes.fromhex(digest)).hexdigest()
    assert one.name(digest) == commitment(one.opening(digest), digest) != other.name(digest)
    assert len({one.opening(digest), one.opening("cd" * 32), other.opening(digest)}) == 3


def test_a_figure_that_does_not_follow_is_found_by_the_script(study, bundle, tmp_path):
    """The figures artefact, figures.jsonl and estimates.csv are three; level 2 holds them against each other."""
    folder = tmp_path / "release"
    shutil.copytree(study / "release", folder)
    path = folder / "visibility.csv"
    text = path.read_text(encoding="utf-8").splitlines()
    cells = text[1].split(",")
    cells[6] = str(int(cells[6]) + 1)
    path.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", encoding="utf-8")
    variable, category = cells[0].split("=")
    done = countersign("retrace", folder, f"piped/{variable}={category}")
    assert (done.exit_code, "visibility.csv" in done.output) == (1, True), done.output


def test_a_study_of_synthetic_data_says_so_in_every_part(tmp_path):
    made = write_study(tmp_path, study=f"{STUDY}synthetic: true\n")
    assert countersign("run", made).exit_code == 0
    packed = zipfile.ZipFile(made / "release" / "bundle.zip")
    assert b"SYNTHETIC" in packed.read("README.txt")
    assert json.loads(packed.read("manifest.json"))["release"]["synthetic"] is True
    assert b"Synthetic" in packed.read("ro-crate-metadata.json")
    assert "Synthetic data" in countersign("verify", made).output
    assert "SYNTHETIC" in script(made / "release" / "bundle.zip")[1]


def test_the_crate_is_read_by_its_own_library(bundle, tmp_path):
    from rocrate.rocrate import ROCrate

    zipfile.ZipFile(bundle).extractall(tmp_path)
    crate = ROCrate(tmp_path)
    root = crate.root_dataset
    assert root["name"] == "A small study"
    assert root["datePublished"]
    assert root["license"]["name"]
    assert root["author"]["name"] == "Neighbours"
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.2"
    assert [one.id for one in root["conformsTo"]] == ["https://w3id.org/ro/wfrun/process/0.5"]
    actions = root["mentions"]
    assert {"take in", "weight", "estimate", "protect", "publish"} <= {one["name"] for one in actions}
    for one in actions:
        assert one.type == "CreateAction"
        assert one["instrument"]
        assert one["result"]
        assert one["agent"]["name"] == "Neighbours"
        for tool in one["instrument"]:
            assert tool.type == "SoftwareApplication"
            assert tool["version"]
    files = {one.id for one in crate.get_entities() if one.type == "File"}
    assert {"figures.jsonl", "release/estimates.csv", "manifest.json", "README.txt"} <= files
    assert all((tmp_path / name).is_file() for name in files)
    listed = {one.id for one in root["hasPart"]}
    assert listed == files


def test_a_release_of_another_day_has_another_digest(study, tmp_path):
    other = write_study(tmp_path, study=STUDY.replace("A small study", "Another study"))
    assert countersign("run", other).exit_code == 0
    first, second = (json.loads(countersign("verify", one, "--json").output)["digest"] for one in (study, other))
    assert first != second
