"""Artefact, Activity and Statement: what was made, by which step, from what.

An artefact is known by the SHA-256 of its bytes; an activity turns artefacts into artefacts; the trail is the list
of both in the order in which they happened (W3C PROV: entity, activity, agent).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Artefact:
    """A file kept byte for byte.

    Parameters
    ----------
    digest: SHA-256 of the bytes, 64 hexadecimal digits.
    name: the name a person knows it by, such as ``mlw_events.csv``.
    kind: which noun it holds: ``input``, ``study``, ``dataset``, ``findings``, ``weights``, ``estimates``, ``release``.
    media_type: IANA media type.
    size: bytes.
    rows: number of records, where it has records.
    protected: true in a release whose store names the artefact and does not hold it.
    committed: true where `digest` is a salted commitment to the digest, so that nobody can try out what the file holds.
    """

    digest: str
    name: str
    kind: str
    media_type: str = "application/octet-stream"
    size: int = 0
    rows: int | None = None
    protected: bool = False
    committed: bool = False


@dataclass(frozen=True)
class Activity:
    """One step: a verb with its inputs, parameters and outputs.

    Parameters
    ----------
    verb: the step's name: ``take_in``, ``assess``, ``weight``, ``estimate``, ``publish``.
    inputs, outputs: digests by role.
    parameters: everything the step was told, as JSON values; the same inputs and parameters give the same outputs.
    software: name -> version of what computed it.
    started, ended: UTC, ISO 8601.
    key: SHA-256 of verb, inputs, parameters and software: an interrupted run resumes by it.
    """

    verb: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    ended: str = ""
    key: str = ""
