"""Places (E10): coordinates that are missing, off the globe, or lost near longitude 0, latitude 0."""

from __future__ import annotations

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.quality.context import (
    KEPT,
    Asking,
    Context,
    Totals,
    count,
    gone,
    in_file_and_kept,
    is_of,
    number,
    share,
)
from countersign.quality.findings import judged, not_assessed


def coordinates(context: Context) -> Asking:
    """Judge the points given by the roles longitude and latitude.

    Missing: either is blank. Impossible: outside -180 .. 180, -90 .. 90. Zero: exactly 0, 0. Near zero: within 1
    degree of it and not exactly there. Scaled: near zero, and times 100,000 inside the box of all other points (plus
    1 degree): a decimal point was lost.
    """
    names = context.role("longitude"), context.role("latitude")
    if not all(names):
        if is_of(context.dataset.unit, ("person", "collective", "case")):
            why = "Rows are not places."
            return [Finding("E10", State.NOT_APPLICABLE, "coordinates_missing", why)] if context.is_main else []
        why = "The study does not say which columns hold longitude and latitude."
        fix = "Add 'roles: longitude:' and 'latitude:', or leave this open if places do not matter."
        return [not_assessed("E10", "coordinates_missing", why, fix=fix)] if context.is_main else []
    if not all(context.schema[name].is_numeric() for name in names):
        why = f"'{names[0]}' and '{names[1]}' are not numbers, so places cannot be judged."
        fix = "Declare both columns as numbers in degrees."
        return [not_assessed("E10", "coordinates_missing", why, fix=fix)]
    x, y = (nw.col(name).cast(nw.Float64) for name in names)
    island, factor = threshold("zero_island").good, threshold("scale").good
    blank = x.is_null() | y.is_null()
    outside = (x.abs() > 180) | (y.abs() > 90)
    zero = (x == 0) & (y == 0)
    near = (x.abs() < island) & (y.abs() < island) & ~zero
    other = (x.abs() <= 180) & (y.abs() <= 90) & ((x.abs() >= island) | (y.abs() >= island))
    found = yield {
        "rows": count(KEPT),
        **in_file_and_kept("blank", blank),
        **in_file_and_kept("outside", outside),
        **in_file_and_kept("zero", zero),
        **in_file_and_kept("near", near),
    }
    box: Totals = {"others": 0}
    if found["near"]:
        box = yield {
            "others": count(other),
            "west": nw.when(other).then(x).min(),
            "east": nw.when(other).then(x).max(),
            "south": nw.when(other).then(y).min(),
            "north": nw.when(other).then(y).max(),
        }
    scaled = {"scaled": 0, "scaled kept": 0}
    if box["others"]:
        back_x, back_y = x * factor, y * factor
        inside = (back_x >= box["west"] - island) & (back_x <= box["east"] + island)
        inside = inside & (back_y >= box["south"] - island) & (back_y <= box["north"] + island)
        # x 100,000 of a point in the middle of the sea off Africa is nowhere near the others.
        scaled = dict((yield in_file_and_kept("scaled", near & inside)))
    rows = found["rows"]
    placed = rows - found["blank kept"]

    def told(key: str, what: str) -> str:
        return f"{number(found[key])} records {what}." + gone(found[key], found[f"{key} kept"])

    findings = [
        judged(
            "E10",
            "coordinates_missing",
            share(found["blank kept"], rows),
            told("blank", "have no longitude or no latitude"),
            limit="missing_coordinates",
            count=found["blank"],
            evidence={"kept": found["blank kept"], "records": rows},
            fix="Ask collectors to switch on the location, or to mark the place on a map.",
        ),
        judged(
            "E10",
            "coordinates_impossible",
            share(found["outside kept"], placed),
            told("outside", "lie outside the globe (longitude -180 to 180, latitude -90 to 90)"),
            limit="impossible_coordinates",
            count=found["outside"],
            evidence={"kept": found["outside kept"]},
            fix="Look for a lost decimal point, exchanged columns, or coordinates in metres.",
        ),
    ]
    if found["zero"]:
        findings.append(
            judged(
                "E10",
                "coordinates_zero",
                share(found["zero kept"], placed),
                told("zero", "lie at exactly 0, 0, where devices without a signal put them"),
                limit="coordinates_near_zero",
                count=found["zero"],
                evidence={"kept": found["zero kept"]},
                fix="Treat them as missing.",
            )
        )
    if found["near"]:
        most = scaled["scaled"]
        message = f"{number(found['near'])} records lie within {island:g} degree of 0, 0."
        if most:
            message += (
                f" Times {factor:,.0f}, {number(most)} of them fall among the other places: their degrees were divided "
                f"by {factor:,.0f}."
            )
        message += gone(found["near"], found["near kept"])
        findings.append(
            judged(
                "E10",
                "coordinates_scaled" if most else "coordinates_near_zero",
                share(found["near kept"], placed),
                message,
                limit="coordinates_near_zero",
                count=most or found["near"],
                evidence={"near_zero": found["near"], "scaled": most, "factor": factor, "kept": found["near kept"]},
                fix=f"Multiply these coordinates by {factor:,.0f}, or treat them as missing."
                if most
                else "Look at these places; treat them as missing if they are wrong.",
            )
        )
    return findings
