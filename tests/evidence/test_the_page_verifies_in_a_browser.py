"""verify.html says of a bundle what the other two verifiers say, in a browser without network."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess

import pytest
from bundle_making import COUNCIL, OFFICE, STUDY, Making, members_of, ours, signature, theirs
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from countersign.cli import main
from countersign.evidence.canonical_zip import write_zip
from countersign.evidence.keys import SigningKey
from countersign.evidence.stating import state_rotation
from real_data import PROJECT

PAGE = PROJECT / "src" / "countersign" / "evidence" / "verifiers" / "verify.html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WITHOUT_WEBCRYPTO = '<script>Object.defineProperty(globalThis, "crypto", {value: undefined});</script>'


def said_by_the_page(data: bytes, folder, *, before: str = "") -> str:
    """What the page shows for a bundle, as text."""
    browser = next((found for name in NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no chromium here: the page is tested where there is one")
    inlined = base64.b64encode(data).decode()
    call = f'<script>checkBundle(Uint8Array.from(atob("{inlined}"), c => c.charCodeAt(0)));</script>'
    page = folder / "page.html"
    text = PAGE.read_text(encoding="utf-8").replace("</head>", f"{before}</head>").replace("</body>", f"{call}</body>")
    page.write_text(text, encoding="utf-8")
    words = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000",
        f"--user-data-dir={folder / 'profile'}", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, check=False, timeout=900)
    found = re.search(r'<div id="result"[^>]*>(.*?)</div>\s*<h2>', done.stdout.decode("utf-8"), re.DOTALL)
    assert found, done.stderr.decode("utf-8", "replace")[-2000:]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    making = Making(heads=(3,), witness=OFFICE).begin(quorum={"community": 1})
    return making.sign("council").pack(folder)


def test_the_two_copies_of_the_page_are_the_same_and_ask_for_nothing_outside():
    text = (PROJECT / "tools" / "verify.html").read_text(encoding="utf-8")
    assert text == PAGE.read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"']+", text))
    assert addresses == {"https://in-toto.io/Statement/v1"}  # the name of a type, never opened
    assert "default-src 'none'" in text
    assert not re.search(r"\b(fetch|XMLHttpRequest|import\(|innerHTML|eval)\b", text)


@pytest.mark.parametrize("before", ["", WITHOUT_WEBCRYPTO], ids=["with WebCrypto", "without"])
def test_a_whole_bundle_is_whole(before, whole, tmp_path):
    said = said_by_the_page(whole, tmp_path, before=before)
    assert "Whole. Nothing in it was altered." in said
    for part in (STUDY.key_id, COUNCIL.key_id, OFFICE.key_id, ours(whole).manifest.digest, "met: 1 of the role"):
        assert part in said


def test_a_flipped_byte_is_named(whole, tmp_path):
    spoiled = bytearray(whole)
    spoiled[whole.index(b"The first release.")] ^= 1
    said = said_by_the_page(bytes(spoiled), tmp_path)
    assert "Not whole. Do not rely on it." in said
    assert "README.txt: its bytes were changed" in said


def test_a_forged_statement_is_named(whole, tmp_path):
    members = members_of(whole)
    lines = members["statements.jsonl"].split(b"\n")
    lines[5] = lines[5].replace(COUNCIL.key_id.encode(), OFFICE.key_id.encode())
    write_zip(tmp_path / "bundle.zip", {**members, "statements.jsonl": b"\n".join(lines)})
    said = said_by_the_page((tmp_path / "bundle.zip").read_bytes(), tmp_path)
    assert "statements.jsonl, statement 6 (signature): the signature is not one of the key" in said


def test_what_is_no_zip_is_said_to_be_none(tmp_path):
    assert "it is no zip file" in said_by_the_page(b"a letter", tmp_path)


@pytest.mark.parametrize("kind", ["nistp256", "nistp384", "nistp521", "rsa"])
def test_signatures_of_other_keys_of_openssh_pass_all_three(kind, tmp_path):
    curves = {"nistp256": ec.SECP256R1(), "nistp384": ec.SECP384R1(), "nistp521": ec.SECP521R1()}
    private = ec.generate_private_key(curves[kind]) if kind in curves else rsa.generate_private_key(65537, 2048)
    other = SigningKey(private)
    rotation = state_rotation(COUNCIL.public, other.public, reason="an older key", since="2026-12-02")
    making = Making().begin(quorum={"community": 1}).say(rotation, COUNCIL)
    data = making.say(signature(making.members, "council"), other).pack(tmp_path)
    assert [one.key_id for one in ours(data).signatures] == [other.key_id]
    assert theirs(data).latest["council"]["key"] == other.key_id
    if kind in ("nistp521", "rsa"):
        assert "Whole." in said_by_the_page(data, tmp_path)


@pytest.mark.slow
def test_the_bundle_of_the_built_in_example_is_whole_in_the_browser(tmp_path):
    made = tmp_path / "demo"
    answer = CliRunner().invoke(main, ["demo", "--folder", str(made)])
    assert answer.exit_code == 0, answer.output
    data = (made / "release" / "bundle.zip").read_bytes()
    said = said_by_the_page(data, tmp_path)
    assert "Whole." in said
    assert "Synthetic data" in said
    spoiled = bytearray(data)
    spoiled[len(data) // 2] ^= 1
    assert "Not whole." in said_by_the_page(bytes(spoiled), tmp_path)
