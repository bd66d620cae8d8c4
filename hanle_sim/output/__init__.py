"""Output: datasets, figures, files."""
