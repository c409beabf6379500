"""AdditiveTable -> the cells that must be hidden so that none can be computed back, and the audit of it."""
