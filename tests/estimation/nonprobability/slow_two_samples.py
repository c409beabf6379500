"""Both estimators from rows, slowly: all estimating equations in one stack, solved by plain Newton steps.

The standard error is the sandwich J^-1 M J^-T of the whole stack. J comes from complex steps, not from a formula, so it
shares no derivation with the library. M is sum_A (1 - pi) psi psi' plus the design covariance of the sums over B.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.estimation.regression import row_covariance


@dataclass
class Slow:
    value: float
    own: float
    reference: float

    @property
    def se(self) -> float:
        return float(np.sqrt(self.own + self.reference))


@dataclass
class Rows:
    """XA: model matrix of the volunteers; y with nan; XB, d: the reference; inside: members of the domain."""

    XA: np.ndarray
    y: np.ndarray
    XB: np.ndarray
    d: np.ndarray
    stratum: np.ndarray | None = None
    psu: np.ndarray | None = None
    fpc: np.ndarray | None = None
    inside: np.ndarray | None = None
    inside_reference: np.ndarray | None = None


def expit(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def scores(rows: Rows, method: str, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What multiplies x in the scores of the model of taking part, on both sides, and the chances of the volunteers."""
    a, b = rows.XA @ theta, rows.XB @ theta
    if method == "mle":
        return np.ones(len(a)) + 0 * a, -rows.d * expit(b), expit(a)
    if method == "calibrated":
        return 1 / expit(a), -rows.d + 0 * b, expit(a)
    return 1 - expit(a), -rows.d * expit(b), np.exp(a)


def slow(
    rows: Rows, method: str, family: str = "", known: float | None = None, start: np.ndarray | None = None
) -> Slow:
    """Propensity weighted mean, doubly robust with a `family`; over a `known` size, else Hajek.

    `start` saves steps: coefficients of the model of taking part to begin with.
    """
    q = rows.XA.shape[1]
    there = ~np.isnan(rows.y)
    y = np.where(there, rows.y, 0.0)
    inside = np.ones(len(y), bool) if rows.inside is None else rows.inside
    inside_reference = np.ones(len(rows.d), bool) if rows.inside_reference is None else rows.inside_reference

    def mean(X: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return expit(X @ beta) if family == "logistic" else X @ beta

    def pieces(p: np.ndarray) -> tuple[np.ndarray, ...]:
        theta, beta, e, m = p[:q], p[q : 2 * q], p[2 * q], p[2 * q + 1]
        a, b, pi = scores(rows, method, theta)
        mA = mean(rows.XA, beta) if family else np.zeros(len(y))
        mB = mean(rows.XB, beta) if family else np.zeros(len(rows.d))
        fit = there * (y - mA) if family else np.zeros(len(y))
        # over a known size e and m are sums divided by it, a constant that no row moves
        own = inside * there / pi * (y - mA - (e if known is None else 0))
        other = inside_reference * rows.d * (mB - (m if known is None else 0))
        return a, fit, own, b, other, pi

    def total(p: np.ndarray) -> np.ndarray:
        a, fit, own, b, other, _ = pieces(p)
        beta = rows.XA.T @ fit if family else -p[q : 2 * q]
        ends = np.array([own.sum(), other.sum()]) - (0 if known is None else known * p[2 * q :])
        return np.concatenate([rows.XA.T @ a + rows.XB.T @ b, beta, ends])

    def jacobian(p: np.ndarray) -> np.ndarray:
        steps = np.eye(len(p)) * 1e-30j
        return np.stack([total(p + step).imag / 1e-30 for step in steps], axis=1)

    p = np.zeros(2 * q + 2)
    share = len(y) / rows.d.sum()
    p[0] = np.log(share) if method == "adjusted-logistic" else np.log(share / (1 - share))
    if start is not None:
        p[:q] = start
    for _ in range(200):
        move = np.linalg.solve(jacobian(p), -total(p))
        size = 1.0
        while size > 1e-9 and not (np.abs(total(p + size * move)) <= 2 * np.abs(total(p)).max() + 1e-6).all():
            size /= 2
        p = p + size * move
        if np.abs(move).max() < 1e-14:
            break
    a, fit, own, b, other, pi = pieces(p)
    A = np.column_stack([rows.XA * a[:, None], rows.XA * fit[:, None], own, 0 * own])
    B = np.column_stack([rows.XB * b[:, None], 0 * rows.XB, 0 * other, other])
    inverse = np.linalg.inv(jacobian(p))
    pick = inverse[2 * q] + inverse[2 * q + 1]
    part = float(pick @ (A.T @ ((1 - pi)[:, None] * A)) @ pick)
    meat, _ = row_covariance(B, stratum=rows.stratum, psu=rows.psu, fpc=rows.fpc)
    return Slow(float(p[2 * q] + p[2 * q + 1]), part, float(pick @ meat @ pick))
