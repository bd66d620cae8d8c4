"""Numbers of a curve's device, besides its signal, as functions of a fit's parameters."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..configuration import Configuration
from .projection import Curve
from .shapes import DeviceShape

#: Of all parameters of a fit, [n]: numbers [...], and their derivatives [..., n].
Fact = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def fact_of(curve: Curve, kernels: dict[Any, Any], name: str, made: Callable[[Configuration, Sequence[str]], Callable[[Any], Any]]) -> Fact:
    """A fact of a curve's device by all of the fit's parameters.

    Arguments:
        curve: of a device.
        kernels: functions of numbers by what they depend on; a new one is added.
        name: of the fact.
        made: of a configuration and paths, `section.key`, the traced function of the numbers there.
    """
    shape = curve.shape
    assert isinstance(shape, DeviceShape)
    key = (name, repr(shape.configuration), *shape.order)
    if key not in kernels:
        kernels[key] = _differentiated(made(shape.configuration, shape.order))
    kernel, where = kernels[key], curve.which[: len(shape.paths)]
    varied = [shape.order.index(path) for path in shape.paths]

    def fact(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        numbers = dict(zip(shape.paths, values[where], strict=True)) | shape.given
        found, by = kernel(np.array([numbers[path] for path in shape.order]))
        everywhere = np.zeros((*found.shape, values.size))
        everywhere[..., where] = by[..., varied]
        return found, everywhere

    return fact


def _differentiated(function: Callable[[Any], Any]) -> Callable[[np.ndarray], Any]:
    import jax

    from ..numerics.interpreted import interpreted
    from ..runtime import double_precision

    both = interpreted(lambda at: (function(at), jax.jacfwd(function)(at)))

    def kernel(at: np.ndarray) -> Any:
        with double_precision():
            return both(at)

    return kernel
