"""Tables: the only room that knows engines. Everything else speaks narwhals and NumPy.

`reduce` turns rows into `Cells` in one pass; methods work on cells; `join_back` brings their weights to the rows.
"""

from countersign.tables.collection import aggregate, collect, group
from countersign.tables.compilation import compile_expression
from countersign.tables.engine import ENGINES, Engine, open_engine
from countersign.tables.joining import join_back
from countersign.tables.reduction import reduce
from countersign.tables.row_cells import unreduced

__all__ = [
    "ENGINES",
    "Engine",
    "aggregate",
    "collect",
    "compile_expression",
    "group",
    "join_back",
    "open_engine",
    "reduce",
    "unreduced",
]
