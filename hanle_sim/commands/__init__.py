"""The commands, each a Python function and a line of the command line."""
