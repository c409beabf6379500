"""A bundle -> its release in a folder for the time of a command; it is verified first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countersign.evidence.verifying import Verified


@dataclass(frozen=True)
class Opened:
    """A release to be retraced.

    Parameters
    ----------
    folder: where its files are. named: the path that was given. bundled: lines of figures.jsonl, None without a bundle.
    verified: what is known of the bundle.
    """

    folder: Path
    named: Path
    bundled: tuple[bytes, ...] | None = None
    verified: Verified | None = None

    @property
    def around(self) -> Path:
        """The folder of the release as its study knows it: beside it may lie the inputs and the secret."""
        return self.folder if self.bundled is None else self.named.parent

    def place(self, figure_id: str) -> list[str]:
        """Return where a figure stands in the bundle, as lines; nothing without a bundle."""
        from countersign.evidence.canonical import digest_of, loads

        if self.bundled is None or self.verified is None:
            return []
        number = next(n for n, line in enumerate(self.bundled, 1) if loads(line)["figure_id"] == figure_id)
        manifest = self.verified.manifest
        line = digest_of(self.bundled[number - 1])
        first = f"Level 1, not altered: yes. The digest of the release is {manifest.digest}"
        return [
            f"{first}; the study signs with {self.verified.study}.",
            f"figures.jsonl, line {number} of {manifest.count}, sha256 {line}, under the root {manifest.root}",
        ]


@contextmanager
def unpacked(bundle: Path) -> Iterator[Opened]:
    """Verify a bundle and unpack its release into a folder that is gone afterwards.

    Raises
    ------
    BundleError: it is not whole. StoreError: it cannot be read, or there is no room.
    """
    from countersign.evidence.canonical_zip import ZipReader
    from countersign.evidence.disk import guarded
    from countersign.evidence.manifest import FIGURES, RELEASE
    from countersign.evidence.verifying import verify

    with tempfile.TemporaryDirectory(prefix="countersign-bundle-") as name:
        folder = Path(name) / "release"
        with guarded(folder), bundle.open("rb") as source:
            verified = verify(source, name=str(bundle))
            reader = ZipReader(source, name=str(bundle))
            for path in reader.members:
                if path.startswith(RELEASE):
                    target = folder / path.removeprefix(RELEASE)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("wb") as file:
                        for block in reader.blocks(path):
                            file.write(block)
            lines = tuple(reader.read(FIGURES).split(b"\n")[:-1])
        yield Opened(folder, bundle, lines, verified)
