"""Where the project and the real data are, or why a test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def shared(*parts: str) -> Path:
    """Return a path in the folder of real data, or skip the test with a reason."""
    root = Path(os.environ.get("COUNTERSIGN_SHARED", PROJECT.parent / "shared" / "data"))
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(
            f"real data are not in the project (licences differ): {'/'.join(parts)} not found in the data folder"
        )
    return path
