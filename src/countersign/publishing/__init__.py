"""Publishing: a release becomes a report people want to read and files that others can build on."""

from __future__ import annotations

from countersign.publishing.assessment import write_assessment
from countersign.publishing.community import write_community
from countersign.publishing.dossier import write_dossier
from countersign.publishing.exports import write_comparison, write_estimates, write_fan
from countersign.publishing.notebook import Picture, plot
from countersign.publishing.report import write_report

__all__ = [
    "Picture",
    "plot",
    "write_assessment",
    "write_community",
    "write_comparison",
    "write_dossier",
    "write_estimates",
    "write_fan",
    "write_report",
]
