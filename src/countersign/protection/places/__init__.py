"""Points -> places wide enough that nobody lives there alone."""
