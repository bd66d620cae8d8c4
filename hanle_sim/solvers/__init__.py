"""Five ways from a device to its Hanle curve, on one statement of the tunnel currents."""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

from jaxtyping import Array, Real

from .._types import AnyArray
from ..device import NaturalUnits

Method = Literal["closed", "linear", "modes", "integrate", "finite_volume"]
METHODS: tuple[Method, ...] = get_args(Method)


def steady_state(natural: NaturalUnits, method: str = "closed", **options: Any) -> Real[AnyArray, "points *#contacts 2 3"]:
    """Steady state of every field of a sweep by one of METHODS, in natural units.

    Arguments, options and errors as `hanle_curve` has them.

    Returns:
        u and T in volts, [points, 2, 3]; on a lateral channel those at injector and detector, [points, 2, 2, 3].
    """
    solver = solver_of(natural, method, **options)
    if natural.stray is None:
        return solver(natural)
    from ._stray import average

    return average(natural, method, solver).y


def solver_of(natural: NaturalUnits, method: str, **options: Any) -> Callable[[NaturalUnits], Real[Array, "points *#contacts 2 3"]]:
    """The function that solves a device by a method, for fields without stray fields; each loads only what it needs."""
    if method not in METHODS:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(METHODS)}")
    from ..nonmagnets import Lumped

    if method == "finite_volume" and isinstance(natural.device.nonmagnet, Lumped):
        raise ValueError("method 'finite_volume': a lumped nonmagnet has no extent to divide: use the method 'linear' or 'integrate'")
    module = importlib.import_module(f".{method}", __name__)
    if method == "integrate" and not isinstance(natural.device.nonmagnet, Lumped):
        return partial(importlib.import_module(".finite_volume", __name__).integrate_steady_state, **options)
    return partial(module.steady_state, **options)


def exact_method(natural: NaturalUnits) -> Method:
    """The first of "closed", "linear" and "finite_volume" that covers a device."""
    from . import linear
    from ._behind import require_closed

    try:
        require_closed(natural.device)
        return "closed"
    except ValueError:
        pass
    try:
        linear.require_impedance(natural)
        return "linear"
    except ValueError:
        return "finite_volume"
