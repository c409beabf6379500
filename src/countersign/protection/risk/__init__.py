"""Rows -> how easily the people behind them are recognised."""
