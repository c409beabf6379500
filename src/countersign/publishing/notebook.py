"""The face in a notebook: figures drawn as a picture that shows itself, without a report around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import escape

from countersign.errors import ReleaseError
from countersign.model.estimate import Estimate, EstimateTable
from countersign.publishing.charting import DotChart, drawer
from countersign.publishing.exports import shown
from countersign.publishing.figures import MOST_IN_A_CHART, interval_chart, largest
from countersign.publishing.labels import Labels
from countersign.publishing.language import speak


@dataclass(frozen=True)
class Picture:
    """Charts that a notebook shows by themselves: one for each indicator and breakdown, one below the other."""

    charts: tuple[DotChart, ...]
    mark: str = ""

    def svg(self, place: int = 0) -> str:
        """Return one chart as SVG text that stands on its own, to be saved or placed in a document."""
        return str(drawer(speak("en"))(self.charts[place], number=f"p{place}"))

    def _repr_svg_(self) -> str | None:
        return self.svg() if len(self.charts) == 1 and not self.mark else None

    def _repr_html_(self) -> str:
        mark = f"<p><strong>{escape(self.mark)}</strong></p>" if self.mark else ""
        parts = [
            f'<figure style="max-width:46rem;margin:0 0 1.2rem"><figcaption><b>{escape(chart.title)}</b></figcaption>'
            f"{self.svg(place)}</figure>"
            for place, chart in enumerate(self.charts)
        ]
        return mark + "".join(parts)

    def __str__(self) -> str:
        return "\n".join(f"{chart.title}. {chart.description}" for chart in self.charts)


def plot(estimates: EstimateTable | Iterable[Estimate]) -> Picture:
    """Return the interval plot of some figures: a dot and its interval each, unreliable ones hollow.

    Parameters
    ----------
    estimates: a table, or some of its figures. Each indicator and breakdown gets a chart of its own, because
        figures in different units do not share an axis; of more than 40 figures those with most records are drawn.

    Raises
    ------
    ReleaseError: there is no figure to draw.
    """
    figures = tuple(estimates)
    if not any(shown(one) for one in figures):
        raise ReleaseError(
            "There is no figure to draw.",
            expected="at least one published estimate",
            action="look at the column 'status' of the table: it says why each figure is missing",
        )
    words = speak("en")
    names = estimates.labels if isinstance(estimates, EstimateTable) else {}
    labels = Labels(None, (), words, names=names)
    groups: dict[tuple[str, tuple[str, ...]], list[Estimate]] = {}
    for one in figures:
        groups.setdefault((one.indicator, tuple(one.domain)), []).append(one)
    charts = []
    for (indicator, by), own in groups.items():
        title = labels.indicator(indicator)
        if by:
            title += ": " + words.gettext("By {variables}").format(variables=labels.by(by))
        everybody = next((one for one in groups.get((indicator, ()), ()) if shown(one)), None) if by else None
        charts.append(interval_chart(largest(own, MOST_IN_A_CHART), labels, words, title=title, everybody=everybody))
    synthetic = isinstance(estimates, EstimateTable) and estimates.synthetic
    return Picture(tuple(charts), mark=words.gettext("Synthetic data") if synthetic else "")
