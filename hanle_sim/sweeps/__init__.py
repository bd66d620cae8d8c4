"""Sweeps: observables and curves on grids of parameters, computed piece by piece and written so that nothing can be lost."""
