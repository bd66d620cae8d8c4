"""Fits: parameters of a model with uncertainties, from measured curves."""
