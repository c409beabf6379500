"""Free text and photos -> what may leave of them, and what a person must look at first."""
