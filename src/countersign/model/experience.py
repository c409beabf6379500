"""Experience: what the questions with a known answer taught about a study's other figures."""

from __future__ import annotations

from dataclasses import dataclass

from countersign.model.total_error import TotalError


@dataclass(frozen=True)
class Foreseen:
    """What experience says of one figure.

    Parameters
    ----------
    figure_id: of the figure. lower, upper: interval that would have held the truth of the checkable questions at the
        stated level. items: questions it rests on. value, standard_error: the figure corrected by what the errors of
        those questions tell; None where only the published value was used, as in parts of the population.
    """

    figure_id: str
    lower: float
    upper: float
    items: int
    value: float | None = None
    standard_error: float | None = None


@dataclass(frozen=True)
class Experience:
    """The total error of a study and what follows for its figures.

    Parameters
    ----------
    corrected: learnt from figures corrected by the other questions. weighted: learnt from the figures as weights leave
        them. figures: what follows, for those that are shares. reason: why there is none; empty where there is.
    """

    corrected: TotalError | None = None
    weighted: TotalError | None = None
    figures: tuple[Foreseen, ...] = ()
    reason: str = ""

    def of(self, figure_id: str) -> Foreseen | None:
        """Return what follows for a figure."""
        return next((one for one in self.figures if one.figure_id == figure_id), None)
