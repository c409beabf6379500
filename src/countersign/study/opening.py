"""Commitments of a release -> the file of openings that the data steward gives to an accredited partner."""

from __future__ import annotations

from pathlib import Path

from countersign.errors import ReleaseError
from countersign.study.telling import Account, command

CAREFUL = (
    "Keep this file as you keep the data: whoever holds it can try out guesses of what the protected files hold. It "
    "opens the names of these files and holds no data itself."
)


def open_commitments(study: Path, *, to: Path, folder: Path | None = None) -> Account:
    """Write which file every commitment of a study's release stands for, with the secret bytes that show it.

    Parameters
    ----------
    study: the study's folder. to: the file to write. folder: where the output is, if not in the study's folder.

    Raises
    ------
    ReleaseError: there is no release, or it names nothing by commitments; the file would lie in the release.
    StoreError: the secret is not here, or the disk refused.
    """
    from countersign.evidence.commitments import known_committer, write_openings
    from countersign.evidence.store import Store

    home = folder or (study if study.is_dir() else study.parent)
    release = home / "release"
    committer = known_committer(home)
    if not release.is_dir() or committer is None:
        raise ReleaseError(
            "There is no release here whose commitments could be opened." if release.is_dir() else
            f"There is no release in '{home}'.",
            where=str(release),
            expected="the study's own folder, with its release and its folder .secrets",
            action=f"make the release: {command('run', study)}",
        )  # fmt: skip
    if to.resolve().is_relative_to(release.resolve()):
        raise ReleaseError(
            "The file of openings would lie in the release, which everybody gets.",
            where=str(to),
            expected="a place outside the release",
            action="choose another place with --out",
        )
    named = {one.digest: one for one in Store(release).artefacts() if one.committed}
    own = {one.digest: one for one in Store(home).artefacts() if committer.name(one.digest) in named}
    count = write_openings(own, committer, to)
    lines = [f"{count:,} commitments are opened in {to}.", CAREFUL]
    if lost := len(named) - count:
        lines.append(f"{lost:,} more are named in the release, and their files are not in this folder.")
    following = command("retrace", release, data="DATA", openings=to)
    return Account("open-commitments", tuple(lines), following, {"openings": str(to), "opened": count})
