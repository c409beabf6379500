"""Foreign files come in here: they are kept, understood, typed, and every decision about them is written down."""

from countersign.intake.taking import take_in

__all__ = ["take_in"]
