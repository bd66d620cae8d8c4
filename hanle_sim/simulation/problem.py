"""What a run solves: a device made dimensionless once, which is then put into the fields of the sweep and of its checks."""

from dataclasses import dataclass

import jax
import numpy as np

from ..configuration import OUT_OF_RANGE, ConfigurationError, Setup
from ..physics.device import Device
from ..physics.dimensionless import NaturalUnits
from ..physics.field import Field
from ..solvers import AbstractMethod, exact_method


@dataclass(frozen=True)
class Problem:
    """A device in a sweep, in natural units, and the exact method that covers it.

    Attributes:
        device, field: what is solved, in SI.
        natural: the device in the sweep, with B = 0 before it.
        exact: the exact method.
    """

    device: Device
    field: Field
    natural: NaturalUnits
    exact: AbstractMethod

    @classmethod
    def of(cls, setup: Setup) -> "Problem":
        """The problem of a configuration. Raises ConfigurationError where natural units overflow or underflow."""
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                natural = NaturalUnits.of(setup.device, with_zero(setup.field))
        except (ValueError, ArithmeticError):
            raise ConfigurationError(OUT_OF_RANGE) from None
        if not all(np.all(np.isfinite(number)) for number in jax.tree.leaves(natural)):
            raise ConfigurationError(OUT_OF_RANGE)
        return cls(setup.device, setup.field, natural, exact_method(natural))


def with_zero(field: Field) -> Field:
    """The sweep with B = 0 before it, so that one call solves both."""
    first = np.concatenate([np.zeros(1, dtype=int), np.arange(np.asarray(field.B).size)])
    return field.along(np.concatenate([np.zeros(1), np.asarray(field.B)]), first)
