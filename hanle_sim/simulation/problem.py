"""What a run solves: a configuration's device in its sweep."""

import jax
import numpy as np

from ..configuration import OUT_OF_RANGE, ConfigurationError, Setup
from ..physics import Field
from ..solvers import Problem


def problem_of(setup: Setup) -> Problem:
    """The problem of a configuration. Raises ConfigurationError where natural units overflow or underflow."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            problem = Problem.of(setup.device, setup.field)
    except (ValueError, ArithmeticError):
        raise ConfigurationError(OUT_OF_RANGE) from None
    if not all(np.all(np.isfinite(number)) for number in jax.tree.leaves(problem.natural)):
        raise ConfigurationError(OUT_OF_RANGE)
    return problem


def with_zero(field: Field) -> Field:
    """The sweep with B = 0 before it, so that one call solves both."""
    first = np.concatenate([np.zeros(1, dtype=int), np.arange(np.asarray(field.B).size)])
    return field.along(np.concatenate([np.zeros(1), np.asarray(field.B)]), first)
