"""The exact curve as a function of a configuration's parameters, with its derivatives."""
