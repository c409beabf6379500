"""countersign attest and review: what people who looked at a release say of it, signed."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import SigningError
from countersign.study.countersigning import speak, today
from countersign.study.progress import Progress
from countersign.study.signing_target import find_target, read_evidence
from countersign.study.telling import Account

if TYPE_CHECKING:
    from countersign.evidence.keyring import Keyring, Said
    from countersign.evidence.keys import Ask
    from countersign.model.statement import Statement

FINDINGS = ("accepted", "accepted with remarks", "not accepted")
"""What a review can come to."""
SHOWN = 20
"""Most figures that are named where they came out otherwise."""


def attest(
    path: Path, *, data: Path | None, openings: Path | None, key: Path, ask: Ask | None, name: str, progress: Progress,
    out: Path | None = None,
) -> Account:  # fmt: skip
    """Compute every figure of a release again from the data, and sign how many came out the same: level 3.

    What is signed is the outcome, whatever it is.

    Parameters
    ----------
    path: the folder of a release, a study's folder, or a bundle. data: folder with the inputs. openings: the data
    steward's file that opens commitments. key: private key of whoever computed. name: its name, where the log does not
    know the key.

    Raises
    ------
    SigningError: the bundle is not whole, or the key may not sign. ReleaseError: the inputs are not to be found.
    """
    from countersign.evidence.trail import software
    from countersign.study.finding_inputs import Inputs
    from countersign.study.retracing import recompute

    target = find_target(path)
    evidence = read_evidence(target.bundle)
    with tempfile.TemporaryDirectory(prefix="countersign-attest-") as work:
        folder = _unpacked(target.bundle, Path(work))
        # The inputs lie beside the release where the study is, and in `data` where a bundle was sent.
        found = Inputs(target.release if target.home else folder, data, openings)
        figures, differing = recompute(folder, found, progress=progress)
    same = figures - len(differing)
    versions = software()

    def make(said: Sequence[Said], ring: Keyring, digest: str) -> tuple[Statement, str]:
        from countersign.evidence.countersigning import release_in_force
        from countersign.evidence.stating import about_release

        release_in_force(said, digest, where=str(target.bundle))
        told: dict[str, Any] = {
            "by": name, "date": today(), "differences": len(differing), "differing": sorted(differing)[:SHOWN],
            "figures": figures, "level": 3, "software": versions,
            "unproven": len(found.unproven),
        }  # fmt: skip
        return about_release("attestation", digest, **told), ""

    lines = [f"Computed again from the data: {figures} figures, {same} of them the same, {len(differing)} not."]
    lines += [f"  not the same: {one}" for one in sorted(differing)[:SHOWN]]
    if found.unproven:
        names = ", ".join(found.unproven)
        lines.append(f"These inputs were taken by their name; no opening shows that they are the ones: {names}")
    lines.append(f"Signed as an attestation of level 3 on the release {evidence.digest}.")
    return speak(path, make, key=key, ask=ask, name=name or "attestation", kind="attestation", lines=lines, out=out,
                 role="reviewer")  # fmt: skip


def review(
    path: Path, *, finding: str, text: str, key: Path, ask: Ask | None, name: str, out: Path | None = None
) -> Account:
    """Sign what a review of a release came to.

    Parameters
    ----------
    finding: one of `FINDINGS`. text: what was found, in a line.

    Raises
    ------
    SigningError: another finding, no text, a bundle that is not whole, or a key that may not sign.
    """
    from countersign.evidence.keyring import refuse_no_reason

    refuse_no_reason(text)
    if finding not in FINDINGS:
        raise SigningError(
            f"A review cannot come to '{finding}'.",
            where="--finding",
            expected=", ".join(FINDINGS),
            action="choose one of them; say the rest in --text",
        )
    target = find_target(path)

    def make(said: Sequence[Said], ring: Keyring, digest: str) -> tuple[Statement, str]:
        from countersign.evidence.countersigning import release_in_force
        from countersign.evidence.stating import about_release

        release_in_force(said, digest, where=str(target.bundle))
        told = {"by": name, "date": today(), "finding": finding, "role": "reviewer", "text": text.strip()}
        return about_release("review", digest, **told), ""

    lines = [f"Reviewed: {finding}. {text.strip()}"]
    return speak(path, make, key=key, ask=ask, name=name or "review", kind="review", lines=lines, out=out,
                 role="reviewer")  # fmt: skip


def _unpacked(bundle: Path, work: Path) -> Path:
    """The release in a bundle, as it was signed; its files have been held against the manifest."""
    with zipfile.ZipFile(bundle) as zipped:
        zipped.extractall(work, [name for name in zipped.namelist() if name.startswith("release/")])
    return work / "release"
