"""How honest and how wide are benchmark-calibrated intervals: `python bench/total_error.py FOLDER`.

FOLDER holds `optin_sample.csv.gz` and `reference_population.csv.gz` (Pew Research Center 2016; examples/pew-optin says
where to get them). Prints the tables of docs/total-error.md as Markdown and, with `--svg FILE`, draws the trade-off.
Only shares of coverage and widths leave this script, no rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from countersign.catalogue import threshold
from countersign.estimation import total_error as room
from countersign.estimation.total_error.learning import checked_of
from countersign.model.cells import Cells
from countersign.model.total_error import balanced_quantile, item_weights, of_checked

BY = ("age_group", "GENDER", "EDUCCAT5", "DIVISION")
MORE = ("REGISTERED", "PARTYSCALE5", "IDEO3", "RELIGCAT")
BANDS = (18, 25, 35, 45, 55, 65)
LEVEL = 0.9


@dataclass
class Tally:
    """Intervals that were tried: item, held, width in points."""

    items: list[str] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    def add(self, item: str, lower: float, upper: float, truth: float) -> None:
        """Add one interval."""
        self.items.append(item)
        self.held.append(lower <= truth <= upper)
        self.widths.append(100 * (upper - lower))

    def told(self) -> str:
        """Coverage by category and by question, median width."""
        count = {name: self.items.count(name) for name in set(self.items)}
        by_item = np.mean([np.mean([h for h, i in zip(self.held, self.items, strict=True) if i == n]) for n in count])
        return f"{np.mean(self.held):.1%} | {by_item:.1%} | {np.median(self.widths):.1f}"


@dataclass
class Sample:
    """Codes of respondents, official shares, and the answers of the room."""

    codes: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]
    answers: room.Answers
    official: np.ndarray


def opened(path: Path) -> pl.DataFrame:
    """Read a file and band age."""
    frame = pl.read_csv(path, infer_schema_length=20_000)
    age = frame["AGE"].to_numpy()
    return frame.with_columns(pl.Series("age_group", np.searchsorted(BANDS, age, side="right").astype(str)))


def sample_of(people: pl.DataFrame, reference: pl.DataFrame, names: Sequence[str]) -> Sample:
    """Count both sides."""
    keys = {name: people[name].cast(pl.String).to_numpy().astype(object) for name in names}
    one, none = np.ones(len(people)), np.zeros((len(people), 0))
    cells = Cells(keys, (), one.astype(np.int64), one, one, none, none, np.zeros((len(people), 0, 0)), none)
    shares = {name: dict(reference[name].cast(pl.String).value_counts(normalize=True).iter_rows()) for name in names}
    answers = room.answers_of(cells, names, also={name: tuple(held) for name, held in shares.items()})
    official = room.official_shares(answers, shares)
    codes, truth = {}, {}
    for name in names:
        held = answers.categories[answers.questions.index(name)]
        place = {label: number for number, label in enumerate(held)}
        codes[name] = np.array([place[value] for value in keys[name]])
        truth[name] = official[answers.places[name]]
    return Sample(codes, truth, answers, official)


def raked(sample: Sample, names: Sequence[str], cap: float | None = None, passes: int = 60) -> np.ndarray:
    """Rake; with a cap, weights are cut at `cap` times their mean after each pass (then margins hold only nearly)."""
    size = len(sample.codes[BY[0]])
    weight = np.ones(size)
    for _ in range(passes):
        before = weight.copy()
        for name in names:
            code, target = sample.codes[name], sample.truth[name]
            now = np.bincount(code, weight, len(target)) / weight.sum()
            weight *= np.divide(target, now, out=np.ones_like(now), where=(now > 0) & (target > 0))[code]
        weight *= size / weight.sum()
        if cap:
            weight = np.minimum(weight, cap)
            weight *= size / weight.sum()
        if np.abs(weight - before).max() < 1e-6:
            break
    return weight


def by_weights(sample: Sample, items: Sequence[str], weights: Callable[[str], np.ndarray]) -> tuple[Tally, Tally]:
    """Plain 95 % intervals, and 90 % intervals learnt on the logit scale from the other questions."""
    smallest = threshold("total_error_share").good
    names, estimates, truths, errors = [], [], [], []
    for name in items:
        weight = weights(name)
        n = weight.sum() ** 2 / (weight**2).sum()
        share = np.bincount(sample.codes[name], weight, len(sample.truth[name])) / weight.sum()
        for value, official in zip(share, sample.truth[name], strict=True):
            if official >= smallest:
                names.append(name)
                estimates.append(value)
                truths.append(official)
                errors.append(np.sqrt(value * (1 - value) / n))
    item, value, truth = np.array(names), np.array(estimates), np.array(truths)
    logit = np.log(np.clip(value, 0.002, 0.998) / (1 - np.clip(value, 0.002, 0.998)))
    score = np.abs(logit - np.log(truth / (1 - truth)))
    plain, learnt = Tally(), Tally()
    for k, name in enumerate(names):
        plain.add(name, value[k] - 1.96 * errors[k], value[k] + 1.96 * errors[k], truth[k])
        rest = item != name
        q = balanced_quantile(score[rest], item_weights(item[rest].tolist()), LEVEL)
        learnt.add(name, 1 / (1 + np.exp(q - logit[k])), 1 / (1 + np.exp(-q - logit[k])), truth[k])
    return plain, learnt


def related(
    learn: Sample,
    apply: Sample,
    known: Sequence[str],
    unseen: Sequence[str],
    tally: Tally,
    *,
    powers: Sequence[int] = (1, 2),
    scaled: bool = True,
) -> None:
    """Learn on some respondents and questions, apply to other questions (and other respondents)."""
    smallest = threshold("total_error_share").good
    relations = room.Relations(learn.answers, learn.official, (*BY, *known), judged=known, powers=powers)
    checked = []
    for name in known:
        checked += checked_of(learn.answers, learn.official, name, relations.left_out(name), smallest)
    if not scaled:
        checked = [
            type(one)(one.item, one.category, one.estimate, one.truth, None, one.standard_error) for one in checked
        ]
    learnt = of_checked(checked, level=LEVEL, minimum=9)
    if apply is not learn:
        relations = room.Relations(apply.answers, apply.official, (*BY, *known), judged=known, powers=powers)
    for name in unseen:
        for one in checked_of(apply.answers, apply.official, name, relations.other(name), smallest):
            ends = learnt.interval(one.estimate, one.standard_error, raw=one.raw if scaled else None)
            tally.add(name, *ends, one.truth)


def main() -> None:
    """Print the tables; draw the figure."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--draws", type=int, default=60)
    words.add_argument("--svg", type=Path)
    asked = words.parse_args()
    people = opened(asked.folder / "optin_sample.csv.gz")
    reference = opened(asked.folder / "reference_population.csv.gz")
    items = [name for name in reference.columns if name not in {*BY, "AGE"}]
    every = sample_of(people, reference, [*BY, *items])

    print("| weights | plain 95 %: held | calibrated 90 %: held (categories) | held (questions) | median width |")
    print("|---|---|---|---|---|")
    demographic = raked(every, BY)
    ways: dict[str, Callable[[str], np.ndarray]] = {
        "none": lambda name: np.ones(len(people)),
        "age, sex, education, division": lambda name: demographic,
        "... and registration, party, ideology, religion": lambda name: raked(
            every, [*BY, *(other for other in MORE if other != name)]
        ),
        "... and all other questions, cut at 8": lambda name: raked(
            every, [*BY, *(other for other in items if other != name)], cap=8.0
        ),
    }
    for title, weights in ways.items():
        plain, learnt = by_weights(every, items, weights)
        print(f"| {title} | {plain.told().split(' | ')[0]} | {learnt.told()} |", flush=True)

    print("\n| shared errors, one question unseen | held (categories) | held (questions) | median width |")
    print("|---|---|---|---|")
    for title, powers, scaled in (
        ("regression only (p = 1), scores not scaled", (1,), False),
        ("p learnt, scores not scaled", (1, 2), False),
        ("regression only (p = 1), scores scaled by movement", (1,), True),
        ("p = 2 only, scores scaled by movement", (2,), True),
        ("**p learnt, scores scaled by movement**", (1, 2), True),
    ):
        tally = Tally()
        for name in items:
            rest = [other for other in items if other != name]
            related(every, every, rest, [name], tally, powers=powers, scaled=scaled)
        print(f"| {title} | {tally.told()} |", flush=True)

    print("\n| checkable questions | respondents | held (categories) | held (questions) | median width |")
    print("|---|---|---|---|---|")
    vendors = [sample_of(part, reference, [*BY, *items]) for _, part in sorted(people.group_by("vendor"))]
    pairs = [(a, b) for a in vendors for b in vendors if a is not b]
    widths: dict[str, list[tuple[int, float]]] = {"the same respondents": [], "another vendor": []}
    for size in (12, 15, 18, 21, 25):
        draws = np.random.default_rng(20260101)
        subsets = (
            [[other for other in items if other != name] for name in items]
            if size == len(items) - 1
            else [sorted(draws.choice(items, size, replace=False).tolist()) for _ in range(asked.draws)]
        )
        same, other = Tally(), Tally()
        for number, known in enumerate(subsets):
            unseen = [name for name in items if name not in known]
            related(every, every, known, unseen, same)
            for a, b in pairs if size == len(items) - 1 else [pairs[number % len(pairs)]]:
                related(a, b, known, unseen, other)
        for title, tally in (("the same respondents", same), ("another vendor", other)):
            print(f"| {size} | {title} | {tally.told()} |", flush=True)
            widths[title].append((size, float(np.median(tally.widths))))
    have = ["MARITAL_ACS", "HHSIZECAT", "CHILDRENCAT", "CITIZEN_REC", "BORN_ACS", "FAMINC5", "EMPLOYED", "MIL_ACS_REC",
            "HOME_ACS_REC", "TENURE_ACS"]  # fmt: skip
    advice = room.advise_questions(every.answers, every.official, items, have=have, by=BY)
    print("\n| rank | question to add | mean width without | with | mean error without | with |")
    print("|---|---|---|---|---|---|")
    for one in advice.advised:
        numbers = (one.without_it, one.with_it, one.error_without, one.error_with)
        print(f"| {one.rank} | {one.item} | {' | '.join(f'{100 * number:.1f}' for number in numbers)} |")
    if asked.svg:
        asked.svg.write_text(drawn(widths), encoding="utf-8")


def drawn(widths: dict[str, list[tuple[int, float]]]) -> str:
    """Return the trade-off as a picture: checkable questions across, median width up."""
    left, top, wide, high = 60, 24, 480, 260
    x = lambda size: left + wide * (size - 10) / 16  # noqa: E731
    y = lambda width: top + high * (1 - width / 40)  # noqa: E731
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 330" font-family="sans-serif" font-size="12">',
        "<title>Median width of the 90 % interval by the number of checkable questions</title>",
        '<rect width="600" height="330" fill="white"/>',
    ]
    for width in (0, 10, 20, 30, 40):
        parts.append(f'<line x1="{left}" x2="{left + wide}" y1="{y(width):.1f}" y2="{y(width):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(width) + 4:.1f}" text-anchor="end">{width}</text>')
    for size in (12, 15, 18, 21, 25):
        parts.append(f'<text x="{x(size):.1f}" y="{top + high + 18}" text-anchor="middle">{size}</text>')
    for points, colour, dash in zip(widths.values(), ("#1b4f8a", "#b3541e"), ("", "6 4"), strict=True):
        line = " ".join(f"{x(size):.1f},{y(width):.1f}" for size, width in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        parts += [f'<circle cx="{x(s):.1f}" cy="{y(w):.1f}" r="3.5" fill="{colour}"/>' for s, w in points]
    parts += [
        f'<text x="{left + 150}" y="{top + 12}" fill="#1b4f8a">solid: the same respondents</text>',
        f'<text x="{left + 330}" y="{top + 12}" fill="#b3541e">dashed: another vendor</text>',
        f'<text x="{left + 130}" y="{top + high + 38}">checkable questions, with an official answer</text>',
        f'<text x="16" y="{top + 190}" transform="rotate(-90 16 {top + 190})">median width, points</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
