"""Tables: the only room that knows engines. Everything else speaks narwhals and NumPy.

`reduce` turns rows into `Cells` in one pass; methods work on cells; `join_back` brings their weights to the rows.
"""

from countersign.tables.adding_up import add_up
from countersign.tables.anatomy import columns_of
from countersign.tables.asking import Rows
from countersign.tables.collection import aggregate, collect, group
from countersign.tables.compilation import compile_expression
from countersign.tables.engine import ENGINES, Engine, open_engine
from countersign.tables.joining import join_back
from countersign.tables.questions import Groups, Listed, Question, Repeats, Values, groups
from countersign.tables.reduction import reduce
from countersign.tables.row_cells import unreduced

__all__ = [
    "ENGINES",
    "Engine",
    "Groups",
    "Listed",
    "Question",
    "Repeats",
    "Rows",
    "Values",
    "add_up",
    "aggregate",
    "collect",
    "columns_of",
    "compile_expression",
    "group",
    "groups",
    "join_back",
    "open_engine",
    "reduce",
    "unreduced",
]
