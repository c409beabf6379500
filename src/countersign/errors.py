"""Every error of the library, once.

Each says three things: where (file, line or key), what was found against what was expected, and what to do next.
No message carries a value from a row of data: only names of files, columns, categories and line numbers.

    CountersignError
    ├── CommandError        the command line asks for something that does not exist
    ├── StudyError          the study file says something that cannot be done
    │   └── ExpressionError an expression in it cannot be understood
    ├── ArgumentError       a verb is called with an argument it cannot take
    ├── DataError           a data file cannot be read as described
    ├── FormError           a form cannot be read, or contradicts itself
    ├── AnswerError         what people filled in cannot be taken as an answer
    ├── BenchmarkError      the benchmark and the data do not fit together
    ├── WeightingError      weights cannot be computed
    ├── EstimationError     a figure cannot be estimated
    ├── ConsentError        people did not agree to this use, or what they agreed to cannot be told
    ├── AgreementError      an agreement between organisations does not allow this, or cannot be understood
    ├── ProtectionError     people cannot be protected as asked, or not at all
    ├── CatalogueError      a reference list lacks the entry asked for
    ├── SigningError        a key, a signature or the log of statements cannot be relied on
    ├── StoreError          the artefact store or the disk refused
    ├── DefectError         the program failed, not the reader
    └── ReleaseError        a release cannot be made, found or retraced
        └── BundleError     a bundle is not whole: a file or a statement in it does not fit
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CountersignWarning(UserWarning):
    """Something the reader should know that does not stop the work."""


class CountersignError(Exception):
    """A problem the reader can solve.

    Parameters
    ----------
    problem: one sentence, what is wrong.
    where: file, line and key, for example ``study.yaml, line 12, weights.by``.
    expected: what would have been right.
    action: what to do next.
    """

    exit_code = 2

    def __init__(self, problem: str, *, where: str = "", expected: str = "", action: str = "") -> None:
        self.problem, self.where, self.expected, self.action = problem, where, expected, action
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the whole message as plain sentences."""
        lines = [f"{self.where}: {self.problem}" if self.where else self.problem]
        if self.expected:
            lines.append(f"Expected: {self.expected}")
        if self.action:
            lines.append(f"What to do: {self.action}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, str]:
        """Return the parts of the message, for ``--json``."""
        return {
            "error": type(self).__name__,
            "problem": self.problem,
            "where": self.where,
            "expected": self.expected,
            "action": self.action,
        }


class DefectError(CountersignError):
    """The program failed, not the reader."""

    exit_code = 1


class CommandError(CountersignError):
    """The command line asks for something that does not exist."""


class StudyError(CountersignError):
    """The study file says something that cannot be done."""


class ExpressionError(StudyError):
    """An expression cannot be understood, or asks for more than arithmetic."""


class ArgumentError(CountersignError, TypeError):
    """A verb is called with an argument it cannot take, or without one it needs."""


class DataError(CountersignError):
    """A data file cannot be read as described."""


class FormError(CountersignError):
    """A form cannot be read, or contradicts itself."""


class AnswerError(CountersignError):
    """What people filled in cannot be taken as an answer."""


class BenchmarkError(CountersignError):
    """The benchmark and the data do not fit together."""


class WeightingError(CountersignError):
    """Weights cannot be computed."""


class EstimationError(CountersignError):
    """A figure cannot be estimated."""


class ProtectionError(CountersignError):
    """People cannot be protected as asked, or a table cannot be protected at all."""


class ConsentError(CountersignError):
    """People did not agree to this use, or what they agreed to cannot be told."""


class AgreementError(CountersignError):
    """An agreement between organisations does not allow this, or cannot be understood."""


class CatalogueError(CountersignError):
    """A reference list lacks the entry that was asked for."""


class SigningError(CountersignError):
    """A key, a signature or the log of statements cannot be relied on."""


class StoreError(CountersignError):
    """The artefact store or the disk refused."""


class ReleaseError(CountersignError):
    """A release cannot be made, found or retraced."""


class BundleError(ReleaseError):
    """A bundle is not whole: a file or a statement in it does not fit."""

    exit_code = 1


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known word nearest to `word`, or an empty string."""
    folded = {str(name).casefold(): str(name) for name in known}
    match = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean '{folded[match[0]]}'?" if match else ""
