import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import SigningError
from countersign.evidence import sshsig
from countersign.evidence.envelope import (
    is_signed_by,
    line_of,
    open_line,
    pae,
    payload_of,
    seal,
    seal_all,
    statement_of,
)
from countersign.evidence.keys import SigningKey, new_key, read_private, read_public_file
from countersign.model.statement import Envelope, Statement, Subject

SSH = shutil.which("ssh-keygen")
needs_ssh = pytest.mark.skipif(SSH is None, reason="ssh-keygen is not on this machine")
SAID = Statement("step", (Subject("estimates", "0" * 64),), {"verb": "estimate", "inputs": {"rows": "1" * 64}})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return new_key(tmp_path_factory.mktemp("keys") / "key")


def test_what_is_signed_is_the_encoding_of_dsse() -> None:
    assert pae(b"hello") == b"DSSEv1 28 application/vnd.in-toto+json 5 hello"


def test_a_statement_comes_back_as_it_was_said(key: SigningKey) -> None:
    envelope = open_line(line_of(seal(payload_of(SAID), key)), where="here")
    assert is_signed_by(envelope, key.public)
    assert statement_of(envelope.payload, where="here") == SAID


def test_many_at_once_are_the_same_lines(key: SigningKey) -> None:
    payloads = [payload_of(SAID), b"{}", b""]
    assert list(seal_all(payloads, key)) == [line_of(seal(one, key)) for one in payloads]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_byte_of_a_line_can_be_changed(key: SigningKey, data: st.DataObject) -> None:
    line = bytearray(line_of(seal(payload_of(SAID), key)))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    try:
        envelope = open_line(bytes(line), where="here")
    except SigningError:
        return
    assert not is_signed_by(envelope, key.public)


@pytest.mark.parametrize("field", ["payload", "payloadType", "keyid", "sig"])
def test_each_field_counts(key: SigningKey, field: str) -> None:
    value = json.loads(line_of(seal(payload_of(SAID), key)))
    inside = value if field in value else value["signatures"][0]
    inside[field] = (
        base64.b64encode(b"x" + base64.b64decode(inside[field])).decode() if field in ("payload", "sig") else "x"
    )
    line = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    try:
        assert not is_signed_by(open_line(line, where="here"), key.public)
    except SigningError:
        assert field in ("payloadType", "sig")


@pytest.mark.parametrize(
    "change",
    [lambda line: b" " + line, lambda line: line.replace(b'"sig"', b'"sshsig"'), lambda line: line[:-1],
     lambda line: line.replace(b"]}", b",{}]}"), lambda line: b"[]", lambda line: b"", lambda line: line + b"\n",
     lambda line: line.replace(b'{"payload"', b'{"a":1,"payload"')],
)  # fmt: skip
def test_a_line_written_otherwise_is_refused(key: SigningKey, change) -> None:
    changed = change(line_of(seal(payload_of(SAID), key)))
    try:
        found = open_line(changed, where="here")
    except SigningError:
        return
    assert not is_signed_by(found, key.public)


@pytest.mark.parametrize(
    "payload",
    [b"{}", b"[]", b"null", b"{", payload_of(SAID) + b" ", payload_of(SAID).replace(b"v1", b"v2"),
     payload_of(SAID).replace(b":1\"", b":2\""), payload_of(SAID).replace(b"0" * 64, b"0" * 63),
     payload_of(SAID).replace(b"0" * 64, b"G" * 64), payload_of(SAID).replace(b'"_type"', b'"a":1,"_type"')],
)  # fmt: skip
def test_a_payload_that_is_no_canonical_statement_is_refused(payload: bytes) -> None:
    with pytest.raises(SigningError):
        statement_of(payload, where="here")


KINDS = [["-t", "ed25519"], ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "384"], ["-t", "rsa", "-b", "2048"]]


@needs_ssh
@pytest.mark.parametrize("options", KINDS, ids=" ".join)
def test_ssh_keygen_signs_and_we_check_and_the_other_way_round(tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "key"
    subprocess.run([str(SSH), "-q", *options, "-N", "", "-f", str(file)], check=True)
    message = tmp_path / "statement.json"
    message.write_bytes(payload_of(SAID))
    subprocess.run([str(SSH), "-q", "-Y", "sign", "-n", "countersign", "-f", str(file), str(message)], check=True)
    public, blob = sshsig.read_armoured(message.with_suffix(".json.sig").read_text(), where="sig")
    assert public == read_public_file(tmp_path / "key.pub")
    envelope = Envelope(message.read_bytes(), public.key_id, blob, ssh=True)
    assert is_signed_by(open_line(line_of(envelope), where="here"), public)
    assert not sshsig.verify(payload_of(SAID) + b" ", blob, public)
    broken = bytes([*blob[:-3], blob[-3] ^ 1, *blob[-2:]])
    assert not sshsig.verify(payload_of(SAID), broken, public)

    ours = sshsig.armoured(sshsig.sign(payload_of(SAID), read_private(file)))
    (tmp_path / "ours.sig").write_text(ours)
    (tmp_path / "allowed").write_text(f"me {public.line}\n")
    said = subprocess.run(
        [str(SSH), "-Y", "verify", "-n", "countersign", "-I", "me", "-f", str(tmp_path / "allowed"), "-s",
         str(tmp_path / "ours.sig")],
        input=payload_of(SAID), capture_output=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


@needs_ssh
def test_a_signature_for_another_purpose_is_refused(tmp_path: Path) -> None:
    file, message = tmp_path / "key", tmp_path / "m"
    message.write_bytes(b"x")
    subprocess.run([str(SSH), "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    subprocess.run([str(SSH), "-q", "-Y", "sign", "-n", "git", "-f", str(file), str(message)], check=True)
    with pytest.raises(SigningError, match="namespace is 'git'"):
        sshsig.read_armoured((tmp_path / "m.sig").read_text(), where="m.sig")
