"""Arithmetic without physics: vectors, complex functions, small systems, checks; the one place that chooses between NumPy and JAX."""
