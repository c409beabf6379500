"""Angle: shares on the arcsine scale, where the same strength of selection moves every share by about the same amount.

The error of a self-selected share is rho sqrt((1 - f) / f) sqrt(p (1 - p)) (Meng 2018). The derivative of
2 arcsin(sqrt(p)) is 1 / sqrt(p (1 - p)), so on this scale the error depends on the selection and not on the share. The
sampling variance is 1 / n on it, whatever the share.
"""

from __future__ import annotations

import numpy as np

from countersign.model.cells import Floats


def angle(share: Floats | float) -> Floats:
    """Return 2 arcsin(sqrt(p)): 0 for none, pi for all."""
    return np.asarray(2.0 * np.arcsin(np.sqrt(np.asarray(share, dtype=float))))


def share_at(turned: Floats | float) -> Floats:
    """Return the share at an angle; beyond 0 and pi it stays none or all."""
    return np.asarray(np.sin(np.clip(np.asarray(turned, dtype=float), 0.0, np.pi) / 2.0) ** 2)
