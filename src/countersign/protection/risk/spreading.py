"""Shares of answers -> how people spread over the combinations of all answers, and how many of them stand alone.

Combinations are not listed: what counts is how many there are of each probability. Those of nearly the same are put
together where there are millions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, gammaln

from countersign.model.cells import Floats

_MOST = 200_000  # probabilities kept apart; beyond, those closer than about 0.03 % count as equal


@dataclass(frozen=True)
class Spread:
    """Combinations by probability: `chance` of one, and how many such there are, both (c,)."""

    chance: Floats
    many: Floats

    @classmethod
    def of(cls, shares: Sequence[float] | Floats) -> Spread:
        """Return the spread of the answers to one question, or to several jointly; shares need not add up to 1."""
        given = np.asarray(shares, dtype=np.float64)
        given = given[given > 0]
        return _put_together(given / given.sum(), np.ones(len(given)))

    def times(self, other: Spread) -> Spread:
        """Return the spread of two independent questions."""
        chance = np.multiply.outer(self.chance, other.chance).ravel()
        return _put_together(chance, np.multiply.outer(self.many, other.many).ravel())

    @property
    def combinations(self) -> int:
        """How many combinations can occur."""
        return round(float(self.many.sum()))

    def alone(self, n: int) -> float:
        """Return the expected part of n respondents, drawn independently, who share all answers with nobody.

        sum p (1 - p)^(n-1) over the combinations: the chance that none of the n - 1 others is in the same one.
        """
        return float((self.many * self.chance * np.exp((n - 1) * np.log1p(-self._below_one()))).sum())

    def below(self, k: int, n: int) -> float:
        """Return the expected part in groups of fewer than k: sum p P(Binomial(n - 1, p) <= k - 2)."""
        if n < k:
            return 1.0
        return float((self.many * self.chance * bdtr(k - 2, n - 1, self._below_one())).sum())

    def groups(self, n: int) -> float:
        """Return the expected number of different combinations: sum 1 - (1 - p)^n."""
        return float((self.many * -np.expm1(n * np.log1p(-self._below_one()))).sum())

    def spread_of_alone(self, n: int) -> float:
        """Return the standard deviation of the part alone.

        With a = n p (1 - p)^(n-1) of each combination: sqrt( sum a (1 - a) - (sum a (1 - n p))^2 / n ) / n: counts are
        independent Poisson ones, given that they add up to n. Source: Holst (1972), Ann. Math. Statist. 43.
        """
        a = n * self.chance * np.exp((n - 1) * np.log1p(-self._below_one()))
        variance = (self.many * a * (1 - a)).sum() - (self.many * a * (1 - n * self.chance)).sum() ** 2 / n
        return float(np.sqrt(max(variance, 0.0)) / n)

    def _below_one(self) -> Floats:
        # One answer that everybody gives: nobody is alone, and log(0) is avoided.
        return np.minimum(self.chance, 1 - 1e-15)


@dataclass(frozen=True)
class Counted:
    """People by combination of answers, all counted: respondents are drawn from them without replacement.

    Parameters
    ----------
    people: N_c, whole numbers from 1 on, (c,).
    """

    people: Floats

    def below(self, k: int, n: int) -> float:
        """Return the expected part of n respondents in groups of fewer than k.

        sum N_c/N P(Hypergeometric(N - 1, N_c - 1, n - 1) <= k - 2): of everybody (n = N), the part that is so in truth.
        """
        total = self.people.sum()
        chance = sum(self._chance(j, self.people - 1, total - 1, n - 1) for j in range(k - 1))
        return float((self.people / total * chance).sum())

    def alone(self, n: int) -> float:
        """Return the expected part of n respondents who share all answers with nobody."""
        return self.below(2, n)

    def groups(self, n: int) -> float:
        """Return the expected number of different combinations."""
        return float((1 - self._chance(0, self.people, self.people.sum(), n)).sum())

    @staticmethod
    def _chance(j: int, inside: Floats, total: float, drawn: int) -> Floats:
        """Return the chance of j among `drawn` from `total`, of whom `inside` are in the combination."""
        ways = _ways(inside, j) + _ways(total - inside, drawn - j) - _ways(total, drawn)
        chance: Floats = np.exp(ways)
        return chance


def _ways(of: Floats | float, chosen: int) -> Floats:
    """Return the logarithm of the number of ways to choose some of many; minus infinity where there is none."""
    ways: Floats = gammaln(np.asarray(of) + 1) - gammaln(chosen + 1) - gammaln(np.asarray(of) - chosen + 1)
    return ways


def _put_together(chance: Floats, many: Floats) -> Spread:
    order = np.argsort(chance)
    made = _added(chance[order], many[order], chance[order])
    if len(made.chance) <= _MOST:
        return made
    logs = np.log(made.chance)
    return _added(made.chance, made.many, np.floor((logs - logs[0]) / (logs[-1] - logs[0]) * _MOST))


def _added(chance: Floats, many: Floats, kind: Floats) -> Spread:
    """Put together what is of one kind; kinds stand one after the other."""
    first = np.flatnonzero(np.append(True, kind[1:] != kind[:-1]))
    people = np.add.reduceat(chance * many, first)
    many = np.add.reduceat(many, first)
    return Spread(people / many, many)
