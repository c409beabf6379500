"""Simulation proof: how often intervals hold when the model of a method is right, and what happens when it is wrong.

Every scenario makes populations whose truth is known, draws samples from them and estimates. Run one family at a time::

    python3 dev.py bench simulation --family propensity --populations 500

Results are JSON in `bench/results`; the page docs/methods/simulation.md is composed from all of them.
"""

from simulation.running import run

__all__ = ["run"]
