"""Shared by the tests of quality."""

from making import engine

__all__ = ["engine"]
