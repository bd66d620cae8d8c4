"""Five ways from a device to its Hanle curve, on one statement of the tunnel currents."""

from typing import Any

from ..physics import NaturalUnits
from .methods import METHODS as METHODS
from .methods import AbstractMethod as AbstractMethod
from .methods import MethodName as MethodName
from .methods import States as States
from .methods import method_of as method_of
from .problem import Problem as Problem


def steady_state(natural: NaturalUnits, method: str = "closed", **options: Any) -> States:
    """Steady state of every field of a sweep by one of METHODS, in natural units.

    Arguments, options and errors as `hanle_curve` has them.

    Returns:
        u and T in volts, [points, 2, 3]; on a lateral channel those at injector and detector, [points, 2, 2, 3].
    """
    solver = method_of(method)
    solver.require(natural)
    if natural.stray is None:
        return solver.steady_state(natural, **options)
    from .stray_average import average

    return average(natural, solver, **options).y
