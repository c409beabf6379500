"""EstimateTable and who stands behind each figure -> figures that may leave, and the Disclosure report."""
