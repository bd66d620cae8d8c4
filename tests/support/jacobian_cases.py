"""Jacobians by hand, and parameters of the value one."""

import numpy as np

from hanle_sim.model.parameters import Parameter


def columns_of(powers: list[list[float]], seed: int) -> np.ndarray:
    """A Jacobian of a curve that depends on a few products of powers alone."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(50, len(powers))) @ np.array(powers)


def of(*names: str) -> list[Parameter]:
    return [Parameter(name, f"junction.{name}", 1.0, "") for name in names]
