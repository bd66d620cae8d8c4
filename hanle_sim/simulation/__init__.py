"""A run: a configuration's curve, checked by independent solutions, with its summary and warnings."""
