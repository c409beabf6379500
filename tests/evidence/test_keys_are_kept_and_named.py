import shutil
import subprocess
from pathlib import Path

import pytest

from countersign.errors import SigningError
from countersign.evidence.keys import TRIES, new_key, own_key, read_private, read_public, read_public_file

SSH = shutil.which("ssh-keygen")
needs_ssh = pytest.mark.skipif(SSH is None, reason="ssh-keygen is not on this machine")


KINDS = [["-t", "ed25519"], ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "521"], ["-t", "rsa", "-b", "2048"]]


def ssh_key(path: Path, *options: str, passphrase: str = "") -> Path:
    subprocess.run([str(SSH), "-q", *options, "-N", passphrase, "-C", "", "-f", str(path)], check=True)
    return path


def test_a_key_is_read_again_with_its_passphrase_and_only_with_it(tmp_path: Path) -> None:
    made = new_key(tmp_path / "key", passphrase=b"three words here")
    assert read_private(tmp_path / "key", ask=lambda path, attempt: b"three words here").key_id == made.key_id
    with pytest.raises(SigningError, match="nobody to ask"):
        read_private(tmp_path / "key")


def test_after_three_wrong_passphrases_it_is_over_and_none_is_told(tmp_path: Path) -> None:
    new_key(tmp_path / "key", passphrase=b"right")
    asked = []

    def ask(path: Path, attempt: int) -> bytes:
        asked.append(attempt)
        return b"hunter2"

    with pytest.raises(SigningError) as error:
        read_private(tmp_path / "key", ask=ask)
    assert asked == list(range(1, TRIES + 1))
    assert "hunter2" not in error.value.sentence()
    assert read_private(tmp_path / "key", ask=lambda path, attempt: b"right" if attempt == TRIES else b"x")


def test_only_its_owner_reads_a_private_key_and_it_is_never_written_over(tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(SigningError, match="never written over"):
        new_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SigningError, match="Others on this computer"):
        read_private(tmp_path / "key")


def test_the_folders_own_key_is_made_once_and_lies_where_version_control_does_not_look(tmp_path: Path) -> None:
    first = own_key(tmp_path)
    assert own_key(tmp_path).key_id == first.key_id
    assert (tmp_path / ".secrets" / ".gitignore").read_text() == "*\n"
    assert read_public_file(tmp_path / ".secrets" / "signing.pub").key_id == first.key_id


@needs_ssh
def test_the_name_of_a_key_is_what_ssh_keygen_prints(tmp_path: Path) -> None:
    key = new_key(tmp_path / "key", passphrase=b"pw", comment="somebody")
    said = subprocess.run([str(SSH), "-l", "-f", str(tmp_path / "key.pub")], check=True, capture_output=True, text=True)
    assert said.stdout.split()[1] == key.key_id


@needs_ssh
@pytest.mark.parametrize("options", KINDS, ids=" ".join)
def test_keys_of_ssh_keygen_are_taken_with_passphrase_and_without(tmp_path: Path, options: list[str]) -> None:
    plain = ssh_key(tmp_path / "plain", *options)
    locked = ssh_key(tmp_path / "locked", *options, passphrase="secret")
    assert read_private(plain).public == read_public_file(tmp_path / "plain.pub")
    assert read_private(locked, ask=lambda path, attempt: b"secret").public == read_public_file(tmp_path / "locked.pub")


@needs_ssh
def test_a_short_rsa_key_is_refused(tmp_path: Path) -> None:
    ssh_key(tmp_path / "short", "-t", "rsa", "-b", "1024")
    with pytest.raises(SigningError, match="1024 bits"):
        read_public_file(tmp_path / "short.pub")


@pytest.mark.parametrize(
    "text",
    ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3M=", "ssh-ed25519 !!!!", "hello world",
     "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIGNI0sCFvUzvFTkoEYcHq4HY4NGhqRDkR3GfINJPzd5t"],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(SigningError):
        read_public(text, where="study.yaml, line 3")


def test_a_private_key_in_the_place_of_a_public_one_is_not_taken(tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    with pytest.raises(SigningError, match="private key") as error:
        read_public_file(tmp_path / "key")
    assert "PRIVATE KEY-----" not in error.value.sentence()


EMPTY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize("content", [b"", EMPTY,
                                     b"hello", b"\xff\x00"])  # fmt: skip
def test_what_is_no_private_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(SigningError):
        read_private(tmp_path / "key", ask=lambda path, attempt: b"")
