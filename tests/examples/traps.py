"""The traps of real files of citizens: which shipped check finds each, in which study, and how often.

Every number is counted a second time, by hand, in a function of this module that shares nothing with the program. The
table of docs/traps.md is drawn from it:  python tests/examples/traps.py docs/traps.md
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ByHand = Callable[[Path], int]
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Trap:
    """One trap in one real file.

    Parameters
    ----------
    number: of the list of traps. what: in a few words. study: folder in examples; data: folder of the real files.
    criterion, check, subject: of the finding; state: it has. by_hand: counts it from the file.
    source: data source of the study, where two have the same subject.
    """

    number: int
    what: str
    study: str
    data: str
    criterion: str
    check: str
    subject: str
    by_hand: ByHand
    count: int
    states: tuple[str, ...] = ("warn", "fail")
    source: str = ""


def rows(path: Path) -> Rows:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _items(folder: Path) -> Rows:
    return rows(folder / "items.csv.gz")


def _submissions(folder: Path) -> Rows:
    return rows(folder / "events_raw.csv")


def events_with_a_twin(items: Rows) -> set[str]:
    """Events of one day and one organisation, or one country, whose rows, pieces and volunteers agree within 1 %."""
    events: dict[str, list[float]] = defaultdict(lambda: [0.0] * 5)
    about: dict[str, dict[str, str]] = {}
    for row in items:
        sums = events[row["event_id"]]
        for at, number in enumerate(
            ("1", row["total_count"], row["volunteer"] or "0", row["event_total_count"], row["proportion"])
        ):
            sums[at] += float(number)
        about[row["event_id"]] = row
    found: set[str] = set()
    for key in ("organization", "country"):
        together: dict[tuple[str, str], list[str]] = defaultdict(list)
        for event, row in about.items():
            if row["start_of_audit"]:
                together[row["start_of_audit"], row[key]].append(event)
        for group in together.values():
            columns = list(zip(*(events[one] for one in group), strict=True))
            varying = [at for at, own in enumerate(columns) if max(own) - min(own) > 0.01 * max(own)]
            telling = varying if len(group) > 2 and varying else range(5)
            for one, two in itertools.combinations(group, 2):
                a, b = events[one], events[two]
                near = all(abs(x - y) <= 0.01 * max(x, y) for x, y in zip(a, b, strict=True))
                if near and min(max(a[at] for at in telling), max(b[at] for at in telling)) >= 20:
                    found |= {one, two}
    return found


def _copied(folder: Path) -> int:
    left_out = ("Unnamed: 0", "submission_type", "submission_id")
    kinds = Counter(tuple(v.strip() for k, v in row.items() if k not in left_out) for row in _submissions(folder))
    return sum(n - 1 for n in kinds.values())


def _common_keys(folder: Path) -> int:
    first, second = rows(folder / "nonprob_admin.csv"), rows(folder / "prob_survey_jvs.csv")
    return len({row["id"] for row in first} & {row["id"] for row in second})


def _scaled(folder: Path) -> int:
    """Points within 1 degree of 0, 0 that fall among the others when multiplied by 100,000."""
    points = [
        (float(row["lon_x1"]), float(row["lat_y1"]))
        for row in rows(folder / "mlw_events.csv")
        if row["lon_x1"] and row["lat_y1"]
    ]
    near = [(x, y) for x, y in points if abs(x) < 1 and abs(y) < 1]
    others = [point for point in points if point not in near]
    west, east = min(x for x, _ in others) - 1, max(x for x, _ in others) + 1
    south, north = min(y for _, y in others) - 1, max(y for _, y in others) + 1
    return sum(west <= 1e5 * x <= east and south <= 1e5 * y <= north for x, y in near)


def _blank(folder: Path) -> int:
    return sum(
        not value.strip() for row in rows(folder / "mlw_events.csv") for name, value in row.items() if name[0] == "G"
    )


def _null_words(folder: Path) -> int:
    declared = {"file_name", "volunteer", "start_of_audit", "end_of_audit", "total_count"}
    return sum(
        value.strip().lower() in ("null", "n/a", "na", "-", ".", "?", "nil", "nan")
        for row in _submissions(folder)
        for name, value in row.items()
        if name not in declared and name != "year"
    )


def _spelled(folder: Path) -> int:
    """Records of the rarer spellings among kinds of places that differ only in capitals, blanks and signs."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _submissions(folder):
        kinds[re.sub(r"[^a-z]", "", row["specifics_of_audit"].lower())][row["specifics_of_audit"]] += 1
    return sum(sum(own.values()) - max(own.values()) for own in kinds.values() if len(own) > 1)


def _rift_valley(folder: Path) -> int:
    return sum(row["region"] == "Riftvalley" for row in rows(folder / "KE11.csv"))


def _greek(folder: Path) -> int:
    return sum(row["BeachCountrycode"] == "EL" for row in rows(folder / "mlw_events.csv"))


def _padded(folder: Path) -> int:
    return sum(row["rid"] != row["rid"].strip() for row in rows(folder / "optin_sample.csv.gz"))


def _ages(folder: Path) -> int:
    """Cells of the age table that count somebody twice: totals of ages and of sexes, and groups of ages."""
    table = rows(folder / "V3_T2.3_county_only.csv")
    groups = sum(bool(re.search(r"\d\s*-+\s*\d", row["Age"])) for row in table)
    ages = sum(row["Age"] == "Total" for row in table)
    both_sexes = len(table) - groups - ages
    return 3 * ages + both_sexes + groups


def _ghana(folder: Path) -> int:
    return 30832019 - sum(int(row["All ages"]) for row in rows(folder / "religious_affiliation.csv"))


def _hours_absent(folder: Path) -> int:
    described = {r["name"] for r in rows(folder / "data_descriptions.csv") if r["file"] == "items.csv.gz"}
    return len(described - set(_items(folder)[0]))


def _impossible_means(folder: Path) -> int:
    cells: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for row in rows(folder / "geah2020-2021-asiapacific.csv"):
        key = tuple(row[name] for name in ("Geography", "Year", "Question Code", "Response Variable"))
        cells[key][row["Gender"]] = float(row["Value"])
    return sum(
        not min(one["male"], one["female"]) <= one["combined"] <= max(one["male"], one["female"])
        for one in cells.values()
    )


def _known_items(folder: Path) -> int:
    """Questions that are off by more than 5 points in some answer after raking to age, sex, schooling and division."""
    from test_pew_optin import ByHand as Raked

    raked = Raked()
    demographic = ("GENDER", "AGE", "EDUCCAT5", "DIVISION")
    off = {
        item: max(
            abs(raked.share(item, answer, weighted=True) - count / len(raked.reference))
            for answer, count in Counter(row[item] for row in raked.reference).items()
        )
        for item in raked.reference[0]
        if item not in demographic
    }
    return sum(points > 0.05 for points in off.values())


def _events(folder: Path) -> int:
    return len({row["event_id"] for row in _items(folder)})


def _no_unbranded(folder: Path) -> int:
    some = {row["event_id"] for row in _items(folder) if row["parent_company_name"] == "unbranded"}
    return _events(folder) - len(some)


def _both_rounds(folder: Path) -> int:
    def level(file: str) -> dict[tuple[str, str], float]:
        return {(r["region"].replace(" ", "").lower(), r["gender"]): float(r["math"]) for r in rows(folder / file)}

    before, after = level("KE10.csv"), level("KE11.csv")
    return sum(after[key] > before[key] for key in before.keys() & after.keys())


def _days(folder: Path) -> int:
    return len(rows(folder / "daily.csv"))


def _accounts(folder: Path) -> int:
    """Events of the community whose name is one word of capitals and small letters in no order."""
    return sum(row["CommunityName"].strip() == "CpjJwWHV" for row in rows(folder / "mlw_events.csv"))


BFFP = ("bffp-brand-audits", "bffp_brand_audits_2018_2020")
MLW = ("marine-litterwatch", "mlw_beach_litter_med_blacksea")
GEAH = ("unpaid-work-survey", "geah_unpaid_work")
UWEZO = ("uwezo", "uwezo_kenya_uganda")
PEW = ("pew-optin", "pew_optin_2016")
SENSORS = ("purpleair-sensors", "purpleair_aqs_daily_a")

TRAPS = (
    Trap(1, "Cleaned events that have a twin under another number", *BFFP, "E8", "twin_records", "",
         lambda folder: len(events_with_a_twin(_items(folder))), 70),
    Trap(1, "Submissions that repeat another under a new number", *BFFP, "E8", "copied_records", "submissions",
         _copied, 100),
    Trap(1, "Keys that look alike and do not mean the same firms", "poland-job-vacancies", "poland_job_vacancies", "G5",
         "keys_link", "register and survey", _common_keys, 6523, ("fail",)),
    Trap(2, "Degrees divided by 100,000", *MLW, "E10", "coordinates_scaled", "", _scaled, 76),
    Trap(3, "Blank: none there, or nobody looked", *MLW, "E4", "blank_or_zero", "", _blank, 168936),
    Trap(4, "The word NULL counted as an answer", *BFFP, "E4", "missing_words", "submissions", _null_words, 3407),
    Trap(4, "NULL in the first day of an event", *BFFP, "E4", "missing_variable", "start",
         lambda folder: sum(row["start_of_audit"] == "NULL" for row in _submissions(folder)), 154,
         source="submissions"),
    Trap(4, "Kinds of places in several spellings", *BFFP, "G2", "category_spellings", "place_type", _spelled, 222),
    Trap(4, "A region that changes its spelling between rounds", *UWEZO, "G2", "category_spellings",
         "region (between sources)", _rift_valley, 2),
    Trap(4, "Two codes of one country", *MLW, "G2", "category_spellings", "country_code", _greek, 9),
    Trap(4, "Blanks around values", *PEW, "G2", "padded_cells", "", _padded, 10254),
    Trap(5, "Totals and groups of ages among single years", "kenya-census", "kenya_census_2019", "G2", "hidden_totals",
         "population: V3_T2.3_county_only.csv", _ages, 5875, ("pass",)),
    Trap(6, "People the tables leave out, by 0.26 %", "ghana-census", "ghana_census_2021", "G2", "population_total",
         "census", _ghana, 78692),
    Trap(7, "A column described and absent", *BFFP, "E4", "absent_variable", "items", _hours_absent, 1),
    Trap(7, "A column described and empty", *BFFP, "E4", "empty_variable", "file_name",
         lambda folder: sum(row["file_name"] == "NULL" for row in _submissions(folder)), 1539),
    Trap(8, "A mean of both far above women and men", *GEAH, "G2", "parts_and_whole", "hours: sex",
         _impossible_means, 1),
    Trap(8, "A day of 25 hours", *SENSORS, "E9", "impossible_values", "hours",
         lambda folder: sum(float(row["n"]) > 24 for row in rows(folder / "daily.csv")), 1),
    Trap(8, "A beach of length 0, by which litter is divided", *MLW, "E9", "zero_values", "length_m",
         lambda folder: sum(float(row["BeachLength_m"] or 1) <= 0 for row in rows(folder / "mlw_events.csv")), 1,
         ("pass", "warn", "fail")),
    Trap(9, "Answers that people give too gladly: 54 % volunteered, in truth 26.5 %", *PEW, "E3", "known_items", "",
         _known_items, 18),
    Trap(10, "One event of 887 with a tenth of all pieces", *BFFP, "E7", "amount_concentration", "pieces",
         _events, 887),
    Trap(11, "One share, three numbers: 58.9, 29.5 and 53.0 %; events without any", *BFFP, "G2", "means_differ",
         "unbranded", _no_unbranded, 394),
    Trap(12, "The scale of maths changes between two rounds, in all groups at once", *UWEZO, "G3", "scale_break",
         "maths", _both_rounds, 14, ("fail",)),
    Trap(13, "A correction from another climate leaves -1.04 ug/m3", *SENSORS, "E6", "validity", "corrected",
         _days, 3221),
    Trap(15, "An account name in open data", *MLW, "A2", "personal_data", "account", _accounts, 143),
    Trap(16, "Events without length, area or time: no density", *BFFP, "E10", "effort_stated", "submissions",
         lambda folder: len(_submissions(folder)), 1539),
)  # fmt: skip

# Weights that cost more than they gain need another study file; see the test.
WEIGHTS = (
    14,
    "Weights that cost more than they gain: 15,000 count like 1,889",
    "pew-optin, with four more margins",
    "weights",
)

HEAD = """# Traps of real files, and what finds them

Each of these was seen in a real file of citizens or of an office. Each is found by a check that comes with the
program, without a rule of the study's own. The numbers are counted a second time by hand in
`tests/examples/traps.py`, and this page is drawn from it; none of the checks warns on the built-in example when
that is made without faults.

Counts are of the file as delivered. What a check is called and how it measures is in [findings.md](findings.md).

| | trap | study in `examples/` | check | count |
|---|---|---|---|---|
"""


def page() -> str:
    """The page of traps."""
    lines = [(one.number, one.what, one.study, one.check, f"{one.count:,}") for one in TRAPS]
    lines.append((*WEIGHTS, "15,000"))
    body = "".join(f"| {a} | {b} | {c} | `{d}` | {e} |\n" for a, b, c, d, e in sorted(lines, key=lambda line: line[0]))
    return HEAD + body


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
