"""The words of the report that not everybody knows, each in one or two plain sentences; only those used are printed."""

from __future__ import annotations

import re

from countersign.publishing.language import Words


def entries(words: Words) -> tuple[tuple[str, str, str], ...]:
    """Return pattern, term and explanation of every word."""
    say = words
    return (
        ("interval", say.gettext("Interval"), say.gettext(
            "A range around a figure. Chance alone could have put the figure anywhere in it.")),
        ("weight", say.gettext("Weight"), say.gettext(
            "How many people or places of the population a record stands for. "
            "Groups that are rare in the data count more.")),
        ("benchmark", say.gettext("Benchmark"), say.gettext(
            "Numbers about the same population from another source, such as a census.")),
        ("raking", say.gettext("Raking"), say.gettext(
            "Weights that are adjusted to one known total after the other, round by round, until all fit.")),
        ("post-stratification", say.gettext("Post-stratification"), say.gettext(
            "Weights that make every group as large as it is in the population.")),
        ("trimming", say.gettext("Trimming"), say.gettext(
            "Very large weights are cut, so that a few records do not decide a figure.")),
        ("design effect", say.gettext("Design effect"), say.gettext(
            "How many times larger the variance is than in a simple random sample of the same size.")),
        ("effective", say.gettext("Effective number of records"), say.gettext(
            "A simple random sample of this size would be as precise.")),
        ("standard error", say.gettext("Standard error"), say.gettext(
            "How far a figure typically moves by chance from one such data set to the next.")),
        ("standardised difference", say.gettext("Standardised difference"), say.gettext(
            "The difference between two shares, divided by how much such a share varies. Below 0.1 is small.")),
        ("median", say.gettext("Median"), say.gettext("Half of the values are below it, half above.")),
        ("logit", say.gettext("Logit interval"), say.gettext(
            "An interval for a share that cannot leave 0 to 100 percent.")),
        ("wilson", say.gettext("Wilson interval"), say.gettext(
            "An interval for a share that also works for small numbers and rare answers.")),
        ("korn-graubard", say.gettext("Korn-Graubard interval"), say.gettext(
            "An exact interval for a share, computed with the effective number of records.")),
        ("woodruff", say.gettext("Woodruff interval"), say.gettext(
            "An interval for a median, read off the interval of a share.")),
        ("linearis", say.gettext("Linearisation"), say.gettext(
            "A way to compute the variance of a figure that is not a simple sum.")),
        ("unreliable", say.gettext("Unreliable"), say.gettext(
            "Shown so that a small group stays visible. Not fit for quoting.")),
        ("withheld", say.gettext("Withheld"), say.gettext(
            "Not shown, because it could reveal something about a person. It is not zero.")),
        ("not assessed", say.gettext("Not assessed"), say.gettext(
            "Nobody has looked yet. That is neither passed nor failed.")),
        ("quality gate", say.gettext("Quality gate"), say.gettext(
            "A rule every record must meet. Records that do not are set aside and counted, never deleted.")),
        ("sha-256", say.gettext("Digest (SHA-256)"), say.gettext(
            "A fingerprint of a file. If one letter changes, it changes too.")),
        ("plausible range", say.gettext("Plausible range"), say.gettext(
            "The smallest range that holds every named reason why the truth may lie elsewhere: chance, other ways of "
            "computing, errors on checked questions, stated selection. It is no guarantee.")),
        ("selection on the answer itself", say.gettext("Selection on the answer itself"), say.gettext(
            "Whether somebody takes part depends on what they would answer. No data can tell how strongly, so "
            "strengths are stated: 0 is not at all, 1 is on nothing else.")),
        ("checked question", say.gettext("Checked question"), say.gettext(
            "A question whose answer is known from official statistics. It shows how wrong the data are in total, "
            "not by chance alone.")),
        ("propensity", say.gettext("Propensity"), say.gettext(
            "How likely people of a kind are to take part. Those who rarely do get a larger weight.")),
        ("mass imputation", say.gettext("Mass imputation"), say.gettext(
            "A model learns the answer from those who took part, and answers for everybody else.")),
        ("doubly robust", say.gettext("Doubly robust"), say.gettext(
            "Joins propensity and a model of the answer. It is right if one of the two is.")),
        ("value that matters", say.gettext("Value that matters"), say.gettext(
            "A threshold that the study names, such as the limit of a policy.")),
        ("point", say.gettext("Point"), say.gettext("Percentage point: from 20 % to 25 % are 5 points.")),
    )  # fmt: skip


def used(text: str, words: Words) -> tuple[tuple[str, str], ...]:
    """Return term and explanation of the words that occur in `text`, sorted by term.

    The patterns are English; in a report of another language the translated term is looked for as well.
    """
    low = re.sub(r"<[^>]*>", " ", text).casefold()
    found = [
        (term, meaning)
        for pattern, term, meaning in entries(words)
        if re.search(rf"\b{re.escape(pattern)}", low) or term.casefold() in low
    ]
    return tuple(sorted(found))
