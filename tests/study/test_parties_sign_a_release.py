"""Two parties that distrust each other sign the same evidence: proposal, signatures, release, and what is refused."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_study import STUDY, write_study

from countersign.cli import main
from countersign.evidence.keys import new_key, read_private
from countersign.study.delivering import digest_of_release

SSH = shutil.which("ssh-keygen")
SIGNED = """\
signatures:
  parties:
    residents: {name: Residents' council, role: community, key: keys/residents.pub}
    office: {name: Statistical Office, role: nso, key: keys/office.pub}
    second: {name: Second office, role: nso, key: keys/second.pub}
  quorum: {community: 1, nso: 1}
"""


def say(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_study(tmp_path_factory.mktemp("signing") / "study", study=STUDY + SIGNED)
    for name in ("residents", "office", "second", "stranger"):
        new_key(folder / "keys" / name)
    done = say("run", folder)
    assert done.exit_code == 2
    assert "residents (Residents' council)" in done.stderr
    assert "office (Statistical Office), second (Second office)" in done.stderr
    assert not (folder / "release").exists()
    return folder


@pytest.fixture
def study(proposed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(proposed, tmp_path / "study"))


def sign(study: Path, party: str, position: str = "adopt", reason: str = "We checked it.", key: str = "") -> Result:
    return say(
        "sign",
        study,
        "--as",
        party,
        "--position",
        position,
        "--reason",
        reason,
        "--key",
        study / "keys" / (key or party),
    )


def test_a_release_comes_out_once_enough_parties_signed_its_very_digest(study: Path) -> None:
    digest = digest_of_release(study / "proposal")
    assert sign(study, "residents").exit_code == 0
    assert say("publish", study).exit_code == 2
    done = sign(study, "office", "stand_alone", "Not ours, and well made.")
    assert f"countersign publish {study}" in done.stdout
    assert say("publish", study).exit_code == 0
    assert digest_of_release(study / "release") == digest
    assert not (study / "proposal").exists()
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0
    assert say("verify", study / "release").exit_code == 0
    for page in ("report.html", "dossier.html", "community.html"):
        text = (study / "release" / page).read_text(encoding="utf-8")
        assert "Not ours, and well made." in text
        with zipfile.ZipFile(study / "release" / "bundle.zip") as bundle:
            signed = bundle.read(f"release/{page}").decode()
        assert "Not ours" not in signed
        assert "nobody had signed it" in signed
    told = json.loads((study / "release" / "signatures.json").read_text(encoding="utf-8"))
    assert [one["party"] for one in told["signatures"]] == ["residents", "office"]
    assert say("publish", study).exit_code == 0  # once more changes nothing
    assert digest_of_release(study / "release") == digest


def test_a_dissent_is_shown_and_never_counts_until_the_party_changes_its_mind(study: Path) -> None:
    sign(study, "residents")
    sign(study, "office", "dissent", "Too few answers from the west.")
    refused = say("publish", study)
    assert refused.exit_code == 2
    assert "Statistical Office dissents: Too few answers from the west." in refused.stderr
    assert sign(study, "second").exit_code == 0
    assert say("publish", study).exit_code == 0
    for page in ("report.html", "dossier.html", "community.html"):
        assert "Too few answers from the west." in (study / "release" / page).read_text(encoding="utf-8")
    assert sign(study, "office", "auxiliary", "The new field work convinced us.").exit_code == 0
    told = json.loads((study / "release" / "signatures.json").read_text(encoding="utf-8"))["signatures"]
    assert [(one["party"], one["position"], one["superseded"]) for one in told] == [
        ("residents", "adopt", False), ("office", "dissent", True), ("second", "adopt", False),
        ("office", "auxiliary", False),
    ]  # fmt: skip
    assert "Too few answers from the west." in (study / "release" / "report.html").read_text(encoding="utf-8")
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0


def test_the_same_position_is_not_taken_twice(study: Path) -> None:
    sign(study, "residents")
    again = sign(study, "residents")
    assert again.exit_code == 2
    assert "already" in again.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"party": "reisdents"}, "Did you mean 'residents'?"),
        ({"party": "residents", "key": "stranger"}, "not the one of 'residents'"),
        ({"party": "residents", "key": "office"}, "not the one of 'residents'"),
        ({"party": "residents", "position": "agree"}, "There is no position 'agree'"),
        ({"party": "residents", "reason": " "}, "needs a reason"),
        ({"party": "residents", "reason": "x" * 1001}, "needs a reason"),
        ({"party": "residents", "reason": "two\nlines"}, "needs a reason"),
        ({"party": "residents", "key": "nowhere"}, "cannot be read"),
    ],
)
def test_a_wrong_party_key_position_or_reason_is_refused_and_nothing_is_logged(
    study: Path, options: dict[str, str], said: str
) -> None:
    before = (study / "log" / "statements.jsonl").read_bytes()
    refused = sign(study, **options)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert (study / "log" / "statements.jsonl").read_bytes() == before


def test_a_changed_figure_needs_new_signatures(study: Path) -> None:
    sign(study, "residents")
    sign(study, "office")
    file = study / "data" / "people.csv"
    file.write_text(file.read_text().replace("piped", "river", 1))
    refused = say("run", study)
    assert refused.exit_code == 2
    assert "1 of the role 'community': residents" in refused.stderr
    assert not (study / "release").exists()


def test_a_party_elsewhere_signs_the_bundle_alone_and_sends_its_signature_back(study: Path, tmp_path: Path) -> None:
    away = tmp_path / "away" / "bundle.zip"
    away.parent.mkdir()
    shutil.copy(study / "proposal" / "bundle.zip", away)
    done = say(
        "sign",
        away,
        "--as",
        "office",
        "--position",
        "integrate",
        "--reason",
        "Good.",
        "--key",
        study / "keys" / "office",
    )
    assert done.exit_code == 0, done.stderr
    file = away.with_name("office.signature.json")
    assert "PRIVATE" not in file.read_text()
    taken = say("sign", study, "--add", file)
    assert taken.exit_code == 0, taken.stderr
    assert "office signed: integrate. Good." in taken.stdout
    assert "already" in say("sign", study, "--add", file).stdout
    changed = tmp_path / "changed.json"
    changed.write_text(file.read_text().replace('"payload":"eyJ', '"payload":"eyK'))
    assert say("sign", study, "--add", changed).exit_code == 2


@pytest.mark.parametrize(
    "told",
    [{"reason": "fine\x1b[2J"}, {"reason": "\u202egnp"}, {"date": "yesterday"}, {"role": "community"},
     {"party": "second"},
     {"position": "agree"}, {"supersedes": "0" * 64}, {"more": 1}],
    ids=str,
)  # fmt: skip
def test_a_signature_from_elsewhere_that_does_not_follow_the_rules_is_not_taken(
    study: Path, tmp_path: Path, told: dict[str, str]
) -> None:
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.evidence.stating import about_release
    from countersign.study.sending import write_statements

    fair = {"party": "office", "role": "nso", "position": "adopt", "reason": "Fine.", "date": "2026-11-30"}
    for words, code in (({**fair, **told}, 2), (fair, 0)):
        statement = about_release("signature", digest_of_release(study / "proposal"), **words)
        line = line_of(seal(payload_of(statement), read_private(study / "keys" / "office")))
        write_statements([line], tmp_path / "sent.json")
        taken = say("sign", study, "--add", tmp_path / "sent.json")
        assert taken.exit_code == code, taken.output


@pytest.mark.parametrize("kind", ["ingest", "release", "correction"])
def test_nobody_elsewhere_states_the_steps_of_the_study(study: Path, tmp_path: Path, kind: str) -> None:
    from countersign.evidence.envelope import line_of, payload_of, seal
    from countersign.model.statement import Statement
    from countersign.study.sending import write_statements

    line = line_of(seal(payload_of(Statement(kind, (), {})), read_private(study / "keys" / "office")))
    write_statements([line], tmp_path / "sent.json")
    refused = say("sign", study, "--add", tmp_path / "sent.json")
    assert refused.exit_code == 2
    assert f"kind '{kind}'" in refused.stderr


def test_without_a_quorum_a_run_releases_and_parties_sign_later(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", study=STUDY + SIGNED.split("  quorum")[0])
    for name in ("residents", "office", "second"):
        new_key(study / "keys" / name)
    assert say("run", study).exit_code == 0
    assert "nobody had signed it" in (study / "release" / "report.html").read_text(encoding="utf-8")
    assert sign(study, "second", "dissent", "Not like this.").exit_code == 0
    assert "Not like this." in (study / "release" / "community.html").read_text(encoding="utf-8")
    assert say("verify", study / "release").exit_code == 0


@pytest.mark.skipif(SSH is None, reason="ssh-keygen is not on this machine")
def test_a_party_signs_with_ssh_keygen_and_without_our_program(study: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "office.statement.json"
    done = say(
        "sign", study, "--as", "office", "--position", "adopt", "--reason", "Ours.", "--prepare", "--out", prepared
    )
    assert f"ssh-keygen -Y sign -n countersign -f KEY {prepared}" in done.stdout
    subprocess.run(
        [str(SSH), "-q", "-Y", "sign", "-n", "countersign", "-f", str(study / "keys" / "office"), str(prepared)],
        check=True,
    )
    taken = say("sign", study, "--add", f"{prepared}.sig")
    assert taken.exit_code == 0, taken.stderr
    assert say(
        "sign",
        study,
        "--as",
        "residents",
        "--position",
        "adopt",
        "--reason",
        "x",
        "--key",
        study / "keys" / "residents",
    )
    assert say("publish", study).exit_code == 0
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0
    prepared.write_bytes(prepared.read_bytes().replace(b"Ours.", b"Oars."))
    assert say("sign", study, "--add", f"{prepared}.sig").exit_code == 2


def test_a_revoked_key_is_refused_and_what_it_signed_before_stays(study: Path) -> None:
    sign(study, "residents")
    done = say(
        "key", "revoke", study, "--as", "residents", "--key", study / "keys" / "residents", "--reason", "Stolen."
    )
    assert done.exit_code == 0, done.stderr
    assert "stays valid" in done.stdout
    refused = sign(study, "residents", "dissent", "x")
    key = read_private(study / "keys" / "residents").key_id
    assert refused.exit_code == 2
    assert key in refused.stderr
    assert "was revoked by statement" in refused.stderr
    sign(study, "office")
    assert say("publish", study).exit_code == 0  # the signature from before counts
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0


def test_a_rotated_key_signs_in_the_place_of_the_old_one(study: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "new")
    words = ["key", "rotate", study, "--as", "office", "--new", tmp_path / "new.pub", "--reason", "Lost."]
    assert say(*words, "--key", study / "keys" / "second").exit_code == 2
    done = say(*words, "--key", study / "keys" / "office")
    assert done.exit_code == 0, done.stderr
    assert "was rotated to" in sign(study, "office").stderr or "not the one of" in sign(study, "office").stderr
    taken = say("sign", study, "--as", "office", "--position", "adopt", "--reason", "x", "--key", tmp_path / "new")
    assert taken.exit_code == 0, taken.stderr
    assert "rotated to" in say("key", "show", study).stdout
    sign(study, "residents")
    assert say("publish", study).exit_code == 0
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0


def test_the_studys_own_key_is_rotated_and_runs_go_on(study: Path) -> None:
    assert say("key", "rotate", study, "--own", "--reason", "Once a year.").exit_code == 0
    sign(study, "residents")
    sign(study, "office")
    assert say("publish", study).exit_code == 0
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0


def test_a_folder_that_lost_its_key_does_not_write_to_its_log(study: Path) -> None:
    shutil.rmtree(study / ".secrets")
    refused = sign(study, "residents")
    assert refused.exit_code == 2
    assert "bring back .secrets" in refused.stderr


def test_a_witness_sees_that_a_log_was_rewritten_and_names_both_heads(study: Path, tmp_path: Path) -> None:
    key = tmp_path / "witness"
    new_key(key)
    first = json.loads(say("witness", study / "proposal" / "bundle.zip", "--key", key, "--json").stdout)
    assert say("sign", study, "--add", first["file"]).exit_code == 0
    sign(study, "residents")
    again = say("witness", study / "proposal" / "bundle.zip", "--key", key)
    assert "It was only added to since." in again.stdout
    assert say("sign", study, "--add", study / "proposal" / "bundle.witness.json").exit_code == 0
    with zipfile.ZipFile(study / "proposal" / "bundle.zip") as bundle:
        assert read_private(key).key_id in bundle.read("checkpoint.txt").decode()

    log = study / "log" / "statements.jsonl"
    kept = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(kept[:-2]))  # the dissent, or here the signature, is made not to have happened
    shutil.rmtree(study / "log" / "heads")
    say("run", study)
    sign(study, "office")
    sign(study, "second")
    sign(study, "residents", "auxiliary")
    refused = say("witness", study / "proposal" / "bundle.zip", "--key", key)
    assert refused.exit_code == 2
    assert "was rewritten" in refused.stderr
    assert f"Seen before: {json.loads(again.stdout)['size'] if again.stdout.startswith('{') else ''}" in refused.stderr
    assert "Now: " in refused.stderr


def test_a_bundle_that_was_changed_is_not_signed(study: Path, tmp_path: Path) -> None:
    away = tmp_path / "bundle.zip"
    with zipfile.ZipFile(study / "proposal" / "bundle.zip") as old, zipfile.ZipFile(away, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data + b" " if name == "release/estimates.csv" else data)
    refused = say(
        "sign", away, "--as", "office", "--position", "adopt", "--reason", "x", "--key", study / "keys" / "office"
    )
    assert refused.exit_code == 2
    assert "release/estimates.csv" in refused.stderr


def test_somebody_with_the_data_computes_again_and_attests(study: Path) -> None:
    done = say("attest", study, "--key", study / "keys" / "stranger", "--name", "An institute")
    assert done.exit_code == 0, done.stderr
    assert "all" not in done.stdout.split("figures")[0]
    assert " 0 not." in done.stdout
    review = say("review", study, "--key", study / "keys" / "stranger", "--finding", "accepted", "--text", "Sound.")
    assert review.exit_code == 0, review.stderr
    sign(study, "residents")
    sign(study, "office")
    assert say("publish", study).exit_code == 0
    assert say("verify", study / "release" / "bundle.zip").exit_code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("role: community", "role: communty"), "Did you mean 'community'?"),
        (("quorum: {community: 1", "quorum: {community: 2"), "asks for 2 of the role 'community', and 1"),
        (("quorum: {community: 1", "quorum: {neighbours: 1"), "There is no role 'neighbours'"),
        (("key: keys/second.pub", "key: keys/office.pub"), "the same key"),
        (("key: keys/second.pub", "key: keys/nowhere.pub"), "cannot be read"),
        (("key: keys/second.pub", "key: keys/second"), "private key"),
    ],
)  # fmt: skip
def test_a_study_file_that_names_parties_wrongly_is_refused(study: Path, change: tuple[str, str], said: str) -> None:
    file = study / "study.yaml"
    file.write_text(file.read_text().replace(*change))
    refused = say("run", study)
    assert refused.exit_code == 2
    assert said in refused.stderr


def test_a_passphrase_comes_from_a_file_or_the_environment_and_is_told_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert say("key", "new", tmp_path / "none").exit_code == 2
    (tmp_path / "words").write_text("hunter2 hunter2\n")
    made = say("key", "new", tmp_path / "a", "--passphrase-file", tmp_path / "words")
    assert made.exit_code == 0, made.stderr
    monkeypatch.setenv("COUNTERSIGN_PASSPHRASE", "hunter2 hunter2")
    assert read_private(tmp_path / "a", ask=lambda path, attempt: b"hunter2 hunter2")
    assert say("key", "new", tmp_path / "b").exit_code == 0
    assert "hunter2" not in made.output + made.stderr
    assert say("key", "new", tmp_path / "b").exit_code == 2
