"""A search that does not end fails its test instead of keeping everybody waiting."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

SECONDS = 4.0
"""Of computing, not of waiting; the searches of small tables take a tenth of a second."""


@pytest.fixture
def ends() -> Iterator[None]:
    """Stop the test after some seconds of computing, where the system can tell."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise AssertionError(f"no end after {SECONDS} seconds of computing")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
