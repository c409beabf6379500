"""study.yaml and study.xlsx say the same: values -> sheets, and sheets -> values, without loss.

`layout` says which part of a study stands on which sheet. `cells` writes a value into a cell so that it reads back as
the same value. `filling` makes the sheets, `reading` takes them in; what has no table of its own stands, key by key, on
the sheet ``other``.
"""
