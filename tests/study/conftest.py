"""Every study of these tests is guarded: a step that reads a part of the study file it does not depend on, fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from guarded_plan import guarded


@pytest.fixture(autouse=True)
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, set[str]]]:
    """Verb -> the parts of the study file that the steps of this test have read."""
    with guarded(monkeypatch) as found:
        yield found
