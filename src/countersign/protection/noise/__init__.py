"""Counts -> counts with noise whose law is published: cell keys, rounding, differential privacy."""
