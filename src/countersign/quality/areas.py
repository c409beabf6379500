"""Areas: findings about one area at a time, so that the verdict on a known area is not that on an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.quality.context import percent


def coverage_by_area(area: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """E1: of each area of the benchmark, whether anybody took part there, and in which proportion.

    They take the place of the findings about all areas when one area is judged: that another area is missing is no
    fault of this one.

    Parameters
    ----------
    area: variable that holds the area. findings: those of the data, `coverage` and `uncovered` by that variable.
    """
    told = {finding.check: finding for finding in findings if finding.criterion == "E1" and finding.subject == area}
    if not area or "coverage" not in told or "uncovered" not in told:
        return ()
    empty = told["uncovered"].evidence.get("groups", {})
    found = []
    for name, ratio in told["coverage"].evidence.get("ratios", {}).items():
        domain = {area: str(name)}
        if name in empty:
            message = f"Nobody took part in {name}, where {percent(empty[name])} of the population live."
            fix = f"Recruit in {name}, or leave it out of the population."
            found.append(_finding("uncovered", State.FAIL, message, area, domain, 1.0, fix))
            found.append(_finding("coverage", State.FAIL, message, area, domain, 0.0, fix))
            continue
        few = ratio < threshold("representation_low").good
        message = f"{name} has {ratio:.2f} of its share of the records."
        found.append(_finding("uncovered", State.PASS, f"People took part in {name}.", area, domain, 0.0, ""))
        found.append(
            _finding("coverage", State.WARN if few else State.PASS, message, area, domain, float(ratio),
                     f"Recruit more in {name}." if few else "")
        )  # fmt: skip
    for name in told["coverage"].evidence.get("not_told", ()):
        domain, fix = {area: str(name)}, f"Recruit more in {name}."
        message = f"So few people took part in {name}, or in one beside it, that it is not told how many."
        found.append(_finding("uncovered", State.PASS, f"People took part in {name}.", area, domain, 0.0, ""))
        found.append(_finding("coverage", State.WARN, message, area, domain, None, fix))
    return tuple(found)


def _finding(
    check: str, state: State, message: str, area: str, domain: dict[str, str], value: float | None, fix: str
) -> Finding:
    return Finding("E1", state, check, message, subject=area, value=value, unit="share", fix=fix, domain=domain)
