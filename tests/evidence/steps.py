"""A run of two steps that the tests interrupt, repeat and damage."""

from __future__ import annotations

from countersign.evidence import Trail

VERSIONS = {"countersign": "0.1.0"}


def run(trail: Trail, *, scale: int = 1, made: list[str] | None = None) -> str:
    """Two steps: numbers, and their sum; return the digest of the sum."""
    store, made = trail.store, [] if made is None else made
    with trail.step("take_in", inputs={}, parameters={"scale": scale}, software=VERSIONS) as step:
        if not step.done:
            made.append("take_in")
            step.output("numbers", store.keep_json([1 * scale, 2 * scale], name="numbers.json"))
    with trail.step("estimate", inputs={"numbers": step.artefact("numbers")}, software=VERSIONS) as later:
        if not later.done:
            made.append("estimate")
            later.output("sum", store.keep_json(sum(step.read("numbers")), name="sum.json"))
    return later.outputs["sum"]
