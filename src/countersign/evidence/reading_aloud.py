"""README.txt of a bundle: what it is and how anybody checks it, in plain words."""

from __future__ import annotations

from textwrap import fill

from countersign.evidence.crate import About

WIDTH = 78


def write_readme(about: About, *, figures: int, synthetic: bool) -> bytes:
    """Return the text, UTF-8, lines of at most 78 characters.

    Parameters
    ----------
    figures: how many there are. synthetic: the data are made up.
    """
    warning = ["SYNTHETIC DATA: everything in here is made up. Do not quote it."] if synthetic else []
    parts = [
        about.title,
        *warning,
        f"This is a bundle of evidence for {figures:,} figures, published by {about.organiser or 'an organiser who is not named'} "
        f"on {about.made[:10] or 'an unknown day'}. It holds the release and everything that is needed to check it. No "
        "network and no account is needed.",
        "HOW TO CHECK IT",
        "In a browser: open verify.html and choose this zip file. Nothing leaves your computer.",
        "With Python (3.9 or later, package cryptography):",
        "    python verify_bundle.py bundle.zip\n"
        "    python verify_bundle.py bundle.zip retrace FIGURE\n"
        "    python verify_bundle.py bundle.zip retrace --all",
        "With Countersign:",
        "    countersign verify bundle.zip\n    countersign retrace bundle.zip FIGURE",
        "The first two programs were written apart from Countersign and share no code with it. If you do not trust the "
        "copies in this zip, take them from somewhere else: any copy checks any bundle.",
        "WHOSE KEYS ARE THESE?",
        "Every check prints the fingerprints of the keys that signed. Anybody can make a key and give it any name. So ring "
        "up whoever is said to have signed, on a number that you know from elsewhere, and have the fingerprint read out. "
        "Once is enough: keep it, and name it with --trust the next time.",
        "WHAT A CHECK SHOWS",
        "Level 1, not altered: every file and every statement is as it was signed, and nothing is missing. Anybody, from "
        "this zip alone.",
        "Level 2, recomputed from what is published: intervals, ranges, verdicts and totals follow from the figures in "
        "this zip. Anybody.",
        "Level 3, recomputed from the rows: the figures follow from the data. The data stay with their steward, so this "
        "needs somebody who is let in, and who adds a signed statement.",
        "WHAT IT DOES NOT SHOW",
        "It does not show that the data are true, that the right people were asked, or that nobody was left out. It does "
        "not show that a key belongs to whom it names, or that a day is right. It does not show that this release is the "
        "newest one. It shows who said what, and that nobody changed it since.",
        "WHAT IS INSIDE",
        "    release/                the release: open release/report.html or\n"
        "                            release/estimates.csv\n"
        "    figures.jsonl           the figures, rounded to 9 digits\n"
        "    manifest.json           all files with their digests (SHA-256)\n"
        "    statements.jsonl        who signed what\n"
        "    log.json, checkpoint.txt  the place of these statements in the log\n"
        "    ro-crate-metadata.json  the same for machines (RO-Crate)\n"
        "    verify_bundle.py, verify.html  two programs that check this zip",
        "Files that hold data of people are not in here. They are named by salted commitments: numbers from which nobody "
        "can find out what the files hold, and by which their steward can show later that they are the same files.",
    ]
    return ("\n\n".join(part if part.startswith("    ") else fill(part, WIDTH) for part in parts) + "\n").encode()
