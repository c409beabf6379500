"""Files people use: the figures of a release as a workbook, Parquet, for Stata and SPSS, as scripts in R and Python.

One table of figures (`figures.figure_table`) is the source of all; numbers that may not be shown are not in it.
"""
