"""Four ways from a device to its Hanle curve, on one statement of the equations of motion."""

import importlib
from typing import Any, Literal, get_args

from jaxtyping import Array, Real

from ..device import NaturalUnits

Method = Literal["closed", "linear", "modes", "integrate"]
METHODS: tuple[Method, ...] = get_args(Method)


def steady_state(natural: NaturalUnits, method: str = "closed", **options: Any) -> Real[Array, "points 2 3"]:
    """Steady state of every field of a sweep by one of METHODS, in natural units: u and T in volts, [points, 2, 3].

    Arguments, options and errors as `hanle_curve` has them.
    """
    if method not in METHODS:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(METHODS)}")
    return importlib.import_module(f".{method}", __name__).steady_state(natural, **options)  # each method loads only what it needs
