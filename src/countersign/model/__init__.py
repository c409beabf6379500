"""The nouns, in the order in which they flow; frozen, typed, without input or output.

Plan -> Dataset -> Finding, Fitness -> Weights -> EstimateTable -> Release; every arrow an Activity, every noun an
Artefact on one Trail.
"""
