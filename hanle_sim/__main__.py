"""`python -m hanle_sim` is `hanle`."""

from .cli import main

main()
