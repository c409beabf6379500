"""Estimation from self-selected samples, with a probability sample or known totals beside them.

Each standard error has two parts: one from the self-selected sample, one from the reference.
"""
