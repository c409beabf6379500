"""Estimation: figures with their intervals, from cells, a design and weights.

Reduce, then solve: nothing here touches a row except quantiles and regressions, which take arrays.
"""
