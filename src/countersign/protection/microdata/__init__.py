"""Rows -> rows in which nobody stands alone, and what that cost."""
