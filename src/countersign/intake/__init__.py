"""Foreign files come in here: they are kept, understood, typed, and every decision about them is written down."""

from countersign.intake.benchmark import read_benchmark, totals_of_units, write_margins
from countersign.intake.boundary import read_boundary
from countersign.intake.drafting import draft
from countersign.intake.official import read_official
from countersign.intake.proposal import Proposal, ProposedVariable, propose
from countersign.intake.protocol import read_headings
from countersign.intake.taking import take_in

__all__ = [
    "Proposal",
    "ProposedVariable",
    "draft",
    "propose",
    "read_benchmark",
    "read_boundary",
    "read_headings",
    "read_official",
    "take_in",
    "totals_of_units",
    "write_margins",
]
