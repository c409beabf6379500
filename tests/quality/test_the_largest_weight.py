"""The heaviest records beside the average one, at the edges of their limits."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.model.finding import State
from countersign.model.weights import Weights
from countersign.quality.results import weight_spread


def weights(heavy: float) -> Weights:
    """One record of weight `heavy` times the mean of a thousand that weigh 1 on average."""
    n = np.array([999.0, 1.0])
    final = np.array([1000.0 - heavy, heavy])
    keys = {"group": np.array(["a", "b"], dtype=object)}
    return Weights("raking", ("group",), keys, final / n, n, final, final**2 / n)


@pytest.mark.parametrize(
    ("heavy", "state"),
    [(4.99, State.PASS), (5.0, State.PASS), (5.01, State.WARN), (10.0, State.WARN), (10.01, State.WARN)],
)
def test_up_to_five_times_the_mean_passes_and_more_warns(heavy: float, state: State) -> None:
    (found,) = [one for one in weight_spread(weights(heavy)) if one.check == "largest_weight"]
    assert found.value == pytest.approx(heavy)
    assert found.state is state
