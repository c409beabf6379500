"""A bundle that is whole passes both verifiers; whatever is changed in it is found by both, and named."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib

import pytest
from bundle_making import (
    COUNCIL,
    OFFICE,
    PARTIES,
    STRANGER,
    STUDY,
    Making,
    files,
    members_of,
    ours,
    proposal,
    refusals,
    script,
    signature,
    theirs,
)  # fmt: skip

from countersign.errors import BundleError
from countersign.evidence.canonical import canonical, digest_of
from countersign.evidence.canonical_zip import ZipReader, write_zip
from countersign.evidence.envelope import seal_all
from countersign.evidence.stating import bytes_of, state_key, state_revocation, state_rotation
from real_data import PROJECT

POSITIONS = 1000


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    making = Making(heads=(3, 5), witness=OFFICE).begin(quorum={"community": 1, "nso": 1}).sign("council", "office")
    return making.pack(tmp_path_factory.mktemp("whole"))


def test_a_whole_bundle_passes_both_verifiers(whole):
    found, other = ours(whole), theirs(whole)
    assert (found.statements, found.files) == (7, len(other.files))
    assert found.manifest.digest == other.digest == digest_of(members_of(whole)["manifest.json"])
    assert [one.party for one in found.signatures] == ["council", "office"] == list(other.latest)
    assert found.study == STUDY.key_id
    assert [one.kind for one in found.signers] == ["study", "party", "party", "witness"]
    assert [one.id for one in other.witnesses] == [OFFICE.key_id]
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None


def test_the_two_copies_of_the_script_are_the_same_and_share_no_code():
    copy = PROJECT / "src" / "countersign" / "evidence" / "verifiers" / "verify_bundle.py"
    text = (PROJECT / "tools" / "verify_bundle.py").read_bytes()
    assert copy.read_bytes() == text
    assert b"import countersign" not in text
    assert b"from countersign" not in text


def test_any_byte_that_is_flipped_is_found_and_named(whole):
    chance = random.Random(20261130)
    names = {*members_of(whole), "the bundle", "the zip"}
    for place in chance.sample(range(len(whole)), min(POSITIONS, len(whole))):
        spoiled = bytearray(whole)
        spoiled[place] ^= chance.randrange(1, 256)
        for said in refusals(bytes(spoiled)):
            assert any(name in said for name in names) or ": " in said, (place, said)


def test_a_byte_that_is_flipped_in_a_member_whose_check_sum_was_mended_is_found_and_named(whole, tmp_path):
    """Whoever changes a file and makes a perfect zip of it again is found by digests and signatures."""
    chance = random.Random(7)
    members = members_of(whole)
    signed = {"statements.jsonl", "log.json", "checkpoint.txt", "manifest.json"}
    for name in [*members, *["statements.jsonl"] * 40, *["manifest.json"] * 20, *["checkpoint.txt"] * 20]:
        body = bytearray(members[name])
        body[chance.randrange(len(body))] ^= chance.randrange(1, 256)
        for said in refusals(packed({**members, name: bytes(body)}, tmp_path)):
            assert said.startswith(name) or (name in signed and ": " in said), (name, said)


def packed(members, folder):
    write_zip(folder / "bundle.zip", members)
    return (folder / "bundle.zip").read_bytes()


def raw_zip(entries, *, squeezed="", comment=b""):
    """A zip in the form of a bundle, whatever its entries are; one of them compressed, if asked for."""
    out, directory = b"", b""
    for name, body in entries:
        raw, method, kept = name.encode(), 0, body
        if name == squeezed:
            method, kept = 8, zlib.compress(body)[2:-4]
        head = struct.pack("<HHHHHIIIHH", 20, 0x800, method, 0, 33, zlib.crc32(body), len(kept), len(body), len(raw), 0)
        directory += b"PK\x01\x02\x14\x03" + head + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, len(out)) + raw
        out += b"PK\x03\x04" + head + raw + kept
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), len(comment))
    return out + directory + b"PK\x05\x06" + end + comment


@pytest.mark.parametrize("name", ["README.txt", "release/été.txt", "statements.jsonl", "log.json", "figures.jsonl"])
def test_a_member_that_is_taken_out_renamed_or_repeated_is_named(name, whole, tmp_path):
    members = members_of(whole)
    without = {other: body for other, body in members.items() if other != name}
    assert all(said.startswith(f"{name}: ") for said in refusals(packed(without, tmp_path)))
    renamed = {**without, f"{name}x": members[name]}
    assert all(name in said for said in refusals(packed(renamed, tmp_path)))
    twice = sorted([*members.items(), (name, b"another")], key=lambda one: one[0].encode())
    assert all(said.startswith(f"{name}: It stands twice") or "it stands twice" in said
               for said in refusals(raw_zip(twice)))  # fmt: skip
    added = {**members, "release/extra.csv": b"1"}
    assert all(said.startswith("release/extra.csv: ") for said in refusals(packed(added, tmp_path)))


def test_a_zip_that_is_not_in_the_one_form_is_refused(whole):
    entries = sorted(members_of(whole).items(), key=lambda one: one[0].encode())
    assert raw_zip(entries) == whole
    for spoiled in (
        raw_zip(entries[::-1]),
        raw_zip([entries[1], entries[0], *entries[2:]]),
        raw_zip(entries, squeezed="README.txt"),
        raw_zip(entries, comment=b"hello"),
        whole + b"\0",
        b"\0" + whole,
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:3],
        b"",
        b"This is no zip at all, but a letter. " * 40,
        b"PK\x05\x06" + bytes(18),
    ):
        refusals(spoiled)


def test_names_that_lead_out_of_the_folder_are_refused(whole, tmp_path):
    for name in ("../evil", "/evil", "release/../../evil", "C:evil", "a\\b", "release//x"):
        with pytest.raises(BundleError):
            ours(packed({**members_of(whole), name: b""}, tmp_path))
        refusals(packed({**members_of(whole), name: b""}, tmp_path))


def test_a_list_of_files_that_claims_another_number_is_refused(whole):
    end = bytearray(whole)
    struct.pack_into("<HH", end, len(whole) - 14, 60000, 60000)
    refusals(bytes(end))


def lines_of(members):
    return members["statements.jsonl"].split(b"\n")[:-1]


def rebuilt(members, lines):
    """The log over other statements, as somebody without the study's key can make it."""
    making = Making(head=STRANGER)
    making.log = lambda: list(lines)  # type: ignore[method-assign]
    return {**members, **making.evidence()}


@pytest.mark.parametrize("left_out", range(7))
def test_a_statement_that_is_left_out_is_found_even_if_the_log_is_made_again_without_the_key(left_out, whole, tmp_path):
    members = members_of(whole)
    lines = lines_of(members)
    fewer = [line for number, line in enumerate(lines) if number != left_out]
    for said in refusals(packed({**members, "statements.jsonl": b"\n".join(fewer) + b"\n"}, tmp_path)):
        assert said.startswith(("log.json", "statements.jsonl"))
    for said in refusals(packed(rebuilt(members, fewer), tmp_path)):
        assert said.startswith(("checkpoint.txt", "statements.jsonl"))


def test_statements_in_another_order_are_found(whole, tmp_path):
    members = members_of(whole)
    lines = lines_of(members)
    lines[-1], lines[-2] = lines[-2], lines[-1]
    for said in refusals(packed(rebuilt(members, lines), tmp_path)):
        assert said.startswith("checkpoint.txt")


def test_the_statements_of_an_older_release_do_not_fit_a_newer_one(whole, tmp_path):
    newer = Making(members=files(note="second")).begin().pack(tmp_path)
    mixed = {**members_of(newer), **{name: members_of(whole)[name] for name in BESIDE}}
    for said in refusals(packed(mixed, tmp_path)):
        assert said.startswith("statements.jsonl: ")
        assert "release statement" in said


BESIDE = ("statements.jsonl", "log.json", "checkpoint.txt")


def test_a_quorum_that_is_not_met_makes_no_release(tmp_path):
    making = Making().begin(quorum={"community": 1, "nso": 1}).sign("council")
    for said in refusals(making.pack(tmp_path)):
        assert said.startswith("statements.jsonl, statement 5 (release): ")
        assert "1 of the role 'nso' must sign, 0 did" in said
    dissent = signature(making.members, "office", position="dissent", reason="The sample is too small.")
    for said in refusals(making.say(dissent, OFFICE).pack(tmp_path)):
        assert "must sign, 0 did" in said
    found = making.say(signature(making.members, "office"), OFFICE).pack(tmp_path)
    assert [one.position for one in ours(found).signatures] == ["adopt", "adopt"]
    assert {one["position"] for one in theirs(found).latest.values()} == {"adopt"}


def test_a_signature_by_a_revoked_key_is_named(tmp_path):
    making = Making().begin().revoke(COUNCIL).sign("council")
    for said in refusals(making.pack(tmp_path)):
        assert "statements.jsonl" in said
        assert "revoked" in said
        assert COUNCIL.key_id in said


def test_what_a_key_signed_before_it_was_revoked_stays(tmp_path):
    made = Making().begin(quorum={"community": 1}).sign("council").revoke(COUNCIL).pack(tmp_path)
    assert [one.party for one in ours(made).signatures] == list(theirs(made).latest) == ["council"]


def test_a_rotated_key_signs_for_its_party_and_the_old_one_does_not(tmp_path):
    rotation = state_rotation(COUNCIL.public, STRANGER.public, reason="new phone", since="2026-12-02")
    making = Making().begin(quorum={"community": 1}).say(rotation, COUNCIL)
    new = making.say(signature(making.members, "council"), STRANGER).pack(tmp_path)
    assert [one.key_id for one in ours(new).signatures] == [STRANGER.key_id]
    assert theirs(new).latest["council"]["key"] == STRANGER.key_id
    making.said.pop()
    for said in refusals(making.sign("council").pack(tmp_path)):
        assert "rotate" in said


def test_a_rotated_key_of_the_study_signs_the_head(tmp_path):
    rotation = state_rotation(STUDY.public, STRANGER.public, reason="yearly", since="2026-12-02")
    making = Making().begin().say(rotation, STUDY)
    for said in refusals(making.pack(tmp_path)):
        assert said.startswith("checkpoint.txt")
    making.head = STRANGER
    assert ours(making.pack(tmp_path)).study == STRANGER.key_id
    assert theirs(making.pack(tmp_path)).chain(STUDY.key_id)[-1] == STRANGER.key_id


FORGED = {
    "by a stranger in the name of a party": ("council", STRANGER, {}),
    "by another party": ("council", OFFICE, {}),
    "in another role": ("council", COUNCIL, {"role": "nso"}),
    "by a party nobody named": ("council", COUNCIL, {"party": "mayor"}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_signature_that_is_not_a_partys_own_is_refused(name, tmp_path):
    party, by, other = FORGED[name]
    making = Making().begin()
    if by is STRANGER:
        making.say(state_key(STRANGER.public, name="Residents' council", role="community"), STRANGER)
    making.say(signature(making.members, party, **other), by)
    for said in refusals(making.pack(tmp_path)):
        assert said.startswith(f"statements.jsonl, statement {len(making.said)} (signature)")


def test_only_the_study_takes_away_the_key_of_somebody_else(tmp_path):
    making = Making().begin().say(state_revocation(OFFICE.public, reason="no", since="2026-12-02"), COUNCIL)
    for said in refusals(making.pack(tmp_path)):
        assert "statement" in said
    brought = Making().begin().say(state_key(STRANGER.public, name="Friend", role="nso"), COUNCIL)
    for said in refusals(brought.pack(tmp_path)):
        assert "statement" in said


def test_an_open_file_that_a_step_names_must_be_there(tmp_path):
    members = {name: body for name, body in files().items() if not name.startswith("release/artefacts/")}
    made = Making(members=again(members)).begin()
    for said in refusals(made.pack(tmp_path)):
        assert said.startswith("release/artefacts/")


def again(members):
    """The manifest made again."""
    from countersign.evidence.manifest import make_manifest, read_manifest

    old = read_manifest(members["manifest.json"])
    rest = {name: body for name, body in members.items() if name != "manifest.json"}
    new = make_manifest(rest, count=old.count, root=old.root, release=old.release)
    return {**rest, "manifest.json": new}


def test_a_figure_that_is_changed_with_its_digest_still_does_not_fit_the_root(tmp_path):
    members = files()
    members["figures.jsonl"] = members["figures.jsonl"].replace(b"0.562580676", b"0.462580676")
    for said in refusals(Making(members=again(members)).begin().pack(tmp_path)):
        assert said.startswith("figures.jsonl: ")


def test_a_release_statement_that_rests_on_what_is_missing_is_refused(tmp_path):
    making = Making().begin()
    making.said.pop(3)  # the step
    for said in refusals(making.pack(tmp_path)):
        assert said.startswith("statements.jsonl, statement 4 (release)")
        assert "missing" in said


def test_proofs_that_do_not_hold_are_refused(whole, tmp_path):
    members = members_of(whole)
    log = json.loads(members["log.json"])
    for change in (
        lambda log: log["leaves"][2]["proof"].reverse(),
        lambda log: log["leaves"].pop(),
        lambda log: log["leaves"][1].update(index=0),
        lambda log: log["consistency"][0]["proof"].pop(),
        lambda log: log["consistency"][0].update(root="00" * 32),
        lambda log: log.update(size=6),
        lambda log: log.update(more=1),
        lambda log: log.update(consistency={}),
    ):
        other = json.loads(json.dumps(log))
        change(other)
        if other == log:
            continue
        for said in refusals(packed({**members, "log.json": canonical(other) + b"\n"}, tmp_path)):
            assert said.startswith("log.json") or "page describes" in said


def test_keys_that_are_expected_must_have_signed(whole):
    assert ours(whole, trust=(STUDY.key_id, COUNCIL.key_id)).study == STUDY.key_id
    with pytest.raises(BundleError, match="Neither the study nor a party signed"):
        ours(whole, trust=(STRANGER.key_id,))


def test_a_statement_in_another_spelling_of_json_is_refused(tmp_path):
    making = Making().begin()
    lines = making.log()
    (payload,) = bytes_of([proposal(making.members)])
    spaced = json.dumps(json.loads(payload)).encode()
    (line,) = seal_all([spaced], STUDY)
    making.log = lambda: [*lines[:-1], line]  # type: ignore[method-assign]
    for said in refusals(making.pack(tmp_path)):
        assert said.startswith("statements.jsonl, ")


def test_a_reader_gives_back_what_a_writer_was_given(tmp_path):
    members = {f"{number}/ß{number}": bytes([number]) * number * 1000 for number in range(30)}
    data = packed(members, tmp_path)
    assert members_of(data) == members
    assert script.open_zip(data) == members
    digests = ZipReader(io.BytesIO(data)).check()
    assert digests == {name: digest_of(body) for name, body in members.items()}
    assert zlib.crc32(data) == zlib.crc32(packed(dict(reversed(members.items())), tmp_path))
    assert set(PARTIES) == {"council", "office"}
