"""Arithmetic that knows no physics: vectors, complex functions, small systems, checks; the one place that tells NumPy from JAX."""
