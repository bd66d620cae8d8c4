"""Derivatives to hold others against: by differences of sixth order, to forty digits, and on plain numbers."""

from collections.abc import Callable

import numpy as np

from cases import MODERATE
from device_oracle import signals, solve
from hanle_sim.configuration import Configuration, build
from hanle_sim.model.parameters import Parameter
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import closed

LISTS = (
    "direction=[1, 0.5, 2]",
    "magnetisation=[1, 0.2, 0]",
    "g=[[2, 0.1, 0.3], [0, 2.1, 0], [0, 0, 1.9]]",
    "relaxation_s=[[1, 0.1, 0.2], [0.1, 2, 0], [0.2, 0, 1.5]]",
    'field.stray={kind="gaussian", sigma=["1 mT", "2 mT", 0]}',
)
OBLIQUE = (*MODERATE, "theta=50 deg")


def by_differences(
    configuration: Configuration, parameter: Parameter, signal: Callable[[object], np.ndarray], h: float = 2e-3
) -> np.ndarray:
    """∂/∂θ of sixth order."""

    def at(n: int) -> np.ndarray:
        value = parameter.value + n * h * parameter.scale
        return signal(build(configuration, {parameter.path: value}))

    pairs = [(at(n) - at(-n)) / (2 * n * h * parameter.scale) for n in (1, 2, 3)]
    return (15 * pairs[0] - 6 * pairs[1] + pairs[2]) / 10


def exactly(setup) -> np.ndarray:
    """The signal to forty digits."""
    return sum(
        signals(setup.device, setup.device.injector.drive, setup.field, solve(setup.device, setup.device.injector.drive, setup.field))
    )


def closely(setup) -> np.ndarray:
    """The closed form on plain numbers."""
    return np.broadcast_to(closed.signal(NaturalUnits.of(setup.device, setup.field)), setup.field.B.shape)
