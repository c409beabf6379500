#!/usr/bin/env python3
"""Check a bundle of evidence for published figures. Written from docs/bundle.md alone; shares no code with Countersign.

    python verify_bundle.py bundle.zip                      is it whole, and who signed it?
    python verify_bundle.py bundle.zip retrace FIGURE       from a figure back to what it was made from
    python verify_bundle.py bundle.zip retrace --all        the same for every figure, in short
    python verify_bundle.py bundle.zip --trust SHA256:...   only if this key is the study's, or that of a party

Needs Python 3.9 or later and the package `cryptography`, no network. Leaves with 0 if all fits, else with 1 and the
name of the first file or statement that does not. Licence: Apache-2.0.
"""

# fmt: off
from __future__ import annotations

import base64
import csv
import decimal
import functools
import hashlib
import io
import json
import math
import struct
import sys
import zlib
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

UNSIGNED = {"manifest.json", "statements.jsonl", "log.json", "checkpoint.txt"}  # not in the list of the manifest
KIND = "urn:countersign:statement:"
TYPE = "application/vnd.in-toto+json"

class NotWholeError(Exception):
    """The bundle does not fit; the text begins with the file or statement where."""

def wrong(where: str, why: str) -> NoReturn:
    """Stop: `where` does not fit."""
    raise NotWholeError(f"{where}: {why}")

def sha(data: bytes) -> str:
    """SHA-256, as hex."""
    return hashlib.sha256(data).hexdigest()

# Canonical JSON (RFC 8785) -------------------------------------------------------------------------
def number(value: float) -> str:
    """Write a number as JavaScript does: the shortest digits that give the same double."""
    sign, parts, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, parts))
    point = len(digits) + int(exponent)  # where the decimal point stands, counted from the left
    if value == 0:
        return "0"
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif -6 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}" if point > 0 else "0." + "0" * -point + digits
    else:
        text = digits[0] + f".{digits[1:]}" * (len(digits) > 1) + f"e{point - 1:+d}"
    return "-" * sign + text

def write(value: Any) -> str:
    """Write a value as canonical JSON."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{write(key)}:{write(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)

def read(data: bytes, where: str) -> Any:
    """Read JSON that must be canonical: written again, it is the same."""
    try:
        value = json.loads(data.decode("utf-8"), parse_int=float)
        same = write(value).encode("utf-8") == data
    except (ValueError, RecursionError):
        same = False
    return value if same else wrong(where, "it is not canonical JSON (RFC 8785)")

def lines(data: bytes, where: str) -> list[bytes]:
    """Return the lines of a file, each of which ends with one line feed."""
    *found, rest = data.split(b"\n")
    return wrong(where, "its last line does not end") if rest else found

def base(text: str, where: str) -> bytes:
    """Read canonical base64."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    return data if base64.b64encode(data).decode() == text else wrong(where, "it is not canonical base64")

# 1. The zip: read, made again, compared ------------------------------------------------------------
def open_zip(data: bytes) -> dict[str, bytes]:
    """Return name -> bytes of every member; the zip made again from them must be the same bytes."""
    here = "the zip"
    if data[:4] != b"PK\x03\x04" or data[-22:-18] != b"PK\x05\x06":
        wrong(here, "it is no zip file, or it was cut off, or something was added to its end")
    count, _, start = struct.unpack("<HII", data[-12:-2])
    members: dict[str, bytes] = {}
    place, offset, directory, before = start, 0, b"", b""
    for entry in range(1, count + 1):
        if data[place : place + 4] != b"PK\x01\x02" or place + 46 > len(data):
            wrong(here, f"entry {entry} of its list of files is not as a bundle has it")
        crc, size, _, length = struct.unpack("<IIIH", data[place + 16 : place + 30])
        raw = data[place + 46 : place + 46 + length]
        name = raw.decode("utf-8", "replace")
        if raw <= before:
            wrong(name, "it stands twice or in the wrong place in the zip")
        head = struct.pack("<HHHHHIIIHH", 20, 0x800, 0, 0, 0x21, crc, size, size, length, 0)
        central = b"PK\x01\x02\x14\x03" + head + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, offset)
        body = data[offset + 30 + length : offset + 30 + length + size]
        if data[place : place + 46] != central or data[offset : offset + 30 + length] != b"PK\x03\x04" + head + raw:
            wrong(name, "what the zip says of it is not as a bundle has it")
        if len(body) != size or zlib.crc32(body) != crc:
            wrong(name, "its bytes were changed: the check sum of the zip does not fit")
        members[name], before = body, raw
        offset, place, directory = offset + 30 + length + size, place + 46 + length, directory + central + raw
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), offset, 0)
    if data[offset:] != directory + end:
        wrong(here, "it has bytes that belong to no file")
    return members

# Merkle trees (RFC 9162) and keys ------------------------------------------------------------------
class Tree:
    """A Merkle tree over lines, and the only right proofs of it."""

    def __init__(self, rows: list[bytes]) -> None:
        leaves = [hashlib.sha256(b"\0" + row).digest() for row in rows]

        @functools.lru_cache(None)
        def over(start: int, end: int) -> bytes:
            if end - start < 2:
                return leaves[start] if end > start else hashlib.sha256(b"").digest()
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            return hashlib.sha256(b"\1" + over(start, middle) + over(middle, end)).digest()

        self.size, self.over, self.root = len(leaves), over, over(0, len(leaves))

    def proof(self, index: int, old: int = 0) -> list[str]:
        """Return the proof that leaf `index` is in it; with `old`, that it began with its first `old` leaves."""
        start, end, path = 0, self.size, []
        while end - start > 1 and end != old:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            left = index < middle
            path.append(self.over(middle, end) if left else self.over(start, middle))
            start, end = (start, middle) if left else (middle, end)
        if old and start:
            path.append(self.over(start, end))
        return [one.hex() for one in reversed(path)]

def cut(data: bytes, count: int) -> list[bytes]:
    """Take OpenSSH's wire form apart into its strings."""
    found = []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        found.append(data[4 : 4 + length])
        data = data[4 + length :] if len(data) >= 4 + length else b"."
    if len(found) != count:
        raise ValueError("another number of strings")
    return found

class Key:
    """A public key, by the fingerprint that `ssh-keygen -l` prints."""

    def __init__(self, line: str, where: str) -> None:
        words = line.split(" ")
        self.wire = base(words[1], where) if len(words) == 2 else wrong(where, "it holds no public key")
        self.id = "SHA256:" + base64.b64encode(hashlib.sha256(self.wire).digest()).decode().rstrip("=")
        try:
            self.key: Any = load_ssh_public_key(line.encode())
        except Exception:
            wrong(where, "it holds no public key that is known here")
        self.ends, self.next, self.name, self.role = "", "", "", ""

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Say whether a plain Ed25519 signature is this key's."""
        try:
            return isinstance(self.key, Ed25519PublicKey) and self.key.verify(signature, message) is None
        except InvalidSignature:
            return False

    def signed_by_ssh(self, blob: bytes, message: bytes) -> bool:
        """Say whether a signature of `ssh-keygen -Y sign -n countersign` is this key's."""
        try:
            if blob[:10] != b"SSHSIG\0\0\0\1":
                return False
            wire, namespace, reserved, algorithm, inner = cut(blob[10:], 5)
            kind, sig = cut(inner, 2)
            if wire != self.wire or namespace != b"countersign" or reserved:
                return False
            digest = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}[algorithm](message).digest()
            parts = b"".join(struct.pack(">I", len(p)) + p for p in (namespace, reserved, algorithm, digest))
            if isinstance(self.key, rsa.RSAPublicKey):
                used = {b"rsa-sha2-256": hashes.SHA256(), b"rsa-sha2-512": hashes.SHA512()}[kind]
                self.key.verify(sig, b"SSHSIG" + parts, padding.PKCS1v15(), used)
            elif isinstance(self.key, ec.EllipticCurvePublicKey):
                r, s = cut(sig, 2)
                curve = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[self.key.curve.key_size]
                both = utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
                self.key.verify(both, b"SSHSIG" + parts, ec.ECDSA(curve))
            else:
                return self.signed(sig, b"SSHSIG" + parts)
        except (InvalidSignature, ValueError, KeyError, struct.error):
            return False
        return True

# 2. to 8. of the page ------------------------------------------------------------------------------
class Said(NamedTuple):
    """A statement: its kind, its subjects by name, what it says, the id of the key, and SHA-256 of its payload."""

    kind: str
    subjects: dict[str, str]
    said: dict[str, Any]
    signer: str
    digest: str

    def about(self) -> str:
        """Return the digest of the first subject."""
        return next(iter(self.subjects.values()))

class Bundle:
    """A bundle that has been checked; making it checks it, in the order of the page."""

    def __init__(self, data: bytes) -> None:
        self.files = open_zip(data)
        for name in sorted({*UNSIGNED, "figures.jsonl"} - set(self.files)):
            wrong(name, "it is missing")
        self.keys: dict[str, Key] = {}
        self.said: list[Said] = []
        self.check_manifest()
        self.check_figures()
        self.check_statements()
        self.check_log()
        self.check_release()
        self.check_signatures()
        self.check_open()

    def check_manifest(self) -> None:
        """Every file is listed, and every listed file is there with its digest."""
        data = self.files["manifest.json"]
        self.digest = sha(data)
        self.manifest = read(data[:-1], "manifest.json")
        if data[-1:] != b"\n" or set(self.manifest) != {"bundle", "figures", "files", "release"}:
            wrong("manifest.json", "it is not a manifest")
        listed = {one["path"]: one for one in self.manifest["files"]}
        ordered = [one["path"] for one in self.manifest["files"]] == sorted(listed, key=str.encode)
        if self.manifest["bundle"] != 1 or not ordered:
            wrong("manifest.json", "it is of another kind than this program knows, or its files are not in order")
        for name in sorted(set(listed) - set(self.files)):
            wrong(name, "the manifest lists it, and it is missing")
        for name in sorted(set(self.files) - set(listed) - UNSIGNED):
            wrong(name, "the manifest does not list it")
        for name, one in listed.items():
            if name in UNSIGNED or (sha(self.files[name]), len(self.files[name])) != (one["sha256"], one["size"]):
                wrong(name, "its digest is not the one in the manifest")

    def check_figures(self) -> None:
        """The figures are canonical, as many as the manifest says, and have its root."""
        raw = lines(self.files["figures.jsonl"], "figures.jsonl")
        self.figures = [read(line, f"figures.jsonl, line {n}") for n, line in enumerate(raw, 1)]
        if self.manifest["figures"] != {"count": len(raw), "root": Tree(raw).root.hex()}:
            wrong("figures.jsonl", "number and root of the figures are not those of the manifest")

    def check_statements(self) -> None:
        """Every statement is canonical and signed by a key that was brought in before and not taken away."""
        self.envelopes = lines(self.files["statements.jsonl"], "statements.jsonl")
        for n, line in enumerate(self.envelopes, 1):
            where = f"statements.jsonl, statement {n}"
            envelope = read(line, where)
            try:
                (entry,) = envelope["signatures"]
                ssh = "sshsig" in entry
                payload, sig = base(envelope["payload"], where), base(entry["sshsig" if ssh else "sig"], where)
                statement = read(payload, where)
                kind, version = statement["predicateType"].rsplit(":", 1)
                well = set(envelope) == {"payload", "payloadType", "signatures"} and envelope["payloadType"] == TYPE
                well = well and set(entry) == {"keyid", "sshsig" if ssh else "sig"} and version == "1"
                well = well and kind.startswith(KIND) and statement["_type"] == "https://in-toto.io/Statement/v1"
                subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
                subject, predicate = next(iter(subjects.items())), statement["predicate"]
            except (KeyError, ValueError, TypeError, StopIteration):
                well = False
            if not well:
                wrong(where, "it is not a signed statement as the page describes it")
            kind, signer = kind[len(KIND) :], str(entry["keyid"])
            where += f" ({kind})"
            new = Key(str(predicate.get("public", "")), where) if kind == "key" else None
            if new is not None and (subject != (new.id, sha(new.wire)) or new.id in self.keys):
                wrong(where, "it brings in another key than it names, or one that is there already")
            key = new if new is not None and signer == new.id else self.keys.get(signer)
            if key is None:
                wrong(where, f"nobody brought in the key {signer} before")
            if key.ends:
                wrong(where, f"its key {signer} had been taken away before: {key.ends}")
            message = b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)
            if not (key.signed_by_ssh(sig, payload) if ssh else key.signed(sig, message)):
                wrong(where, f"the signature is not one of the key {signer} over these bytes")
            self.keep_keys(kind, signer, subject, predicate, new, where)
            self.said.append(Said(kind, subjects, predicate, signer, sha(payload)))

    def keep_keys(self, kind: str, signer: str, subject: Any, said: Any, new: Key | None, where: str) -> None:
        """Bring keys in and take them away, if the signer may."""
        study = self.chain(next(iter(self.keys), signer))[-1]
        if new is not None:
            if signer not in (new.id, study):
                wrong(where, "only the study's key may bring in the key of somebody else")
            self.keys[new.id] = new
            new.name, new.role = str(said.get("name", "")), str(said.get("role", ""))
        if kind not in ("rotate", "revoke"):
            return
        old = self.keys.get(subject[0])
        if old is None or subject[1] != sha(old.wire) or (kind == "rotate" and old.ends):
            wrong(where, "the key it is about is not there")
        if signer not in (old.id, study, self.chain(old.id)[-1] if kind == "revoke" else study):
            wrong(where, "its signer may not take away this key")
        old.ends = old.ends or f"{kind}d, {said.get('reason', '')}"
        if kind == "rotate":
            successor = Key(str(said.get("by", "")), where)
            if successor.id in self.keys:
                wrong(where, "the key it brings in is there already")
            successor.name, successor.role = old.name, old.role
            self.keys[successor.id], old.next = successor, successor.id

    def chain(self, key_id: str) -> list[str]:
        """Return a key and those that took its place, through every rotation."""
        following = self.keys[key_id].next if key_id in self.keys else ""
        return [key_id, *(self.chain(following) if following else [])]

    def check_log(self) -> None:
        """The statements are the whole log; its head is signed."""
        log = read(lines(self.files["log.json"], "log.json")[0], "log.json")
        tree = Tree(self.envelopes)
        if (len(log), log["size"], log["root"], type(log["consistency"])) != (4, tree.size, tree.root.hex(), list):
            wrong("log.json", "size and root are not those of the statements: one was added, changed or left out")
        if log.get("leaves") != [{"index": n, "proof": tree.proof(n)} for n in range(tree.size)]:
            wrong("log.json", "a proof does not lead from its statement to the root")
        for one in log.get("consistency", ()):
            old = int(one["from"]) if one["from"] in range(1, tree.size) and one["to"] == tree.size else 0
            if not old or (one["root"], one["proof"]) != (tree.over(0, old).hex(), tree.proof(old - 1, old)):
                wrong("log.json", f"it was not added to since it had {old} statements, but rewritten")
        where, data = "checkpoint.txt", self.files["checkpoint.txt"]
        text, _, signed = data.partition(b"\n\n")
        try:
            origin, size, head = text.decode("utf-8").split("\n")
            notes = [line.split(" ") for line in signed.decode("utf-8").split("\n")]
        except ValueError:
            wrong(where, "it is not the signed head of a log")
        self.origin = origin.partition("/")[2]
        if origin != f"countersign/{next(iter(self.keys), '')}" or self.said[0].signer != self.origin:
            wrong(where, "the log it names does not begin with the key of the study")
        if (size, base(head, where)) != (str(tree.size), tree.root) or notes.pop() != [""] or not notes:
            wrong(where, "its size and root are not those of the log")
        self.witnesses = []
        for n, note in enumerate(notes):
            raw = base(note[2], where) if len(note) == 3 and note[0] == "\u2014" else b""
            key = self.keys.get(self.chain(self.origin)[-1] if n == 0 else note[1]) if raw else None
            if key is None or note[1] != (origin if n == 0 else key.id):
                wrong(where, f"signature {n + 1} is not one of a key that is known here")
            tag = hashlib.sha256(note[1].encode() + b"\n\x01" + key.wire[-32:]).digest()[:4]
            if len(raw) != 68 or raw[:4] != tag or not key.signed(raw[4:], text + b"\n"):
                wrong(where, f"signature {n + 1}, of {note[1]}, does not fit")
            self.witnesses += [key] if n else []

    def check_release(self) -> None:
        """There is a release statement on this manifest, and what it rests on is there."""
        found = [n for n, one in enumerate(self.said) if one.kind == "release" and one.about() == self.digest]
        if not found:
            wrong("statements.jsonl", f"no release statement is about this manifest.json ({self.digest})")
        release, where = self.said[found[-1]], f"statements.jsonl, statement {found[-1] + 1} (release)"
        if release.subjects != {"manifest.json": self.digest, "figures.jsonl": sha(self.files["figures.jsonl"])}:
            wrong(where, "its subjects are not the files found")
        before = {one.digest: n for n, one in enumerate(self.said[: found[-1]])}
        for digest in release.said["statements"]:
            if digest not in before:
                wrong(where, f"it rests on the statement {digest}, which is missing")
        self.steps = [before[digest] for digest in release.said["statements"]]
        self.quorum, self.where = release.said["quorum"], where
        self.later = any(one.kind == "release" for one in self.said[found[-1] + 1 :])

    def check_signatures(self) -> None:
        """Every signature is by a party of its release, in its role, with its key; the quorum is met."""
        self.latest: dict[str, Any] = {}
        for n, one in enumerate(self.said):
            if one.kind != "signature":
                continue
            where = f"statements.jsonl, statement {n + 1} (signature)"
            on = [each for each in self.said[:n] if each.kind == "release" and each.about() == one.about()]
            named = on[-1].said["parties"] if on else []
            party = next((each for each in named if each["id"] == one.said.get("party")), None)
            if party is None:
                wrong(where, "it is by nobody whom a release before it names")
            if one.said.get("role") != party["role"] or one.signer not in self.chain(party["key"]):
                wrong(where, f"it is not by {party['name']} in the role {party['role']} with the key of that party")
            if one.about() == self.digest:
                self.latest[party["id"]] = {**one.said, "name": party["name"], "key": one.signer}
        for role, needed in sorted(self.quorum.items()):
            given = [one for one in self.latest.values() if one["role"] == role and one["position"] != "dissent"]
            if len(given) < needed:
                wrong(self.where, f"the quorum is not met: {needed:g} of the role '{role}' must sign, {len(given)} did")

    def check_open(self) -> None:
        """Every file that a step names as open lies here with its digest."""
        for n in self.steps:
            for digest in self.said[n].said.get("open", ()):
                if sha(self.files.get(f"release/artefacts/{digest}", b"")) != digest:
                    wrong(f"release/artefacts/{digest}", f"statement {n + 1} names it as open, and it is not there")

    def report(self) -> list[str]:
        """Say what was found."""
        told, last = self.manifest["release"], "Whose keys these are, no file can tell: have the fingerprints read out"
        out = [told["title"]] + ["SYNTHETIC DATA: made up, do not quote."] * bool(told.get("synthetic"))
        counts = f"{len(self.files)} files, {len(self.said)} statements, {len(self.figures)} figures"
        out += [f"Level 1, not altered: yes. {counts}.", f"Digest of the release: {self.digest}"]
        out += [f"The study signs with the key {self.chain(self.origin)[-1]}"]
        for one in self.latest.values():
            out += [f"{one['name']} ({one['role']}): {one['position']}. {one['reason']} Key {one['key']}"]
        out += ["No party has signed it yet."] * (not self.latest)
        out += [f"Quorum met: {needed:g} of the role '{role}'." for role, needed in self.quorum.items()]
        out += [f"Witness of the log: {key.name} {key.id}" for key in self.witnesses]
        out += ["A later release stands in the same log: this one was replaced."] * self.later
        return [*out, f"{last} by telephone, on a number you know from elsewhere."]

# Level 2: what follows from what is published, and the way back ------------------------------------
def beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Press et al. 2007, section 6.4)."""
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 5000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            c, d = 1 + term / c, 1 / (1 + term * d)
            total *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * total

def beta_quantile(a: float, b: float, p: float) -> float:
    """The quantile of the beta distribution, by halving."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beta_share(a, b, middle) < p else (low, middle)
    return middle

@functools.lru_cache(None)
def t_quantile(level: float, degrees: float) -> float:
    """The two-sided quantile of Student's t."""
    x = beta_quantile(degrees / 2, 0.5, 1 - level)
    return math.sqrt(degrees * (1 - x) / x)

def interval(one: dict[str, Any]) -> tuple[float, float] | None:
    """Compute an interval again by its convention; None where it rests on the rows, or is not known here."""
    how, p, se = one["convention"], one["value"], one.get("standard_error")
    if how == "full count":
        return p, p
    if se is None or one.get("degrees", 0) < 1:
        return None
    t, n, tail = t_quantile(one["level"], one["degrees"]), one["n"], (1 - one["level"]) / 2
    if how in ("t", "mean"):
        return p - t * se, p + t * se
    if not 0 < p < 1 or se == 0:
        return None
    if how == "logit":
        odds, half = math.log(p / (1 - p)), t * se / (p * (1 - p))
        return 1 / (1 + math.exp(half - odds)), 1 / (1 + math.exp(-half - odds))
    if how == "korn-graubard":
        size = min(n, p * (1 - p) / se**2 * (t_quantile(one["level"], max(n - 1, 1)) / t) ** 2)
        return beta_quantile(size * p, size * (1 - p) + 1, tail), beta_quantile(size * p + 1, size * (1 - p), 1 - tail)
    return None

class Retracer:
    """The way back from figures of a checked bundle, and what of them can be computed again."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.files = bundle, bundle.files
        self.places = {one["figure_id"]: n for n, one in enumerate(bundle.figures)}
        text = io.StringIO(self.files["release/estimates.csv"].decode("utf-8"))
        self.rows = {row["figure_id"]: row for row in csv.DictReader(text)}
        if list(self.rows) != list(self.places):
            wrong("release/estimates.csv", "its figures are not those of figures.jsonl, in their order")
        steps: list[dict[str, Any]] = []
        before = "0" * 64
        for n, line in enumerate(lines(self.files["release/trail.jsonl"], "release/trail.jsonl"), 1):
            step = read(line, f"release/trail.jsonl, line {n}")
            known = {name: step[name] for name in ("verb", "inputs", "parameters", "software")}
            if step["previous"] != before or step["key"] != sha(write(known).encode()):
                wrong(f"release/trail.jsonl, line {n}", "it does not follow from the line before it")
            before = sha(line)
            steps.append(step)
        named = lines(self.files["release/artefacts.jsonl"], "release/artefacts.jsonl")
        self.way = self.walk(steps, {one["digest"]: one for one in (json.loads(line) for line in named)})

    def walk(self, steps: list[dict[str, Any]], things: dict[str, dict[str, Any]]) -> list[str]:
        """Return the way from the file of all figures back to the inputs, as lines."""
        out, seen = [], set()
        final = next(step["outputs"]["figures"] for step in reversed(steps) if "figures" in step["outputs"])
        waiting = [("", final, 1, len(steps))]
        while waiting:
            role, digest, depth, before = waiting.pop()
            thing, space = things[digest], "  " * depth
            makers = [n for n in range(before) if digest in steps[n]["outputs"].values()]
            state = "stays with its steward" if thing.get("protected") else "in this zip, its digest fits"
            if not thing.get("protected") and sha(self.files.get(f"release/artefacts/{digest}", b"")) != digest:
                wrong(f"release/artefacts/{digest}", "it is missing or changed")
            kind = "commitment" if thing.get("committed") else "sha256"
            text = f"{space}{role}{': ' * bool(role)}{thing['name']} ({thing['kind']}), {kind} {digest}, {state}"
            out.append(text + "; an input from outside" * (not makers) + ", see above" * (digest in seen))
            if makers and digest not in seen:
                step = steps[makers[-1]]
                out.append(f"{space}  made by '{step['verb']}' at {step['ended']}")
                waiting += [(r, step["inputs"][r], depth + 2, makers[-1]) for r in sorted(step["inputs"], reverse=True)]
            seen.add(digest)
        return out

    def compute(self, name: str) -> tuple[list[str], str]:
        """Return what was computed again, and what would need the rows; stop at the first difference."""
        one, again = self.bundle.figures[self.places[name]], ["the line of release/estimates.csv"]
        row = {key: cell for key, cell in self.rows[name].items() if cell != ""}
        for key in sorted(set(row) | set(one) - {"level", "degrees", "statistic"}):
            value, cell = one.get(key), row.get(key, "")
            same = cell in (value, f"'{value}")  # the quote guards a text that a spreadsheet would run
            if isinstance(value, float):
                same = cell != "" and value in (float(f"{float(cell):.8e}"), float(cell))
            if not same:
                wrong("release/estimates.csv", f"'{key}' of {name} is '{cell}', in figures.jsonl {value}")
        if "value" not in one:
            return again, ""
        if "plausible_lower" in one:
            parts = [key for key in ("lower", "fan_lower", "total_error_lower", "selection_lower") if key in one]
            ends = min(one[key] for key in parts), max(one[key.replace("lower", "upper")] for key in parts)
            if ends != (one["plausible_lower"], one["plausible_upper"]):
                wrong("figures.jsonl", f"the plausible range of {name} is not the smallest that holds its parts")
            again.append("the plausible range from its parts")
        found = interval(one)
        if found is None:
            return again, f"the interval ({one['convention']})"
        room = 1e-6 * max(one["upper"] - one["lower"], abs(one["value"]) / 100)  # numbers came rounded to 9 digits
        for end, made in {"lower": found[0], "upper": found[1]}.items():
            if abs(made - one[end]) > room:
                wrong("figures.jsonl", f"'{end}' of {name} is {one[end]}, computed again {made:.9g}")
        return [*again, "the interval"], ""

    def tell(self, name: str) -> list[str]:
        """Return the way back from one figure, and the level reached, as lines."""
        if name not in self.places:
            wrong("figures.jsonl", f"there is no figure '{name}'; the first is '{next(iter(self.places), '')}'")
        place, (again, rest) = self.places[name], self.compute(name)
        one, raw = self.bundle.figures[place], self.files["figures.jsonl"].split(b"\n")[place]
        told = f"{one['value']} ({one['lower']} to {one['upper']})" if "value" in one else one["status"]
        out = [f"{name} = {told}", f"  figures.jsonl, line {place + 1}, sha256 {sha(raw)}"]
        out += [f"  under the root {self.bundle.manifest['figures']['root']} of the release", *self.way]
        out += [f"Level 2, recomputed from what is published: {'; '.join(again)}."]
        out += [f"Not recomputed, since it needs the rows: {rest}."] * bool(rest)
        return [*out, "Level 3, from the rows, needs the steward: countersign retrace --data DIR --openings FILE."]

def main(words: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    trusted = [words[n + 1] for n, word in enumerate(words[:-1]) if word == "--trust"]
    plain = [word for n, word in enumerate(words) if word != "--trust" and (n == 0 or words[n - 1] != "--trust")]
    if len(plain) not in (1, 3) or (len(plain) == 3 and plain[1] != "retrace"):
        print(__doc__)
        return 2
    try:
        with open(plain[0], "rb") as file:
            bundle = Bundle(file.read())
        used = {bundle.chain(bundle.origin)[-1], *(one["key"] for one in bundle.latest.values())}
        for key in sorted(set(trusted) - used):
            wrong("the keys", f"neither the study nor a party signed with {key}")
        print("\n".join(bundle.report()))
        if len(plain) == 3:
            retracer = Retracer(bundle)
            if plain[2] != "--all":
                print("\n".join(retracer.tell(plain[2])))
                return 0
            for name in retracer.places:
                again, rest = retracer.compute(name)
                print(f"{name}: {'; '.join(again)}" + f". Needs the rows: {rest}" * bool(rest))
            print("\n".join(retracer.way))
            print(f"Level 2: {len(retracer.places)} figures retraced to their inputs, no difference found.")
        return 0
    except NotWholeError as error:
        print(f"NOT WHOLE. {error}.", file=sys.stderr)
    except OSError as error:
        print(f"{plain[0]}: it cannot be read: {error.strerror}", file=sys.stderr)
    except Exception as error:
        print(f"NOT WHOLE. Something in it is not as the page describes it ({type(error).__name__}).", file=sys.stderr)
    return 1

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
