"""Five ways from a device to its Hanle curve, on one statement of the tunnel currents."""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

from jaxtyping import Array, Real

from ..numerics.types import AnyArray
from ..physics.dimensionless import NaturalUnits

Method = Literal["closed", "linear", "modes", "integrate", "finite_volume"]
METHODS: tuple[Method, ...] = get_args(Method)
_HOMES = {
    "closed": ".closed",
    "linear": ".linear",
    "modes": ".closed.modes",
    "integrate": ".bloch_integration",
    "finite_volume": ".volumes",
}


def steady_state(natural: NaturalUnits, method: str = "closed", **options: Any) -> Real[AnyArray, "points *#contacts 2 3"]:
    """Steady state of every field of a sweep by one of METHODS, in natural units.

    Arguments, options and errors as `hanle_curve` has them.

    Returns:
        u and T in volts, [points, 2, 3]; on a lateral channel those at injector and detector, [points, 2, 2, 3].
    """
    solver = solver_of(natural, method, **options)
    if natural.stray is None:
        return solver(natural)
    from .stray_average import average

    return average(natural, method, solver).y


def solver_of(natural: NaturalUnits, method: str, **options: Any) -> Callable[[NaturalUnits], Real[Array, "points *#contacts 2 3"]]:
    """The function that solves a device by a method, for fields without stray fields; each loads only what it needs."""
    if method not in METHODS:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(METHODS)}")
    from ..physics.nonmagnets import Lumped

    if method == "finite_volume" and isinstance(natural.device.nonmagnet, Lumped):
        raise ValueError("method 'finite_volume': a lumped nonmagnet has no extent to divide: use the method 'linear' or 'integrate'")
    if method == "integrate" and not isinstance(natural.device.nonmagnet, Lumped):
        return partial(importlib.import_module(".volumes", __name__).integrate_steady_state, **options)
    return partial(importlib.import_module(_HOMES[method], __name__).steady_state, **options)


def exact_method(natural: NaturalUnits) -> Method:
    """The first of "closed", "linear" and "finite_volume" that covers a device."""
    from . import linear
    from .closed.admittance import require_closed

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
