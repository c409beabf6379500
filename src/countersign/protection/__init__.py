"""Protection: nothing that identifies a person leaves, and small groups stay visible.

`withhold` turns the figures of a study and who stands behind them into the figures that may leave; `audit_release`
reads these as a stranger would and looks for what they give away.
"""

from countersign.protection.figures.auditing import audit_release, refuse, warnings
from countersign.protection.figures.withholding import Protected, unsafe_figures, withhold

__all__ = ["Protected", "audit_release", "refuse", "unsafe_figures", "warnings", "withhold"]
